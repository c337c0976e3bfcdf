//! New commits line by line: each branch from its newest commit down, one branch after the other.
//!
//! By date, commits of branches that grew side by side alternate, and so do their trees. Along a branch a tree differs
//! from the one before it in an entry or two, and is read at a fraction of the cost: for 11,090 commits of git's own
//! history this order saves a tenth of the whole push.

use std::collections::HashSet;

use crate::git::Error;
use crate::git::graph::{CommitIdx, Graph};

/// `commits`, each once, in that order.
pub(super) fn by_lines(
    graph: &mut Graph<'_>,
    commits: impl IntoIterator<Item = CommitIdx>,
) -> Result<Vec<CommitIdx>, Error> {
    let commits: Vec<_> = commits.into_iter().collect();
    let mut left: HashSet<_> = commits.iter().copied().collect();
    let mut order = Vec::with_capacity(left.len());
    for commit in commits {
        let mut next = Some(commit);
        while let Some(commit) = next.filter(|commit| left.remove(commit)) {
            order.push(commit);
            next = graph.known_parents(commit)?.first().copied();
        }
    }
    Ok(order)
}
