//! Whatever a policy file holds, it is read to an answer within bounds, and what is said about it is plain text.

use std::path::Path;
use std::time::{Duration, Instant};

use portcullis::policy::{Policy, PolicyError, diagnostic};
use proptest::prelude::*;

const EXAMPLES: [&str; 4] = [
    include_str!("../../../examples/quick-start/policy.yml"),
    include_str!("../../../examples/payments-tickets/policy.yml"),
    include_str!("../../../examples/frozen-paths/policy.yml"),
    include_str!("../../../examples/release-branches/policy.yml"),
];

/// Pieces that YAML, patterns, expressions and names give a meaning to.
const PIECES: [&str; 32] = [
    ": ", "- ", "[", "]", "{", "}", ",", "\n", "  ", "\t", "*", "**/x", "!", "&a ", "*a", "<<: ",
    "? ", "|", ">", "'", "\"", "#", "@ci", "%", "~", "0x", ".inf", "---\n", "\r", "é", "\u{2028}",
    "!!str ",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn arbitrary_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }

    #[test]
    fn arbitrary_pieces(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..60)) {
        read(pieces.concat().as_bytes());
    }

    #[test]
    fn mutated_policies(
        example in 0..EXAMPLES.len(),
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), 0..40_usize, 0..PIECES.len()), 1..6),
    ) {
        let mut text: Vec<char> = EXAMPLES[example].chars().collect();
        for (place, removed, piece) in edits {
            let start = place.index(text.len());
            let end = (start + removed / 4).min(text.len());
            text.splice(start..end, PIECES[piece].chars());
        }
        read(text.into_iter().collect::<String>().as_bytes());
    }

    #[test]
    fn lines_in_another_order(
        example in 0..EXAMPLES.len(),
        moves in proptest::collection::vec((any::<proptest::sample::Index>(), any::<proptest::sample::Index>()), 1..4),
    ) {
        let mut lines: Vec<&str> = EXAMPLES[example].lines().collect();
        for (from, to) in moves {
            let line = lines[from.index(lines.len())];
            lines.insert(to.index(lines.len()), line);
        }
        read(lines.join("\n").as_bytes());
    }
}

#[test]
fn what_nests_or_repeats_is_bounded() {
    let repeated = |text: &str, times: usize| text.repeat(times).into_bytes();
    let level = |name: char, of: char| {
        format!("{name}: &{name} [*{of}{}]\n", format!(", *{of}").repeat(99))
    };
    let bombs = [
        repeated("[", 50_000),
        repeated("{", 50_000),
        repeated("- ", 500_000),
        repeated("? ", 500_000),
        repeated("a:\n ", 250_000),
        repeated("[a, ", 20_000),
        repeated("*a ", 300_000),
        repeated("!", 1_000_000),
        repeated("&a ", 300_000),
        repeated("\"\\x41", 200_000),
        repeated("a: 1\n", 200_000),
        repeated("- *x\n", 200_000),
        repeated("- **/x\n", 140_000),
        format!(
            "a: &a [x]\n{}{}{}{}",
            level('b', 'a'),
            level('c', 'b'),
            level('d', 'c'),
            level('e', 'd')
        )
        .into_bytes(),
    ];
    for bomb in bombs {
        let begun = Instant::now();
        read(&bomb);
        let head = String::from_utf8_lossy(&bomb[..20]).into_owned();
        assert!(
            begun.elapsed() < Duration::from_secs(120),
            "{head:?} took {:?}",
            begun.elapsed()
        );
    }
}

/// Reads a policy; what is said about it, if anything, must be something that can be shown.
fn read(bytes: &[u8]) {
    let (diagnostics, source) = match Policy::parse(bytes, Path::new("policy.yml")) {
        Ok(mut loaded) => (loaded.warnings().clone(), loaded.source),
        Err(PolicyError::Invalid { text, diagnostics }) => {
            assert!(!diagnostics.is_empty(), "refused without a word: {bytes:?}");
            (diagnostics, *text)
        }
        Err(unreadable) => panic!("{unreadable}"),
    };
    let said = diagnostic::render_all(&diagnostics, &source, false);
    let obeyed = said
        .chars()
        .find(|character| character.is_control() && *character != '\n');
    assert_eq!(obeyed, None, "in {said:?}");
}
