//! Whether approved changes make up a push: one that is the same, or several that share no path (a merge queue lands
//! them together), each of them whole.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::BStr;

use crate::facts::Touched;
use crate::git::tree::Entry;

/// A change: what stood and what stands, by path.
pub type Change<'a> = BTreeMap<&'a BStr, (Option<Entry>, Option<Entry>)>;

/// More parts than any queue would land at once; beyond, only those are tried that come first.
const MOST_PARTS: usize = 64;

/// The change that `touched` makes.
pub fn change<'a>(touched: impl IntoIterator<Item = &'a Touched>) -> Change<'a> {
    let entry = |touched: &'a Touched| (touched.path.as_ref(), (touched.expected, touched.found));
    touched.into_iter().map(entry).collect()
}

/// Is all of `part` in `whole`, and something in it at all?
pub fn is_part(part: &Change<'_>, whole: &Change<'_>) -> bool {
    !part.is_empty()
        && part
            .iter()
            .all(|(path, entries)| whole.get(path) == Some(entries))
}

/// Do the two touch any path alike?
pub fn overlap(one: &Change<'_>, other: &Change<'_>) -> bool {
    one.keys().any(|path| other.contains_key(path))
}

/// A path at which two changes differ: the first in their order.
pub fn difference<'a>(one: &Change<'a>, other: &Change<'a>) -> Option<&'a BStr> {
    let differs = |path: &&&'a BStr| one.get(**path) != other.get(**path);
    one.keys()
        .chain(other.keys())
        .filter(differs)
        .min()
        .copied()
}

/// Do some of `parts`, no two with a path in common, make up `whole`?
pub fn is_covered(whole: &Change<'_>, parts: &[&Change<'_>]) -> bool {
    let parts: Vec<_> = parts
        .iter()
        .copied()
        .filter(|part| is_part(part, whole))
        .take(MOST_PARTS)
        .collect();
    let mut steps = 0;
    !whole.is_empty() && make_up(&whole.keys().copied().collect(), &parts, &mut steps)
}

/// Exact cover: whatever stands first must be in one of the parts.
fn make_up(left: &BTreeSet<&BStr>, parts: &[&Change<'_>], steps: &mut usize) -> bool {
    /// Beyond, nothing is proved and so nothing covered.
    const MOST_STEPS: usize = 10_000;
    let Some(&first) = left.first() else {
        return true;
    };
    *steps += 1;
    if *steps > MOST_STEPS {
        return false;
    }
    parts
        .iter()
        .filter(|part| part.contains_key(first) && part.keys().all(|path| left.contains(path)))
        .any(|part| {
            let mut rest = left.clone();
            rest.retain(|path| !part.contains_key(path));
            make_up(&rest, parts, steps)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(paths: &[&'a str]) -> Change<'a> {
        paths
            .iter()
            .map(|path| (BStr::new(*path), (None, None)))
            .collect()
    }

    #[test]
    fn parts_make_up_a_whole_without_overlap() {
        let whole = of(&["a", "b", "c"]);
        let parts = |parts: &[&[&'static str]]| {
            let parts: Vec<_> = parts.iter().map(|paths| of(paths)).collect();
            is_covered(&whole, &parts.iter().collect::<Vec<_>>())
        };
        assert!(parts(&[&["a", "b", "c"]]));
        assert!(parts(&[&["a"], &["b", "c"]]));
        assert!(parts(&[&["a", "b"], &["a"], &["b"], &["c"]]));
        assert!(!parts(&[&["a", "b"], &["b", "c"]]), "b twice");
        assert!(!parts(&[&["a"], &["b"]]), "c is left");
        assert!(!parts(&[&["a", "b", "c", "d"]]), "not whole");
        assert!(!parts(&[&[]]));
        assert!(
            !is_covered(&of(&[]), &[&of(&[])]),
            "nothing is never approved"
        );
    }

    #[test]
    fn changes_overlap_where_both_touch_a_path() {
        assert!(overlap(&of(&["a", "b"]), &of(&["b", "c"])));
        assert!(!overlap(&of(&["a"]), &of(&["b"])));
    }

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(
            difference(&of(&["b", "c"]), &of(&["a", "b"])),
            Some("a".into())
        );
        assert_eq!(difference(&of(&["a"]), &of(&["a"])), None);
    }
}
