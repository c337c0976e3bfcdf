//! One rule over one update.

use std::sync::Arc;

use crate::decision::{Charge, Finding, Missing, Verdict};
use crate::facts::applies::{self, Inapplicable};
use crate::facts::{self, Commit, Push, Touched, UpdateFacts, View};
use crate::policy::rule::{Asks, Requirement, Rule};
use crate::policy::{Policy, Selector};
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
    let scope = InScope::of(policy.selector(rule.selector), rule, update, view);
    // A condition on commits that no commit meets; where nobody answers for a change, it cannot be known not to be met.
    let is_met_by_none =
        rule.when.asks_about_commits() && scope.charged.is_empty() && scope.nobodys.is_empty();
    if is_met_by_none {
        return Verdict::Inapplicable(Inapplicable::Untouched);
    }
    let concerns_the_update_itself =
        rule.when.update.is_some() && policy.selector(rule.selector).is_everything();
    if scope.is_empty() && !(concerns_the_update_itself && matches!(rule.asks, Asks::Deny(_))) {
        return Verdict::Inapplicable(Inapplicable::Untouched);
    }
    let requirements = match &rule.asks {
        Asks::Deny(why) => {
            let charges = scope.all_charges(vec![Missing::Denied { why: why.clone() }]);
            return violated(rule, update, charges);
        }
        Asks::Require(requirements) => requirements,
    };
    let mut charges = scope.lacking_commits(policy, push, update, &requirements.of_commits);
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

/// What of an update a rule is about.
struct InScope<'a> {
    /// New commits that answer for something, with the paths they answer for.
    charged: Vec<(Arc<Commit>, Vec<&'a Touched>)>,
    /// Paths of the net change.
    net: Vec<&'a Touched>,
    /// Paths of the net change that no new commit answers for.
    nobodys: Vec<&'a Touched>,
}

impl<'a> InScope<'a> {
    fn of(selector: &Selector, rule: &Rule, update: &UpdateFacts, view: &'a View) -> Self {
        let is_meant = |touched: &&Touched| {
            selector.selects(&touched.sets)
                && rule.when.change.as_ref().is_none_or(|asked| {
                    facts::changes(touched)
                        .iter()
                        .any(|change| asked.contains(change))
                })
        };
        let is_charged = |commit: &Commit| {
            let when = &rule.when;
            let ai = || update.provenance_of(&commit.id).ai();
            when.merge.is_none_or(|merge| merge == (commit.parents > 1))
                && when.ai.as_ref().is_none_or(|asked| ai().is_among(asked))
        };
        let select = |touched: &'a [Touched]| touched.iter().filter(is_meant).collect::<Vec<_>>();

        let mut charged: Vec<(Arc<Commit>, Vec<&Touched>)> = view
            .commits
            .iter()
            .filter(|new| is_charged(&new.commit))
            .map(|new| (Arc::clone(&new.commit), select(&new.touched)))
            .filter(|(_, touched)| !touched.is_empty())
            .collect();
        let uncharged = select(&view.uncharged);
        let mut nobodys = Vec::new();
        match &view.tip {
            _ if uncharged.is_empty() => {}
            None => nobodys = uncharged,
            Some(tip) if !is_charged(tip) => {}
            Some(tip) => match charged.iter_mut().find(|(commit, _)| commit.id == tip.id) {
                Some((_, touched)) => touched.extend(uncharged),
                None => charged.push((Arc::clone(tip), uncharged)),
            },
        }
        InScope {
            charged,
            net: select(&view.net),
            nobodys,
        }
    }

    /// What commits lack of what is asked of each, and what nobody answers for.
    fn lacking_commits(
        &self,
        policy: &Policy,
        push: &Push,
        update: &UpdateFacts,
        requirements: &[Requirement],
    ) -> Vec<Charge> {
        if requirements.is_empty() {
            return Vec::new();
        }
        let mut charges = Vec::new();
        for (commit, touched) in &self.charged {
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
        if !self.nobodys.is_empty() {
            charges.push(Charge::of_nobody(
                &self.nobodys,
                vec![Missing::NobodyToCharge],
            ));
        }
        charges
    }

    fn is_empty(&self) -> bool {
        self.charged.is_empty() && self.net.is_empty() && self.nobodys.is_empty()
    }

    /// Everything in scope, with the same fault.
    fn all_charges(&self, missing: Vec<Missing>) -> Vec<Charge> {
        let mut charges: Vec<_> = self
            .charged
            .iter()
            .map(|(commit, touched)| Charge::of(commit, touched, missing.clone()))
            .collect();
        if charges.is_empty() || !self.nobodys.is_empty() {
            let paths = if charges.is_empty() {
                &self.net
            } else {
                &self.nobodys
            };
            charges.push(Charge::of_nobody(paths, missing));
        }
        charges
    }
}
