//! How a change stands with those who must approve it: what `portcullis approvals` prints.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::approving;
use super::escape::Name;
use super::layout::{COLUMNS, wrap};
use super::paragraphs;
use super::words;
use crate::decision::{Decision, Finding, Missing, Verdict};
use crate::policy::Policy;

/// Does the change lack an approval, or what stands in the way of any?
pub fn is_lacking(decision: &Decision) -> bool {
    let findings = decision.all_findings();
    findings
        .into_iter()
        .any(|(_, finding)| !lacking(finding).is_empty())
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
            let missing = lacking(finding);
            if missing.is_empty() {
                return writeln!(page, "{id}: approved, and lacks something else");
            }
            writeln!(page, "{id}: not approved")?;
            for missing in missing {
                for paragraph in paragraphs::of(missing, "  lacking: ", "    ") {
                    item(page, &paragraph.first, &paragraph.hanging, &paragraph.text)?;
                }
                for missing in missing.each() {
                    if let Missing::Approval { not_counted, .. } = missing {
                        for found in not_counted {
                            item(page, "    ", "      ", &words::not_counted_approval(found))?;
                        }
                    }
                }
            }
            if let Some(approving) = approving::in_any_way(decision, finding) {
                writeln!(page, "  an approver signs with:\n    {}", approving.sign)?;
            }
            Ok(())
        }
    }
}

fn item(page: &mut String, first: &str, hanging: &str, text: &str) -> std::fmt::Result {
    writeln!(page, "{}", wrap(text, first, hanging, COLUMNS).trim_end())
}

/// Each thing once: a choice is every commit's own, and lacks the same approvals for all of them.
fn lacking(finding: &Finding) -> BTreeSet<&Missing> {
    let is_of_approvals = |missing: &Missing| {
        matches!(
            missing,
            Missing::Approval { .. }
                | Missing::KnownContributor { .. }
                | Missing::VetoLifted { .. }
        )
    };
    let missing = finding.missing();
    missing
        .filter(|missing| missing.each().into_iter().any(is_of_approvals))
        .collect()
}
