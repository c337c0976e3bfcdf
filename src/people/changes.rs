//! In which way two rosters differ.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Kind, Person, Roster};

/// What is different in the new one. Everything is in the order of names.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Who comes.
    pub added: Vec<String>,
    /// Who goes.
    pub removed: Vec<Removed>,
    /// Who has more, less or something else.
    pub changed: Vec<Changed>,
    /// Groups that have other members, come or go.
    pub groups: Vec<Difference>,
}

/// Somebody who goes.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Their name.
    pub name: String,
    /// Why, if the source or the admin says so; without a reason they are just gone.
    pub why: Option<String>,
}

/// Somebody who is not as before.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Their name.
    pub name: String,
    /// In which way.
    pub differences: Vec<Difference>,
}

/// What a list has more and less.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which list: a key of the policy, or the name of a group.
    pub of: String,
    /// What is new in it.
    pub added: Vec<String>,
    /// What it has no more.
    pub removed: Vec<String>,
}

impl Changes {
    /// From the one to the other.
    pub fn between(old: &Roster, new: &Roster) -> Self {
        let mut changes = Changes::default();
        for (name, person) in &new.people {
            match old.people.get(name) {
                None => changes.added.push(name.clone()),
                Some(before) => {
                    let differences = of_person(before, person);
                    if !differences.is_empty() {
                        changes.changed.push(Changed {
                            name: name.clone(),
                            differences,
                        });
                    }
                }
            }
        }
        let gone = old
            .people
            .keys()
            .filter(|name| !new.people.contains_key(*name));
        changes.removed = gone
            .map(|name| Removed {
                name: name.clone(),
                why: new.left_out.get(name).cloned(),
            })
            .collect();
        changes.groups = of_groups(&old.groups, &new.groups);
        changes
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        *self == Changes::default()
    }

    /// Who goes though nothing says why.
    pub fn vanished(&self) -> impl Iterator<Item = &str> {
        let without_reason = self.removed.iter().filter(|removed| removed.why.is_none());
        without_reason.map(|removed| removed.name.as_str())
    }
}

fn of_person(old: &Person, new: &Person) -> Vec<Difference> {
    let kind = |person: &Person| {
        let kind = match person.kind {
            Kind::Human => "human",
            Kind::Bot => "bot",
            Kind::Agent => "agent",
        };
        BTreeSet::from([kind.to_owned()])
    };
    let operator = |person: &Person| person.operator.iter().cloned().collect();
    [
        difference("kind", &kind(old), &kind(new)),
        difference("operator", &operator(old), &operator(new)),
        difference("emails", &old.emails, &new.emails),
        difference("accounts", &old.accounts, &new.accounts),
        difference("keys", &old.keys, &new.keys),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_groups(
    old: &BTreeMap<String, BTreeSet<String>>,
    new: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<Difference> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let nobody = BTreeSet::new();
    let members =
        |of: &'_ BTreeMap<String, BTreeSet<String>>, name| of.get(name).unwrap_or(&nobody).clone();
    names
        .into_iter()
        .filter_map(|name| difference(name, &members(old, name), &members(new, name)))
        .collect()
}

fn difference(of: &str, old: &BTreeSet<String>, new: &BTreeSet<String>) -> Option<Difference> {
    (old != new).then(|| Difference {
        of: of.to_owned(),
        added: new.difference(old).cloned().collect(),
        removed: old.difference(new).cloned().collect(),
    })
}
