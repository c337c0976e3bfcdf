//! Quorums against trying everything, for small cases.

use portcullis::policy::PersonId;
use portcullis::policy::quorum::{Entry, Outlook, Quorum};
use proptest::prelude::*;

fn entry(count: usize, eligible: &[u32]) -> Entry {
    Entry {
        count,
        eligible: eligible.iter().copied().map(PersonId).collect(),
    }
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
