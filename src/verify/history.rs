//! Follows the decisions on one ref from where it began to what it holds.
//!
//! Each decision says what the ref held when it was taken, which is certain, and what it would hold, which git may not
//! have carried out: another push won, or a later hook refused. So the decisions are steps that may have been taken, and
//! what the ref held next must be where it was, or where such steps lead.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, VecDeque};

use gix::hash::ObjectId;

/// An accepted decision on a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The number of its line in the ledger.
    pub number: u64,
    /// Its id.
    pub id: Option<String>,
    /// When it was pushed.
    pub time: String,
    /// What the ref held.
    pub old: Option<ObjectId>,
    /// What it would hold.
    pub new: Option<ObjectId>,
}

/// From where on a ref is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// Lines of the ledger up to this number do not count.
    pub after: u64,
    /// What the ref held then.
    pub value: Option<ObjectId>,
}

/// A move without a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// What the ref held as far as decisions tell; `None`: it did not exist.
    pub from: Option<ObjectId>,
    /// What it held instead.
    pub to: Option<ObjectId>,
    /// The last decision before.
    pub after: Option<Step>,
    /// The decision that found it there; `None` if it is there now.
    pub before: Option<Step>,
    /// It is where the last decision found it: that was taken back, or git did not carry it out although no other push
    /// was in its way.
    pub is_undone: bool,
}

/// Follows a ref that holds `now` through all decisions on it. Without a `start`, it began where the first decision found
/// it; one that no decision is about began as nothing.
pub fn follow(start: Option<Start>, steps: &[Step], now: Option<ObjectId>) -> Vec<Gap> {
    let steps: Vec<&Step> = steps
        .iter()
        .filter(|step| start.is_none_or(|start| step.number > start.after))
        .collect();
    let value = match start {
        Some(start) => start.value,
        None => steps.first().and_then(|step| step.old),
    };
    let mut way = Way {
        value,
        open: BTreeMap::new(),
        last: None,
    };
    let mut gaps = Vec::new();
    let later = last_uses(&steps);
    for (position, &step) in steps.iter().enumerate() {
        if !way.lead_to(step.old) {
            // Two pushes at once are written down in either order. One that was late, and that git then refused because
            // the other had won, found the ref where it no longer is.
            let came_true =
                step.new == now || later.get(&step.new).is_some_and(|&last| last > position);
            if !came_true {
                continue;
            }
            gaps.push(way.gap(step.old, Some(step)));
        }
        way.open.entry(step.old).or_default().push_back(step.new);
        way.last = Some(step);
    }
    if !way.lead_to(now) {
        gaps.push(way.gap(now, None));
    }
    let undone = steps
        .last()
        .filter(|step| step.old == now && step.new != now);
    if let (Some(step), []) = (undone, &gaps[..]) {
        gaps.push(Gap {
            is_undone: true,
            ..way.gap(step.old, None)
        });
    }
    gaps
}

/// The last decision that found the ref at each value.
fn last_uses(steps: &[&Step]) -> BTreeMap<Option<ObjectId>, usize> {
    let uses = steps.iter().enumerate();
    uses.map(|(position, step)| (step.old, position)).collect()
}

/// The way so far.
struct Way<'s> {
    /// What the ref was last known to hold.
    value: Option<ObjectId>,
    /// Steps that were decided and not taken yet, by where they begin.
    open: BTreeMap<Option<ObjectId>, VecDeque<Option<ObjectId>>>,
    last: Option<&'s Step>,
}

