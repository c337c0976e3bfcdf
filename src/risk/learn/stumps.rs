//! An additive model: one table for each feature, by where the feature lies. Learned by boosting stumps, so that nothing is
//! assumed of the shape, and each feature's part in a score can be told.

use serde::{Deserialize, Serialize};

use super::ranks::Ranks;
use crate::risk::features::{COUNT, Feature};

/// Places of a feature that are told apart.
pub const BINS: usize = 32;

/// How much of what a stump would say it may say.
const RATE: f64 = 0.1;

/// Evidence that a leaf needs beside its own, so that few units do not say much.
const SHRINK: f64 = 10.0;

/// The tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stumps {
    /// What is known before anything is.
    pub base: f32,
    /// What each place of each feature adds.
    pub tables: [[f32; BINS]; COUNT],
}

impl Default for Stumps {
    /// It says nothing.
    fn default() -> Self {
        Stumps {
            base: 0.0,
            tables: [[0.0; BINS]; COUNT],
        }
    }
}

/// A unit to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    bins: [u8; COUNT],
    is_at_fault: bool,
    weight: f64,
}

impl Row {
    /// A unit that counts once.
    pub fn new(ranks: &Ranks, is_at_fault: bool) -> Self {
        let mut bins = [0; COUNT];
        for (bin, &rank) in bins.iter_mut().zip(&ranks.0) {
            *bin = u8::try_from(place(rank)).expect("there are few bins");
        }
        Row {
            bins,
            is_at_fault,
            weight: 1.0,
        }
    }

    /// Was the unit at fault?
    pub fn is_at_fault(&self) -> bool {
        self.is_at_fault
    }

    /// The same unit, which counts so much.
    #[must_use]
    pub fn weighing(self, weight: f64) -> Self {
        Row { weight, ..self }
    }
}

/// What pulls a bin up or down: first and second derivative of the loss.
#[derive(Debug, Default, Clone, Copy)]
struct Pull {
    first: f64,
    second: f64,
}

impl Pull {
    fn and(self, other: Pull) -> Pull {
        Pull {
            first: self.first + other.first,
            second: self.second + other.second,
        }
    }

    fn gain(self) -> f64 {
        self.first * self.first / (self.second + SHRINK)
    }

    fn step(self) -> f64 {
        self.first / (self.second + SHRINK)
    }
}

/// Values below `bins` go one way, the others the other.
struct Stump {
    feature: usize,
    bins: usize,
    gain: f64,
    below: f64,
    above: f64,
}

impl Stumps {
    /// Learns from rows, in so many rounds.
    pub fn learn(rows: &[Row], rounds: usize) -> Self {
        let all: f64 = rows.iter().map(|row| row.weight).sum();
        let faults = rows.iter().filter(|row| row.is_at_fault);
        let rate = (faults.map(|row| row.weight).sum::<f64>() + 1.0) / (all + 2.0);
        let base = libm::log(rate / (1.0 - rate));
        let mut tables = [[0.0_f64; BINS]; COUNT];
        let mut logits = vec![base; rows.len()];
        for _ in 0..rounds {
            let stump = best(rows, &logits);
            for (bin, value) in tables[stump.feature].iter_mut().enumerate() {
                *value += if bin < stump.bins {
                    stump.below
                } else {
                    stump.above
                };
            }
            for (row, logit) in rows.iter().zip(&mut logits) {
                let bin = usize::from(row.bins[stump.feature]);
                *logit += if bin < stump.bins {
                    stump.below
                } else {
                    stump.above
                };
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "more digits say no more")]
        let short = |value: f64| value as f32;
        Stumps {
            base: short(base),
            tables: tables.map(|table| table.map(short)),
        }
    }

    /// How risky a unit is: the logarithm of odds.
    pub fn logit(&self, ranks: &Ranks) -> f64 {
        let parts = self.tables.iter().zip(&ranks.0);
        let parts = parts.map(|(table, &rank)| f64::from(table[place(rank)]));
        f64::from(self.base) + parts.sum::<f64>()
    }

    /// What a feature adds.
    pub fn part(&self, feature: Feature, ranks: &Ranks) -> f64 {
        let feature = feature as usize;
        f64::from(self.tables[feature][place(ranks.0[feature])])
    }
}

/// The stump that explains most of what is not explained.
fn best(rows: &[Row], logits: &[f64]) -> Stump {
    let mut pulls = [[Pull::default(); BINS]; COUNT];
    for (row, &logit) in rows.iter().zip(logits) {
        let chance = sigmoid(logit);
        let target = f64::from(u8::from(row.is_at_fault));
        let pull = Pull {
            first: row.weight * (target - chance),
            second: row.weight * chance * (1.0 - chance),
        };
        for (table, &bin) in pulls.iter_mut().zip(&row.bins) {
            let place = &mut table[usize::from(bin)];
            *place = place.and(pull);
        }
    }
    let mut best = Stump {
        feature: 0,
        bins: 0,
        gain: f64::MIN,
        below: 0.0,
        above: 0.0,
    };
    for (feature, table) in pulls.iter().enumerate() {
        let all = table
            .iter()
            .fold(Pull::default(), |sum, &pull| sum.and(pull));
        let mut below = Pull::default();
        for (bin, &pull) in table.iter().enumerate().take(BINS - 1) {
            below = below.and(pull);
            let above = Pull {
                first: all.first - below.first,
                second: all.second - below.second,
            };
            let gain = below.gain() + above.gain();
            if gain > best.gain {
                best = Stump {
                    feature,
                    bins: bin + 1,
                    gain,
                    below: RATE * below.step(),
                    above: RATE * above.step(),
                };
            }
        }
    }
    best
}

/// The bin of a rank.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a rank lies between 0 and 1"
)]
fn place(rank: f32) -> usize {
    ((rank * BINS as f32) as usize).min(BINS - 1)
}

/// Odds as a chance.
pub fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-logit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matters_is_found() {
        let row = |number: u32| {
            let mut ranks = Ranks([0.5; COUNT]);
            ranks.0[2] = f32::from(u16::try_from(number % 100).unwrap()) / 100.0;
            ranks.0[7] = f32::from(u16::try_from(number / 100).unwrap()) / 20.0;
            (ranks, number % 100 > 80)
        };
        let rows: Vec<_> = (0..2000).map(row).collect();
        let learned: Vec<_> = rows
            .iter()
            .map(|(ranks, fault)| Row::new(ranks, *fault))
            .collect();
        let stumps = Stumps::learn(&learned, 100);
        let chance = |number: u32| sigmoid(stumps.logit(&row(number).0));
        assert!(
            chance(90) > 0.8 && chance(50) < 0.1,
            "{} {}",
            chance(90),
            chance(50)
        );
        let spread = |table: &[f32; BINS]| {
            let (low, high) = table.iter().fold((f32::MAX, f32::MIN), |(low, high), &x| {
                (low.min(x), high.max(x))
            });
            high - low
        };
        assert!(spread(&stumps.tables[2]) > 10.0 * spread(&stumps.tables[7]));
    }
}
