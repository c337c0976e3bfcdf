//! Which changes of a policy what became of its rules suggests.

use std::collections::BTreeMap;

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::belief::{Belief, SURE};
use super::outcomes::{Outcomes, Tally};
use crate::paths::EntryKind;
use crate::policy::rule::{Asks, Mode};
use crate::policy::{Policy, Tier};
use crate::risk::map::directories::above;
use crate::risk::mine::past::{Landed, Past};

/// Whoever acts on fewer refusals than this share of them acts on hardly any.
const HARDLY_ANY: f64 = 0.2;

/// Fewer reverts than this are no habit.
const FEWEST_REVERTS: u64 = 3;

/// Zones that are proposed at once.
const MOST_ZONES: usize = 5;

/// A change of a policy that is worth a thought.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposal {
    /// A rule refuses, and hardly anybody brings what it asks for: it could warn.
    Warn {
        /// The rule.
        rule: String,
        /// What became of what it said.
        tally: Tally,
        /// How sure it is that fewer than one in five are acted on.
        sure: f64,
    },
    /// What a rule warns of is mended less often than other changes: it could go, or ask of something else.
    Remove {
        /// The rule.
        rule: String,
        /// What became of what it said.
        tally: Tally,
        /// The share of all changes that was mended later.
        usual: f64,
        /// How sure it is that what it warned of is mended less often than usual.
        sure: f64,
    },
    /// What went past a rule was mended more often than other changes: breaking glass could exclude it.
    Except {
        /// The rule.
        rule: String,
        /// What became of what it said.
        tally: Tally,
        /// The share of all changes that was mended later.
        usual: f64,
        /// How sure it is that these are mended more often than usual.
        sure: f64,
    },
    /// Changes of a directory keep being taken back, and it is in no zone.
    Zone {
        /// The directory.
        directory: BString,
        /// What landed there.
        landed: Landed,
        /// What landed in the repository.
        all: Landed,
        /// How sure it is that changes there are taken back more than twice as often as all.
        sure: f64,
    },
}

/// What is suggested for a repository, the surest of each kind first.
pub fn of(policy: &Policy, repository: &str, outcomes: &Outcomes, past: &Past) -> Vec<Proposal> {
    let usual = Usual::of(past);
    let mut proposals = Vec::new();
    for rule in &policy.rules {
        let Some(tally) = outcomes.rules.get(&rule.id) else {
            continue;
        };
        let mode = rule.mode.in_repository(repository);
        // What only forbids is acted on by leaving it.
        let is_asking = matches!(rule.asks, Asks::Require(_));
        if mode == Mode::Enforce && is_asking {
            proposals.extend(in_vain(&rule.id, tally));
        }
        if mode == Mode::Warn {
            proposals.extend(usual.and_then(|usual| warns_wrongly(&rule.id, tally, usual)));
        }
        let reached = policy.bypass.as_ref();
        if reached.is_some_and(|bypass| !bypass.except.contains(&rule.id)) {
            proposals.extend(usual.and_then(|usual| breaks(&rule.id, tally, usual)));
        }
    }
    proposals.extend(zones(policy, past));
    proposals
}

/// A rule refuses, and hardly anybody brings what it asks for.
fn in_vain(rule: &str, tally: &Tally) -> Option<Proposal> {
    let settled = tally.met + tally.broken + tally.abandoned;
    let sure = Belief::after(tally.met, settled).is_below(HARDLY_ANY);
    (sure >= SURE && tally.vetoed == 0).then(|| Proposal::Warn {
        rule: rule.to_owned(),
        tally: *tally,
        sure,
    })
}

/// What a rule warns of goes wrong less often than the rest.
fn warns_wrongly(rule: &str, tally: &Tally, usual: Usual) -> Option<Proposal> {
    let belief = usual.after(tally.warned_and_mended, tally.warned);
    let sure = belief.is_below(usual.share);
    (sure >= SURE).then(|| Proposal::Remove {
        rule: rule.to_owned(),
        tally: *tally,
        usual: usual.share,
        sure,
    })
}

