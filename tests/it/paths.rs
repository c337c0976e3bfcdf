//! `portcullis::paths` against git itself, against a slow and obvious reference, and against hostile input.

mod automaton;
mod generate;
mod git;
mod hostile;
pub(crate) mod reference;

use portcullis::paths::{Automaton, AutomatonBuilder, EntryKind, Pattern, SetId};

/// An automaton of one set.
fn automaton<S: AsRef<str>>(patterns: &[S], fold: bool) -> Automaton {
    let mut builder = AutomatonBuilder::new();
    builder.add(&parse(patterns), fold);
    builder.build()
}

fn parse<S: AsRef<str>>(patterns: &[S]) -> Vec<Pattern> {
    patterns
        .iter()
        .map(|text| Pattern::parse(text.as_ref()).expect("a valid pattern"))
        .collect()
}

fn contains(automaton: &Automaton, path: &[u8], kind: EntryKind) -> bool {
    automaton.matches_path(path, kind).contains(SetId(0))
}
