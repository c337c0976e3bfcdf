//! One file for each requirement. Each is a pure function from a [`Case`], one commit that must answer for something,
//! to what it lacks.

mod identity;
mod message;
mod provenance;
mod trailers;

use crate::decision::Missing;
use crate::facts::{Commit, Push, Touched};
use crate::policy::Policy;
use crate::policy::rule::Requirement;
use crate::provenance::Provenance;

/// A commit that a requirement is asked of.
pub struct Case<'a> {
    /// The policy, for its people and zones.
    pub policy: &'a Policy,
    /// The push that brings the commit.
    pub push: &'a Push,
    /// The commit.
    pub commit: &'a Commit,
    /// What is known of agents' part in it.
    pub provenance: &'a Provenance,
    /// What it answers for.
    pub touched: &'a [&'a Touched],
}

/// What the commit lacks of a requirement; `None` if nothing.
pub fn check(requirement: &Requirement, case: &Case<'_>) -> Option<Missing> {
    match requirement {
        Requirement::Trailer(asked) => trailers::check(asked, case),
        Requirement::Message(asked) => message::check(asked, case),
        Requirement::Author(asked) => identity::check(asked, &case.commit.author, case)
            .map(|identity| Missing::Author { identity }),
        Requirement::Committer(asked) => identity::check(asked, &case.commit.committer, case)
            .map(|identity| Missing::Committer { identity }),
        Requirement::Provenance => provenance::check(case),
    }
}
