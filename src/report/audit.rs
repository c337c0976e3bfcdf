//! Decisions of the ledger, in lists for people and tables for programs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::escape::Name;
use super::exceptions::Owed;
use super::layout::{COLUMNS, wrap};
use super::words::{self, counted};
use crate::ledger::entry::Verdict;
use crate::ledger::file::Written;
use crate::ledger::line::{Bypass, Line};
use crate::ledger::query::{By, Counts};

/// The columns of a decision in a table.
pub const COLUMN_NAMES: [&str; 12] = [
    "time",
    "id",
    "verdict",
    "repository",
    "account",
    "person",
    "refs",
    "rules",
    "bypassed_by",
    "reason",
    "failure",
    "milliseconds",
];

/// One decision in one line, and a second where there is more to say.
pub fn line(line: &Line) -> String {
    let words = format!(
        "{} {}",
        line.time.get(..19).unwrap_or(&line.time),
        summary(line, usize::MAX)
    );
    let mut page = wrap(&words, "", "    ", COLUMNS);
    if let Some(bypass) = line.bypass() {
        page = format!("{page}\n    {}", past_rules(bypass));
    }
    if let Some(failure) = &line.failure {
        let why = Name(failure.as_bytes()).to_string();
        page = format!("{page}\n{}", wrap(&why, "    ", "    ", COLUMNS));
    }
    page + "\n"
}

/// One decision in one line for the system's log, which adds the time, with its place in the ledger.
pub fn record(line: &Line, written: Option<&Written>) -> String {
    const MOST_RULES: usize = 10;
    /// Letters that fit into a record of any daemon. A pusher chooses the names of refs.
    const MOST_LETTERS: usize = 2_000;
    let mut words = summary(line, MOST_RULES);
    if let Some(bypass) = line.bypass() {
        words = format!("{words}; {}", past_rules(bypass));
    }
    if let Some(failure) = &line.failure {
        words = format!("{words}; {}", Name(failure.as_bytes()));
    }
    if let Some((end, _)) = words.char_indices().nth(MOST_LETTERS) {
        words.truncate(end);
        words.push('…');
    }
    match written {
        Some(Written { number, hash }) => {
            format!("{words}; line {number} of the ledger, SHA-256 {hash}")
        }
        None => format!("{words}; not in the ledger"),
    }
}

fn past_rules(bypass: &Bypass) -> String {
    let reason = Name(bypass.reason.as_bytes());
    format!("past rules by {}: {reason}", bypass.person)
}

/// What became of a push, with at most so many rules.
fn summary(line: &Line, most: usize) -> String {
    let refs = line.refs();
    let refs: Vec<_> = refs.iter().map(|name| Name(name).to_string()).collect();
    let verdict = match line.verdict {
        Verdict::Allow => "accepted",
        Verdict::Deny => "refused",
        Verdict::Failed => "failed",
    };
    let rules: Vec<_> = line.rules().into_iter().collect();
    let shown = |name: Option<&str>| Name(name.unwrap_or("(unknown)").as_bytes()).to_string();
    let mut words = format!(
        "{verdict} {} {} {}",
        line.id.as_deref().unwrap_or("-"),
        shown(line.repository.as_deref()),
        shown(line.pushed_by()),
    );
    for name in refs.iter().take(3) {
        words = format!("{words} {name}");
    }
    if refs.len() > 3 {
        words = format!("{words} and {} more", refs.len() - 3);
    }
    if !rules.is_empty() {
        let shown = &rules[..rules.len().min(most)];
        words = format!("{words}: {}", shown.join(", "));
        if let more @ 1.. = rules.len() - shown.len() {
            words = format!("{words} and {more} more");
        }
    }
    words
}

/// One decision in the columns of a table. What a spreadsheet would take for a formula is quoted.
pub fn row(line: &Line) -> [String; 12] {
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let refs: Vec<_> = line
        .refs()
        .iter()
        .map(|name| Name(name).to_string())
        .collect();
    let bypass = line.bypass();
    let cells = [
        line.time.clone(),
        text(line.id.as_deref()),
        words::recorded(line.verdict).to_owned(),
        text(line.repository.as_deref()),
        text(line.pusher.account.as_deref()),
        text(line.pusher.person.as_deref()),
        refs.join(" "),
        Vec::from_iter(line.rules()).join(" "),
        text(bypass.map(|bypass| &*bypass.person)),
        text(bypass.map(|bypass| &*bypass.reason)),
        text(line.failure.as_deref()),
        line.milliseconds.to_string(),
    ];
    cells.map(harmless)
}

