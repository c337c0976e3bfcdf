//! What a tree is held against: the tree that was to be expected of it.
//!
//! For an ordinary commit that is its parent's tree; for a merge commit, git's own merge of its parents; for an
//! update, the old tip merged with what trusted refs bring. Merges are never written out. An [`Expr`] over the trees
//! involved is settled entry by entry while the walk descends, and mostly by comparing ids: a directory that only one
//! side changed is that side's, whatever is in it.

use std::collections::BTreeSet;

use gix::hash::ObjectId;

use super::Error;
use super::merge::{Made, Merged, merge_entries};
use super::objects::Objects;
use super::tree::Entry;

/// What a tree is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The trees involved; `None` is the empty tree.
    pub leaves: Vec<Option<ObjectId>>,
    /// How they make up the expected state.
    pub shape: Shape,
    /// Several merge bases are taken only as far as they agree; looking at *their* merge bases would tell more.
    pub can_be_refined: bool,
}

/// How the leaves of an [`Expectation`] make up the expected state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A path is touched if it differs from the value of the expression.
    Merge {
        /// What is expected.
        expr: Expr,
        /// What a conflict means.
        on_conflict: OnConflict,
    },
    /// A path is touched if it differs from every leaf: merges of three and more.
    AnyOf,
    /// A path is touched unless all leaves agree with it: where git's answer cannot be known.
    AllOf,
}

/// What a path means that conflicts in the expected merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnConflict {
    /// It is expected to stay as on our side (SPEC 2.3, the net change of an update).
    KeepOurs,
    /// Whoever resolved it touched it (SPEC 2.4, a merge commit).
    Touch,
}

/// A tree, or the merge of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    /// The leaf of this number.
    Leaf(usize),
    /// git's default three-way merge.
    Merge(Box<Sides>),
    /// What all of these leaves hold, where they agree; nothing is known where they do not. So several merge bases are
    /// taken as long as it does not matter which.
    Agreed(Vec<usize>),
}

/// The three trees of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// The first parent.
    pub ours: Expr,
    /// The second parent.
    pub theirs: Expr,
    /// Their merge base; several are merged in turn (git's recursive virtual base).
    pub base: Expr,
}

/// What a directory or path holds in one leaf.
pub type Slot = Option<Entry>;

/// The value of an expression for one path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// This is expected.
    Is(Slot),
    /// A conflict; our side is given.
    Conflict(Slot),
    /// Cannot be known: whatever stands there counts as a change.
    Uncertain(Slot),
}

impl Expectation {
    /// A single tree.
    pub fn tree(tree: Option<ObjectId>) -> Self {
        Expectation {
            leaves: vec![tree],
            shape: Shape::Merge {
                expr: Expr::Leaf(0),
                on_conflict: OnConflict::KeepOurs,
            },
            can_be_refined: false,
        }
    }

    /// Several trees.
    pub fn of(leaves: Vec<Option<ObjectId>>, shape: Shape) -> Self {
        Expectation {
            leaves,
            shape,
            can_be_refined: false,
        }
    }

    /// The single tree that this is, if it is one.
    pub fn as_tree(&self) -> Option<Option<ObjectId>> {
        match (&self.shape, &self.leaves[..]) {
            (
                Shape::Merge {
                    expr: Expr::Leaf(0),
                    ..
                },
                [tree],
            ) => Some(*tree),
            _ => None,
        }
    }
}

impl Expr {
    /// A merge of two expressions over a third.
    pub fn merge(ours: Expr, theirs: Expr, base: Expr) -> Self {
        Expr::Merge(Box::new(Sides { ours, theirs, base }))
    }

    fn is_merge(&self) -> bool {
        matches!(self, Expr::Merge(_))
    }

