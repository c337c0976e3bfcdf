//! Rules that keep a ref from moving back, and not from being deleted: whoever deletes it, and makes it anew of what it was
//! once, has moved it back in two pushes.

use super::super::place::Place;
use super::super::rule::UpdateKind;
use super::super::written::rule::Rule;
use super::problems::Problems;

/// Warns of such rules, where no other forbids to delete the same refs.
pub(super) fn check(rules: &[Rule], problems: &mut Problems) {
    for (index, rule) in rules.iter().enumerate() {
        let keeps = |other: &Rule| {
            denies(other, UpdateKind::Delete)
                && other.refs == rule.refs
                && other.repos == rule.repos
        };
        if denies(rule, UpdateKind::Rewind) && !rules.iter().any(keeps) {
            let place = Place::top().key("rules").index(index);
            problems
                .warning(
                    "deletion-rewinds",
                    place.key("when").key("update"),
                    "who deletes such a ref, and makes it anew of what it was once, escapes this rule",
                )
                .help("add `delete`");
        }
    }
}

fn denies(rule: &Rule, kind: UpdateKind) -> bool {
    let kinds = rule.when.as_ref().and_then(|when| when.update.as_ref());
    rule.deny.is_some() && kinds.is_some_and(|kinds| kinds.0.contains(&kind))
}
