//! The answer for programs: `portcullis/decision/v1`. Its meaning changes only together with that name.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gix::bstr::{BStr, BString, ByteSlice as _};
use serde::{Deserialize, Serialize};

use super::exceptions::{Bypass, Owed, VoidBypass, Waived};
use super::risk::reasons;
use super::{approving, remedy, words};
use crate::decision::{Counted, Decision, Finding, Missing, UpdateOutcome, Verdict, paths};
use crate::policy::rule::Mode;
use crate::provenance::{Ai, Evidence, Share};
use crate::risk::score::{Band, Risk};

/// The decision as one JSON value. With `trace`, also what every rule says of every update.
pub fn decision(decision: &Decision, trace: bool) -> serde_json::Value {
    let updates = decision
        .updates
        .iter()
        .map(|update| Update::of(update, trace))
        .collect();
    let objections = decision.updates.iter().flat_map(|update| {
        update.objections.iter().map(|objection| Entry {
            rule: words::objection_id(objection),
            mode: words::mode(Mode::Enforce),
            r#ref: text(update.name.as_bstr()),
            commits: Vec::new(),
            paths: Vec::new(),
            missing: Vec::new(),
            evidence: Vec::new(),
            bypassed: false,
            bypass: None,
            message: Some(words::objection(objection)),
            fix: Vec::new(),
        })
    });
    let overdue = decision.overdue().map(|finding| (Mode::Enforce, finding));
    let findings = decision
        .all_findings()
        .filter(|(mode, _)| trace || *mode != Mode::Audit)
        .chain(overdue)
        .map(|(mode, finding)| Entry::of(decision, mode, finding));
    let document = Document {
        schema: "portcullis/decision/v1",
        id: &decision.id,
        verdict: if decision.is_accepted() {
            "allow"
        } else {
            "deny"
        },
        policy: &decision.policy,
        push: Push {
            repository: &decision.repository,
            pusher: Pusher {
                account: decision.account.as_deref(),
                person: decision.person.as_deref(),
            },
            updates,
        },
        findings: objections.chain(findings).collect(),
        waived: decision.waived().map(Waived::of).collect(),
        void_bypasses: decision.void.iter().map(VoidBypass::of).collect(),
        debts_opened: decision.owed.iter().map(Owed::of).collect(),
        debts_paid: decision
            .paid
            .iter()
            .map(|paid| Owed::of(&paid.debt))
            .collect(),
    };
    value(&document)
}

/// What is known of the risk of a change (`portcullis/risk/v1`).
pub fn risk(risk: &Risk) -> serde_json::Value {
    #[derive(Serialize)]
    struct Document {
        schema: &'static str,
        #[serde(flatten)]
        risk: Placed,
    }
    value(&Document {
        schema: "portcullis/risk/v1",
        risk: Placed::of(risk),
    })
}

/// A document of ours as JSON.
pub(super) fn value(document: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(document).expect("strings, numbers and lists always make JSON")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    id: &'a str,
    verdict: &'static str,
    policy: &'a str,
    push: Push<'a>,
    findings: Vec<Entry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waived: Vec<Waived>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    void_bypasses: Vec<VoidBypass<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    debts_opened: Vec<Owed>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    debts_paid: Vec<Owed>,
}

#[derive(Serialize)]
struct Push<'a> {
    repository: &'a str,
    pusher: Pusher<'a>,
    updates: Vec<Update<'a>>,
}

#[derive(Serialize)]
struct Pusher<'a> {
    account: Option<&'a str>,
    person: Option<&'a str>,
}

#[derive(Serialize)]
struct Update<'a> {
    r#ref: Text,
    kind: &'static str,
    old: Option<String>,
    new: Option<String>,
    tier: &'static str,
    ai: Option<Ai>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_lines: Option<Share>,
    #[serde(skip_serializing_if = "Option::is_none")]
    risk: Option<Placed>,
    new_commits: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Vec<Known<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<Vec<Outcome<'a>>>,
}

/// Where a change lies among the last ones that landed.
#[derive(Serialize)]
struct Placed {
    band: Band,
    #[serde(skip_serializing_if = "Option::is_none")]
    percentile: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<u64>,
    /// Why it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
}

/// What is known of agents' part in one commit.
#[derive(Serialize)]
struct Known<'a> {
    commit: String,
    ai: Ai,
    #[serde(skip_serializing_if = "Option::is_none")]
    ai_lines: Option<Share>,
    evidence: &'a [Evidence],
}

#[derive(Serialize)]
struct Outcome<'a> {
    rule: &'a str,
    mode: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    approvals: &'a [Counted],
}

