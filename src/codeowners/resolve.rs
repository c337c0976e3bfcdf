//! From the owners that a file names to the persons of the policy.

use std::collections::BTreeSet;

use super::{Demand, Owner};
use crate::policy::{People, PersonId};

/// Who can satisfy a demand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approvers {
    /// The persons of the policy. Fewer than the demand counts: it cannot be satisfied.
    pub persons: BTreeSet<PersonId>,
    /// The owners that the policy does not know, as the file names them.
    pub unknown: Vec<String>,
}

/// Finds the owners of a demand among the people of the policy.
///
/// An account is the person who has it, else the group of that name. A team is the group `org/team`, else the group
/// `team`. A role is the group of that very name, such as `@@maintainer`.
pub fn resolve(demand: &Demand, people: &People) -> Approvers {
    let mut approvers = Approvers::default();
    for owner in &demand.owners {
        match persons(owner, people) {
            Some(persons) => approvers.persons.extend(persons),
            None => approvers.unknown.push(owner.to_string()),
        }
    }
    approvers
}

fn persons(owner: &Owner, people: &People) -> Option<BTreeSet<PersonId>> {
    let alone = |person| BTreeSet::from([person]);
    match owner {
        Owner::Account(name) => people
            .by_account(name)
            .map(alone)
            .or_else(|| people.group(name).cloned()),
        Owner::Team { org, name } => people
            .group(&format!("{org}/{name}"))
            .or_else(|| people.group(name))
            .cloned(),
        Owner::Email(address) => people.by_email(address.as_bytes()).map(alone),
        Owner::Role(role) => people.group(&role.to_string()).cloned(),
    }
}
