//! The text of a policy, in one file or several, and the places in it.
//!
//! Several files are one text, one after the other, so that a place is a range of bytes wherever it lies. Names of files
//! and numbers of lines are looked up when a place is shown.

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::yaml::Mark;
use crate::digest::sha256;

/// The text of a policy and its name, for places and snippets.
#[derive(Debug)]
pub struct Source {
    /// How it is called in messages: its path as given.
    pub name: String,
    /// The text of all files, in the order in which they were included.
    pub text: String,
    files: Vec<File>,
    /// Where each line begins, as the YAML parser counts lines.
    lines: Vec<usize>,
    /// Where each line begins, as editors count lines.
    shown_lines: Vec<usize>,
}

/// What a file is to the policy, and so what may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one that the others are included from: everything.
    Main,
    /// `include`: whatever there may be several of.
    Included,
    /// `people: { include: … }`: who is who.
    People,
}

/// One file of a [`Source`].
#[derive(Debug)]
struct File {
    name: Arc<str>,
    role: Role,
    /// Its bytes within the whole text.
    range: Range<usize>,
    /// How many lines stand before it, as the YAML parser counts.
    lines_before: usize,
    /// How many lines stand before it, as editors count.
    shown_lines_before: usize,
}

/// A piece of the policy's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Bytes of the text.
    #[serde(skip)]
    pub range: Range<usize>,
    /// The file in which it lies.
    pub file: Arc<str>,
    /// Line in that file, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Source {
    /// `text` under the name `name`.
    pub fn new(name: impl Into<String>, text: impl AsRef<str>) -> Self {
        let name = name.into();
        let mut source = Source {
            name: name.clone(),
            text: String::new(),
            files: Vec::new(),
            lines: Vec::new(),
            shown_lines: Vec::new(),
        };
        source.add(name, text.as_ref(), Role::Main);
        source
    }

    /// Adds another file, and returns its number.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: &str, role: Role) -> usize {
        if !self.files.is_empty() {
            // The end of one file is not the beginning of the next.
            self.text.push('\n');
        }
        let start = self.text.len();
        self.files.push(File {
            name: name.into(),
            role,
            range: start..start + text.len(),
            lines_before: self.lines.len(),
            shown_lines_before: self.shown_lines.len(),
        });
        self.lines.push(start);
        self.shown_lines.push(start);
        for (at, byte) in text.bytes().enumerate() {
            // The parser takes all of these for the end of a line, editors only the first two.
            let length = match byte {
                b'\n' => '\n'.len_utf8(),
                b'\r' if !text[at..].starts_with("\r\n") => '\r'.len_utf8(),
                // These bytes begin a character, as they do in no other place.
                0xc2 if text[at..].starts_with('\u{85}') => '\u{85}'.len_utf8(),
                0xe2 if text[at..].starts_with(['\u{2028}', '\u{2029}']) => '\u{2028}'.len_utf8(),
                _ => continue,
            };
            let next = start + at + length;
            self.lines.push(next);
            if byte == b'\n' {
                self.shown_lines.push(next);
            }
        }
        self.text.push_str(text);
        self.files.len() - 1
    }

    /// The files: the name and the text of each.
    pub fn files(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        (0..self.files.len()).map(|number| self.file(number))
    }

    /// The name and the text of the file `number`.
    pub(super) fn file(&self, number: usize) -> (&str, &str) {
        let file = &self.files[number];
        (&file.name, &self.text[file.range.clone()])
    }

    /// What each file is.
    pub(super) fn roles(&self) -> impl Iterator<Item = Role> {
        self.files.iter().map(|file| file.role)
    }

    /// How many lines of the YAML parser stand before the file `number`.
    pub(super) fn lines_before(&self, number: usize) -> usize {
        self.files[number].lines_before
    }

    /// A place of `alone`, which is the file `number` for itself, as a place of the whole.
    pub(super) fn span_in(&self, number: usize, alone: &Span) -> Span {
        let start = self.files[number].range.start;
        self.span(alone.range.start + start..alone.range.end + start)
    }

    /// SHA-256 in hex: of the text if it is one file, else of the lengths and texts of all.
    pub fn digest(&self) -> String {
        if self.files.len() == 1 {
            return sha256(&self.text);
        }
        let parts = self
            .files()
            .map(|(_, text)| format!("{}\n{text}", text.len()));
        sha256(parts.collect::<String>())
    }

    /// The file that holds the byte `at`.
    fn file_of(&self, at: usize) -> &File {
        let after = self.files.partition_point(|file| file.range.start <= at);
        &self.files[after - 1]
    }

    /// The lines that a snippet of `spans`, which lie in one file, is cut from, and the number of the first: a renderer
    /// that is handed the whole file reads all of it every time.
    pub(super) fn window(&self, spans: &[&Span]) -> (Range<usize>, usize) {
        let start = spans.iter().map(|span| span.range.start).min();
        let end = spans.iter().map(|span| span.range.end).max();
        let range = start.unwrap_or_default()..end.unwrap_or_default();
        let file = self.file_of(range.start);
        let bounds = file.range.clone();
        let first_line = spans.iter().map(|span| span.line).min().unwrap_or(1);
        let start = self.text[bounds.start..range.start]
            .rfind('\n')
            .map_or(bounds.start, |newline| bounds.start + newline + 1);
        let end = range.end.min(bounds.end);
        let end = self.text[end..bounds.end]
            .find('\n')
            .map_or(bounds.end, |length| end + length);
        (start..end, first_line)
    }

    /// The very beginning.
    pub fn start(&self) -> Span {
        self.span(0..0)
    }

    /// A range of bytes with its line and column.
    pub fn span(&self, range: Range<usize>) -> Span {
        let file = self.file_of(range.start);
        let line = self
            .shown_lines
            .partition_point(|start| *start <= range.start);
        let line_start = self.shown_lines[line - 1];
        Span {
            file: Arc::clone(&file.name),
            line: line - file.shown_lines_before,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_after_whatever_ends_one() {
        let text = "a\nb\r\nc\rd\u{85}e\u{2028}f\u{2029}g \u{a0}\u{2014}\u{e9}\u{205}\n\nh\r\r\n";
        let source = Source::new("policy.yml", text);
        let mut lines = vec![0];
        let mut shown_lines = vec![0];
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            let next = at + character.len_utf8();
            let is_half = character == '\r' && characters.peek().is_some_and(|next| next.1 == '\n');
            if "\n\r\u{85}\u{2028}\u{2029}".contains(character) && !is_half {
                lines.push(next);
            }
            if character == '\n' {
                shown_lines.push(next);
            }
        }
        assert_eq!(source.lines, lines);
        assert_eq!(source.shown_lines, shown_lines);
    }
}
