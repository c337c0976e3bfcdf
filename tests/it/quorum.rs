//! Assignments and quorums against trying everything, for all small cases.

use std::collections::BTreeSet;

use portcullis::policy::PersonId;
use portcullis::policy::assignment::{Assignment, Slot, assign};
use portcullis::policy::quorum::{Entry, Outlook, Quorum};
use proptest::prelude::*;

fn slot(count: usize, candidates: &[usize]) -> Slot {
    Slot {
        count,
        candidates: candidates.to_vec(),
    }
}

fn entry(count: usize, eligible: &[u32]) -> Entry {
    Entry {
        count,
        eligible: eligible.iter().copied().map(PersonId).collect(),
    }
}

/// The most places that can be filled, by trying for each candidate from `next` on all slots and none.
fn most(slots: &[Slot], room: &mut [usize], next: usize, candidates: usize) -> usize {
    if next == candidates {
        return 0;
    }
    let mut best = most(slots, room, next + 1, candidates);
    for (index, slot) in slots.iter().enumerate() {
        if room[index] > 0 && slot.candidates.contains(&next) {
            room[index] -= 1;
            best = best.max(1 + most(slots, room, next + 1, candidates));
            room[index] += 1;
        }
    }
    best
}

#[track_caller]
fn check(slots: &[Slot], candidates: usize) {
    let assignment = assign(slots);
    let mut used = BTreeSet::new();
    for (slot, (filled, lacking)) in slots
        .iter()
        .zip(assignment.filled.iter().zip(&assignment.lacking))
    {
        assert_eq!(filled.len() + lacking, slot.count, "{slots:?}");
        for candidate in filled {
            assert!(slot.candidates.contains(candidate), "{slots:?}");
            assert!(used.insert(*candidate), "twice: {slots:?}");
        }
    }
    let mut room: Vec<_> = slots.iter().map(|slot| slot.count).collect();
    assert_eq!(
        used.len(),
        most(slots, &mut room, 0, candidates),
        "{slots:?}"
    );
}

