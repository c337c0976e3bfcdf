//! What the hook knows of a history: one file, in three parts.
//!
//! The [`Head`] is read whole: with what a change is compared, and what the history has taught. The past of each file lies in
//! [`files`], where only those that a push touches are unpacked. What is left ([`rest`]) is for the next training alone,
//! which goes on from there, and no hook reads it. [`sections`] is how the three lie in the file.
//!
//! A model that is not there, of another version, damaged, or of another repository is no error: then risk is unknown.

pub mod files;
mod rest;
mod sections;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use gix::bstr::BString;
use gix::hash::ObjectId;
use serde::{Deserialize, Serialize};

use super::companions::{self, Threshold};
use super::evaluate::{Bands, back_test, ranked};
use super::features::Known;
use super::learn::prior::prior;
use super::learn::ranks::{FEWEST, LAST, Reference, Window};
use super::learn::{Taught, logit, teach};
use super::mine::fixes::Finder;
use super::mine::past::{FilePast, Past, Warmth};
use crate::git::Repository;
use crate::state::{StateError, place};
use files::Files;
use sections::Sections;

/// The file's name, in the folder of what concerns the repository.
const NAME: &str = "risk.model";

/// What is read whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The commit up to which the history was read.
    tip: Vec<u8>,
    /// By what fixes were found.
    pub(super) finder: String,
    /// When the newest step landed, in seconds since 1970.
    pub last: i64,
    /// Steps of the history.
    pub steps: usize,
    /// Those from which something can be learned.
    pub units: usize,
    /// Of these, those that are known to have been mended.
    pub faults: usize,
    /// The features of the last units.
    pub reference: Reference,
    /// Their scores.
    pub scores: Window,
    /// What the history has taught beside the prior, if it is long enough.
    pub taught: Option<Taught>,
    /// What has become of the units of each band, where that can be told.
    pub bands: Option<Bands>,
    /// When to say that a file is missing; `None`: never.
    pub threshold: Option<Threshold>,
    directories: BTreeMap<Vec<u8>, Warmth>,
}

/// A model as a hook has it.
#[derive(Debug)]
pub struct Model {
    /// What was read whole.
    pub head: Head,
    /// The pasts of files.
    pub files: Files,
}

/// Why there is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoModel {
    /// Nobody has trained one.
    #[error("no model has been trained")]
    Absent,
    /// It cannot be read.
    #[error("the model cannot be read: {0}")]
    Unreadable(String),
    /// It was written by another version.
    #[error("the model is of another version of portcullis")]
    OtherVersion,
    /// It is not what was written.
    #[error("the model is damaged")]
    Damaged,
    /// It is of another repository, or of a history that is gone.
    #[error("the model is of a history that this repository does not have")]
    Foreign,
    /// What is asked about takes a ref away.
    #[error("nothing lands where a ref is deleted")]
    NothingLands,
    /// Too little has landed yet.
    #[error("only {units} changes of code have landed, and {FEWEST} are needed")]
    TooYoung {
        /// So many have.
        units: usize,
    },
}

/// Where the model of a repository lies, in the folder of what concerns it.
pub fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

impl Model {
    /// The model in a repository's folder, if it can be used for a push.
    ///
    /// # Errors
    /// Why not; this refuses nothing.
    pub fn below(folder: &Path, repository: &Repository) -> Result<Self, NoModel> {
        let mut sections = open(folder)?;
        let head: Head = sections.read_head()?;
        let known = head
            .tip()
            .is_some_and(|tip| repository.objects.existed_before(&tip));
        if !known {
            return Err(NoModel::Foreign);
        }
        if head.units < FEWEST {
            return Err(NoModel::TooYoung { units: head.units });
        }
        let files = Files::new(sections.read_files()?)?;
        Ok(Model { head, files })
    }
}

impl Head {
    /// The commit up to which the history was read.
    pub fn tip(&self) -> Option<ObjectId> {
        ObjectId::try_from(&*self.tip).ok()
    }
}

