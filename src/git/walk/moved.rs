//! Where git, which follows renames when it merges, could put what it does not find in its place.
//!
//! Paths are compared one by one here. Where one side of a merge changed, moved or removed a file that the other moved
//! or removed, git's answer is about another path too: the one that looks like the file that is gone. Which one that is
//! need not be worked out. Whatever looks like it, and has been added, counts as touched.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind;

use super::{Place, Touched, Walk};
use crate::git::Error;
use crate::git::expected::{Expectation, Expr, Shape, Slot};
use crate::git::tree;

/// An entry that a side of a merge has no more, while the other does not have it as it was.
pub(super) struct Lost {
    place: Place,
    name: BString,
    entry: tree::Entry,
    /// Of a directory, what is left of it on both sides.
    left: Option<ObjectId>,
}

/// git takes files that share half of their content for one (gitdiffcore(7)). It adds up hashes of lines, so its half can
/// be a little less.
const ALIKE_PERCENT: u64 = 45;

/// git cuts longer lines (diffcore-delta.c).
const LONGEST_LINE: usize = 64;

/// Beyond so many comparisons whatever was added counts.
const MOST_COMPARISONS: usize = 10_000;

/// How many bytes of a file are in each of its lines.
type Lines = HashMap<Vec<u8>, u64>;

