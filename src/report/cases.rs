//! What came of a policy's cases, for whoever writes the policy.

use std::collections::BTreeSet;
use std::path::Path;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::escape::Name;
use super::layout::{COLUMNS, clip};
use super::words::counted;
use crate::cases::Verdict;
use crate::cases::mutants::Mutation;
use crate::cases::outcome::Outcome;
use crate::cases::suite::{CaseResult, Mutants, Ran};

/// Between the two columns, with what says how they differ.
const GAP: usize = 3;

/// What there is to say of the cases of one file.
pub struct Said<'r> {
    /// What came of them.
    pub ran: &'r Ran<'r>,
    /// What became of mutants, where that was asked.
    pub mutants: Option<&'r Mutants>,
}

/// All that was run, as text.
pub fn report(files: &[Said<'_>], colour: bool) -> String {
    let paint = Paint(colour);
    let mut text: String = files.iter().map(|said| paint.file(said)).collect();
    text += &paint.summary(files);
    text
}

/// The same for programs, `portcullis/test/v1`.
pub fn json(files: &[Said<'_>]) -> serde_json::Value {
    let files: Vec<Tested<'_>> = files.iter().map(Tested::of).collect();
    let document = Document {
        schema: "portcullis/test/v1",
        passed: files.iter().all(|file| file.failed == 0),
        files,
    };
    super::json::value(&document)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    passed: bool,
    files: Vec<Tested<'a>>,
}

#[derive(Serialize)]
struct Tested<'a> {
    file: String,
    policy: String,
    failed: usize,
    cases: Vec<Case<'a>>,
    never_violated: Vec<&'a str>,
    never_passed: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutants: Option<Tried<'a>>,
}

#[derive(Serialize)]
struct Case<'a> {
    name: &'a str,
    line: usize,
    passed: bool,
    expected: Result<'a>,
    actual: Result<'a>,
}

#[derive(Serialize)]
struct Result<'a> {
    verdict: Verdict,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'a str,
    r#ref: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    bypassed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<&'a BTreeSet<String>>,
}

#[derive(Serialize)]
struct Tried<'a> {
    made: usize,
    noticed: usize,
    score: usize,
    unnoticed: Vec<Unnoticed<'a>>,
}

#[derive(Serialize)]
struct Unnoticed<'a> {
    of: &'a str,
    change: &'a str,
    line: usize,
}

impl<'a> Tested<'a> {
    fn of(said: &'a Said<'a>) -> Self {
        let Said { ran, mutants } = said;
        let policy = &ran.loaded.policy;
        Tested {
            file: ran.file.display().to_string(),
            policy: policy.file.display().to_string(),
            failed: ran.failures().count(),
            cases: ran.results.iter().map(Case::of).collect(),
            never_violated: ran.coverage.never_violated(policy),
            never_passed: ran.coverage.never_passed(policy),
            mutants: mutants.map(Tried::of),
        }
    }
}

impl<'a> Case<'a> {
    fn of(result: &'a CaseResult<'_>) -> Self {
        Case {
            name: &result.case.name,
            line: result.line,
            passed: result.is_as_expected(),
            expected: Result::of(&result.expected),
            actual: Result::of(&result.actual),
        }
    }
}

impl<'a> Result<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let findings = outcome.findings.iter().map(|(finding, paths)| Finding {
            rule: &finding.rule,
            r#ref: &finding.r#ref,
            bypassed: finding.bypassed,
            paths: paths.as_ref(),
        });
        Result {
            verdict: outcome.verdict,
            findings: findings.collect(),
        }
    }
}

impl<'a> Tried<'a> {
    fn of(mutants: &'a Mutants) -> Self {
        let unnoticed = mutants.unnoticed.iter().map(|mutation| Unnoticed {
            of: &mutation.of,
            change: &mutation.change,
            line: mutation.line,
        });
        Tried {
            made: mutants.made,
            noticed: mutants.made - mutants.unnoticed.len(),
            score: mutants.score(),
            unnoticed: unnoticed.collect(),
        }
    }
}

/// Whether there is colour.
#[derive(Clone, Copy)]
struct Paint(bool);

impl Paint {
    fn file(self, said: &Said<'_>) -> String {
        let Said { ran, mutants } = said;
        let policy = &ran.loaded.policy;
        let mut text: String = ran
            .failures()
            .map(|failure| self.failure(ran.file, failure))
            .collect();
        let policy_file = name(&policy.file);
        for (rules, gap) in [
            (ran.coverage.never_violated(policy), "violates"),
            (ran.coverage.never_passed(policy), "passes"),
        ] {
            for rule in rules {
                text += &format!("{policy_file}: no case {gap} the rule {rule}\n");
            }
        }
        for mutation in mutants.iter().flat_map(|mutants| &mutants.unnoticed) {
            text += &format!("{policy_file}{}\n", unnoticed(mutation));
        }
        text
    }

    /// A case that came out otherwise: what was expected and what came, side by side.
    fn failure(self, file: &Path, failure: &CaseResult<'_>) -> String {
        let title = format!(
            "{}:{}: {}",
            name(file),
            failure.line,
            Name(failure.case.name.as_bytes())
        );
        let mut text = format!("{}\n", self.bold(&title));
        let head = Row::same("expected", "actual");
        for row in std::iter::once(head).chain(rows(failure)) {
            text += &self.row(&row);
        }
        text + "\n"
    }

