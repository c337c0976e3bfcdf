//! The load-bearing map: every file and directory of the product's code by how much breaks around it.
//!
//! ```text
//! Past ───────────► facts of each file ─► load ─► band ─► directories ─► zones
//! tree at the tip ─► imports ─┘
//! ```
//!
//! Nothing is predicted here: what was mended and taken back in a file is counted, older ones counting less, and how far the
//! file reaches makes more of it ([`load`]). A file is put among the others of its repository, and a band asks for evidence
//! of its own, so that a quiet history has no critical files. What the history cannot tell is said ([`doubts`]).

pub mod directories;
pub mod doubts;
pub mod imports;
pub mod load;
pub mod zones;

use std::collections::BTreeMap;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;

use super::companions::dragged;
use super::mine::kind::Kind;
use super::mine::past::{FileNo, FilePast, Past};
use super::score::Band;
use crate::git::Error;
use crate::git::objects::Objects;
use crate::risk::mine::diff;
use directories::Directory;
use doubts::Doubt;
use imports::Blob;
use load::Load;

/// Whoever has landed nothing for longer, in seconds, may have left: a year.
const AWAY: i64 = 365 * 86_400;

/// The map of a repository at one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// That commit.
    pub tip: ObjectId,
    /// When it landed, in seconds since 1970.
    pub now: i64,
    /// How much history there is.
    pub history: History,
    /// The files of the product's code, the heaviest first.
    pub files: Vec<File>,
    /// The directories that they lie in, by path; the root has none.
    pub directories: Vec<Directory>,
    /// What is there and not on the map.
    pub left_out: LeftOut,
    /// What the history cannot tell.
    pub doubts: Vec<Doubt>,
}

/// How much history a map rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct History {
    /// Steps along first parents.
    pub steps: usize,
    /// Those that changed code, in at most 300 files.
    pub changes: usize,
    /// Steps that mended something.
    pub fixes: u32,
    /// Of these, those that took a change back.
    pub reverts: u32,
}

/// A file of the product's code.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Where it is.
    pub path: BString,
    /// How much it carries.
    pub facts: Facts,
    /// What that makes of it.
    pub load: Load,
    /// The share of the files that carry less, from 0 to 1.
    pub rank: f32,
    /// The band.
    pub band: Band,
    /// Its share of all trouble, from 0 to 1.
    pub of_trouble: f64,
    /// Its share of all code, from 0 to 1.
    pub of_code: f64,
}

/// What is known of a file.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Facts {
    /// Lines of code.
    pub lines: u64,
    /// Steps that changed it.
    pub changes: u32,
    /// Fixes in it.
    pub fixes: u32,
    /// Of these, those of the last half year, of at most sixteen that are dated.
    pub fixes_of_late: usize,
    /// Fixes that took a change of it back.
    pub reverts: u32,
    /// Files that usually move with it: at least three times, and in a quarter of its changes.
    pub spread: usize,
    /// Files of code that name it, where the language does so plainly.
    pub imported_by: u32,
    /// People who changed it, of at most sixty-four that are told apart.
    pub people: usize,
    /// Of the last sixteen of these, those who landed anything in the last year.
    pub people_of_late: usize,
}

/// Files that are there and not on the map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct LeftOut {
    /// Tests.
    pub tests: usize,
    /// Documents, settings, styles, and what else is no code.
    pub others: usize,
    /// What people did not write here: copies of other projects, and what programs make.
    pub foreign: usize,
}

/// The files of a commit, and how many of them name each.
#[derive(Debug, Default)]
pub struct Tree {
    files: Vec<Blob>,
    importers: BTreeMap<BString, u32>,
}

