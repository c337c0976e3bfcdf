//! What is known of a unit at the moment when it lands: fifteen numbers, none of them about who wrote it.
//!
//! Measured on public histories, who wrote a change added nothing; a dozen other features neither.

use std::borrow::Cow;
use std::collections::BTreeSet;

use gix::bstr::ByteSlice as _;
use serde::{Deserialize, Serialize};

use super::mine::diff::{FileDiff, Was};
use super::mine::kind::Kind;
use super::mine::past::{FilePast, Warmth};

/// One feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Lines that come in the product's code.
    Added,
    /// Lines that go in it.
    Removed,
    /// Files.
    Files,
    /// Directories.
    Directories,
    /// How evenly the lines of code are spread over files, in bits.
    Entropy,
    /// Places in the product's code.
    Places,
    /// Lines that come and branch, repeat, fail, or do several things at once.
    Control,
    /// Lines that come in tests.
    TestsAdded,
    /// Fixes of the file in which most was fixed, older ones counting less.
    Fixes,
    /// Changes of the file that was changed most often.
    Changes,
    /// People who have changed the files.
    People,
    /// Days since the files were last changed, on average.
    Age,
    /// Fixes in the directory in which most was fixed, older ones counting less.
    FixesAround,
    /// New files of code.
    New,
    /// Earlier changes of which lines go.
    Origins,
}

/// All of them, in the order of [`Features`].
pub const ALL: [Feature; COUNT] = [
    Feature::Added,
    Feature::Removed,
    Feature::Files,
    Feature::Directories,
    Feature::Entropy,
    Feature::Places,
    Feature::Control,
    Feature::TestsAdded,
    Feature::Fixes,
    Feature::Changes,
    Feature::People,
    Feature::Age,
    Feature::FixesAround,
    Feature::New,
    Feature::Origins,
];

/// How many there are.
pub const COUNT: usize = 15;

/// The features of a unit, in the order of [`ALL`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Features(pub [f32; COUNT]);

/// What says of a feature whether it is about size, or about history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// How much changes.
    Size,
    /// What has become of earlier changes here.
    History,
}

/// A past that can be asked about files and directories.
pub trait Known {
    /// What is known of the file at a path.
    fn file(&self, path: &[u8]) -> Option<Cow<'_, FilePast>>;

    /// How much was fixed in a directory.
    fn directory(&self, path: &[u8]) -> Option<Warmth>;
}

impl Feature {
    /// What it is about.
    pub fn group(self) -> Group {
        match self {
            Feature::Fixes
            | Feature::Changes
            | Feature::People
            | Feature::Age
            | Feature::FixesAround
            | Feature::Origins => Group::History,
            _ => Group::Size,
        }
    }
}

impl Features {
    /// The value of a feature.
    pub fn get(&self, feature: Feature) -> f32 {
        self.0[feature as usize]
    }
}

impl FileDiff {
    /// Where the file was before.
    pub fn path_before(&self) -> &gix::bstr::BString {
        match &self.was {
            Was::At(from) => from,
            Was::New | Was::There => &self.path,
        }
    }
}

/// The features of what happens to `files` at a moment, by what is known of the past until then.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "features are ranked, and small"
)]
pub fn of(files: &[FileDiff], known: &impl Known, now: i64) -> Features {
    const DAY: f64 = 86_400.0;
    let mut features = Features::default();
    let mut set = |feature: Feature, value: f64| features.0[feature as usize] = value as f32;
    let own: Vec<_> = files
        .iter()
        .filter(|file| file.kind != Kind::Foreign)
        .collect();
    let source: Vec<_> = own
        .iter()
        .filter(|file| file.kind == Kind::Source)
        .collect();
    let tests = own.iter().filter(|file| file.kind == Kind::Test);
    let sum =
        |count: fn(&FileDiff) -> usize| source.iter().map(|file| count(file)).sum::<usize>() as f64;
    set(Feature::Added, sum(|file| file.lines.added as usize));
    set(Feature::Removed, sum(|file| file.lines.removed as usize));
    set(Feature::Places, sum(|file| file.lines.spans.len()));
    set(Feature::Control, sum(|file| file.lines.control as usize));
    set(Feature::New, sum(|file| usize::from(file.was == Was::New)));
    set(
        Feature::TestsAdded,
        tests.map(|file| f64::from(file.lines.added)).sum(),
    );
    set(Feature::Files, own.len() as f64);
    let directories: BTreeSet<_> = own.iter().map(|file| directory(&file.path)).collect();
    set(Feature::Directories, directories.len() as f64);
    set(Feature::Entropy, entropy(&own));

    let mut people = BTreeSet::new();
    let mut origins = BTreeSet::new();
    let (mut fixes, mut changes, mut ages, mut aged) = (0.0_f64, 0_u32, 0.0, 0_u32);
    for file in &source {
        let Some(past) = known.file(file.path_before()) else {
            continue;
        };
        fixes = fixes.max(past.warmth.at(now));
        changes = changes.max(past.touched);
        ages += (now - past.last).max(0) as f64 / DAY;
        aged += 1;
        people.extend(past.authors.iter().copied());
        let gone = file.lines.spans.iter().flat_map(|span| span.before.clone());
        origins.extend(past.owners.of_lines(gone));
    }
    set(Feature::Fixes, fixes);
    set(Feature::Changes, f64::from(changes));
    set(Feature::People, people.len() as f64);
    set(Feature::Age, ages / f64::from(aged.max(1)));
    set(Feature::Origins, origins.len() as f64);
    let around = source.iter().map(|file| directory(&file.path));
    let around = around.filter_map(|directory| known.directory(directory));
    set(
        Feature::FixesAround,
        around.map(|warmth| warmth.at(now)).fold(0.0, f64::max),
    );
    features
}

/// The directory of a path; nothing for the root.
pub fn directory(path: &[u8]) -> &[u8] {
    &path[..path.rfind_byte(b'/').unwrap_or(0)]
}

fn entropy(files: &[&FileDiff]) -> f64 {
    let churn = |file: &&FileDiff| f64::from(file.lines.added + file.lines.removed);
    let all: f64 = files.iter().map(churn).sum();
    let shares = files
        .iter()
        .map(|file| churn(file) / all)
        .filter(|&share| share > 0.0);
    shares.map(|share| -share * libm::log2(share)).sum()
}
