//! Patterns and paths that meet each other often: few names, and all the syntax.

use portcullis::paths::EntryKind;
use proptest::prelude::*;
use proptest::sample::select;

/// Names in trees, some of them special to patterns.
const NAMES: [&str; 14] = [
    "a", "b", "ab", "abc", "a.c", "b.c", ".c", "A", "[a]", "a*", "!a", "#a", "a b", "a ",
];

/// Names that file systems may take for one of [`NAMES`], and some that they may not.
const ALIASES: [&str; 10] = [
    "a.",
    "A. ",
    "AB",
    "a.C",
    "a\u{200d}b",
    "\u{e9}",
    "e\u{301}",
    "\u{c9}",
    "B.c. ",
    "a\u{301}",
];

/// Components of patterns beside the names themselves.
const GLOBS: [&str; 20] = [
    "*",
    "*",
    "**",
    "**",
    "***",
    "?",
    "*.c",
    "a*",
    "*b*",
    "?b",
    "[ab]",
    "[!a]",
    "[^b-z]*",
    "[]a]",
    "[[:lower:]]*",
    "a?c",
    "*\\*",
    "**b",
    "*.C",
    "[A-B]*",
];

/// A path of one to five names.
pub(super) fn path() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(select(&NAMES[..]), 1..=5).prop_map(|names| names.join("/").into_bytes())
}

/// A path in which names are also aliases, or no UTF-8.
pub(super) fn hostile_path() -> impl Strategy<Value = Vec<u8>> {
    let plain = || select(&NAMES[..]).prop_map(|name| name.as_bytes().to_vec());
    let alias = select(&ALIASES[..]).prop_map(|name| name.as_bytes().to_vec());
    let name = prop_oneof![4 => plain(), 3 => alias, 1 => plain().prop_map(|name| [&name[..], b"\xff"].concat())];
    prop::collection::vec(name, 1..=4).prop_map(|names| names.join(&b'/'))
}

pub(super) fn kind() -> impl Strategy<Value = EntryKind> {
    select(vec![EntryKind::File, EntryKind::Submodule])
}

/// A pattern without `!`.
pub(super) fn inclusion() -> impl Strategy<Value = String> {
    let component = || {
        prop_oneof![
            select(&NAMES[..]).prop_map(escape),
            select(&GLOBS[..]).prop_map(str::to_owned)
        ]
    };
    let components =
        prop::collection::vec(component(), 1..=4).prop_map(|components| components.join("/"));
    (
        select(vec!["", "", "/"]),
        components,
        select(vec!["", "", "/"]),
    )
        .prop_map(|(anchor, components, end)| format!("{anchor}{components}{end}"))
}

/// A pattern with text that folds.
fn folding_inclusion() -> impl Strategy<Value = String> {
    let text = select(
        &[
            "Ab",
            "\u{c9}",
            "e\u{301}*",
            "a.",
            "*\u{c9}",
            "*\u{301}",
            "A*. ",
            "?\u{e9}",
        ][..],
    );
    (text, select(vec!["", "/", "/**", "/*.c"])).prop_map(|(text, end)| format!("{text}{end}"))
}

/// A list of patterns as a policy has them.
pub(super) fn list() -> impl Strategy<Value = Vec<String>> {
    let body = prop_oneof![4 => inclusion(), 1 => folding_inclusion()];
    let entry = (prop::bool::weighted(0.4), body)
        .prop_map(|(exclude, body)| if exclude { format!("!{body}") } else { body });
    prop::collection::vec(entry, 1..=6)
}

/// The pattern that matches this name and nothing else.
fn escape(name: &str) -> String {
    let special = |character| matches!(character, '*' | '?' | '[' | '\\' | '!' | '#' | ' ');
    name.chars()
        .flat_map(|character| {
            special(character)
                .then_some('\\')
                .into_iter()
                .chain([character])
        })
        .collect()
}
