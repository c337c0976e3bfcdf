//! Regular expressions over whole paths, as Go reads them.
//!
//! Thousands of them must not be felt. Most are a path, or literal texts with `.*` and choices such as `(src|lib)` between
//! them, which need no machine. Of any other only what follows its literal beginning is compiled, once for all lines that
//! go on alike, when a path could match, and never before. An expression that cannot be compiled within bounds matches
//! whatever could make it demand something.

use std::collections::HashMap;
use std::sync::Arc;

use once_cell::sync::OnceCell;
use regex::{Regex, RegexBuilder};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{self, Ast, ClassSetBinaryOp, ClassSetItem};

use super::ProblemKind;
use super::needles::{self, Needles};

/// How much memory one expression may take once compiled, and how much while it searches, in bytes.
const COMPILED_SIZE: usize = 1 << 18;

/// How deep groups may nest.
const MAX_NESTING: u32 = 64;

/// What repeats the character or group before it.
const REPETITIONS: [char; 4] = ['*', '+', '?', '{'];

/// As many texts are compared one after the other.
const MOST_TEXTS: usize = 32;

/// One expression.
#[derive(Debug)]
pub(super) struct Expression {
    /// What every match begins with.
    prefix: String,
    rest: Rest,
    /// Texts of which every match holds one; `None`: there are none that could be told.
    pub(super) needles: Option<Needles>,
}

/// What follows the prefix.
#[derive(Debug)]
enum Rest {
    /// `.*`, and then this, as often as there are pieces; the last of them ends the path.
    Pieces(Vec<String>),
    /// Whatever matches from there on.
    Other(Arc<Machine>),
    /// `a|b`, where Gitea asks the first only to begin and the last only to end as the path does.
    Alternatives(Arc<Machine>),
}

/// Those parts of expressions that need a machine, each once.
#[derive(Debug, Default)]
pub(super) struct Machines(HashMap<String, Arc<Machine>>);

/// A part of an expression, compiled when it is first asked.
#[derive(Debug)]
struct Machine {
    text: String,
    compiled: OnceCell<Option<Compiled>>,
}

#[derive(Debug)]
enum Compiled {
    /// All that it could stand for.
    Plain(Vec<Plain>),
    Regex(Regex),
}

/// A literal text, and pieces after it.
#[derive(Debug)]
struct Plain {
    prefix: String,
    pieces: Vec<String>,
}

impl Expression {
    /// Reads an expression that must match from the beginning to the end.
    pub(super) fn parse(text: &str, machines: &mut Machines) -> Result<Self, ProblemKind> {
        let text = without_anchors(text);
        let (prefix, rest) = literal(text);
        if let Some(texts) = plain(text, MOST_TEXTS) {
            return Ok(Expression {
                prefix,
                needles: texts.iter().map(Plain::needle).collect(),
                rest: match pieces(rest) {
                    Some(pieces) => Rest::Pieces(pieces),
                    None => Rest::Other(machines.get(rest.to_owned())),
                },
            });
        }
        let tree = check(text)?;
        let needles = needles::of(text, &tree);
        // In `a|b`, what stands first need not come first.
        Ok(if let Ast::Alternation(_) = tree {
            Expression {
                prefix: String::new(),
                // Put together as Gitea does.
                rest: Rest::Alternatives(machines.get(format!("^{text}"))),
                needles,
            }
        } else {
            Expression {
                prefix,
                rest: Rest::Other(machines.get(rest.to_owned())),
                needles,
            }
        })
    }

    /// Whether it matches the path; `None`: it is too large to tell.
    pub(super) fn matches(&self, path: &str) -> Option<bool> {
        let Some(after) = path.strip_prefix(&self.prefix) else {
            return Some(false);
        };
        Some(match &self.rest {
            Rest::Pieces(pieces) => has_pieces(after, pieces),
            Rest::Other(machine) => match machine.compiled()? {
                Compiled::Plain(texts) => texts.iter().any(|plain| plain.is(after)),
                Compiled::Regex(regex) => {
                    // The leftmost match begins here if any does. It sees what stands before, for `\b` and its like.
                    let found = regex.find_at(path, self.prefix.len());
                    found.is_some_and(|found| found.start() == self.prefix.len())
                }
            },
            Rest::Alternatives(machine) => match machine.compiled()? {
                Compiled::Plain(texts) => texts.iter().any(|plain| plain.is(path)),
                Compiled::Regex(regex) => regex.is_match(path),
            },
        })
    }
}

impl Machines {
    fn get(&mut self, text: String) -> Arc<Machine> {
        let machine = self.0.entry(text).or_insert_with_key(|text| {
            Arc::new(Machine {
                text: text.clone(),
                compiled: OnceCell::new(),
            })
        });
        Arc::clone(machine)
    }
}

