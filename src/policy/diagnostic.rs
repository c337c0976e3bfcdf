//! What is wrong with a policy, and where: for its author, with the place marked and a way out.
//!
//! A *diagnostic* is the admin's mistake; a *finding* is the pusher's; an *error* is ours. They share no type.

use std::fmt::Write as _;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

pub use super::source::{Source, Span};

/// Does it keep the policy from being used?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The policy is not used.
    Error,
    /// It is used, and probably does something else than its author thinks.
    Warning,
}

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Does it keep the policy from being used?
    pub severity: Severity,
    /// A stable name of the mistake, in kebab-case.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    #[serde(flatten)]
    pub span: Span,
    /// What stands there, as far as the message does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Another place that plays a part, and which.
    #[serde(skip)]
    pub other: Option<(Span, String)>,
}

impl Diagnostic {
    /// A mistake that keeps the policy from being used.
    pub fn error(code: &'static str, message: String, span: Span) -> Self {
        Diagnostic {
            severity: Severity::Error,
            code,
            message,
            span,
            label: None,
            help: None,
            other: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what stands at the place.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Shows another place.
    #[must_use]
    pub fn other(mut self, span: Span, label: impl Into<String>) -> Self {
        self.other = Some((span, label.into()));
        self
    }

    /// As text with a snippet of the policy; `colour` for a terminal.
    pub fn render(&self, source: &Source, colour: bool) -> String {
        let title = sanitised(&self.message);
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(title).id(self.code));
        if source.text.is_empty() {
            group = group.element(Origin::path(sanitised(&source.name)));
        } else {
            let own = (&self.span, AnnotationKind::Primary, self.label.as_deref());
            let other = self.other.as_ref();
            let other =
                other.map(|(span, label)| (span, AnnotationKind::Context, Some(label.as_str())));
            match other {
                Some(other) if other.0.file == self.span.file => {
                    group = group.element(snippet(source, &[own, other]));
                }
                _ => {
                    for part in [Some(own), other].into_iter().flatten() {
                        group = group.element(snippet(source, &[part]));
                    }
                }
            }
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(sanitised(help)));
        }
        let renderer = if colour {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        renderer.render(&[group])
    }
}

/// The lines of `source` around `marked`, which lie in one file.
fn snippet<'s>(
    source: &'s Source,
    marked: &[(&Span, AnnotationKind, Option<&str>)],
) -> Snippet<'s, Annotation<'s>> {
    let spans: Vec<&Span> = marked.iter().map(|(span, ..)| *span).collect();
    let (window, first_line) = source.window(&spans);
    let mut snippet = Snippet::source(&source.text[window.clone()])
        .line_start(first_line)
        .path(sanitised(&spans[0].file));
    for (span, kind, label) in marked {
        let range = span.range.start - window.start..span.range.end - window.start;
        snippet = snippet.annotation(kind.span(range).label(label.map(sanitised)));
    }
    snippet
}

/// All diagnostics as text, one after the other.
pub fn render_all(diagnostics: &[Diagnostic], source: &Source, colour: bool) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&diagnostic.render(source, colour));
        text.push_str("\n\n");
    }
    text
}

/// The form for programs: `schema: portcullis/check/v1`.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    schema: &'static str,
    policy: &'a str,
    valid: bool,
    errors: usize,
    warnings: usize,
    diagnostics: &'a [Diagnostic],
}

impl<'a> Report<'a> {
    /// The report on the policy at `policy`.
    pub fn new(policy: &'a str, diagnostics: &'a [Diagnostic]) -> Self {
        let count = |severity| {
            diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.severity == severity)
                .count()
        };
        let errors = count(Severity::Error);
        let warnings = count(Severity::Warning);
        Report {
            schema: "portcullis/check/v1",
            policy,
            valid: errors == 0,
            errors,
            warnings,
            diagnostics,
        }
    }
}

/// Is there no reason among these not to use the policy?
pub(super) fn are_warnings(found: &[Diagnostic]) -> bool {
    found
        .iter()
        .all(|diagnostic| diagnostic.severity == Severity::Warning)
}

/// `text` without a character that a terminal would obey or that would hide what is written.
pub fn sanitised(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        if (character.is_control() && character != '\n') || is_bidirectional(character) {
            // Writing to a string does not fail.
            let _ = write!(clean, "{}", character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    clean
}

/// Does the character change the direction in which its neighbours are shown?
pub(super) fn is_bidirectional(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
