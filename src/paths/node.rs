//! The nodes of the automaton, and what each knows of the patterns that end in it or go on below it.

use super::automaton::EntryKind;
use super::edges::Edges;
use super::sets::{SetId, SetMask};
use super::state::Verdict;

/// Where among the nodes of the automaton a node is.
pub(super) type NodeId = usize;

/// Later than any exclusion: the index of what no exclusion can take away.
pub(super) const ALWAYS: u32 = u32::MAX;

/// A place in the trie: what has been read of a path is what all patterns through this node begin with.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// The node that any name leads to, as in `payments/*` and `payments/**`.
    pub(super) any_name: Option<NodeId>,
    /// The nodes that some names lead to. Most patterns end before they need it.
    pub(super) edges: Option<Box<Edges>>,
    /// The node of the `**` that comes next.
    pub(super) any_depth: Option<NodeId>,
    /// This is the node of a `**`, alive in all directories below.
    pub(super) stays: bool,
    /// The patterns that end here.
    pub(super) accepts: Vec<Accept>,
    /// The sets with a pattern for which a directory must stand here, in ascending order.
    pub(super) needed_by: Vec<SetId>,
    /// For each set with an inclusion below this node, in ascending order, the latest of them.
    below: Vec<Below>,
    /// The sets of `below` as a mask, where they are many.
    mask_below: Option<SetMask>,
}

#[derive(Debug)]
struct Below {
    set: SetId,
    latest: u32,
}

impl Node {
    /// A node without patterns, of a `**` if it `stays`.
    pub(super) fn new(stays: bool) -> Self {
        Node {
            stays,
            ..Node::default()
        }
    }

    /// The edges, to add one.
    pub(super) fn edges_mut(&mut self) -> &mut Edges {
        self.edges.get_or_insert_default()
    }

    /// Notes an inclusion further down. Sets come in ascending order.
    pub(super) fn note_below(&mut self, set: SetId, index: u32) {
        match self.below.last_mut() {
            Some(below) if below.set == set => below.latest = below.latest.max(index),
            _ => self.below.push(Below { set, latest: index }),
        }
    }

    /// Notes a pattern for which a directory must stand here. Sets come in ascending order.
    pub(super) fn note_needed(&mut self, set: SetId) {
        if self.needed_by.last() != Some(&set) {
            self.needed_by.push(set);
        }
    }

    /// Makes ready for use: all has been noted.
    pub(super) fn finish(&mut self) {
        // Most nodes lie below few sets, and masks of a thousand sets for each would be most of the memory.
        if self.below.len() > 32 {
            self.mask_below = Some(self.below.iter().map(|below| below.set).collect());
        }
    }

    /// Adds the sets with an inclusion further down.
    pub(super) fn add_sets_below(&self, sets: &mut SetMask) {
        match &self.mask_below {
            Some(mask) => sets.union_with(mask),
            None => sets.extend(self.below.iter().map(|below| below.set)),
        }
    }

    /// Whether further down there is an inclusion for the set of `exclusion` that can win against it.
    pub(super) fn outdoes(&self, exclusion: Verdict) -> bool {
        let found = self
            .below
            .binary_search_by_key(&exclusion.set, |below| below.set);
        found.is_ok_and(|place| self.below[place].latest > exclusion.index)
    }
}

/// The end of a pattern.
#[derive(Debug)]
pub(super) struct Accept {
    pub(super) verdict: Verdict,
    pub(super) directories_only: bool,
    /// The pattern says nothing of what lies below.
    pub(super) whole: bool,
}

impl Accept {
    pub(super) fn applies_to(&self, kind: EntryKind) -> bool {
        !self.directories_only || kind == EntryKind::Submodule
    }
}
