//! The report for programs: `portcullis/simulation/v1`. The page embeds the same, with names made safe to show.

use gix::bstr::ByteSlice as _;
use serde::Serialize;
use serde_json::Value;

use super::{NOTES, Report};
use crate::report::escape::Name;
use crate::report::json::{Text, text, value};
use crate::report::words;
use crate::simulation::against::{Against, Turn, Turns};
use crate::simulation::found::Found;
use crate::simulation::tally::{Load, Outcomes, Share, Tally};
use crate::simulation::way::{As, End};
use crate::simulation::{Judged, Outcome};

/// The report as one JSON value.
pub fn document(report: &Report<'_>, tally: &Tally<'_>) -> Value {
    value(&Document::of(report, tally, Names::Whole, &[]))
}

/// What changes between two policies, as one JSON value.
pub fn against(report: &Report<'_>, against: &Against<'_>, other: &str) -> Value {
    let head = Head::of(report, Names::Whole);
    let changes = against.changes.iter().map(|(turn, change)| Changed {
        turn: *turn,
        before: change.before.outcome,
        rules_before: change
            .before
            .found
            .iter()
            .map(|found| &*found.rule)
            .collect(),
        push: Push::of(report, change.now, Names::Whole, None),
    });
    value(&Differences {
        head,
        against: other,
        turns: against.turns,
        rules: against
            .rules
            .iter()
            .map(|(rule, turns)| Turned {
                rule,
                turns: *turns,
            })
            .collect(),
        changes: changes.collect(),
        notes: NOTES,
    })
}

/// How names are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Byte for byte, for programs.
    Whole,
    /// As people can be shown them.
    Shown,
}

impl Names {
    fn write(self, name: impl AsRef<[u8]>) -> Text {
        let name = name.as_ref();
        match self {
            Names::Whole => text(name.as_bstr()),
            Names::Shown => Text::Text(Name(name).to_string()),
        }
    }
}

#[derive(Serialize)]
pub(super) struct Document<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    outcomes: Outcomes,
    months: Vec<Month>,
    rules: Vec<Row<Share>>,
    zones: Vec<Row<Share>>,
    authors: Vec<Row<Share>>,
    directories: Vec<Row<Share>>,
    reviewers: Vec<Row<Load>>,
    slowest: Vec<Slow>,
    /// Of all that are not simply accepted, the newest first.
    pushes: Vec<Push<'a>>,
    notes: [&'static str; 3],
}

#[derive(Serialize)]
struct Head<'a> {
    schema: &'static str,
    repository: Text,
    r#ref: Text,
    kind: &'static str,
    end: &'static str,
    policy: Policy<'a>,
    steps: usize,
    took_ms: u64,
}

#[derive(Serialize)]
struct Policy<'a> {
    file: String,
    digest: &'a str,
}

#[derive(Serialize)]
struct Month {
    month: String,
    #[serde(flatten)]
    outcomes: Outcomes,
}

#[derive(Serialize)]
struct Row<T> {
    name: Text,
    #[serde(flatten)]
    counts: T,
}

#[derive(Serialize)]
struct Slow {
    commit: String,
    subject: Text,
    new_commits: usize,
    took_ms: f64,
}

#[derive(Serialize)]
struct Push<'a> {
    outcome: Outcome,
    old: Option<String>,
    new: String,
    time: String,
    subject: Text,
    pusher: Text,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<&'a str>,
    found: Vec<Finding<'a>>,
    could_approve: Vec<Text>,
    explain: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<&'a str>,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    mode: &'static str,
    only_approval: bool,
    zones: Vec<Text>,
    directories: Vec<Text>,
    paths: Vec<Text>,
    path_count: usize,
    authors: Vec<Text>,
}

#[derive(Serialize)]
struct Differences<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    against: &'a str,
    turns: Turns,
    rules: Vec<Turned<'a>>,
    changes: Vec<Changed<'a>>,
    notes: [&'static str; 3],
}

#[derive(Serialize)]
struct Turned<'a> {
    rule: &'a str,
    #[serde(flatten)]
    turns: Turns,
}

