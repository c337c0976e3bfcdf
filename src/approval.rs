//! Who has said that a change may go in.
//!
//! An approval is one person's word on the exact change of the protected paths: the paths, and what stood and stands
//! there, by mode and content. It survives whatever leaves that change as it is (a rebase, a squash, a merge, a change
//! elsewhere), and nothing else. [`record`] reads what signed tags say, [`contributors`] who had a hand in a change and
//! so cannot approve it, [`quorum`] whether enough different persons have, and [`cover`] whether approved changes make
//! up a push. All of it is pure; [`crate::facts::approvals`] brings what was said.

pub mod contributors;
pub mod cover;
mod id;
pub mod memory;
pub mod quorum;
pub mod record;

use std::sync::Arc;

use gix::bstr::BString;
use gix::hash::ObjectId;

use crate::facts::{Touched, View};
pub use id::ApprovalId;

use crate::policy::PersonId;
use crate::policy::rule::Means;

/// What was said on one update under one rule, for and against it.
#[derive(Debug, Clone, Default)]
pub struct Votes {
    /// What may count.
    pub approvals: Vec<Approval>,
    /// Persons whose newest word on this ref is a veto.
    pub vetoes: Vec<Veto>,
    /// What cannot count, and why: the first of it, where there is very much.
    pub discounted: Vec<Discounted>,
    /// Who would go past the rule with this change.
    pub bypasses: Vec<Bypassing>,
    /// What would, and cannot count.
    pub void_bypasses: Vec<Discounted>,
    /// The pull requests that the forge merges with this push: one, as a rule.
    pub merging: Vec<Merging>,
    /// All new commits with what they touch, where the rule itself looks at some of them only.
    pub made: Option<Arc<View>>,
}

/// A pull request that is being merged.
#[derive(Debug, Clone)]
pub struct Merging {
    /// What it would itself change, and the commits of that.
    pub own: Arc<View>,
    /// The account that opened it.
    pub author: Option<String>,
}

impl Votes {
    /// Adds what was said elsewhere.
    pub fn extend(&mut self, other: Votes) {
        self.approvals.extend(other.approvals);
        self.vetoes.extend(other.vetoes);
        self.discounted.extend(other.discounted);
        self.bypasses.extend(other.bypasses);
        self.void_bypasses.extend(other.void_bypasses);
        self.merging.extend(other.merging);
        self.made = other.made.or(self.made.take());
    }
}

/// One person's word on a change.
#[derive(Debug, Clone)]
pub struct Approval {
    /// Whose.
    pub person: PersonId,
    /// How it was given.
    pub by: Means,
    /// Where people find it: the name of a ref, or an address.
    pub source: BString,
    /// What tells it from all others.
    pub id: ApprovalId,
    /// From when its age counts, in seconds since 1970.
    pub since: i64,
    /// A security key was touched for it.
    pub presence: bool,
    /// The commit that was approved.
    pub head: ObjectId,
    /// The approved change, and the commits that made it.
    pub approved: Arc<View>,
    /// Where the approved change, merged onto what was to be expected of the ref, differs from what is pushed.
    pub reapplied: Arc<[Touched]>,
    /// It has let a change into this ref before.
    pub spent: bool,
}

/// One person's word that a change may go past rules.
#[derive(Debug, Clone)]
pub struct Bypassing {
    /// Whose, and which change.
    pub word: Approval,
    /// Why.
    pub reasons: Arc<[BString]>,
}

/// One person's word against whatever touches the paths of a rule.
#[derive(Debug, Clone)]
pub struct Veto {
    /// Whose.
    pub person: PersonId,
    /// The ref that holds it, or held it when it was seen.
    pub source: BString,
}

/// Something that looks like an approval and cannot be one.
#[derive(Debug, Clone)]
pub struct Discounted {
    /// Where people find it.
    pub source: BString,
    /// Why it does not count, in words.
    pub why: String,
}
