//! What a replayed history has left behind: every file that is alive with its own past, and every unit with what was known
//! when it landed and what has become of it.

use std::collections::{BTreeMap, HashMap};

use gix::bstr::{BStr, BString};
use gix::hash::ObjectId;
use serde::{Deserialize, Serialize};

use super::fixes::Abbreviation;
use super::owners::{Owners, StepNo};
use super::words::Bucket;
use crate::risk::companions::Trial;
use crate::risk::features::Features;
use crate::risk::learn::MOST_UNITS;

/// The number of a file, the same however often it is renamed.
pub type FileNo = u32;

/// Half of a fix is forgotten after so many seconds: half a year.
const HALF_LIFE: f64 = 182.5 * 86_400.0;

/// Of the last fixes of a file, the dates of so many are kept.
const DATED_FIXES: usize = 16;

/// Authors that are told apart in a file.
pub const MOST_AUTHORS: usize = 64;

/// Of those who changed a file last, so many are kept.
const LAST_AUTHORS: usize = 16;

/// A history, replayed.
#[derive(Debug, Default)]
pub struct Past {
    /// The commit of each step.
    pub(in crate::risk) steps: Vec<ObjectId>,
    /// By the first 64 bits of its id: the step that brought a commit.
    pub(in crate::risk) brought: BTreeMap<u64, StepNo>,
    /// Steps that have been announced and not taken yet.
    pub(in crate::risk) expected: StepNo,
    /// Files that are alive, by their numbers; `None` are gone.
    pub(in crate::risk) files: Vec<Option<FilePast>>,
    pub(in crate::risk) by_path: HashMap<BString, FileNo>,
    /// How much was fixed in each directory.
    pub(in crate::risk) directories: BTreeMap<BString, Warmth>,
    /// The units, in the order in which they landed.
    pub units: Vec<Unit>,
    /// The unit that each step is, if it is one.
    pub(in crate::risk) unit_of_step: Vec<Option<u32>>,
    /// How warnings of missing files would have fared.
    pub(in crate::risk) trials: Vec<Trial>,
    /// Steps that mended something, and are small enough to tell what.
    pub fixes: u32,
    /// Of these, those that took a change back.
    pub reverts: u32,
    /// When a change of each person, by a hash of the address, landed last, in seconds since 1970.
    pub people: BTreeMap<u32, i64>,
    /// What landed in each directory of the product's code, and in those within it.
    pub landed: BTreeMap<BString, Landed>,
}

/// What landed in a directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landed {
    /// Changes of code.
    pub changes: u64,
    /// Of these, those that took an earlier one back.
    pub reverts: u64,
}

/// The past of a file.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct FilePast {
    /// Where it is.
    pub path: Vec<u8>,
    /// Steps that changed it.
    pub touched: u32,
    /// When it was last changed, in seconds since 1970.
    pub last: i64,
    /// Who changed it: the first so many.
    pub authors: Vec<u32>,
    /// Who changed it last: the newest at the end.
    pub last_authors: Vec<u32>,
    /// Fixes that changed it.
    pub fixes: u32,
    /// When the last of them landed.
    pub fixed: Vec<i64>,
    /// How much is fixed in it.
    pub warmth: Warmth,
    /// Of the fixes, those that took a change back.
    pub reverts: u32,
    /// How much is taken back in it.
    pub revert_warmth: Warmth,
    /// Steps small enough to tell what moves with it.
    pub shared: u32,
    /// What moved with it in these.
    pub partners: BTreeMap<FileNo, Partner>,
    /// Who wrote its lines, if it holds code.
    pub owners: Owners,
}

/// A file that moved with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// How often.
    pub count: u32,
    /// When last: how often the other one had been changed by then.
    pub last: u32,
}

/// A number of fixes, older ones counting less.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Warmth {
    value: f64,
    at: i64,
}

/// A step that changed code, small enough to learn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// The step.
    pub step: StepNo,
    /// When it landed, in seconds since 1970.
    pub time: i64,
    /// What was known of it then.
    pub features: Features,
    /// The places of the words on its added lines.
    pub words: Vec<Bucket>,
    /// The first fix of it: the step, and when it landed.
    pub fixed: Option<(StepNo, i64)>,
    /// It was taken back.
    pub is_reverted: bool,
}

impl Past {
    /// The commit up to which the history has been replayed.
    pub fn tip(&self) -> Option<ObjectId> {
        self.steps.last().copied()
    }

