//! Regular expressions of the policy: checked when it is read, compiled when one of them is first asked.
//!
//! To compile one takes a hundred times as long as to read it, and most pushes ask few. What must be known of all of them
//! is that they would compile: that follows from their syntax, and from a bound on their size once compiled. The few for
//! which the bound proves nothing are compiled at once.

use std::sync::{Arc, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Repetition};
use regex_syntax::utf8::Utf8Sequences;

/// A regular expression and its text in the policy. Copies share what is compiled.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// As written.
    pub text: String,
    machine: Arc<Machine>,
}

/// What of its input an expression must match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// Any part.
    Anywhere,
}

/// Why a text is no expression that can be used.
#[derive(Debug)]
pub(super) enum BadPattern {
    /// Its syntax is wrong.
    Syntax(Box<regex_syntax::Error>),
    /// It is sound by itself, and cannot be made to match a whole input.
    NotWhole,
    /// It would take more memory than it may.
    TooLarge,
}

#[derive(Debug)]
struct Machine {
    /// In full: with what makes it match the whole input. `.` matches newlines too.
    text: String,
    compiled: OnceLock<Regex>,
    /// Is an empty input matched? `None`: only the compiled expression can tell.
    matches_empty: Option<bool>,
}

impl Pattern {
    /// Reads an expression that may take `size` bytes once compiled.
    pub(super) fn read(text: &str, extent: Extent, size: usize) -> Result<Pattern, BadPattern> {
        // By itself first: `a)|(b` is wrong, however well it fits between brackets.
        let mut read = parse(text).map_err(BadPattern::Syntax)?;
        let matches_empty = matches_empty(&read);
        let text_in_full = match extent {
            Extent::Anywhere => text.to_owned(),
            Extent::Whole => {
                let whole = format!(r"\A(?:{text})\z");
                read = parse(&whole).map_err(|_| BadPattern::NotWhole)?;
                whole
            }
        };
        let machine = Machine {
            text: text_in_full,
            compiled: OnceLock::new(),
            matches_empty,
        };
        if size_at_most(&read) > size {
            // What is sound and does not compile is too large.
            let compiled = machine.compile(size).map_err(|_| BadPattern::TooLarge)?;
            machine.compiled.get_or_init(|| compiled);
        }
        Ok(Pattern {
            text: text.to_owned(),
            machine: Arc::new(machine),
        })
    }

    /// Is `input` matched?
    pub fn is_match(&self, input: &[u8]) -> bool {
        self.machine.compiled().is_match(input)
    }

    /// Is an empty input matched?
    pub(super) fn matches_empty(&self) -> bool {
        let known = self.machine.matches_empty;
        known.unwrap_or_else(|| self.is_match(b""))
    }
}

impl Machine {
    fn compiled(&self) -> &Regex {
        self.compiled.get_or_init(|| {
            self.compile(usize::MAX)
                .expect("what is sound compiles, if only it is let be large enough")
        })
    }

    fn compile(&self, size: usize) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.text)
            .dot_matches_new_line(true)
            .size_limit(size)
            .build()
    }
}

/// The expression as `regex::bytes` reads it: what it matches need not be text.
fn parse(text: &str) -> Result<Hir, Box<regex_syntax::Error>> {
    ParserBuilder::new()
        .utf8(false)
        .dot_matches_new_line(true)
        .build()
        .parse(text)
        .map_err(Box::new)
}

/// Whether an empty input is matched, where that can be seen: not where something looks around.
fn matches_empty(read: &Hir) -> Option<bool> {
    let properties = read.properties();
    match properties.minimum_len() {
        Some(0) if !properties.look_set().is_empty() => None,
        least => Some(least == Some(0)),
    }
}

/// Bytes of a state of the compiled expression, and of a way from it to another: more than the crate takes.
const STATE: usize = 64;
const WAY: usize = 16;

/// No fewer bytes than the expression takes once compiled: with the states that begin it, search for it, and end it.
fn size_at_most(read: &Hir) -> usize {
    size_of_part(read).saturating_add(16 * STATE)
}

