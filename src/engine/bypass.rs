//! Lets rules give way to whoever breaks the glass, and says what is then owed.

use std::collections::BTreeSet;
use std::sync::Arc;

use gix::bstr::BString;

use crate::approval::Bypassing;
use crate::approval::cover::{self, Change};
use crate::bypass::claim::{self, MAX_AGE, SignedTag};
use crate::bypass::memory::DebtId;
use crate::bypass::{Claim, Debt, Void};
use crate::decision::{Decision, Finding, RuleOutcome, UpdateOutcome, Verdict, VoidClaim};
use crate::facts::{Facts, Push, UpdateFacts, View};
use crate::policy::rule::Mode;
use crate::policy::{Policy, Selector};

/// The option of a push, as messages call it.
const OPTION: &str = "the option break-glass";

/// Marks the findings that somebody goes past; returns the claims that do not help, or not everywhere.
pub(super) fn apply(
    policy: &Policy,
    push: &Push,
    facts: &Facts,
    updates: &mut [UpdateOutcome],
) -> BTreeSet<VoidClaim> {
    let mut void = BTreeSet::new();
    let by_option = match claim::by_option(policy, push, &facts.bypasses) {
        Some(Ok(claim)) => Some(claim),
        Some(Err(why)) => {
            void.insert(VoidClaim::new(OPTION.into(), why.to_string()));
            None
        }
        None => None,
    };
    let Some(bypass) = &policy.bypass else {
        return void;
    };
    for (update, known) in updates.iter_mut().zip(&facts.updates) {
        for (position, outcome) in update.rules.iter_mut().enumerate() {
            let Some(finding) = refusal(outcome) else {
                continue;
            };
            let case = Case {
                policy,
                push,
                facts,
                update: known,
                rule: position,
            };
            let claim = by_option.clone().or_else(|| case.by_tag(&mut void));
            let Some(claim) = claim else { continue };
            if bypass.except.contains(&finding.rule) {
                let why = format!("`{}` holds nevertheless (`bypass.except`)", finding.rule);
                void.insert(VoidClaim::new(claim.source(), why));
            } else {
                finding.bypass = Some(Arc::new(claim));
            }
        }
    }
    void
}

/// Could the pusher go past all that keeps the push out, and does not try?
pub(super) fn is_possible(policy: &Policy, push: &Push, decision: &Decision) -> bool {
    let Some((bypass, person)) = policy.bypass.as_ref().zip(push.pusher.person) else {
        return false;
    };
    let is_open = bypass.expires.is_none_or(|expires| push.now < expires);
    let holds = |finding: &Finding| bypass.except.contains(&finding.rule);
    let mut kept_out = decision.findings(Mode::Enforce).peekable();
    let is_kept_out = kept_out.peek().is_some();
    is_open
        && bypass.names(person)
        && is_kept_out
        && !kept_out.any(holds)
        && decision.void.is_empty()
        && decision.overdue().next().is_none()
        && decision
            .updates
            .iter()
            .all(|update| update.objections.is_empty())
}

/// What is owed for what goes past rules: of deletions nothing, since nobody can approve that nothing is there.
pub(super) fn debts(policy: &Policy, push: &Push, facts: &Facts, decision: &Decision) -> Vec<Debt> {
    let Some(within) = policy.bypass.as_ref().and_then(|bypass| bypass.debt) else {
        return Vec::new();
    };
    let within = i64::try_from(within.as_secs()).unwrap_or(i64::MAX);
    let mut debts = Vec::new();
    for (outcome, known) in decision.updates.iter().zip(&facts.updates) {
        let Some(head) = outcome.new else { continue };
        for (position, rule) in outcome.rules.iter().enumerate() {
            let Some(claim) = rule.verdict.bypass() else {
                continue;
            };
            let selector = policy.selector(policy.rules[position].selector);
            let view = known.views.get(&position);
            if view.is_none_or(|view| change_in(selector, view).is_empty()) {
                continue;
            }
            debts.push(Debt {
                id: DebtId {
                    decision: decision.id.clone(),
                    name: outcome.resolved.clone(),
                    rule: rule.rule.clone(),
                },
                base: outcome.old,
                head,
                person: claim.person.clone(),
                account: decision.account.clone(),
                opened: push.now,
                due: push.now.saturating_add(within),
            });
        }
    }
    debts
}

/// The net change in the paths of a rule, whatever its conditions say.
pub(super) fn change_in<'a>(selector: &Selector, view: &'a View) -> Change<'a> {
    cover::change(view.net_in(selector))
}

/// The finding for which a rule refuses.
fn refusal(outcome: &mut RuleOutcome) -> Option<&mut Finding> {
    match &mut outcome.verdict {
        Verdict::Violated(finding) if outcome.mode == Mode::Enforce => Some(finding),
        _ => None,
    }
}

/// A rule that refuses an update.
struct Case<'a> {
    policy: &'a Policy,
    push: &'a Push,
    facts: &'a Facts,
    update: &'a UpdateFacts,
    rule: usize,
}

impl Case<'_> {
    /// The first signed tag that goes past the rule with this very change.
    fn by_tag(&self, void: &mut BTreeSet<VoidClaim>) -> Option<Claim> {
        let votes = self.update.votes.get(&self.rule)?;
        for found in &votes.void_bypasses {
            void.insert(VoidClaim::new(found.source.clone(), found.why.clone()));
        }
        for bypassing in &votes.bypasses {
            match self.check(bypassing) {
                Ok(claim) => return Some(claim),
                Err(why) => {
                    let source = bypassing.word.source.clone();
                    void.insert(VoidClaim::new(source, why.to_string()));
                }
            }
        }
        None
    }

    fn check(&self, bypassing: &Bypassing) -> Result<Claim, Void> {
        let Bypassing { word, reasons } = bypassing;
        let now = self.push.now;
        if word.spent {
            return Err(Void::Spent);
        }
        if now.saturating_sub(word.since) > MAX_AGE {
            return Err(Void::TooOld);
        }
        let selector = self.policy.selector(self.policy.rules[self.rule].selector);
        let view = self.update.views.get(&self.rule);
        let pushed = view.map(|view| change_in(selector, view));
        let pushed = pushed.unwrap_or_default();
        let meant = change_in(selector, &word.approved);
        if let Some(path) = cover::difference(&meant, &pushed) {
            let path = path.to_string();
            return Err(Void::OtherChange { path });
        }
        if pushed.is_empty() {
            // Nothing is satisfied by emptiness.
            let path = "a change of protected paths".to_owned();
            return Err(Void::OtherChange { path });
        }
        let reason = match &**reasons {
            [] => return Err(Void::NoReason),
            [reason] => reason,
            _ => return Err(Void::Several),
        };
        let claim = claim::check(self.policy, word.person, reason, now, &self.facts.bypasses)?;
        let tag = word.id.tag().map(|id| SignedTag {
            source: word.source.clone(),
            id,
        });
        Ok(Claim { tag, ..claim })
    }
}

impl VoidClaim {
    fn new(source: BString, why: String) -> Self {
        VoidClaim { source, why }
    }
}

impl Claim {
    /// Where it stands.
    fn source(&self) -> BString {
        let tag = self.tag.as_ref();
        tag.map_or_else(|| OPTION.into(), |tag| tag.source.clone())
    }
}
