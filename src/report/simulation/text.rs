//! The report for people, in columns.

use std::fmt::Display;

use super::{NOTES, Report};
use crate::git::short;
use crate::report::escape::Name;
use crate::report::layout::{COLUMNS, clip, wrap};
use crate::report::words::{counted, day};
use crate::simulation::against::{Against, Turn};
use crate::simulation::tally::{Outcomes, Share, Tally};
use crate::simulation::way::{As, End};
use crate::simulation::{Judged, Outcome};

/// Lines of each table.
const SHOWN: usize = 10;

/// Months that are shown: two years.
const MONTHS: usize = 24;

/// What would have become of the steps.
pub fn report(report: &Report<'_>, tally: &Tally<'_>) -> String {
    let mut page = Page::default();
    page.heading(report);
    page.outcomes(&tally.outcomes);
    page.shares("by rule", &tally.rules);
    page.shares("by zone", &tally.zones);
    page.shares("by author", &tally.people);
    page.shares("by directory", &tally.directories);
    page.months(tally);
    page.reviewers(tally);
    page.slowest(tally);
    page.newest(report);
    page.notes();
    page.text
}

/// What changes between two policies.
pub fn against(report: &Report<'_>, against: &Against<'_>, other: &str) -> String {
    let mut page = Page::default();
    page.heading(report);
    page.prose("", &format!("held against {}:", Name(other.as_bytes())));
    let turns = &against.turns;
    for (count, words) in [
        (turns.newly_refused, "newly refused"),
        (turns.newly_asked, "would newly need an approval"),
        (turns.newly_accepted, "newly accepted"),
        (
            turns.otherwise,
            "not accepted under either, for other reasons",
        ),
        (against.steps - against.changes.len(), "as before"),
    ] {
        page.line(&format!("  {count:>8}  {words}"));
    }
    let rules = against.rules.iter().map(|(rule, turns)| {
        let numbers = [
            turns.newly_refused,
            turns.newly_asked,
            turns.newly_accepted,
            turns.otherwise,
        ];
        ((*rule).to_owned(), numbers.map(|number| number.to_string()))
    });
    page.table(
        "by rule",
        ["refused", "approval", "accepted", "otherwise"],
        &rules.collect::<Vec<_>>(),
    );
    for (turn, title) in [
        (Turn::NewlyRefused, "newly refused"),
        (Turn::NewlyAsked, "would newly need an approval"),
        (Turn::NewlyAccepted, "newly accepted"),
    ] {
        let of_turn = against.changes.iter().filter(|(of, _)| *of == turn);
        let steps: Vec<_> = of_turn.map(|(_, change)| change.now).collect();
        page.steps(title, &steps, report);
    }
    page.notes();
    page.text
}

