//! The decision in the formats that continuous integration reads: SARIF 2.1.0 for annotations on files, JUnit for lists of
//! what passed and failed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use serde_json::{Value, json};

use super::escape::Name;
use super::words;
use crate::decision::{Decision, Finding, Missing, RuleOutcome, Verdict, paths};
use crate::facts::Objection;
use crate::policy::Policy;
use crate::policy::rule::Mode;

/// What stands in a relative URI as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~');

/// The findings as SARIF.
pub fn sarif(decision: &Decision, policy: &Policy) -> Value {
    let rules = policy.rules.iter().map(|rule| {
        let description = rule.description.as_deref().unwrap_or(&rule.id);
        json!({ "id": rule.id, "shortDescription": { "text": description } })
    });
    let objections = decision.updates.iter().flat_map(|update| {
        update.objections.iter().map(|objection| {
            json!({
                "ruleId": words::objection_id(objection),
                "level": "error",
                "message": { "text": words::objection(objection) },
            })
        })
    });
    let findings = decision
        .all_findings()
        .map(|(mode, finding)| result(mode, finding));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "portcullis",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.collect::<Vec<_>>(),
            } },
            "results": objections.chain(findings).collect::<Vec<_>>(),
        }],
    })
}

/// What each rule says, as JUnit.
///
/// # Errors
/// Never: what is written are texts.
pub fn junit(decision: &Decision) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("portcullis");
    for update in &decision.updates {
        let mut suite = TestSuite::new(Name(&update.name).to_string());
        for objection in &update.objections {
            suite.add_test_case(objected(objection));
        }
        suite.add_test_cases(update.rules.iter().map(tried));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn result(mode: Mode, finding: &Finding) -> Value {
    let locations = paths(&finding.charges).into_iter().map(|path| {
        let uri = percent_encode(path, PLAIN).to_string();
        json!({ "physicalLocation": { "artifactLocation": { "uri": uri } } })
    });
    json!({
        "ruleId": finding.rule,
        "level": match mode {
            Mode::Enforce => "error",
            Mode::Warn => "warning",
            Mode::Audit | Mode::Off => "note",
        },
        "message": { "text": lacks(finding) },
        "locations": locations.collect::<Vec<_>>(),
    })
}

fn objected(objection: &Objection) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(words::objection(objection));
    TestCase::new(words::objection_id(objection), status)
}

/// A rule that only warns fails nothing.
fn tried(outcome: &RuleOutcome) -> TestCase {
    let status = match &outcome.verdict {
        Verdict::Violated(finding) if outcome.mode == Mode::Enforce => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(lacks(finding));
            status
        }
        Verdict::Inapplicable(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(words::inapplicable(why));
            status
        }
        Verdict::Satisfied(_) | Verdict::Violated(_) => TestCaseStatus::success(),
    };
    let mut case = TestCase::new(outcome.rule.clone(), status);
    if let (Verdict::Violated(finding), false) = (&outcome.verdict, outcome.mode == Mode::Enforce) {
        case.set_system_out(lacks(finding));
    }
    case
}

/// What the rule is for, and all that is missing, each once.
fn lacks(finding: &Finding) -> String {
    let mut lines: Vec<String> = finding.description.iter().cloned().collect();
    for missing in finding.missing() {
        let line = match missing {
            Missing::Denied { why } => why.clone(),
            missing => format!("missing: {}", words::missing(missing)),
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}
