//! One rule over one update.

use std::sync::Arc;

use crate::conditions::scope::InScope;
use crate::decision::{Charge, Finding, Missing, Verdict};
use crate::facts::applies::{self, Inapplicable};
use crate::facts::{Push, UpdateFacts};
use crate::policy::Policy;
use crate::policy::rule::{Asks, Requirement, Rule};
use crate::rules::approvals::{self, ChangeCase};
use crate::rules::{self, Case};

/// Judges the rule at `position` of the policy.
pub(super) fn judge(
    policy: &Policy,
    push: &Push,
    update: &UpdateFacts,
    position: usize,
) -> Verdict {
    let rule = &policy.rules[position];
    if let Err(why) = applies::scope(rule, push, update) {
        return Verdict::Inapplicable(why);
    }
    if let Some(why) = applies::unmet_condition(policy, rule, push, update) {
        return Verdict::Inapplicable(why);
    }
    // An update that is refused by its name alone is not looked into.
    let Some(view) = update.views.get(&position) else {
        return Verdict::Inapplicable(Inapplicable::Untouched);
    };
    let scope = InScope::of(policy, push, update, position, view);
    if scope.is_met_by_none {
        return Verdict::Inapplicable(Inapplicable::Untouched);
    }
    let concerns_the_update_itself = rule.when.asks_for_kind()
        && policy.selector(rule.selector).is_everything()
        && scope.holds_of_update;
    if scope.is_empty() && !(concerns_the_update_itself && matches!(rule.asks, Asks::Deny(_))) {
        return Verdict::Inapplicable(Inapplicable::Untouched);
    }
    let requirements = match &rule.asks {
        Asks::Deny(why) => {
            let charges = all_charges(&scope, vec![Missing::Denied { why: why.clone() }]);
            return violated(rule, update, charges);
        }
        Asks::Require(requirements) => requirements,
    };
    let mut charges = lacking_commits(&scope, policy, push, update, &requirements.of_commits);
    let mut counted = Vec::new();
    if !requirements.approvals.is_empty() && !scope.net.is_empty() {
        let selector = policy.selector(rule.selector);
        let none = Arc::default();
        let votes = update.votes.get(&position).unwrap_or(&none);
        let case = ChangeCase {
            policy,
            push,
            update,
            votes,
            selector,
            zones: rule.zones.as_deref(),
            net: &scope.net,
            made: votes.made.as_deref().unwrap_or(view),
            bypasser: None,
        };
        match approvals::check(&requirements.approvals, &case) {
            Ok(approvals) => counted = approvals,
            Err(missing) => charges.push(Charge::of_nobody(&scope.net, missing)),
        }
    }
    if charges.is_empty() {
        Verdict::Satisfied(counted)
    } else {
        violated(rule, update, charges)
    }
}

/// A finding, with what is known of agents' part in the commits where the rule looks at that.
fn violated(rule: &Rule, update: &UpdateFacts, mut charges: Vec<Charge>) -> Verdict {
    if rule.asks_about_provenance() {
        for charge in &mut charges {
            let commit = charge.commit.as_ref();
            charge.evidence = commit.map_or_else(Vec::new, |commit| {
                update.provenance_of(&commit.id).evidence.clone()
            });
        }
    }
    Verdict::Violated(Finding::new(rule, update, charges))
}

/// What commits lack of what is asked of each, and what nobody answers for.
fn lacking_commits(
    scope: &InScope<'_>,
    policy: &Policy,
    push: &Push,
    update: &UpdateFacts,
    requirements: &[Requirement],
) -> Vec<Charge> {
    if requirements.is_empty() {
        return Vec::new();
    }
    let mut charges = Vec::new();
    for (commit, touched) in &scope.charged {
        let case = Case {
            policy,
            push,
            commit,
            provenance: update.provenance_of(&commit.id),
            touched,
        };
        let missing: Vec<_> = requirements
            .iter()
            .filter_map(|asked| rules::check(asked, &case))
            .collect();
        charges.extend((!missing.is_empty()).then(|| Charge::of(commit, touched, missing)));
    }
    if !scope.nobodys.is_empty() {
        charges.push(Charge::of_nobody(
            &scope.nobodys,
            vec![Missing::NobodyToCharge],
        ));
    }
    charges
}

/// Everything in scope, with the same fault.
fn all_charges(scope: &InScope<'_>, missing: Vec<Missing>) -> Vec<Charge> {
    let mut charges: Vec<_> = scope
        .charged
        .iter()
        .map(|(commit, touched)| Charge::of(commit, touched, missing.clone()))
        .collect();
    if charges.is_empty() || !scope.nobodys.is_empty() {
        let paths = if charges.is_empty() {
            &scope.net
        } else {
            &scope.nobodys
        };
        charges.push(Charge::of_nobody(paths, missing));
    }
    charges
}
