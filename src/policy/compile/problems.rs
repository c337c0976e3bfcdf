//! What compilation finds wrong, by place in the policy, until the places are looked up in the text.

use std::collections::BTreeSet;
use std::collections::hash_map::{Entry, HashMap};

use super::super::diagnostic::{Diagnostic, Severity, Source};
use super::super::pattern::{BadPattern, Extent, Pattern};
use super::super::place::{self, Place};
use super::super::yaml::Document;

/// All that was found.
#[derive(Debug)]
pub(in crate::policy) struct Problems {
    list: Vec<Problem>,
    /// Memory that each expression may still take once compiled, in bytes.
    expression_size: usize,
    /// How many expressions there may still be.
    expressions: usize,
    /// Those that were read: many rules ask the same, and it is compiled once.
    patterns: HashMap<(String, Extent), Pattern>,
}

impl Default for Problems {
    fn default() -> Self {
        Problems {
            list: Vec::new(),
            expression_size: 1 << 20,
            expressions: usize::MAX,
            patterns: HashMap::new(),
        }
    }
}

/// One of them.
#[derive(Debug)]
pub(super) struct Problem {
    severity: Severity,
    code: &'static str,
    place: Place,
    message: String,
    label: Option<String>,
    help: Option<String>,
    other: Option<(Place, String)>,
    /// The name that is not known here; it may be one whose definition could not be read.
    unknown: Option<String>,
}

impl Problems {
    /// For what somebody wrote who may mean harm: expressions are fewer and smaller.
    pub(super) fn of_a_stranger() -> Self {
        Problems {
            list: Vec::new(),
            expression_size: 64 << 10,
            expressions: 100,
            patterns: HashMap::new(),
        }
    }

    /// The memory that one more expression may take, in bytes; `None` if there are too many.
    pub(super) fn take_expression(&mut self) -> Option<usize> {
        self.expressions = self.expressions.checked_sub(1)?;
        Some(self.expression_size)
    }

    /// The expression `text`, which may take `size` bytes once compiled.
    pub(super) fn pattern(
        &mut self,
        text: &str,
        extent: Extent,
        size: usize,
    ) -> Result<Pattern, BadPattern> {
        Ok(match self.patterns.entry((text.to_owned(), extent)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(Pattern::read(text, extent, size)?).clone(),
        })
    }

    /// The policy cannot be used.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.add(Severity::Error, code, place, message.into())
    }

    /// It can, and is probably not meant so.
    pub(super) fn warning(
        &mut self,
        code: &'static str,
        place: Place,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.add(Severity::Warning, code, place, message.into())
    }

    /// Was nothing found?
    pub(in crate::policy) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Is any of them a reason not to use the policy?
    pub(super) fn has_errors(&self) -> bool {
        let mut found = self.list.iter();
        found.any(|problem| problem.severity == Severity::Error)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.list.len()
    }

    fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        place: Place,
        message: String,
    ) -> &mut Problem {
        let (label, help, other, unknown) = Default::default();
        self.list.push(Problem {
            severity,
            code,
            place,
            message,
            label,
            help,
            other,
            unknown,
        });
        self.list.last_mut().expect("one was just added")
    }

    /// Looks up the places; leaves out what only follows from a part that could not be read and is reported already.
    pub(in crate::policy) fn into_diagnostics(
        self,
        document: &mut Document,
        source: &Source,
    ) -> Vec<Diagnostic> {
        if self.list.is_empty() {
            return Vec::new();
        }
        document.mark(source);
        let root = &document.root;
        let mut unreadable = BTreeSet::new();
        place::removed_names(root, false, &mut unreadable);
        let own = self.list.into_iter().filter(|problem| {
            let follows = problem
                .unknown
                .as_ref()
                .is_some_and(|name| unreadable.contains(name));
            !follows && !problem.place.is_damaged(root)
        });
        own.map(|problem| Diagnostic {
            severity: problem.severity,
            code: problem.code,
            message: problem.message,
            span: problem.place.span(root, source),
            label: problem.label,
            help: problem.help,
            other: problem
                .other
                .map(|(place, label)| (place.span(root, source), label)),
        })
        .collect()
    }
}

impl Problem {
    /// What to do.
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// What stands there.
    pub(super) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    /// Another place that plays a part.
    pub(super) fn other(&mut self, place: Place, label: impl Into<String>) -> &mut Self {
        self.other = Some((place, label.into()));
        self
    }

    /// The problem is that `name` is not known.
    pub(super) fn unknown(&mut self, name: &str) -> &mut Self {
        self.unknown = Some(name.to_owned());
        self
    }
}
