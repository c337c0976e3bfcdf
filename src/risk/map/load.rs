//! How much a file carries.
//!
//! Load is trouble times reach. *Trouble* is how often the file was mended of late: each fix counts for half after half a
//! year, but never for less than a fiftieth, and one that took a change back for twice as much. To all files the mean trouble of one is added: that nothing was
//! mended in a file yet is little evidence, and less the less was mended anywhere. *Reach* is 1 for a file that nothing hangs
//! on, and grows with the logarithm of the files that name it, and of those that usually move with it; and by a tenth where
//! at most one person of those who still land changes knows it.
//!
//! The weights are judgement, not learned: what a break costs is in no history. `examples/risk.md` holds the order that
//! comes of them against what was mended later.

use gix::bstr::BString;

use super::Facts;
use crate::risk::mine::past::FilePast;
use crate::risk::score::Band;

/// What is never forgotten of a fix: in two histories, it told a little more of the next year with this than without.
const NEVER_FORGOTTEN: f64 = 0.02;

/// What each doubling of the files that name one, or move with it, adds to its reach.
const OF_DOUBLING: f64 = 0.05;

/// What it adds that hardly anybody knows it.
const OF_STRANGENESS: f64 = 0.1;

/// Fixes without which no file is critical.
const FIXES_OF_CRITICAL: u32 = 3;

/// Fixes without which none is high.
const FIXES_OF_HIGH: u32 = 2;

/// How much a file carries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// What was mended and taken back of late.
    pub trouble: f64,
    /// How far it reaches.
    pub reach: f64,
    /// Both, with what is expected of any file.
    pub total: f64,
}

/// The loads of files, in their order.
#[expect(clippy::cast_precision_loss, reason = "files are counted")]
pub(super) fn of_all(files: &[(&BString, &FilePast, Facts)], now: i64) -> Vec<Load> {
    let trouble = |past: &FilePast| {
        let of_late = past.warmth.at(now) + past.revert_warmth.at(now);
        of_late + NEVER_FORGOTTEN * f64::from(past.fixes)
    };
    let all: f64 = files.iter().map(|(_, past, _)| trouble(past)).sum();
    let of_any = all / files.len().max(1) as f64;
    let load = |(_, past, facts): &(&BString, &FilePast, Facts)| {
        let (trouble, reach) = (trouble(past), reach(facts));
        Load {
            trouble,
            reach,
            total: (trouble + of_any) * reach,
        }
    };
    files.iter().map(load).collect()
}

#[expect(clippy::cast_precision_loss, reason = "files are counted")]
fn reach(facts: &Facts) -> f64 {
    let doublings = |count: f64| libm::log2(1.0 + count);
    let far = doublings(f64::from(facts.imported_by)) + doublings(facts.spread as f64);
    let strange = if facts.people_of_late <= 1 {
        OF_STRANGENESS
    } else {
        0.0
    };
    1.0 + OF_DOUBLING * far + strange
}

/// For each load the share of all that are smaller.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "more digits say no more"
)]
pub(super) fn ranks(loads: &[Load]) -> Vec<f32> {
    let mut sorted: Vec<f64> = loads.iter().map(|load| load.total).collect();
    sorted.sort_by(f64::total_cmp);
    let rank = |load: &Load| {
        let smaller = sorted.partition_point(|&other| other < load.total);
        (smaller as f64 / sorted.len() as f64) as f32
    };
    loads.iter().map(rank).collect()
}

/// The band of a rank, as far as there is evidence in the file itself.
pub(super) fn band(rank: f32, facts: &Facts) -> Band {
    match Band::of_rank(rank) {
        Band::Critical if facts.fixes >= FIXES_OF_CRITICAL => Band::Critical,
        Band::Critical | Band::High if facts.fixes >= FIXES_OF_HIGH => Band::High,
        Band::Critical | Band::High => Band::Medium,
        band => band,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_asks_for_evidence() {
        let with = |fixes| Facts {
            fixes,
            ..Facts::default()
        };
        assert_eq!(band(0.99, &with(3)), Band::Critical);
        assert_eq!(band(0.99, &with(2)), Band::High);
        assert_eq!(band(0.99, &with(1)), Band::Medium);
        assert_eq!(band(0.10, &with(9)), Band::Low);
    }

    #[test]
    fn equal_loads_have_equal_ranks() {
        let load = |total| Load {
            trouble: 0.0,
            reach: 1.0,
            total,
        };
        let ranks = ranks(&[load(1.0), load(2.0), load(1.0), load(3.0)]);
        assert_eq!(ranks, [0.0, 0.5, 0.0, 0.75]);
        assert_eq!(super::ranks(&[]), [0.0; 0]);
    }
}