impl Way<'_> {
    /// Goes to `target`, if open steps lead there, and takes them.
    fn lead_to(&mut self, target: Option<ObjectId>) -> bool {
        if self.value == target {
            return true;
        }
        let mut came_from = BTreeMap::from([(self.value, self.value)]);
        let mut next = VecDeque::from([self.value]);
        while let Some(at) = next.pop_front() {
            for &to in self.open.get(&at).into_iter().flatten() {
                if let Entry::Vacant(unseen) = came_from.entry(to) {
                    unseen.insert(at);
                    next.push_back(to);
                }
            }
        }
        let mut to = target;
        while to != self.value {
            let Some(&from) = came_from.get(&to) else {
                return false;
            };
            if let Some(open) = self.open.get_mut(&from) {
                let taken = open.iter().position(|step| *step == to);
                taken.and_then(|taken| open.remove(taken));
            }
            to = from;
        }
        self.value = target;
        true
    }

    /// The ref was found at `to`, where no step leads.
    fn gap(&mut self, to: Option<ObjectId>, before: Option<&Step>) -> Gap {
        // What was decided last was most likely done: what came after it was not.
        let from = self.last.map_or(self.value, |step| step.new);
        self.value = to;
        Gap {
            from,
            to,
            after: self.last.cloned(),
            before: before.cloned(),
            is_undone: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> Option<ObjectId> {
        (number > 0).then(|| ObjectId::from_bytes_or_panic(&[number; 20]))
    }

    fn followed(start: Option<u8>, steps: &[(u8, u8)], now: u8) -> Vec<(u8, u8, bool)> {
        let steps: Vec<_> = (1..)
            .zip(steps)
            .map(|(number, &(old, new))| Step {
                number,
                id: None,
                time: String::new(),
                old: id(old),
                new: id(new),
            })
            .collect();
        let start = start.map(|value| Start {
            after: 0,
            value: id(value),
        });
        let byte = |id: Option<ObjectId>| id.map_or(0, |id| id.as_bytes()[0]);
        let gaps = follow(start, &steps, id(now));
        gaps.iter()
            .map(|gap| (byte(gap.from), byte(gap.to), gap.is_undone))
            .collect()
    }

    #[test]
    fn what_was_decided_is_no_gap() {
        assert_eq!(followed(None, &[(0, 1), (1, 2), (2, 3)], 3), []);
        assert_eq!(followed(None, &[(1, 2), (2, 0), (0, 3)], 3), []);
        // Moved back, and there again.
        assert_eq!(followed(None, &[(1, 2), (2, 1), (1, 2), (2, 1)], 1), []);
        assert_eq!(followed(Some(4), &[], 4), []);
    }

    #[test]
    fn what_another_push_won_is_no_gap() {
        assert_eq!(followed(None, &[(1, 2), (1, 3), (2, 4)], 4), []);
        assert_eq!(followed(None, &[(1, 3), (1, 2), (2, 4)], 4), []);
        // Written down late.
        assert_eq!(followed(None, &[(1, 2), (2, 4), (1, 3)], 4), []);
        assert_eq!(followed(None, &[(1, 2), (1, 3), (1, 4)], 3), []);
    }

    #[test]
    fn what_git_did_not_do_is_said() {
        assert_eq!(followed(None, &[(1, 2), (2, 3)], 2), [(3, 2, true)]);
        assert_eq!(followed(None, &[(0, 1)], 0), [(1, 0, true)]);
    }

    #[test]
    fn what_was_not_decided_is_a_gap() {
        assert_eq!(followed(None, &[(0, 1), (1, 2)], 7), [(2, 7, false)]);
        assert_eq!(followed(None, &[(0, 1), (1, 2)], 0), [(2, 0, false)]);
        assert_eq!(followed(None, &[], 7), [(0, 7, false)]);
        assert_eq!(followed(Some(4), &[], 7), [(4, 7, false)]);
        assert_eq!(followed(Some(4), &[], 0), [(4, 0, false)]);
        assert_eq!(followed(None, &[(1, 2), (7, 3)], 3), [(2, 7, false)]);
        assert_eq!(
            followed(None, &[(1, 2), (2, 3), (1, 4)], 4),
            [(3, 1, false)]
        );
        // Twice the same way back needs two decisions.
        assert_eq!(
            followed(None, &[(1, 2), (2, 1), (1, 3), (3, 4), (1, 5)], 5),
            [(4, 1, false)]
        );
    }
}
