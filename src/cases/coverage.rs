//! Which rules the cases of a policy have tried: each must be violated once, and have had a say without being so.

use std::collections::BTreeSet;

use crate::decision::{Decision, Verdict};
use crate::facts::applies::Inapplicable;
use crate::policy::Policy;
use crate::policy::rule::Asks;

/// What was seen of the rules, by their positions in the policy.
#[derive(Debug, Default)]
pub struct Coverage {
    violated: BTreeSet<usize>,
    passed: BTreeSet<usize>,
}

impl Coverage {
    /// Notes what each rule of `policy` says of a push.
    pub fn note(&mut self, policy: &Policy, decision: &Decision) {
        for update in &decision.updates {
            for (position, outcome) in update.rules.iter().enumerate() {
                match &outcome.verdict {
                    Verdict::Violated(_) => {
                        self.violated.insert(position);
                    }
                    Verdict::Satisfied(_) => {
                        self.passed.insert(position);
                    }
                    // Who is refused without being asked for anything can only pass by doing something else.
                    Verdict::Inapplicable(why) => {
                        let is_prohibition = matches!(policy.rules[position].asks, Asks::Deny(_));
                        if is_prohibition && is_of_the_push(why) {
                            self.passed.insert(position);
                        }
                    }
                }
            }
        }
    }

    /// The rules that no case violates.
    pub fn never_violated<'p>(&self, policy: &'p Policy) -> Vec<&'p str> {
        others(policy, &self.violated)
    }

    /// The rules that no case passes.
    pub fn never_passed<'p>(&self, policy: &'p Policy) -> Vec<&'p str> {
        others(policy, &self.passed)
    }
}

fn others<'p>(policy: &'p Policy, seen: &BTreeSet<usize>) -> Vec<&'p str> {
    let rules = policy.rules.iter().enumerate();
    rules
        .filter(|(position, _)| !seen.contains(position))
        .map(|(_, rule)| rule.id.as_str())
        .collect()
}

/// On a ref that the rule is about, it is something else about the push for which it kept silent.
fn is_of_the_push(why: &Inapplicable) -> bool {
    match why {
        Inapplicable::Update
        | Inapplicable::Pusher
        | Inapplicable::Time
        | Inapplicable::Condition
        | Inapplicable::Untouched
        | Inapplicable::Date => true,
        Inapplicable::Off
        | Inapplicable::Waived(_)
        | Inapplicable::Repository
        | Inapplicable::Ref => false,
    }
}
