//! Where it is looked for what was said of a change, and whose word counts there.

use std::borrow::Cow;

use crate::approval::memory::Memory;
use crate::bypass::claim;
use crate::policy::rule::{ApprovalRequirement, Rule, may_approve};
use crate::policy::{PersonId, Policy};
use crate::reviews::Client;

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// Signed tags, and what is remembered of them.
    Tags(&'a Memory),
    /// Signed tags that review what has gone past a rule before.
    Reviewing(&'a Memory),
    /// Signed tags that go past rules.
    Bypassing(&'a Memory),
    /// Reviews.
    Reviews(&'a Client),
}

impl<'a> Source<'a> {
    /// What is remembered of tags, if it is tags that are read.
    pub(super) fn memory(self) -> Option<&'a Memory> {
        match self {
            Source::Tags(memory) | Source::Reviewing(memory) | Source::Bypassing(memory) => {
                Some(memory)
            }
            Source::Reviews(_) => None,
        }
    }

    /// Can a word of the person count for the rule?
    pub(super) fn hears(self, rule: &Rule, person: PersonId, policy: &Policy) -> bool {
        match self {
            Source::Bypassing(_) => {
                let bypass = policy.bypass.as_ref();
                bypass.is_some_and(|bypass| bypass.names(person))
            }
            _ => may_approve(&self.asked(rule, policy), person, policy),
        }
    }

    /// How old a word for the rule may be, in seconds.
    pub(super) fn max_age(self, rule: &Rule, policy: &Policy) -> i64 {
        match self {
            Source::Bypassing(_) => claim::MAX_AGE,
            _ => {
                let asked = self.asked(rule, policy);
                let max_age = asked.iter().map(|asked| asked.max_age).max();
                i64::try_from(max_age.unwrap_or_default().as_secs()).unwrap_or(i64::MAX)
            }
        }
    }

    fn asked<'r>(self, rule: &'r Rule, policy: &Policy) -> Cow<'r, [ApprovalRequirement]> {
        match self {
            Source::Reviewing(_) => policy.review_of(rule).into(),
            _ => rule.approvals().into(),
        }
    }
}
