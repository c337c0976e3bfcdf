//! Measures itself on history that was held back, beside the simplest measure there is: how many lines of code a change adds.
//!
//! Walk-forward, with label delay: of the units that landed at least nine months ago, the first three quarters teach, as far
//! as was known when the last of them had landed; the rest is put in order by what was taught, and held against the fixes
//! that came until today.

pub mod interval;
pub mod metrics;

use serde::{Deserialize, Serialize};

use super::companions::{self, Tally, Threshold, Trial};
use super::features::Feature;
use super::learn::ranks::{FEWEST, Reference, Window};
use super::learn::stumps::Stumps;
use super::learn::{MOST_UNITS, Ranked, Taught, logit, teach};
use super::mine::past::Past;
use super::score::Band;
use metrics::{Measures, Outcome};

/// What landed later may be at fault and not be known to be.
const HELD_BACK: i64 = 270 * 86_400;

/// Fewer units at fault measure nothing.
const FEWEST_FAULTS: usize = 20;

/// How a model fares on a history.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Units in the whole history.
    pub units: usize,
    /// Units from which was learned.
    pub taught: usize,
    /// Units that were put in order.
    pub tested: usize,
    /// Of these, those at fault.
    pub faults: usize,
    /// By the lines of code that a unit adds.
    pub source_lines: Measures,
    /// By the prior alone.
    pub prior: Measures,
    /// By prior and own past.
    pub model: Measures,
    /// Had this history enough to teach?
    pub has_own: bool,
    /// What became of the units in each band.
    pub bands: Bands,
    /// How warnings of missing files fared, at the threshold that the part before had chosen.
    pub companions: Option<Companions>,
}

/// What became of units, by band from the lowest.
pub type Bands = [Fate; 4];

/// What became of units.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fate {
    /// How many there were.
    pub units: u32,
    /// How many were at fault.
    pub faults: u32,
}

impl Fate {
    /// That of all.
    pub fn sum(fates: &[Fate]) -> Fate {
        fates.iter().fold(Fate::default(), |sum, fate| Fate {
            units: sum.units + fate.units,
            faults: sum.faults + fate.faults,
        })
    }

    /// The share of those at fault.
    pub fn rate(self) -> f64 {
        f64::from(self.faults) / f64::from(self.units.max(1))
    }
}

/// How warnings of missing files fared.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Companions {
    /// The threshold.
    #[serde(flatten)]
    pub threshold: Threshold,
    /// The share of complete changes with a warning.
    pub alarm_rate: Option<f64>,
    /// The share of warnings that were right, where one file was held back.
    pub precision: Option<f64>,
    /// Changes and warnings that were counted.
    pub tally: Tally,
}

/// Why nothing can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmeasurable {
    /// The history is too short, or too young.
    #[error(
        "only {units} changes of code landed more than nine months before its end, and {needed} are needed"
    )]
    TooFew {
        /// So many landed.
        units: usize,
        /// So many are needed.
        needed: usize,
    },
    /// Too little was mended.
    #[error(
        "only {faults} of {tested} changes are known to have been mended, and {FEWEST_FAULTS} are needed"
    )]
    NoFaults {
        /// So many were at fault.
        faults: usize,
        /// Of so many.
        tested: usize,
    },
}

/// All units of a past, each with where its features lie among those before it.
pub fn ranked(past: &Past) -> Vec<Ranked<'_>> {
    let mut reference = Reference::default();
    let ranked = past.units.iter().map(|unit| {
        let ranks = reference.rank(&unit.features);
        reference.push(&unit.features);
        Ranked { unit, ranks }
    });
    ranked.collect()
}

