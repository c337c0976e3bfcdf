//! What an update brings under a given trust: its new commits (SPEC 2.2) and the state that was to be expected of it
//! (SPEC 2.3).

use gix::hash::ObjectId;

use crate::git::Error;
use crate::git::expected::{Expectation, Expr, OnConflict, Shape};
use crate::git::graph::{CommitIdx, Graph, NewCommits};

/// Virtual merge bases of virtual merge bases: deeper than this, git's answer is not worked out.
const MAX_NESTED_BASES: usize = 4;

/// What an update brings, for rules that trust the same states.
#[derive(Debug)]
pub(super) struct History {
    /// The new commits, newest first.
    pub commits: Vec<CommitIdx>,
    /// None of them may be old.
    pub certain: bool,
    /// The net change is what differs from these; against each of them, where there are several.
    pub expected: Vec<Expectation>,
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
    let expected = match old {
        Some(old) => vec![after_merging(graph, old, &states)?],
        None if states.is_empty() => vec![Expectation::tree(None)],
        None => states
            .into_iter()
            .map(|state| Expectation::tree(Some(graph.tree(state))))
            .collect(),
    };
    Ok(History {
        commits,
        certain,
        expected,
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

/// The tree of `old` merged with each of `states` in turn.
fn after_merging(
    graph: &mut Graph<'_>,
    old: CommitIdx,
    states: &[CommitIdx],
) -> Result<Expectation, Error> {
    let mut trees = Trees::default();
    let mut expr = trees.leaf(graph, old);
    let mut merged = vec![old];
    for &state in states {
        let mut bases = Vec::new();
        for &part in &merged {
            bases.extend(graph.merge_bases(part, state)?);
        }
        let bases = graph.keep_maximal(bases)?;
        let Some(base) = trees.virtual_base(graph, &bases, 0)? else {
            return Ok(unknowable(graph, old, states));
        };
        expr = Expr::merge(expr, trees.leaf(graph, state), base);
        merged.push(state);
    }
    Ok(Expectation {
        leaves: trees.0,
        shape: Shape::Merge {
            expr,
            on_conflict: OnConflict::KeepOurs,
        },
    })
}

/// What is expected of the tree of a merge commit: git's merge of its parents, or any of more than two (SPEC 2.4).
pub(super) fn of_merge_commit(
    graph: &mut Graph<'_>,
    parents: &[ObjectId],
) -> Result<Expectation, Error> {
    let parents = parents
        .iter()
        .map(|&id| graph.commit(id))
        .collect::<Result<Vec<_>, _>>()?;
    let &[ours, theirs] = &parents[..] else {
        let leaves = parents
            .into_iter()
            .map(|parent| Some(graph.tree(parent)))
            .collect();
        return Ok(Expectation {
            leaves,
            shape: Shape::AnyOf,
        });
    };
    let mut trees = Trees::default();
    let (our_tree, their_tree) = (trees.leaf(graph, ours), trees.leaf(graph, theirs));
    let bases = graph.merge_bases(ours, theirs)?;
    let Some(base) = trees.virtual_base(graph, &bases, 0)? else {
        return Ok(unknowable(graph, ours, &[theirs]));
    };
    let expr = Expr::merge(our_tree, their_tree, base);
    Ok(Expectation {
        leaves: trees.0,
        shape: Shape::Merge {
            expr,
            on_conflict: OnConflict::Touch,
        },
    })
}

/// Every path on which the sides do not agree counts.
fn unknowable(graph: &Graph<'_>, ours: CommitIdx, theirs: &[CommitIdx]) -> Expectation {
    let leaves = std::iter::once(&ours)
        .chain(theirs)
        .map(|&commit| Some(graph.tree(commit)))
        .collect();
    Expectation {
        leaves,
        shape: Shape::AllOf,
    }
}

/// The leaves of an expression under construction.
#[derive(Debug, Default)]
struct Trees(Vec<Option<ObjectId>>);

impl Trees {
    fn leaf(&mut self, graph: &Graph<'_>, commit: CommitIdx) -> Expr {
        self.add(Some(graph.tree(commit)))
    }

    fn add(&mut self, tree: Option<ObjectId>) -> Expr {
        let position = self
            .0
            .iter()
            .position(|known| *known == tree)
            .unwrap_or_else(|| {
                self.0.push(tree);
                self.0.len() - 1
            });
        Expr::Leaf(position)
    }

    /// One base for several merge bases, merged in turn as git's recursive strategy does; `None` if that nests too deep.
    fn virtual_base(
        &mut self,
        graph: &mut Graph<'_>,
        bases: &[CommitIdx],
        depth: usize,
    ) -> Result<Option<Expr>, Error> {
        let Some((&first, rest)) = bases.split_first() else {
            return Ok(Some(self.add(None)));
        };
        let mut merged = self.leaf(graph, first);
        for &next in rest {
            if depth == MAX_NESTED_BASES {
                return Ok(None);
            }
            let below = graph.merge_bases(first, next)?;
            let Some(base) = self.virtual_base(graph, &below, depth + 1)? else {
                return Ok(None);
            };
            let next = self.leaf(graph, next);
            merged = Expr::merge(merged, next, base);
        }
        Ok(Some(merged))
    }
}
