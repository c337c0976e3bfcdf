//! Regular expressions over whole paths, as Go reads them.
//!
//! Thousands of them must not be felt. Most are a path, or literal texts with `.*` between them, which need no machine. Of any other only what follows its literal beginning is compiled, once for all lines that go on alike, when a
//! path could match, and never before. An expression that cannot be compiled within bounds matches whatever could make it
//! demand something.

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
    Nothing,
    /// `.*`, and then this, more than once perhaps; the last of them ends the path.
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
    compiled: OnceCell<Option<Regex>>,
}

impl Expression {
    /// Reads an expression that must match from the beginning to the end.
    pub(super) fn parse(text: &str, machines: &mut Machines) -> Result<Self, ProblemKind> {
        let (prefix, rest) = literal(text);
        if rest.is_empty() {
            return Ok(Expression {
                needles: needles::one(&prefix),
                prefix,
                rest: Rest::Nothing,
            });
        }
        if let Some(pieces) = pieces(rest) {
            let texts = std::iter::once(&prefix).chain(&pieces);
            return Ok(Expression {
                needles: texts
                    .map(|text| needles::one(text))
                    .fold(None, needles::longer),
                prefix,
                rest: Rest::Pieces(pieces),
            });
        }
        let tree = check(text)?;
        let needles = needles::of(text, &tree);
        // In `a|b`, what stands first need not come first.
        Ok(if let Ast::Alternation(_) = tree {
            Expression {
                prefix: String::new(),
                // Put together as Gitea does.
                rest: Rest::Alternatives(machines.get(format!("^{text}$"))),
                needles,
            }
        } else {
            Expression {
                prefix,
                rest: Rest::Other(machines.get(format!("{rest}$"))),
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
            Rest::Nothing => after.is_empty(),
            Rest::Pieces(pieces) => has_pieces(after, pieces),
            Rest::Other(machine) => {
                // The leftmost match begins here if any does. The machine sees what stands before, for `\b` and its like.
                let found = machine.compiled()?.find_at(path, self.prefix.len());
                found.is_some_and(|found| found.start() == self.prefix.len())
            }
            Rest::Alternatives(machine) => machine.compiled()?.is_match(path),
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
    fn compiled(&self) -> Option<&Regex> {
        let compile = || {
            RegexBuilder::new(&self.text)
                .dot_matches_new_line(true)
                .size_limit(COMPILED_SIZE)
                .dfa_size_limit(COMPILED_SIZE)
                .build()
                .ok()
        };
        self.compiled.get_or_init(compile).as_ref()
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
        let repeated = signs.as_str().starts_with(['*', '+', '?', '{']);
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