#[derive(Serialize)]
struct Changed<'a> {
    turn: Turn,
    before: Outcome,
    rules_before: Vec<&'a str>,
    #[serde(flatten)]
    push: Push<'a>,
}

impl<'a> Document<'a> {
    /// `explanations` are of the first pushes that are not simply accepted.
    pub(super) fn of(
        report: &Report<'a>,
        tally: &Tally<'a>,
        names: Names,
        explanations: &'a [String],
    ) -> Self {
        let pushes = report
            .worth_telling()
            .enumerate()
            .map(|(position, judged)| {
                let explanation = explanations.get(position).map(String::as_str);
                Push::of(report, judged, names, explanation)
            });
        Document {
            head: Head::of(report, names),
            outcomes: tally.outcomes,
            months: tally
                .months
                .iter()
                .map(|(month, outcomes)| Month {
                    month: month.clone(),
                    outcomes: *outcomes,
                })
                .collect(),
            rules: rows(&tally.rules, names),
            zones: rows(&tally.zones, names),
            authors: rows(&tally.people, names),
            directories: rows(&tally.directories, names),
            reviewers: rows(&tally.reviewers, names),
            slowest: tally
                .slowest
                .iter()
                .map(|judged| Slow::of(judged, names))
                .collect(),
            pushes: pushes.collect(),
            notes: NOTES,
        }
    }
}

fn rows<T: AsRef<[u8]>, C: Copy>(rows: &[(T, C)], names: Names) -> Vec<Row<C>> {
    rows.iter()
        .map(|(name, counts)| Row {
            name: names.write(name),
            counts: *counts,
        })
        .collect()
}

impl<'a> Head<'a> {
    fn of(report: &Report<'a>, names: Names) -> Self {
        Head {
            schema: "portcullis/simulation/v1",
            repository: names.write(report.repository),
            r#ref: names.write(&report.way.name),
            kind: match report.kind {
                As::Steps => "steps",
                As::Merges => "merges",
            },
            end: match report.way.end {
                End::Asked => "asked",
                End::Root => "root",
                End::Fork(_) => "fork",
                End::Shallow => "shallow",
            },
            policy: Policy {
                file: report.policy.file.display().to_string(),
                digest: &report.policy.digest,
            },
            steps: report.judged.len(),
            took_ms: u64::try_from(report.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Slow {
    fn of(judged: &Judged, names: Names) -> Self {
        Slow {
            commit: judged.step.new.to_string(),
            subject: names.write(&judged.subject),
            new_commits: judged.new_commits,
            took_ms: judged.took.as_secs_f64() * 1000.0,
        }
    }
}

impl<'a> Push<'a> {
    fn of(
        report: &Report<'_>,
        judged: &'a Judged,
        names: Names,
        explanation: Option<&'a str>,
    ) -> Self {
        Push {
            outcome: judged.outcome,
            old: judged.step.old.map(|old| old.to_string()),
            new: judged.step.new.to_string(),
            time: crate::ledger::time(judged.step.time),
            subject: names.write(&judged.subject),
            pusher: names.write(&judged.pusher),
            failure: judged.failure.as_deref(),
            found: judged
                .found
                .iter()
                .map(|found| Finding::of(found, names))
                .collect(),
            could_approve: judged
                .asks
                .iter()
                .map(|ask| names.write(&ask.person))
                .collect(),
            explain: report.explain(judged),
            explanation,
        }
    }
}

impl<'a> Finding<'a> {
    fn of(found: &'a Found, names: Names) -> Self {
        fn all<T: AsRef<[u8]>>(some: impl IntoIterator<Item = T>, names: Names) -> Vec<Text> {
            some.into_iter().map(|name| names.write(name)).collect()
        }
        Finding {
            rule: &found.rule,
            mode: words::mode(found.mode),
            only_approval: found.lacks_only_approval,
            zones: all(&found.zones, names),
            directories: all(&found.directories, names),
            paths: all(&found.paths, names),
            path_count: found.path_count,
            authors: all(&found.people, names),
        }
    }
}
