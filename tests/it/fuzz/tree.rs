//! Trees: what is found valid is what every other reader of it sees, and nothing is hidden in it.

use std::collections::BTreeSet;

use gix::hash::Kind;
use portcullis::git::tree;

/// The first byte chooses the hash, the rest is the tree.
pub(crate) fn run(data: &[u8]) {
    let Some((&choice, data)) = data.split_first() else {
        return;
    };
    let hash = if choice & 1 == 0 {
        Kind::Sha1
    } else {
        Kind::Sha256
    };
    let valid = tree::validate(data, hash);
    if let Err(reason) = &valid {
        assert!(!reason.chars().any(char::is_control), "{reason:?}");
    }
    let read: Result<Vec<_>, _> = tree::entries(data, hash).collect();
    let Ok(count) = valid else { return };
    let read = read.expect("a valid tree can be read");
    assert_eq!(count, read.len() as u64);

    let names: BTreeSet<&[u8]> = read.iter().map(|entry| entry.name).collect();
    assert_eq!(names.len(), read.len(), "a name twice");
    for entry in &read {
        assert!(!entry.name.is_empty() && !entry.name.contains(&b'/'));
        assert!(!entry.name.eq_ignore_ascii_case(b".git"));
        let kinds = [
            entry.mode.is_tree(),
            entry.mode.is_file(),
            entry.mode.is_symlink(),
            entry.mode.is_submodule(),
        ];
        assert_eq!(kinds.iter().filter(|is| **is).count(), 1);
    }
    for pair in read.windows(2) {
        let key = |entry: &tree::EntryRef<'_>| {
            let end: &[u8] = if entry.mode.is_tree() { b"/" } else { b"" };
            [entry.name, end].concat()
        };
        assert!(key(&pair[0]) < key(&pair[1]), "out of order");
    }
    // An entry of 100644 in another spelling is one to us, and not to gix, which refuses what git would take.
    if let Ok(theirs) = gix::objs::TreeRef::from_bytes(data, hash) {
        assert_eq!(theirs.entries.len(), read.len());
        for (theirs, ours) in theirs.entries.iter().zip(&read) {
            assert_eq!((&**theirs.filename, theirs.oid), (ours.name, ours.id));
            assert_eq!(theirs.mode.is_tree(), ours.mode.is_tree());
            assert_eq!(theirs.mode.is_commit(), ours.mode.is_submodule());
            assert_eq!(theirs.mode.is_link(), ours.mode.is_symlink());
        }
    }
}
