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
    let prior = match old {
        Some(old) => vec![kept_with(graph, old, new, trusted)?],
        None => expected_of_creation(graph, new, trusted)?,
    };
    Ok(History {
        commits,
        hidden,
        certain,
        prior,
    })
}

impl<'a> Trusted<'a> {
    fn all(&self) -> impl Iterator<Item = &'a States> + use<'a> {
        self.refs.iter().map(Rc::as_ref).chain([self.past])
    }
}

/// What a ref that held `old` is expected to hold: that, and what `new` has of trusted states.
fn kept_with(
    graph: &mut Graph<'_>,
    old: CommitIdx,
    new: CommitIdx,
    trusted: &Trusted<'_>,
) -> Result<Prior, Error> {
    let theirs = newest_within(graph, Some(old), new, trusted.all(), trusted.baseline)?;
    Ok(if theirs.is_empty() {
        Prior::Commit(old)
    } else {
        Prior::Merge(MergeOf {
            ours: old,
            theirs,
            bases: None,
            on_conflict: OnConflict::KeepOurs,
        })
    })
}

/// What a ref is expected to hold that is created at `new`: what `new` has of trusted states.
///
/// One that was there before is held against its last value, unless it contains that, or begins anew where another
/// trusted ref has got since: whoever may not move it back may not do so by deleting it first.
fn expected_of_creation(
    graph: &mut Graph<'_>,
    new: CommitIdx,
    trusted: &Trusted<'_>,
) -> Result<Vec<Prior>, Error> {
    let baseline = trusted.baseline;
    let states = newest_within(graph, None, new, trusted.all(), baseline)?;
    let last = trusted.past.ends(graph)?.into_iter().next();
    if let Some(last) = last
        && !graph.contains(new, last)?
    {
        let others = trusted.refs.iter().map(Rc::as_ref);
        let others = newest_within(graph, None, new, others, baseline)?;
        let is_its_own = |state| !others.contains(state);
        let since = newest_within(graph, Some(last), new, trusted.all(), baseline)?;
        if since.is_empty() || states.iter().any(is_its_own) {
            return Ok(vec![kept_with(graph, last, new, trusted)?]);
        }
    }
    if states.is_empty() {
        return Ok(vec![Prior::Empty]);
    }
    Ok(states.into_iter().map(Prior::Commit).collect())
}

/// The newest of these states, and of `baseline`, that `new` contains and `old` does not, none contained in another.
fn newest_within<'s>(
    graph: &mut Graph<'_>,
    old: Option<CommitIdx>,
    new: CommitIdx,
    trusted: impl Iterator<Item = &'s States>,
    baseline: &[CommitIdx],
) -> Result<Vec<CommitIdx>, Error> {
    let mut found = Vec::new();
    for states in trusted {
        found.extend(states.newest_within(graph, new)?);
    }
    for &commit in baseline {
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
