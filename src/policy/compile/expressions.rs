//! Regular expressions of the policy, compiled within bounds and explained where they are wrong.

use regex::bytes::{Regex, RegexBuilder};

use super::super::place::Place;
use super::super::rule::Pattern;
use super::problems::Problems;

/// Compiles an expression that must match the whole input.
pub(super) fn whole(text: &str, place: &Place, problems: &mut Problems) -> Option<Pattern> {
    // By itself first: `a)|(b` is wrong, however well it fits between brackets.
    let size = size_of_sound(text, place, problems)?;
    match build(&format!(r"\A(?:{text})\z"), size) {
        Ok(regex) => Some(Pattern {
            text: text.to_owned(),
            regex,
        }),
        Err(regex::Error::CompiledTooBig(_)) => too_large(size, place, problems),
        Err(_) => {
            problems
                .error(
                    "bad-regex",
                    place.clone(),
                    "the expression cannot be applied to a whole value",
                )
                .help("end its last comment with a line break, or leave `(?x)` out");
            None
        }
    }
}

/// Compiles an expression that is searched for.
pub(super) fn anywhere(text: &str, place: &Place, problems: &mut Problems) -> Option<Pattern> {
    let size = size_of_sound(text, place, problems)?;
    match build(text, size) {
        Ok(regex) => Some(Pattern {
            text: text.to_owned(),
            regex,
        }),
        // What is sound and does not compile is too large.
        Err(_) => too_large(size, place, problems),
    }
}

/// The memory that the expression may take once compiled, in bytes; `None` if it is none, after saying why.
fn size_of_sound(text: &str, place: &Place, problems: &mut Problems) -> Option<usize> {
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
    // Bytes need not be text, as in `regex::bytes`.
    let Err(error) = regex_syntax::ParserBuilder::new()
        .utf8(false)
        .build()
        .parse(text)
    else {
        return Some(size);
    };
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
    None
}

fn too_large(size: usize, place: &Place, problems: &mut Problems) -> Option<Pattern> {
    problems
        .error(
            "regex-too-large",
            place.clone(),
            format!("the expression compiles to more than {size} bytes"),
        )
        .help("repeat less: `{1,1000}` of a class takes a thousand times its size");
    None
}

fn build(text: &str, size: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .dot_matches_new_line(true)
        .size_limit(size)
        .build()
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
