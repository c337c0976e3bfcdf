//! How a change stands with those who must approve it: what `portcullis approvals` prints.

use std::fmt::Write as _;

use super::approving;
use super::escape::Name;
use super::layout::{COLUMNS, wrap};
use super::words;
use crate::decision::{Decision, Finding, Missing, Verdict};
use crate::policy::Policy;

/// Does the change lack an approval, or what stands in the way of any?
pub fn is_lacking(decision: &Decision) -> bool {
    let findings = decision.all_findings();
    findings
        .into_iter()
        .any(|(_, finding)| lacking(finding).next().is_some())
}

/// Each rule that asks for approvals, with who has given one, and what is lacking.
///
/// # Panics
///
/// Never: a string takes all that is written to it.
pub fn page(decision: &Decision, policy: &Policy) -> String {
    let mut page = String::new();
    for update in &decision.updates {
        for (rule, outcome) in policy.rules.iter().zip(&update.rules) {
            if rule.asks_for_approvals() {
                self::rule(&mut page, decision, &rule.id, &outcome.verdict)
                    .expect("a string takes all that is written to it");
            }
        }
    }
    if page.is_empty() {
        page.push_str("no rule asks for approvals\n");
    }
    page
}

fn rule(page: &mut String, decision: &Decision, id: &str, verdict: &Verdict) -> std::fmt::Result {
    match verdict {
        Verdict::Inapplicable(why) => writeln!(page, "{id}: {}", words::inapplicable(why)),
        Verdict::Satisfied(counted) => {
            writeln!(page, "{id}: approved")?;
            for counted in counted {
                let source = Name(counted.source.as_bytes());
                writeln!(page, "  {} ({source})", counted.person)?;
            }
            Ok(())
        }
        Verdict::Violated(finding) => {
            let missing: Vec<_> = lacking(finding).collect();
            if missing.is_empty() {
                return writeln!(page, "{id}: approved, and lacks something else");
            }
            writeln!(page, "{id}: not approved")?;
            for missing in missing {
                item(page, "  lacking: ", "    ", &words::missing(missing))?;
                if let Missing::Approval { not_counted, .. } = missing {
                    for found in not_counted {
                        item(page, "    ", "      ", &words::not_counted_approval(found))?;
                    }
                }
            }
            if let Some(approving) = approving::of(decision, finding) {
                writeln!(page, "  an approver signs with:\n    {}", approving.sign)?;
            }
            Ok(())
        }
    }
}

fn item(page: &mut String, first: &str, hanging: &str, text: &str) -> std::fmt::Result {
    writeln!(page, "{}", wrap(text, first, hanging, COLUMNS).trim_end())
}

fn lacking(finding: &Finding) -> impl Iterator<Item = &Missing> {
    finding.missing().filter(|missing| {
        matches!(
            missing,
            Missing::Approval { .. }
                | Missing::KnownContributor { .. }
                | Missing::VetoLifted { .. }
        )
    })
}
