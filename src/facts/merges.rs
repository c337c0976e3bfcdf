//! What merges are held against, without looking for merge bases where they cannot matter.
//!
//! To find the merge base of two commits, all that only one of them contains must be walked: for thousands of merges
//! that is thousands of walks over the same history. But most merges bring a branch that touched nothing of interest.
//! If no commit that only the second parent contains differs from any of its own parents (in the paths of interest),
//! then by induction the second parent, every merge base, and all between them hold the same there: git's merge is
//! the first parent's tree. One pass over the new commits, with a set of bits for each, finds all merges of that kind.

use std::collections::HashMap;

use super::histories;
use crate::git::Error;
use crate::git::expected::Expectation;
use crate::git::graph::{CommitIdx, Graph};

/// Bits are handled in slices of at most this many bytes for all commits together.
const MAX_BYTES: usize = 32 << 20;

/// Which of the new commits of an update merges are settled within.
pub(super) struct Range<'a> {
    /// The new commits.
    pub commits: &'a [CommitIdx],
    /// What they were told apart by: everything that is not new is contained in one of these.
    pub hidden: &'a [CommitIdx],
}

/// What each of `merges`, all of `range`, is held against. `differs` tells whether a commit of the range differs from
/// any of its parents in the paths of interest.
pub(super) fn expectations(
    graph: &mut Graph<'_>,
    range: &Range<'_>,
    merges: &[CommitIdx],
    differs: impl Fn(CommitIdx) -> bool,
) -> Result<Vec<Expectation>, Error> {
    let quiet = quiet_sides(graph, range, merges, differs)?;
    let mut expectations = Vec::with_capacity(merges.len());
    for (&merge, quiet) in merges.iter().zip(quiet) {
        let keeps = |position: usize, graph: &Graph<'_>, parents: &[CommitIdx]| {
            Expectation::tree(Some(graph.tree(parents[position])))
        };
        let parents = graph.known_parents(merge)?.to_vec();
        expectations.push(match quiet {
            Quiet { theirs: true, .. } => keeps(0, graph, &parents),
            Quiet { ours: true, .. } => keeps(1, graph, &parents),
            _ => histories::of_merge_commit(graph, &parents)?,
        });
    }
    Ok(expectations)
}

/// Which sides of a merge of two brought nothing of interest.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    ours: bool,
    theirs: bool,
}

/// What is known of a merge after some slices of bits: each side is quiet as long as nothing speaks against it.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    /// No commit that differs is only on this side.
    nothing_new: bool,
    /// Every commit beyond the range that this side reaches, the other side reaches too…
    nothing_old: bool,
    /// …or the other side contains all of `hidden`, and with it everything beyond the range.
    other_has_all: bool,
}

impl Evidence {
    const NONE_AGAINST: Evidence = Evidence {
        nothing_new: true,
        nothing_old: true,
        other_has_all: true,
    };

    fn is_quiet(self) -> bool {
        self.nothing_new && (self.nothing_old || self.other_has_all)
    }
}

fn quiet_sides(
    graph: &mut Graph<'_>,
    range: &Range<'_>,
    merges: &[CommitIdx],
    differs: impl Fn(CommitIdx) -> bool,
) -> Result<Vec<Quiet>, Error> {
    let dag = Dag::new(graph, range.commits)?;
    let loud = range
        .commits
        .iter()
        .copied()
        .filter(|&commit| differs(commit));
    let bits: Vec<CommitIdx> = loud.chain(dag.beyond.iter().copied()).collect();
    let first_beyond = bits.len() - dag.beyond.len();
    let has_all_tips = range.hidden.iter().all(|tip| dag.beyond.contains(tip));

    let mut evidence = vec![[Evidence::NONE_AGAINST; 2]; merges.len()];
    for side in evidence.iter_mut().flatten() {
        side.other_has_all = has_all_tips;
    }
    let words = (MAX_BYTES / 8 / dag.order.len().max(1)).max(1);
    for (number, slice) in bits.chunks(words * 64).enumerate() {
        let start = number * words * 64;
        let rows = dag.reach(slice);
        let of_range = rows.mask(|bit| start + bit < first_beyond);
        let beyond = rows.mask(|bit| start + bit >= first_beyond);
        let tips =
            rows.mask(|bit| start + bit >= first_beyond && range.hidden.contains(&slice[bit]));
        for (&merge, evidence) in merges.iter().zip(&mut evidence) {
            let &[ours, theirs] = &dag.parents(graph, merge)?[..] else {
                *evidence = [Evidence {
                    nothing_new: false,
                    ..Evidence::NONE_AGAINST
                }; 2];
                continue;
            };
            for (side, (this, other)) in evidence.iter_mut().zip([(ours, theirs), (theirs, ours)]) {
                side.nothing_new &= rows.contains_all(other, this, &of_range);
                side.nothing_old &= rows.contains_all(other, this, &beyond);
                side.other_has_all &= rows.has_all(other, &tips);
            }
        }
    }
    let quiet = |[ours, theirs]: [Evidence; 2]| Quiet {
        ours: ours.is_quiet(),
        theirs: theirs.is_quiet(),
    };
    Ok(evidence.into_iter().map(quiet).collect())
}

