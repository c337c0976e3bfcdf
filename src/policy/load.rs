//! From a file to a policy, or to everything that is wrong with it.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;

use super::compile::lists::{List, lists};
use super::compile::{Material, Problems, compile};
use super::diagnostic::{Diagnostic, Severity, Source, are_warnings, is_bidirectional};
use super::include::{self, Files, OnDisk};
use super::place::Place;
use super::yaml::{self, Document};
use super::{Policy, schema, written};
use crate::report::words::counted;

/// More diagnostics than this are counted and not shown.
const MOST_SHOWN: usize = 200;

/// A policy that can be used, and what its author should know about it.
#[derive(Debug)]
pub struct Loaded {
    /// The policy.
    pub policy: Policy,
    /// The text of its files, for showing the warnings.
    pub source: Source,
    warnings: Vec<Diagnostic>,
    /// Warnings whose places were not looked up yet: for that all of the text is read again, and no push asks for them.
    unplaced: Problems,
}

/// Why a policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Its file cannot be read.
    #[error("the policy {} cannot be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is wrong.
    #[error("the policy {} is wrong in {}", text.name, counted(diagnostics.len(), "place", "places"))]
    Invalid {
        /// Its text, for showing the diagnostics.
        text: Box<Source>,
        /// All of its mistakes, and warnings too.
        diagnostics: Vec<Diagnostic>,
    },
}

impl Policy {
    /// Reads the policy in `file`.
    pub fn load(file: &Path) -> Result<Loaded, PolicyError> {
        let unreadable = |source| PolicyError::Unreadable {
            file: file.to_owned(),
            source,
        };
        // One byte more than allowed tells a file that is too long, however long it says it is.
        let most = yaml::MAX_BYTES as u64 + 1;
        let bytes = include::read_settled(file, most).map_err(unreadable)?;
        Policy::parse(&bytes, file)
    }

    /// Reads a policy from its text; `file` is how messages call it, and beside it are the files that it names.
    pub fn parse(bytes: &[u8], file: &Path) -> Result<Loaded, PolicyError> {
        Policy::parse_beside(bytes, file, &OnDisk)
    }

    /// Reads a policy from its text; the files that it names are in `files`, beside `file`.
    pub fn parse_beside(
        bytes: &[u8],
        file: &Path,
        files: &dyn Files,
    ) -> Result<Loaded, PolicyError> {
        let text = as_text(bytes, file).map_err(|wrong| invalid(wrong.0, vec![wrong.1]))?;
        let mut source = Source::new(file.display().to_string(), text);
        let mut diagnostics = Vec::new();
        let mut unplaced = Problems::default();
        let policy = read(&mut source, file, files, &mut unplaced, &mut diagnostics);
        tidy(&mut diagnostics, &source);
        match policy {
            Some(policy) if are_warnings(&diagnostics) => Ok(Loaded {
                policy,
                source,
                warnings: diagnostics,
                unplaced,
            }),
            _ => Err(invalid(source, diagnostics)),
        }
    }
}

impl Loaded {
    /// What it probably does not mean, in the order of the text.
    pub fn warnings(&mut self) -> &mut Vec<Diagnostic> {
        if !self.unplaced.is_empty() {
            let mut document = self.document();
            let unplaced = std::mem::take(&mut self.unplaced);
            let found = unplaced.into_diagnostics(&mut document, &self.source);
            self.warnings.extend(found);
            tidy(&mut self.warnings, &self.source);
        }
        &mut self.warnings
    }

    /// Warns about what stands at `place`, which is right in itself, and wrong on this machine.
    pub fn warn(&mut self, place: &Place, code: &'static str, message: String, help: &str) {
        self.warn_of([(place, code, message, help)]);
    }

    /// As [`Loaded::warn`], of several places.
    pub(crate) fn warn_of<'f>(
        &mut self,
        found: impl IntoIterator<Item = (&'f Place, &'static str, String, &'f str)>,
    ) {
        let mut found = found.into_iter().peekable();
        if found.peek().is_none() {
            return;
        }
        let mut document = self.document();
        document.mark(&self.source);
        for (place, code, message, help) in found {
            let span = place.span(&document.root, &self.source);
            let mut diagnostic = Diagnostic::error(code, message, span).help(help);
            diagnostic.severity = Severity::Warning;
            self.warnings().push(diagnostic);
        }
        self.warnings()
            .sort_by_key(|diagnostic| diagnostic.span.range.start);
    }

    /// Its tree, read again.
    pub(crate) fn document(&self) -> Document {
        Document::read(&self.source, &mut Vec::new()).expect("it was read before")
    }

    /// The lists of path patterns of the policy, as they are written.
    pub(crate) fn lists(&self) -> Vec<List> {
        let written = written::Policy::deserialize(&self.document().root);
        lists(&written.expect("it was read before"))
    }

    /// The policy with another `document` in place of its own, which was read from the same text; `None` if that is none.
    pub(crate) fn rewritten(&self, mut document: Document) -> Option<Policy> {
        let written = written::Policy::deserialize(&document.root).ok()?;
        let material = Material {
            written: &written,
            file: &self.policy.file,
            // Cases tell whose a signature is, and need no keys.
            files: None,
            own: None,
            later: None,
        };
        compile(material, &mut document, &self.source, &mut Vec::new())
    }