/// The same of a part of an expression, without what stands around the whole.
fn size_of_part(read: &Hir) -> usize {
    let sum = |parts: &[Hir]| {
        parts
            .iter()
            .map(size_of_part)
            .fold(0, usize::saturating_add)
    };
    match read.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => literal.0.len().saturating_mul(STATE + WAY),
        HirKind::Class(Class::Bytes(class)) => STATE + WAY * class.ranges().len(),
        HirKind::Class(Class::Unicode(class)) => {
            let sequences = |range: &regex_syntax::hir::ClassUnicodeRange| {
                Utf8Sequences::new(range.start(), range.end())
            };
            let bytes = class.ranges().iter().flat_map(sequences);
            let bytes: usize = bytes.map(|sequence| sequence.len()).sum();
            2 * STATE + bytes.saturating_mul(STATE + WAY)
        }
        HirKind::Repetition(Repetition { min, max, sub, .. }) => {
            let times = max.unwrap_or(0).max(*min).max(1) as usize;
            let once = size_of_part(sub).saturating_add(STATE + 2 * WAY);
            times
                .saturating_mul(once)
                .saturating_add(2 * STATE + 2 * WAY)
        }
        HirKind::Capture(capture) => {
            let name = capture.name.as_ref().map_or(0, |name| name.len());
            size_of_part(&capture.sub).saturating_add(4 * STATE + 2 * name)
        }
        HirKind::Concat(parts) => sum(parts).saturating_add(STATE),
        HirKind::Alternation(parts) => sum(parts).saturating_add(STATE + WAY * parts.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expressions of many shapes, each within each.
    fn shapes() -> Vec<String> {
        let atoms = [
            "",
            "a",
            "abcdefgh",
            "é",
            "☃x",
            ".",
            r"\w",
            r"\d",
            r"\pL",
            "[a-z0-9]",
            "[^a]",
            "(?i)stra",
            r"(?-u:\xff)",
            r"(?-u:[^a])",
            "(?-u:.)",
            r"\b",
            "^",
            "abc|abd|xyz",
            "a|",
            "[[:alpha:]]",
            "(?P<a_long_name>x)",
            "(?-s:.)",
        ];
        let around = [
            "(?:X)",
            "(X)",
            "(?:X)*",
            "(?:X)+",
            "(?:X)?",
            "(?:X){3}",
            "(?:X){2,9}",
            "(?:X){4,}",
            "(?:X){0}",
            "(?:X)|b",
            "(?:X)(?:X)",
            "(?m:^)(?:X)*?$",
        ];
        let within = |inner: &[String]| {
            let pairs = inner
                .iter()
                .flat_map(|inner| around.map(|outer| (outer, inner)));
            let named_once = pairs.filter(|(outer, inner)| {
                !inner.contains("a_long_name") || outer.matches('X').count() == 1
            });
            named_once
                .map(|(outer, inner)| outer.replace('X', inner))
                .collect::<Vec<_>>()
        };
        let once = within(&atoms.map(str::to_owned));
        let small: Vec<_> = once
            .iter()
            .filter(|text| !text.contains(['p', '\\']))
            .cloned()
            .collect();
        let twice = within(&small);
        [once, twice].concat()
    }

    #[test]
    fn no_expression_takes_more_than_its_bound() {
        for text in shapes() {
            let bound = size_at_most(&parse(&text).expect("sound"));
            let built = RegexBuilder::new(&text)
                .dot_matches_new_line(true)
                .size_limit(bound)
                .build();
            assert!(built.is_ok(), "{text} takes more than {bound} bytes");
        }
    }

    #[test]
    fn what_is_seen_of_an_empty_input_is_so() {
        for text in shapes() {
            let pattern = Pattern::read(&text, Extent::Whole, usize::MAX).expect("sound");
            if let Some(seen) = pattern.machine.matches_empty {
                assert_eq!(seen, pattern.is_match(b""), "{text}");
            }
        }
    }

    #[test]
    fn only_what_may_be_too_large_is_compiled_at_once() {
        let read = |text| Pattern::read(text, Extent::Whole, 1 << 20);
        let is_compiled = |text| read(text).expect("sound").machine.compiled.get().is_some();
        assert!(!is_compiled(r"(?s).*"));
        assert!(!is_compiled(r"[A-Z]+-\d+: \w+.*"));
        assert!(is_compiled(r"\w{10}"));
        assert!(matches!(read(r"\w{1000}"), Err(BadPattern::TooLarge)));
        assert!(matches!(read("(?x)a # b"), Err(BadPattern::NotWhole)));
        assert!(matches!(read("a)|(b"), Err(BadPattern::Syntax(_))));
    }
}
