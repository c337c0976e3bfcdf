//! Whether quorums can be met, and by how little: what `check` tells before someone waits for an approval in vain.
//!
//! No contributor can approve, so what can be met depends on who made the change. A quorum is therefore looked at once as
//! it is for whoever is not in it, and once for each person in it as the contributor.

use std::collections::{BTreeMap, BTreeSet};

use super::PersonId;
use super::assignment::{Assignment, Slot, assign};

/// One entry of a list of approvals: so many distinct persons of these. Entries of one list need different persons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How many.
    pub count: usize,
    /// Who may. Programs, which fill no human slot, are not among them.
    pub eligible: BTreeSet<PersonId>,
}

/// How a change fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlook {
    /// The entries cannot be met.
    Impossible {
        /// How many persons each entry lacks, earlier entries being filled first.
        lacking: Vec<usize>,
    },
    /// They can.
    Possible {
        /// Without any one of these they could not, so the change waits for each of them: ascending, and best empty.
        hangs_on: Vec<PersonId>,
    },
}

/// How the changes of everyone fare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quorum {
    /// The changes of those whom no entry names. If these are impossible, so are all.
    pub of_others: Outlook,
    /// The changes of each person whom an entry names.
    pub of_eligible: BTreeMap<PersonId, Outlook>,
}

impl Quorum {
    /// Tries the entries with each possible contributor left out.
    pub fn of(entries: &[Entry]) -> Self {
        let everyone = entries.iter().flat_map(|entry| &entry.eligible);
        Quorum {
            of_others: Outlook::of(entries, None),
            of_eligible: everyone
                .map(|&person| (person, Outlook::of(entries, Some(person))))
                .collect(),
        }
    }

    /// Whose changes can never be approved, though those of others can.
    pub fn shut_out(&self) -> impl Iterator<Item = PersonId> {
        let possible = matches!(self.of_others, Outlook::Possible { .. });
        let impossible = self
            .of_eligible
            .iter()
            .filter(move |(_, outlook)| possible && matches!(outlook, Outlook::Impossible { .. }));
        impossible.map(|(&person, _)| person)
    }
}

impl Outlook {
    /// Tries the entries for a change of this contributor, or of someone whom no entry names.
    pub fn of(entries: &[Entry], contributor: Option<PersonId>) -> Self {
        let slots = slots(entries, contributor);
        let assignment = assign(&slots.list);
        if !assignment.is_full() {
            return Outlook::Impossible {
                lacking: assignment.lacking,
            };
        }
        Outlook::Possible {
            hangs_on: slots.indispensable(&assignment),
        }
    }
}

/// Entries in the form that is assigned, with the persons behind the indices.
struct Slots {
    list: Vec<Slot>,
    persons: Vec<PersonId>,
}

fn slots(entries: &[Entry], without: Option<PersonId>) -> Slots {
    let everyone: BTreeSet<_> = entries.iter().flat_map(|entry| &entry.eligible).collect();
    let persons: Vec<_> = everyone.into_iter().copied().collect();
    let index = |person: &PersonId| {
        persons
            .binary_search(person)
            .expect("everyone of an entry is among them")
    };
    let list = entries.iter().map(|entry| Slot {
        count: entry.count,
        candidates: entry
            .eligible
            .iter()
            .filter(|&&person| Some(person) != without)
            .map(index)
            .collect(),
    });
    Slots {
        list: list.collect(),
        persons,
    }
}

impl Slots {
    /// Those without whom no assignment is full. They are among those who fill a place in this one.
    fn indispensable(&self, full: &Assignment) -> Vec<PersonId> {
        let mut filling: Vec<_> = full.filled.iter().flatten().copied().collect();
        filling.sort_unstable();
        filling.retain(|&candidate| !self.can_do_without(candidate));
        filling
            .into_iter()
            .map(|candidate| self.persons[candidate])
            .collect()
    }

    fn can_do_without(&self, candidate: usize) -> bool {
        let mut list = self.list.clone();
        for slot in &mut list {
            slot.candidates.retain(|&other| other != candidate);
        }
        assign(&list).is_full()
    }
}
