//! The new commits of an update as a graph of their own: who contains whom, answered for all of them at once.
//!
//! Commits stand in an order in which parents come first, whatever their dates say. So one pass over an array does what
//! would take a walk of the whole graph for each question.

use std::collections::{BTreeMap, HashMap};

use crate::git::Error;
use crate::git::graph::{CommitIdx, Graph};

/// New commits, parents first, and what lies just beyond them.
pub(super) struct Range {
    order: Vec<CommitIdx>,
    position: HashMap<CommitIdx, usize>,
    /// The parents of each commit of `order`.
    parents: Vec<Vec<Place>>,
    beyond: Vec<CommitIdx>,
    /// What the commits were told apart by: everything that is not new is contained in one of these.
    hidden: Vec<CommitIdx>,
    /// Which commits contain all of `hidden`, and with them everything beyond.
    has_all: Vec<bool>,
}

/// A commit of a range, or one beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The new commit at this position.
    Within(usize),
    /// A commit that is not new.
    Beyond(CommitIdx),
}

impl Range {
    /// The range of `commits`, which is everything that some commit contains and none of `hidden` does.
    pub(super) fn new(
        graph: &mut Graph<'_>,
        commits: &[CommitIdx],
        hidden: &[CommitIdx],
    ) -> Result<Self, Error> {
        let order = parents_first(graph, commits)?;
        let position: HashMap<_, _> = order
            .iter()
            .enumerate()
            .map(|(position, &commit)| (commit, position))
            .collect();
        let mut parents = Vec::with_capacity(order.len());
        for &commit in &order {
            let place = |&parent: &CommitIdx| match position.get(&parent) {
                Some(&position) => Place::Within(position),
                None => Place::Beyond(parent),
            };
            parents.push(
                graph
                    .known_parents(commit)?
                    .iter()
                    .map(place)
                    .collect::<Vec<_>>(),
            );
        }
        let mut beyond: Vec<_> = parents
            .iter()
            .flatten()
            .filter_map(|place| place.beyond())
            .collect();
        beyond.sort_unstable();
        beyond.dedup();
        let mut range = Range {
            order,
            position,
            parents,
            beyond,
            hidden: hidden.to_vec(),
            has_all: Vec::new(),
        };
        let tips = range.reach(hidden);
        let all = tips.mask(|_| true);
        range.has_all = (0..range.order.len())
            .map(|position| tips.has_all(Place::Within(position), &all))
            .collect();
        Ok(range)
    }

    /// How many commits it has.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The commits just beyond it.
    pub(super) fn beyond(&self) -> &[CommitIdx] {
        &self.beyond
    }

    /// The parents of a commit of the range.
    pub(super) fn parents(&self, commit: CommitIdx) -> &[Place] {
        self.position
            .get(&commit)
            .map_or(&[], |&position| &self.parents[position])
    }

    /// Does the commit contain everything beyond the range?
    pub(super) fn has_all_beyond(&self, place: Place) -> bool {
        match place {
            Place::Within(position) => self.has_all[position],
            Place::Beyond(commit) => self.hidden == [commit],
        }
    }

    /// Which of `targets` each commit of the range contains.
    pub(super) fn reach(&self, targets: &[CommitIdx]) -> Rows {
        let bit_of = targets
            .iter()
            .enumerate()
            .map(|(bit, &commit)| (commit, bit))
            .collect();
        let words = targets.len().div_ceil(64);
        let mut rows = Rows {
            words,
            count: targets.len(),
            bits: vec![0; words * self.order.len()],
            bit_of,
        };
        for (position, commit) in self.order.iter().enumerate() {
            for &parent in &self.parents[position] {
                match parent {
                    Place::Within(parent) => rows.merge(position, parent),
                    Place::Beyond(parent) => rows.set(position, parent),
                }
            }
            rows.set(position, *commit);
        }
        rows
    }

    /// The best common ancestors of two commits, where the range alone can tell.
    ///
    /// They are told if one of the two contains everything beyond the range: then whatever lies beyond and is reached
    /// from the other is common to both. `None` sends the question to [`Graph::merge_bases`].
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub(super) fn merge_bases(
        &self,
        graph: &mut Graph<'_>,
        one: Place,
        other: Place,
    ) -> Result<Option<Vec<CommitIdx>>, Error> {
        let (one, other) = match (self.has_all_beyond(one), self.has_all_beyond(other)) {
            (true, _) => (one, other),
            (false, true) => (other, one),
            (false, false) => return Ok(None),
        };
        let Common { within, beyond } = self.common(one, other);
        let mut bases: Vec<_> = within
            .iter()
            .map(|&position| self.order[position])
            .collect();
        if !within.iter().any(|&position| self.has_all[position]) {
            bases.extend(beyond);
        }
        // Those within are independent as they stand; one beyond may be contained in another or in one within.
        if bases.len() > within.len().max(1) {
            graph.keep_maximal(bases).map(Some)
        } else {
            Ok(Some(bases))
        }
    }

