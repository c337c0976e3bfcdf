//! What is remembered of broken glass: who has done it when, and what is owed for it.

use std::collections::BTreeSet;

use gix::bstr::BString;
use gix::hash::ObjectId;

use crate::policy::exceptions::Rate;

/// The memory of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// Each push in which a person has gone past rules, the oldest first.
    pub uses: Vec<Use>,
    /// All debts that were ever opened.
    pub debts: Vec<Debt>,
    /// Those that are paid.
    pub paid: BTreeSet<DebtId>,
}

/// One push in which a person has gone past rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Who.
    pub person: String,
    /// When, in seconds since 1970.
    pub time: i64,
}

/// What tells a debt from all others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DebtId {
    /// The decision that has opened it.
    pub decision: String,
    /// The ref.
    pub name: BString,
    /// The id of the rule that was gone past.
    pub rule: String,
}

/// A change that has gone past a rule, and that somebody must look at afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    /// Which one.
    pub id: DebtId,
    /// What the ref held; `None` if it was created.
    pub base: Option<ObjectId>,
    /// What it held then.
    pub head: ObjectId,
    /// Who has broken the glass.
    pub person: String,
    /// The account that has pushed.
    pub account: Option<String>,
    /// When it was opened, in seconds since 1970.
    pub opened: i64,
    /// When it must be paid.
    pub due: i64,
}

impl Memory {
    /// When the person may break the glass again; `None`: now. A use that a clock has dated in the future counts too.
    pub(super) fn next_turn(&self, person: &str, rate: Rate, now: i64) -> Option<i64> {
        let within = i64::try_from(rate.within.as_secs()).unwrap_or(i64::MAX);
        let own = self.uses.iter().filter(|used| used.person == person);
        let mut over: Vec<i64> = own
            .map(|used| used.time.saturating_add(within))
            .filter(|over| *over > now)
            .collect();
        over.sort_unstable_by(|one, other| other.cmp(one));
        over.get(rate.times - 1).copied()
    }

    /// The debts that are not paid.
    pub fn open(&self) -> impl Iterator<Item = &Debt> {
        self.debts
            .iter()
            .filter(|debt| !self.paid.contains(&debt.id))
    }
}

impl Debt {
    /// Has it been open for too long?
    pub fn is_overdue(&self, now: i64) -> bool {
        now >= self.due
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_rate_is_of_one_person_and_of_a_moving_window() {
        let used = |person: &str, time| Use {
            person: person.to_owned(),
            time,
        };
        let memory = Memory {
            uses: vec![used("alice", 100), used("bob", 120), used("alice", 150)],
            ..Memory::default()
        };
        let rate = Rate {
            times: 2,
            within: Duration::from_secs(100),
        };
        assert_eq!(memory.next_turn("alice", rate, 160), Some(200));
        assert_eq!(memory.next_turn("alice", rate, 199), Some(200));
        assert_eq!(memory.next_turn("alice", rate, 200), None);
        assert_eq!(memory.next_turn("bob", rate, 160), None);
        // The clock has jumped back: what was done is done.
        assert_eq!(memory.next_turn("alice", rate, 10), Some(200));
    }
}
