//! Any bytes, into every place where bytes of strangers come in. Each target states what must hold whatever they are.
//!
//! Here the committed corpus is run, and a bounded, seeded number of changes to it: seconds, in every run of the tests.
//! `tests/fuzz` runs the same targets for as long as one likes, guided by coverage.

mod commit;
mod decision;
mod message;
mod paths;
mod policy;
mod tree;
mod updates;

use std::fs;
use std::path::Path;

use super::paths::reference;
use super::support::Random;

const LONGEST: usize = 4_096;

#[test]
fn updates_of_any_bytes() {
    replay("updates", 5_000, updates::run);
}

#[test]
fn policies_of_any_bytes() {
    replay("policy", 300, policy::run);
}

#[test]
fn trees_of_any_bytes() {
    replay("tree", 5_000, tree::run);
}

#[test]
fn commits_of_any_bytes() {
    replay("commit", 5_000, commit::run);
}

#[test]
fn messages_of_any_bytes() {
    replay("message", 5_000, message::run);
}

#[test]
fn patterns_and_paths_of_any_bytes() {
    replay("paths", 5_000, paths::run);
}

#[test]
fn decisions_on_any_history() {
    replay("decision", 150, decision::run);
}

/// Runs the corpus, and then so many changes of it, unless `PORTCULLIS_TEST_FUZZ` says how many.
fn replay(target: &str, changes: usize, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/corpus")
        .join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .expect("each target has a corpus")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    let corpus: Vec<Vec<u8>> = files
        .iter()
        .map(|file| fs::read(file).expect("it was listed"))
        .collect();
    for input in &corpus {
        run(input);
    }
    let changes = std::env::var("PORTCULLIS_TEST_FUZZ")
        .map_or(changes, |count| count.parse().expect("a number"));
    for seed in 0..changes {
        let mut random = Random::new(seed as u64);
        let input = changed(&corpus, &mut random);
        let outcome = std::panic::catch_unwind(|| run(&input));
        assert!(
            outcome.is_ok(),
            "{target}, change {seed}: {}",
            input.escape_ascii()
        );
    }
}

/// One input of the corpus with some bytes changed, taken out, put in, or taken from another.
fn changed(corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = random.pick(corpus).clone();
    for _ in 0..=random.below(5) {
        let at = random.below(input.len() + 1);
        match random.below(5) {
            0 if at < input.len() => input[at] = random.byte(),
            1 if at < input.len() => input[at] ^= 1 << random.below(8),
            2 => {
                let end = (at + 1 + random.below(15)).min(input.len());
                input.drain(at..end);
            }
            3 => {
                let other = random.pick(corpus);
                let from = random.below(other.len() + 1);
                let to = (from + 1 + random.below(63)).min(other.len());
                input.splice(at..at, other[from..to].iter().copied());
            }
            _ => input.insert(at, random.byte()),
        }
        input.truncate(LONGEST);
    }
    input
}
