//! Where it is looked for what was said of a change, and whose word counts there.

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
    /// Reviews, and what is remembered of them.
    Reviews(&'a Client, &'a Memory),
}

impl<'a> Source<'a> {
    /// What is remembered of approvals.
    pub(super) fn memory(self) -> &'a Memory {
        match self {
            Source::Tags(memory)
            | Source::Reviewing(memory)
            | Source::Bypassing(memory)
            | Source::Reviews(_, memory) => memory,
        }
    }

    /// Can a word of the person count for the rule?
    pub(super) fn hears(self, rule: &Rule, person: PersonId, policy: &Policy) -> bool {
        match self {
            Source::Bypassing(_) => {
                let bypass = policy.bypass.as_ref();
                bypass.is_some_and(|bypass| bypass.names(person))
            }
            Source::Reviewing(_) => may_approve(&policy.review_of(rule), person, policy),
            _ => may_approve(rule.approvals(), person, policy),
        }
    }

    /// How old a word for the rule may be, in seconds.
    pub(super) fn max_age(self, rule: &Rule, policy: &Policy) -> i64 {
        match self {
            Source::Bypassing(_) => claim::MAX_AGE,
            Source::Reviewing(_) => max_age(&policy.review_of(rule)),
            _ => max_age(rule.approvals()),
        }
    }
}

fn max_age<'a>(asked: impl IntoIterator<Item = &'a ApprovalRequirement>) -> i64 {
    let max_age = asked.into_iter().map(|asked| asked.max_age).max();
    i64::try_from(max_age.unwrap_or_default().as_secs()).unwrap_or(i64::MAX)
}
