//! What a tree is held against, in commits: from these the trees are found, and merge bases where a merge has to be
//! worked out.

use crate::git::Error;
use crate::git::expected::{Expectation, Expr, OnConflict, Shape};
use crate::git::graph::{CommitIdx, Graph};

use super::Touched;
use super::compare::{Comparer, Comparison};
use gix::hash::ObjectId;
use std::sync::Arc;

/// How often the merge bases of merge bases are looked up before what they disagree on counts as touched.
const DEEPEST: usize = 2;

/// More merge bases than this are only taken as far as they agree: each pair of them may have merge bases of its own.
const MANY_BASES: usize = 64;

/// The same for merge bases of merge bases.
const MANY_NESTED_BASES: usize = 4;

/// The state before a change.
#[derive(Debug, Clone)]
pub(super) enum Prior {
    /// Nothing.
    Empty,
    /// One commit.
    Commit(CommitIdx),
    /// All of these: whatever one of them lacks is a change.
    All(Vec<CommitIdx>),
    /// Any of these (a merge of more than two).
    Any(Vec<CommitIdx>),
    /// git's merge of some.
    Merge(MergeOf),
    /// Another change, re-applied.
    Carried(Carried),
}

/// What comes of applying the change from `base` to `head` to another state, by git's three-way merge.
#[derive(Debug, Clone)]
pub(super) struct Carried {
    onto: Box<Prior>,
    /// `None`: nothing was there.
    base: Option<CommitIdx>,
    head: CommitIdx,
}

/// A merge that is only imagined: `ours` with each of `theirs` in turn.
#[derive(Debug, Clone)]
pub(super) struct MergeOf {
    /// What is merged into.
    pub ours: CommitIdx,
    /// What is merged.
    pub theirs: Vec<CommitIdx>,
    /// The merge bases of `ours` and the first of `theirs`, if they are known.
    pub bases: Option<Vec<CommitIdx>>,
    /// What a conflict means.
    pub on_conflict: OnConflict,
}

/// A tree and what it is held against.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// The tree; `None` is the empty one.
    pub found: Option<ObjectId>,
    /// What was before.
    pub prior: Prior,
}

/// The touched paths of each question, in order.
///
/// Where a merge has several merge bases, they are first taken as far as they agree, which mostly is all that matters.
/// Only for merges that then seem to touch something are their merge bases looked up in turn, level by level.
pub(super) fn answer(
    graph: &mut Graph<'_>,
    comparer: &Comparer<'_>,
    questions: &[Question],
) -> Result<Vec<Arc<[Touched]>>, Error> {
    let mut answers: Vec<Arc<[Touched]>> = vec![Arc::from([]); questions.len()];
    let mut open: Vec<usize> = (0..questions.len()).collect();
    for depth in 0..=DEEPEST {
        tracing::debug!(depth, questions = open.len(), "comparing");
        let mut comparisons = Vec::with_capacity(open.len());
        for &position in &open {
            let Question { found, prior } = &questions[position];
            comparisons.push(Comparison {
                found: *found,
                expected: prior.expectation(graph, depth)?,
            });
        }
        tracing::debug!(
            commits_read = graph.commits_read(),
            "expectations are ready"
        );
        for (&position, touched) in open.iter().zip(comparer.compare_all(&comparisons)?) {
            answers[position] = touched;
        }
        let may_be_less = |(position, comparison): (usize, Comparison)| {
            (comparison.expected.can_be_refined && !answers[position].is_empty())
                .then_some(position)
        };
        open = open
            .into_iter()
            .zip(comparisons)
            .filter_map(may_be_less)
            .collect();
        if open.is_empty() {
            break;
        }
    }
    Ok(answers)
}

impl Prior {
    /// The commit that it starts from.
    pub(super) fn base(&self) -> Option<CommitIdx> {
        match self {
            Prior::Empty => None,
            Prior::Commit(commit) => Some(*commit),
            Prior::All(commits) | Prior::Any(commits) => commits.first().copied(),
            Prior::Merge(merge) => Some(merge.ours),
            Prior::Carried(carried) => carried.onto.base(),
        }
    }

    /// What is expected of a merge commit (SPEC 2.4): git's merge of two parents, or any of more. `bases` are the merge
    /// bases, if they are known.
    pub(super) fn of_merge_commit(parents: &[CommitIdx], bases: Option<Vec<CommitIdx>>) -> Self {
        match *parents {
            [ours, theirs] => Prior::Merge(MergeOf {
                ours,
                theirs: vec![theirs],
                bases,
                on_conflict: OnConflict::Touch,
            }),
            _ => Prior::Any(parents.to_vec()),
        }
    }

