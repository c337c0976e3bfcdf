//! Whether reviews that are owed have been given, and which pushes wait for them.

use std::sync::Arc;

use crate::approval::Votes;
use crate::decision::{Charge, Counted, Finding, Missing, Paid, UpdateOutcome};
use crate::facts::{DebtFacts, Facts, Push, Pusher, UpdateFacts, View};
use crate::policy::Policy;
use crate::rules::alternatives::Approvals;
use crate::rules::approvals::{self, ChangeCase};

/// What holds a push back, in the place of a rule's id.
pub const ID: &str = "portcullis/review-debt";

/// Holds back what touches the paths of an overdue review; returns the debts that are paid.
pub(super) fn apply(
    policy: &Policy,
    push: &Push,
    facts: &Facts,
    updates: &mut [UpdateOutcome],
) -> Vec<Paid> {
    let mut paid = Vec::new();
    for owed in &facts.debts {
        let lacking = match review(policy, push, owed) {
            Ok(by) => {
                let debt = owed.debt.clone();
                paid.push(Paid { debt, by });
                continue;
            }
            Err(lacking) => lacking,
        };
        if !owed.debt.is_overdue(push.now) {
            continue;
        }
        for (outcome, update) in updates.iter_mut().zip(&facts.updates) {
            if outcome.resolved == owed.debt.id.name && touches(policy, update, owed.rule) {
                let finding = finding(policy, owed, lacking.clone());
                outcome.overdue.push(finding);
            }
        }
    }
    paid
}

/// The approvals that pay the debt.
///
/// # Errors
/// What is lacking.
fn review(policy: &Policy, push: &Push, owed: &DebtFacts) -> Result<Vec<Counted>, Vec<Missing>> {
    let debt = &owed.debt;
    let Some(change) = &owed.change else {
        let head = debt.head.to_string();
        return Err(vec![Missing::LostCommits { head }]);
    };
    let rule = &policy.rules[owed.rule];
    let selector = policy.selector(rule.selector);
    let nothing = Arc::<View>::default();
    let view = change.views.get(&owed.rule).unwrap_or(&nothing);
    let net: Vec<_> = view.net_in(selector).collect();
    if net.is_empty() {
        // A trusted ref has it all by now, and it was judged on its way there.
        return Ok(Vec::new());
    }
    let account = debt.account.clone();
    let person = account.as_deref();
    let person = person.and_then(|account| policy.people.by_account(account));
    // Whoever pushes now has no hand in it; whoever pushed then has.
    let push = Push {
        pusher: Pusher {
            account,
            person,
            ..Pusher::default()
        },
        is_merge: false,
        updates: Vec::new(),
        options: Vec::new(),
        ..push.clone()
    };
    let none = Arc::<Votes>::default();
    let case = ChangeCase {
        policy,
        push: &push,
        update: change,
        votes: change.votes.get(&owed.rule).unwrap_or(&none),
        selector,
        zones: rule.zones.as_deref(),
        net: &net,
        made: view,
        bypasser: Some(&debt.person),
    };
    let review = policy.review_of(rule);
    let mut missing = approvals::vetoes(&case);
    match approvals::check(&Approvals::all_of(&review), &case) {
        Ok(counted) if missing.is_empty() => return Ok(counted),
        Ok(_) => {}
        Err(lacking) => missing.extend(lacking),
    }
    Err(missing)
}

/// Does the update touch paths of the rule, whatever its conditions say?
fn touches(policy: &Policy, update: &UpdateFacts, rule: usize) -> bool {
    let Some(view) = update.views.get(&rule) else {
        return false;
    };
    let selector = policy.selector(policy.rules[rule].selector);
    let in_commits = || {
        let touched = view.commits.iter().flat_map(|new| new.touched.iter());
        touched
            .into_iter()
            .any(|touched| selector.selects(&touched.sets))
    };
    view.net_in(selector).next().is_some() || in_commits()
}

fn finding(policy: &Policy, owed: &DebtFacts, missing: Vec<Missing>) -> Finding {
    let debt = &owed.debt;
    let rule = &policy.rules[owed.rule];
    let views = owed
        .change
        .as_ref()
        .and_then(|then| then.views.get(&owed.rule));
    let selector = policy.selector(rule.selector);
    let paths: Vec<_> = views
        .into_iter()
        .flat_map(|view| view.net_in(selector))
        .collect();
    Finding {
        rule: ID.to_owned(),
        line: rule.line,
        description: Some(format!(
            "{} has gone past `{}` at {} (decision {}), and nobody has approved that change by {}",
            debt.person,
            debt.id.rule,
            crate::ledger::time(debt.opened),
            debt.id.decision,
            crate::ledger::time(debt.due),
        )),
        message: None,
        name: debt.id.name.clone(),
        new: Some(debt.head),
        base: debt.base,
        bypass: None,
        charges: vec![Charge::of_nobody(&paths, missing)],
        risk: None,
        asks_for_signatures: false,
    }
}
