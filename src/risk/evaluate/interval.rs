//! How sure a difference is: a paired bootstrap over repositories.

use serde::Serialize;

/// Samples that are drawn.
const SAMPLES: usize = 10_000;

/// The mean of differences, and between what it lies in 95 of 100 samples of the repositories.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The interval of these differences, one for each repository; `None` of fewer than three.
pub fn of(differences: &[f64]) -> Option<Interval> {
    if differences.len() < 3 {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    let count = differences.len() as f64;
    // Always the same numbers (splitmix64).
    let mut state = 0_u64;
    let mut draw = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = usize::try_from((mixed ^ (mixed >> 31)) >> 33).expect("thirty-one bits");
        differences[number % differences.len()]
    };
    let mut means: Vec<f64> = (0..SAMPLES)
        .map(|_| differences.iter().map(|_| draw()).sum::<f64>() / count)
        .collect();
    means.sort_by(f64::total_cmp);
    Some(Interval {
        mean: differences.iter().sum::<f64>() / count,
        low: means[SAMPLES * 25 / 1000],
        high: means[SAMPLES * 975 / 1000],
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_sure_difference_is_sure() {
        let interval = super::of(&[0.02, 0.03, 0.025, 0.03, 0.02]).expect("five are enough");
        assert!(interval.low > 0.0 && interval.high < 0.04 && (interval.mean - 0.025).abs() < 1e-9);
        let unsure = super::of(&[0.02, -0.03, 0.025, -0.03, 0.02]).expect("five are enough");
        assert!(unsure.low < 0.0 && unsure.high > 0.0);
        assert_eq!(super::of(&[1.0, 2.0]), None);
    }
}
