//! What the doctor found, for people, for programs (`portcullis/doctor/v1`), and for Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::escape::Name;
use super::layout::{COLUMNS, wrap};
use super::words;
use crate::doctor::{Check, Status, worst};
use crate::ledger::chain::Proof;
use crate::ledger::entry::Verdict;
use crate::ledger::line::Line;
use crate::ledger::query::Debts;

/// The report for people: all that is not as it should be, and how much is.
pub fn report(checks: &[Check]) -> String {
    let mut page = String::new();
    let mut repository = None;
    for check in checks.iter().filter(|check| check.status != Status::Ok) {
        if check.repository.is_some() && check.repository != repository {
            repository.clone_from(&check.repository);
            let name = repository.as_deref().unwrap_or_default();
            let _ = writeln!(page, "{}:", Name(name.as_bytes()));
        }
        let first = match check.status {
            Status::Fail => "  error: ",
            _ => "  warning: ",
        };
        page += &wrap(
            &format!("{}: {}", check.id, check.says),
            first,
            "    ",
            COLUMNS,
        );
        page.push('\n');
        if let Some(remedy) = &check.remedy {
            let _ = writeln!(page, "    {remedy}");
        }
    }
    let count = |status| checks.iter().filter(|check| check.status == status).count();
    let _ = writeln!(
        page,
        "{}, {}, {} as they should be",
        words::counted(count(Status::Fail), "error", "errors"),
        words::counted(count(Status::Warn), "warning", "warnings"),
        words::counted(count(Status::Ok), "check", "checks"),
    );
    page
}

/// The report for programs.
pub fn json(checks: &[Check]) -> Value {
    json!({
        "schema": "portcullis/doctor/v1",
        "status": worst(checks),
        "checks": checks,
    })
}

/// What the ledger holds, counted.
#[derive(Debug, Default)]
pub struct Counts {
    verdicts: BTreeMap<&'static str, u64>,
    rules: BTreeMap<(String, &'static str), u64>,
    bypasses: u64,
    debts: Debts,
    last: Option<String>,
}

impl Counts {
    /// Counts a decision.
    pub fn add(&mut self, line: Line) {
        let verdict = words::recorded(line.verdict);
        *self.verdicts.entry(verdict).or_default() += 1;
        self.bypasses += u64::from(line.bypass().is_some());
        self.debts.add(&line);
        for finding in line.findings {
            let rule = (finding.rule, words::mode(finding.mode));
            *self.rules.entry(rule).or_default() += 1;
        }
        self.last = Some(line.time);
    }
}

/// The metrics at `now`, in the text format of Prometheus.
pub fn metrics(checks: &[Check], ledger: Option<(&Counts, &Proof)>, now: i64) -> String {
    let mut page = String::new();
    family(
        &mut page,
        "portcullis_doctor_checks",
        "gauge",
        "Checks of the installation, by how they came out.",
    );
    for (status, name) in [
        (Status::Ok, "ok"),
        (Status::Warn, "warn"),
        (Status::Fail, "fail"),
    ] {
        let count = checks.iter().filter(|check| check.status == status).count();
        let _ = writeln!(
            page,
            "portcullis_doctor_checks{{status=\"{name}\"}} {count}"
        );
    }
    let Some((counts, proof)) = ledger else {
        return page;
    };
    family(
        &mut page,
        "portcullis_decisions_total",
        "counter",
        "Pushes in the ledger, by what became of them.",
    );
    for verdict in [Verdict::Allow, Verdict::Deny, Verdict::Failed] {
        let verdict = words::recorded(verdict);
        let count = counts.verdicts.get(verdict).copied().unwrap_or(0);
        let _ = writeln!(
            page,
            "portcullis_decisions_total{{verdict=\"{verdict}\"}} {count}"
        );
    }
    family(
        &mut page,
        "portcullis_findings_total",
        "counter",
        "Updates that did not satisfy a rule.",
    );
    for ((rule, mode), count) in &counts.rules {
        let rule = rule
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n");
        let _ = writeln!(
            page,
            "portcullis_findings_total{{rule=\"{rule}\",mode=\"{mode}\"}} {count}"
        );
    }
    family(
        &mut page,
        "portcullis_bypasses_total",
        "counter",
        "Accepted pushes that went past rules.",
    );
    let _ = writeln!(page, "portcullis_bypasses_total {}", counts.bypasses);
    let now = crate::ledger::time(now);
    let open = counts.debts.open();
    let overdue = open.iter().filter(|(_, debt)| debt.is_overdue(&now));
    family(
        &mut page,
        "portcullis_debts",
        "gauge",
        "Reviews that are owed for broken glass: all, and those that are overdue.",
    );
    let _ = writeln!(page, "portcullis_debts{{state=\"open\"}} {}", open.len());
    let _ = writeln!(
        page,
        "portcullis_debts{{state=\"overdue\"}} {}",
        overdue.count()
    );
    let last = counts
        .last
        .as_deref()
        .and_then(|time| time.parse::<jiff::Timestamp>().ok());
    if let Some(last) = last {
        family(
            &mut page,
            "portcullis_last_decision_timestamp_seconds",
            "gauge",
            "When something was pushed last.",
        );
        let _ = writeln!(
            page,
            "portcullis_last_decision_timestamp_seconds {}",
            last.as_second()
        );
    }
    family(
        &mut page,
        "portcullis_ledger_breaks",
        "gauge",
        "Places where the chain of the ledger is broken.",
    );
    let _ = writeln!(page, "portcullis_ledger_breaks {}", proof.breaks.len());
    page
}

fn family(page: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
}
