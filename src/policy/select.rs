//! What rules refer to by an index, and which paths a rule is about, asked of what the automaton says of a path.

use super::condition::{LinePattern, LinePatternId};
use super::{Policy, Selector, SelectorId, Tier, Zone};
use crate::paths::SetMask;

impl Policy {
    /// The selector of a rule of this policy.
    pub fn selector(&self, id: SelectorId) -> &Selector {
        &self.selectors[id.0 as usize]
    }

    /// An expression on lines of this policy.
    pub fn line_pattern(&self, id: LinePatternId) -> &LinePattern {
        &self.line_patterns[id.0 as usize]
    }

    /// The zones of a path that lies in these sets.
    pub fn zones_of<'p>(&'p self, sets: &SetMask) -> impl Iterator<Item = &'p Zone> {
        self.zones.iter().filter(|zone| sets.contains(zone.set))
    }

    /// The tier of a path that lies in these sets: that of its highest zone.
    pub fn tier_of(&self, sets: &SetMask) -> Tier {
        self.zones_of(sets)
            .map(|zone| zone.tier)
            .max()
            .unwrap_or(self.default_tier)
    }
}

impl Selector {
    /// The sets without which no path is selected: where none of them can match, nothing need be read.
    pub fn interest(&self) -> SetMask {
        // Any one clause is enough to rule a path out; the first is as good as another.
        self.clauses
            .first()
            .map(|clause| clause.any_of.clone())
            .unwrap_or_default()
    }

    /// Can a path be selected that lies in no set at all?
    pub fn needs_everything(&self) -> bool {
        self.clauses
            .iter()
            .all(|clause| clause.or_none_of.is_some())
    }
}
