//! Regular expressions of the policy, read within bounds and explained where they are wrong.

use super::super::pattern::{BadPattern, Extent, Pattern};
use super::super::place::Place;
use super::problems::Problems;

/// Reads an expression that must match the whole input.
pub(super) fn whole(text: &str, place: &Place, problems: &mut Problems) -> Option<Pattern> {
    read(text, Extent::Whole, place, problems)
}

/// Reads an expression that is searched for.
pub(super) fn anywhere(text: &str, place: &Place, problems: &mut Problems) -> Option<Pattern> {
    read(text, Extent::Anywhere, place, problems)
}

fn read(text: &str, extent: Extent, place: &Place, problems: &mut Problems) -> Option<Pattern> {
    let Some(size) = problems.take_expression() else {
        problems
            .error(
                "too-many-expressions",
                place.clone(),
                "there are too many regular expressions",
            )
            .help("join some of them with `|`");
        return None;
    };
    if text.is_empty() {
        problems
            .error("empty-regex", place.clone(), "the expression is empty")
            .help("write what to match, or remove the key");
        return None;
    }
    match problems.pattern(text, extent, size) {
        Ok(pattern) => return Some(pattern),
        Err(BadPattern::Syntax(error)) => bad_syntax(&error, place, problems),
        Err(BadPattern::TooLarge) => too_large(size, place, problems),
        Err(BadPattern::NotWhole) => {
            problems
                .error(
                    "bad-regex",
                    place.clone(),
                    "the expression cannot be applied to a whole value",
                )
                .help("end its last comment with a line break, or leave `(?x)` out");
        }
    }
    None
}

fn bad_syntax(error: &regex_syntax::Error, place: &Place, problems: &mut Problems) {
    let (reason, drawing) = reason(&error.to_string());
    let problem = problems.error(
        "bad-regex",
        place.clone(),
        format!("no regular expression: {reason}"),
    );
    if !drawing.is_empty() {
        problem.label(drawing);
    }
    let help = if reason.contains("look-around") || reason.contains("backreference") {
        "matching takes linear time here, which leaves both out; use `not:` for what must be absent"
    } else {
        "write `\\` before a sign that is meant as itself, and single quotes around the expression"
    };
    problem.help(help);
}

fn too_large(size: usize, place: &Place, problems: &mut Problems) {
    problems
        .error(
            "regex-too-large",
            place.clone(),
            format!("the expression compiles to more than {size} bytes"),
        )
        .help("repeat less: `{1,1000}` of a class takes a thousand times its size");
}

/// The last line of the crate's message says what is wrong; the ones before draw where.
fn reason(said: &str) -> (String, String) {
    let reason = said
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("error: "))
        .unwrap_or(said)
        .to_owned();
    let mut lines = said.lines().skip_while(|line| !line.starts_with("    "));
    let drawn = lines.next().zip(lines.next()).and_then(|(text, carets)| {
        let start = carets.find('^')?;
        text.get(start..carets.len().min(text.len()))
            .map(|piece| format!("at `{piece}`"))
    });
    (reason, drawn.unwrap_or_default())
}
