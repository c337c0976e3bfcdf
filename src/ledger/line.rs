//! A line of the ledger as it is read again, as far as anyone asks. What later versions add is passed over, and what
//! earlier ones did not write is empty.

use std::collections::BTreeSet;

use gix::bstr::BString;
use gix::hash::ObjectId;
use serde::Deserialize;

use super::entry::{Entry, Verdict};
use crate::policy::rule::Mode;
use crate::report::exceptions::Owed;
use crate::report::json::Text;

/// A decision that was recorded.
#[derive(Debug, Clone, Deserialize)]
pub struct Line {
    /// Its number, which an entry has once it is written.
    #[serde(default)]
    pub number: u64,
    /// When it was pushed, as RFC 3339 in UTC: sorted as text is sorted by time.
    pub time: String,
    /// The decision's id.
    pub id: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// `owner/name`.
    pub repository: Option<String>,
    /// Who pushed.
    #[serde(default)]
    pub pusher: Pusher,
    /// What it would do.
    pub updates: Vec<Update>,
    /// The rules that were not satisfied.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// The approvals that let changes in.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// The reviews that are owed since.
    #[serde(default)]
    pub debts_opened: Vec<Owed>,
    /// The reviews that were given.
    #[serde(default)]
    pub debts_paid: Vec<Owed>,
    /// Why the gate failed, or what was wrong with the push.
    pub failure: Option<String>,
    /// How long it took.
    #[serde(default)]
    pub milliseconds: u64,
}

/// Who pushed.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Pusher {
    /// The account.
    pub account: Option<String>,
    /// The person of the policy.
    pub person: Option<String>,
}

/// One ref.
#[derive(Debug, Clone, Deserialize)]
pub struct Update {
    r#ref: Text,
    resolved: Option<Text>,
    old: Option<String>,
    new: Option<String>,
}

/// What an update would do to the ref that holds the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The ref.
    pub name: BString,
    /// What it held.
    pub old: Option<ObjectId>,
    /// What it would hold.
    pub new: Option<ObjectId>,
}

/// An approval that let a change in.
#[derive(Debug, Clone, Deserialize)]
pub struct Evidence {
    /// The rule that it counted for.
    pub rule: String,
}

/// A rule that was not satisfied.
#[derive(Debug, Clone, Deserialize)]
pub struct Finding {
    /// Its id.
    pub rule: String,
    /// What it does.
    pub mode: Mode,
    /// Who has gone past it.
    pub bypass: Option<Bypass>,
    r#ref: Option<Text>,
    #[serde(default)]
    commits: Vec<String>,
    #[serde(default)]
    paths: Vec<Text>,
    #[serde(default)]
    missing: Vec<Missing>,
}

/// What would have satisfied a rule, as far as anyone asks.
#[derive(Debug, Clone, Deserialize)]
struct Missing {
    #[serde(default)]
    kind: String,
}

/// Who has gone past a rule.
#[derive(Debug, Clone, Deserialize)]
pub struct Bypass {
    /// Who.
    pub person: String,
    /// Why.
    pub reason: String,
}

impl Line {
    /// Reads one; `None` if it is no decision.
    pub fn read(line: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(tag = "event", rename_all = "snake_case")]
        enum Event {
            Decision(Box<Line>),
            #[serde(other)]
            Other,
        }
        match serde_json::from_slice(line).ok()? {
            Event::Decision(line) => Some(*line),
            Event::Other => None,
        }
    }

    /// What would be read again of an entry.
    pub fn of(entry: &Entry) -> Self {
        let written = serde_json::to_value(entry).and_then(serde_json::from_value);
        written.expect("an entry is what a line is read from")
    }

    /// The refs that it names, each once.
    pub fn refs(&self) -> BTreeSet<BString> {
        let names = self
            .updates
            .iter()
            .flat_map(|update| [Some(&update.r#ref), update.resolved.as_ref()]);
        let names = names.flatten().cloned();
        names.filter_map(Text::into_bytes).collect()
    }

    /// What it would do, ref by ref.
    pub fn moves(&self) -> impl Iterator<Item = Move> {
        let id = |hex: Option<&String>| ObjectId::from_hex(hex?.as_bytes()).ok();
        self.updates.iter().map(move |update| {
            let name = update.resolved.as_ref().unwrap_or(&update.r#ref);
            Move {
                // What is no hex was never written here, and is the name of no ref.
                name: name.clone().into_bytes().unwrap_or_default(),
                old: id(update.old.as_ref()),
                new: id(update.new.as_ref()),
            }
        })
    }

    /// The rules that were not satisfied, each once.
    pub fn rules(&self) -> BTreeSet<&str> {
        let rules = self.findings.iter();
        rules.map(|finding| &*finding.rule).collect()
    }

    /// Who has gone past rules, where that let the push in.
    pub fn bypass(&self) -> Option<&Bypass> {
        let mut bypasses = self
            .findings
            .iter()
            .filter_map(|found| found.bypass.as_ref());
        bypasses.next().filter(|_| self.verdict == Verdict::Allow)
    }

    /// Who pushed: the person, or where nobody is known the account.
    pub fn pushed_by(&self) -> Option<&str> {
        let Pusher { account, person } = &self.pusher;
        person.as_deref().or(account.as_deref())
    }
}

impl Finding {
    /// The ref whose update it is about.
    pub fn name(&self) -> Option<BString> {
        self.r#ref.clone()?.into_bytes()
    }

    /// The commits in question, as far as they were written down.
    pub fn commits(&self) -> impl Iterator<Item = ObjectId> {
        let ids = self.commits.iter();
        ids.filter_map(|hex| ObjectId::from_hex(hex.as_bytes()).ok())
    }

    /// The paths in question, as far as they were written down.
    pub fn paths(&self) -> BTreeSet<BString> {
        let paths = self.paths.iter().cloned();
        paths.filter_map(Text::into_bytes).collect()
    }

    /// Does a veto stand against it?
    pub fn is_vetoed(&self) -> bool {
        self.missing
            .iter()
            .any(|missing| missing.kind == "veto_lifted")
    }
}
