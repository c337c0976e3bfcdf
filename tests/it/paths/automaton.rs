//! The automaton against the [`reference`](super::reference), on generated lists and hostile paths.

use portcullis::paths::{AutomatonBuilder, SetId, SetMask};
use proptest::prelude::*;

use super::reference::contains;
use super::{generate, parse};

/// Lists with their `fold`, which together make an automaton.
fn sets() -> impl Strategy<Value = Vec<(Vec<String>, bool)>> {
    prop::collection::vec((generate::list(), any::<bool>()), 1..=4)
}

/// Beside the generated ones, sets that move them beyond the 64 of one machine word.
fn padding() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![0, 63, 130])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// The automaton agrees with the reference on every set, and prunes no directory with a match below.
    #[test]
    fn agrees_with_the_automaton(
        sets in sets(),
        padding in padding(),
        paths in prop::collection::vec((generate::hostile_path(), generate::kind()), 1..40),
    ) {
        let mut builder = AutomatonBuilder::new();
        for _ in 0..padding {
            builder.add(&parse(&["q/q"]), true);
        }
        let ids: Vec<_> = sets.iter().map(|(list, fold)| builder.add(&parse(list), *fold)).collect();
        let automaton = builder.build();
        for (path, kind) in &paths {
            let found = automaton.matches_path(path, *kind);
            let mut state = automaton.root();
            let mut prunable = SetMask::new();
            let mut names = path.split(|&byte| byte == b'/').peekable();
            while let Some(name) = names.next() {
                for &id in &ids {
                    if !state.can_match(&SetMask::from_iter([id])) {
                        prunable.insert(id);
                    }
                }
                if names.peek().is_some() {
                    state = automaton.descend(&state, name);
                }
            }
            for (id, (list, fold)) in ids.iter().zip(&sets) {
                let path_text = String::from_utf8_lossy(path);
                prop_assert_eq!(
                    found.contains(*id), contains(list, *fold, path, *kind), "{:?} {:?} {} {:?}", list, fold, path_text, kind
                );
                prop_assert!(
                    !(prunable.contains(*id) && found.contains(*id)), "pruned {:?} {:?} {}", list, fold, path_text
                );
            }
            prop_assert!(found.iter().all(|set| set >= SetId(padding)));
        }
    }
}
