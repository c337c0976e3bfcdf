//! Regular expressions of the policy, compiled within bounds and explained where they are wrong.

use regex::bytes::{Regex, RegexBuilder};

use super::super::place::Place;
use super::super::rule::Pattern;
use super::problems::Problems;

/// Memory that one expression may take once compiled, in bytes.
const REGEX_SIZE: usize = 1 << 20;

/// Compiles an expression that must match the whole input.
pub(super) fn whole(text: &str, place: &Place, problems: &mut Problems) -> Option<Pattern> {
    // By itself first: `a)|(b` is wrong, however well it fits between brackets.
    anywhere(text, place, problems)?;
    if let Ok(regex) = build(&format!(r"\A(?:{text})\z")) {
        return Some(Pattern {
            text: text.to_owned(),
            regex,
        });
    }
    problems
        .error(
            "bad-regex",
            place.clone(),
            "the expression cannot be applied to a whole value",
        )
        .help("end its last comment with a line break, or leave `(?x)` out");
    None
}

/// Compiles an expression that is searched for.
pub(super) fn anywhere(text: &str, place: &Place, problems: &mut Problems) -> Option<Pattern> {
    if text.is_empty() {
        problems
            .error("empty-regex", place.clone(), "the expression is empty")
            .help("write what to match, or remove the key");
        return None;
    }
    match build(text) {
        Ok(regex) => Some(Pattern {
            text: text.to_owned(),
            regex,
        }),
        Err(regex::Error::CompiledTooBig(_)) => {
            problems
                .error(
                    "regex-too-large",
                    place.clone(),
                    format!("the expression compiles to more than {REGEX_SIZE} bytes"),
                )
                .help("repeat less: `{1,1000}` of a class takes a thousand times its size");
            None
        }
        Err(error) => {
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
    }
}

fn build(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .dot_matches_new_line(true)
        .size_limit(REGEX_SIZE)
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
