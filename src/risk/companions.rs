//! Files that move together: what is missing from a change, and what it usually drags along.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::mine::past::{FileNo, FilePast, Partner};

/// How sure it must be that a file is missing before anyone is told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// In how many of a hundred changes of the one file the other one moved too.
    pub percent: u32,
    /// How often that was.
    pub support: u32,
}

/// What comes into question, the boldest first. A repository's own past chooses.
pub const THRESHOLDS: [Threshold; 4] = [
    Threshold {
        percent: 80,
        support: 10,
    },
    Threshold {
        percent: 90,
        support: 10,
    },
    Threshold {
        percent: 90,
        support: 20,
    },
    Threshold {
        percent: 95,
        support: 20,
    },
];

/// A file that usually moves with one of a change, and does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// The file that is not there.
    pub file: FileNo,
    /// The file that it moves with.
    pub with: FileNo,
    /// How often it did.
    pub count: u32,
    /// Of how many changes of the other one.
    pub of: u32,
}

/// How the warnings would have fared on one step of the past, at each of [`THRESHOLDS`].
pub type Trial = [Tally; THRESHOLDS.len()];

/// How warnings would have fared.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Changes as they were.
    pub complete: u32,
    /// Of these, those with a warning: a false one.
    pub alarmed: u32,
    /// Warnings where one file of the change was held back.
    pub warnings: u32,
    /// Of these, those that named it.
    pub right: u32,
}

impl Threshold {
    fn is_met(self, partner: Partner, changes: u32) -> bool {
        // A habit that was broken the last time is none any more.
        let is_kept = partner.last == changes;
        let (count, changes) = (u64::from(partner.count), u64::from(changes));
        is_kept && partner.count >= self.support && count * 100 >= u64::from(self.percent) * changes
    }
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Tally) -> Tally {
        Tally {
            complete: self.complete + other.complete,
            alarmed: self.alarmed + other.alarmed,
            warnings: self.warnings + other.warnings,
            right: self.right + other.right,
        }
    }

    /// The share of complete changes with a warning.
    pub fn alarm_rate(&self) -> Option<f64> {
        (self.complete > 0).then(|| f64::from(self.alarmed) / f64::from(self.complete))
    }

    /// The share of warnings that were right, where one file was held back.
    pub fn precision(&self) -> Option<f64> {
        (self.warnings > 0).then(|| f64::from(self.right) / f64::from(self.warnings))
    }
}

/// What is missing from a change of `files`, each once, with what says so most strongly.
pub fn missing(files: &BTreeMap<FileNo, &FilePast>, threshold: Threshold) -> Vec<Missing> {
    let mut missing: BTreeMap<FileNo, Missing> = BTreeMap::new();
    for (&with, past) in files {
        for (&file, &partner) in &past.partners {
            if files.contains_key(&file) || !threshold.is_met(partner, past.shared) {
                continue;
            }
            let found = Missing {
                file,
                with,
                count: partner.count,
                of: past.shared,
            };
            let kept = missing.entry(file).or_insert(found);
            if found.count > kept.count {
                *kept = found;
            }
        }
    }
    missing.into_values().collect()
}

/// The files that a change of `files` usually drags along, beside them: those that moved at least three times, and in a
/// quarter of its changes, with one of them.
pub fn dragged(files: &BTreeMap<FileNo, &FilePast>) -> BTreeSet<FileNo> {
    let often = |past: &FilePast, partner: &Partner| {
        partner.count >= 3 && u64::from(partner.count) * 4 >= u64::from(past.shared)
    };
    let partners = files.values().flat_map(|past| {
        let partners = past.partners.iter();
        partners.filter(|(_, partner)| often(past, partner))
    });
    let partners = partners.map(|(&file, _)| file);
    partners.filter(|file| !files.contains_key(file)).collect()
}

/// How the warnings would have fared on a change of `files` that was whole, and on the same without one of them; `any`
/// number says which.
pub fn try_out(files: &BTreeMap<FileNo, &FilePast>, any: usize) -> Trial {
    let held_back = files.keys().nth(any % files.len().max(1)).copied();
    let held_back = held_back.filter(|_| files.len() > 1);
    let mut rest = files.clone();
    rest.retain(|&file, _| Some(file) != held_back);
    THRESHOLDS.map(|threshold| {
        let mut tally = Tally {
            complete: 1,
            alarmed: u32::from(!missing(files, threshold).is_empty()),
            ..Tally::default()
        };
        if let Some(held_back) = held_back {
            for warning in missing(&rest, threshold) {
                tally.warnings += 1;
                tally.right += u32::from(warning.file == held_back);
            }
        }
        tally
    })
}

/// All tallies of some trials.
pub fn sum<'a>(trials: impl IntoIterator<Item = &'a Trial>) -> Trial {
    let mut sum = Trial::default();
    for trial in trials {
        for (sum, tally) in sum.iter_mut().zip(trial) {
            *sum = sum.and(*tally);
        }
    }
    sum
}

/// The boldest threshold that would have warned on no more than one in forty complete changes, and been right three times
/// in four; `None` if there is none, or it cannot be told yet.
pub fn choose(trial: &Trial) -> Option<Threshold> {
    const FEWEST: u32 = 200;
    let all = THRESHOLDS.into_iter().zip(trial);
    let mut good = all.filter(|(_, tally)| {
        let is_quiet = 40 * tally.alarmed <= tally.complete;
        let is_right = tally.right > 0 && 4 * tally.right >= 3 * tally.warnings;
        tally.complete >= FEWEST && is_quiet && is_right
    });
    good.next().map(|(threshold, _)| threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(shared: u32, partners: &[(FileNo, u32, u32)]) -> FilePast {
        let partners = partners.iter();
        let partners = partners.map(|&(file, count, last)| (file, Partner { count, last }));
        FilePast {
            shared,
            partners: partners.collect(),
            ..FilePast::default()
        }
    }

    #[test]
    fn a_kept_habit_is_missed() {
        let schema = past(20, &[(1, 19, 20), (2, 5, 20), (3, 19, 19)]);
        let made = past(25, &[(0, 19, 25)]);
        let alone = BTreeMap::from([(0, &schema)]);
        let [found] = missing(&alone, THRESHOLDS[1])[..] else {
            panic!("one file is missing");
        };
        assert_eq!(
            found,
            Missing {
                file: 1,
                with: 0,
                count: 19,
                of: 20
            }
        );
        assert_eq!(dragged(&alone), BTreeSet::from([1, 2, 3]));
        let both = BTreeMap::from([(0, &schema), (1, &made)]);
        assert!(missing(&both, THRESHOLDS[1]).is_empty());
        let tally = |any| try_out(&both, any)[1];
        assert_eq!(
            (tally(1).alarmed, tally(1).warnings, tally(1).right),
            (0, 1, 1)
        );
        assert_eq!(
            tally(0).warnings,
            0,
            "the other file has moved without it too often"
        );
    }
}
