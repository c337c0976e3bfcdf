//! Whether a rule applies: pure functions from what is known to a [`Truth`], one file for each unit that a condition can be
//! asked of.
//!
//! A condition is asked of one [`Subject`] at a time: a path that one commit touches, or one of the net change that no new
//! commit answers for. So `not` turns round what holds of this commit and this path, and never what holds of the others.
//! Of what is not known, a condition may hold: a rule applies where it cannot be told that it does not.

mod commit;
mod extent;
mod path;
mod push;
pub mod scope;
mod update;

pub use extent::Extent;

use crate::facts::{Commit, Push, Touched, UpdateFacts};
use crate::policy::condition::Condition;
use crate::policy::people::{Eligible, Kind, Reserved};
use crate::policy::{PersonId, Policy};

/// Whether a condition holds, as far as that is known (Kleene's logic: `all` is the least of its parts, `any` the most).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not.
    No,
    /// That cannot be told.
    Unknown,
    /// It does.
    Yes,
}

/// What conditions are asked of, as far as it is known; `None` is not known, or none in particular.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// The policy, for its people and expressions.
    pub policy: &'a Policy,
    /// The push.
    pub push: &'a Push,
    /// The update.
    pub update: &'a UpdateFacts,
    /// How far it reaches.
    pub extent: Option<&'a Extent<'a>>,
    /// The commit.
    pub commit: Option<&'a Commit>,
    /// The path.
    pub path: Option<&'a Touched>,
}

impl Truth {
    /// May it hold?
    pub fn may_be(self) -> bool {
        self != Truth::No
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Truth::Yes } else { Truth::No }
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::No => Truth::Yes,
            Truth::Unknown => Truth::Unknown,
            Truth::Yes => Truth::No,
        }
    }
}

impl<'a> Subject<'a> {
    /// A push and an update, of which no more is known.
    pub fn new(policy: &'a Policy, push: &'a Push, update: &'a UpdateFacts) -> Self {
        Subject {
            policy,
            push,
            update,
            extent: None,
            commit: None,
            path: None,
        }
    }

    /// Does the condition hold?
    pub fn meets(&self, condition: &Condition) -> Truth {
        match condition {
            Condition::All(parts) => {
                let parts = parts.iter().map(|part| self.meets(part));
                parts.min().unwrap_or(Truth::Yes)
            }
            Condition::Any(parts) => {
                let parts = parts.iter().map(|part| self.meets(part));
                parts.max().unwrap_or(Truth::No)
            }
            Condition::Not(part) => !self.meets(part),
            Condition::OfPush(asked) => push::meets(asked, self),
            Condition::OfUpdate(asked) => update::meets(asked, self),
            Condition::OfCommit(asked) => match self.commit {
                Some(commit) => commit::meets(asked, commit, self).into(),
                None => Truth::Unknown,
            },
            Condition::OfPath(asked) => match self.path {
                Some(path) => path::meets(asked, path, self),
                None => Truth::Unknown,
            },
        }
    }

    /// The first condition that does not hold, whatever else may be found out.
    pub fn unmet(&self, condition: &'a Condition) -> Option<&'a Condition> {
        match condition {
            Condition::All(parts) => parts.iter().find_map(|part| self.unmet(part)),
            other => (!self.meets(other).may_be()).then_some(other),
        }
    }

    /// Is the person among those? `None` is someone whom the policy does not know.
    fn is_among(&self, eligible: &Eligible, person: Option<PersonId>) -> bool {
        let kind = person.map(|person| self.policy.people.person(person).kind);
        person.is_some_and(|person| eligible.persons.contains(&person))
            || eligible.reserved.iter().any(|reserved| match reserved {
                Reserved::Anyone => person.is_some(),
                Reserved::Unknown => person.is_none(),
                Reserved::Bots => kind == Some(Kind::Bot),
                Reserved::Agents => kind == Some(Kind::Agent),
                Reserved::Pusher => person.is_some() && person == self.push.pusher.person,
                // What the compiler lets stand nowhere in a condition, or a condition asks by itself.
                Reserved::DeployKeys
                | Reserved::Author
                | Reserved::Committer
                | Reserved::Owners
                | Reserved::Codeowners => false,
            })
    }
}
