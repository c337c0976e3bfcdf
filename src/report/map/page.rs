//! The map as a page for a browser: a treemap in which size is code and colour is risk.

use std::collections::BTreeMap;

use askama::Template;
use serde::Serialize;

use super::{LIMITS, MEANING, Report, known_by, reasons};
use crate::git::short;
use crate::report::escape::Name;
use crate::report::page::Shell;
use crate::report::words::{counted, day};
use crate::risk::features::directory;
use crate::risk::score::{Band, percent};

/// Files that a page has, the heaviest; of each directory the others are one block.
const MOST_FILES: usize = 20_000;

/// The page.
///
/// # Panics
///
/// Never: a string takes all that is written to it.
pub fn render(report: &Report<'_>) -> String {
    let repository = Name(report.repository.as_bytes()).to_string();
    let page = Page {
        shell: Shell {
            title: format!("The load-bearing map of {repository}"),
            script: include_str!("page.js"),
        },
        repository,
        name: Name(report.name.as_bytes()).to_string(),
        tip: short(&report.map.tip),
        landed: day(report.map.now),
        basis: report.basis(),
        notes: report.notes(),
        meaning: MEANING,
        limits: LIMITS,
        document: Document::of(report),
    };
    page.render()
        .expect("a string takes all that is written to it")
}

#[derive(Template)]
#[template(path = "map/page.html", config = "src/report/page/askama.toml")]
struct Page {
    shell: Shell,
    repository: String,
    name: String,
    tip: String,
    landed: String,
    basis: String,
    notes: Vec<String>,
    meaning: &'static str,
    limits: &'static str,
    document: Document,
}

/// What the script draws. Paths are as people can be shown them; no two are the same.
#[derive(Serialize)]
struct Document {
    known: bool,
    fixes: u32,
    reverts: u32,
    /// The heaviest first.
    files: Vec<Block>,
    directories: Vec<Block>,
    /// Of each directory, the files that are no blocks of their own.
    rest: Vec<Rest>,
}

#[derive(Serialize)]
struct Block {
    path: String,
    band: Band,
    /// The share of the files that carry less, in whole percent; a directory has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    percentile: Option<u8>,
    lines: u64,
    fixes: u64,
    of_trouble: f64,
    reasons: Vec<String>,
}

#[derive(Serialize)]
struct Rest {
    /// Empty: the root.
    directory: String,
    files: usize,
    lines: u64,
}

impl Document {
    fn of(report: &Report<'_>) -> Self {
        let map = report.map;
        let (shown, others) = map.files.split_at(map.files.len().min(MOST_FILES));
        let files = shown.iter().map(|file| Block {
            path: Name(&file.path).to_string(),
            band: file.band,
            percentile: map.is_known().then(|| percent(file.rank)),
            lines: file.facts.lines,
            fixes: u64::from(file.facts.fixes),
            of_trouble: file.of_trouble,
            reasons: reasons(&file.facts),
        });
        let directories = map.directories.iter().map(|directory| {
            let sum = &directory.sum;
            let mended = counted(sum.fixes, "time", "times");
            let holds = counted(sum.files, "file", "files");
            Block {
                path: Name(&directory.path).to_string(),
                band: directory.band,
                percentile: None,
                lines: sum.lines,
                fixes: sum.fixes,
                of_trouble: sum.of_trouble,
                reasons: vec![
                    format!(
                        "{holds}, mended {mended}, {} of them in the last half year",
                        sum.fixes_of_late
                    ),
                    known_by(sum.people, sum.people_of_late),
                ],
            }
        });
        let mut rest: BTreeMap<&[u8], (usize, u64)> = BTreeMap::new();
        for file in others {
            let (files, lines) = rest.entry(directory(&file.path)).or_default();
            *files += 1;
            *lines += file.facts.lines;
        }
        let rest = rest.into_iter().map(|(directory, (files, lines))| Rest {
            directory: Name(directory).to_string(),
            files,
            lines,
        });
        Document {
            known: map.is_known(),
            fixes: map.history.fixes,
            reverts: map.history.reverts,
            files: files.collect(),
            directories: directories.collect(),
            rest: rest.collect(),
        }
    }
}
