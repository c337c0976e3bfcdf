//! Words that a repository's mistakes have in common: a logistic regression over hashed words, by stochastic gradient in a
//! fixed order.

use serde::{Deserialize, Serialize};

use super::stumps::sigmoid;
use crate::risk::mine::words::{BUCKETS, Bucket};

/// How often every unit is looked at.
const EPOCHS: usize = 2;

/// How far a step goes at first (AdaGrad).
const RATE: f64 = 0.03;

/// How strongly weights are drawn to zero at each step.
const DECAY: f64 = 1e-4;

/// Weights that are smaller say nothing and are not kept.
const SMALLEST: f64 = 1e-3;

/// The weights.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct WordModel {
    /// What is known before any word is.
    base: f32,
    /// By place, in ascending order.
    weights: Vec<(Bucket, f32)>,
}

impl WordModel {
    /// Learns from the words of units, and whether they were at fault.
    pub fn learn(units: &[(&[Bucket], bool)]) -> Self {
        let mut weights = vec![0.0_f64; BUCKETS];
        let mut squares = vec![1e-6_f64; BUCKETS];
        let faults = units.iter().filter(|(_, fault)| *fault).count();
        #[expect(clippy::cast_precision_loss, reason = "they are few")]
        let odds = (faults as f64 + 1.0) / ((units.len() - faults) as f64 + 1.0);
        let mut base = libm::log(odds);
        let mut base_square = 1e-6_f64;
        let mut order: Vec<u32> = (0..u32::try_from(units.len()).expect("they are few")).collect();
        let mut shuffle = Shuffle(0x9e37_79b9_7f4a_7c15);
        for _ in 0..EPOCHS {
            shuffle.apply(&mut order);
            for &unit in &order {
                let (words, fault) = units[unit as usize];
                let scale = scale(words.len());
                let sum: f64 = words.iter().map(|&word| weights[usize::from(word)]).sum();
                let error = f64::from(u8::from(fault)) - sigmoid(base + scale * sum);
                base_square += error * error;
                base += RATE * error / libm::sqrt(base_square);
                for &word in words {
                    let word = usize::from(word);
                    let slope = error * scale - DECAY * weights[word];
                    squares[word] += slope * slope;
                    weights[word] += RATE * slope / libm::sqrt(squares[word]);
                }
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "more digits say no more")]
        let kept = (0..=Bucket::MAX)
            .zip(weights)
            .filter(|(_, weight)| weight.abs() >= SMALLEST)
            .map(|(word, weight)| (word, weight as f32));
        #[expect(clippy::cast_possible_truncation, reason = "more digits say no more")]
        let base = base as f32;
        WordModel {
            base,
            weights: kept.collect(),
        }
    }

    /// How risky these words are: the logarithm of odds.
    pub fn logit(&self, words: &[Bucket]) -> f64 {
        let sum: f64 = words.iter().map(|&word| self.weight(word)).sum();
        f64::from(self.base) + scale(words.len()) * sum
    }

    /// What one word among so many adds.
    pub fn part(&self, word: Bucket, among: usize) -> f64 {
        scale(among) * self.weight(word)
    }

    fn weight(&self, word: Bucket) -> f64 {
        let found = self.weights.binary_search_by_key(&word, |&(word, _)| word);
        found.map_or(0.0, |place| f64::from(self.weights[place].1))
    }
}

/// How much each of so many words counts: a long change is hardly riskier because it is long, which the features say
/// already. Of the powers of their number that were tried, the fourth root did best.
#[expect(clippy::cast_precision_loss, reason = "they are few")]
fn scale(words: usize) -> f64 {
    1.0 / libm::sqrt(libm::sqrt(words.max(1) as f64))
}

/// An order that is no order, and always the same (xorshift64*).
struct Shuffle(u64);

impl Shuffle {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("thirty-one bits") % below
    }

    fn apply(&mut self, list: &mut [u32]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.next(end + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_mistakes_is_found() {
        let unit = |number: u16| (vec![number % 50, 1000 + number % 7], number % 7 == 3);
        let units: Vec<_> = (0..2000).map(unit).collect();
        let borrowed: Vec<_> = units
            .iter()
            .map(|(words, fault)| (&words[..], *fault))
            .collect();
        let model = WordModel::learn(&borrowed);
        assert!(model.logit(&[5, 1003]) > model.logit(&[5, 1004]) + 2.0);
        assert_eq!(model, WordModel::learn(&borrowed));
    }
}