    /// The newest commits that both contain, and what lies beyond and is reached from `other` alone.
    fn common(&self, one: Place, other: Place) -> Common {
        const ONE: u8 = 1;
        const OTHER: u8 = 2;
        const STALE: u8 = 4;
        let mut flags = vec![0_u8; self.order.len()];
        let mut beyond: BTreeMap<CommitIdx, u8> = BTreeMap::new();
        let mut add = |flags: &mut [u8], place: Place, colours: u8| match place {
            Place::Within(position) => flags[position] |= colours,
            Place::Beyond(commit) => *beyond.entry(commit).or_default() |= colours,
        };
        add(&mut flags, one, ONE);
        add(&mut flags, other, OTHER);
        let mut within = Vec::new();
        let newest = [one, other].into_iter().filter_map(Place::within).max();
        for position in newest.map_or(0..0, |newest| 0..newest + 1).rev() {
            let mut colours = flags[position];
            if colours & (ONE | OTHER) == ONE | OTHER {
                if colours & STALE == 0 {
                    within.push(position);
                }
                colours |= STALE;
            }
            if colours != 0 {
                for &parent in &self.parents[position] {
                    add(&mut flags, parent, colours);
                }
            }
        }
        let reached = beyond
            .into_iter()
            .filter(|(_, colours)| colours & OTHER != 0 && colours & STALE == 0);
        Common {
            within,
            beyond: reached.map(|(commit, _)| commit).collect(),
        }
    }
}

struct Common {
    within: Vec<usize>,
    beyond: Vec<CommitIdx>,
}

impl Place {
    fn within(self) -> Option<usize> {
        match self {
            Place::Within(position) => Some(position),
            Place::Beyond(_) => None,
        }
    }

    fn beyond(self) -> Option<CommitIdx> {
        match self {
            Place::Within(_) => None,
            Place::Beyond(commit) => Some(commit),
        }
    }
}

/// A row of bits for each commit of a range.
pub(super) struct Rows {
    words: usize,
    count: usize,
    bits: Vec<u64>,
    bit_of: HashMap<CommitIdx, usize>,
}

impl Rows {
    fn set(&mut self, row: usize, commit: CommitIdx) {
        if let Some(bit) = self.bit_of.get(&commit) {
            self.bits[row * self.words + bit / 64] |= 1 << (bit % 64);
        }
    }

    /// Adds the bits of the row `from`, which comes before `row`.
    fn merge(&mut self, row: usize, from: usize) {
        let (before, after) = self.bits.split_at_mut(row * self.words);
        let from = &before[from * self.words..][..self.words];
        for (word, other) in after[..self.words].iter_mut().zip(from) {
            *word |= other;
        }
    }

    /// The bits, in the order of the targets, for which `is_set` holds.
    pub(super) fn mask(&self, is_set: impl Fn(usize) -> bool) -> Vec<u64> {
        let mut mask = vec![0; self.words];
        for bit in (0..self.count).filter(|&bit| is_set(bit)) {
            mask[bit / 64] |= 1 << (bit % 64);
        }
        mask
    }

    /// The bits of a commit, word by word. One beyond the range is known to contain itself, and no more.
    fn word(&self, place: Place, word: usize) -> u64 {
        match place {
            Place::Within(position) => self.bits[position * self.words + word],
            Place::Beyond(commit) => match self.bit_of.get(&commit) {
                Some(bit) if bit / 64 == word => 1 << (bit % 64),
                _ => 0,
            },
        }
    }

    /// Does `one` contain everything under the mask that `other` contains?
    pub(super) fn contains_all(&self, one: Place, other: Place, mask: &[u64]) -> bool {
        mask.iter()
            .enumerate()
            .all(|(word, mask)| self.word(other, word) & !self.word(one, word) & mask == 0)
    }

    /// Does `one` contain everything under the mask?
    fn has_all(&self, one: Place, mask: &[u64]) -> bool {
        mask.iter()
            .enumerate()
            .all(|(word, mask)| mask & !self.word(one, word) == 0)
    }
}

/// Orders commits so that each comes after those of its parents that are among them.
fn parents_first(graph: &mut Graph<'_>, commits: &[CommitIdx]) -> Result<Vec<CommitIdx>, Error> {
    // The order of the walk, turned round, is one, and keeps neighbours close; but dates may have misled the walk.
    let order: Vec<_> = commits.iter().rev().copied().collect();
    let position: HashMap<_, _> = order
        .iter()
        .enumerate()
        .map(|(position, &commit)| (commit, position))
        .collect();
    let mut in_order = true;
    for (place, &commit) in order.iter().enumerate() {
        let parents = graph.known_parents(commit)?;
        in_order &= parents
            .iter()
            .all(|parent| position.get(parent).is_none_or(|&parent| parent < place));
    }
    if in_order {
        Ok(order)
    } else {
        sort(graph, &order)
    }
}

/// Kahn's topological sort.
fn sort(graph: &mut Graph<'_>, commits: &[CommitIdx]) -> Result<Vec<CommitIdx>, Error> {
    let mut waiting: HashMap<CommitIdx, usize> =
        commits.iter().map(|&commit| (commit, 0)).collect();
    let mut children: HashMap<CommitIdx, Vec<CommitIdx>> = HashMap::new();
    for &commit in commits {
        for &parent in graph.known_parents(commit)? {
            if waiting.contains_key(&parent) {
                *waiting.entry(commit).or_default() += 1;
                children.entry(parent).or_default().push(commit);
            }
        }
    }
    let mut order: Vec<_> = commits
        .iter()
        .copied()
        .filter(|commit| waiting[commit] == 0)
        .collect();
    let mut next = 0;
    while let Some(&commit) = order.get(next) {
        for child in children.remove(&commit).unwrap_or_default() {
            let left = waiting.entry(child).or_default();
            *left -= 1;
            if *left == 0 {
                order.push(child);
            }
        }
        next += 1;
    }
    Ok(order)
}
