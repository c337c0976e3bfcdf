//! What is said of broken glass: loudly where it was broken, and why where it holds.

use std::collections::BTreeMap;

use super::super::{approving, words};
use super::{Name, Page, by_ref};
use crate::bypass::Debt;
use crate::decision::Decision;
use crate::policy::Policy;

impl Page<'_> {
    /// Reviews that are overdue, each with the way to give it.
    pub(super) fn overdue(&mut self, decision: &Decision, shown: usize) {
        let overdue: Vec<_> = decision.overdue().collect();
        let shown_ones = &overdue[..overdue.len().min(shown)];
        // One approval of a change pays for all rules that it went past.
        for of_change in shown_ones.chunk_by(|one, next| one.new == next.new) {
            for finding in of_change {
                self.findings("error", &[finding], shown);
            }
            let mut ways = of_change.iter();
            if let Some(approving) = ways.find_map(|found| approving::of(decision, found)) {
                self.approving(&of_change[0].name, &approving, "");
            }
        }
        if overdue.len() > shown {
            self.blank();
            self.line(&format!("+{} more overdue reviews", overdue.len() - shown));
        }
    }

    /// Which rules an accepted push has gone past, and what is owed for it.
    pub(super) fn broken_glass(&mut self, decision: &Decision, shown: usize) {
        let bypassed: Vec<_> = decision.bypassed().collect();
        if bypassed.is_empty() {
            return;
        }
        self.line(&format!(
            "portcullis accepted this push though it breaks rules (decision {}).",
            decision.id
        ));
        self.blank();
        let mut claims: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for (_, claim) in &bypassed {
            *claims.entry((&claim.person, &claim.reason)).or_default() += 1;
        }
        for ((person, reason), count) in claims {
            let count = words::counted(count, "finding", "findings");
            let reason = Name(reason.as_bytes());
            let text = format!(
                "{person} breaks the glass, past {count}. This is recorded, with the reason: {reason}"
            );
            self.prose("warning: ", "  ", &text);
        }
        let findings: Vec<_> = bypassed.iter().map(|(finding, _)| *finding).collect();
        for findings in by_ref(&findings) {
            self.findings("bypassed", findings, shown);
        }
        for owed in by_change(&decision.owed).take(shown) {
            let [first, ..] = owed else { continue };
            self.blank();
            let rules: Vec<_> = owed.iter().map(|debt| &*debt.id.rule).collect();
            let text = format!(
                "a review of this change is owed by {} ({}). From then on, pushes to {} that touch the same paths are refused \
                 until it is given, by others than who made, pushed or signed for it.",
                crate::ledger::time(first.due),
                rules.join(", "),
                Name(&first.id.name)
            );
            self.prose("warning: ", "  ", &text);
            let approving = approving::of_debt(&decision.repository, first);
            self.approving(&first.id.name, &approving, "");
        }
    }

    /// Which debts a push has paid.
    pub(super) fn paid(&mut self, decision: &Decision) {
        for paid in &decision.paid {
            let debt = &paid.debt;
            let text = format!(
                "the review is given that {} owed on {} since decision {} (`{}`).",
                debt.person,
                Name(&debt.id.name),
                debt.id.decision,
                debt.id.rule
            );
            self.prose("note: ", "  ", &text);
        }
    }

    /// Why the glass holds, or that it could be broken.
    pub(super) fn glass_held(&mut self, decision: &Decision, policy: &Policy, shown: usize) {
        if decision.void.is_empty() && !decision.may_break_glass {
            return;
        }
        self.blank();
        for void in decision.void.iter().take(shown) {
            let source = Name(&void.source);
            let why = Name(void.why.as_bytes());
            self.prose("hint: ", "  ", &format!("{source} does not help: {why}"));
        }
        if decision.void.len() > shown {
            self.line(&format!("+{} more", decision.void.len() - shown));
        }
        if decision.may_break_glass {
            let reason = policy
                .bypass
                .as_ref()
                .and_then(|bypass| bypass.reason.as_ref());
            let form = reason.map_or_else(String::new, |pattern| {
                format!(" The reason must match {}.", pattern.text)
            });
            let text = format!(
                "in an emergency you may go past this, which is recorded: `git push -o break-glass=\"REASON\"`.{form} If git says \
                 that this server takes no push options, its admin has to set `receive.advertisePushOptions`; until then, a \
                 signed tag with `Bypasses:` and `Reason:` does the same."
            );
            self.prose("hint: ", "  ", &text);
        }
    }
}

/// The debts of each change.
fn by_change(debts: &[Debt]) -> impl Iterator<Item = &[Debt]> {
    debts.chunk_by(|one, next| one.id.name == next.id.name)
}
