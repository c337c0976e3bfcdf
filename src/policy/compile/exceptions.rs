//! Exceptions, from written to meant: waivers, and break glass.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::exceptions::{Bypass, Waiver};
use super::super::people::{Eligible, Kind};
use super::super::place::Place;
use super::super::rule::{Modes, Rule};
use super::super::written::exceptions as written;
use super::super::written::read::closest;
use super::super::written::values::{Date, OneOrMany};
use super::super::{RepoPolicy, rule::Mode, written as all};
use super::expressions::whole;
use super::names::{Names, suggestion};
use super::own;
use super::problems::Problems;
use crate::paths::PatternError;
use crate::paths::names::{RefPatterns, RepoPatterns};

/// Reads `waivers`.
pub(super) fn waivers(
    written: &all::Policy,
    rules: &[Rule],
    problems: &mut Problems,
) -> Vec<Arc<Waiver>> {
    let place = Place::top().key("waivers");
    let rules = Rules::of(written, rules);
    let list = written.waivers.iter().flatten().enumerate();
    list.filter_map(|(index, waiver)| self::waiver(waiver, rules, &place.index(index), problems))
        .map(Arc::new)
        .collect()
}

fn waiver(
    written: &written::Waiver,
    rules: Rules<'_>,
    place: &Place,
    problems: &mut Problems,
) -> Option<Waiver> {
    let repos = written.repos.as_ref().and_then(|repos| {
        patterns(repos, &place.key("repos"), problems, |texts| {
            RepoPatterns::parse(texts)
        })
    });
    let refs = written.refs.as_ref().and_then(|refs| {
        patterns(refs, &place.key("refs"), problems, |texts| {
            RefPatterns::parse(texts)
        })
    });
    let missing = [
        ("rule", written.rule.is_none(), "name the rule that is off"),
        (
            "until",
            written.until.is_none(),
            "add `until: 2030-01-31`: what is off for ever is no waiver; remove the rule, or set its `mode`",
        ),
        (
            "reason",
            written
                .reason
                .as_ref()
                .is_none_or(|reason| reason.trim().is_empty()),
            "say why: it stands in the ledger, and in what `explain` prints",
        ),
    ];
    for (key, _, help) in missing.into_iter().filter(|(_, is_missing, _)| *is_missing) {
        problems
            .error(
                "missing-key",
                place.clone(),
                format!("the waiver has no `{key}`"),
            )
            .help(help);
    }
    let id = written.rule.as_ref()?;
    let named = rules.find(id, &place.key("rule"), problems)?;
    let waiver = Waiver {
        rule: id.clone(),
        repos,
        refs,
        until: written.until.map(Date::end)?,
        reason: written.reason.clone()?,
    };
    if let Named::Rule(rule) = named {
        check_effect(&waiver, rule, place, problems);
    }
    Some(waiver)
}

/// A waiver of what does not hold anyway is a mistake, in the waiver or in the rule.
fn check_effect(waiver: &Waiver, rule: &Rule, place: &Place, problems: &mut Problems) {
    let refs = waiver.refs.as_ref().filter(|refs| refs.is_literal());
    let misses_refs = refs.is_some_and(|refs| {
        !refs
            .literals()
            .any(|name| refs.matches(name.as_bytes()) && rule.refs.matches(name.as_bytes()))
    });
    let is_off = matches!(rule.mode, Modes::Everywhere(Mode::Off));
    let is_over = rule.from.is_some_and(|from| from >= waiver.until);
    let why = if misses_refs {
        ("refs", format!("`{}` governs none of these refs", rule.id))
    } else if is_off {
        ("rule", format!("`{}` is off everywhere", rule.id))
    } else if is_over {
        ("until", format!("`{}` does not hold before that", rule.id))
    } else {
        return;
    };
    problems
        .warning(
            "waives-nothing",
            place.key(why.0),
            format!("the waiver matches nothing: {}", why.1),
        )
        .help("correct it, or remove it");
}

/// Reads `bypass`.
pub(super) fn bypass(
    written: &all::Policy,
    rules: &[Rule],
    names: &Names,
    problems: &mut Problems,
) -> Option<Bypass> {
    let bypass = written.bypass.as_ref()?;
    let place = Place::top().key("bypass");
    let reason = bypass.reason.as_ref().and_then(|reason| {
        let place = place.key("reason");
        let pattern = whole(reason, &place, problems)?;
        if pattern.matches_empty() {
            problems
                .warning(
                    "matches-nothing",
                    place,
                    "an empty reason matches this; it is refused all the same",
                )
                .help("write `.+` in place of `.*`, or leave `reason` out to take any");
        }
        Some(pattern)
    });
    let except = bypass.except.iter().flat_map(|list| &list.0).enumerate();
    let known = Rules::of(written, rules);
    let except: BTreeSet<String> = except
        .filter(|(index, id)| {
            let place = place.key("except").index(*index);
            known.find(id, &place, problems).is_some()
        })
        .map(|(_, id)| id.clone())
        .collect();
    check_debt(bypass, names, &place, problems);
    Some(Bypass {
        people: people(bypass, rules, names, &place, problems)?,
        reason,
        except,
        expires: bypass.expires.map(Date::end),
        rate: bypass.rate,
        debt: bypass.debt.map(|debt| debt.0),
    })
}

