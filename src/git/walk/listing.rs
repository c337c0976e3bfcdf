//! A directory as it was read last.
//!
//! From commit to commit a directory changes in an entry or two of hundreds. What has been found out about the others
//! (where they begin, that they are sorted and well named, whether a rule can match them) still holds. So the next
//! version is compared with the last as bytes, and only the entries that differ are looked at. That took a sixth off a
//! push of 11,090 commits of git's own history.

use std::cmp::Ordering;
use std::collections::HashMap;

use gix::bstr::BString;
use gix::hash::Kind;

use crate::git::tree::{self, Check, EntryRef};

use super::excerpts::Excerpt;
use super::sieve::Names;

/// The last version of each directory.
#[derive(Debug, Default)]
pub(super) struct Listings {
    by_path: HashMap<BString, Listing>,
    size: usize,
}

/// Beyond so many bytes all are forgotten.
const MOST_BYTES: usize = 8 << 20;

/// A larger tree is kept as it is: to look at each of so many names would cost more than it saves.
const LARGEST: usize = 256 << 10;

impl Listings {
    /// The excerpt of the tree object `data`, read as the next version of the directory `path`.
    pub(super) fn read(
        &mut self,
        path: &BString,
        data: &[u8],
        hash: Kind,
        names: &mut Names<'_>,
    ) -> Excerpt {
        if data.len() > LARGEST {
            let checked = tree::validate(data, hash);
            return Excerpt {
                data: data.to_vec(),
                entries: *checked.as_ref().unwrap_or(&0),
                flaw: checked.err(),
            };
        }
        let last = self.by_path.get(path);
        let (listing, flaw) = match last.and_then(|last| last.next(data, hash, names)) {
            Some(listing) => (listing, None),
            None => Listing::of(data, hash, names),
        };
        let excerpt = Excerpt {
            data: listing.excerpt(),
            entries: listing.ends.len() as u64,
            flaw,
        };
        if excerpt.flaw.is_none() {
            self.keep(path, listing);
        }
        excerpt
    }

    fn keep(&mut self, path: &BString, listing: Listing) {
        let size = listing.size();
        self.size += size;
        if self.size > MOST_BYTES {
            self.by_path.clear();
            self.size = size;
        }
        match self.by_path.get_mut(path) {
            Some(last) => self.size -= std::mem::replace(last, listing).size(),
            None => {
                self.by_path.insert(path.clone(), listing);
            }
        }
    }
}

/// A tree object with the places of its entries.
#[derive(Debug, Default)]
struct Listing {
    data: Vec<u8>,
    /// Where each entry ends.
    ends: Vec<usize>,
    /// Which of the entries a rule can match.
    matter: Vec<usize>,
}

/// With more new names than this a version is read as a whole.
const MOST_ADDED: usize = 64;

impl Listing {
    /// The listing of the tree object `data`, and why git would not have made it.
    fn of(data: &[u8], hash: Kind, names: &mut Names<'_>) -> (Self, Option<String>) {
        let mut listing = Listing {
            data: data.to_vec(),
            ..Listing::default()
        };
        let mut flaw = None;
        let mut check = Check::default();
        let mut entries = tree::entries(data, hash);
        while let Some(entry) = entries.next() {
            let checked = match entry {
                Ok(entry) => {
                    listing.add(names.matter(entry.name), data.len() - entries.rest().len());
                    match flaw {
                        None => check.entry(entry),
                        Some(_) => Ok(()),
                    }
                }
                Err(flaw) => Err(flaw.to_owned()),
            };
            if let Err(found) = checked {
                flaw.get_or_insert(found);
            }
        }
        (listing, flaw)
    }