    /// The numbers of the leaves that are sides of the merge, and of those that make up its bases.
    pub fn sides_and_bases(&self) -> (BTreeSet<usize>, BTreeSet<usize>) {
        match self {
            Expr::Leaf(leaf) => (BTreeSet::from([*leaf]), BTreeSet::new()),
            Expr::Agreed(leaves) => (leaves.iter().copied().collect(), BTreeSet::new()),
            Expr::Merge(merge) => {
                let (mut sides, mut bases) = merge.ours.sides_and_bases();
                let (more_sides, more_bases) = merge.theirs.sides_and_bases();
                let (below, further_below) = merge.base.sides_and_bases();
                sides.extend(more_sides);
                bases.extend(more_bases.into_iter().chain(below).chain(further_below));
                (sides, bases)
            }
        }
    }

    /// What the first leaf has that has anything.
    pub fn first_of(&self, slots: &[Slot]) -> Slot {
        match self {
            Expr::Leaf(leaf) => slots[*leaf],
            Expr::Agreed(leaves) => leaves.iter().find_map(|&leaf| slots[leaf]),
            Expr::Merge(merge) => merge
                .ours
                .first_of(slots)
                .or_else(|| merge.theirs.first_of(slots)),
        }
    }

    /// The value where comparing ids is enough to tell, for files and directories alike.
    pub fn settle_by_id(&self, slots: &[Slot]) -> Option<Slot> {
        match self {
            Expr::Leaf(leaf) => Some(slots[*leaf]),
            Expr::Agreed(leaves) => agreed(leaves, slots),
            Expr::Merge(sides) => {
                let (ours, theirs) = (
                    sides.ours.settle_by_id(slots)?,
                    sides.theirs.settle_by_id(slots)?,
                );
                if ours == theirs {
                    return Some(ours);
                }
                let base = sides.base.settle_by_id(slots)?;
                if theirs == base {
                    Some(ours)
                } else if ours == base {
                    Some(theirs)
                } else {
                    None
                }
            }
        }
    }

    /// The value for a path that no leaf holds a directory at.
    ///
    /// # Errors
    /// When a blob that is needed cannot be read.
    pub fn settle_files(
        &self,
        objects: &Objects,
        made: &mut Made,
        slots: &[Slot],
    ) -> Result<Settled, Error> {
        let sides = match self {
            Expr::Leaf(leaf) => return Ok(Settled::Is(slots[*leaf])),
            Expr::Agreed(leaves) => {
                return Ok(match agreed(leaves, slots) {
                    Some(slot) => Settled::Is(slot),
                    None => Settled::Uncertain(slots[leaves[0]]),
                });
            }
            Expr::Merge(sides) => sides,
        };
        let ours = sides.ours.settle_files(objects, made, slots)?;
        let theirs = sides.theirs.settle_files(objects, made, slots)?;
        let (Settled::Is(our_slot), Settled::Is(their_slot)) = (ours, theirs) else {
            return Ok(Settled::Uncertain(ours.slot()));
        };
        if our_slot == their_slot {
            return Ok(Settled::Is(our_slot));
        }
        let Settled::Is(base) = sides.base.settle_files(objects, made, slots)? else {
            return Ok(Settled::Uncertain(our_slot));
        };
        Ok(
            match merge_entries(objects, made, our_slot, their_slot, base)? {
                Merged::Clean(slot) => Settled::Is(slot),
                // Our side is already a merge: what conflicts stays as in the old tip, not as in that (SPEC 2.3).
                Merged::Conflict if sides.ours.is_merge() => Settled::Uncertain(our_slot),
                Merged::Conflict => Settled::Conflict(our_slot),
                Merged::Uncertain => Settled::Uncertain(our_slot),
            },
        )
    }
}

fn agreed(leaves: &[usize], slots: &[Slot]) -> Option<Slot> {
    let first = slots[*leaves.first()?];
    leaves
        .iter()
        .all(|&leaf| slots[leaf] == first)
        .then_some(first)
}

impl Settled {
    fn slot(self) -> Slot {
        match self {
            Settled::Is(slot) | Settled::Conflict(slot) | Settled::Uncertain(slot) => slot,
        }
    }
}