/// The new commits, parents first, and what lies just beyond them.
struct Dag {
    order: Vec<CommitIdx>,
    position: HashMap<CommitIdx, usize>,
    /// The parents of each commit of `order`, within it or beyond.
    links: Vec<Vec<Place>>,
    /// Parents of new commits that are not new.
    beyond: Vec<CommitIdx>,
}

/// A commit of the range, or one just beyond it.
#[derive(Debug, Clone, Copy)]
enum Place {
    Within(usize),
    Beyond(CommitIdx),
}

impl Dag {
    fn new(graph: &mut Graph<'_>, commits: &[CommitIdx]) -> Result<Self, Error> {
        let order = parents_first(graph, commits)?;
        let position: HashMap<_, _> = order
            .iter()
            .enumerate()
            .map(|(position, &commit)| (commit, position))
            .collect();
        let mut beyond = Vec::new();
        let mut links = Vec::with_capacity(order.len());
        for &commit in &order {
            let place = |&parent: &CommitIdx| match position.get(&parent) {
                Some(&position) => Place::Within(position),
                None => Place::Beyond(parent),
            };
            let places: Vec<_> = graph.known_parents(commit)?.iter().map(place).collect();
            beyond.extend(places.iter().filter_map(|place| match place {
                Place::Beyond(commit) => Some(*commit),
                Place::Within(_) => None,
            }));
            links.push(places);
        }
        beyond.sort_unstable();
        beyond.dedup();
        Ok(Dag {
            order,
            position,
            links,
            beyond,
        })
    }

    fn parents(&self, graph: &mut Graph<'_>, commit: CommitIdx) -> Result<Vec<Place>, Error> {
        match self.position.get(&commit) {
            Some(&position) => Ok(self.links[position].clone()),
            None => Ok(graph
                .known_parents(commit)?
                .iter()
                .map(|&parent| Place::Beyond(parent))
                .collect()),
        }
    }

    /// Which of `targets` each commit of the range contains.
    fn reach(&self, targets: &[CommitIdx]) -> Rows {
        let bit_of: HashMap<CommitIdx, usize> = targets
            .iter()
            .enumerate()
            .map(|(bit, &commit)| (commit, bit))
            .collect();
        let mut rows = Rows {
            words: targets.len().div_ceil(64),
            count: targets.len(),
            bits: Vec::new(),
            bit_of,
        };
        rows.bits.resize(rows.words * self.order.len(), 0);
        for (position, commit) in self.order.iter().enumerate() {
            for &parent in &self.links[position] {
                match parent {
                    Place::Within(parent) => rows.merge(position, parent),
                    Place::Beyond(parent) => rows.set(position, parent),
                }
            }
            rows.set(position, *commit);
        }
        rows
    }
}

/// A row of bits for each commit of the range.
struct Rows {
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

    fn mask(&self, is_set: impl Fn(usize) -> bool) -> Vec<u64> {
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
    fn contains_all(&self, one: Place, other: Place, mask: &[u64]) -> bool {
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

/// Orders commits so that each comes after those of its parents that are among them; dates are not believed.
fn parents_first(graph: &mut Graph<'_>, commits: &[CommitIdx]) -> Result<Vec<CommitIdx>, Error> {
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
    let mut order: Vec<CommitIdx> = commits
        .iter()
        .copied()
        .filter(|commit| waiting[commit] == 0)
        .collect();
    let mut next = 0;
    while next < order.len() {
        for child in children.remove(&order[next]).unwrap_or_default() {
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
