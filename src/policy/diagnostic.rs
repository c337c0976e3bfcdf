//! What is wrong with a policy, and where: for its author, with the place marked and a way out.
//!
//! A *diagnostic* is the admin's mistake; a *finding* is the pusher's; an *error* is ours. They share no type.

use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::yaml::Mark;

/// The text of a policy and its name, for places and snippets.
#[derive(Debug)]
pub struct Source {
    /// How it is called in messages: its path as given.
    pub name: String,
    /// The text.
    pub text: String,
    /// Where each line begins, as the YAML parser counts lines.
    lines: Vec<usize>,
    /// Where each line begins, as editors count lines.
    shown_lines: Vec<usize>,
}

/// A piece of the policy's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Bytes of the text.
    #[serde(skip)]
    pub range: Range<usize>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

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
        let name = sanitised(&source.name);
        let title = sanitised(&self.message);
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = Group::with_title(level.primary_title(title).id(self.code));
        if source.text.is_empty() {
            group = group.element(Origin::path(name));
        } else {
            let (window, first_line) = self.window(source);
            let shift =
                |span: &Span| span.range.start - window.start..span.range.end - window.start;
            let label = self.label.as_deref().map(sanitised);
            let mut snippet = Snippet::source(&source.text[window.clone()])
                .line_start(first_line)
                .path(name)
                .annotation(AnnotationKind::Primary.span(shift(&self.span)).label(label));
            if let Some((span, label)) = &self.other {
                snippet = snippet.annotation(
                    AnnotationKind::Context
                        .span(shift(span))
                        .label(sanitised(label)),
                );
            }
            group = group.element(snippet);
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

    /// The lines that the snippet is cut from: a renderer that is handed the whole file reads all of it every time.
    fn window(&self, source: &Source) -> (Range<usize>, usize) {
        let mut range = self.span.range.clone();
        let mut first_line = self.span.line;
        if let Some((span, _)) = &self.other {
            range = range.start.min(span.range.start)..range.end.max(span.range.end);
            first_line = first_line.min(span.line);
        }
        let start = source.text[..range.start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let end = source.text[range.end..]
            .find('\n')
            .map_or(source.text.len(), |length| range.end + length);
        (start..end, first_line)
    }
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

impl Source {
    /// `text` under the name `name`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let mut lines = vec![0];
        let mut shown_lines = vec![0];
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            // The parser takes all of these for the end of a line, editors only the first two.
            let ends = match character {
                '\r' => !matches!(characters.peek(), Some((_, '\n'))),
                '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => true,
                _ => false,
            };
            if ends {
                lines.push(at + character.len_utf8());
            }
            if character == '\n' {
                shown_lines.push(at + 1);
            }
        }
        Source {
            name: name.into(),
            text,
            lines,
            shown_lines,
        }
    }

    /// The very beginning.
    pub fn start(&self) -> Span {
        self.span(0..0)
    }

    /// A range of bytes with its line and column.
    pub fn span(&self, range: Range<usize>) -> Span {
        let line = self
            .shown_lines
            .partition_point(|start| *start <= range.start);
        let line_start = self.shown_lines[line - 1];
        Span {
            line,
            column: self.text[line_start..range.start].chars().count() + 1,
            range,
        }
    }

    /// The byte at which `mark` lies.
    pub fn offset(&self, mark: Mark) -> usize {
        let start = self
            .lines
            .get(mark.line.saturating_sub(1))
            .copied()
            .unwrap_or(self.text.len());
        let mut characters = self.text[start..].char_indices();
        characters
            .nth(mark.column.saturating_sub(1))
            .map_or(self.text.len(), |(at, _)| start + at)
    }

    /// The span of `text`, which is written at `mark`, quoted or not.
    pub fn span_of(&self, mark: Option<Mark>, text: &str) -> Span {
        let Some(mark) = mark else {
            return self.start();
        };
        let start = self.offset(mark);
        let rest = &self.text[start..];
        if let Some(quote) = rest
            .chars()
            .next()
            .filter(|first| matches!(first, '"' | '\''))
        {
            let line = rest.lines().next().unwrap_or_default();
            let close = line[1..]
                .find(quote)
                .map_or(line.len(), |length| length + 2);
            return self.span(start..start + close);
        }
        if !text.is_empty() && rest.starts_with(text) {
            return self.span(start..start + text.len());
        }
        if text.is_empty() {
            let length = rest
                .chars()
                .next()
                .filter(|first| !first.is_whitespace())
                .map_or(0, char::len_utf8);
            return self.span(start..start + length);
        }
        self.rest_of_value_at(start)
    }

    /// The plain value that begins at `mark`.
    pub fn rest_of_value(&self, mark: Option<Mark>) -> Span {
        mark.map_or_else(
            || self.start(),
            |mark| self.rest_of_value_at(self.offset(mark)),
        )
    }

    /// The plain value that begins at the byte `start`: up to a comment, the end of the line, or of the list around it.
    pub fn rest_of_value_at(&self, start: usize) -> Span {
        let line = self.text[start..].lines().next().unwrap_or_default();
        let length = line
            .char_indices()
            .find(|(at, character)| match character {
                ',' | ']' | '}' => true,
                ':' => line[*at + 1..].starts_with([' ', '\t']) || line.len() == at + 1,
                '#' => line[..*at].ends_with(char::is_whitespace),
                _ => false,
            })
            .map_or(line.len(), |(at, _)| at);
        let length = line[..length].trim_end().len();
        self.span(start..start + length)
    }

    /// The line, without its end, at which `span` begins.
    pub fn line(&self, span: &Span) -> &str {
        let start = self.text[..span.range.start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        self.text[start..].lines().next().unwrap_or_default()
    }
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
