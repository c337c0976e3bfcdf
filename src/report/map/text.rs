//! The map for people, in columns.

use std::fmt::Write as _;

use super::{LIMITS, MEANING, Report};
use crate::git::short;
use crate::report::escape::Name;
use crate::report::layout::{COLUMNS, wrap};
use crate::report::words;
use crate::risk::map::directories::{Directory, Sum, depth};
use crate::risk::map::{Facts, File};

/// How much of a map is shown.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Directories within so many others.
    pub depth: usize,
    /// Rows of each table.
    pub top: usize,
}

/// The tables.
pub fn report(report: &Report<'_>, extent: Extent) -> String {
    let map = report.map;
    let mut page = String::new();
    let mut prose = |text: &str| {
        page += &wrap(text, "", "", COLUMNS);
        page.push('\n');
    };
    prose(&format!(
        "{} of {} at {}: {}",
        Name(report.name.as_bytes()),
        Name(report.repository.as_bytes()),
        short(&map.tip),
        report.basis()
    ));
    for note in report.notes() {
        prose(&note);
    }
    let mut directories: Vec<&Directory> = map
        .directories
        .iter()
        .filter(|directory| depth(&directory.path) <= extent.depth)
        .collect();
    directories.sort_by(|one, other| {
        let by_trouble = other.sum.of_trouble.total_cmp(&one.sum.of_trouble);
        by_trouble.then_with(|| one.path.cmp(&other.path))
    });
    page += &table(
        "directories",
        &[
            "trouble", "code", "fixes", "of late", "reverts", "people", "band",
        ],
        directories.into_iter().map(directory),
        extent.top,
    );
    page += &table(
        "files",
        &[
            "lines", "fixes", "of late", "reverts", "imported", "moving", "people", "band",
        ],
        map.files.iter().map(file),
        extent.top,
    );
    if !map.files.is_empty() {
        page.push('\n');
        page += &wrap(MEANING, "", "", COLUMNS);
        page.push('\n');
        page += &wrap(LIMITS, "", "", COLUMNS);
        page.push('\n');
    }
    let left_out = &map.left_out;
    let _ = writeln!(
        page,
        "Left out: {} tests, {} other files, {} of other projects or made by programs",
        left_out.tests, left_out.others, left_out.foreign
    );
    page
}

fn directory(directory: &Directory) -> Vec<String> {
    let Sum {
        fixes,
        fixes_of_late,
        reverts,
        people_of_late,
        people,
        of_trouble,
        of_code,
        ..
    } = directory.sum;
    vec![
        percent(of_trouble),
        percent(of_code),
        fixes.to_string(),
        fixes_of_late.to_string(),
        reverts.to_string(),
        format!("{people_of_late}/{people}"),
        words::band(directory.band).to_owned(),
        format!("{}/", Name(&directory.path)),
    ]
}

fn file(file: &File) -> Vec<String> {
    let Facts {
        lines,
        fixes,
        fixes_of_late,
        reverts,
        spread,
        imported_by,
        people,
        people_of_late,
        ..
    } = file.facts;
    vec![
        lines.to_string(),
        fixes.to_string(),
        fixes_of_late.to_string(),
        reverts.to_string(),
        imported_by.to_string(),
        spread.to_string(),
        format!("{people_of_late}/{people}"),
        words::band(file.band).to_owned(),
        Name(&file.path).to_string(),
    ]
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// Rows of numbers, each with a name at its end.
fn table(
    title: &str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    most: usize,
) -> String {
    let mut all: Vec<Vec<String>> = rows.collect();
    if all.is_empty() {
        return String::new();
    }
    let more = all.len().saturating_sub(most);
    all.truncate(most);
    let mut head: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
    head.push(title.to_owned());
    all.insert(0, head);
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..columns.len()).filter_map(width).collect();
    let mut text = String::from("\n");
    for row in &all {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(text, "{cell:>width$}  ");
        }
        text += row.last().map_or("", String::as_str);
        text.push('\n');
    }
    if more > 0 {
        let _ = writeln!(text, "(and {more} more: --top)");
    }
    text
}