    /// The listing of `data`, the next version of a well-formed directory; `None` if it must be read as a whole, because
    /// it is malformed, or another one.
    fn next(&self, data: &[u8], hash: Kind, names: &mut Names<'_>) -> Option<Self> {
        let mut next = Listing {
            data: data.to_vec(),
            ends: Vec::with_capacity(self.ends.len() + 1),
            matter: Vec::with_capacity(self.matter.len() + 1),
        };
        let mut added = Vec::new();
        let mut position = 0;
        loop {
            position = next.take_from(self, position, data);
            if next.end() == data.len() {
                break;
            }
            let mut entries = tree::entries(&data[next.end()..], hash);
            let entry = entries.next()?.ok()?;
            let end = data.len() - entries.rest().len();
            position += self.count_before(&entry, position, hash)?;
            if self.is_at(&entry, position, hash) {
                next.add(self.matter.binary_search(&position).is_ok(), end);
                position += 1;
                continue;
            }
            tree::check_name(entry.name).ok()?;
            added.push(next.ends.len());
            next.add(names.matter(entry.name), end);
            if added.len() > MOST_ADDED {
                return None;
            }
        }
        let is_sound =
            |&added: &usize| next.is_sorted_around(added, hash) && !next.has_twin(added, hash);
        added.iter().all(is_sound).then_some(next)
    }

    /// Takes over the entries of `last` from `position` on that come next in `data`, and tells where the others begin.
    fn take_from(&mut self, last: &Listing, position: usize, data: &[u8]) -> usize {
        let (start, end) = (last.start(position), self.end());
        let same = start + common_start(&last.data[start..], &data[end..]);
        let until = position + last.ends[position..].partition_point(|&end| end <= same);
        let shift = self.ends.len();
        let matter = last.matter_before(until);
        let matter = &matter[last.matter_before(position).len()..];
        self.matter
            .extend(matter.iter().map(|matter| matter - position + shift));
        self.ends.extend(
            last.ends[position..until]
                .iter()
                .map(|last| last - start + end),
        );
        until
    }

    /// How many entries from `position` on come before `entry`.
    fn count_before(&self, entry: &EntryRef<'_>, position: usize, hash: Kind) -> Option<usize> {
        let mut count = 0;
        while position + count < self.ends.len() {
            let old = self.entry(position + count, hash)?;
            if tree::compare(old.key(), entry.key()).is_ge() {
                break;
            }
            count += 1;
        }
        Some(count)
    }

    /// Is it the entry of that name, and that kind, that is at `position`?
    fn is_at(&self, entry: &EntryRef<'_>, position: usize, hash: Kind) -> bool {
        self.entry(position, hash)
            .is_some_and(|old| old.key() == entry.key())
    }

    fn add(&mut self, matters: bool, end: usize) {
        if matters {
            self.matter.push(self.ends.len());
        }
        self.ends.push(end);
    }

    /// The entries that a rule can match, as a tree.
    fn excerpt(&self) -> Vec<u8> {
        let mut excerpt = Vec::new();
        for &position in &self.matter {
            excerpt.extend_from_slice(&self.data[self.start(position)..self.ends[position]]);
        }
        excerpt.shrink_to_fit();
        excerpt
    }

    /// Bytes that it takes.
    fn size(&self) -> usize {
        self.data.len() + (self.ends.len() + self.matter.len()) * size_of::<usize>()
    }

    fn start(&self, position: usize) -> usize {
        position
            .checked_sub(1)
            .map_or(0, |before| self.ends[before])
    }

    fn end(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    fn matter_before(&self, position: usize) -> &[usize] {
        &self.matter[..self.matter.partition_point(|&matter| matter < position)]
    }

    fn entry(&self, position: usize, hash: Kind) -> Option<EntryRef<'_>> {
        let end = *self.ends.get(position)?;
        tree::entries(&self.data[self.start(position)..end], hash)
            .next()?
            .ok()
    }

    /// Is the entry in order with those before and after it?
    fn is_sorted_around(&self, position: usize, hash: Kind) -> bool {
        let around = position.saturating_sub(1)..(position + 2).min(self.ends.len());
        let entries = around.filter_map(|position| self.entry(position, hash));
        entries.is_sorted_by(|one, other| tree::compare(one.key(), other.key()).is_lt())
    }

    /// Is there a directory of the name of a file, or a file of the name of a directory?
    fn has_twin(&self, position: usize, hash: Kind) -> bool {
        let Some(EntryRef { name, mode, .. }) = self.entry(position, hash) else {
            return true;
        };
        let twin = (name, !mode.is_tree());
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            let Some(entry) = self.entry(middle, hash) else {
                return true;
            };
            match tree::compare(entry.key(), twin) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return true,
                Ordering::Greater => high = middle,
            }
        }
        false
    }
}