    /// Looks at what a push only pays for when it needs it: whether all of the OpenPGP key rings can be read, and whose
    /// their keys are at `now`, in seconds since 1970.
    pub fn examine_keys(mut self, now: i64) -> Result<Self, PolicyError> {
        let mut found = std::mem::take(self.warnings());
        let Some(mut document) = Document::read(&self.source, &mut found) else {
            return Err(invalid(self.source, found));
        };
        document.mark(&self.source);
        let place = Place::top().key("keys").key("openpgp");
        let at = |place: Place| place.span(&document.root, &self.source);
        let Policy {
            people, keyring, ..
        } = &self.policy;
        let rings = &keyring.openpgp;
        for (position, problem) in rings.problems_of_rings() {
            let message = format!("a key ring cannot be used: {problem}");
            found.push(Diagnostic::error(
                "bad-key-file",
                message,
                at(place.index(position)),
            ));
        }
        for (fingerprint, names) in rings.of_several(people, now) {
            let names = names.join("` and `");
            let message = format!("the key {fingerprint} is that of `{names}`");
            let problem = Diagnostic::error("claimed-twice", message, at(place.clone()));
            found.push(problem.help("a key proves who signed only if it is one person's"));
        }
        for fingerprint in rings.missing() {
            let message = format!("no key ring has the key {fingerprint} that a person has");
            let mut problem = Diagnostic::error("unknown-key-id", message, at(place.clone()));
            problem.severity = Severity::Warning;
            found.push(problem.help("add its certificate to a file of `keys.openpgp`"));
        }
        let usable = are_warnings(&found);
        if usable {
            self.warnings = found;
            Ok(self)
        } else {
            Err(invalid(self.source, found))
        }
    }
}

fn invalid(source: Source, diagnostics: Vec<Diagnostic>) -> PolicyError {
    PolicyError::Invalid {
        text: Box::new(source),
        diagnostics,
    }
}

fn read(
    source: &mut Source,
    file: &Path,
    files: &dyn Files,
    unplaced: &mut Problems,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Policy> {
    let mut document = include::read(source, file, files, diagnostics)?;
    let written = written::read::read(&mut document, source, schema::places_of_key, diagnostics)?;
    let material = Material {
        written: &written,
        file,
        files: Some(files),
        own: None,
        later: Some(unplaced),
    };
    compile(material, &mut document, source, diagnostics)
}

/// In the order of the text, none twice, and no more than anyone would read.
fn tidy(diagnostics: &mut Vec<Diagnostic>, source: &Source) {
    diagnostics.sort_by_key(|diagnostic| diagnostic.span.range.start);
    diagnostics.dedup();
    shorten(diagnostics, source);
}

/// Leaves as many diagnostics as anyone would read; of the rest, their number.
fn shorten(diagnostics: &mut Vec<Diagnostic>, source: &Source) {
    let Some(more) = diagnostics
        .len()
        .checked_sub(MOST_SHOWN)
        .filter(|more| *more > 0)
    else {
        return;
    };
    // Errors first, so that none is left out for a warning.
    diagnostics.sort_by_key(|diagnostic| (diagnostic.severity, diagnostic.span.range.start));
    diagnostics.truncate(MOST_SHOWN);
    let message = format!("there is more that is wrong, {more} times");
    let mut rest = Diagnostic::error("too-many", message, source.start());
    rest.severity = diagnostics[0].severity;
    diagnostics.push(rest.help("correct what is above, and check again"));
}

/// The bytes as a text in which nothing is hidden.
pub(crate) fn as_text<'b>(
    bytes: &'b [u8],
    file: &Path,
) -> Result<&'b str, Box<(Source, Diagnostic)>> {
    let name = file.display().to_string();
    if bytes.len() > yaml::MAX_BYTES {
        let source = Source::new(name, "");
        let message = format!("the policy is longer than {} KiB", yaml::MAX_BYTES / 1024);
        let diagnostic = Diagnostic::error("policy-too-large", message, source.start());
        return Err(Box::new((
            source,
            diagnostic.help("share what repeats: `zones` and `path_sets` name paths once"),
        )));
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            let (valid, rest) = bytes.split_at(at);
            let valid = shown(&String::from_utf8_lossy(valid));
            let start = valid.len();
            let source = Source::new(name, valid + &shown(&String::from_utf8_lossy(rest)));
            let span = source.span(start..start + char::REPLACEMENT_CHARACTER.len_utf8());
            let diagnostic =
                Diagnostic::error("not-utf-8", "the policy is not UTF-8".to_owned(), span)
                    .label(format!("byte 0x{:02x}", bytes[at]))
                    .help("save the file as UTF-8");
            return Err(Box::new((source, diagnostic)));
        }
    };
    if bytes.iter().copied().all(is_plain) {
        return Ok(text);
    }
    let hidden = text
        .char_indices()
        .find(|(_, character)| is_hidden(*character));
    let Some((at, character)) = hidden else {
        return Ok(text);
    };
    let source = Source::new(name, shown(text));
    let span = source.span(at..at + char::REPLACEMENT_CHARACTER.len_utf8());
    let message = match character {
        '\u{feff}' if at == 0 => "the policy begins with a byte order mark".to_owned(),
        '\0' => "the policy has a NUL character".to_owned(),
        _ => format!(
            "the policy has a character that cannot be seen, U+{:04X}",
            u32::from(character)
        ),
    };
    let diagnostic = Diagnostic::error("hidden-character", message, span)
        .help("remove it; within double quotes it can be written as an escape");
    Err(Box::new((source, diagnostic)))
}

/// The text for a snippet: that something is there can be seen, and what it does to terminals is undone.
fn shown(text: &str) -> String {
    text.replace(is_hidden, "\u{fffd}")
}

/// What nobody need look at twice: most policies hold nothing else.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// What a reader of the policy would not see, or would see elsewhere than it is.
fn is_hidden(character: char) -> bool {
    let control = character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    control || is_bidirectional(character) || character == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_plain_is_hidden() {
        for byte in 0..=u8::MAX {
            assert!(!is_plain(byte) || !is_hidden(char::from(byte)), "{byte}");
        }
        assert!(is_plain(b'\n') && !is_plain(0x7f) && !is_plain(0xe2));
    }
}
