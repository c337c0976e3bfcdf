//! Whether quorums can be met, and by how little: what `check` tells before someone waits for an approval in vain.
//!
//! No contributor can approve, so what can be met depends on who made the change. Whoever a quorum hangs on can therefore
//! not get a change of their own approved, and everyone else's waits for them.

use std::collections::BTreeSet;

use super::PersonId;
use crate::approval::quorum::{self, Demand, Fits};

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
        /// Without any one of these they could not, be that one away or the contributor: ascending, and best empty.
        hangs_on: Vec<PersonId>,
    },
}

impl Outlook {
    /// Tries the entries for a change of someone whom no entry names, and without each whom one names.
    pub fn of(entries: &[Entry]) -> Self {
        let alone: Vec<_> = entries.iter().cloned().map(|entry| vec![entry]).collect();
        Self::of_groups(&alone)
    }

    /// The same where an entry asks its count of each of several groups: one person may stand for all that they are in.
    pub fn of_groups(entries: &[Vec<Entry>]) -> Self {
        let everyone: BTreeSet<PersonId> = entries
            .iter()
            .flatten()
            .flat_map(|group| &group.eligible)
            .copied()
            .collect();
        let counts = |groups: &Vec<Entry>| groups.iter().map(|group| group.count).collect();
        let demands: Vec<Demand> = entries.iter().map(counts).collect();
        let is_met_by =
            |persons: &BTreeSet<PersonId>| quorum::is_met(&demands, &fits(entries, persons));
        if !is_met_by(&everyone) {
            let lacking = quorum::lacking(&demands, &fits(entries, &everyone));
            return Outlook::Impossible {
                lacking: lacking
                    .into_iter()
                    .map(|groups| groups.into_iter().sum())
                    .collect(),
            };
        }
        let is_needed = |person: &PersonId| {
            let mut others = everyone.clone();
            others.remove(person);
            !is_met_by(&others)
        };
        Outlook::Possible {
            hangs_on: everyone.iter().copied().filter(is_needed).collect(),
        }
    }
}

/// Where each person could stand.
fn fits(entries: &[Vec<Entry>], persons: &BTreeSet<PersonId>) -> Vec<Fits> {
    let of_person = |person: &PersonId| {
        let in_entry = |groups: &Vec<Entry>| {
            let groups = groups.iter().enumerate();
            let own = groups.filter(|(_, group)| group.eligible.contains(person));
            own.map(|(position, _)| position).collect()
        };
        entries.iter().map(in_entry).collect()
    };
    persons.iter().map(of_person).collect()
}
