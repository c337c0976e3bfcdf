//! What comes of a case: a verdict with its findings, as expected or as decided.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::ByteSlice as _;
use serde::Serialize;

use super::{Case, Verdict};
use crate::decision::{Decision, paths};
use crate::paths::names::full_name;
use crate::policy::rule::Mode;
use crate::report::words;

/// A verdict with its findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// All findings that pushers are told.
    pub findings: BTreeMap<Finding, Paths>,
}

/// A rule that an update does not satisfy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// The ref, by its full name.
    pub r#ref: String,
    /// Somebody has broken the glass: it refuses nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bypassed: bool,
}

/// The paths of a finding; `None` where they do not matter.
pub type Paths = Option<BTreeSet<String>>;

impl Outcome {
    /// As the case has it.
    pub fn expected(case: &Case) -> Self {
        let (verdict, findings) = case.expected();
        let findings = findings.iter().map(|finding| {
            let paths = finding.paths.as_ref();
            let paths = paths.map(|paths| paths.0.iter().cloned().collect());
            (
                Finding::new(&finding.rule, full_name(&finding.r#ref), finding.bypassed),
                paths,
            )
        });
        Outcome {
            verdict,
            findings: findings.collect(),
        }
    }

    /// As it was decided.
    pub fn decided(decision: &Decision) -> Self {
        let mut found: BTreeMap<Finding, Paths> = BTreeMap::new();
        for update in &decision.updates {
            for objection in &update.objections {
                let name = update.name.to_str_lossy();
                let finding =
                    Finding::new(words::objection_id(objection), name.into_owned(), false);
                found.insert(finding, Some(BTreeSet::new()));
            }
        }
        for (mode, finding) in decision.all_findings() {
            if mode == Mode::Audit {
                continue;
            }
            let name = finding.name.to_str_lossy();
            let touched = paths(&finding.charges).into_iter();
            let touched = touched.map(|path| path.to_str_lossy().into_owned());
            let key = Finding::new(&finding.rule, name.into_owned(), finding.bypass.is_some());
            found.insert(key, Some(touched.collect()));
        }
        Outcome {
            verdict: if decision.is_accepted() {
                Verdict::Allow
            } else {
                Verdict::Deny
            },
            findings: found,
        }
    }

    /// This, as far as `expected` asks: without the paths that do not matter there.
    #[must_use]
    pub fn as_asked_by(mut self, expected: &Outcome) -> Self {
        for (finding, paths) in &mut self.findings {
            let asked = expected.findings.get(finding);
            if asked.is_none_or(Option::is_none) {
                *paths = None;
            }
        }
        self
    }
}

impl Finding {
    fn new(rule: &str, name: String, bypassed: bool) -> Self {
        Finding {
            rule: rule.to_owned(),
            r#ref: name,
            bypassed,
        }
    }
}
