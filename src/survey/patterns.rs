//! Entries of lists of patterns that have nothing to say in a repository.

use std::collections::BTreeSet;

use super::Content;
use crate::git::walk::kind_of;
use crate::paths::{AutomatonBuilder, Pattern, SetId};
use crate::policy::Loaded;
use crate::policy::compile::lists::List;

/// Warns of entries that match no file, and of those that never have the last word.
pub(super) fn warn(loaded: &mut Loaded, content: &Content) {
    let mut found = Vec::new();
    for list in loaded.lists() {
        for (index, heard) in heard(&list, content).into_iter().enumerate() {
            let text = &list.entries[index].text;
            // What a set of the policy or of the program names need not all be in each repository.
            let is_set = text.trim_start_matches('!').starts_with('@');
            let place = list.place.index(index);
            if heard.matched == 0 && !is_set {
                let message = format!("`{text}` matches no file of this repository");
                let help =
                    "look for a slip, or remove it if it is meant for no other repository either";
                found.push((place, "matches-nothing", message, help));
            } else if heard.matched > 0 && heard.decided == 0 {
                let over: Vec<_> = heard
                    .overruled_by
                    .iter()
                    .map(|&other| format!("`{}`", list.entries[other].text))
                    .collect();
                let message = format!(
                    "`{text}` says nothing here: whatever it matches, {} matches too, and later entries win",
                    over.join(" or ")
                );
                let help = "remove it, or move it behind them";
                found.push((place, "shadowed", message, help));
            }
        }
    }
    let found = found
        .iter()
        .map(|(place, code, message, help)| (place, *code, message.clone(), *help));
    loaded.warn_of(found);
}

/// How far an entry is heard.
#[derive(Debug, Default, Clone)]
struct Heard {
    /// How many files it matches.
    matched: usize,
    /// How many of them no later entry matches.
    decided: usize,
    /// The later entries that match the others.
    overruled_by: BTreeSet<usize>,
}

fn heard(list: &List, content: &Content) -> Vec<Heard> {
    let mut builder = AutomatonBuilder::new();
    // Each entry by itself: a pattern that excludes matches what it would include.
    let alone = |pattern: &Pattern| {
        let text = pattern.as_str();
        Pattern::parse(text.strip_prefix('!').unwrap_or(text)).ok()
    };
    for entry in &list.entries {
        let patterns: Vec<Pattern> = entry.patterns.iter().filter_map(alone).collect();
        // Only inclusions match what file systems take for the same name.
        let is_exclusion = entry.text.starts_with('!');
        builder.add(&patterns, list.fold && !is_exclusion);
    }
    let automaton = builder.build();
    let mut heard = vec![Heard::default(); list.entries.len()];
    for (path, mode) in &content.files {
        let sets = automaton.includes_path(path, kind_of(*mode));
        let matching: Vec<usize> = sets.iter().map(|SetId(set)| set as usize).collect();
        let Some((&last, earlier)) = matching.split_last() else {
            continue;
        };
        heard[last].matched += 1;
        heard[last].decided += 1;
        for &entry in earlier {
            heard[entry].matched += 1;
            heard[entry].overruled_by.insert(last);
        }
    }
    heard
}
