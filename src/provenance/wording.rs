//! What trailers and footers call agents: all names of a catalogue in two expressions, so that a message is read once
//! however many there are.

use std::collections::HashMap;

use regex::bytes::{Captures, Regex};

use super::marker::Marker;

/// Who may stand before a name: `GitHub Copilot`, `openai:gpt-5.5`.
const MAKER: &str = r"(?:(?:github|openai|google|anthropic|sourcegraph|amazon)[ :/]+)?";

/// What may follow an ordinary word, beside other names, for it to mean an agent.
const QUALIFIERS: &str =
    "agent|ai|bot|cli|code|assistant|pro|flash|mini|max|via|with|and|using|on|in";

/// The names of a catalogue.
#[derive(Debug)]
pub(super) struct Wording {
    in_value: Regex,
    in_footer: Regex,
    /// By the name in small letters, without blanks and hyphens.
    by_name: HashMap<Vec<u8>, usize>,
}

/// An agent that is named in a text.
pub(super) struct Named<'t> {
    /// Which, by its position in the catalogue.
    pub position: usize,
    /// Nobody but the agent is called so.
    pub is_unmistakable: bool,
    /// The line, or the value.
    pub text: &'t [u8],
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
            r"(?:[ \t]*\r?$|[ \t]*[\]:/(\[,;.+&@|]|[ -]v?[0-9]|[ \t-]+(?:{QUALIFIERS}|{names}|{words})\b)"
        );
        let named = format!(r"(?:the +)?{MAKER}(?:(?P<name>{names})\b|(?P<word>{words}){end})");
        let expression = |text: &str| {
            Regex::new(&format!("(?im-u){text}")).expect("names are escaped, and the rest is fixed")
        };
        Wording {
            in_value: expression(&format!(r"\A[ \t]*{named}")),
            // Before it stand emoji, list marks, quotation marks.
            in_footer: expression(&format!(
                r"^[^a-z0-9\n]{{0,16}}(?:generated|made|created|written|co-?authored)[ \t]+(?:with|by|using)[ \t]+\[?{named}[^\n]*"
            )),
            by_name,
        }
    }

    /// The agent that the value of a trailer begins with.
    pub(super) fn in_value<'t>(&self, value: &'t [u8]) -> Option<Named<'t>> {
        let captures = self.in_value.captures(value)?;
        self.named(&captures, value)
    }

    /// The agents of lines such as `🤖 Generated with [Claude Code](https://claude.com/claude-code)`.
    pub(super) fn in_footers<'t>(&self, text: &'t [u8]) -> impl Iterator<Item = Named<'t>> {
        self.in_footer.captures_iter(text).filter_map(|captures| {
            let line = captures.get(0)?.as_bytes();
            self.named(&captures, line)
        })
    }

    fn named<'t>(&self, captures: &Captures<'_>, text: &'t [u8]) -> Option<Named<'t>> {
        let name = captures.name("name");
        let found = name.or_else(|| captures.name("word"))?;
        Some(Named {
            position: *self.by_name.get(&key(found.as_bytes()))?,
            is_unmistakable: name.is_some(),
            text,
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
