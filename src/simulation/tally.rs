//! Counts of what would have become of steps.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use gix::bstr::BString;
use jiff::Timestamp;
use serde::Serialize;

use super::found::Found;
use super::{Judged, Outcome};
use crate::policy::rule::Mode;

/// How many decisions count as the slowest.
const SLOWEST: usize = 5;

/// Steps by what would have become of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Outcomes {
    /// All of them.
    pub steps: usize,
    /// [`Outcome::Accepted`]
    pub accepted: usize,
    /// [`Outcome::Warned`]
    pub warned: usize,
    /// [`Outcome::Approval`]
    pub approval: usize,
    /// [`Outcome::Refused`]
    pub refused: usize,
    /// [`Outcome::Failed`]
    pub failed: usize,
}

/// Steps in which rules have found something, by the worst that they would have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    /// Refused, for more than approvals.
    pub refused: usize,
    /// Asked for approvals.
    pub approval: usize,
    /// Warned.
    pub warned: usize,
    /// Written it down.
    pub audited: usize,
}

/// How often someone would have been asked to approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Load {
    /// The steps in which they could have.
    pub asked: usize,
    /// Those of them in which nobody else could have stood in.
    pub needed: usize,
}

/// All counts.
#[derive(Debug)]
pub struct Tally<'a> {
    /// Of all steps.
    pub outcomes: Outcomes,
    /// Of each month (`2026-01`), the oldest first.
    pub months: BTreeMap<String, Outcomes>,
    /// Of each rule that has found something, the most refusals first. So are all that follow.
    pub rules: Vec<(&'a str, Share)>,
    /// Of each zone that such a finding is about.
    pub zones: Vec<(&'a str, Share)>,
    /// Of each person whose commits it is about.
    pub people: Vec<(&'a str, Share)>,
    /// Of each directory.
    pub directories: Vec<(&'a BString, Share)>,
    /// Of everyone who would have been asked to approve.
    pub reviewers: Vec<(&'a str, Load)>,
    /// The decisions that took longest.
    pub slowest: Vec<&'a Judged>,
}

impl<'a> Tally<'a> {
    /// Counts.
    pub fn of(judged: &'a [Judged]) -> Self {
        let mut outcomes = Outcomes::default();
        let mut months: BTreeMap<String, Outcomes> = BTreeMap::new();
        let mut reviewers: BTreeMap<&str, Load> = BTreeMap::new();
        for one in judged {
            outcomes.add(one.outcome);
            months
                .entry(month(one.step.time))
                .or_default()
                .add(one.outcome);
            for ask in &one.asks {
                let load = reviewers.entry(&ask.person).or_default();
                load.asked += 1;
                load.needed += usize::from(ask.is_needed);
            }
        }
        let mut reviewers: Vec<_> = reviewers.into_iter().collect();
        reviewers.sort_by_key(|(_, load)| Reverse((load.asked, load.needed)));
        let mut slowest: Vec<_> = judged.iter().collect();
        slowest.sort_by_key(|one| Reverse(one.took));
        slowest.truncate(SLOWEST);
        Tally {
            outcomes,
            months,
            rules: shares(judged, |found| std::iter::once(found.rule.as_str())),
            zones: shares(judged, |found| found.zones.iter().map(String::as_str)),
            people: shares(judged, |found| found.people.iter().map(String::as_str)),
            directories: shares(judged, |found| found.directories.iter()),
            reviewers,
            slowest,
        }
    }
}

impl Outcomes {
    fn add(&mut self, outcome: Outcome) {
        self.steps += 1;
        *match outcome {
            Outcome::Accepted => &mut self.accepted,
            Outcome::Warned => &mut self.warned,
            Outcome::Approval => &mut self.approval,
            Outcome::Refused => &mut self.refused,
            Outcome::Failed => &mut self.failed,
        } += 1;
    }

    /// Is every step let in as it is?
    pub fn are_fine(&self) -> bool {
        self.accepted + self.warned == self.steps
    }
}

/// The month of a time in seconds since 1970, as `2026-01`.
pub fn month(seconds: i64) -> String {
    Timestamp::from_second(seconds).map_or_else(
        |_| "unknown".to_owned(),
        |time| time.strftime("%Y-%m").to_string(),
    )
}

/// How many steps have findings about each thing that `about` names.
fn shares<'a, T, I>(judged: &'a [Judged], about: impl Fn(&'a Found) -> I) -> Vec<(T, Share)>
where
    T: Ord + Copy,
    I: Iterator<Item = T>,
{
    let mut shares: BTreeMap<T, Share> = BTreeMap::new();
    for one in judged {
        let mut worst: BTreeMap<T, (Mode, bool)> = BTreeMap::new();
        for found in &one.found {
            let weight = (found.mode, !found.lacks_only_approval);
            for thing in about(found) {
                let known = worst.entry(thing).or_insert(weight);
                *known = weight.max(*known);
            }
        }
        for (thing, weight) in worst {
            let share = shares.entry(thing).or_default();
            *match weight {
                (Mode::Enforce, true) => &mut share.refused,
                (Mode::Enforce, false) => &mut share.approval,
                (Mode::Warn, _) => &mut share.warned,
                (Mode::Audit | Mode::Off, _) => &mut share.audited,
            } += 1;
        }
    }
    let mut shares: Vec<_> = shares.into_iter().collect();
    shares.sort_by_key(|(_, share)| Reverse((share.refused, share.approval, share.warned)));
    shares
}
