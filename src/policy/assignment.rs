//! Who fills which slot, where each person fills one: a largest assignment, found exactly.
//!
//! "Two of the owners, and one of security" is met by Alice, Bob and Carol only if someone can be spared for each place.
//! Whoever takes the first that fits may use up Carol as an owner, and find nobody for security. So places are filled
//! along augmenting paths, as in bipartite matching, each path a shortest one: a person who is
//! wanted elsewhere makes room if another can take over.

use std::collections::VecDeque;

/// So many distinct candidates of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// How many.
    pub count: usize,
    /// Who is acceptable, by index; each once.
    pub candidates: Vec<usize>,
}

/// Who fills which slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// For each slot the candidates that fill it, ascending, at most as many as it counts.
    pub filled: Vec<Vec<usize>>,
    /// For each slot how many it lacks. No assignment lacks fewer in all.
    pub lacking: Vec<usize>,
}

impl Assignment {
    /// Is no slot lacking anyone?
    pub fn is_full(&self) -> bool {
        self.lacking.iter().all(|&lacking| lacking == 0)
    }
}

/// Fills as many places of `slots` as can be filled, each candidate filling one at most.
///
/// Where not all can be, earlier slots are filled before later ones.
pub fn assign(slots: &[Slot]) -> Assignment {
    let candidates = slots.iter().flat_map(|slot| &slot.candidates).max();
    let mut matching = Matching {
        slots,
        slot_of: vec![None; candidates.map_or(0, |&last| last + 1)],
        filled: vec![0; slots.len()],
    };
    for (index, slot) in slots.iter().enumerate() {
        // A path that is not there now will not be there later, so one failure ends the slot.
        while matching.filled[index] < slot.count && matching.augment(index) {}
    }
    matching.into_assignment()
}

struct Matching<'s> {
    slots: &'s [Slot],
    /// The slot that each candidate fills.
    slot_of: Vec<Option<usize>>,
    /// How many places of each slot are filled.
    filled: Vec<usize>,
}

impl Matching<'_> {
    /// Fills one more place of `start`: by a free candidate, or by one whose slot can have another, and so on.
    fn augment(&mut self, start: usize) -> bool {
        // From which slot each candidate was reached, and through whom of its own each slot, over shortest ways.
        let mut reached_from = vec![None; self.slot_of.len()];
        let mut entered_by = vec![None; self.slots.len()];
        let mut queue = VecDeque::from([start]);
        while let Some(slot) = queue.pop_front() {
            for &candidate in &self.slots[slot].candidates {
                if reached_from[candidate].is_some() || self.slot_of[candidate] == Some(slot) {
                    continue;
                }
                reached_from[candidate] = Some(slot);
                match self.slot_of[candidate] {
                    None => {
                        self.shift(candidate, start, &reached_from, &entered_by);
                        return true;
                    }
                    Some(other) if other != start && entered_by[other].is_none() => {
                        entered_by[other] = Some(candidate);
                        queue.push_back(other);
                    }
                    Some(_) => {}
                }
            }
        }
        false
    }

    /// Gives the free candidate to the slot that reached it, that slot's candidate to the one before, back to `start`.
    fn shift(
        &mut self,
        free: usize,
        start: usize,
        reached_from: &[Option<usize>],
        entered_by: &[Option<usize>],
    ) {
        let mut candidate = free;
        loop {
            let slot = reached_from[candidate].expect("every candidate of the way was reached");
            self.slot_of[candidate] = Some(slot);
            if slot == start {
                break;
            }
            candidate = entered_by[slot].expect("every slot but the start was entered");
        }
        self.filled[start] += 1;
    }

    fn into_assignment(self) -> Assignment {
        let mut filled = vec![Vec::new(); self.slots.len()];
        for (candidate, slot) in self.slot_of.iter().enumerate() {
            if let Some(slot) = slot {
                filled[*slot].push(candidate);
            }
        }
        let lacking = self.slots.iter().zip(&filled);
        let lacking = lacking.map(|(slot, filled)| slot.count - filled.len());
        Assignment {
            lacking: lacking.collect(),
            filled,
        }
    }
}