    /// How many steps there are.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Has nothing been replayed?
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The commit of a step.
    pub fn commit(&self, step: StepNo) -> Option<ObjectId> {
        self.steps.get(step as usize).copied()
    }

    /// The file at a path.
    pub fn file(&self, path: &BStr) -> Option<&FilePast> {
        let number = *self.by_path.get(path)?;
        self.files[number as usize].as_ref()
    }

    /// The files that are alive.
    pub fn files(&self) -> impl Iterator<Item = &FilePast> {
        self.files.iter().flatten()
    }

    /// How warnings of missing files would have fared, step by step.
    pub fn trials(&self) -> &[Trial] {
        &self.trials
    }

    /// Was the unit that brought a commit mended or taken back later?
    pub fn was_mended(&self, commit: &gix::oid) -> bool {
        let step = self.step_of(Abbreviation::of(commit));
        let unit = step.and_then(|step| *self.unit_of_step.get(step as usize)?);
        unit.is_some_and(|unit| self.units[unit as usize].fixed.is_some())
    }

    /// How much was fixed in a directory.
    pub fn directory(&self, path: &BStr) -> Option<&Warmth> {
        self.directories.get(path)
    }

    /// When the newest step landed, in seconds since 1970; 0 if nothing has.
    pub fn last(&self) -> i64 {
        self.units.last().map_or(0, |unit| unit.time)
    }

    /// When anything landed last, in seconds since 1970; 0 if nothing has. It is the history's own now: what is told of a
    /// history must not hang on the day on which it is asked.
    pub fn now(&self) -> i64 {
        self.people.values().copied().max().unwrap_or(0)
    }

    /// Forgets the words of units that are too old to teach.
    pub(in crate::risk) fn forget_words(&mut self) {
        let old = self.units.len().saturating_sub(2 * MOST_UNITS);
        for unit in &mut self.units[..old] {
            unit.words = Vec::new();
        }
    }

    /// The step that brought the commit of which these are the first bits.
    pub(super) fn step_of(&self, bits: u64) -> Option<StepNo> {
        self.brought.get(&bits).copied()
    }

    /// The step that brought the one commit whose id begins so.
    pub(super) fn step_named(&self, named: Abbreviation) -> Option<StepNo> {
        let mut all = self.brought.range(named.range());
        let (_, &step) = all.next()?;
        all.next().is_none().then_some(step)
    }

    /// The number of the next step that is read.
    pub(super) fn expect_step(&self) -> StepNo {
        self.expected
    }

    pub(super) fn bring(&mut self, bits: u64, step: StepNo) {
        self.brought.entry(bits).or_insert(step);
    }

    /// The step that was expected has been read.
    pub(super) fn expect_next(&mut self) {
        self.expected += 1;
    }
}

impl Warmth {
    /// How much that is at a moment.
    pub fn at(&self, now: i64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "ages are small numbers")]
        let age = (now - self.at).max(0) as f64;
        self.value * libm::exp2(-age / HALF_LIFE)
    }

    /// One more, now.
    pub(super) fn add(&mut self, now: i64) {
        *self = Warmth {
            value: self.at(now) + 1.0,
            at: self.at.max(now),
        };
    }
}

impl FilePast {
    /// A change of it has landed.
    pub(super) fn touch(&mut self, now: i64, authors: &[u32]) {
        self.touched += 1;
        self.last = self.last.max(now);
        for author in authors {
            if self.authors.len() < MOST_AUTHORS && !self.authors.contains(author) {
                self.authors.push(*author);
            }
            self.last_authors.retain(|other| other != author);
            self.last_authors.push(*author);
        }
        let old = self.last_authors.len().saturating_sub(LAST_AUTHORS);
        self.last_authors.drain(..old);
    }

    /// A fix of it has landed.
    pub(super) fn fix(&mut self, now: i64, is_revert: bool) {
        self.fixes += 1;
        self.warmth.add(now);
        if is_revert {
            self.reverts += 1;
            self.revert_warmth.add(now);
        }
        if self.fixed.len() == DATED_FIXES {
            self.fixed.remove(0);
        }
        self.fixed.push(now);
    }

    /// How many fixes landed since a moment, of the last ones that are remembered.
    pub fn fixes_since(&self, since: i64) -> usize {
        self.fixed.iter().filter(|&&fixed| fixed >= since).count()
    }
}
