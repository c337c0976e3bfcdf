//! What the patterns say of names, remembered: the trees of a history hold the same names again and again.

use std::collections::HashMap;

use super::Filter;
use crate::paths::{EntryKind, State};

/// Tells what matters in directories.
#[derive(Debug)]
pub(super) struct Sieve<'a> {
    filter: &'a Filter<'a>,
    known: HashMap<State, HashMap<Box<[u8]>, Verdict>>,
    size: usize,
}

/// Beyond so many names all are forgotten: whoever pushes chooses names.
const MOST_NAMES: usize = 1 << 16;

/// What the patterns say of one name in a directory.
#[derive(Debug, Clone)]
struct Verdict {
    /// Some rule can match it, or what is below it.
    matters: bool,
    /// What the patterns make of the directory of that name, if a rule can match below.
    below: Option<State>,
}

/// The names of one kind of directory.
pub(super) struct Names<'s> {
    filter: &'s Filter<'s>,
    state: &'s State,
    known: &'s mut HashMap<Box<[u8]>, Verdict>,
    size: &'s mut usize,
}

impl<'a> Sieve<'a> {
    pub(super) fn new(filter: &'a Filter<'a>) -> Self {
        Sieve {
            filter,
            known: HashMap::new(),
            size: 0,
        }
    }

    /// The names of the directories in `state`.
    pub(super) fn names<'s>(&'s mut self, state: &'s State) -> Names<'s> {
        if self.size > MOST_NAMES {
            self.known.clear();
            self.size = 0;
        }
        if !self.known.contains_key(state) {
            self.known.insert(state.clone(), HashMap::new());
        }
        Names {
            filter: self.filter,
            state,
            known: self
                .known
                .get_mut(state)
                .expect("it has just been put there"),
            size: &mut self.size,
        }
    }
}

impl Names<'_> {
    /// Can a rule match an entry of this name, whatever it is, or anything below it?
    pub(super) fn matter(&mut self, name: &[u8]) -> bool {
        if self.filter.everything || self.state.includes_any(&self.filter.sets) {
            return true;
        }
        match self.known.get(name) {
            Some(verdict) => verdict.matters,
            None => self.learn(name).matters,
        }
    }

    /// What the patterns make of the directory `name`; `None` if no rule can match below.
    pub(super) fn below(&mut self, name: &[u8]) -> Option<State> {
        match self.known.get(name) {
            Some(verdict) => verdict.below.clone(),
            None => self.learn(name).below,
        }
    }

    fn learn(&mut self, name: &[u8]) -> Verdict {
        let verdict = self.work_out(name);
        *self.size += 1;
        self.known.insert(name.into(), verdict.clone());
        verdict
    }

    fn work_out(&self, name: &[u8]) -> Verdict {
        let Filter {
            automaton, sets, ..
        } = self.filter;
        let below = automaton.descend(self.state, name);
        let below = self.filter.can_match(&below).then_some(below);
        let matches = |kind| automaton.matches(self.state, name, kind).intersects(sets);
        Verdict {
            matters: below.is_some() || matches(EntryKind::File) || matches(EntryKind::Submodule),
            below,
        }
    }
}
