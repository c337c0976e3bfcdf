//! Where a number lies among the last ones of its kind: what makes repositories comparable.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::risk::features::{COUNT, Feature, Features};

/// Among so many of the last units a feature is ranked.
pub const LAST: usize = 500;

/// Among fewer, a rank says nothing.
pub const FEWEST: usize = 100;

/// Where the features of a unit lie, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranks(pub [f32; COUNT]);

/// The last numbers of a kind.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// In ascending order.
    sorted: Vec<f32>,
    /// In the order in which they came.
    #[serde(skip)]
    order: VecDeque<f32>,
}

/// The features of the last units.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reference([Window; COUNT]);

impl Ranks {
    /// Where a feature lies.
    pub fn get(&self, feature: Feature) -> f32 {
        self.0[feature as usize]
    }
}

impl Window {
    /// The share of the numbers that are smaller; of those that are equal, half count.
    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    pub fn rank(&self, value: f32) -> f32 {
        if self.sorted.is_empty() {
            return 0.5;
        }
        let below = self.sorted.partition_point(|&other| other < value);
        let not_above = self.sorted.partition_point(|&other| other <= value);
        (below + not_above) as f32 / 2.0 / self.sorted.len() as f32
    }

    /// Takes a number; the oldest goes, if there are enough.
    pub fn push(&mut self, value: f32) {
        if self.order.len() == LAST
            && let Some(oldest) = self.order.pop_front()
        {
            let place = self.sorted.partition_point(|&other| other < oldest);
            self.sorted.remove(place);
        }
        self.order.push_back(value);
        let place = self.sorted.partition_point(|&other| other < value);
        self.sorted.insert(place, value);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }
}

impl Reference {
    /// Where features lie.
    pub fn rank(&self, features: &Features) -> Ranks {
        let mut ranks = [0.0; COUNT];
        for ((rank, window), value) in ranks.iter_mut().zip(&self.0).zip(features.0) {
            *rank = window.rank(value);
        }
        Ranks(ranks)
    }

    /// Takes the features of a unit that has landed.
    pub fn push(&mut self, features: &Features) {
        for (window, value) in self.0.iter_mut().zip(features.0) {
            window.push(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes() {
        let mut window = Window::default();
        for value in [5.0, 1.0, 1.0, 3.0] {
            window.push(value);
        }
        assert!(
            (window.rank(1.0) - 0.25).abs() < 1e-6,
            "half of the two equal ones"
        );
        assert!((window.rank(4.0) - 0.75).abs() < 1e-6);
        for _ in 0..LAST {
            window.push(2.0);
        }
        assert_eq!(window.len(), LAST);
        assert!(window.rank(5.0) > 0.999, "the five is gone");
    }
}