fn people(
    written: &written::Bypass,
    rules: &[Rule],
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) -> Option<Eligible> {
    let Some(people) = &written.people else {
        problems
            .error("missing-key", place.clone(), "`bypass` has no `people`")
            .help("name those who may go past rules: `people: [leads]`");
        return None;
    };
    let place = place.key("people");
    let mut eligible = names.eligible(people, &[], &place, problems);
    let named = eligible.persons.len();
    eligible
        .persons
        .retain(|person| names.people.person(*person).kind == Kind::Human);
    if named > 0 && eligible.persons.is_empty() {
        problems
            .error(
                "unsatisfiable",
                place,
                "none of these may: bots and agents never break the glass",
            )
            .help("name a person, or remove `bypass`");
    } else if let (Some(debt), [only]) = (&written.debt, &Vec::from_iter(&eligible.persons)[..]) {
        let person = &names.people.person(**only).name;
        let unreviewed = rules.iter().find(|rule| !rule.asks_for_approvals());
        if let Some(rule) = unreviewed.filter(|_| !debt.0.is_zero()) {
            let message = format!(
                "nobody could review what `{person}` pushes past `{}`, which asks for no approvals of its own",
                rule.id
            );
            problems
                .warning("hangs-on-one", place, message)
                .help("name a second person: who has broken the glass cannot approve it");
        }
    }
    Some(eligible)
}

fn check_debt(written: &written::Bypass, names: &Names, place: &Place, problems: &mut Problems) {
    let Some(debt) = written.debt else { return };
    let (message, help) = if debt.0.is_zero() {
        (
            "a review could never come in time",
            "write how long reviewers have, such as `72h`",
        )
    } else if !names.has_keys {
        (
            "no review could ever be read: the policy lists no key",
            "add `keys` to people: what is in already is approved by signed tag",
        )
    } else {
        return;
    };
    problems
        .error("unsatisfiable", place.key("debt"), message)
        .help(help);
}

/// The rules that an exception can name.
#[derive(Clone, Copy)]
struct Rules<'r> {
    /// Those of the policy.
    of_policy: &'r [Rule],
    /// Repositories may add rules of their own.
    can_be_added: bool,
}

/// What an exception names.
enum Named<'r> {
    /// A rule of the policy.
    Rule(&'r Rule),
    /// A rule that a repository has of its own, or will have: it is told from others by its id alone.
    Own,
}

impl<'r> Rules<'r> {
    fn of(written: &all::Policy, rules: &'r [Rule]) -> Self {
        Rules {
            of_policy: rules,
            can_be_added: written.repo_policy == Some(RepoPolicy::Tighten),
        }
    }

    /// What this id names.
    fn find(self, id: &str, place: &Place, problems: &mut Problems) -> Option<Named<'r>> {
        let found = self.of_policy.iter().find(|rule| rule.id == id);
        if let Some(rule) = found {
            return Some(Named::Rule(rule));
        }
        let is_own = own::could_be_named(id);
        if is_own && self.can_be_added {
            return Some(Named::Own);
        }
        let help = if is_own {
            "repositories have rules of their own with `repo_policy: tighten` only".to_owned()
        } else {
            let close = closest(id, self.of_policy.iter().map(|rule| rule.id.as_str()));
            suggestion(close, "name one of `rules`")
        };
        problems
            .error(
                "unknown-rule",
                place.clone(),
                format!("there is no rule `{id}`"),
            )
            .help(help)
            .unknown(id);
        None
    }
}

fn patterns<P>(
    list: &OneOrMany<String>,
    place: &Place,
    problems: &mut Problems,
    parse: impl Fn(&[String]) -> Result<P, (usize, PatternError)>,
) -> Option<P> {
    if list.0.is_empty() {
        problems
            .error(
                "empty-list",
                place.clone().at_key(),
                "the list is empty, so the waiver is for nothing",
            )
            .help("list some, or remove the key to mean all");
        return None;
    }
    parse(&list.0)
        .map_err(|(index, error)| {
            problems.error("bad-pattern", place.index(index), error.to_string());
        })
        .ok()
}
