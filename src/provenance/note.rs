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
//! cannot be read says that an agent was there, since only tools that work with agents write such notes.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::ByteSlice as _;
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

/// What the note `content` says; `None` if it names no agent.
pub fn read(content: &[u8]) -> Option<Evidence> {
    match parse(content) {
        Ok(None) => None,
        Ok(Some((agents, lines))) => {
            let agents: Vec<_> = agents.into_iter().collect();
            let text = format!("{lines} lines by {}", agents.join(", "));
            Some(Evidence::new(
                Ai::Assisted,
                None,
                Seen::Note,
                text.as_bytes(),
            ))
        }
        Err(why) => Some(unreadable(why)),
    }
}

/// What a note says that is no text.
pub fn unreadable(why: &str) -> Evidence {
    Evidence::new(Ai::Assisted, None, Seen::UnreadableNote, why.as_bytes())
}

/// The agents of a note, and how many lines are theirs.
fn parse(content: &[u8]) -> Result<Option<(BTreeSet<String>, u64)>, &'static str> {
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
    match (agents.is_empty(), lines) {
        (true, 0) => Ok(None),
        (true, _) => Err("it names nobody for the lines that are not a human's"),
        (false, lines) => Ok(Some((agents, lines))),
    }
}

/// How many lines are not a human's. Paths stand at the beginning of a line, keys and their ranges behind two spaces.
fn lines_of_agents(text: &[u8]) -> Result<u64, &'static str> {
    let mut count: u64 = 0;
    for line in text.lines() {
        let Some(entry) = line.strip_prefix(b"  ") else {
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
            let lines = last
                .checked_sub(first)
                .ok_or("lines that end before they begin")?;
            count += u64::from(lines) + 1;
        }
    }
    Ok(count)
}