/// What went past a rule went wrong more often than the rest.
fn breaks(rule: &str, tally: &Tally, usual: Usual) -> Option<Proposal> {
    let belief = usual.after(tally.bypassed_and_mended, tally.bypassed);
    let sure = belief.is_above(usual.share);
    (sure >= SURE).then(|| Proposal::Except {
        rule: rule.to_owned(),
        tally: *tally,
        usual: usual.share,
        sure,
    })
}

/// How often something happens to the changes of a repository.
#[derive(Debug, Clone, Copy)]
struct Usual {
    /// The share of these, from 0 to 1, without the ends.
    share: f64,
    /// One of so many, rounded down.
    one_in: u64,
}

impl Usual {
    /// How often changes are mended or taken back later; `None` if never, or always, is all that is known.
    fn of(past: &Past) -> Option<Self> {
        let mended = past.units.iter().filter(|unit| unit.fixed.is_some());
        Usual::share(mended.count() as u64, past.units.len() as u64)
    }

    #[expect(clippy::cast_precision_loss, reason = "changes are counted")]
    fn share(hits: u64, cases: u64) -> Option<Self> {
        (0 < hits && hits < cases).then(|| Usual {
            share: hits as f64 / cases as f64,
            one_in: cases / hits,
        })
    }

    /// What is believed after so many hits, by those who know what is usual.
    fn after(self, hits: u64, cases: u64) -> Belief {
        Belief::where_usual(self.one_in, hits, cases)
    }
}

/// Directories whose changes keep being taken back and that no zone of a high tier holds, none within another.
fn zones(policy: &Policy, past: &Past) -> Vec<Proposal> {
    let all = Landed {
        changes: past.units.len() as u64,
        reverts: u64::from(past.reverts),
    };
    let Some(usual) = Usual::share(all.reverts, all.changes) else {
        return Vec::new();
    };
    let alive: BTreeMap<&[u8], &[u8]> = past
        .files()
        .flat_map(|file| above(&file.path).map(|directory| (directory, &*file.path)))
        .collect();
    let mut found: Vec<(f64, &BString, Landed)> = past
        .landed
        .iter()
        .filter(|(path, landed)| {
            let example = alive.get(path.as_slice());
            landed.reverts >= FEWEST_REVERTS
                && example.is_some_and(|file| !is_guarded(policy, file))
        })
        .map(|(path, &landed)| {
            let belief = usual.after(landed.reverts, landed.changes);
            (belief.is_above(2.0 * usual.share), path, landed)
        })
        .filter(|(sure, ..)| *sure >= SURE)
        .collect();
    // Of a directory and what lies in it, the surer; of two as sure, the inner one.
    found.sort_by(|(one, path, _), (other, other_path, _)| {
        other
            .total_cmp(one)
            .then_with(|| other_path.len().cmp(&path.len()))
            .then_with(|| path.cmp(other_path))
    });
    let mut chosen: Vec<(f64, &BString, Landed)> = Vec::new();
    for candidate in found {
        let is_near = |other: &&(f64, &BString, Landed)| {
            let (one, other) = (candidate.1.as_slice(), other.1.as_slice());
            one == other
                || above(one).any(|path| path == other)
                || above(other).any(|path| path == one)
        };
        if chosen.len() < MOST_ZONES && !chosen.iter().any(|other| is_near(&other)) {
            chosen.push(candidate);
        }
    }
    let zone = |(sure, directory, landed): (f64, &BString, Landed)| Proposal::Zone {
        directory: directory.clone(),
        landed,
        all,
        sure,
    };
    chosen.into_iter().map(zone).collect()
}

/// Is a file in a zone of a tier that asks for care?
fn is_guarded(policy: &Policy, file: &[u8]) -> bool {
    let sets = policy.paths.matches_path(BStr::new(file), EntryKind::File);
    policy.zones_of(&sets).any(|zone| zone.tier >= Tier::High)
}

/// A name for the zone of a directory that no zone of the policy has.
pub fn zone_name(policy: &Policy, directory: &[u8]) -> String {
    let words: Vec<String> = directory
        .to_str_lossy()
        .to_ascii_lowercase()
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let name = format!("taken-back-{}", words.join("-"));
    let name = name.trim_end_matches('-').to_owned();
    let is_free = |name: &str| policy.zones.iter().all(|zone| zone.name != name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.clone()).chain(numbered);
    names
        .find(|name| is_free(name))
        .expect("numbers do not end")
}
