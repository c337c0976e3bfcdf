//! Regular expressions over whole paths, as Go reads them.
//!
//! Thousands of them must not be felt. Most are a path, a folder with `.*` behind it, or `.*` with an ending, which need no
//! machine; any other is compiled when a path begins as it does, and never before. An expression that cannot be compiled
//! within bounds matches whatever could make it demand something.

use std::collections::HashMap;

use gix::bstr::{BStr, ByteSlice};
use once_cell::sync::OnceCell;
use regex::{Regex, RegexBuilder};
use regex_syntax::ast::parse::ParserBuilder;
use regex_syntax::ast::{self, Ast, ClassSetBinaryOp, ClassSetItem};

use super::{Demand, ProblemKind};

/// How much memory one expression may take once compiled, and how much while it searches, in bytes.
const COMPILED_SIZE: usize = 1 << 18;

/// How deep groups may nest.
const MAX_NESTING: u32 = 64;

/// The lines of a file.
#[derive(Debug, Default)]
pub(super) struct Expressions {
    lines: Vec<Line>,
    /// The lines that can match below each folder only, and under the empty name those that can anywhere.
    by_folder: HashMap<Vec<u8>, Vec<usize>>,
}

#[derive(Debug)]
struct Line {
    expression: Expression,
    negative: bool,
    demand: Demand,
}

/// One expression.
#[derive(Debug)]
pub(super) struct Expression {
    /// What every match begins with.
    prefix: Vec<u8>,
    rest: Rest,
}

/// What follows the prefix.
#[derive(Debug)]
enum Rest {
    Nothing,
    /// `.*`, and then this.
    Ending(Vec<u8>),
    /// Whatever the expression says as a whole.
    Other(String, OnceCell<Option<Regex>>),
}

impl Expressions {
    pub(super) fn add(&mut self, expression: Expression, negative: bool, demand: Demand) {
        let folder = match expression.prefix.rfind_byte(b'/') {
            Some(slash) if !negative => &expression.prefix[..slash],
            _ => b"",
        };
        self.by_folder
            .entry(folder.to_vec())
            .or_default()
            .push(self.lines.len());
        self.lines.push(Line {
            expression,
            negative,
            demand,
        });
    }

    /// What the lines that match demand.
    pub(super) fn demands(&self, path: &BStr) -> Vec<&Demand> {
        let bytes: &[u8] = path;
        let folders = path.find_iter(b"/").map(|slash| &bytes[..slash]);
        let mut lines: Vec<_> = std::iter::once(&b""[..])
            .chain(folders.filter(|folder| !folder.is_empty()))
            .filter_map(|folder| self.by_folder.get(folder))
            .flatten()
            .map(|&line| &self.lines[line])
            .filter(|line| line.demands(path))
            .map(|line| &line.demand)
            .collect();
        lines.sort_unstable_by_key(|demand| demand.line);
        lines
    }
}

impl Line {
    fn demands(&self, path: &BStr) -> bool {
        // To Go a `.` is no line break. That may make a line demand something, and must not keep it from that.
        if self.negative && path.contains(&b'\n') {
            return true;
        }
        match self.expression.matches(path) {
            Some(matches) => matches != self.negative,
            None => true,
        }
    }
}

impl Expression {
    /// Reads an expression that must match from the beginning to the end.
    pub(super) fn parse(text: &str) -> Result<Self, ProblemKind> {
        let (mut prefix, rest) = literal(text);
        let rest = if rest.is_empty() {
            Rest::Nothing
        } else if let Some((ending, "")) = rest.strip_prefix(".*").map(literal) {
            Rest::Ending(ending)
        } else {
            // In `a|b`, what stands first need not come first.
            if let Ast::Alternation(_) = check(text)? {
                prefix.clear();
            }
            Rest::Other(text.to_owned(), OnceCell::new())
        };
        Ok(Expression { prefix, rest })
    }

    /// Whether it matches the path; `None`: it is too large to tell.
    fn matches(&self, path: &BStr) -> Option<bool> {
        let Some(after) = path.strip_prefix(self.prefix.as_slice()) else {
            return Some(false);
        };
        match &self.rest {
            Rest::Nothing => Some(after.is_empty()),
            Rest::Ending(ending) => Some(after.ends_with(ending)),
            Rest::Other(text, compiled) => {
                let regex = compiled.get_or_init(|| compile(text)).as_ref()?;
                // As in Go, a byte that is no UTF-8 is some character.
                Some(regex.is_match(&path.to_str_lossy()))
            }
        }
    }
}

/// The text that `expression` begins with literally, and the rest of it.
fn literal(expression: &str) -> (Vec<u8>, &str) {
    let mut literal = Vec::new();
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
            Some(one) if !repeated => {
                literal.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes());
            }
            _ => return (literal, rest),
        }
        rest = signs.as_str();
    }
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

fn compile(text: &str) -> Option<Regex> {
    // Put together as Gitea does.
    RegexBuilder::new(&format!("^{text}$"))
        .dot_matches_new_line(true)
        .size_limit(COMPILED_SIZE)
        .dfa_size_limit(COMPILED_SIZE)
        .build()
        .ok()
}
