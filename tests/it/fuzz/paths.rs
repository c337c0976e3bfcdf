//! Path patterns: the automaton against the slow reference of `paths`, which reads them as git's `wildmatch.c` does.

use portcullis::paths::{AutomatonBuilder, EntryKind, Pattern, SetId, SetMask};

use super::reference;

/// The reference is exponential in the number of stars.
const LONGEST: usize = 48;
const MOST: usize = 4;

/// The first byte has flags, the first line is the path, each other line a pattern.
pub(crate) fn run(data: &[u8]) {
    let Some((&flags, text)) = data.split_first() else {
        return;
    };
    let (fold, kind) = (
        flags & 1 == 0,
        if flags & 2 == 0 {
            EntryKind::File
        } else {
            EntryKind::Submodule
        },
    );
    let mut lines = text.split(|&byte| byte == b'\n');
    let path = lines.next().unwrap_or_default();
    let is_a_path = path
        .split(|&byte| byte == b'/')
        .all(|name| !name.is_empty());
    if !is_a_path || path.len() > LONGEST {
        return;
    }
    let texts: Vec<&str> = lines
        .take(MOST)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .filter(|text| text.len() <= LONGEST && is_within_reference(text))
        .collect();
    let (mut patterns, mut list) = (Vec::new(), Vec::new());
    for text in texts {
        match Pattern::parse(text) {
            Ok(pattern) => {
                patterns.push(pattern);
                list.push(text);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let mut builder = AutomatonBuilder::new();
    let set = builder.add(&patterns, fold);
    let automaton = builder.build();
    let found = automaton.matches_path(path, kind).contains(set);
    assert_eq!(
        found,
        reference::contains(&list, fold, path, kind),
        "{list:?} {} {kind:?}, fold: {fold}",
        path.escape_ascii()
    );
    if found {
        not_pruned(&automaton, set, path);
    }
}

/// A walk does not turn back above a path that is in the set.
fn not_pruned(automaton: &portcullis::paths::Automaton, set: SetId, path: &[u8]) {
    let interest = SetMask::from_iter([set]);
    let mut state = automaton.root();
    let mut names = path.split(|&byte| byte == b'/').peekable();
    while let Some(name) = names.next() {
        assert!(state.can_match(&interest), "pruned");
        if names.peek().is_some() {
            state = automaton.descend(&state, name);
        }
    }
}

/// Brackets are simple there, and so are stars: gix, asked to ignore case, takes an empty range for the same turned round,
/// and so finds more.
fn is_within_reference(text: &str) -> bool {
    let simple = text.replace("[:lower:]", "");
    let is_plain_range = |range: &[u8]| {
        let alike = |is: fn(&u8) -> bool| is(&range[0]) && is(&range[2]);
        range[0] <= range[2] && (alike(u8::is_ascii_lowercase) || alike(u8::is_ascii_digit))
    };
    let has_odd_range = simple
        .as_bytes()
        .windows(3)
        .any(|three| three[1] == b'-' && !is_plain_range(three));
    let in_brackets =
        simple.contains('[') && (simple.contains('\\') || simple.contains("[:") || has_odd_range);
    // There, what is escaped and then ignored leaves its backslash behind.
    let is_ignored = text.contains('\\') && !text.is_ascii();
    !in_brackets && !is_ignored && text.matches('*').count() <= 6
}
