//! One file for each requirement. Each is a pure function from a [`Case`], one commit that must answer for something,
//! to what it lacks; approvals alone are asked of the whole change ([`approvals::ChangeCase`]). [`alternatives`] puts
//! together what is one way or another to meet a rule.

pub mod alternatives;
pub mod approvals;
mod identity;
mod message;
mod provenance;
mod signature;
mod trailers;

use crate::decision::Missing;
use crate::facts::{Commit, Push, Touched};
use crate::policy::rule::Requirement;
use crate::policy::{PersonId, Policy};
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

impl Case<'_> {
    /// Does the person own a zone that the commit touches?
    fn is_owner(&self, person: PersonId) -> bool {
        let zones = || {
            self.policy
                .zones
                .iter()
                .filter(|zone| self.touched.iter().any(|path| path.sets.contains(zone.set)))
        };
        zones().any(|zone| zone.owners.persons.contains(&person))
    }
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
        Requirement::Signature(asked) => signature::check(asked, case),
        Requirement::Provenance => provenance::check(case),
    }
}