/// Measures `prior`, and what the past teaches beside it, on a past.
///
/// # Errors
/// When there is too little of it.
pub fn evaluate(past: &Past, prior: &Stumps) -> Result<Report, Unmeasurable> {
    let units = ranked(past);
    let split = Split::of(&units)?;
    let taught = split.teach();
    let score = |taught: Option<&Taught>| -> Vec<f64> {
        let tested = split.tested.iter();
        let scores = tested.map(|ranked| logit(prior, taught, &ranked.ranks, &ranked.unit.words));
        scores.collect()
    };
    let added = |ranked: &Ranked<'_>| f64::from(ranked.unit.features.get(Feature::Added));
    let sizes: Vec<f64> = split.tested.iter().map(added).collect();
    let at_fault: Vec<bool> = split
        .tested
        .iter()
        .map(|ranked| ranked.unit.fixed.is_some())
        .collect();
    let faults = at_fault.iter().filter(|&&fault| fault).count();
    if faults < FEWEST_FAULTS {
        let tested = split.tested.len();
        return Err(Unmeasurable::NoFaults { faults, tested });
    }
    let measure = |scores: &[f64]| {
        let rows = scores.iter().zip(&sizes).zip(&at_fault);
        let rows: Vec<_> = rows
            .map(|((&score, &size), &is_at_fault)| Outcome {
                score,
                size,
                is_at_fault,
            })
            .collect();
        metrics::measure(&rows)
    };
    Ok(Report {
        units: past.units.len(),
        taught: split.before.len(),
        tested: split.tested.len(),
        faults,
        source_lines: measure(&sizes),
        prior: measure(&score(None)),
        model: measure(&score(taught.as_ref())),
        has_own: taught.is_some(),
        bands: split.bands(prior, taught.as_ref()),
        companions: companions(past),
    })
}

/// What became of the units in each band, in the part of the past that was held back; `None` if that is too short to tell.
pub fn back_test(units: &[Ranked<'_>], prior: &Stumps) -> Option<Bands> {
    let split = Split::of(units).ok()?;
    let bands = split.bands(prior, split.teach().as_ref());
    let faults: u32 = bands.iter().map(|fate| fate.faults).sum();
    (faults as usize >= FEWEST_FAULTS).then_some(bands)
}

/// The units before a moment, and those after it.
struct Split<'a, 'u> {
    before: &'a [Ranked<'u>],
    tested: &'a [Ranked<'u>],
    /// The moment.
    now: i64,
}

impl<'a, 'u> Split<'a, 'u> {
    fn of(units: &'a [Ranked<'u>]) -> Result<Self, Unmeasurable> {
        let end = units.last().map_or(0, |last| last.unit.time) - HELD_BACK;
        let count = units.partition_point(|ranked| ranked.unit.time < end);
        let old = &units[..count];
        let old = &old[old.len().saturating_sub(MOST_UNITS)..];
        let needed = 4 * FEWEST;
        if old.len() < needed {
            let units = old.len();
            return Err(Unmeasurable::TooFew { units, needed });
        }
        let (before, tested) = old.split_at(old.len() / 4 * 3);
        Ok(Split {
            before,
            tested,
            now: tested[0].unit.time,
        })
    }

    fn teach(&self) -> Option<Taught> {
        teach(self.before, self.now)
    }

    fn bands(&self, prior: &Stumps, taught: Option<&Taught>) -> Bands {
        let mut window = Window::default();
        let mut bands = Bands::default();
        #[expect(clippy::cast_possible_truncation, reason = "more digits say no more")]
        let score =
            |ranked: &Ranked<'_>| logit(prior, taught, &ranked.ranks, &ranked.unit.words) as f32;
        let last = self.before.len().saturating_sub(super::learn::ranks::LAST);
        for ranked in &self.before[last..] {
            window.push(score(ranked));
        }
        for ranked in self.tested {
            let score = score(ranked);
            let band = Band::of_rank(window.rank(score));
            let fate = &mut bands[band as usize];
            fate.units += 1;
            fate.faults += u32::from(ranked.unit.fixed.is_some());
            window.push(score);
        }
        bands
    }
}

/// The last quarter of the steps, at the threshold that the quarter before had chosen.
fn companions(past: &Past) -> Option<Companions> {
    let trials: &[Trial] = past.trials();
    let quarter = trials.len() / 4;
    let chosen = companions::choose(&companions::sum(&trials[2 * quarter..3 * quarter]))?;
    let place = companions::THRESHOLDS
        .iter()
        .position(|&threshold| threshold == chosen)?;
    let tally = companions::sum(&trials[3 * quarter..])[place];
    Some(Companions {
        threshold: chosen,
        alarm_rate: tally.alarm_rate(),
        precision: tally.precision(),
        tally,
    })
}
