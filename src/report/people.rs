//! What becomes of a file of people: in words, and for programs (`portcullis/people/v1`).

use serde_json::{Value, json};

use super::escape::Name;
use super::layout::{COLUMNS, wrap};
use super::words::counted;
use crate::people::changes::{Changes, Difference};
use crate::people::{Findings, Kind, Person};
use crate::signature::ssh::PublicKey;

/// What was found, and what was done with it.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// The file, as it was named.
    pub file: &'a str,
    /// Where the people come from.
    pub source: &'a str,
    /// What that says.
    pub findings: &'a Findings,
    /// What is not as the file has it.
    pub changes: &'a Changes,
    /// What was done.
    pub verdict: Verdict,
}

/// What was done with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing: it is as it should be.
    Unchanged,
    /// It was written.
    Changed,
    /// It would have been, if that had been asked.
    WouldChange,
    /// Nothing, since people would go whom the source has no word on.
    Refused,
}

/// The report for people.
pub fn report(outcome: &Outcome<'_>) -> String {
    let mut page = String::new();
    let mut line = |first: &str, text: &str| {
        page += &wrap(text, first, "    ", COLUMNS);
        page.push('\n');
    };
    let Changes {
        added,
        removed,
        changed,
        groups,
    } = outcome.changes;
    for name in added {
        let person = &outcome.findings.roster.people[name];
        line(
            "+ ",
            &format!("{}: {}", shown(name), person_in_words(person)),
        );
    }
    for removed in removed {
        let why = removed.why.as_deref().unwrap_or("no longer there");
        line("- ", &format!("{}: {}", shown(&removed.name), shown(why)));
    }
    for changed in changed {
        let differences: Vec<_> = changed
            .differences
            .iter()
            .map(|difference| format!("{} {}", difference.of, in_words(difference)))
            .collect();
        line(
            "~ ",
            &format!("{}: {}", shown(&changed.name), differences.join("; ")),
        );
    }
    for group in groups {
        line(
            "~ group ",
            &format!("{}: {}", shown(&group.of), in_words(group)),
        );
    }
    for note in &outcome.findings.notes {
        line("note: ", note);
    }
    let roster = &outcome.findings.roster;
    let people = counted(roster.people.len() as u64, "person", "people");
    let in_groups = counted(roster.groups.len() as u64, "group", "groups");
    let done = match outcome.verdict {
        Verdict::Unchanged => "up to date",
        Verdict::Changed => "written",
        Verdict::WouldChange => "would be written",
        Verdict::Refused => "not written",
    };
    let comments = if outcome.verdict != Verdict::Unchanged && outcome.changes.is_empty() {
        " (other comments only)"
    } else {
        ""
    };
    line(
        "",
        &format!(
            "{}: {done}{comments}, with {people} and {in_groups}",
            shown(outcome.file)
        ),
    );
    page
}

/// The report for programs.
pub fn json(outcome: &Outcome<'_>) -> Value {
    let roster = &outcome.findings.roster;
    json!({
        "schema": "portcullis/people/v1",
        "file": outcome.file,
        "source": outcome.source,
        "verdict": outcome.verdict,
        "people": roster.people.len(),
        "groups": roster.groups.len(),
        "changes": outcome.changes,
        "left_out": roster.left_out,
        "notes": outcome.findings.notes,
    })
}

fn person_in_words(person: &Person) -> String {
    let mut words: Vec<String> = person.emails.iter().map(|email| shown(email)).collect();
    let accounts: Vec<String> = person
        .accounts
        .iter()
        .map(|account| shown(account))
        .collect();
    if !accounts.is_empty() {
        words.push(format!("account {}", accounts.join(" and ")));
    }
    words.push(counted(person.keys.len() as u64, "key", "keys"));
    match person.kind {
        Kind::Human => {}
        Kind::Bot => words.push("a bot".to_owned()),
        Kind::Agent => words.push("an agent".to_owned()),
    }
    words.join(", ")
}

fn in_words(difference: &Difference) -> String {
    let signed = |sign: char, texts: &[String]| -> Vec<String> {
        texts
            .iter()
            .map(|text| format!("{sign}{}", short(text)))
            .collect()
    };
    let mut all = signed('+', &difference.added);
    all.extend(signed('-', &difference.removed));
    all.join(", ")
}

/// A key by its fingerprint, by which people know it.
fn short(text: &str) -> String {
    match PublicKey::from_line(text) {
        Ok(key) => key.fingerprint(),
        Err(_) => shown(text),
    }
}

fn shown(text: &str) -> String {
    Name(text.as_bytes()).to_string()
}
