//! Bypasses, debts and waivers for programs: the same in a decision and in the ledger.

use gix::bstr::{BString, ByteSlice as _};
use serde::{Deserialize, Serialize};

use super::json::{Text, text};
use crate::bypass::{Claim, Debt};
use crate::decision::VoidClaim;
use crate::ledger::time;
use crate::policy::Waiver;

/// Who goes past a rule.
#[derive(Debug, Serialize)]
pub struct Bypass {
    /// Who.
    person: String,
    /// Why.
    reason: String,
    /// `option` of the push, or `tag`.
    by: &'static str,
    /// The ref of the tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Text>,
    /// The tag object.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
}

/// A bypass that does not help.
#[derive(Debug, Serialize)]
pub struct VoidBypass<'a> {
    source: Text,
    why: &'a str,
}

/// A review that is owed, or was.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Owed {
    /// The decision that has opened it.
    pub decision: String,
    /// The rule that was gone past.
    pub rule: String,
    /// The ref.
    pub r#ref: Text,
    /// What the ref held.
    pub base: Option<String>,
    /// What it held then.
    pub head: String,
    /// Who has broken the glass.
    pub person: String,
    /// When.
    pub opened: String,
    /// Until when the review was to be given.
    pub due: String,
}

/// A rule that is off for a while.
#[derive(Debug, Serialize)]
pub struct Waived {
    rule: String,
    r#ref: Text,
    until: String,
    reason: String,
}

impl Bypass {
    /// Of a claim that counts.
    pub fn of(claim: &Claim) -> Self {
        let tag = claim.tag.as_ref();
        Bypass {
            person: claim.person.clone(),
            reason: claim.reason.clone(),
            by: if tag.is_some() { "tag" } else { "option" },
            source: tag.map(|tag| text(tag.source.as_bstr())),
            tag: tag.map(|tag| tag.id.to_string()),
        }
    }
}

impl<'a> VoidBypass<'a> {
    /// Of a claim that does not.
    pub fn of(claim: &'a VoidClaim) -> Self {
        VoidBypass {
            source: text(claim.source.as_bstr()),
            why: &claim.why,
        }
    }
}

impl Owed {
    /// Is it late, at `now` as the ledger writes times?
    pub fn is_overdue(&self, now: &str) -> bool {
        *self.due <= *now
    }

    /// Of a debt.
    pub fn of(debt: &Debt) -> Self {
        Owed {
            decision: debt.id.decision.clone(),
            rule: debt.id.rule.clone(),
            r#ref: text(debt.id.name.as_bstr()),
            base: debt.base.map(|base| base.to_string()),
            head: debt.head.to_string(),
            person: debt.person.clone(),
            opened: time(debt.opened),
            due: time(debt.due),
        }
    }
}

impl Waived {
    /// Of a waiver, for a ref.
    pub fn of((name, waiver): (&BString, &Waiver)) -> Self {
        Waived {
            rule: waiver.rule.clone(),
            r#ref: text(name.as_bstr()),
            until: time(waiver.until),
            reason: waiver.reason.clone(),
        }
    }
}
