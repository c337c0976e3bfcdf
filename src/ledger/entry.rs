//! What a line of the ledger says of a push.
//!
//! Names and ids, no content: nothing that was pushed goes in but the names of refs and paths. Lists are capped, but for
//! the updates of an accepted push, which are the history of its refs.

use std::collections::BTreeSet;
use std::time::Duration;

use gix::bstr::{BString, ByteSlice as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bypass::memory::DebtId;
use crate::decision::{Counted, Decision, Finding, Paid, RuleOutcome, UpdateOutcome, paths};
use crate::policy::rule::{Means, Mode};
use crate::provenance::{Ai, Share};
use crate::push::RefUpdate;
use crate::report::exceptions::{Bypass, Owed, Waived};
use crate::report::json::{Text, text};
use crate::report::words;

/// Commits and paths of a finding, and elements of any other list.
const MOST: usize = 100;

/// Bytes of a text that a pusher or an admin chose.
const LONGEST: usize = 500;

/// What happened.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A push was decided, or could not be.
    Decision(Box<Entry>),
    /// The line before was cut off in the middle, by a crash or a full disk.
    Sealed {
        /// When that was found.
        time: String,
        /// SHA-256 of the last line that is whole.
        whole: String,
        /// The same for people.
        note: &'static str,
    },
    /// The ledger goes on from another file.
    Continued {
        /// When.
        time: String,
        /// The name that the other file got.
        from: String,
    },
}

/// A push and what became of it.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// When it was pushed.
    pub time: String,
    /// The decision's id; `None` where there is no decision.
    pub id: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// `owner/name`.
    pub repository: Option<String>,
    /// Who pushed.
    pub pusher: Pusher,
    /// What it would do.
    pub updates: Vec<Update>,
    /// How many more there were.
    #[serde(skip_serializing_if = "is_none")]
    pub more_updates: usize,
    /// The rules that were not satisfied.
    pub findings: Vec<LedgerFinding>,
    /// How many more there were.
    #[serde(skip_serializing_if = "is_none")]
    pub more_findings: usize,
    /// The approvals that let changes in.
    pub evidence: Vec<Evidence>,
    /// The rules that were off for a while.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub waived: Vec<Waived>,
    /// The reviews that are owed for what went past rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub debts_opened: Vec<Owed>,
    /// Those that were owed, and are paid.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub debts_paid: Vec<Owed>,
    /// Why the gate failed, or what was wrong with the push.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// SHA-256 of the policy that decided.
    pub policy: String,
    /// SHA-256 of what `sha256sum` prints about the files of keys that it names, if it names any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// It was the last good one: the policy's file does not parse.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub policy_is_last_good: bool,
    /// The program that decided.
    pub version: &'static str,
    /// How long it took.
    pub milliseconds: u64,
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It was accepted.
    Allow,
    /// It was refused.
    Deny,
    /// It was refused because it could not be judged.
    Failed,
}

/// Who pushed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Pusher {
    /// The account, as the server named it.
    pub account: Option<String>,
    /// The person of the policy.
    pub person: Option<String>,
}

/// One ref.
#[derive(Debug, Serialize)]
pub struct Update {
    r#ref: Text,
    /// The ref that holds the object, if `ref` is symbolic.
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved: Option<Text>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    old: Option<String>,
    new: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'static str>,
    /// What is known of agents' part in its commits, where a rule asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    ai: Option<Ai>,
    /// How much of what they add agents wrote, where notes say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_lines: Option<Share>,
}

/// A rule that one update did not satisfy.
#[derive(Debug, Serialize)]
pub struct LedgerFinding {
    rule: String,
    mode: &'static str,
    r#ref: Text,
    commits: Vec<String>,
    #[serde(skip_serializing_if = "is_none")]
    more_commits: usize,
    paths: Vec<Text>,
    #[serde(skip_serializing_if = "is_none")]
    more_paths: usize,
    missing: Vec<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bypassed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bypass: Option<Bypass>,
}