#[derive(Serialize)]
struct Entry<'a> {
    rule: &'a str,
    mode: &'static str,
    r#ref: Text,
    commits: Vec<String>,
    paths: Vec<Text>,
    missing: Vec<&'a Missing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<Known<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bypassed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bypass: Option<Bypass>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    /// One command mends a whole ref, so several findings may name the same.
    fix: Vec<String>,
}

/// Bytes that are mostly text: a string, or `{"hex": "…"}` where they are no UTF-8.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Text {
    /// Text.
    Text(String),
    /// Anything else.
    Bytes {
        /// Its bytes.
        hex: String,
    },
}

impl Text {
    /// The bytes that it stands for; `None` if it stands for none.
    pub fn into_bytes(self) -> Option<BString> {
        match self {
            Text::Text(text) => Some(text.into()),
            Text::Bytes { hex } => hex::decode(hex).ok().map(Into::into),
        }
    }
}

/// The bytes of a name.
pub fn text(bytes: &BStr) -> Text {
    match bytes.to_str() {
        Ok(text) => Text::Text(text.to_owned()),
        Err(_) => Text::Bytes {
            hex: hex::encode(bytes),
        },
    }
}

impl<'a> Update<'a> {
    fn of(update: &'a UpdateOutcome, trace: bool) -> Self {
        let rules = update.rules.iter().map(|outcome| {
            let (verdict, why) = match &outcome.verdict {
                Verdict::Inapplicable(why) => ("inapplicable", Some(words::inapplicable(why))),
                Verdict::Satisfied(_) => ("satisfied", None),
                Verdict::Violated(_) => ("violated", None),
            };
            Outcome {
                rule: &outcome.rule,
                mode: words::mode(outcome.mode),
                verdict,
                why,
                approvals: outcome.verdict.counted(),
            }
        });
        Update {
            r#ref: text(update.name.as_bstr()),
            kind: words::update_kind(update.kind),
            old: update.old.map(|id| id.to_string()),
            new: update.new.map(|id| id.to_string()),
            tier: words::tier(update.tier),
            ai: update.ai(),
            ai_lines: update.share(),
            risk: update.risk.as_deref().map(Placed::of),
            new_commits: update.tally.new_commits,
            provenance: trace.then(|| {
                let known = update.provenance.iter();
                known
                    .map(|(id, known)| Known::of(id, &known.evidence, known.share))
                    .collect()
            }),
            rules: trace.then(|| rules.collect()),
        }
    }
}

impl Placed {
    fn of(risk: &Risk) -> Self {
        let (percentile, why) = match risk {
            Risk::Known(score) => (Some(score.percentile()), None),
            Risk::Unknown(why) => (None, Some(why.to_string())),
        };
        Placed {
            band: risk.band(),
            percentile,
            spread: risk.spread(),
            why,
            reasons: reasons::reasons(risk),
        }
    }
}

/// What mends the commits, or how the change gets approved.
fn fix(decision: &Decision, mode: Mode, finding: &Finding) -> Vec<String> {
    let remedy = remedy::of(decision, mode, finding).map(|remedy| remedy.command);
    let approving = approving::of(decision, finding).map(|approving| {
        let commands = [approving.take, approving.sign, approving.hand_in];
        approving.show.into_iter().chain(commands)
    });
    remedy
        .into_iter()
        .chain(approving.into_iter().flatten())
        .collect()
}

impl<'a> Known<'a> {
    fn of(commit: &gix::oid, evidence: &'a [Evidence], ai_lines: Option<Share>) -> Self {
        Known {
            commit: commit.to_string(),
            ai: Ai::of(evidence),
            ai_lines,
            evidence,
        }
    }
}

impl<'a> Entry<'a> {
    fn of(decision: &Decision, mode: Mode, finding: &'a Finding) -> Self {
        let paths = paths(&finding.charges).into_iter();
        let missing: BTreeSet<_> = finding.missing().collect();
        Entry {
            rule: &finding.rule,
            mode: words::mode(mode),
            r#ref: text(finding.name.as_bstr()),
            commits: finding
                .charges
                .iter()
                .filter_map(|charge| Some(charge.commit.as_ref()?.id.to_string()))
                .collect(),
            paths: paths.map(|path| text(path.as_bstr())).collect(),
            missing: missing.into_iter().collect(),
            evidence: finding
                .charges
                .iter()
                .filter(|charge| !charge.evidence.is_empty())
                .filter_map(|charge| {
                    let commit = charge.commit.as_ref()?;
                    Some(Known::of(&commit.id, &charge.evidence, None))
                })
                .collect(),
            bypassed: finding.bypass.is_some(),
            bypass: finding.bypass.as_deref().map(Bypass::of),
            message: finding.message.clone(),
            fix: fix(decision, mode, finding),
        }
    }
}
