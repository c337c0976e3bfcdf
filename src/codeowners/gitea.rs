//! The dialect of Gitea and Forgejo: regular expressions over the whole path, of which all that match count.
//!
//! As documented in "Code Owners": Go's expressions, `!` in front for all files but these, `\` before `#`, a space and `\`
//! for the sign itself, a comment from any other `#` on. Where a branch asks for the owners' reviews, Gitea asks one of
//! each matching line; so each is a demand.

use std::iter::Peekable;
use std::str::Chars;

use super::expression::{Expression, Machines};
use super::expressions::{Expressions, Line};
use super::{Demand, Dialect, Found, ProblemKind, numbered};

/// Reads the lines of a file.
pub(super) fn read(file: &[u8], found: &mut Found) -> Expressions {
    let mut machines = Machines::default();
    let mut lines = Vec::new();
    for (number, line) in numbered(file) {
        let Some((rule, owners)) = words(&String::from_utf8_lossy(line)) else {
            continue;
        };
        let owners = found.owners(&owners, number, Dialect::Gitea);
        if owners.is_empty() {
            found.problem(number, ProblemKind::Nobody);
        }
        let demand = Demand::of(owners, number);
        let (negative, text) = match rule.strip_prefix('!') {
            Some(text) => (true, text),
            None => (false, rule.as_str()),
        };
        let expression = if text.contains('\u{fffd}') {
            Err(ProblemKind::NotUtf8)
        } else {
            Expression::parse(text, &mut machines)
        };
        match expression {
            Ok(expression) => lines.push(Line {
                expression,
                negative,
                demand,
            }),
            Err(kind) => {
                found.problem(number, kind);
                found.everywhere.push(demand);
            }
        }
    }
    Expressions::new(lines)
}

/// The rule of a line and its owners, with escapes resolved and the comment left out; `None`: there is no rule.
fn words(line: &str) -> Option<(String, String)> {
    let mut rest = line.chars().peekable();
    let rule = word(&mut rest)?;
    let mut owners = String::new();
    while let Some(owner) = word(&mut rest) {
        owners.push_str(&owner);
        owners.push(' ');
    }
    Some((rule, owners))
}

fn word(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let is_space = |one: &char| matches!(one, ' ' | '\t');
    while rest.next_if(is_space).is_some() {}
    let mut word = String::new();
    while let Some(one) = rest.next_if(|one| !is_space(one) && *one != '#') {
        match one {
            '\\' => word.extend(rest.next()),
            _ => word.push(one),
        }
    }
    (!word.is_empty()).then_some(word)
}
