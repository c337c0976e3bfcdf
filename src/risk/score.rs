//! Where a change lies among the last ones that landed, and why.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::companions::{self, Missing};
use super::evaluate::Fate;
use super::features::{self, ALL, Feature, Features, Group, Known as _};
use super::learn::prior::prior;
use super::learn::ranks::Ranks;
use super::learn::{logit, part_of, part_of_word};
use super::mine::diff::{Diff, FileDiff, Looking, MOST_FILES, of_touched};
use super::mine::kind::Kind;
use super::mine::past::{FileNo, FilePast};
use super::model::{Model, NoModel};
use crate::git::objects::Objects;
use crate::git::walk::Touched;

/// A band of risk.
// Their order is that of risk; what is unknown must be told apart before anything is compared.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Below the median of the last changes.
    Low,
    /// Below four of five.
    Medium,
    /// Below nineteen of twenty.
    High,
    /// Above.
    Critical,
    /// There is no model.
    Unknown,
}

/// What is known of the risk of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Risk {
    /// It was put among the last changes.
    Known(Box<Score>),
    /// It could not be.
    Unknown(NoModel),
}

/// The risk of a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The share of the last changes that are less risky, from 0 to 1.
    pub rank: f32,
    /// Among how many.
    pub among: usize,
    /// How far it reaches, in files: those of the change, and those that usually move with them.
    pub spread: u64,
    /// How much changes.
    pub size: Size,
    /// What has become of earlier changes there.
    pub history: History,
    /// Words that it has in common with mistakes.
    pub content: Content,
    /// Files that usually move with one of the change, and do not.
    pub missing: Vec<Companion>,
    /// Files that could not be read: what they hold is taken for the worst, or size would hide a change.
    pub unreadable: usize,
    /// What became of changes in this band in this repository, and of all.
    pub fates: Option<(Fate, Fate)>,
}

/// How much changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Size {
    /// Lines that come in the product's code.
    pub added: u32,
    /// Files.
    pub files: u32,
    /// The share of the last changes that add fewer lines.
    pub rank: f32,
    /// What that adds to the logarithm of odds.
    pub adds: f64,
}

/// What has become of earlier changes there.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The file in which most was fixed, and how many fixes of it landed in half a year.
    pub hottest: Option<(Vec<u8>, usize)>,
    /// The share of the last changes whose hottest file was less so.
    pub rank: f32,
    /// What the past of its files adds to the logarithm of odds.
    pub adds: f64,
}

/// Words that a change has in common with mistakes.
#[derive(Debug, Clone, PartialEq)]
pub struct Content {
    /// Those that say most, at most [`MOST_NAMED`].
    pub words: Vec<Vec<u8>>,
    /// What all its words add to the logarithm of odds.
    pub adds: f64,
}

/// A file that usually moves with one of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Companion {
    /// The file that is missing.
    pub path: Vec<u8>,
    /// The file that it moves with.
    pub with: Vec<u8>,
    /// How often it did.
    pub count: u32,
    /// Of how many changes of that.
    pub of: u32,
}

/// Words that are named.
pub const MOST_NAMED: usize = 3;

/// Files that are said to be missing.
const MOST_MISSING: usize = 5;

/// Half a year, in seconds.
const HALF_A_YEAR: i64 = 182 * 86_400;

impl Band {
    /// The band of a rank between 0 and 1.
    pub fn of_rank(rank: f32) -> Self {
        match rank {
            rank if rank < 0.5 => Band::Low,
            rank if rank < 0.8 => Band::Medium,
            rank if rank < 0.95 => Band::High,
            _ => Band::Critical,
        }
    }
}

impl Risk {
    /// Its band.
    pub fn band(&self) -> Band {
        match self {
            Risk::Known(score) => Band::of_rank(score.rank),
            Risk::Unknown(_) => Band::Unknown,
        }
    }

    /// How far it reaches, in files.
    pub fn spread(&self) -> Option<u64> {
        match self {
            Risk::Known(score) => Some(score.spread),
            Risk::Unknown(_) => None,
        }
    }

    /// The rank, for comparing; what is not known comes last.
    pub fn rank(&self) -> f32 {
        match self {
            Risk::Known(score) => score.rank,
            Risk::Unknown(_) => -1.0,
        }
    }
}

impl Score {
    /// The rank in whole percent.
    pub fn percentile(&self) -> u8 {
        percent(self.rank)
    }
}

/// A rank in whole percent, downwards: only what is above all is the hundredth.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rank lies between 0 and 1"
)]
pub fn percent(rank: f32) -> u8 {
    (rank * 100.0) as u8
}