/// An approval that let a change in.
#[derive(Debug, Serialize)]
pub struct Evidence {
    rule: String,
    r#ref: Text,
    person: String,
    by: Means,
    source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
}

/// What every line says, whatever became of the push.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// When it was pushed, in seconds since 1970.
    pub time: i64,
    /// `owner/name`, once it is known.
    pub repository: Option<String>,
    /// Who pushes.
    pub pusher: Pusher,
    /// SHA-256 of the policy.
    pub policy: String,
    /// SHA-256 of what `sha256sum` prints about its files of keys.
    pub keys: Option<String>,
    /// It is the last good one.
    pub policy_is_last_good: bool,
    /// How long it has taken.
    pub took: Duration,
}

impl Entry {
    /// The entry of a decision.
    pub fn of(decision: &Decision, circumstances: &Circumstances) -> Self {
        let is_accepted = decision.is_accepted();
        let mut entry = Entry::begin(circumstances);
        entry.id = Some(decision.id.clone());
        entry.verdict = if is_accepted {
            Verdict::Allow
        } else {
            Verdict::Deny
        };
        let most = if is_accepted { usize::MAX } else { MOST };
        let updates = decision.updates.iter().map(Update::of).collect();
        (entry.updates, entry.more_updates) = capped(updates, most);
        let objections = decision.updates.iter().flat_map(|update| {
            update
                .objections
                .iter()
                .map(|objection| LedgerFinding::objection(update, words::objection_id(objection)))
        });
        let overdue = decision.overdue().map(|finding| (Mode::Enforce, finding));
        let findings = decision
            .all_findings()
            .chain(overdue)
            .map(|(mode, finding)| LedgerFinding::of(mode, finding));
        (entry.findings, entry.more_findings) = capped(objections.chain(findings).collect(), MOST);
        entry.evidence = decision.updates.iter().flat_map(Evidence::of).collect();
        entry.waived = decision.waived().take(MOST).map(Waived::of).collect();
        if is_accepted {
            let paid = decision.paid.iter().map(|paid| &paid.debt);
            entry.debts_opened = decision.owed.iter().map(Owed::of).collect();
            entry.debts_paid = paid.map(Owed::of).collect();
            let of_debts = decision.paid.iter().flat_map(Evidence::of_debt);
            entry.evidence.extend(of_debts);
        }
        entry
    }

    /// The entry of a push that could not be judged.
    pub fn failed(why: &str, updates: &[RefUpdate], circumstances: &Circumstances) -> Self {
        let mut entry = Entry::begin(circumstances);
        entry.failure = Some(shortened(why));
        let updates = updates.iter().map(Update::announced).collect();
        (entry.updates, entry.more_updates) = capped(updates, MOST);
        entry
    }

