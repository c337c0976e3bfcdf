//! What came of a case, and how it differs from what was expected.

use portcullis::cases::{Case, Verdict};
use portcullis::paths::names::full_name;
use serde_json::Value;
use std::collections::BTreeSet;

/// A verdict with its findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    verdict: &'static str,
    findings: BTreeSet<Finding>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    rule: String,
    name: String,
    /// `None` where they do not matter.
    paths: Option<BTreeSet<String>>,
    bypassed: bool,
}

impl Outcome {
    /// As the case has it.
    pub(crate) fn expected(case: &Case) -> Self {
        let (verdict, findings) = case.expected();
        Self {
            verdict: match verdict {
                Verdict::Allow => "allow",
                Verdict::Deny => "deny",
            },
            findings: findings
                .iter()
                .map(|finding| Finding {
                    rule: finding.rule.clone(),
                    name: full_name(&finding.r#ref),
                    paths: finding
                        .paths
                        .as_ref()
                        .map(|paths| paths.0.iter().cloned().collect()),
                    bypassed: finding.bypassed,
                })
                .collect(),
        }
    }

    /// As a decision has it that is printed as JSON.
    pub(crate) fn of_json(decision: &Value) -> Self {
        let text = |value: &Value| value.as_str().expect("it is a text").to_owned();
        let list = |value: &Value| value.as_array().expect("it is a list").clone();
        Self {
            verdict: if decision["verdict"] == "allow" {
                "allow"
            } else {
                "deny"
            },
            findings: list(&decision["findings"])
                .iter()
                .map(|finding| Finding {
                    rule: text(&finding["rule"]),
                    name: text(&finding["ref"]),
                    paths: Some(list(&finding["paths"]).iter().map(text).collect()),
                    bypassed: finding["bypassed"] == true,
                })
                .collect(),
        }
    }

    /// Shows `actual` beside what was expected here, unless it is that.
    pub(crate) fn difference(&self, actual: &Self) -> Option<String> {
        let actual = actual.as_asked_by(self);
        if *self == actual {
            return None;
        }
        let (left, right) = (self.lines("expected"), actual.lines("actual"));
        let width = left
            .iter()
            .map(|line| line.chars().count())
            .max()
            .unwrap_or(0);
        let rows = 0..left.len().max(right.len());
        let cell = |column: &[String], row: usize| column.get(row).cloned().unwrap_or_default();
        let row = |row| {
            format!(
                "    {:width$}  |  {}\n",
                cell(&left, row),
                cell(&right, row)
            )
        };
        Some(rows.map(row).collect())
    }

    /// Without the paths that `expected` does not ask for.
    fn as_asked_by(&self, expected: &Self) -> Self {
        let is_asked = |finding: &Finding| {
            expected.findings.iter().any(|asked| {
                asked.rule == finding.rule && asked.name == finding.name && asked.paths.is_some()
            })
        };
        let mut asked = self.clone();
        asked.findings = self
            .findings
            .iter()
            .map(|finding| Finding {
                paths: finding.paths.clone().filter(|_| is_asked(finding)),
                ..finding.clone()
            })
            .collect();
        asked
    }

    fn lines(&self, title: &str) -> Vec<String> {
        let mut lines = vec![format!("{title}: {}", self.verdict)];
        for finding in &self.findings {
            let bypassed = if finding.bypassed { ", bypassed" } else { "" };
            lines.push(format!("  {} on {}{bypassed}", finding.rule, finding.name));
            lines.extend(
                finding
                    .paths
                    .iter()
                    .flatten()
                    .map(|path| format!("    {path}")),
            );
        }
        lines
    }
}
