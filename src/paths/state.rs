//! What the automaton knows in one directory.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::node::{Node, NodeId};
use super::sets::{SetId, SetMask};

/// How one pattern decided about a path or a directory above it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Verdict {
    pub(super) set: SetId,
    /// The pattern's place in the list of its set: later ones win.
    pub(super) index: u32,
    pub(super) included: bool,
}

/// A directory as the [`Automaton`](super::Automaton) sees it: which patterns can still match below, and which have
/// matched the directory or one above it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The nodes that the names on the way led to: ascending, each once.
    alive: Vec<NodeId>,
    /// The winner of each set, in ascending order, that has one.
    verdicts: Vec<Verdict>,
    /// The sets that contain everything below, as far as no later pattern excludes it.
    included: SetMask,
    /// The sets that may contain something below.
    possible: SetMask,
    /// The hash of the nodes and the winners, of which the rest follows.
    hash: u64,
}

/// Two directories in equal states are the same to the patterns, whatever their paths.
impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&self.inner, &other.inner);
        Arc::ptr_eq(one, other)
            || (one.hash == other.hash
                && one.alive == other.alive
                && one.verdicts == other.verdicts)
    }
}

impl Eq for State {}

impl Hash for State {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.inner.hash.hash(hasher);
    }
}

impl State {
    pub(super) fn new(mut alive: Vec<NodeId>, verdicts: Vec<Verdict>, nodes: &[Node]) -> Self {
        alive.sort_unstable();
        alive.dedup();
        let mut possible = SetMask::new();
        for &node in &alive {
            nodes[node].add_sets_below(&mut possible);
        }
        for exclusion in verdicts.iter().filter(|verdict| !verdict.included) {
            if possible.contains(exclusion.set)
                && !alive.iter().any(|&node| nodes[node].outdoes(*exclusion))
            {
                possible.remove(exclusion.set);
            }
        }
        let included = sets_included(&verdicts);
        possible.union_with(&included);
        let mut hasher = DefaultHasher::new();
        (&alive, &verdicts).hash(&mut hasher);
        State {
            inner: Arc::new(Inner {
                hash: hasher.finish(),
                alive,
                verdicts,
                included,
                possible,
            }),
        }
    }

    /// Whether any path below this directory can be in any set of `interest`. If not, a walk need not read the subtree.
    pub fn can_match(&self, interest: &SetMask) -> bool {
        self.inner.possible.intersects(interest)
    }

    /// Whether a file of this directory is in a set of `interest`, whatever its name, unless that is excluded.
    pub fn includes_any(&self, interest: &SetMask) -> bool {
        self.inner.included.intersects(interest)
    }

    pub(super) fn alive(&self) -> &[NodeId] {
        &self.inner.alive
    }

    /// The sets that contain an entry of this directory about which no pattern of its own decides.
    pub(super) fn included(&self) -> &SetMask {
        &self.inner.included
    }

    /// The winners when `more` patterns have matched: for each set the latest.
    pub(super) fn verdicts_with(&self, mut more: Vec<Verdict>) -> Vec<Verdict> {
        if more.is_empty() {
            return self.inner.verdicts.clone();
        }
        more.extend_from_slice(&self.inner.verdicts);
        more.sort_unstable_by_key(|verdict| (verdict.set, std::cmp::Reverse(verdict.index)));
        more.dedup_by_key(|verdict| verdict.set);
        more
    }
}

/// The sets in which the winner is an inclusion.
pub(super) fn sets_included(verdicts: &[Verdict]) -> SetMask {
    verdicts
        .iter()
        .filter(|verdict| verdict.included)
        .map(|verdict| verdict.set)
        .collect()
}