    /// Both cells broken into as many lines as they need.
    fn row(self, row: &Row) -> String {
        const CELL: usize = (COLUMNS - 2 - GAP) / 2;
        let (left, right) = (broken(&row.left, CELL), broken(&row.right, CELL));
        let cell = |lines: &[String], at: usize| lines.get(at).cloned().unwrap_or_default();
        let line = |at| {
            let left = format!("{:CELL$}", cell(&left, at));
            let line = format!("{left} {} {}", row.sign, cell(&right, at));
            let line = if row.sign == ' ' {
                line
            } else {
                self.coloured(&line, AnsiColor::Red)
            };
            format!("  {}\n", line.trim_end())
        };
        (0..left.len().max(right.len())).map(line).collect()
    }

    fn summary(self, files: &[Said<'_>]) -> String {
        let cases: usize = files.iter().map(|said| said.ran.results.len()).sum();
        let failed: usize = files.iter().map(|said| said.ran.failures().count()).sum();
        let verdict = if failed == 0 {
            self.coloured("all as expected", AnsiColor::Green)
        } else {
            self.coloured(&format!("{failed} not as expected"), AnsiColor::Red)
        };
        let mut text = format!(
            "{} of {}: {verdict}",
            counted(cases, "case", "cases"),
            counted(files.len(), "policy", "policies"),
        );
        let mutants: Vec<_> = files.iter().filter_map(|said| said.mutants).collect();
        if !mutants.is_empty() {
            let made: usize = mutants.iter().map(|mutants| mutants.made).sum();
            let unnoticed: usize = mutants.iter().map(|mutants| mutants.unnoticed.len()).sum();
            let noticed = made - unnoticed;
            let percent = (noticed * 100).checked_div(made).unwrap_or(100);
            text += &format!("; {noticed} of {made} changes to the policy noticed ({percent}%)");
        }
        text + "\n"
    }

    fn bold(self, text: &str) -> String {
        self.styled(text, Style::new().bold())
    }

    fn coloured(self, text: &str, colour: AnsiColor) -> String {
        self.styled(text, Style::new().fg_color(Some(colour.into())))
    }

    fn styled(self, text: &str, style: Style) -> String {
        if self.0 {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }
}

/// What stands side by side.
struct Row {
    left: String,
    right: String,
    /// As in sdiff(1): `<` and `>` where one side has nothing, `|` where they differ.
    sign: char,
}

impl Row {
    fn same(left: &str, right: &str) -> Self {
        Row {
            left: left.to_owned(),
            right: right.to_owned(),
            sign: ' ',
        }
    }

    fn of(text: &str, is_left: bool, is_right: bool) -> Self {
        let cell = |is_there: bool| if is_there { text } else { "" }.to_owned();
        Row {
            left: cell(is_left),
            right: cell(is_right),
            sign: match (is_left, is_right) {
                (true, false) => '<',
                (false, true) => '>',
                _ => ' ',
            },
        }
    }
}

fn rows(failure: &CaseResult<'_>) -> Vec<Row> {
    let (expected, actual) = (&failure.expected, &failure.actual);
    let verdicts = (verdict(expected.verdict), verdict(actual.verdict));
    let mut rows = vec![Row {
        sign: if verdicts.0 == verdicts.1 { ' ' } else { '|' },
        ..Row::same(verdicts.0, verdicts.1)
    }];
    let all: BTreeSet<_> = expected
        .findings
        .keys()
        .chain(actual.findings.keys())
        .collect();
    let none = BTreeSet::new();
    for finding in all {
        let found = (expected.findings.get(finding), actual.findings.get(finding));
        let bypassed = if finding.bypassed { ", bypassed" } else { "" };
        let title = format!(
            "  {} on {}{bypassed}",
            Name(finding.rule.as_bytes()),
            Name(finding.r#ref.as_bytes())
        );
        rows.push(Row::of(&title, found.0.is_some(), found.1.is_some()));
        let paths = |paths: Option<&'_ Option<BTreeSet<String>>>| {
            paths.and_then(Option::as_ref).unwrap_or(&none).clone()
        };
        let (left, right) = (paths(found.0), paths(found.1));
        for path in left.union(&right) {
            let text = format!("    {}", Name(path.as_bytes()));
            rows.push(Row::of(&text, left.contains(path), right.contains(path)));
        }
    }
    rows
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Deny => "deny",
    }
}

fn unnoticed(mutation: &Mutation) -> String {
    let Mutation {
        of, change, line, ..
    } = mutation;
    let change = Name(change.as_bytes()).to_string();
    format!(":{line}: no case notices {of} {}", clip(&change, COLUMNS))
}

/// A text in pieces of at most that many columns; whatever is not the first is indented.
fn broken(text: &str, columns: usize) -> Vec<String> {
    const INDENT: &str = "      ";
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= columns {
        return vec![text.to_owned()];
    }
    let (first, rest) = characters.split_at(columns);
    let rest = rest.chunks(columns - INDENT.len());
    let rest = rest.map(|piece| format!("{INDENT}{}", piece.iter().collect::<String>()));
    std::iter::once(first.iter().collect())
        .chain(rest)
        .collect()
}

fn name(path: &Path) -> String {
    Name(path.as_os_str().as_encoded_bytes()).to_string()
}