impl Tree {
    /// Reads the tree of a commit, and its files of code.
    ///
    /// # Errors
    /// When a tree cannot be read.
    pub fn read(
        objects: &Objects,
        commit: ObjectId,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<Self, Error> {
        let touched = diff::between(objects, None, Some(commit))?.into_iter();
        let files = touched.filter_map(|touched| {
            let entry = touched.found.filter(|entry| entry.mode.is_file())?;
            Some(Blob {
                path: touched.path,
                id: entry.id,
            })
        });
        let files: Vec<Blob> = files.collect();
        let importers = imports::importers(objects, &files, progress)?;
        Ok(Tree { files, importers })
    }
}

impl Map {
    /// The map of what a past has left behind. `None` if nothing has landed.
    pub fn of(past: &Past, tree: &Tree, is_cut_off: bool) -> Option<Self> {
        let tip = past.tip()?;
        let now = past.now();
        let mut left_out = LeftOut::default();
        let mut facts = Vec::new();
        for blob in &tree.files {
            let kind = Kind::of(&blob.path);
            match kind {
                Kind::Source => {}
                Kind::Test => left_out.tests += 1,
                Kind::Other => left_out.others += 1,
                Kind::Foreign => left_out.foreign += 1,
            }
            // What came in a step whose tree git would not make is not known.
            if let (Kind::Source, Some(file)) = (kind, past.file(blob.path.as_bstr())) {
                let importers = tree.importers.get(&blob.path).copied().unwrap_or(0);
                facts.push((&blob.path, file, facts_of(past, file, importers, now)));
            }
        }
        let history = History {
            steps: past.len(),
            changes: past.units.len(),
            fixes: past.fixes,
            reverts: past.reverts,
        };
        let doubts = doubts::of(past, &history, &left_out, facts.len(), is_cut_off);
        let is_known = !doubts.iter().any(Doubt::is_serious);
        let loads = load::of_all(&facts, now);
        let whole = Whole::of(facts.iter().map(|(_, _, facts)| facts).zip(&loads));
        let ranks = load::ranks(&loads);
        let files = facts.into_iter().zip(loads).zip(ranks);
        let mut files: Vec<File> = files
            .map(|(((path, _, facts), load), rank)| File {
                path: path.clone(),
                band: if is_known {
                    load::band(rank, &facts)
                } else {
                    Band::Unknown
                },
                of_trouble: whole.share_of_trouble(&load),
                of_code: whole.share_of_code(&facts),
                facts,
                load,
                rank,
            })
            .collect();
        files.sort_by(|one, other| {
            let by_load = other.load.total.total_cmp(&one.load.total);
            by_load.then_with(|| one.path.cmp(&other.path))
        });
        Some(Map {
            tip,
            now,
            history,
            directories: directories::of(&files, past, now),
            files,
            left_out,
            doubts,
        })
    }

    /// Is there enough history to tell what is risky?
    pub fn is_known(&self) -> bool {
        !self.doubts.iter().any(Doubt::is_serious)
    }
}

/// What shares are of.
struct Whole {
    lines: f64,
    trouble: f64,
}

impl Whole {
    #[expect(clippy::cast_precision_loss, reason = "lines are counted")]
    fn of<'a>(files: impl Iterator<Item = (&'a Facts, &'a Load)>) -> Self {
        let (mut lines, mut trouble) = (0, 0.0);
        for (facts, load) in files {
            lines += facts.lines;
            trouble += load.trouble;
        }
        Whole {
            lines: lines as f64,
            trouble,
        }
    }

    fn share_of_trouble(&self, load: &Load) -> f64 {
        if self.trouble > 0.0 {
            load.trouble / self.trouble
        } else {
            0.0
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "lines are counted")]
    fn share_of_code(&self, facts: &Facts) -> f64 {
        if self.lines > 0.0 {
            facts.lines as f64 / self.lines
        } else {
            0.0
        }
    }
}

fn facts_of(past: &Past, file: &FilePast, imported_by: u32, now: i64) -> Facts {
    const HALF_A_YEAR: i64 = 182 * 86_400;
    // Its own number says nothing but that it is none of the others.
    let alone: BTreeMap<FileNo, &FilePast> = BTreeMap::from([(FileNo::MAX, file)]);
    Facts {
        lines: file.owners.lines(),
        changes: file.touched,
        fixes: file.fixes,
        fixes_of_late: file.fixes_since(now - HALF_A_YEAR),
        reverts: file.reverts,
        spread: dragged(&alone).len(),
        imported_by,
        people: file.authors.len(),
        people_of_late: of_late(past, &file.last_authors, now),
    }
}

/// How many of these people landed anything in the last year.
fn of_late(past: &Past, people: &[u32], now: i64) -> usize {
    let last = people.iter().filter_map(|person| past.people.get(person));
    last.filter(|&&last| last >= now - AWAY).count()
}
