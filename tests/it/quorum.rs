//! Quorums against trying everything, for small cases.

use std::collections::BTreeSet;

use portcullis::policy::PersonId;
use portcullis::policy::quorum::{Entry, Outlook};
use proptest::prelude::*;

fn entry(count: usize, eligible: &[u32]) -> Entry {
    Entry {
        count,
        eligible: eligible.iter().copied().map(PersonId).collect(),
    }
}

/// How a change of `contributor` fares, or of someone whom no entry names.
fn outlook(entries: &[Entry], contributor: Option<PersonId>) -> Outlook {
    let mut entries = entries.to_vec();
    for entry in &mut entries {
        entry.eligible.retain(|&person| Some(person) != contributor);
    }
    Outlook::of(&entries)
}

#[test]
fn a_quorum_is_tried_for_every_contributor() {
    let entries = [entry(1, &[0, 1]), entry(1, &[1, 2])];
    let possible = |hangs_on: &[u32]| Outlook::Possible {
        hangs_on: hangs_on.iter().copied().map(PersonId).collect(),
    };
    assert_eq!(outlook(&entries, None), possible(&[]));
    assert_eq!(outlook(&entries, Some(PersonId(0))), possible(&[1, 2]));
    assert_eq!(outlook(&entries, Some(PersonId(1))), possible(&[0, 2]));

    let hanging = [entry(2, &[0, 1, 2]), entry(1, &[2])];
    assert_eq!(outlook(&hanging, None), possible(&[0, 1, 2]));
    assert_eq!(
        outlook(&hanging, Some(PersonId(2))),
        Outlook::Impossible {
            lacking: vec![0, 1]
        }
    );
    // Whoever all others wait for is shut out.
    for person in [0, 1, 2].map(PersonId) {
        let of_own = outlook(&hanging, Some(person));
        assert!(matches!(of_own, Outlook::Impossible { .. }));
    }

    let impossible = [entry(2, &[0, 1]), entry(1, &[1])];
    assert_eq!(
        outlook(&impossible, None),
        Outlook::Impossible {
            lacking: vec![0, 1]
        }
    );
    assert_eq!(
        outlook(&[entry(1, &[])], None),
        Outlook::Impossible { lacking: vec![1] }
    );
}

/// Whether some distinct persons meet the entries, `without` some: every way to give each person to one entry or none.
fn can_be_met(entries: &[Entry], without: &[PersonId]) -> bool {
    let choices = entries.len() + 1;
    let persons: Vec<_> = (0..5)
        .map(PersonId)
        .filter(|person| !without.contains(person))
        .collect();
    (0..choices.pow(u32::try_from(persons.len()).unwrap())).any(|mut way| {
        let mut have = vec![0; entries.len()];
        for person in &persons {
            let entry = way % choices;
            way /= choices;
            if entries
                .get(entry)
                .is_some_and(|entry| entry.eligible.contains(person))
            {
                have[entry] += 1;
            }
        }
        entries
            .iter()
            .zip(have)
            .all(|(entry, have)| have >= entry.count)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn quorums_agree_with_trying_everything(
        entries in prop::collection::vec((1usize..3, prop::collection::btree_set(0u32..5, 0..5)), 1..4),
    ) {
        let entries: Vec<_> = entries.into_iter()
            .map(|(count, eligible)| Entry { count, eligible: eligible.into_iter().map(PersonId).collect() }).collect();
        let eligible = entries.iter().flat_map(|entry| entry.eligible.clone());
        let eligible: BTreeSet<PersonId> = eligible.collect();
        for contributor in std::iter::once(None).chain(eligible.into_iter().map(Some)) {
            let without = |more: Option<PersonId>| contributor.into_iter().chain(more).collect::<Vec<_>>();
            let expected: Option<Vec<_>> = can_be_met(&entries, &without(None)).then(|| {
                (0..5).map(PersonId).filter(|&person| !can_be_met(&entries, &without(Some(person)))).collect()
            });
            match outlook(&entries, contributor) {
                Outlook::Impossible { lacking } => {
                    prop_assert_eq!(expected, None);
                    prop_assert!(lacking.iter().any(|&lacking| lacking > 0));
                }
                Outlook::Possible { hangs_on } => {
                    let expected: Option<Vec<_>> = expected.map(|persons: Vec<PersonId>| {
                        persons.into_iter().filter(|&person| Some(person) != contributor).collect()
                    });
                    prop_assert_eq!(expected, Some(hangs_on));
                }
            }
        }
    }
}
