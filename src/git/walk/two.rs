//! The fast way: one tree against one other.

use std::cmp::Ordering;

use gix::hash::ObjectId;

use super::{Place, Walk};
use crate::git::Error;
use crate::git::tree::{self, Entry, EntryRef};

impl Walk<'_> {
    /// Compares `found` with `expected` at `place` and below.
    pub(super) fn compare_two(
        &mut self,
        place: Place,
        expected: Option<ObjectId>,
        found: Option<ObjectId>,
    ) -> Result<(), Error> {
        // A list instead of recursion: a tree of ten thousand levels must not end the stack.
        let mut pending = vec![(place, expected, found)];
        while let Some((place, expected, found)) = pending.pop() {
            if expected == found {
                continue;
            }
            let expected = self.read_tree(&place, expected)?;
            let found = self.read_found(&place, found)?;
            if expected.data != found.data {
                self.compare_entries(&place, &expected.data, &found.data, &mut pending)?;
            }
        }
        Ok(())
    }

    fn compare_entries(
        &mut self,
        place: &Place,
        expected: &[u8],
        found: &[u8],
        pending: &mut Vec<(Place, Option<ObjectId>, Option<ObjectId>)>,
    ) -> Result<(), Error> {
        let hash = self.objects.hash();
        let (mut olds, mut news) = (tree::entries(expected, hash), tree::entries(found, hash));
        let (mut old, mut new) = (next(&mut olds), next(&mut news));
        loop {
            let order = match (&old, &new) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => tree::compare(old.key(), new.key()),
            };
            let (left, right) = (old.filter(|_| order.is_le()), new.filter(|_| order.is_ge()));
            self.compare_pair(place, left, right, pending)?;
            if order.is_le() {
                old = next(&mut olds);
            }
            if order.is_ge() {
                new = next(&mut news);
            }
        }
    }

    /// One name, as it sorts: both sides are directories, or neither is.
    fn compare_pair(
        &mut self,
        place: &Place,
        old: Option<EntryRef<'_>>,
        new: Option<EntryRef<'_>>,
        pending: &mut Vec<(Place, Option<ObjectId>, Option<ObjectId>)>,
    ) -> Result<(), Error> {
        let (old_entry, new_entry) = (old.map(EntryRef::to_entry), new.map(EntryRef::to_entry));
        let Some(EntryRef { name, mode, .. }) = old.or(new) else {
            return Ok(());
        };
        if old_entry == new_entry {
            return Ok(());
        }
        if !mode.is_tree() {
            return self.report(place, name, old_entry, new_entry);
        }
        if let Some(below) = self.descend(place, name)? {
            pending.push((below, id_of(old_entry), id_of(new_entry)));
        }
        Ok(())
    }
}

/// The next entry. `found` was validated when it was read; what cannot be read of an old malformed tree is missing.
fn next<'a>(entries: &mut tree::Entries<'a>) -> Option<EntryRef<'a>> {
    entries.next()?.ok()
}

fn id_of(entry: Option<Entry>) -> Option<ObjectId> {
    entry.map(|entry| entry.id)
}