    fn begin(circumstances: &Circumstances) -> Self {
        let pusher = &circumstances.pusher;
        Entry {
            time: super::time(circumstances.time),
            id: None,
            verdict: Verdict::Failed,
            repository: circumstances.repository.as_deref().map(shortened),
            pusher: Pusher {
                account: pusher.account.as_deref().map(shortened),
                person: pusher.person.clone(),
            },
            updates: Vec::new(),
            more_updates: 0,
            findings: Vec::new(),
            more_findings: 0,
            evidence: Vec::new(),
            waived: Vec::new(),
            debts_opened: Vec::new(),
            debts_paid: Vec::new(),
            failure: None,
            policy: circumstances.policy.clone(),
            keys: circumstances.keys.clone(),
            policy_is_last_good: circumstances.policy_is_last_good,
            version: env!("CARGO_PKG_VERSION"),
            milliseconds: u64::try_from(circumstances.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Update {
    fn of(update: &UpdateOutcome) -> Self {
        Update {
            r#ref: text(update.name.as_bstr()),
            resolved: (update.resolved != update.name).then(|| text(update.resolved.as_bstr())),
            kind: Some(words::update_kind(update.kind)),
            old: update.old.map(|id| id.to_string()),
            new: update.new.map(|id| id.to_string()),
            tier: Some(words::tier(update.tier)),
            ai: update.ai(),
            ai_lines: update.share(),
        }
    }

    /// As the client announced it: nothing of it has been looked at.
    fn announced(update: &RefUpdate) -> Self {
        let id = |id: gix::ObjectId| (!id.is_null()).then(|| id.to_string());
        Update {
            r#ref: text(update.name.as_bstr()),
            resolved: None,
            kind: None,
            old: id(update.old),
            new: id(update.new),
            tier: None,
            ai: None,
            ai_lines: None,
        }
    }
}

impl Evidence {
    fn of(update: &UpdateOutcome) -> Vec<Self> {
        let of_rule = |outcome: &RuleOutcome| {
            let counted = outcome.verdict.counted().iter();
            counted
                .map(|counted| Evidence::of_approval(&outcome.rule, &update.name, counted))
                .collect::<Vec<_>>()
        };
        update.rules.iter().flat_map(of_rule).collect()
    }

    fn of_debt(paid: &Paid) -> Vec<Self> {
        let DebtId { name, rule, .. } = &paid.debt.id;
        let counted = paid.by.iter();
        counted
            .map(|counted| Evidence::of_approval(rule, name, counted))
            .collect()
    }

    fn of_approval(rule: &str, name: &BString, counted: &Counted) -> Self {
        Evidence {
            rule: rule.to_owned(),
            r#ref: text(name.as_bstr()),
            person: counted.person.clone(),
            by: counted.by,
            source: shortened(&counted.source),
            tag: counted.id.tag().map(|id| id.to_string()),
        }
    }
}

impl LedgerFinding {
    fn of(mode: Mode, finding: &Finding) -> Self {
        let charges = finding.charges.iter();
        let commits = charges.filter_map(|charge| Some(charge.commit.as_ref()?.id.to_string()));
        let (commits, more_commits) = capped(commits.collect(), MOST);
        let paths = Vec::from_iter(paths(&finding.charges));
        let (paths, more_paths) = capped(paths, MOST);
        LedgerFinding {
            rule: finding.rule.clone(),
            mode: words::mode(mode),
            r#ref: text(finding.name.as_bstr()),
            commits,
            more_commits,
            paths: paths.into_iter().map(|path| text(path.as_bstr())).collect(),
            more_paths,
            missing: missing(finding),
            bypassed: finding.bypass.is_some(),
            bypass: finding.bypass.as_deref().map(Bypass::of),
        }
    }

    fn objection(update: &UpdateOutcome, id: &'static str) -> Self {
        LedgerFinding {
            rule: id.to_owned(),
            mode: words::mode(Mode::Enforce),
            r#ref: text(update.name.as_bstr()),
            commits: Vec::new(),
            more_commits: 0,
            paths: Vec::new(),
            more_paths: 0,
            missing: Vec::new(),
            bypassed: false,
            bypass: None,
        }
    }
}

/// What is missing, each thing once. What was found instead is the pusher's text, and shortened.
fn missing(finding: &Finding) -> Vec<Value> {
    let missing: BTreeSet<_> = finding.missing().collect();
    let values = missing.into_iter().take(MOST).map(|missing| {
        let value = serde_json::to_value(missing);
        shorten(value.expect("strings, numbers and lists always make JSON"))
    });
    values.collect()
}

fn shorten(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(shortened(&text)),
        Value::Array(list) => Value::Array(list.into_iter().take(MOST).map(shorten).collect()),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| (key, shorten(value)))
                .collect(),
        ),
        other => other,
    }
}

fn shortened(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let mut end = LONGEST;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

fn capped<T>(mut list: Vec<T>, most: usize) -> (Vec<T>, usize) {
    let more = list.len().saturating_sub(most);
    list.truncate(most);
    (list, more)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_none(count: &usize) -> bool {
    *count == 0
}