/// The risk of a change of these paths, as a whole, at a moment.
pub fn score(model: &Model, objects: &Objects, touched: &[Touched], now: i64) -> Score {
    // Where nothing was learned of words, they say nothing.
    let for_words = model.head.taught.is_some() && touched.len() <= MOST_FILES;
    let looking = Looking {
        for_words,
        for_texts: for_words,
        for_suspects: false,
    };
    let diff = of_touched(objects, touched, looking);
    let features = features::of(&diff.files, model, now);
    let ranks = model.head.reference.rank(&features);
    let taught = model.head.taught.as_ref();
    let known = known(model, &diff.files);
    let files: BTreeMap<FileNo, &FilePast> = known.iter().map(|(no, past)| (*no, past)).collect();
    #[expect(clippy::cast_possible_truncation, reason = "more digits say no more")]
    let logit = logit(prior(), taught, &ranks, &diff.words) as f32;
    let rank = match diff.unreadable {
        0 => model.head.scores.rank(logit),
        _ => 1.0,
    };
    let own = diff.files.iter().filter(|file| file.kind != Kind::Foreign);
    Score {
        rank,
        among: model.head.scores.len(),
        spread: (own.count() + companions::dragged(&files).len()) as u64,
        size: size(model, &features, &ranks),
        history: history(model, &diff.files, &ranks, now),
        content: content(model, &diff),
        missing: missing(model, &files),
        unreadable: diff.unreadable,
        fates: model
            .head
            .bands
            .map(|bands| (bands[Band::of_rank(rank) as usize], Fate::sum(&bands))),
    }
}

/// The files of a change that have a past.
fn known(model: &Model, files: &[FileDiff]) -> Vec<(FileNo, FilePast)> {
    let own = files.iter().filter(|file| file.kind != Kind::Foreign);
    let known = own.filter_map(|file| model.files.find(file.path_before()));
    known.collect()
}

/// What features of a group add.
fn adds(model: &Model, group: Group, ranks: &Ranks) -> f64 {
    let of_group = ALL.into_iter().filter(|feature| feature.group() == group);
    let parts =
        of_group.map(|feature| part_of(prior(), model.head.taught.as_ref(), feature, ranks));
    parts.sum()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "they are counts"
)]
fn size(model: &Model, features: &Features, ranks: &Ranks) -> Size {
    Size {
        added: features.get(Feature::Added) as u32,
        files: features.get(Feature::Files) as u32,
        rank: ranks.get(Feature::Added),
        adds: adds(model, Group::Size, ranks),
    }
}

fn history(model: &Model, files: &[FileDiff], ranks: &Ranks, now: i64) -> History {
    let source = files.iter().filter(|file| file.kind == Kind::Source);
    let pasts = source.filter_map(|file| {
        let past = model.file(file.path_before())?;
        let fixes = past.fixes_since(now - HALF_A_YEAR);
        (fixes > 0).then(|| (past.path.clone(), fixes))
    });
    History {
        hottest: pasts.max_by_key(|(_, fixes)| *fixes),
        rank: ranks.get(Feature::Fixes),
        adds: adds(model, Group::History, ranks),
    }
}

fn content(model: &Model, diff: &Diff) -> Content {
    let part = |word: u16| part_of_word(model.head.taught.as_ref(), word, diff.words.len());
    let mut telling: Vec<_> = diff
        .texts
        .iter()
        .map(|(&word, text)| (part(word), text))
        .collect();
    telling.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let named = telling
        .iter()
        .take(MOST_NAMED)
        .filter(|(part, _)| *part > 0.0);
    Content {
        words: named.map(|(_, text)| (*text).clone()).collect(),
        adds: diff.words.iter().map(|&word| part(word)).sum(),
    }
}

fn missing(model: &Model, files: &BTreeMap<FileNo, &FilePast>) -> Vec<Companion> {
    let Some(threshold) = model.head.threshold else {
        return Vec::new();
    };
    let mut missing = companions::missing(files, threshold);
    missing.sort_by_key(|missing| std::cmp::Reverse(missing.count));
    let companion = |Missing {
                         file,
                         with,
                         count,
                         of,
                     }: Missing| {
        Some(Companion {
            path: model.files.get(file)?.path,
            with: files.get(&with)?.path.clone(),
            count,
            of,
        })
    };
    missing
        .into_iter()
        .filter_map(companion)
        .take(MOST_MISSING)
        .collect()
}
