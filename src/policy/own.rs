//! Rules that a repository adds to the policy of its server, where that has `repo_policy: tighten`.
//!
//! Whoever may write to a repository writes this text, so it is held to little of everything, and can only ask for more:
//! see [`compile`](super::compile) on why it weakens nothing. Where it is read, and what becomes of a push while it is
//! wrong, is [`origin::own`](crate::origin::own)'s to say.

use std::path::Path;

use super::compile::{Addition, Material, compile};
use super::diagnostic::{Diagnostic, Severity, Source};
use super::load::{Loaded, as_text};
use super::written::{self, own::Own};
use super::yaml::Document;
use super::{Policy, schema};
use crate::digest::sha256;

/// Where it is, from the root of the repository.
pub const FILE: &str = ".portcullis.yml";

/// It is not longer, in bytes.
pub const MAX_BYTES: usize = 16 << 10;

/// Most values, after its aliases are followed.
const MAX_VALUES: usize = 10_000;

/// More mistakes than this are not told to a pusher.
const MOST_TOLD: usize = 5;

/// What is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(diagnostics))]
pub struct OwnError {
    /// Its text, for showing the mistakes.
    pub text: Source,
    /// The mistakes.
    pub diagnostics: Vec<Diagnostic>,
}

impl Loaded {
    /// The policy with the rules that a repository adds in `bytes`; it can be tightened again, with others in their place.
    ///
    /// # Errors
    /// When these are wrong; the policy stays as it was.
    pub fn tighten(&mut self, bytes: &[u8]) -> Result<(), Box<OwnError>> {
        let policy = self.tightened(bytes)?;
        let keyring = std::mem::take(&mut self.policy.keyring);
        self.policy = Policy { keyring, ..policy };
        Ok(())
    }

    /// Could the policy be tightened by `bytes`?
    ///
    /// # Errors
    /// Why not.
    pub fn check_own(&self, bytes: &[u8]) -> Result<(), Box<OwnError>> {
        self.tightened(bytes).map(drop)
    }

    /// The policy without its keys, tightened.
    fn tightened(&self, bytes: &[u8]) -> Result<Policy, Box<OwnError>> {
        let source = text(bytes)?;
        let mut diagnostics = Vec::new();
        if let Some(mut policy) = self.with(&source, &mut diagnostics) {
            policy.digest = sha256(format!("{}\n{}", policy.digest, source.text));
            return Ok(policy);
        }
        diagnostics.retain(|diagnostic| diagnostic.severity == Severity::Error);
        diagnostics.sort_by_key(|diagnostic| diagnostic.span.range.start);
        diagnostics.dedup();
        Err(Box::new(OwnError {
            text: source,
            diagnostics,
        }))
    }

    fn with(&self, own: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Policy> {
        let nowhere = |_: &str| Vec::new();
        let mut own_document = Document::read_within(own, MAX_VALUES, diagnostics)?;
        let addition: Own = written::read::read(&mut own_document, own, nowhere, diagnostics)?;
        // A mistake in what could be read after all must not leave a rule out.
        if !diagnostics.is_empty() {
            return None;
        }
        // The policy was right before, and is so again: nothing is reported of it.
        let mut of_policy = Vec::new();
        let mut document = Document::read(&self.source, &mut of_policy)?;
        let written = written::read::read(
            &mut document,
            &self.source,
            schema::places_of_key,
            &mut of_policy,
        )?;
        let material = Material {
            written: &written,
            file: &self.policy.file,
            files: None,
            own: Some(Addition {
                written: &addition,
                document: &mut own_document,
                source: own,
                diagnostics,
            }),
            later: None,
        };
        compile(material, &mut document, &self.source, &mut of_policy)
    }
}

fn text(bytes: &[u8]) -> Result<Source, Box<OwnError>> {
    let wrong = |text, diagnostic| {
        Box::new(OwnError {
            text,
            diagnostics: vec![diagnostic],
        })
    };
    if bytes.len() > MAX_BYTES {
        let source = Source::new(FILE, "");
        let message = format!("it is longer than {} KiB", MAX_BYTES >> 10);
        let diagnostic = Diagnostic::error("policy-too-large", message, source.start());
        return Err(wrong(source, diagnostic));
    }
    match as_text(bytes, Path::new(FILE)) {
        Ok(text) => Ok(Source::new(FILE, text)),
        Err(found) => Err(wrong(found.0, found.1)),
    }
}

/// `.portcullis.yml:3:5: unknown key `mode``, and so on.
fn told(diagnostics: &[Diagnostic]) -> String {
    let shown = diagnostics.iter().take(MOST_TOLD).map(|diagnostic| {
        let span = &diagnostic.span;
        let (line, column) = (span.line, span.column);
        format!("{FILE}:{line}:{column}: {}", diagnostic.message)
    });
    let mut told: Vec<_> = shown.collect();
    if let Some(more @ 1..) = diagnostics.len().checked_sub(MOST_TOLD) {
        told.push(format!("and {more} more"));
    }
    told.join("; ")
}
