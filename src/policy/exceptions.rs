//! What makes a rule give way: waivers, for a while and for everyone, and break glass, at once and for a few.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::pattern::Pattern;
use super::people::{Eligible, PersonId, Reserved};
use super::rule::{self, ApprovalRequirement, Carry, Means, Requirements, Rule};
use super::{Policy, written};
use crate::facts::{Push, UpdateFacts};
use crate::paths::names::{RefPatterns, RepoPatterns};

pub use written::exceptions::Rate;

/// A rule that is off for some refs, for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The id of the rule.
    pub rule: String,
    /// Which repositories; `None`: every one.
    pub repos: Option<RepoPatterns>,
    /// Which refs; `None`: all that the rule governs.
    pub refs: Option<RefPatterns>,
    /// The second, since the epoch, from which on the rule holds again.
    pub until: i64,
    /// Why.
    pub reason: String,
}

/// Break glass: who may go past rules in an emergency, and what they owe for it.
#[derive(Debug, Clone)]
pub struct Bypass {
    /// Who may.
    pub people: Eligible,
    /// What the whole reason must match; `None`: anything.
    pub reason: Option<Pattern>,
    /// The rules that hold nevertheless, by their ids.
    pub except: BTreeSet<String>,
    /// The second, since the epoch, from which on nobody may.
    pub expires: Option<i64>,
    /// How often one person may in one repository.
    pub rate: Option<Rate>,
    /// Within which time the change must be approved afterwards.
    pub debt: Option<Duration>,
}

impl Waiver {
    /// Does it hold for a rule, in this place and at this time?
    fn covers(&self, rule: &Rule, push: &Push, update: &UpdateFacts) -> bool {
        let in_repository = |repos: &RepoPatterns| repos.matches(push.repository.as_bytes());
        let mut governed = update.names().filter(|name| rule.refs.matches(name));
        let mut on_refs = |refs: &RefPatterns| governed.all(|name| refs.matches(name));
        self.rule == rule.id
            && push.now < self.until
            && self.repos.as_ref().is_none_or(in_repository)
            && self.refs.as_ref().is_none_or(&mut on_refs)
    }
}

impl Bypass {
    /// May this person break the glass?
    pub fn names(&self, person: PersonId) -> bool {
        self.people.persons.contains(&person)
    }
}

impl Policy {
    /// What has set the rule aside for this update: the waiver that lasts longest.
    pub fn waiver_of(
        &self,
        rule: &Rule,
        push: &Push,
        update: &UpdateFacts,
    ) -> Option<&Arc<Waiver>> {
        self.waivers
            .iter()
            .filter(|waiver| waiver.covers(rule, push, update))
            .max_by_key(|waiver| waiver.until)
    }

    /// What is asked of a change that has gone past the rule: the rule's own approvals, in one way to meet it, by signed
    /// tag, since no forge reviews what is in already. Where the rule asks for none, one of those who may break the glass themselves.
    pub fn review_of(&self, rule: &Rule) -> Vec<ApprovalRequirement> {
        let by = BTreeSet::from([Means::Signature]);
        if rule.asks_for_approvals() {
            let asked = rule.requirements().into_iter().take(1);
            let asked = asked.flat_map(Requirements::approvals_of_one_way);
            return asked
                .cloned()
                .map(|asked| ApprovalRequirement {
                    by: by.clone(),
                    ..asked
                })
                .collect();
        }
        // Who has removed `bypass` from the policy has not forgiven what is owed.
        let anyone = || Eligible {
            names: vec![Reserved::Anyone.name().to_owned()],
            reserved: BTreeSet::from([Reserved::Anyone]),
            ..Eligible::default()
        };
        let bypass = self.bypass.as_ref();
        vec![ApprovalRequirement {
            count: 1,
            from: bypass.map_or_else(anyone, |bypass| bypass.people.clone()),
            by,
            presence: false,
            max_age: rule::MAX_AGE,
            carry: Carry::None,
        }]
    }
}
