//! One rule over one update.

use std::sync::Arc;

use crate::conditions::scope::InScope;
use crate::decision::{Charge, Finding, Missing, Verdict};
use crate::facts::applies::{self, Inapplicable};
use crate::facts::{Push, UpdateFacts};
use crate::policy::Policy;
use crate::policy::rule::{Asks, Requirement, Requirements, Rule};
use crate::rules::alternatives::{Approvals, Choice};
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
    let none = Arc::default();
    let votes = update.votes.get(&position).unwrap_or(&none);
    let change = ChangeCase {
        policy,
        push,
        update,
        votes,
        selector: policy.selector(rule.selector),
        zones: rule.zones.as_deref(),
        net: &scope.net,
        made: votes.made.as_deref().unwrap_or(view),
        bypasser: None,
    };
    let mut counted = Vec::new();
    let mut lacking_approvals = |asked: &Approvals<'_>| {
        if scope.net.is_empty() {
            return vec![Missing::NothingToApprove];
        }
        match approvals::check(asked, &change) {
            Ok(approvals) => {
                counted.extend(approvals);
                Vec::new()
            }
            Err(missing) => missing,
        }
    };
    let around = Approvals::all_of(&requirements.approvals);
    let choice = Choice::of(requirements, &around, &mut lacking_approvals);
    let is_each_commits = requirements.any.iter().any(Requirements::asks_of_commits);
    let (of_commits, of_change) = if is_each_commits {
        (choice.as_ref(), None)
    } else {
        (None, choice.as_ref())
    };
    let asked = AskedOfCommits {
        all: &requirements.of_commits,
        choice: of_commits,
    };
    let mut charges = asked.lacking(&scope, policy, push, update);
    if rule.asks_for_approvals() && !scope.net.is_empty() {
        let mut missing = approvals::vetoes(&change);
        if !around.entries.is_empty() {
            missing.extend(lacking_approvals(&around));
        }
        missing.extend(of_change.and_then(|choice| choice.lacks(None)));
        if !missing.is_empty() {
            charges.push(Charge::of_nobody(&scope.net, missing));
        }
    }
    if charges.is_empty() {
        counted.sort();
        counted.dedup();
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

/// What is asked of each commit.
struct AskedOfCommits<'a> {
    all: &'a [Requirement],
    choice: Option<&'a Choice<'a>>,
}

impl AskedOfCommits<'_> {
    /// What commits lack of it, and what nobody answers for.
    fn lacking(
        &self,
        scope: &InScope<'_>,
        policy: &Policy,
        push: &Push,
        update: &UpdateFacts,
    ) -> Vec<Charge> {
        if self.all.is_empty() && self.choice.is_none() {
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
            let asked = self.all.iter();
            let missing = asked.filter_map(|asked| rules::check(asked, &case));
            let choice = self.choice.and_then(|choice| choice.lacks(Some(&case)));
            let missing: Vec<_> = missing.chain(choice).collect();
            charges.extend((!missing.is_empty()).then(|| Charge::of(commit, touched, missing)));
        }
        if !self.all.is_empty() && !scope.nobodys.is_empty() {
            let missing = vec![Missing::NobodyToCharge];
            charges.push(Charge::of_nobody(&scope.nobodys, missing));
        } else if !scope.unanswered.is_empty() {
            let missing = self.choice.and_then(|choice| choice.lacks(None));
            let charge = |missing| Charge::of_nobody(&scope.unanswered, vec![missing]);
            charges.extend(missing.map(charge));
        }
        charges
    }
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
