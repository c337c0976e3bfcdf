//! From the tree to the written types, with all mistakes at once.
//!
//! serde stops at the first one. So that node is taken out of the tree and reading starts again, until nothing is
//! wrong any more or too much is. What is missing only because it was taken out is not reported.

use serde::Deserialize;

use super::super::diagnostic::{Diagnostic, Source};
use super::super::place::Place;
use super::super::yaml::de::Error;
use super::super::yaml::{Document, quoted};

/// Mistakes after which reading ends: whoever has this many has the wrong file, or one root cause.
const MOST: usize = 50;

/// Where a key that is unknown in its place would be known.
type PlacesOfKey = fn(&str) -> Vec<String>;

/// Reads what can be read; what cannot is taken out of `document` and reported.
pub fn read<T: for<'de> Deserialize<'de>>(
    document: &mut Document,
    source: &Source,
    places_of_key: PlacesOfKey,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    for _ in 0..MOST {
        let error = match serde_path_to_error::deserialize(&document.root) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        document.mark(source);
        let place = Place::from(error.path());
        let error = error.into_inner();
        let follows_from_another =
            matches!(error, Error::MissingKey(_)) && place.is_damaged(&document.root);
        if !follows_from_another {
            diagnostics.push(explain(&error, &place, document, source, places_of_key));
        }
        match place.find_mut(&mut document.root) {
            Some(node) if place != Place::top() => node.removed = true,
            _ => return None,
        }
    }
    None
}

fn explain(
    error: &Error,
    place: &Place,
    document: &Document,
    source: &Source,
    places_of_key: PlacesOfKey,
) -> Diagnostic {
    let key = place.name();
    let at_value = || place.span(&document.root, source);
    let at_key = || place.clone().at_key().span(&document.root, source);
    match error {
        Error::UnknownKey { key, known } => {
            let diagnostic =
                Diagnostic::error("unknown-key", format!("unknown key `{key}`"), at_key());
            if let Some(close) = closest(key, known.iter().copied()) {
                return diagnostic.help(format!("did you mean `{close}`?"));
            }
            let elsewhere = places_of_key(key);
            if elsewhere.is_empty() {
                diagnostic.help(format!("here may stand: {}", known.join(", ")))
            } else {
                diagnostic.help(format!(
                    "that key belongs at `{}`",
                    elsewhere.join("` or `")
                ))
            }
        }
        Error::UnknownWord { word, known } => {
            let diagnostic = Diagnostic::error(
                "unknown-word",
                format!("`{word}` is no value of {key}"),
                at_value(),
            );
            match closest(word, known.iter().copied()) {
                Some(close) => diagnostic.help(format!("did you mean `{close}`?")),
                None => diagnostic.help(format!("it takes: {}", known.join(", "))),
            }
        }
        Error::MissingKey(missing) => {
            Diagnostic::error("missing-key", format!("`{missing}` is missing"), at_value())
                .help(format!("add `{missing}: …`"))
        }
        Error::WrongKind {
            found,
            quotable,
            expected,
        } => {
            let span = at_value();
            let text = source
                .text
                .get(span.range.clone())
                .unwrap_or_default()
                .to_owned();
            let diagnostic = Diagnostic::error(
                "wrong-kind",
                format!("{key} takes {}, not {found}", plain(expected)),
                span,
            );
            if *quotable && expected.contains("string") || expected.contains("one value") {
                diagnostic.help(format!(
                    "if it is meant as a text, quote it: {}",
                    quoted(&text)
                ))
            } else {
                diagnostic
            }
        }
        Error::Other(message) => Diagnostic::error("bad-value", message.clone(), at_value()),
    }
}

/// The name among `known` that `name` was probably meant to be.
pub fn closest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(name, candidate),
                strsim::damerau_levenshtein(name, candidate),
                candidate,
            )
        })
        .filter(|(alike, edits, _)| *alike > 0.84 || *edits <= 1 && name.len() > 2)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(.., candidate)| candidate)
}

/// serde's words for what is needed, in the policy author's.
fn plain(expected: &str) -> &str {
    match expected {
        "a string" | "string" => "a text",
        "a boolean" => "`true` or `false`",
        "a sequence" => "a list",
        "u32" | "u64" | "usize" => "a whole number",
        other if other.starts_with("struct ") => "a map",
        other => other,
    }
}
