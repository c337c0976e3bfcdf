//! What a policy would have said of history: the steps that a ref has taken, judged as if each were pushed.
//!
//! [`way`] finds the steps, [`others`] says where other refs stood at each of them, [`replay`] judges them, in parallel and
//! by the one engine, [`tally`] counts what came of it, and [`against`] finds what changes between two policies.
//!
//! History does not tell everything. Who pushed is taken to be whoever made the commit that the ref then led to; when, to be
//! the date of that commit; and reviews on a forge are not asked for, so that a step that lacks nothing but approvals is
//! told apart from one that lacks what history shows.

pub mod against;
pub mod found;
pub mod others;
pub mod replay;
pub mod tally;
pub mod way;

use std::time::Duration;

use gix::bstr::BString;

use found::{Ask, Found};
use way::Step;

/// What would have become of a step, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is accepted, and nobody is told anything.
    Accepted,
    /// It is accepted with a warning.
    Warned,
    /// It lacks approvals and nothing else, and someone could give them.
    Approval,
    /// It lacks what history shows that it has not.
    Refused,
    /// It cannot be judged, and so would be refused.
    Failed,
}

impl Outcome {
    /// Is the step let in as it is?
    pub fn is_accepted(self) -> bool {
        matches!(self, Outcome::Accepted | Outcome::Warned)
    }
}

/// A step and what would have become of it.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The step.
    pub step: Step,
    /// What would have become of it.
    pub outcome: Outcome,
    /// Why it could not be judged.
    pub failure: Option<String>,
    /// The first line of its commit's message.
    pub subject: BString,
    /// Who is taken to have pushed it: a person of the policy, or an address.
    pub pusher: String,
    /// The account that stands for the pusher.
    pub account: Option<String>,
    /// What rules have found.
    pub found: Vec<Found>,
    /// Who would have been asked to approve it.
    pub asks: Vec<Ask>,
    /// How many commits were new to the rules.
    pub new_commits: usize,
    /// How long the decision took, with what had been read for the steps before.
    pub took: Duration,
}
