//! What is remembered of broken glass ([`Memory`]), in one file of lines of JSON that are only ever added:
//!
//! ```text
//! {"used":{"person":"alice","time":1790000000}}
//! {"debt":{"decision":"5a3e…","ref":"refs/heads/main","rule":"payments-approved","base":"…","head":"…",…}}
//! {"paid":{"decision":"5a3e…","ref":"refs/heads/main","rule":"payments-approved"}}
//! ```
//!
//! It lies with the states of refs, where no push reaches it, and not in the ledger, which may be rotated away.

use std::path::Path;

use gix::bstr::ByteSlice as _;
use gix::hash::ObjectId;
use serde::{Deserialize, Serialize};

use super::StateError;
use super::lines::{Held, Lines};
use crate::bypass::memory::{DebtId, Use};
use crate::bypass::{Debt, Memory};
use crate::report::json::{Text, text};

/// The file with a repository's memory of broken glass.
#[derive(Debug)]
pub struct Bypasses {
    lines: Lines,
}

/// The memory while nobody else can add to it.
#[derive(Debug)]
pub struct Turn {
    held: Held,
}

impl Bypasses {
    /// The memory in a repository's folder (see [`place`](super::place)). Nothing is read yet.
    pub fn below(folder: &Path) -> Self {
        Bypasses {
            lines: Lines::at(folder.join("bypasses")),
        }
    }

    /// A memory of nothing, for pushes of the past.
    pub fn none() -> Self {
        Bypasses {
            lines: Lines::at("/dev/null".into()),
        }
    }

    /// What is remembered.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged: what is forgotten would be forgiven.
    pub fn read(&self) -> Result<Memory, StateError> {
        self.lines.read(read_line)
    }

    /// Waits until nobody else decides on what is remembered.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn turn(&self) -> Result<Turn, StateError> {
        self.lines.hold().map(|held| Turn { held })
    }
}

impl Turn {
    /// Adds what is new.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, new: &Memory) -> Result<(), StateError> {
        self.held.append(&lines(new))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Used { person: String, time: i64 },
    Debt(DebtLine),
    Paid(IdLine),
}

#[derive(Serialize, Deserialize)]
struct IdLine {
    decision: String,
    r#ref: Text,
    rule: String,
}

#[derive(Serialize, Deserialize)]
struct DebtLine {
    #[serde(flatten)]
    id: IdLine,
    base: Option<String>,
    head: String,
    person: String,
    account: Option<String>,
    opened: i64,
    due: i64,
}

fn read_line(memory: &mut Memory, line: &[u8]) -> Option<()> {
    let id = |line: IdLine| {
        Some(DebtId {
            decision: line.decision,
            name: line.r#ref.into_bytes()?,
            rule: line.rule,
        })
    };
    let object = |hex: &String| ObjectId::from_hex(hex.as_bytes()).ok();
    match serde_json::from_slice(line).ok()? {
        Line::Used { person, time } => memory.uses.push(Use { person, time }),
        Line::Debt(line) => memory.debts.push(Debt {
            id: id(line.id)?,
            base: match &line.base {
                Some(base) => Some(object(base)?),
                None => None,
            },
            head: object(&line.head)?,
            person: line.person,
            account: line.account,
            opened: line.opened,
            due: line.due,
        }),
        Line::Paid(line) => {
            memory.paid.insert(id(line)?);
        }
    }
    Some(())
}

fn lines(memory: &Memory) -> Vec<u8> {
    let id = |id: &DebtId| IdLine {
        decision: id.decision.clone(),
        r#ref: text(id.name.as_bstr()),
        rule: id.rule.clone(),
    };
    let uses = memory.uses.iter().map(|used| Line::Used {
        person: used.person.clone(),
        time: used.time,
    });
    let debts = memory.debts.iter().map(|debt| {
        Line::Debt(DebtLine {
            id: id(&debt.id),
            base: debt.base.map(|base| base.to_string()),
            head: debt.head.to_string(),
            person: debt.person.clone(),
            account: debt.account.clone(),
            opened: debt.opened,
            due: debt.due,
        })
    });
    let paid = memory.paid.iter().map(|paid| Line::Paid(id(paid)));
    let mut lines = Vec::new();
    for line in uses.chain(debts).chain(paid) {
        let line = serde_json::to_vec(&line);
        lines.extend(line.expect("strings and numbers always make JSON"));
        lines.push(b'\n');
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_damage_is_told() {
        let id = DebtId {
            decision: "5a3e".to_owned(),
            name: b"refs/heads/\xff".into(),
            rule: "payments-approved".to_owned(),
        };
        let memory = Memory {
            uses: vec![Use {
                person: "alice".to_owned(),
                time: 7,
            }],
            debts: vec![Debt {
                id: id.clone(),
                base: None,
                head: ObjectId::null(gix::hash::Kind::Sha1),
                person: "alice".to_owned(),
                account: None,
                opened: 7,
                due: 9,
            }],
            paid: [id].into(),
        };
        let folder = tempfile::tempdir().expect("a folder");
        let bypasses = Bypasses::below(folder.path());
        assert_eq!(bypasses.read().expect("nothing yet"), Memory::default());
        let append = || bypasses.turn()?.append(&memory);
        append().expect("written");
        assert_eq!(bypasses.read().expect("read"), memory);
        let path = folder.path().join("bypasses");
        let torn = [&lines(&memory)[..], b"{\"used\":{\"pers"].concat();
        fs::write(&path, torn).expect("written");
        assert_eq!(bypasses.read().expect("what is whole is read"), memory);
        append().expect("written");
        assert_eq!(bypasses.read().expect("read").uses.len(), 2);
        fs::write(&path, "{\"used\":{}}\n").expect("written");
        assert!(bypasses.read().is_err());
    }
}
