//! What in a decision is not as the rules say: who has gone past them, what is owed for that, and which were off.

use std::collections::BTreeSet;

use gix::bstr::BString;

use super::{Counted, Decision, Finding, Verdict};
use crate::bypass::memory::Use;
use crate::bypass::{Claim, Debt, Memory};
use crate::facts::applies::Inapplicable;
use crate::policy::Waiver;

/// A bypass that does not help.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VoidClaim {
    /// Where it stands: the option of the push, or the ref of a tag.
    pub source: BString,
    /// Why it does not.
    pub why: String,
}

/// A debt that is paid.
#[derive(Debug, Clone)]
pub struct Paid {
    /// Which one.
    pub debt: Debt,
    /// The approvals that have paid it; none where what was owed has been judged on its way to a trusted ref.
    pub by: Vec<Counted>,
}

impl Decision {
    /// The findings that somebody has gone past, and who.
    pub fn bypassed(&self) -> impl Iterator<Item = (&Finding, &Claim)> {
        self.all_findings()
            .filter_map(|(_, finding)| Some((finding, finding.bypass.as_deref()?)))
    }

    /// Does somebody go past a rule?
    pub fn breaks_glass(&self) -> bool {
        self.bypassed().next().is_some()
    }

    /// What an accepted push adds to the memory of broken glass, at `now` in seconds since 1970.
    pub fn to_remember(&self, now: i64) -> Memory {
        let persons: BTreeSet<&String> = self.bypassed().map(|(_, claim)| &claim.person).collect();
        let uses = persons.into_iter().map(|person| Use {
            person: person.clone(),
            time: now,
        });
        Memory {
            uses: uses.collect(),
            debts: self.owed.clone(),
            paid: self.paid.iter().map(|paid| paid.debt.id.clone()).collect(),
        }
    }

    /// The reviews that are overdue, and keep the push out.
    pub fn overdue(&self) -> impl Iterator<Item = &Finding> {
        self.updates.iter().flat_map(|update| &update.overdue)
    }

    /// The rules that are off for a while, with the ref.
    pub fn waived(&self) -> impl Iterator<Item = (&BString, &Waiver)> {
        self.updates.iter().flat_map(|update| {
            update.rules.iter().filter_map(|rule| match &rule.verdict {
                Verdict::Inapplicable(Inapplicable::Waived(waiver)) => {
                    Some((&update.name, &**waiver))
                }
                _ => None,
            })
        })
    }
}
