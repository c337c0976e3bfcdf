//! What an update brings under a given trust: its new commits (SPEC 2.2) and the state that was to be expected of it
//! (SPEC 2.3).

use super::prior::{MergeOf, Prior};
use crate::git::Error;
use crate::git::expected::OnConflict;
use crate::git::graph::{CommitIdx, Graph, NewCommits};

/// What an update brings, for rules that trust the same states.
#[derive(Debug)]
pub(super) struct History {
    /// The new commits, newest first.
    pub commits: Vec<CommitIdx>,
    /// What they were told apart by: everything else is contained in one of these.
    pub hidden: Vec<CommitIdx>,
    /// None of them may be old.
    pub certain: bool,
    /// The net change is what differs from this; from each of them, where there are several.
    pub prior: Vec<Prior>,
}

/// Works out what moving a ref from `old` to `new` brings, where the tips `trusted` and the commits `baseline` are
/// trusted.
pub(super) fn trace(
    graph: &mut Graph<'_>,
    old: Option<CommitIdx>,
    new: CommitIdx,
    trusted: &[CommitIdx],
    baseline: &[CommitIdx],
) -> Result<History, Error> {
    let hidden: Vec<_> = old.iter().chain(trusted).chain(baseline).copied().collect();
    let NewCommits { commits, certain } = graph.new_commits(new, &hidden)?;
    let states = newest_trusted_states(graph, old, new, trusted, baseline)?;
    let prior = match old {
        Some(old) if states.is_empty() => vec![Prior::Commit(old)],
        Some(ours) => vec![Prior::Merge(MergeOf {
            ours,
            theirs: states,
            bases: None,
            on_conflict: OnConflict::KeepOurs,
        })],
        None if states.is_empty() => vec![Prior::Empty],
        None => states.into_iter().map(Prior::Commit).collect(),
    };
    Ok(History {
        commits,
        hidden,
        certain,
        prior,
    })
}

/// The newest states of trusted refs that `new` contains and `old` does not, none contained in another.
fn newest_trusted_states(
    graph: &mut Graph<'_>,
    old: Option<CommitIdx>,
    new: CommitIdx,
    trusted: &[CommitIdx],
    baseline: &[CommitIdx],
) -> Result<Vec<CommitIdx>, Error> {
    let mut states = Vec::new();
    for &tip in trusted {
        states.extend(graph.newest_state_within(tip, new)?);
    }
    for &commit in baseline {
        if graph.contains(new, commit)? {
            states.push(commit);
        }
    }
    states.sort_unstable();
    states.dedup();
    let mut unknown_to_old = Vec::with_capacity(states.len());
    for state in states {
        let known = match old {
            Some(old) => graph.contains(old, state)?,
            None => false,
        };
        if !known {
            unknown_to_old.push(state);
        }
    }
    graph.keep_maximal(unknown_to_old)
}
