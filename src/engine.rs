//! Decides: pure functions from a policy and the facts of a push to a [`Decision`]. Nothing here reads, prints or asks
//! the time, so the hook and every verb that explains or replays decide alike.
//!
//! All rules that apply count, each by itself; their order has no meaning, and no finding hides another. Whoever breaks the
//! glass goes past findings, which stay what they are.

mod bypass;
pub mod debts;
mod judge;

use crate::decision::{Decision, RuleOutcome, Tally, UpdateOutcome};
use crate::facts::{Facts, Push, UpdateFacts};
use crate::policy::{Policy, Tier};

/// Decides a push.
pub fn decide(policy: &Policy, push: &Push, facts: &Facts) -> Decision {
    let mut updates: Vec<UpdateOutcome> = facts
        .updates
        .iter()
        .map(|update| decide_update(policy, push, update))
        .collect();
    let void = bypass::apply(policy, push, facts, &mut updates);
    let paid = debts::apply(policy, push, facts, &mut updates);
    let mut decision = Decision::new(policy, push, updates);
    decision.owed = bypass::debts(policy, push, facts, &decision);
    decision.void = void;
    decision.may_break_glass = bypass::is_possible(policy, push, &decision);
    decision.paid = paid;
    decision
}

fn decide_update(policy: &Policy, push: &Push, update: &UpdateFacts) -> UpdateOutcome {
    let rules = policy
        .rules
        .iter()
        .enumerate()
        .map(|(position, rule)| RuleOutcome {
            rule: rule.id.clone(),
            mode: rule.mode.in_repository(&push.repository),
            verdict: judge::judge(policy, push, update, position),
        });
    UpdateOutcome {
        name: update.name.clone(),
        resolved: update.resolved.clone(),
        kind: update.kind,
        old: update.old,
        new: update.new,
        tier: tier(policy, update),
        provenance: update.provenance.clone(),
        risk: update.risk.clone(),
        tally: tally(update),
        objections: update.objections.clone(),
        rules: rules.collect(),
        overdue: Vec::new(),
    }
}

/// The highest tier among the touched paths that rules look at. Where they look at none of them, nothing is read to learn
/// its zones: it counts as what is in none.
fn tier(policy: &Policy, update: &UpdateFacts) -> Tier {
    let touched = update.touched();
    let tiers = touched.map(|touched| policy.tier_of(&touched.sets));
    tiers.max().unwrap_or(policy.default_tier)
}

/// The largest counts of any view: the one that trusts least.
fn tally(update: &UpdateFacts) -> Tally {
    let views = || update.views.values();
    Tally {
        new_commits: views().map(|view| view.new_commits).max().unwrap_or(0),
        touched_paths: views().map(|view| view.net.len()).max().unwrap_or(0),
    }
}