impl Walk<'_> {
    /// Notes what is lost at one name of a directory.
    pub(super) fn note_lost(&mut self, place: &Place, name: &[u8], expr: &Expr, slots: &[Slot]) {
        let Expr::Merge(sides) = expr else { return };
        for nested in [&sides.ours, &sides.theirs, &sides.base] {
            self.note_lost(place, name, nested, slots);
        }
        let Some(entry) = sides.base.first_of(slots) else {
            return;
        };
        let of = |side: &Expr| side.settle_by_id(slots);
        let (ours, theirs, base) = (of(&sides.ours), of(&sides.theirs), of(&sides.base));
        if base.is_some() && (ours == base || theirs == base) {
            return;
        }
        let is_tree = |slot: Slot| slot.filter(|entry| entry.mode.is_tree());
        // Of a directory on which the sides do not agree, the entries are looked at one by one, unless it meets a file.
        let has = |side: Option<Slot>, tree: bool| {
            side.is_some_and(|slot| slot.is_some_and(|left| left.mode.is_tree() == tree))
        };
        let has_no_file = |side| side == Some(None) || has(side, true);
        let is_lost = if entry.mode.is_tree() {
            (ours.is_some() && ours == theirs) || has(ours, false) || has(theirs, false)
        } else {
            has_no_file(ours) || has_no_file(theirs)
        };
        if is_lost {
            let left = ours.filter(|_| ours == theirs).and_then(is_tree);
            self.lost.push(Lost {
                place: place.clone(),
                name: name.into(),
                entry,
                left: left.map(|left| left.id),
            });
        }
    }

    /// Reports what was added and looks like something that is lost.
    pub(super) fn report_moved(
        &mut self,
        found: Option<ObjectId>,
        expected: &Expectation,
    ) -> Result<(), Error> {
        let lost = std::mem::take(&mut self.lost);
        let Shape::Merge { expr, .. } = &expected.shape else {
            return Ok(());
        };
        if lost.is_empty() {
            return Ok(());
        }
        let reported = std::mem::take(&mut self.touched);
        let lost = self.files_of(lost)?;
        let added = match lost[..] {
            [] => Vec::new(),
            _ => self.added(expr, &expected.leaves)?,
        };
        self.touched = reported;
        let all = lost.len().saturating_mul(added.len()) > MOST_COMPARISONS;
        let mut lines = HashMap::new();
        let mut moved = Vec::new();
        for new in added {
            let mut from = Vec::new();
            for old in &lost {
                if all || self.is_like(old.expected, new.found, &mut lines)? {
                    from.push(old.clone());
                }
            }
            if !from.is_empty() {
                moved.push(Touched {
                    expected: new.found,
                    found: self.entry_at(found, &new.path)?,
                    ..new
                });
                moved.append(&mut from);
            }
        }
        let known: BTreeSet<BString> = self
            .touched
            .iter()
            .map(|known| known.path.clone())
            .collect();
        moved.retain(|moved| !known.contains(&moved.path));
        self.touched.append(&mut moved);
        Ok(())
    }

    /// The lost files of interest; of a directory, those below.
    fn files_of(&mut self, lost: Vec<Lost>) -> Result<Vec<Touched>, Error> {
        for Lost {
            place,
            name,
            entry,
            left,
        } in lost
        {
            if !entry.mode.is_tree() {
                self.report(&place, &name, Some(entry), None)?;
            } else if let Some(below) = self.descend(&place, &name)? {
                self.compare_two(below, Some(entry.id), left)?;
            }
        }
        let mut files = std::mem::take(&mut self.touched);
        files.retain(|file| file.expected.is_some() && file.found.is_none());
        Ok(files)
    }

    /// Paths that a side has and a merge base has not, each once.
    fn added(&mut self, expr: &Expr, leaves: &[Option<ObjectId>]) -> Result<Vec<Touched>, Error> {
        let (sides, bases) = expr.sides_and_bases();
        for &base in &bases {
            for &side in &sides {
                self.compare_two(self.root(), leaves[base], leaves[side])?;
            }
        }
        let mut added = std::mem::take(&mut self.touched);
        added.retain(|path| path.expected.is_none() && path.found.is_some());
        added.sort_unstable_by(|one, other| {
            let key = |touched: &Touched| touched.found.map(|found| found.id);
            (&one.path, key(one)).cmp(&(&other.path, key(other)))
        });
        added.dedup();
        Ok(added)
    }

    fn is_like(
        &self,
        old: Slot,
        new: Slot,
        lines: &mut HashMap<ObjectId, Lines>,
    ) -> Result<bool, Error> {
        let (Some(old), Some(new)) = (old, new) else {
            return Ok(false);
        };
        if old.id == new.id {
            return Ok(true);
        }
        if !old.mode.is_file() || !new.mode.is_file() {
            return Ok(false);
        }
        for id in [old.id, new.id] {
            if let Entry::Vacant(unread) = lines.entry(id) {
                unread.insert(self.lines_of(id)?);
            }
        }
        Ok(are_alike(&lines[&old.id], &lines[&new.id]))
    }

    fn lines_of(&self, id: ObjectId) -> Result<Lines, Error> {
        let mut buffer = Vec::new();
        let role = "a file that a side of a merge may have moved";
        let content = self.objects.read_kind(&id, Kind::Blob, role, &mut buffer)?;
        let mut lines = Lines::new();
        for line in content.lines_with_terminator() {
            for part in line.chunks(LONGEST_LINE) {
                *lines.entry(part.to_vec()).or_default() += part.len() as u64;
            }
        }
        Ok(lines)
    }

    fn entry_at(&mut self, root: Option<ObjectId>, path: &[u8]) -> Result<Slot, Error> {
        let mut entry = None;
        let mut tree = root;
        let mut place = Some(self.root());
        for name in path.split(|&byte| byte == b'/') {
            let Some(directory) = place else {
                return Ok(None);
            };
            let excerpt = self.read_tree(&directory, tree)?;
            let mut entries = tree::entries(&excerpt.data, self.objects.hash()).flatten();
            entry = entries
                .find(|entry| entry.name == name)
                .map(tree::EntryRef::to_entry);
            tree = entry
                .filter(|entry| entry.mode.is_tree())
                .map(|entry| entry.id);
            place = self.descend(&directory, name)?;
        }
        Ok(entry.filter(|entry| !entry.mode.is_tree()))
    }
}

fn are_alike(one: &Lines, other: &Lines) -> bool {
    let size = |lines: &Lines| lines.values().sum::<u64>();
    let shared: u64 = one
        .iter()
        .map(|(line, bytes)| other.get(line).map_or(0, |there| *bytes.min(there)))
        .sum();
    let larger = size(one).max(size(other));
    larger > 0 && shared * 100 >= larger * ALIKE_PERCENT
}
