//! The edges of the automaton: from a directory's node to the nodes of the names that matter in it.
//!
//! A node may have thousands of edges. Those that most patterns are made of, literal names and `*.ext`, are found by one
//! hash look-up (for each length of suffix), whatever their number; only other globs are tried one by one.

use std::collections::{BTreeSet, HashMap};

use super::component::{Glob, matches_exact, matches_folded};
use super::fold::{Name, fold, fold_untrimmed};
use super::node::NodeId;

/// The edges that leave one node, by what a name must be to follow them.
#[derive(Debug, Default)]
pub(super) struct Edges {
    /// The name itself.
    literals: HashMap<Box<[u8]>, NodeId>,
    /// Its folded form.
    folded_literals: HashMap<Box<[u8]>, NodeId>,
    /// What it ends with.
    suffixes: Suffixes,
    /// What its folded form ends with, trimmed or not.
    folded_suffixes: Suffixes,
    /// What it matches.
    globs: HashMap<Box<[u8]>, NodeId>,
    /// What it, or its folded form, matches.
    folded_globs: HashMap<FoldedGlob, NodeId>,
}

#[derive(PartialEq, Eq, Hash, Debug)]
struct FoldedGlob {
    exact: Box<[u8]>,
    folded: Box<[u8]>,
}

impl Edges {
    /// Where the edge for a literal name leads: to `new` if there was none.
    pub(super) fn add_literal(&mut self, name: &[u8], folding: bool, new: NodeId) -> NodeId {
        if folding {
            look_up_or_insert(&mut self.folded_literals, &fold(name), new)
        } else {
            look_up_or_insert(&mut self.literals, name, new)
        }
    }

    /// Where the edge for a glob leads: to `new` if there was none.
    pub(super) fn add_glob(&mut self, glob: &Glob, folding: bool, new: NodeId) -> NodeId {
        match glob.suffix() {
            Some(suffix) if !folding => self.suffixes.add(suffix.as_bytes(), new),
            // From an ASCII character on, a name folds by itself: no mark of it combines with what stands before. So what
            // ends so exactly also does so folded.
            Some(suffix) if suffix.chars().next().is_none_or(|first| first.is_ascii()) => self
                .folded_suffixes
                .add(&fold_untrimmed(suffix.as_bytes()), new),
            _ if folding => {
                let glob = FoldedGlob {
                    exact: glob.exact(),
                    folded: glob.folded(),
                };
                *self.folded_globs.entry(glob).or_insert(new)
            }
            _ => *self.globs.entry(glob.exact()).or_insert(new),
        }
    }

    /// Calls `arrive` with each node that `name` leads to, with some perhaps twice.
    pub(super) fn follow(&self, name: &Name<'_>, mut arrive: impl FnMut(NodeId)) {
        if let Some(&target) = look_up(&self.literals, || name.exact()) {
            arrive(target);
        }
        if let Some(&target) = look_up(&self.folded_literals, || name.folded()) {
            arrive(target);
        }
        self.suffixes.find(|| name.exact(), &mut arrive);
        self.folded_suffixes.find(|| name.folded(), &mut arrive);
        self.folded_suffixes
            .find(|| name.folded_untrimmed(), &mut arrive);
        for (glob, &target) in &self.globs {
            if matches_exact(glob, name.exact()) {
                arrive(target);
            }
        }
        for (glob, &target) in &self.folded_globs {
            if matches_exact(&glob.exact, name.exact()) || matches_folded(&glob.folded, name) {
                arrive(target);
            }
        }
    }
}

/// Looks a name up that is not worked out, and not hashed, where there is nothing to find.
fn look_up<'a, 'n>(
    edges: &'a HashMap<Box<[u8]>, NodeId>,
    name: impl FnOnce() -> &'n [u8],
) -> Option<&'a NodeId> {
    if edges.is_empty() {
        None
    } else {
        edges.get(name())
    }
}

/// Like `entry(text).or_insert(new)`, but most often `text` is there, and then no copy is made of it.
fn look_up_or_insert(edges: &mut HashMap<Box<[u8]>, NodeId>, text: &[u8], new: NodeId) -> NodeId {
    if let Some(&target) = edges.get(text) {
        return target;
    }
    edges.insert(text.into(), new);
    new
}

/// Edges for globs of the form `*suffix`.
#[derive(Debug, Default)]
struct Suffixes {
    targets: HashMap<Box<[u8]>, NodeId>,
    lengths: BTreeSet<usize>,
}

impl Suffixes {
    fn add(&mut self, suffix: &[u8], new: NodeId) -> NodeId {
        self.lengths.insert(suffix.len());
        look_up_or_insert(&mut self.targets, suffix, new)
    }

    fn find<'n>(&self, name: impl FnOnce() -> &'n [u8], arrive: &mut impl FnMut(NodeId)) {
        if self.targets.is_empty() {
            return;
        }
        let name = name();
        for &length in self.lengths.range(..=name.len()) {
            if let Some(&target) = self.targets.get(&name[name.len() - length..]) {
                arrive(target);
            }
        }
    }
}