#[test]
fn every_small_assignment_is_the_largest() {
    const CANDIDATES: usize = 3;
    let subset = |bits: usize| {
        (0..CANDIDATES)
            .filter(|bit| bits & (1 << bit) != 0)
            .collect::<Vec<_>>()
    };
    // Three slots, each with any set of candidates and a count from 0 to 2.
    let kinds = (1 << CANDIDATES) * 3;
    let kind = |number: usize| slot(number % 3, &subset(number / 3));
    for number in 0..kinds * kinds * kinds {
        let slots = [
            number % kinds,
            number / kinds % kinds,
            number / kinds / kinds,
        ]
        .map(kind);
        check(&slots, CANDIDATES);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn larger_assignments_are_the_largest(
        slots in prop::collection::vec((0usize..4, prop::collection::btree_set(0usize..7, 0..7)), 0..5),
    ) {
        let slots: Vec<_> = slots.into_iter()
            .map(|(count, candidates)| Slot { count, candidates: candidates.into_iter().collect() }).collect();
        check(&slots, 7);
    }
}

#[test]
fn whoever_comes_first_is_not_simply_taken() {
    // Two of alice, bob and carol, and one of carol: greed would take alice and bob by luck only.
    let assignment = assign(&[slot(2, &[2, 1, 0]), slot(1, &[2])]);
    assert_eq!(assignment.filled, [vec![0, 1], vec![2]]);
    assert!(assignment.is_full());
}

#[test]
fn earlier_slots_are_filled_before_later_ones() {
    assert_eq!(
        assign(&[slot(1, &[0]), slot(2, &[0, 1])]),
        Assignment {
            filled: vec![vec![0], vec![1]],
            lacking: vec![0, 1],
        }
    );
    assert_eq!(assign(&[slot(usize::MAX, &[5])]).lacking, [usize::MAX - 1]);
    assert!(assign(&[]).is_full());
}

#[test]
fn a_long_chain_of_substitutes_is_found() {
    // Each slot could do with the candidate of the next; the last comer moves all of them.
    let mut slots: Vec<_> = (0..500).map(|index| slot(1, &[index, index + 1])).collect();
    slots.push(slot(1, &[0]));
    assert!(assign(&slots).is_full());
    slots.push(slot(1, &[0, 250, 500]));
    assert_eq!(assign(&slots).lacking.iter().sum::<usize>(), 1);
}

#[test]
fn a_quorum_is_tried_for_every_contributor() {
    let quorum = Quorum::of(&[entry(1, &[0, 1]), entry(1, &[1, 2])]);
    let possible = |hangs_on: &[u32]| Outlook::Possible {
        hangs_on: hangs_on.iter().copied().map(PersonId).collect(),
    };
    assert_eq!(quorum.of_others, possible(&[]));
    assert_eq!(quorum.of_eligible[&PersonId(0)], possible(&[1, 2]));
    assert_eq!(quorum.of_eligible[&PersonId(1)], possible(&[0, 2]));
    assert_eq!(quorum.shut_out().count(), 0);

    let hanging = Quorum::of(&[entry(2, &[0, 1, 2]), entry(1, &[2])]);
    assert_eq!(hanging.of_others, possible(&[0, 1, 2]));
    assert_eq!(
        hanging.of_eligible[&PersonId(2)],
        Outlook::Impossible {
            lacking: vec![0, 1]
        }
    );
    assert_eq!(
        hanging.shut_out().collect::<Vec<_>>(),
        [0, 1, 2].map(PersonId)
    );

    let impossible = Quorum::of(&[entry(2, &[0, 1]), entry(1, &[1])]);
    assert_eq!(
        impossible.of_others,
        Outlook::Impossible {
            lacking: vec![0, 1]
        }
    );
    assert_eq!(impossible.shut_out().count(), 0);
    assert_eq!(
        Quorum::of(&[entry(1, &[])]).of_others,
        Outlook::Impossible { lacking: vec![1] }
    );
}

/// Whether some distinct persons meet the entries, `without` some.
fn can_be_met(entries: &[Entry], without: &[PersonId]) -> bool {
    let slots: Vec<_> = entries
        .iter()
        .map(|entry| Slot {
            count: entry.count,
            candidates: entry
                .eligible
                .iter()
                .filter(|person| !without.contains(person))
                .map(|person| person.0 as usize)
                .collect(),
        })
        .collect();
    let mut room: Vec<_> = entries.iter().map(|entry| entry.count).collect();
    let wanted: usize = room.iter().sum();
    most(&slots, &mut room, 0, 5) == wanted
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quorums_agree_with_trying_everything(
        entries in prop::collection::vec((1usize..3, prop::collection::btree_set(0u32..5, 0..5)), 1..4),
    ) {
        let entries: Vec<_> = entries.into_iter()
            .map(|(count, eligible)| Entry { count, eligible: eligible.into_iter().map(PersonId).collect() }).collect();
        let quorum = Quorum::of(&entries);
        let others = [(None, &quorum.of_others)];
        let eligible = quorum.of_eligible.iter().map(|(&person, outlook)| (Some(person), outlook));
        for (contributor, outlook) in others.into_iter().chain(eligible) {
            let without = |more: Option<PersonId>| contributor.into_iter().chain(more).collect::<Vec<_>>();
            let expected: Option<Vec<_>> = can_be_met(&entries, &without(None)).then(|| {
                (0..5).map(PersonId).filter(|&person| !can_be_met(&entries, &without(Some(person)))).collect()
            });
            match outlook {
                Outlook::Impossible { lacking } => {
                    prop_assert_eq!(expected, None);
                    prop_assert!(lacking.iter().any(|&lacking| lacking > 0));
                }
                Outlook::Possible { hangs_on } => {
                    let expected: Option<Vec<_>> = expected.map(|persons: Vec<PersonId>| {
                        persons.into_iter().filter(|&person| Some(person) != contributor).collect()
                    });
                    prop_assert_eq!(expected.as_ref(), Some(hangs_on));
                }
            }
        }
    }
}
