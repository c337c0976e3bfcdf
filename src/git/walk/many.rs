//! The general way: one tree against an expression over several.

use std::collections::BTreeMap;

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::{Place, Walk};
use crate::git::Error;
use crate::git::expected::{Expectation, Expr, OnConflict, Settled, Shape, Slot};
use crate::git::tree;

/// A directory in which the expected state is not one tree.
struct Pending {
    place: Place,
    found: Option<ObjectId>,
    leaves: Vec<Option<ObjectId>>,
    /// A side of the merge has the directory, or one above it, no more: git moves what the other adds to it along with the
    /// rest.
    may_have_moved: bool,
}

/// What one name of a directory holds.
#[derive(Debug, Clone)]
struct Row {
    found: Slot,
    leaves: Vec<Slot>,
}

impl Walk<'_> {
    pub(super) fn compare_many(
        &mut self,
        place: Place,
        found: Option<ObjectId>,
        expected: &Expectation,
    ) -> Result<(), Error> {
        let mut pending = vec![Pending {
            place,
            found,
            leaves: expected.leaves.clone(),
            may_have_moved: false,
        }];
        while let Some(directory) = pending.pop() {
            for (name, row) in self.read_rows(&directory)? {
                self.compare_row(&directory, &expected.shape, &name, &row, &mut pending)?;
            }
        }
        Ok(())
    }

    /// The entries of the directory in all trees, by name. (Here `a` the file and `a` the directory meet.)
    fn read_rows(&mut self, directory: &Pending) -> Result<BTreeMap<BString, Row>, Error> {
        let mut rows: BTreeMap<BString, Row> = BTreeMap::new();
        let trees = std::iter::once(&directory.found).chain(&directory.leaves);
        for (position, &id) in trees.enumerate() {
            let excerpt = match position {
                0 => self.read_found(&directory.place, id)?,
                _ => self.read_tree(&directory.place, id)?,
            };
            for entry in tree::entries(&excerpt.data, self.objects.hash()).flatten() {
                let row = rows.entry(entry.name.into()).or_insert_with(|| Row {
                    found: None,
                    leaves: vec![None; directory.leaves.len()],
                });
                let slot = if position == 0 {
                    &mut row.found
                } else {
                    &mut row.leaves[position - 1]
                };
                *slot = Some(entry.to_entry());
            }
        }
        Ok(rows)
    }

    fn compare_row(
        &mut self,
        directory: &Pending,
        shape: &Shape,
        name: &[u8],
        row: &Row,
        pending: &mut Vec<Pending>,
    ) -> Result<(), Error> {
        match shape {
            Shape::Merge { expr, on_conflict } => {
                self.note_lost(&directory.place, name, expr, &row.leaves);
                if let Some(expected) = expr.settle_by_id(&row.leaves) {
                    if directory.may_have_moved && is_added_by_one_side(expr, row) {
                        return self.report_all(&directory.place, name, expected, row.found);
                    }
                    return self.compare_settled(&directory.place, name, expected, row.found);
                }
                let holds_file = |slot: &Slot| slot.is_some_and(|entry| !entry.mode.is_tree());
                if row.leaves.iter().any(is_tree) {
                    if row.leaves.iter().any(holds_file) {
                        // A file on one side where another has a directory: git moves one of them out of the way.
                        return self.compare_all(directory, name, row);
                    }
                    self.report_file(directory, name, None, row.found)?;
                    let moved = is_removed_by_one_side(expr, row);
                    return self.descend_many(directory, name, row, moved, pending);
                }
                let settled = expr.settle_files(&self.objects, &mut self.made, &row.leaves)?;
                match settled {
                    Settled::Is(slot) => {
                        self.compare_settled(&directory.place, name, slot, row.found)
                    }
                    Settled::Conflict(ours) if *on_conflict == OnConflict::KeepOurs => {
                        self.compare_settled(&directory.place, name, ours, row.found)
                    }
                    Settled::Conflict(ours) | Settled::Uncertain(ours) => {
                        // Where both sides end without the file, what one of them had tells which path it is.
                        let expected = ours.or_else(|| row.leaves.iter().copied().find_map(file));
                        self.report(&directory.place, name, expected, file(row.found))?;
                        self.compare_two_below(&directory.place, name, None, row.found)
                    }
                }
            }
            Shape::AnyOf => {
                if row.leaves.contains(&row.found) {
                    return Ok(());
                }
                if row.leaves.iter().all(|leaf| file(*leaf) != file(row.found)) {
                    self.report_file(directory, name, file(row.leaves[0]), row.found)?;
                }
                self.descend_many(directory, name, row, false, pending)
            }
            Shape::AllOf => self.compare_all(directory, name, row),
        }
    }

    /// Whatever is expected or found, it counts.
    fn report_all(
        &mut self,
        place: &Place,
        name: &[u8],
        expected: Slot,
        found: Slot,
    ) -> Result<(), Error> {
        if file(expected).or(file(found)).is_some() {
            self.report(place, name, file(expected), file(found))?;
        }
        // Twice, for what is below on one side alone and what is the same on both.
        self.compare_two_below(place, name, expected, None)?;
        self.compare_two_below(place, name, None, found)
    }

    /// From here on one entry is expected.
    fn compare_settled(
        &mut self,
        place: &Place,
        name: &[u8],
        expected: Slot,
        found: Slot,
    ) -> Result<(), Error> {
        if expected == found {
            return Ok(());
        }
        if file(expected) != file(found) {
            self.report(place, name, file(expected), file(found))?;
        }
        self.compare_two_below(place, name, expected, found)
    }

    fn compare_two_below(
        &mut self,
        place: &Place,
        name: &[u8],
        expected: Slot,
        found: Slot,
    ) -> Result<(), Error> {
        if directory(expected) == directory(found) {
            return Ok(());
        }
        match self.descend(place, name)? {
            Some(below) => self.compare_two(below, directory(expected), directory(found)),
            None => Ok(()),
        }
    }

    /// Touched, here and below, is what differs from any leaf.
    fn compare_all(&mut self, directory: &Pending, name: &[u8], row: &Row) -> Result<(), Error> {
        for &leaf in &row.leaves {
            self.compare_settled(&directory.place, name, leaf, row.found)?;
        }
        Ok(())
    }

    fn report_file(
        &mut self,
        directory: &Pending,
        name: &[u8],
        expected: Slot,
        found: Slot,
    ) -> Result<(), Error> {
        if expected == file(found) {
            return Ok(());
        }
        self.report(&directory.place, name, expected, file(found))
    }

    fn descend_many(
        &mut self,
        from: &Pending,
        name: &[u8],
        row: &Row,
        may_have_moved: bool,
        pending: &mut Vec<Pending>,
    ) -> Result<(), Error> {
        if !is_tree(&row.found) && !row.leaves.iter().any(is_tree) {
            return Ok(());
        }
        if let Some(place) = self.descend(&from.place, name)? {
            let leaves = row.leaves.iter().copied().map(directory).collect();
            pending.push(Pending {
                place,
                found: directory(row.found),
                leaves,
                may_have_moved: may_have_moved || from.may_have_moved,
            });
        }
        Ok(())
    }
}

/// No merge base has the name, and only one side.
fn is_added_by_one_side(expr: &Expr, row: &Row) -> bool {
    let (sides, bases) = expr.sides_and_bases();
    let has = |leaf: &usize| row.leaves[*leaf].is_some();
    !bases.iter().any(has) && sides.iter().any(has) && !sides.iter().all(has)
}

/// A merge base has the directory, and a side has not.
fn is_removed_by_one_side(expr: &Expr, row: &Row) -> bool {
    let (sides, bases) = expr.sides_and_bases();
    let has = |leaf: &usize| is_tree(&row.leaves[*leaf]);
    bases.iter().any(has) && !sides.iter().all(has)
}

fn is_tree(slot: &Slot) -> bool {
    slot.is_some_and(|entry| entry.mode.is_tree())
}

/// The entry, if it is no directory.
fn file(slot: Slot) -> Slot {
    slot.filter(|entry| !entry.mode.is_tree())
}

/// The tree of the entry, if it is a directory.
fn directory(slot: Slot) -> Option<ObjectId> {
    slot.filter(|entry| entry.mode.is_tree())
        .map(|entry| entry.id)
}
