//! How well an order is, as measures that no monotone rescaling of scores can move.

use serde::Serialize;

/// A unit in an order.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// By what it is ordered; higher is riskier.
    pub score: f64,
    /// How large it is.
    pub size: f64,
    /// What is to be foretold.
    pub is_at_fault: bool,
}

/// The measures.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize)]
pub struct Measures {
    /// How often a unit at fault stands above one that is not; chance is 0.5.
    pub auc: f64,
    /// The same among units of about the same size, by its deciles.
    pub auc_within_size: f64,
    /// Which share of all at fault is among the first 5, 10 and 20 in a hundred.
    pub recall: [f64; 3],
    /// Which share of the first 5, 10 and 20 in a hundred is at fault.
    pub precision: [f64; 3],
}

/// Deciles.
const PARTS: usize = 10;

/// Measures an order.
pub fn measure(rows: &[Outcome]) -> Measures {
    let mut by_size: Vec<Outcome> = rows.to_vec();
    by_size.sort_by(|one, other| one.size.total_cmp(&other.size));
    let decile = |part: usize| {
        let (from, to) = (part * rows.len() / PARTS, (part + 1) * rows.len() / PARTS);
        wins(&by_size[from..to])
    };
    let within = (0..PARTS).map(decile).fold(Wins::default(), Wins::and);
    let mut by_score: Vec<Outcome> = rows.to_vec();
    by_score.sort_by(|one, other| other.score.total_cmp(&one.score));
    let all = count(&by_score);
    let mut measures = Measures {
        auc: wins(rows).share(),
        auc_within_size: within.share(),
        ..Measures::default()
    };
    for (place, percent) in [5, 10, 20].into_iter().enumerate() {
        let first = (rows.len() * percent).div_ceil(100);
        let found = count(&by_score[..first]);
        measures.recall[place] = share(found, all);
        measures.precision[place] = share(found, first);
    }
    measures
}

/// Pairs of one at fault and one that is not, and how many of them stand in the right order, twice over.
#[derive(Debug, Default, Clone, Copy)]
struct Wins {
    twice: u64,
    pairs: u64,
}

impl Wins {
    fn and(self, other: Wins) -> Wins {
        Wins {
            twice: self.twice + other.twice,
            pairs: self.pairs + other.pairs,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "pairs are fewer than a double is precise"
    )]
    fn share(self) -> f64 {
        if self.pairs == 0 {
            0.5
        } else {
            self.twice as f64 / 2.0 / self.pairs as f64
        }
    }
}

fn wins(rows: &[Outcome]) -> Wins {
    let mut rows = rows.to_vec();
    rows.sort_by(|one, other| one.score.total_cmp(&other.score));
    let mut wins = Wins::default();
    let mut good_below = 0;
    for equal in rows.chunk_by(|one, other| one.score.total_cmp(&other.score).is_eq()) {
        let faults = count(equal) as u64;
        let good = equal.len() as u64 - faults;
        wins.twice += faults * (2 * good_below + good);
        good_below += good;
    }
    let faults = count(&rows) as u64;
    wins.pairs = faults * good_below;
    wins
}

fn count(rows: &[Outcome]) -> usize {
    rows.iter().filter(|row| row.is_at_fault).count()
}

#[expect(clippy::cast_precision_loss, reason = "they are few")]
fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(score: f64, size: f64, is_at_fault: bool) -> Outcome {
        Outcome {
            score,
            size,
            is_at_fault,
        }
    }

    #[test]
    fn an_order_is_measured() {
        let rows = [
            row(3.0, 1.0, true),
            row(2.0, 1.0, false),
            row(2.0, 1.0, true),
            row(1.0, 1.0, false),
        ];
        let measures = measure(&rows);
        assert!(
            (measures.auc - 0.875).abs() < 1e-9,
            "3.5 of 4 pairs: {}",
            measures.auc
        );
        assert!(
            (measures.precision[0] - 1.0).abs() < 1e-9 && (measures.recall[0] - 0.5).abs() < 1e-9
        );
        let by_size: Vec<_> = (0..1000_u32)
            .map(|n| row(f64::from(n), f64::from(n), n % 100 > 50))
            .collect();
        let flat: Vec<_> = by_size
            .iter()
            .map(|outcome| row(0.0, outcome.size, outcome.is_at_fault))
            .collect();
        assert!(
            (measure(&flat).auc_within_size - 0.5).abs() < 1e-9,
            "ties say nothing"
        );
        assert!((measure(&by_size).auc_within_size - 1.0).abs() < 1e-9);
    }
}
