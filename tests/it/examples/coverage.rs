//! Which rules the cases of a policy have tried: each must be violated once, and have had a say without being so.

use portcullis::{
    decision::{Decision, Verdict},
    facts::applies::Inapplicable,
    policy::{Policy, rule::Asks},
};

/// The rules, and what was seen of each.
pub(crate) struct Coverage<'a> {
    policy: &'a Policy,
    violated: Vec<bool>,
    passed: Vec<bool>,
}

impl<'a> Coverage<'a> {
    pub(crate) fn of(policy: &'a Policy) -> Self {
        Self {
            policy,
            violated: vec![false; policy.rules.len()],
            passed: vec![false; policy.rules.len()],
        }
    }

    /// Notes what each rule says of a push.
    pub(crate) fn note(&mut self, decision: Decision) {
        for update in decision.updates {
            for (position, outcome) in update.rules.into_iter().enumerate() {
                match outcome.verdict {
                    Verdict::Violated(_) => self.violated[position] = true,
                    Verdict::Satisfied(_) => self.passed[position] = true,
                    // Who is refused without being asked for anything can only pass by doing something else.
                    Verdict::Inapplicable(why) => {
                        self.passed[position] |=
                            self.is_prohibition(position) && is_of_the_push(&why);
                    }
                }
            }
        }
    }

    /// What no case has tried, in words.
    pub(crate) fn gaps(&self) -> Vec<String> {
        let gaps = |seen: &[bool], word: &str| -> Vec<String> {
            let rules = self.policy.rules.iter().zip(seen);
            rules
                .filter(|(_, seen)| !**seen)
                .map(|(rule, _)| format!("no case {word} the rule {}\n", rule.id))
                .collect()
        };
        [
            gaps(&self.violated, "violates"),
            gaps(&self.passed, "passes"),
        ]
        .concat()
    }

    fn is_prohibition(&self, position: usize) -> bool {
        matches!(self.policy.rules[position].asks, Asks::Deny(_))
    }
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
