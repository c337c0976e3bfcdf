//! What the chain of a ledger proves, for people and for programs (`portcullis/audit/v1`).

use std::path::Path;

use serde_json::{Value, json};

use super::escape::Name;
use super::layout::{COLUMNS, wrap};
use crate::ledger::chain::{Break, Proof, Tampering};
use crate::ledger::entry::Verdict;
use crate::ledger::line::Line;

/// Breaks that are shown one by one.
const SHOWN: usize = 10;

/// The report for people; `file` is the ledger.
pub fn report(proof: &Proof, file: &Path) -> String {
    let mut page = String::new();
    let mut add = |first: &str, words: &str| {
        page += &wrap(words, first, "    ", COLUMNS);
        page.push('\n');
    };
    let name = file.display();
    if proof.breaks.is_empty() {
        let hash = &proof.hash;
        add(
            "",
            &format!(
                "{name}: {} lines, the chain is whole; line {} has the hash\n  {hash}",
                proof.lines, proof.last
            ),
        );
    } else {
        add(
            "",
            &format!(
                "{name}: {} lines, the chain is broken in {} places, first here:",
                proof.lines,
                proof.breaks.len()
            ),
        );
    }
    for broken in proof.breaks.iter().take(SHOWN) {
        add("  error: ", &in_words(broken));
    }
    if proof.breaks.len() > SHOWN {
        add("  ", &format!("+{} more", proof.breaks.len() - SHOWN));
    }
    if !proof.breaks.is_empty() {
        add(
            "  ",
            "Compare with a backup, and ask who could write the file. What follows a break is a chain of its own.",
        );
    }
    if let Some(before) = &proof.begins_after {
        add(
            "  note: ",
            &format!("it goes on from {before}, which was not read"),
        );
    }
    if proof.sealed > 0 {
        add(
            "  note: ",
            &format!(
                "{} lines were cut off by a crash or a full disk, and sealed",
                proof.sealed
            ),
        );
    }
    if proof.is_torn {
        add(
            "  note: ",
            "the last line is cut off; the next push seals it",
        );
    }
    page
}

/// The report for programs.
pub fn json(proof: &Proof, file: &Path) -> Value {
    let breaks = proof.breaks.iter().map(|broken| {
        json!({
            "file": broken.file.display().to_string(),
            "line": broken.line,
            "kind": match broken.what {
                Tampering::Changed => "changed",
                Tampering::Inserted => "inserted",
                Tampering::Removed { .. } => "removed",
            },
            "message": in_words(broken),
        })
    });
    json!({
        "schema": "portcullis/audit/v1",
        "file": file.display().to_string(),
        "lines": proof.lines,
        "last": proof.last,
        "hash": proof.hash,
        "sealed": proof.sealed,
        "torn": proof.is_torn,
        "begins_after": proof.begins_after,
        "breaks": breaks.collect::<Vec<_>>(),
    })
}

/// What the ledger has of one decision, for people.
pub fn decided(decided: &Line) -> String {
    let name = |text: &Option<String>| {
        let text = text.as_deref().unwrap_or("unknown");
        Name(text.as_bytes()).to_string()
    };
    let verdict = match decided.verdict {
        Verdict::Allow => "accepted",
        Verdict::Deny => "refused",
        Verdict::Failed => "refused, since it could not be judged",
    };
    let mut page = format!(
        "recorded in line {} of the ledger, {}: {verdict}\n  repository   {}\n  pusher       {}\n",
        decided.number,
        Name(decided.time.as_bytes()),
        name(&decided.repository),
        name(&decided.pusher.account),
    );
    for finding in &decided.findings {
        page += &format!("  not met      {}\n", Name(finding.rule.as_bytes()));
    }
    page + "\n"
}

fn in_words(broken: &Break) -> String {
    let place = format!("{}:{}", broken.file.display(), broken.line);
    match broken.what {
        Tampering::Changed => format!("{place}: this line was changed"),
        Tampering::Inserted => format!("{place}: this line was put in"),
        Tampering::Removed { first, last } if first == last => {
            format!("{place}: line number {first} was removed before this one")
        }
        Tampering::Removed { first, last } => {
            format!("{place}: lines number {first} to {last} were removed before this one")
        }
    }
}
