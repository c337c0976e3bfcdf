//! Notes of git-ai: which lines of a commit agents wrote, as the tool saw it (the Git AI Standard, `authorship/3.0.0`,
//! below `refs/notes/ai`).
//!
//! ```text
//! src/main.rs
//!   s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-10,15
//!   h_31dce776f88375 20-25
//! ---
//! {"schema_version": "authorship/3.0.0", "sessions": {"s_c9883b05a2487d": {"agent_id": {"tool": "cursor", "model": "…"}}}}
//! ```
//!
//! A note can raise what is known of its commit and never lower it: one that names no agent says nothing, and one that
//! cannot be read says that an agent was there, since only tools that work with agents write such notes. Where two keys
//! claim a line, an agent's counts.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};
use serde::Deserialize;

use super::{Ai, Evidence, Seen};

/// Where the notes are.
pub const REF: &str = "refs/notes/ai";

/// What is longer is not read.
const LONGEST: usize = 4 << 20;

/// What stands between the lines and the rest.
const DIVIDER: &[u8] = b"---";

/// The part of a note that is read.
#[derive(Deserialize)]
struct Metadata {
    schema_version: String,
    #[serde(default)]
    prompts: BTreeMap<String, Session>,
    #[serde(default)]
    sessions: BTreeMap<String, Session>,
}

#[derive(Deserialize)]
struct Session {
    agent_id: AgentId,
}

#[derive(Deserialize)]
struct AgentId {
    tool: String,
    #[serde(default)]
    model: String,
}

/// What a note says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// Of its commit; `None` if it names no agent.
    pub evidence: Option<Evidence>,
    /// Of single lines.
    pub lines: AgentLines,
}

/// Lines of the files of one commit that agents wrote, by their numbers there.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AgentLines(BTreeMap<BString, Vec<(u32, u32)>>);

/// Reads a note.
pub fn read(content: &[u8]) -> Note {
    match parse(content) {
        Ok((agents, lines)) if agents.is_empty() && lines.is_empty() => Note::default(),
        Ok((agents, lines)) => {
            let agents: Vec<_> = agents.into_iter().collect();
            let text = format!("{} lines by {}", lines.count(), agents.join(", "));
            let evidence = Evidence::new(Ai::Assisted, None, Seen::Note, text.as_bytes());
            Note {
                evidence: Some(evidence),
                lines,
            }
        }
        Err(why) => unreadable(why),
    }
}

/// What a note says that cannot be read.
pub fn unreadable(why: &str) -> Note {
    let evidence = Evidence::new(Ai::Assisted, None, Seen::UnreadableNote, why.as_bytes());
    Note {
        evidence: Some(evidence),
        lines: AgentLines::default(),
    }
}

impl AgentLines {
    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Does the note say that an agent wrote this line?
    pub fn has(&self, path: &BStr, number: u64) -> bool {
        let ranges = self.0.get(path).map_or(&[][..], Vec::as_slice);
        let after = ranges.partition_point(|&(first, _)| u64::from(first) <= number);
        after
            .checked_sub(1)
            .is_some_and(|before| number <= u64::from(ranges[before].1))
    }

    fn count(&self) -> u64 {
        let ranges = self.0.values().flatten();
        ranges
            .map(|&(first, last)| u64::from(last - first) + 1)
            .sum()
    }

    /// Puts the ranges of each file in order, none of them touching another.
    fn normalise(&mut self) {
        for ranges in self.0.values_mut() {
            ranges.sort_unstable();
            ranges.dedup_by(|next, kept| {
                let is_one = next.0 <= kept.1.saturating_add(1);
                if is_one {
                    kept.1 = kept.1.max(next.1);
                }
                is_one
            });
        }
        self.0.retain(|_, ranges| !ranges.is_empty());
    }
}

/// The agents of a note, and which lines are theirs.
fn parse(content: &[u8]) -> Result<(BTreeSet<String>, AgentLines), &'static str> {
    if content.len() > LONGEST {
        return Err("it is too long");
    }
    let divider = content
        .lines_with_terminator()
        .scan(0, |end, line| {
            let start = *end;
            *end += line.len();
            Some((start, *end, line.trim_end_with(|sign| sign == '\n')))
        })
        .find(|(_, _, line)| *line == DIVIDER);
    let (end, start, _) = divider.ok_or("it has no `---`")?;
    let metadata: Metadata =
        serde_json::from_slice(&content[start..]).map_err(|_| "what follows `---` is no record")?;
    if !metadata.schema_version.starts_with("authorship/") {
        return Err("it is of no version that is known");
    }
    let lines = lines_of_agents(&content[..end])?;
    let records = metadata.sessions.values().chain(metadata.prompts.values());
    let agents: BTreeSet<String> = records
        .map(|record| {
            let AgentId { tool, model } = &record.agent_id;
            if model.is_empty() {
                tool.clone()
            } else {
                format!("{tool} ({model})")
            }
        })
        .collect();
    if agents.is_empty() && !lines.is_empty() {
        return Err("it names nobody for the lines that are not a human's");
    }
    Ok((agents, lines))
}

/// The lines that are not a human's. Paths stand at the beginning of a line, in quotes where they hold spaces; keys and
/// their ranges behind two spaces.
fn lines_of_agents(text: &[u8]) -> Result<AgentLines, &'static str> {
    let mut lines = AgentLines::default();
    let mut ranges_of_file: &mut Vec<(u32, u32)> = &mut Vec::new();
    for line in text.lines() {
        let Some(entry) = line.strip_prefix(b"  ") else {
            let quoted = line
                .strip_prefix(b"\"")
                .and_then(|line| line.strip_suffix(b"\""));
            let path = BString::from(quoted.unwrap_or(line));
            ranges_of_file = lines.0.entry(path).or_default();
            continue;
        };
        let (key, ranges) = entry.split_once_str(" ").ok_or("a key without lines")?;
        if key.starts_with(b"h_") {
            continue;
        }
        for range in ranges.split_str(",") {
            let (first, last) = range.split_once_str("-").unwrap_or((range, range));
            let number = |digits: &[u8]| digits.to_str().ok()?.parse::<u32>().ok();
            let (first, last) = number(first)
                .zip(number(last))
                .ok_or("lines that are no numbers")?;
            if last < first {
                return Err("lines that end before they begin");
            }
            ranges_of_file.push((first, last));
        }
    }
    lines.normalise();
    Ok(lines)
}
