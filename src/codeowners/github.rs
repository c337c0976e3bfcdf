//! GitHub's dialect: gitignore with exceptions, the last match wins.
//!
//! As documented in "About code owners": `!` and `[..]` do not work, a `#` begins a comment wherever it stands and cannot
//! be escaped, `docs/*` does not match what is nested further, and a line without owners takes ownership away.

use super::sections::{Section, Sections};
use super::{Demand, Dialect, Found, ProblemKind, numbered, pattern_and_owners};
use crate::paths::Pattern;

/// Reads the lines of a file.
pub(super) fn read(file: &[u8], found: &mut Found) -> Sections {
    let mut section = Section::default();
    for (number, line) in numbered(file) {
        let text = String::from_utf8_lossy(line);
        let (content, comment) = match text.split_once('#') {
            Some((content, comment)) => (content, Some(comment)),
            None => (&*text, None),
        };
        let (pattern, owners) = pattern_and_owners(content);
        if pattern.is_empty() {
            continue;
        }
        // A comment that sticks to the pattern has swallowed its owners.
        let swallowed = comment.filter(|_| content.ends_with(pattern));
        let owners = swallowed.map_or(owners, after_space);
        let named = !owners.trim().is_empty();
        let owners = found.owners(owners, number, Dialect::Github);
        if named && owners.is_empty() {
            found.problem(number, ProblemKind::Nobody);
        }
        let demand = named.then(|| Demand::of(owners, number));
        let pattern = match swallowed {
            Some(_) => Err(ProblemKind::CommentInPattern),
            None => self::pattern(pattern),
        };
        match pattern {
            Ok(pattern) => section.add(pattern, demand),
            Err(kind) => {
                found.problem(number, kind);
                found.everywhere.extend(demand);
            }
        }
    }
    Sections::new([section])
}

fn pattern(text: &str) -> Result<Pattern, ProblemKind> {
    if text.contains('\u{fffd}') {
        return Err(ProblemKind::NotUtf8);
    }
    if text.starts_with('!') {
        return Err(ProblemKind::NotHere("!"));
    }
    if text.replace("\\[", "").contains('[') {
        return Err(ProblemKind::NotHere("["));
    }
    // One level, where gitignore would go on below the directories of that level.
    let pattern = if text.ends_with("/*") {
        Pattern::parse_whole(text)
    } else {
        Pattern::parse(text)
    };
    pattern.map_err(ProblemKind::Pattern)
}

fn after_space(text: &str) -> &str {
    text.find(char::is_whitespace).map_or("", |at| &text[at..])
}