/// Lines under construction.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text += &clip(line.trim_end(), COLUMNS);
        self.text.push('\n');
    }

    fn prose(&mut self, first: &str, text: &str) {
        self.text += &wrap(text, first, "  ", COLUMNS);
        self.text.push('\n');
    }

    fn heading(&mut self, report: &Report<'_>) {
        let steps = &report.way.steps;
        let count = match report.kind {
            As::Steps => counted(steps.len(), "step", "steps"),
            As::Merges => counted(steps.len(), "merge", "merges"),
        };
        let period = match (steps.last(), steps.first()) {
            (Some(oldest), Some(newest)) => {
                let dates = steps.iter().map(|step| step.time);
                let (from, to) = (
                    dates.clone().min().unwrap_or(oldest.time),
                    dates.max().unwrap_or(newest.time),
                );
                format!(" from {} to {}", day(from), day(to))
            }
            _ => String::new(),
        };
        let file = report.policy.file.display().to_string();
        self.prose(
            "",
            &format!(
                "{} of {}: {count}{period}, judged by {} in {:.1} s",
                Name(&report.way.name),
                Name(report.repository.as_bytes()),
                Name(file.as_bytes()),
                report.took.as_secs_f64()
            ),
        );
        let end = match &report.way.end {
            End::Asked => None,
            End::Root => Some("the ref has no more steps than these".to_owned()),
            End::Fork(from) => Some(format!(
                "the ref has no more steps of its own than these: before them it was {}",
                Name(from)
            )),
            End::Shallow => Some(
                "the repository is shallow and has no older steps; `git fetch --unshallow` brings them"
                    .to_owned(),
            ),
        };
        if let Some(end) = end {
            self.prose("note: ", &end);
        }
    }

    fn outcomes(&mut self, outcomes: &Outcomes) {
        self.line("");
        for (count, words) in [
            (outcomes.accepted, "accepted"),
            (outcomes.warned, "accepted with a warning"),
            (outcomes.approval, "would have needed an approval"),
            (outcomes.refused, "refused for what history shows"),
            (outcomes.failed, "could not be judged, and so refused"),
        ] {
            let share = percent(count, outcomes.steps);
            self.line(&format!("  {count:>8}  {share:>7}  {words}"));
        }
    }

    fn shares<T: AsRef<[u8]>>(&mut self, title: &str, shares: &[(T, Share)]) {
        let rows = shares.iter().map(|(name, share)| {
            let numbers = [share.refused, share.approval, share.warned, share.audited];
            (
                Name(name.as_ref()).to_string(),
                numbers.map(|number| number.to_string()),
            )
        });
        self.table(
            title,
            ["refused", "approval", "warned", "audited"],
            &rows.collect::<Vec<_>>(),
        );
    }

    fn months(&mut self, tally: &Tally<'_>) {
        let rows = tally.months.iter().rev().map(|(month, outcomes)| {
            let numbers = [
                outcomes.steps,
                outcomes.refused + outcomes.failed,
                outcomes.approval,
                outcomes.warned,
            ];
            (month.clone(), numbers.map(|number| number.to_string()))
        });
        let columns = ["steps", "refused", "approval", "warned"];
        self.long_table("by month", columns, &rows.collect::<Vec<_>>(), MONTHS);
    }

    fn reviewers(&mut self, tally: &Tally<'_>) {
        let rows = tally.reviewers.iter().map(|(person, load)| {
            let numbers = [load.asked, load.needed].map(|number| number.to_string());
            (Name(person.as_bytes()).to_string(), numbers)
        });
        self.table(
            "who would have been asked to approve",
            ["asked", "nobody else could"],
            &rows.collect::<Vec<_>>(),
        );
    }

    fn slowest(&mut self, tally: &Tally<'_>) {
        let rows = tally.slowest.iter().map(|judged| {
            let step = format!("{}  {}", short(&judged.step.new), Name(&judged.subject));
            let took = format!("{:.1} ms", judged.took.as_secs_f64() * 1000.0);
            (step, [judged.new_commits.to_string(), took])
        });
        self.table(
            "slowest decisions",
            ["new commits", "took"],
            &rows.collect::<Vec<_>>(),
        );
    }

    fn newest(&mut self, report: &Report<'_>) {
        let refused: Vec<_> = report
            .judged
            .iter()
            .filter(|judged| judged.outcome >= Outcome::Refused)
            .collect();
        self.steps("newest refusals", &refused, report);
    }

    fn steps(&mut self, title: &str, steps: &[&Judged], report: &Report<'_>) {
        let Some(first) = steps.first() else { return };
        self.line("");
        self.line(title);
        for judged in steps.iter().take(SHOWN) {
            let mut rules: Vec<_> = judged.found.iter().map(|found| &*found.rule).collect();
            rules.dedup();
            self.line(&format!(
                "  {}  {}  {}",
                short(&judged.step.new),
                day(judged.step.time),
                Name(&judged.subject)
            ));
            let why = match &judged.failure {
                Some(failure) => failure.clone(),
                None => rules.join(", "),
            };
            self.line(&format!("      {}: {why}", Name(judged.pusher.as_bytes())));
        }
        if steps.len() > SHOWN {
            self.line(&format!("  +{} more", steps.len() - SHOWN));
        }
        self.prose(
            "  ",
            &format!("why, of the first:\n  {}", report.explain(first)),
        );
    }

    fn notes(&mut self) {
        self.line("");
        for note in NOTES {
            self.prose("note: ", note);
        }
    }

    fn table<const N: usize>(
        &mut self,
        title: &str,
        columns: [&str; N],
        rows: &[(String, [String; N])],
    ) {
        self.long_table(title, columns, rows, SHOWN);
    }

    /// Numbers on the right, under their columns; what they are about on the left.
    fn long_table<const N: usize>(
        &mut self,
        title: &str,
        columns: [&str; N],
        rows: &[(String, [String; N])],
        shown: usize,
    ) {
        if rows.is_empty() {
            return;
        }
        let widths: [usize; N] = std::array::from_fn(|column| {
            let cells = rows.iter().take(shown);
            let widest = cells.map(|(_, cells)| cells[column].chars().count()).max();
            columns[column].len().max(widest.unwrap_or(0))
        });
        let numbers: usize = widths.iter().map(|width| width + 2).sum();
        let names = rows
            .iter()
            .take(shown)
            .map(|(name, _)| name.chars().count() + 2);
        let left = names
            .max()
            .unwrap_or(0)
            .max(title.len())
            .min(COLUMNS - numbers);
        let row = |name: &str, cells: &[&dyn Display; N]| {
            let mut line = format!("{:<left$}", clip(name, left));
            for (cell, width) in cells.iter().zip(widths) {
                line += &format!("  {cell:>width$}");
            }
            line
        };
        self.line("");
        let columns = columns.each_ref().map(|column| column as &dyn Display);
        self.line(&row(title, &columns));
        for (name, cells) in rows.iter().take(shown) {
            let cells = cells.each_ref().map(|cell| cell as &dyn Display);
            self.line(&row(&format!("  {name}"), &cells));
        }
        if rows.len() > shown {
            self.line(&format!("  +{} more", rows.len() - shown));
        }
    }
}
fn percent(part: usize, whole: usize) -> String {
    let tenths = (part * 1000).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}
