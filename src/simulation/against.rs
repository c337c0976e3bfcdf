//! What changes between two policies: the steps that one lets in and the other does not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Judged;
use crate::policy::rule::Mode;

/// A step of which two policies think differently.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// By the policy in question.
    pub now: &'a Judged,
    /// By the one that it is held against.
    pub before: &'a Judged,
}

/// How a step fares under one policy that fared otherwise under another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It was let in, and is no more, for what history shows.
    NewlyRefused,
    /// It was let in, and now lacks an approval.
    NewlyAsked,
    /// It was not let in, and is now.
    NewlyAccepted,
    /// It is not let in under either, for other reasons.
    Otherwise,
}

/// How many steps turn because of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Turns {
    /// [`Turn::NewlyRefused`]
    pub newly_refused: usize,
    /// [`Turn::NewlyAsked`]
    pub newly_asked: usize,
    /// [`Turn::NewlyAccepted`]
    pub newly_accepted: usize,
    /// [`Turn::Otherwise`]
    pub otherwise: usize,
}

/// All that changes.
#[derive(Debug)]
pub struct Against<'a> {
    /// How many steps were judged.
    pub steps: usize,
    /// The steps that turn, newest first.
    pub changes: Vec<(Turn, Change<'a>)>,
    /// How many turn.
    pub turns: Turns,
    /// How many turn because of each rule: one that refuses them now, or did before.
    pub rules: Vec<(&'a str, Turns)>,
}

impl<'a> Against<'a> {
    /// Holds what one policy says of steps against what another says of the same.
    pub fn of(now: &'a [Judged], before: &'a [Judged]) -> Self {
        let mut changes = Vec::new();
        let mut turns = Turns::default();
        let mut rules: BTreeMap<&str, Turns> = BTreeMap::new();
        for (now, before) in now.iter().zip(before) {
            let change = Change { now, before };
            let refusing = (refusing(now), refusing(before));
            let Some(turn) = change.turn(refusing.0 == refusing.1) else {
                continue;
            };
            turns.add(turn);
            // Those that refuse the step under one policy only.
            for rule in refusing.0.symmetric_difference(&refusing.1) {
                rules.entry(rule).or_default().add(turn);
            }
            changes.push((turn, change));
        }
        let mut rules: Vec<_> = rules.into_iter().collect();
        rules.sort_by_key(|(_, turns)| {
            Reverse((turns.newly_refused, turns.newly_asked, turns.newly_accepted))
        });
        Against {
            steps: now.len(),
            changes,
            turns,
            rules,
        }
    }
}

impl Change<'_> {
    /// How the step turns, where the same rules refuse it under both policies, or others.
    fn turn(self, by_the_same: bool) -> Option<Turn> {
        let (now, before) = (self.now.outcome, self.before.outcome);
        match (now.is_accepted(), before.is_accepted()) {
            (true, true) => None,
            (true, false) => Some(Turn::NewlyAccepted),
            (false, true) if now == super::Outcome::Approval => Some(Turn::NewlyAsked),
            (false, true) => Some(Turn::NewlyRefused),
            (false, false) => {
                let is_same = now == before && by_the_same;
                (!is_same).then_some(Turn::Otherwise)
            }
        }
    }
}

impl Turns {
    fn add(&mut self, turn: Turn) {
        *match turn {
            Turn::NewlyRefused => &mut self.newly_refused,
            Turn::NewlyAsked => &mut self.newly_asked,
            Turn::NewlyAccepted => &mut self.newly_accepted,
            Turn::Otherwise => &mut self.otherwise,
        } += 1;
    }
}

fn refusing(judged: &Judged) -> BTreeSet<&str> {
    let found = judged.found.iter();
    found
        .filter(|found| found.mode == Mode::Enforce)
        .map(|found| found.rule.as_str())
        .collect()
}
