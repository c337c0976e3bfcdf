//! What makes a score out of a unit: a prior for all repositories, and what this one has taught.
//!
//! The prior ([`stumps`]) sees only where among the last units of this repository a feature lies ([`ranks`]), so it works
//! from the first hundred units on. Once enough of them have matured, words ([`words`]) that this repository's mistakes
//! have in common join it; what its own features teach was tried too, and added nothing. Sums are made in one order, with one exponential function: the
//! same history gives the same bytes.

pub mod prior;
pub mod ranks;
pub mod stumps;
pub mod words;

use serde::{Deserialize, Serialize};

use super::features::Feature;
use super::mine::past::Unit;
use super::mine::words::Bucket;
use ranks::Ranks;
use stumps::{Row, Stumps};
use words::WordModel;

/// A unit that is younger than this may be at fault and not be known to be: it teaches nothing yet.
pub const MATURE: i64 = 120 * 86_400;

/// Fewer units that have matured teach nothing that the prior does not know.
const FEWEST_UNITS: usize = 1000;

/// So do fewer that were at fault.
const FEWEST_FAULTS: usize = 100;

/// Only so many of the last units are learned from: what came before is another product.
pub const MOST_UNITS: usize = 10_000;

/// How much the prior counts beside the words.
const OF_PRIOR: f64 = 0.7;

/// How much the words count beside the prior.
const OF_WORDS: f64 = 0.2;

/// What a repository has taught.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taught {
    /// Which words its mistakes have in common.
    pub words: WordModel,
    /// From how many units.
    pub units: usize,
    /// How many of these were at fault.
    pub faults: usize,
}

/// A unit with where its features lie.
#[derive(Debug, Clone, Copy)]
pub struct Ranked<'a> {
    /// The unit.
    pub unit: &'a Unit,
    /// Where its features lie among those before it.
    pub ranks: Ranks,
}

impl Ranked<'_> {
    /// Is it known, at a moment, to be at fault?
    pub fn is_at_fault(&self, now: i64) -> bool {
        self.unit.fixed.is_some_and(|(_, fixed)| fixed <= now)
    }

    /// The unit for learning what is known of it at a moment.
    pub fn row(&self, now: i64) -> Row {
        Row::new(&self.ranks, self.is_at_fault(now))
    }
}

/// The units that landed long enough before a moment for their faults to have shown; the last of them, where they are many.
fn mature<'a, 'u>(units: &'a [Ranked<'u>], now: i64) -> Vec<&'a Ranked<'u>> {
    let is_mature = |ranked: &&Ranked<'_>| ranked.unit.time <= now - MATURE;
    let mut mature: Vec<_> = units.iter().filter(is_mature).collect();
    mature.split_off(mature.len().saturating_sub(MOST_UNITS))
}

/// Learns from what is known at a moment of units that landed before; `None` if that is too little.
pub fn teach(units: &[Ranked<'_>], now: i64) -> Option<Taught> {
    let mature = mature(units, now);
    let faults = mature
        .iter()
        .filter(|ranked| ranked.is_at_fault(now))
        .count();
    if mature.len() < FEWEST_UNITS || faults < FEWEST_FAULTS || faults == mature.len() {
        return None;
    }
    let examples: Vec<_> = mature
        .iter()
        .map(|ranked| (&*ranked.unit.words, ranked.is_at_fault(now)))
        .collect();
    Some(Taught {
        words: WordModel::learn(&examples),
        units: mature.len(),
        faults,
    })
}

/// How risky a unit is: the logarithm of odds, of use only beside that of other units of the same repository.
pub fn logit(prior: &Stumps, taught: Option<&Taught>, ranks: &Ranks, words: &[Bucket]) -> f64 {
    let known = prior.logit(ranks);
    match taught {
        None => known,
        Some(taught) => OF_PRIOR * known + OF_WORDS * taught.words.logit(words),
    }
}

/// What a feature adds to that.
pub fn part_of(prior: &Stumps, taught: Option<&Taught>, feature: Feature, ranks: &Ranks) -> f64 {
    let known = prior.part(feature, ranks);
    match taught {
        None => known,
        Some(_) => OF_PRIOR * known,
    }
}

/// What one word of so many adds to that.
pub fn part_of_word(taught: Option<&Taught>, word: Bucket, among: usize) -> f64 {
    taught.map_or(0.0, |taught| OF_WORDS * taught.words.part(word, among))
}