/// Bytes are compared in pieces, which the processor does at once.
const PIECE: usize = 64;

/// How many bytes two byte strings have in common at their start.
fn common_start(one: &[u8], other: &[u8]) -> usize {
    let pieces = one.chunks(PIECE).zip(other.chunks(PIECE));
    let same = pieces.take_while(|(one, other)| one == other).count() * PIECE;
    let same = same.min(one.len());
    let rest = one[same..].iter().zip(&other[same..]);
    same + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::walk::{Filter, sieve::Sieve};
    use crate::paths::{AutomatonBuilder, Pattern, SetMask};

    /// The tree object of files, and of directories where a name ends in `/`, each with an id of its own.
    fn tree(names: &[(&str, u8)]) -> Vec<u8> {
        let mut data = Vec::new();
        for (name, id) in names {
            let mode = if name.ends_with('/') {
                "40000 "
            } else {
                "100644 "
            };
            data.extend_from_slice(mode.as_bytes());
            data.extend_from_slice(name.trim_end_matches('/').as_bytes());
            data.push(0);
            data.extend_from_slice(&[*id; 20]);
        }
        data
    }

    /// Reads one version after the other, and each as a whole, and compares.
    fn check(versions: &[&[(&str, u8)]]) {
        let pattern = |text| Pattern::parse(text).expect("valid");
        let mut builder = AutomatonBuilder::new();
        builder.add(&[pattern("b*"), pattern("/d/**")], true);
        let automaton = builder.build();
        let filter = Filter {
            automaton: &automaton,
            sets: SetMask::all(1),
            everything: false,
        };
        let state = automaton.root();
        let mut sieve = Sieve::new(&filter);
        let mut names = sieve.names(&state);
        let mut listings = Listings::default();
        for version in versions {
            let data = tree(version);
            let next = listings.read(&"".into(), &data, Kind::Sha1, &mut names);
            let whole = Listings::default().read(&"".into(), &data, Kind::Sha1, &mut names);
            assert_eq!(next, whole, "{version:?}");
        }
    }

    #[test]
    fn the_next_version_is_read_as_if_it_were_the_first() {
        let first: &[_] = &[("a", 1), ("b", 1), ("b1", 1), ("c", 1), ("d/", 1), ("e", 1)];
        let mut changed = first.to_vec();
        changed[2].1 = 2;
        let mut both_ends = first.to_vec();
        (both_ends[0].1, both_ends[5].1) = (2, 2);
        let mut more = first.to_vec();
        more.insert(2, ("b0", 1));
        let mut less = first.to_vec();
        less.remove(4);
        check(&[
            first,
            &changed,
            first,
            &both_ends,
            &more,
            &less,
            &[],
            first,
            &less[..1],
            &more,
        ]);
        let twice = [&first[..3], &first[2..]].concat();
        let unsorted = [&first[..4], &[("b2", 1)], &first[4..]].concat();
        let named_git = [&[(".git", 1)], first].concat();
        check(&[first, &twice, first, &unsorted, first, &named_git, first]);
    }

    #[test]
    fn a_file_and_a_directory_of_one_name_are_seen_however_far_apart() {
        let file: &[_] = &[("a", 1), ("a-b", 1), ("a.b", 1), ("c", 1)];
        let both: &[_] = &[("a", 1), ("a-b", 1), ("a.b", 1), ("a/", 1), ("c", 1)];
        let directory = &both[1..];
        check(&[file, both, directory, both, file]);
    }

    #[test]
    fn what_is_common_is_counted_to_the_byte() {
        for (one, other) in [(0, 0), (0, 5), (63, 64), (64, 64), (64, 130), (200, 129)] {
            let (one, other) = (vec![7; one], vec![7; other]);
            assert_eq!(common_start(&one, &other), one.len().min(other.len()));
        }
        let (one, other) = ([[1; 100], [2; 100]].concat(), [[1; 90], [2; 90]].concat());
        assert_eq!(common_start(&one, &other), 90);
    }
}
