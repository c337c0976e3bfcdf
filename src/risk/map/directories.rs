//! What the files of a directory come to, those in the directories within it among them.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::{File, of_late};
use crate::risk::features::directory;
use crate::risk::mine::past::{FilePast, Past};
use crate::risk::score::Band;

/// A directory of the product's code.
#[derive(Debug, Clone, PartialEq)]
pub struct Directory {
    /// Where it is.
    pub path: BString,
    /// What its files come to.
    pub sum: Sum,
    /// The band that half of its code is in, or above.
    pub band: Band,
}

/// What files come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Sum {
    /// How many there are.
    pub files: usize,
    /// Lines of code.
    pub lines: u64,
    /// Fixes; one that changed several of the files counts for each.
    pub fixes: u64,
    /// Of these, those that took a change back.
    pub reverts: u64,
    /// Fixes of the last half year.
    pub fixes_of_late: u64,
    /// People who changed any of the files.
    pub people: usize,
    /// Of these, those who landed anything in the last year.
    pub people_of_late: usize,
    /// The share of this among all trouble of the repository, from 0 to 1.
    pub of_trouble: f64,
    /// The share of its code among all code, from 0 to 1.
    pub of_code: f64,
}

/// The directories that `files` lie in.
pub(super) fn of(files: &[File], past: &Past, now: i64) -> Vec<Directory> {
    let mut inside: BTreeMap<&[u8], Vec<&File>> = BTreeMap::new();
    for file in files {
        for directory in above(&file.path) {
            inside.entry(directory).or_default().push(file);
        }
    }
    let make = |(path, files): (&[u8], Vec<&File>)| Directory {
        path: path.into(),
        sum: Sum::of(&files, past, now),
        band: half(&files),
    };
    inside.into_iter().map(make).collect()
}

/// The directories that a path lies in, the innermost first, without the root.
pub fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let parents = std::iter::successors(Some(directory(path)), |path| Some(directory(path)));
    parents.take_while(|path| !path.is_empty())
}

impl Sum {
    fn of(files: &[&File], past: &Past, now: i64) -> Self {
        let mut sum = Sum {
            files: files.len(),
            ..Sum::default()
        };
        let mut people = BTreeSet::new();
        for file in files {
            sum.lines += file.facts.lines;
            sum.fixes += u64::from(file.facts.fixes);
            sum.reverts += u64::from(file.facts.reverts);
            sum.fixes_of_late += file.facts.fixes_of_late as u64;
            sum.of_trouble += file.of_trouble;
            sum.of_code += file.of_code;
            let known = past.file(BStr::new(&file.path));
            let authors = |past: &&FilePast| [&past.authors[..], &past.last_authors].concat();
            people.extend(known.iter().flat_map(authors));
        }
        let people: Vec<u32> = people.into_iter().collect();
        sum.people = people.len();
        sum.people_of_late = of_late(past, &people, now);
        sum
    }
}

/// The band that half of the code is in, or above.
pub(super) fn half(files: &[&File]) -> Band {
    let all: u64 = files.iter().map(|file| file.facts.lines).sum();
    if files.iter().any(|file| file.band == Band::Unknown) {
        return Band::Unknown;
    }
    let is_half = |band: Band| {
        let at_least = files.iter().filter(|file| file.band >= band);
        2 * at_least.map(|file| file.facts.lines).sum::<u64>() >= all.max(1)
    };
    let bands = [Band::Critical, Band::High, Band::Medium];
    bands
        .into_iter()
        .find(|&band| is_half(band))
        .unwrap_or(Band::Low)
}

/// How many directories lead to a path.
pub fn depth(path: &[u8]) -> usize {
    path.find_iter(b"/").count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_lies_in_the_directories_above_it() {
        let all: Vec<_> = above(b"a/b/c.rs").collect();
        assert_eq!(all, [&b"a/b"[..], b"a"]);
        assert_eq!(above(b"c.rs").count(), 0);
        assert_eq!((depth(b"a"), depth(b"a/b")), (1, 2));
    }
}