impl Known for Model {
    fn file(&self, path: &[u8]) -> Option<std::borrow::Cow<'_, FilePast>> {
        let (_, past) = self.files.find(path)?;
        Some(std::borrow::Cow::Owned(past))
    }

    fn directory(&self, path: &[u8]) -> Option<Warmth> {
        self.head.directories.get(path).copied()
    }
}

/// The past that was stored with a model.
#[derive(Debug)]
pub struct Stored {
    /// It.
    pub past: Past,
    /// By what fixes were found in it.
    finder: String,
}

impl Stored {
    /// Were fixes found by this?
    pub fn is_by(&self, finder: &Finder) -> bool {
        self.finder == finder.digest()
    }
}

/// The past that was stored with the model in a folder.
///
/// # Errors
/// When there is none of which more can be made: it is absent, damaged, or of another version.
pub fn stored(folder: &Path) -> Result<Stored, NoModel> {
    let mut sections = open(folder)?;
    let head: Head = sections.read_head()?;
    let files = Files::new(sections.read_files()?)?;
    let past = rest::unpack(&sections.read_rest()?, &files, &head.directories);
    Ok(Stored {
        past: past.ok_or(NoModel::Damaged)?,
        finder: head.finder,
    })
}

/// The stored past, to go on from. `None` if no more can be made of it, or it was made by other ideas of what a fix is.
pub fn stored_past(folder: &Path, finder: &Finder) -> Option<Past> {
    let stored = stored(folder).ok()?;
    stored.is_by(finder).then_some(stored.past)
}

/// A model that was made.
#[derive(Debug)]
pub struct Made {
    /// What it knows.
    pub head: Head,
    /// Its file.
    pub bytes: Vec<u8>,
}

/// Makes a model of a past.
pub fn make(past: &mut Past, finder: &Finder) -> Made {
    past.forget_words();
    let head = head(past, finder);
    let order = files::order(past);
    let bytes = sections::pack(&head, &files::pack(past, &order), &rest::pack(past));
    Made { head, bytes }
}

/// Puts a model in the place of the one that is there.
///
/// # Errors
/// When it cannot be written.
pub fn store(folder: &Path, model: &[u8]) -> Result<(), StateError> {
    let path = path(folder);
    place::replace(&path, model).map_err(|source| StateError::Io {
        path,
        doing: "written",
        source,
    })
}

fn open(folder: &Path) -> Result<Sections, NoModel> {
    let file = match File::open(path(folder)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(NoModel::Absent),
        Err(error) => return Err(NoModel::Unreadable(error.to_string())),
    };
    Sections::open(file)
}

fn head(past: &Past, finder: &Finder) -> Head {
    let units = ranked(past);
    let now = past.last();
    let taught = teach(&units, now);
    let mut reference = Reference::default();
    let mut scores = Window::default();
    for ranked in &units[units.len().saturating_sub(LAST)..] {
        reference.push(&ranked.unit.features);
        let score = logit(prior(), taught.as_ref(), &ranked.ranks, &ranked.unit.words);
        #[expect(clippy::cast_possible_truncation, reason = "more digits say no more")]
        scores.push(score as f32);
    }
    let trials = past.trials();
    let last_half = companions::sum(&trials[trials.len() / 2..]);
    Head {
        tip: past
            .tip()
            .map_or_else(Vec::new, |tip| tip.as_bytes().to_vec()),
        finder: finder.digest(),
        last: now,
        steps: past.len(),
        units: units.len(),
        faults: past
            .units
            .iter()
            .filter(|unit| unit.fixed.is_some())
            .count(),
        bands: back_test(&units, prior()),
        threshold: companions::choose(&last_half),
        reference,
        scores,
        taught,
        directories: directories(past),
    }
}

fn directories(past: &Past) -> BTreeMap<Vec<u8>, Warmth> {
    let directories = past.directories.iter();
    directories
        .map(|(path, warmth): (&BString, _)| (path.to_vec(), *warmth))
        .collect()
}
