//! The lists of path patterns as they are written, entry by entry, for whoever holds each entry against the files of a
//! repository.

use super::super::place::Place;
use super::super::written::Policy;
use super::super::written::values::OneOrMany;
use super::names::Names;
use super::problems::Problems;
use super::sets::Sets;
use crate::paths::Pattern;

/// A list of patterns.
pub(crate) struct List {
    /// Where it stands.
    pub place: Place,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Whether they match what file systems take for the same name.
    pub fold: bool,
}

/// An entry of a list.
pub(crate) struct Entry {
    /// As it is written.
    pub text: String,
    /// What it stands for: one pattern, or those of the set that it names.
    pub patterns: Vec<Pattern>,
}

/// The lists of the zones and rules of a policy that is right.
pub(crate) fn lists(written: &Policy) -> Vec<List> {
    // It was compiled before, so there is nothing to report that was not.
    let mut problems = Problems::default();
    let names = Names::read(written, &mut problems);
    let sets = Sets::read(written, &names, &mut problems);
    let mut list = |place: Place, paths: &OneOrMany<String>, fold: Option<bool>| List {
        entries: paths
            .0
            .iter()
            .map(|text| Entry {
                patterns: sets.patterns(&OneOrMany(vec![text.clone()]), &place, &mut problems),
                text: text.clone(),
            })
            .collect(),
        place,
        fold: fold.unwrap_or(true),
    };
    let mut lists = Vec::new();
    for (name, zone) in written.zones.iter().flat_map(|zones| &zones.0) {
        if let Some(paths) = &zone.paths {
            let place = Place::top().key("zones").key(name).key("paths");
            lists.push(list(place, paths, zone.fold));
        }
    }
    for (index, rule) in written.rules.iter().flatten().enumerate() {
        if let Some(paths) = &rule.paths {
            let place = Place::top().key("rules").index(index).key("paths");
            lists.push(list(place, paths, rule.fold));
        }
    }
    lists
}
