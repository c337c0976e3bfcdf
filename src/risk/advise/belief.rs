//! How sure one can be of a share, after so many cases.
//!
//! Before anything was seen, every share is taken to be as likely as any other (the prior Beta(1, 1)); or, where the
//! repository as a whole tells what is usual, as if the usual number of cases for one hit had been seen, with that one hit.
//! What is then believed after `hits` of `cases` is a Beta distribution, and how much of it lies below a share is a sum of
//! binomial probabilities, for all numbers are whole.

/// How sure it must be before anything is proposed.
pub const SURE: f64 = 0.95;

/// What is believed of a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Belief {
    /// Cases in which it was so, and one more.
    for_it: u64,
    /// Cases in which it was not, and as many more as the prior has.
    against: u64,
}

impl Belief {
    /// After so many hits among so many cases, when nothing was known before.
    pub fn after(hits: u64, cases: u64) -> Self {
        Belief::with(hits, cases, 1)
    }

    /// The same, when one case in so many is usual.
    pub fn where_usual(one_in: u64, hits: u64, cases: u64) -> Self {
        Belief::with(hits, cases, one_in.saturating_sub(1).max(1))
    }

    fn with(hits: u64, cases: u64, against: u64) -> Self {
        Belief {
            for_it: hits + 1,
            against: cases.saturating_sub(hits) + against,
        }
    }

    /// How sure it is that the share is below this one: from 0 to 1.
    pub fn is_below(self, share: f64) -> f64 {
        // A Beta(a, b) lies below x as often as a + b - 1 tosses of probability x give a hits or more.
        let tosses = self.for_it + self.against - 1;
        if share <= 0.0 || share >= 1.0 {
            return if share <= 0.0 { 0.0 } else { 1.0 };
        }
        let fewer: f64 = (0..self.for_it)
            .map(|hits| exactly(hits, tosses, share))
            .sum();
        (1.0 - fewer).clamp(0.0, 1.0)
    }

    /// How sure it is that the share is above this one.
    pub fn is_above(self, share: f64) -> f64 {
        1.0 - self.is_below(share)
    }
}

/// The probability of just so many hits.
#[expect(clippy::cast_precision_loss, reason = "cases are counted")]
fn exactly(hits: u64, tosses: u64, share: f64) -> f64 {
    let (hits, tosses) = (hits as f64, tosses as f64);
    let ways =
        libm::lgamma(tosses + 1.0) - libm::lgamma(hits + 1.0) - libm::lgamma(tosses - hits + 1.0);
    libm::exp(ways + hits * libm::log(share) + (tosses - hits) * libm::log1p(-share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    #[test]
    fn beliefs_are_those_of_a_beta_distribution() {
        // Before anything is seen, a share is below x with probability x.
        assert_near(Belief::after(0, 0).is_below(0.3), 0.3);
        // Of n cases none: 1 - (1 - x)^(n + 1).
        assert_near(Belief::after(0, 13).is_below(0.2), 1.0 - 0.8_f64.powi(14));
        // Of n cases all: x^(n + 1).
        assert_near(Belief::after(5, 5).is_below(0.5), 0.5_f64.powi(6));
        // Beta(2, 9) at 1/10: 1 - 0.9^10 - 10 * 0.1 * 0.9^9.
        let expected = 1.0 - 0.9_f64.powi(10) - 0.9_f64.powi(9);
        assert_near(Belief::where_usual(10, 1, 1).is_below(0.1), expected);
        assert_near(
            Belief::after(3, 9).is_below(0.4) + Belief::after(3, 9).is_above(0.4),
            1.0,
        );
    }

    #[test]
    fn many_cases_do_not_overflow() {
        assert_near(Belief::after(0, 1_000_000).is_below(0.5), 1.0);
        assert_near(Belief::after(900_000, 1_000_000).is_below(0.5), 0.0);
    }
}
