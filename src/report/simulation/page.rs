//! The report as a page for a browser.

use askama::Template;

use super::json::{Document, Names};
use super::{NOTES, Report};
use crate::report::escape::Name;
use crate::report::page::Shell;
use crate::report::words::day;
use crate::simulation::tally::Tally;

/// Explanations that a page has; of more steps, it has the commands that bring them.
pub const EXPLAINED: usize = 2000;

/// The page. `explanations` are of the first steps that are [worth telling](Report::worth_telling).
///
/// # Panics
///
/// Never: a string takes all that is written to it.
pub fn render(report: &Report<'_>, tally: &Tally<'_>, explanations: &[String]) -> String {
    let name = Name(&report.way.name).to_string();
    let repository = Name(report.repository.as_bytes()).to_string();
    let dates = || report.way.steps.iter().map(|step| step.time);
    let page = Page {
        shell: Shell {
            title: format!("{name} of {repository}, simulated"),
            script: include_str!("page.js"),
        },
        name,
        repository,
        policy: Name(report.policy.file.display().to_string().as_bytes()).to_string(),
        from: dates().min().map_or_else(String::new, day),
        to: dates().max().map_or_else(String::new, day),
        notes: NOTES,
        tables: TABLES,
        document: Document::of(report, tally, Names::Shown, explanations),
    };
    page.render()
        .expect("a string takes all that is written to it")
}

#[derive(Template)]
#[template(path = "simulation/page.html", config = "src/report/page/askama.toml")]
struct Page<'a> {
    shell: Shell,
    name: String,
    repository: String,
    policy: String,
    from: String,
    to: String,
    notes: [&'static str; 3],
    tables: [Table; 4],
    document: Document<'a>,
}

/// A table beside the charts.
struct Table {
    id: &'static str,
    title: &'static str,
    /// What it is about.
    hint: &'static str,
    /// The heading of its first column.
    column: &'static str,
}

const TABLES: [Table; 4] = [
    Table {
        id: "zones",
        title: "By zone",
        hint: "The zones of the policy that the paths in question are in.",
        column: "zone",
    },
    Table {
        id: "reviewers",
        title: "Reviewers' load",
        hint: "Who would have been asked to approve, as far as history shows, and how often nobody else could have.",
        column: "person",
    },
    Table {
        id: "authors",
        title: "By author",
        hint: "Whose commits are in question; of a change that no commit answers for, whoever pushed it.",
        column: "author",
    },
    Table {
        id: "slowest",
        title: "Slowest decisions",
        hint: "In this replay, with what had been read for the steps before.",
        column: "step",
    },
];