impl Machine {
    fn compiled(&self) -> Option<&Compiled> {
        let regex = || {
            let regex = RegexBuilder::new(&format!("{}$", self.text))
                .dot_matches_new_line(true)
                .size_limit(COMPILED_SIZE)
                .dfa_size_limit(COMPILED_SIZE)
                .build();
            regex.ok().map(Compiled::Regex)
        };
        let compile = || {
            plain(&self.text, MOST_TEXTS)
                .map(Compiled::Plain)
                .or_else(regex)
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

impl Plain {
    /// The longest text in it.
    fn needle(&self) -> Option<Vec<u8>> {
        let texts = std::iter::once(&self.prefix).chain(&self.pieces);
        let longest = texts.max_by_key(|text| text.len())?;
        (!longest.is_empty()).then(|| longest.as_bytes().to_vec())
    }

    fn is(&self, text: &str) -> bool {
        let after = text.strip_prefix(&self.prefix);
        after.is_some_and(|after| has_pieces(after, &self.pieces))
    }
}

/// The expression without a `^` before it and a `$` behind it, which it has in any case.
fn without_anchors(expression: &str) -> &str {
    let is_repeated = |rest: &&str| rest.starts_with(REPETITIONS);
    let begun = expression.strip_prefix('^');
    let begun = begun
        .filter(|rest| !is_repeated(rest))
        .unwrap_or(expression);
    let is_escaped = |rest: &&str| {
        let escapes = rest.bytes().rev().take_while(|byte| *byte == b'\\');
        escapes.count() % 2 == 1
    };
    let ended = begun.strip_suffix('$');
    ended.filter(|rest| !is_escaped(rest)).unwrap_or(begun)
}

/// All texts, with `.*` in them, that an expression stands for; `None` if they are more than `most`, or it is no such one.
fn plain(expression: &str, most: usize) -> Option<Vec<Plain>> {
    let (prefix, rest) = literal(expression);
    if let Some(pieces) = pieces(rest) {
        return Some(vec![Plain { prefix, pieces }]);
    }
    let mut at = rest;
    while let Some(after) = at.strip_prefix(".*") {
        at = literal(after).1;
    }
    let before = &expression[..expression.len() - at.len()];
    let (choices, after) = choice(at)?;
    let most = most / choices.len();
    let mut texts = Vec::new();
    for choice in choices.iter().filter(|_| most > 0) {
        texts.extend(plain(&[before, choice, after].concat(), most)?);
    }
    (!texts.is_empty()).then_some(texts)
}

/// The literal texts of `(a|b)`, as they are written, and what follows.
fn choice(expression: &str) -> Option<(Vec<&str>, &str)> {
    let group = expression.strip_prefix('(')?;
    let mut at = group.strip_prefix("?:").unwrap_or(group);
    let mut choices = Vec::new();
    loop {
        let (_, after) = literal(at);
        choices.push(&at[..at.len() - after.len()]);
        match after.strip_prefix('|') {
            Some(next) => at = next,
            None => {
                let after = after.strip_prefix(')')?;
                return (!after.starts_with(REPETITIONS)).then_some((choices, after));
            }
        }
    }
}

/// The text that `expression` begins with literally, and the rest of it.
fn literal(expression: &str) -> (String, &str) {
    let mut literal = String::new();
    let mut rest = expression;
    loop {
        let mut signs = rest.chars();
        let one = match signs.next() {
            Some('\\') => signs.next().filter(char::is_ascii_punctuation),
            Some(one) if is_operator(one) => None,
            one => one,
        };
        // A repetition is one of the last character.
        let repeated = signs.as_str().starts_with(REPETITIONS);
        match one {
            Some(one) if !repeated => literal.push(one),
            _ => return (literal, rest),
        }
        rest = signs.as_str();
    }
}

/// What stands between the `.*` of an expression that has nothing else.
fn pieces(mut rest: &str) -> Option<Vec<String>> {
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (piece, after) = literal(rest.strip_prefix(".*")?);
        pieces.push(piece);
        rest = after;
    }
    Some(pieces)
}

/// Do all pieces stand in `text`, one after the other, the last at its end?
fn has_pieces(mut text: &str, pieces: &[String]) -> bool {
    let Some((last, before)) = pieces.split_last() else {
        return text.is_empty();
    };
    for piece in before {
        // Where it stands first, most is left for those behind it.
        match text.split_once(piece.as_str()) {
            Some((_, after)) => text = after,
            None => return false,
        }
    }
    text.ends_with(last)
}

fn is_operator(one: char) -> bool {
    "\\.+*?()|[]{}^$".contains(one)
}

/// Refuses what is no expression, and what Go and the regex crate read differently.
fn check(text: &str) -> Result<Ast, ProblemKind> {
    let parsed = ParserBuilder::new()
        .nest_limit(MAX_NESTING)
        .build()
        .parse(text);
    let tree = parsed.map_err(|error| ProblemKind::Expression(error.kind().to_string()))?;
    ast::visit(&tree, Classes)?;
    Ok(tree)
}

/// Finds brackets and operators within brackets, which to Go are characters.
struct Classes;

impl ast::Visitor for Classes {
    type Output = ();
    type Err = ProblemKind;

    fn finish(self) -> Result<(), ProblemKind> {
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), ProblemKind> {
        match item {
            ClassSetItem::Bracketed(_) => Err(ProblemKind::NestedClass),
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, _: &ClassSetBinaryOp) -> Result<(), ProblemKind> {
        Err(ProblemKind::NestedClass)
    }
}