    /// The change from `base` to `head`, re-applied to each of `states`; what conflicts counts as changed.
    pub(super) fn carried(
        states: Vec<Prior>,
        base: Option<CommitIdx>,
        head: CommitIdx,
    ) -> Vec<Self> {
        let carry = |onto| {
            Prior::Carried(Carried {
                onto: Box::new(onto),
                base,
                head,
            })
        };
        states.into_iter().map(carry).collect()
    }

    fn expectation(&self, graph: &mut Graph<'_>, depth: usize) -> Result<Expectation, Error> {
        let trees = |commits: &[CommitIdx]| {
            commits
                .iter()
                .map(|&commit| Some(graph.tree(commit)))
                .collect()
        };
        Ok(match self {
            Prior::Empty => Expectation::tree(None),
            Prior::Commit(commit) => Expectation::tree(Some(graph.tree(*commit))),
            Prior::All(commits) => Expectation::of(trees(commits), Shape::AllOf),
            Prior::Any(commits) => Expectation::of(trees(commits), Shape::AnyOf),
            Prior::Merge(merge) => {
                let mut leaves = Leaves::default();
                let expr = merge.expr(&mut leaves, graph, depth)?;
                leaves.expect(expr, merge.on_conflict)
            }
            Prior::Carried(carried) => {
                let mut leaves = Leaves::default();
                let expr = carried.expr(&mut leaves, graph, depth)?;
                leaves.expect(expr, OnConflict::Touch)
            }
        })
    }
}

impl MergeOf {
    fn expr(
        &self,
        leaves: &mut Leaves,
        graph: &mut Graph<'_>,
        depth: usize,
    ) -> Result<Expr, Error> {
        let mut expr = leaves.of(graph, self.ours);
        let mut merged = vec![self.ours];
        for &theirs in &self.theirs {
            let bases = match &self.bases {
                Some(bases) if merged.len() == 1 => bases.clone(),
                _ => graph.merge_bases(theirs, &merged)?,
            };
            let base = leaves.base(graph, &bases, depth, MANY_BASES)?;
            expr = Expr::merge(expr, leaves.of(graph, theirs), base);
            merged.push(theirs);
        }
        Ok(expr)
    }
}

impl Carried {
    fn expr(
        &self,
        leaves: &mut Leaves,
        graph: &mut Graph<'_>,
        depth: usize,
    ) -> Result<Expr, Error> {
        let onto = match &*self.onto {
            Prior::Commit(commit) => leaves.of(graph, *commit),
            Prior::Merge(merge) => merge.expr(leaves, graph, depth)?,
            // Nothing, or what cannot be told: then the change can only be the one that was approved.
            _ => Expr::Leaf(leaves.position(None)),
        };
        let base = Expr::Leaf(leaves.position(self.base.map(|base| graph.tree(base))));
        Ok(Expr::merge(onto, leaves.of(graph, self.head), base))
    }
}

/// The leaves of an expression under construction.
#[derive(Debug, Default)]
struct Leaves {
    trees: Vec<Option<ObjectId>>,
    bases_may_disagree: bool,
}

impl Leaves {
    fn expect(self, expr: Expr, on_conflict: OnConflict) -> Expectation {
        Expectation {
            leaves: self.trees,
            shape: Shape::Merge { expr, on_conflict },
            can_be_refined: self.bases_may_disagree,
        }
    }

    fn of(&mut self, graph: &Graph<'_>, commit: CommitIdx) -> Expr {
        Expr::Leaf(self.position(Some(graph.tree(commit))))
    }

    fn position(&mut self, tree: Option<ObjectId>) -> usize {
        self.trees
            .iter()
            .position(|known| *known == tree)
            .unwrap_or_else(|| {
                self.trees.push(tree);
                self.trees.len() - 1
            })
    }

    /// One base for all `bases`: merged in turn, as git's recursive strategy does, `depth` levels deep, and below that
    /// as far as they agree.
    fn base(
        &mut self,
        graph: &mut Graph<'_>,
        bases: &[CommitIdx],
        depth: usize,
        many: usize,
    ) -> Result<Expr, Error> {
        let Some((&first, rest)) = bases.split_first() else {
            return Ok(Expr::Leaf(self.position(None)));
        };
        if rest.is_empty() {
            return Ok(self.of(graph, first));
        }
        let is_many = bases.len() > many;
        if depth == 0 || is_many {
            self.bases_may_disagree |= !is_many;
            return Ok(Expr::Agreed(
                bases
                    .iter()
                    .map(|&base| self.position(Some(graph.tree(base))))
                    .collect(),
            ));
        }
        let mut expr = self.of(graph, first);
        for (&next, below) in rest.iter().zip(graph.merge_bases_in_turn(bases)?) {
            let base = self.base(graph, &below, depth - 1, MANY_NESTED_BASES)?;
            expr = Expr::merge(expr, self.of(graph, next), base);
        }
        Ok(expr)
    }
}
