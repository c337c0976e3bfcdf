//! Conditions on what a commit's author may say or not: whoever writes the commit chooses whether they hold.

use super::super::place::Place;
use super::super::rule::Mode;
use super::super::written::rule::Rule;
use super::super::written::values::Either;
use super::problems::Problems;
use crate::provenance::Ai;

/// Warns of rules that a commit escapes by saying nothing of agents, where no other rule makes it say something.
pub(super) fn check(rules: &[Rule], problems: &mut Problems) {
    for (index, rule) in rules.iter().enumerate() {
        let asked = rule.when.as_ref().and_then(|when| when.ai.as_ref());
        let Some(asked) = asked.filter(|asked| !asked.0.is_empty()) else {
            continue;
        };
        let must_speak = || rules.iter().any(|other| asks_to_declare(other, rule));
        if asked.0.contains(&Ai::Unknown) || must_speak() {
            continue;
        }
        let place = Place::top().key("rules").index(index).key("when").key("ai");
        problems
            .warning(
                "silence-exempts",
                place,
                "a commit that says nothing of agents escapes this rule",
            )
            .help(
                "add `unknown`, or a rule on the same refs and paths with `require: { provenance: declared }`",
            );
    }
}

/// Does `other` ask everything that `rule` is about to say whether an agent helped?
fn asks_to_declare(other: &Rule, rule: &Rule) -> bool {
    let requires = |rule: &Rule| {
        let require = rule.require.as_ref();
        require.is_some_and(|require| require.provenance.is_some())
    };
    let is_enforced = matches!(other.mode, None | Some(Either::Short(Mode::Enforce)));
    let is_unconditional = other.when.is_none() && other.from.is_none() && other.until.is_none();
    let is_alike = other.repos == rule.repos
        && other.refs == rule.refs
        && other.paths == rule.paths
        && other.zones == rule.zones
        && other.tiers == rule.tiers;
    requires(other) && is_enforced && is_unconditional && is_alike
}
