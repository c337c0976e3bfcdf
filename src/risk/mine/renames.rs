//! Which files moved, so that their lines keep their owners: files with the same content, and files that keep their name and
//! most of their lines in another directory. No more than that is needed where a wrong guess only blurs a statistic.

use std::collections::BTreeMap;

use gix::hash::ObjectId;

use super::diff::{LineReader, Lines};
use super::kind::Kind;
use crate::git::tree::Entry;
use crate::git::walk::Touched;

/// Files that are held against each other line by line; in a step of more, whole directories moved, and most as they were.
const MOST_COMPARED: usize = 200;

/// The files that moved: from where, to where, and with which lines changed.
pub(super) fn find<'a>(
    touched: &'a [Touched],
    reader: &mut LineReader<'_>,
) -> Vec<(&'a Touched, &'a Touched, Lines)> {
    let is_code = |path: &&Touched| matches!(Kind::of(&path.path), Kind::Source | Kind::Test);
    let lost = touched.iter().filter(|path| path.found.is_none());
    let come = touched.iter().filter(|path| path.expected.is_none());
    let (lost, come): (Vec<_>, Vec<_>) = (
        lost.filter(is_code).collect(),
        come.filter(is_code).collect(),
    );
    if lost.is_empty() || come.is_empty() {
        return Vec::new();
    }
    let mut moved = Vec::new();
    let mut left: BTreeMap<ObjectId, Vec<&Touched>> = BTreeMap::new();
    for from in lost {
        left.entry(id(from.expected)).or_default().push(from);
    }
    let mut unmatched = Vec::new();
    for to in come {
        let alike = left
            .get_mut(&id(to.found))
            .filter(|alike| !alike.is_empty());
        match alike {
            Some(alike) => {
                let named = alike.iter().position(|from| name(from) == name(to));
                let from = alike.swap_remove(named.unwrap_or(0));
                moved.push((from, to, Lines::default()));
            }
            None => unmatched.push(to),
        }
    }
    let mut by_name: BTreeMap<&[u8], Vec<&Touched>> = BTreeMap::new();
    for from in left.into_values().flatten() {
        by_name.entry(name(from)).or_default().push(from);
    }
    for to in unmatched.into_iter().take(MOST_COMPARED) {
        let Some(&[from]) = by_name.get(name(to)).map(Vec::as_slice) else {
            continue;
        };
        if let Some(lines) = if_mostly_kept(from, to, reader) {
            by_name.remove(name(to));
            moved.push((from, to, lines));
        }
    }
    moved
}

/// The lines that change between two files, if most of both stay.
fn if_mostly_kept(from: &Touched, to: &Touched, reader: &mut LineReader<'_>) -> Option<Lines> {
    let before = reader.measure(from.expected)?;
    let after = reader.measure(to.found)?;
    let lines = reader.lines(Kind::of(&to.path), from.expected, to.found);
    (2 * lines.removed <= before && 2 * lines.added <= after).then_some(lines)
}

fn id(entry: Option<Entry>) -> ObjectId {
    entry.expect("it was or is there").id
}

fn name(path: &Touched) -> &[u8] {
    let mut parts = path.path.rsplit(|&byte| byte == b'/');
    parts.next().unwrap_or_default()
}
