//! Which rules could apply to an update, from what is known before any commit is looked at.

use std::sync::Arc;

use gix::bstr::{BStr, ByteSlice as _};

use crate::conditions::Subject;
use crate::facts::names::is_proposal;
use crate::facts::{Push, UpdateFacts};
use crate::policy::condition::{Condition, OfPush, OfUpdate};
use crate::policy::rule::{Mode, Rule, UpdateKind};
use crate::policy::{Policy, Waiver};

/// Why a rule has nothing to say about an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inapplicable {
    /// It is off in this repository.
    Off,
    /// It is off for a while.
    Waived(Arc<Waiver>),
    /// It is about other repositories.
    Repository,
    /// It is about other refs.
    Ref,
    /// It is not in force yet, or no more.
    Date,
    /// It asks about other kinds of update; deletions only concern rules that name them.
    Update,
    /// It asks about other pushers.
    Pusher,
    /// It asks about other hours.
    Time,
    /// Its conditions taken together ask about other pushes.
    Condition,
    /// No commit and no path of the update meets what it asks about.
    Untouched,
}

/// The rules that govern the ref of an update, by their position in the policy.
pub fn governing<'a>(
    policy: &'a Policy,
    push: &'a Push,
    update: &'a UpdateFacts,
) -> impl Iterator<Item = usize> + 'a {
    (0..policy.rules.len())
        .filter(move |&position| scope(&policy.rules[position], push, update).is_ok())
}

/// Is a rule about the ref `name` of `repository`, at `now` in seconds since 1970?
pub fn is_governed(policy: &Policy, repository: &str, now: i64, name: &BStr) -> bool {
    let rules = &policy.rules;
    rules
        .iter()
        .any(|rule| is_governed_by(rule, repository, now, name))
}

/// As [`is_governed`], for one rule.
pub fn is_governed_by(rule: &Rule, repository: &str, now: i64, name: &BStr) -> bool {
    here(rule, repository, now).is_ok() && is_about(rule, name)
}

/// Does the rule hold here and now, for this ref?
///
/// # Errors
/// Why not.
pub fn scope(rule: &Rule, push: &Push, update: &UpdateFacts) -> Result<(), Inapplicable> {
    here(rule, &push.repository, push.now)?;
    if update.names().any(|name| is_about(rule, name.as_bstr())) {
        Ok(())
    } else {
        Err(Inapplicable::Ref)
    }
}

/// Is a rule about refs of this name? None is about proposals, whatever its patterns: what they lead to is judged when it
/// reaches a branch, and a forge that may not keep its own (`refs/pull/*`) cannot open the pull request.
fn is_about(rule: &Rule, name: &BStr) -> bool {
    !is_proposal(name) && rule.refs.matches(name)
}

fn here(rule: &Rule, repository: &str, now: i64) -> Result<(), Inapplicable> {
    if rule.mode.in_repository(repository) == Mode::Off {
        Err(Inapplicable::Off)
    } else if !rule.applies_in(repository) {
        Err(Inapplicable::Repository)
    } else if !rule.holds_at(now) {
        Err(Inapplicable::Date)
    } else {
        Ok(())
    }
}

/// Are the conditions on the push and the update met, and is the rule not waived?
pub fn conditions(policy: &Policy, rule: &Rule, push: &Push, update: &UpdateFacts) -> bool {
    unmet_condition(policy, rule, push, update).is_none()
}

/// The condition on the push or the update that is not met. A waived rule still governs its refs: what they hold is
/// recorded, and trusted once the rule holds again.
pub fn unmet_condition(
    policy: &Policy,
    rule: &Rule,
    push: &Push,
    update: &UpdateFacts,
) -> Option<Inapplicable> {
    if let Some(waiver) = policy.waiver_of(rule, push, update) {
        return Some(Inapplicable::Waived(Arc::clone(waiver)));
    }
    // Whoever deletes a ref changes no content; a rule that means this says so.
    if update.kind == UpdateKind::Delete && !rule.when.asks_for_kind() {
        return Some(Inapplicable::Update);
    }
    let known = Subject::new(policy, push, update);
    known.unmet(&rule.when).map(why)
}

/// What it is called that the condition does not hold.
fn why(unmet: &Condition) -> Inapplicable {
    match unmet {
        Condition::OfUpdate(OfUpdate::Kind(_)) => Inapplicable::Update,
        Condition::OfPush(OfPush::Pusher(_)) => Inapplicable::Pusher,
        Condition::OfPush(OfPush::Time(_)) => Inapplicable::Time,
        _ => Inapplicable::Condition,
    }
}
