//! `push` against git's own rules for ref names.

use std::process::Command;

use portcullis::push::{InputError, read_updates};

/// Parts of names, each of which git's rules know.
const PARTS: &[&str] = &[
    "a", "HEAD", "@", "-", "ä", "{", "}", "x.lock", ".lock", "lock", ".", "..", "/", "/", "@{",
    "~", "^", ":", "?", "*", "[", "\\", " ", "\u{7f}", "\t", "\u{202e}",
];

#[test]
fn names_are_valid_where_git_says_so() {
    let mut names = Vec::new();
    for first in PARTS {
        names.push(format!("refs/heads/{first}"));
        for second in PARTS {
            names.push(format!("refs/heads/{first}{second}"));
            names.push(format!("refs/{first}/x{second}"));
        }
    }
    let (mut valid, mut invalid) = (0, 0);
    for name in names.iter().step_by(3) {
        let by_git = Command::new("git")
            .args(["check-ref-format", name])
            .status()
            .expect("git runs")
            .success();
        let line = format!("{} {} {name}\n", "0".repeat(40), "1".repeat(40));
        match read_updates(line.as_bytes(), gix::hash::Kind::Sha1, 1) {
            Ok(updates) => {
                assert!(by_git, "git refuses {name:?}");
                assert_eq!(updates[0].name, *name);
                valid += 1;
            }
            Err(InputError::Name { .. }) => {
                assert!(!by_git, "git accepts {name:?}");
                invalid += 1;
            }
            Err(other) => panic!("{name:?}: {other}"),
        }
    }
    assert!(
        valid > 50 && invalid > 50,
        "{valid} valid, {invalid} invalid"
    );
}
