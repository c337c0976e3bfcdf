//! What trailers and footers call agents: all names of a catalogue in one expression, however many there are.

use std::collections::HashMap;

use regex::bytes::Regex;

use super::marker::Marker;

/// Who may stand before a name: `GitHub Copilot`, `openai:gpt-5.5`.
const MAKER: &str = r"(?:(?:github|openai|google|anthropic|sourcegraph|amazon)[ :/]+)?";

/// What may follow an ordinary word, beside other names, for it to mean an agent.
const QUALIFIERS: &str =
    "agent|ai|bot|cli|code|assistant|pro|flash|mini|max|via|with|and|using|on|in";

/// The names of a catalogue.
#[derive(Debug)]
pub(super) struct Wording {
    at_start: Regex,
    /// By the name in small letters, without blanks and hyphens.
    by_name: HashMap<Vec<u8>, usize>,
}

/// An agent that is named in a text.
pub(super) struct Named {
    /// Which, by its position in the catalogue.
    pub position: usize,
    /// Nobody but the agent is called so.
    pub is_unmistakable: bool,
}

impl Wording {
    pub(super) fn of(markers: &[Marker]) -> Self {
        let mut by_name = HashMap::new();
        for (position, marker) in markers.iter().enumerate() {
            for name in marker.names.iter().chain(&marker.words) {
                by_name.entry(key(name.as_bytes())).or_insert(position);
            }
        }
        let names = alternatives(markers.iter().flat_map(|marker| &marker.names));
        let words = alternatives(markers.iter().flat_map(|marker| &marker.words));
        // `Claude:opus`, `Claude (4.5)`, `Opus 4.7`, `Cursor with Claude`; not `Claude Paroz`.
        let end = format!(
            r"(?:[ \t]*\z|[ \t]*[\]:/(\[,;.+&@|]|[ -]v?[0-9]|[ \t-]+(?:{QUALIFIERS}|{names}|{words})\b)"
        );
        let at_start = format!(
            r"(?i-u)\A[ \t]*(?:the +)?{MAKER}(?:(?P<name>{names})\b|(?P<word>{words}){end})"
        );
        Wording {
            at_start: Regex::new(&at_start).expect("names are escaped, and the rest is fixed"),
            by_name,
        }
    }

    /// The agent that a text begins with, such as `Claude Code (Sonnet 4.6)`.
    pub(super) fn at_start(&self, text: &[u8]) -> Option<Named> {
        let captures = self.at_start.captures(text)?;
        let name = captures.name("name");
        let found = name.or_else(|| captures.name("word"))?;
        Some(Named {
            position: *self.by_name.get(&key(found.as_bytes()))?,
            is_unmistakable: name.is_some(),
        })
    }
}

/// The names as one expression, longer ones first. Blanks in them may be hyphens, or missing.
fn alternatives<'n>(names: impl Iterator<Item = &'n String>) -> String {
    let mut names: Vec<&str> = names.map(String::as_str).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let escaped: Vec<String> = names
        .into_iter()
        .map(|name| {
            name.split(' ')
                .map(regex::escape)
                .collect::<Vec<_>>()
                .join("[ _-]?")
        })
        .collect();
    if escaped.is_empty() {
        // Matches nowhere.
        "[^\\s\\S]".to_owned()
    } else {
        escaped.join("|")
    }
}

fn key(name: &[u8]) -> Vec<u8> {
    let is_kept = |byte: &&u8| !matches!(byte, b' ' | b'_' | b'-');
    name.iter()
        .filter(is_kept)
        .map(u8::to_ascii_lowercase)
        .collect()
}
