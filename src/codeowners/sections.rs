//! Lines with patterns, in sections of which each has its own last match.

use gix::bstr::BStr;

use super::Demand;
use crate::paths::{Automaton, AutomatonBuilder, EntryKind, Pattern, SetId};

/// All sections, their patterns in one automaton.
#[derive(Debug)]
pub(super) struct Sections {
    automaton: Automaton,
    sets: Vec<Set>,
}

/// One set of the automaton.
#[derive(Debug)]
enum Set {
    /// Paths that the section of the next set says nothing about.
    Excluded,
    /// What each pattern of a section demands; `None`: nobody owns the path.
    Section(Vec<Option<Demand>>),
}

/// One section as it is read.
#[derive(Debug, Default)]
pub(super) struct Section {
    patterns: Vec<Pattern>,
    demands: Vec<Option<Demand>>,
    excluded: Vec<Pattern>,
}

impl Section {
    /// Adds a line, which outdoes those before it.
    pub(super) fn add(&mut self, pattern: Pattern, demand: Option<Demand>) {
        self.patterns.push(pattern);
        self.demands.push(demand);
    }

    /// Leaves out paths, wherever in the section they are demanded.
    pub(super) fn exclude(&mut self, pattern: Pattern) {
        self.excluded.push(pattern);
    }

    pub(super) fn demands_mut(&mut self) -> impl Iterator<Item = &mut Demand> {
        self.demands.iter_mut().flatten()
    }
}

impl Sections {
    pub(super) fn new(sections: impl IntoIterator<Item = Section>) -> Self {
        let mut builder = AutomatonBuilder::new();
        let mut sets = Vec::new();
        for section in sections {
            if section.patterns.is_empty() {
                continue;
            }
            if !section.excluded.is_empty() {
                builder.add(&section.excluded, false);
                sets.push(Set::Excluded);
            }
            builder.add(&section.patterns, false);
            sets.push(Set::Section(section.demands));
        }
        Sections {
            automaton: builder.build(),
            sets,
        }
    }

    /// What the last match of each section demands.
    pub(super) fn demands(&self, path: &BStr) -> Vec<&Demand> {
        let mut demands = Vec::new();
        let mut excluded = None;
        // GitHub and GitLab know changed files only: a submodule and a symlink are two of them.
        for (set, line) in self.automaton.last_matches(path, EntryKind::File) {
            match &self.sets[set.0 as usize] {
                Set::Excluded => excluded = Some(SetId(set.0 + 1)),
                Set::Section(_) if excluded == Some(set) => {}
                Set::Section(lines) => demands.extend(&lines[line]),
            }
        }
        demands
    }
}
