//! Input made to be slow: deep paths, many `**`, many patterns. All of it ends in bounded time.

use std::time::{Duration, Instant};

use portcullis::paths::names::RefPatterns;
use portcullis::paths::{AutomatonBuilder, EntryKind, Pattern, SetMask};

use super::{automaton, contains};

/// Generous, for a debug build on a busy machine; what is exponential or quadratic here takes minutes.
const LIMIT: Duration = Duration::from_secs(20);

#[track_caller]
fn within_limit<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
    result
}

#[test]
fn ten_thousand_directories_deep() {
    let path = vec!["a"; 10_000].join("/").into_bytes();
    let patterns = ["**/a/**/b", "a/**/a/*/c", "**/x*/**", "!**/a/a", "q/**"];
    assert!(!within_limit(|| contains(
        &automaton(&patterns, true),
        &path,
        EntryKind::File
    )));
    let other = [&path[..], b"/b"].concat();
    assert!(within_limit(|| contains(
        &automaton(&["**/a/**/b"], true),
        &other,
        EntryKind::File
    )));
}

#[test]
fn hundreds_of_double_stars() {
    let pattern = format!("{}b", "**/a/".repeat(300));
    let automaton = automaton(&[pattern], true);
    let path = ["a"; 1_000].join("/").into_bytes();
    assert!(!within_limit(|| contains(
        &automaton,
        &path,
        EntryKind::File
    )));
    assert!(within_limit(|| contains(
        &automaton,
        &[&path[..], b"/b"].concat(),
        EntryKind::File
    )));
}

#[test]
fn a_pattern_of_ten_thousand_components() {
    let deep = vec!["a"; 10_000].join("/");
    let automaton = automaton(&[&deep], true);
    assert!(within_limit(|| contains(
        &automaton,
        deep.as_bytes(),
        EntryKind::File
    )));
}

#[test]
fn stars_and_long_names() {
    let automaton = automaton(&[format!("{}b", "*a".repeat(31))], true);
    let name = "aA".repeat(20_000);
    assert!(!within_limit(|| contains(
        &automaton,
        name.as_bytes(),
        EntryKind::File
    )));
}

#[test]
fn stars_and_long_references() {
    let patterns = RefPatterns::parse(&[
        format!("{}b", "*a".repeat(31)),
        "!**/x/**/y/**/z".to_owned(),
    ])
    .expect("valid");
    let name = format!("refs/heads/{}", "a/x/y/".repeat(10_000));
    assert!(!within_limit(|| patterns.matches(name.as_bytes())));
}

#[test]
fn a_name_of_a_million_marks() {
    let automaton = automaton(&["caf\u{e9}"], true);
    let name = "\u{301}\u{327}".repeat(500_000);
    assert!(!within_limit(|| contains(
        &automaton,
        name.as_bytes(),
        EntryKind::File
    )));
}

/// 1,000 sets with 10,000 patterns cost a name hardly more than ten of them.
#[test]
fn many_sets() {
    let mut builder = AutomatonBuilder::new();
    for set in 0..1_000 {
        let texts = (0..10).map(|index| match index {
            0 => format!("**/*.ext{set}"),
            1 => format!("!**/*.md{set}"),
            2 => format!("**/Dockerfile{set}"),
            _ => format!("services/team{set}/part{index}/**"),
        });
        let patterns: Vec<_> = texts
            .map(|text| Pattern::parse(&text).expect("valid"))
            .collect();
        builder.add(&patterns, true);
    }
    let automaton = builder.build();
    let all = SetMask::all(automaton.set_count());
    within_limit(|| {
        for round in 0..20 {
            let services = automaton.descend(&automaton.root(), b"services");
            for team in 0..1_000 {
                let state = automaton.descend(&services, format!("team{team}").as_bytes());
                assert!(state.can_match(&all));
                let sets =
                    automaton.matches(&state, format!("part{round}").as_bytes(), EntryKind::File);
                assert_eq!(sets.len(), usize::from((3..10).contains(&round)));
            }
        }
    });
}