/// The totals of a list.
pub fn totals(counts: &Counts) -> String {
    format!(
        "{}: {} accepted ({} of them past rules), {} refused, {} failed\n",
        counted(counts.decisions, "decision", "decisions"),
        counts.accepted,
        counts.bypassed,
        counts.refused,
        counts.failed
    )
}

/// Decisions by what they were counted under, the most refused first.
pub fn table(by: By, counts: &BTreeMap<String, Counts>, all: &Counts) -> String {
    let title = match by {
        By::Rule => "rule",
        By::Person => "person",
        By::Month => "month",
        By::Repo => "repository",
    };
    let mut rows: Vec<(String, &Counts)> = counts
        .iter()
        .map(|(key, counts)| (Name(key.as_bytes()).to_string(), counts))
        .collect();
    if by != By::Month {
        rows.sort_by_key(|(_, counts)| std::cmp::Reverse(counts.refused));
    }
    let widths = rows.iter().map(|(key, _)| key.chars().count());
    let width = widths.max().unwrap_or(0).max(title.len());
    let mut page = format!("{title:width$}  decisions  accepted  bypassed   refused    failed\n");
    for (key, counts) in rows {
        page += &format!(
            "{key:width$}  {:>9}  {:>8}  {:>8}  {:>8}  {:>8}\n",
            counts.decisions, counts.accepted, counts.bypassed, counts.refused, counts.failed
        );
    }
    page + "\n" + &totals(all)
}

/// The same for programs.
pub fn json_table(by: By, counts: &BTreeMap<String, Counts>, all: &Counts) -> Value {
    json!({ "schema": "portcullis/audit-counts/v1", "by": by, "counts": counts, "all": all })
}

/// Reviews that are owed, with their age, at `now` as the ledger writes times.
pub fn debts(open: &[(&str, &Owed)], now: &str) -> String {
    let overdue = open.iter().filter(|(_, debt)| debt.is_overdue(now)).count();
    let mut page = format!(
        "{} owed, {overdue} of them overdue\n",
        counted(open.len(), "review", "reviews")
    );
    for (repository, debt) in open {
        let due = if debt.is_overdue(now) {
            format!("OVERDUE for {}", age(&debt.due, now))
        } else {
            format!("due in {}", age(now, &debt.due))
        };
        let from = debt.base.as_deref().map_or("nothing", short);
        let name = debt.r#ref.clone().into_bytes().unwrap_or_default();
        let words = format!(
            "{due}, open for {}: {} past {} on {} of {}, {from}..{} (decision {})",
            age(&debt.opened, now),
            debt.person,
            debt.rule,
            Name(&name),
            Name(repository.as_bytes()),
            short(&debt.head),
            debt.decision
        );
        page += &wrap(&words, "  ", "    ", COLUMNS);
        page.push('\n');
    }
    page
}

/// The same for programs.
pub fn json_debts(open: &[(&str, &Owed)], now: &str) -> Value {
    let debts = open.iter().map(|(repository, debt)| {
        json!({ "repository": repository, "overdue": debt.is_overdue(now), "debt": debt })
    });
    json!({ "schema": "portcullis/debts/v1", "debts": debts.collect::<Vec<_>>() })
}

fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// A text that no spreadsheet takes for a formula: whoever names a branch or gives a reason would have it run.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}

/// The time between two times of the ledger, in its largest unit.
fn age(from: &str, to: &str) -> String {
    let seconds = |time: &str| time.parse().map(jiff::Timestamp::as_second).ok();
    let Some((from, to)) = seconds(from).zip(seconds(to)) else {
        return "an unknown time".to_owned();
    };
    let minutes = u64::try_from(to.saturating_sub(from)).unwrap_or(0) / 60;
    match (minutes / (24 * 60), minutes / 60) {
        (0, 0) => counted(minutes, "minute", "minutes"),
        (0, hours) => counted(hours, "hour", "hours"),
        (days, _) => counted(days, "day", "days"),
    }
}
