//! Conditions on what a commit's author may say or not: whoever writes the commit chooses whether they hold.

use super::super::place::Place;
use super::super::rule::Mode;
use super::super::written::condition::When;
use super::super::written::rule::{Identity, KnownIdentity, Require, Rule, SamePerson};
use super::super::written::values::Either;
use super::problems::Problems;
use crate::provenance::Ai;

/// Conditions that stand together, perhaps within others.
struct Part<'w> {
    when: &'w When,
    place: Place,
    /// It stands within an odd number of `not`.
    is_negated: bool,
}

/// Warns of rules that a commit escapes by what it says, or does not say, where no other rule holds it to that.
pub(super) fn check(rules: &[Rule], problems: &mut Problems) {
    for (index, rule) in rules.iter().enumerate() {
        let Some(when) = &rule.when else {
            continue;
        };
        let place = Place::top().key("rules").index(index).key("when");
        for part in parts(when, place, false) {
            silence(&part, rule, rules, problems);
            claims(&part, rule, rules, problems);
        }
    }
}

fn parts(when: &When, place: Place, is_negated: bool) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    for (key, list) in [("any", &when.any), ("all", &when.all)] {
        for (index, nested) in list.iter().flatten().enumerate() {
            found.extend(parts(nested, place.key(key).index(index), is_negated));
        }
    }
    if let Some(nested) = &when.not {
        found.extend(parts(nested, place.key("not"), !is_negated));
    }
    found.push(Part {
        when,
        place,
        is_negated,
    });
    found
}

/// A commit that says nothing of agents.
fn silence(part: &Part<'_>, rule: &Rule, rules: &[Rule], problems: &mut Problems) {
    let asked = part.when.ai.as_ref().filter(|asked| !asked.0.is_empty());
    let Some(asked) = asked else {
        return;
    };
    let declares = |require: &Require| require.provenance.is_some();
    let is_meant = asked.0.contains(&Ai::Unknown) != part.is_negated;
    if is_meant || is_held_to(rule, rules, declares) {
        return;
    }
    problems
        .warning(
            "silence-exempts",
            part.place.key("ai"),
            "a commit that says nothing of agents escapes this rule",
        )
        .help(
            "add `unknown`, or a rule on the same refs and paths with `require: { provenance: declared }`",
        );
}

/// A commit that names whom it likes, or words its message as it likes.
fn claims(part: &Part<'_>, rule: &Rule, rules: &[Rule], problems: &mut Problems) {
    let When {
        author,
        committer,
        message,
        ..
    } = part.when;
    let is_pusher = |identity: &Option<Either<KnownIdentity, Identity>>| {
        matches!(
            identity,
            Some(Either::Long(Identity {
                is: Some(SamePerson::Pusher),
                ..
            }))
        )
    };
    let author_is_pusher = |require: &Require| is_pusher(&require.author);
    let committer_is_pusher = |require: &Require| is_pusher(&require.committer);
    if author.is_some() && !is_held_to(rule, rules, author_is_pusher) {
        name_exempts("author", part, problems);
    }
    if committer.is_some() && !is_held_to(rule, rules, committer_is_pusher) {
        name_exempts("committer", part, problems);
    }
    if message.is_some() {
        problems
            .warning(
                "claim-exempts",
                part.place.key("message"),
                "whoever words the message chooses whether this rule applies",
            )
            .help("ask for it in `require`, or for what cannot be chosen: `signer`, `pusher`, the paths");
    }
}

fn name_exempts(key: &str, part: &Part<'_>, problems: &mut Problems) {
    problems
        .warning(
            "claim-exempts",
            part.place.key(key),
            format!("a commit can name anyone as its {key}, and so choose whether this rule applies"),
        )
        .help(format!(
            "use `signer` or `pusher`, or add a rule on the same refs and paths with `require: {{ {key}: {{ is: pusher }} }}`"
        ));
}

/// Is there a rule that asks what `asks` looks for of everything that `rule` is about?
fn is_held_to(rule: &Rule, rules: &[Rule], asks: impl Fn(&Require) -> bool) -> bool {
    rules.iter().any(|other| {
        let is_enforced = matches!(other.mode, None | Some(Either::Short(Mode::Enforce)));
        let is_unconditional =
            other.when.is_none() && other.from.is_none() && other.until.is_none();
        let is_alike = other.repos == rule.repos
            && other.refs == rule.refs
            && other.paths == rule.paths
            && other.zones == rule.zones
            && other.tiers == rule.tiers;
        let asks = other.require.as_ref().is_some_and(&asks);
        asks && is_enforced && is_unconditional && is_alike
    })
}
