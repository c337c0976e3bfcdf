//! What an update brings under a given trust: its new commits (SPEC 2.2) and the state that was to be expected of it
//! (SPEC 2.3).

use std::rc::Rc;

use super::prior::{MergeOf, Prior};
use super::states::States;
use crate::git::Error;
use crate::git::expected::OnConflict;
use crate::git::graph::{CommitIdx, Graph, NewCommits};

/// What an update brings, for rules that trust the same states.
#[derive(Debug, Clone)]
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

/// What need not be judged again.
pub(super) struct Trusted<'a> {
    /// The states of the refs that the rules trust.
    pub refs: &'a [Rc<States>],
    /// What the updated ref held before the tip that it has.
    pub past: &'a States,
    /// Commits that the policy names.
    pub baseline: &'a [CommitIdx],
}

/// Works out what moving a ref from `old` to `new` brings.
pub(super) fn trace(
    graph: &mut Graph<'_>,
    old: Option<CommitIdx>,
    new: CommitIdx,
    trusted: &Trusted<'_>,
) -> Result<History, Error> {
    let mut hidden: Vec<_> = old.into_iter().collect();
    for states in trusted.all() {
        hidden.extend(states.ends(graph)?);
    }
    hidden.extend(trusted.baseline);
    let NewCommits { commits, certain } = graph.new_commits(new, &hidden)?;
    let states = newest_trusted_states(graph, old, new, trusted)?;
    let prior = match old {
        Some(old) if states.is_empty() => vec![Prior::Commit(old)],
        Some(ours) => vec![Prior::Merge(MergeOf {
            ours,
            theirs: states,
            bases: None,
            on_conflict: OnConflict::KeepOurs,
        })],
        None if states.is_empty() => {
            let last = trusted.past.ends(graph)?.into_iter().next();
            vec![last.map_or(Prior::Empty, Prior::Commit)]
        }
        None => states.into_iter().map(Prior::Commit).collect(),
    };
    Ok(History {
        commits,
        hidden,
        certain,
        prior,
    })
}

impl Trusted<'_> {
    fn all(&self) -> impl Iterator<Item = &States> {
        self.refs.iter().map(Rc::as_ref).chain([self.past])
    }
}

/// The newest trusted states that `new` contains and `old` does not, none contained in another.
fn newest_trusted_states(
    graph: &mut Graph<'_>,
    old: Option<CommitIdx>,
    new: CommitIdx,
    trusted: &Trusted<'_>,
) -> Result<Vec<CommitIdx>, Error> {
    let mut found = Vec::new();
    for states in trusted.all() {
        found.extend(states.newest_within(graph, new)?);
    }
    for &commit in trusted.baseline {
        if graph.contains(new, commit)? {
            found.push(commit);
        }
    }
    found.sort_unstable();
    found.dedup();
    let mut unknown_to_old = Vec::with_capacity(found.len());
    for state in found {
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
