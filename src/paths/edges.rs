//! The edges of the automaton: from a directory's node to the nodes of the names that matter in it.
//!
//! A node may have thousands of edges. Those that most patterns are made of, literal names and `*.ext`, are found by one
//! hash look-up (for each length of suffix), whatever their number; only other globs are tried one by one.

use std::collections::{BTreeSet, HashMap};

use super::component::{Component, Glob, matches_exact, matches_folded};
use super::fold::{Name, fold, fold_untrimmed};
use super::node::NodeId;

/// What a name must be to follow an edge.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Edge {
    /// `**`: the edge to a node that is entered with its parent and left by no name.
    AnyDepth,
    /// The name itself.
    Literal(Box<[u8]>),
    /// A name that folds to this.
    FoldedLiteral(Box<[u8]>),
    /// A name that ends so.
    Suffix(Box<[u8]>),
    /// A name that, folded, ends so.
    FoldedSuffix(Box<[u8]>),
    /// A name that matches.
    Glob(Box<[u8]>),
    /// A name that matches the first, or when folded the second.
    FoldedGlob(Box<[u8]>, Box<[u8]>),
}

impl Edge {
    /// The edge for one component of a pattern, with or without folding.
    pub(super) fn new(component: &Component, folding: bool) -> Self {
        match component {
            Component::AnyDepth => Edge::AnyDepth,
            Component::Literal(name) if folding => Edge::FoldedLiteral(fold(name).into()),
            Component::Literal(name) => Edge::Literal(name.clone()),
            Component::Glob(glob) => Edge::for_glob(glob, folding),
        }
    }

    fn for_glob(glob: &Glob, folding: bool) -> Self {
        match glob.suffix() {
            Some(suffix) if !folding => Edge::Suffix(suffix.as_bytes().into()),
            // From an ASCII character on, a name folds by itself: no mark of it combines with what stands before. So what
            // ends so exactly also does so folded.
            Some(suffix) if suffix.chars().next().is_none_or(|first| first.is_ascii()) => {
                Edge::FoldedSuffix(fold_untrimmed(suffix.as_bytes()).into())
            }
            _ if folding => Edge::FoldedGlob(glob.exact(), glob.folded()),
            _ => Edge::Glob(glob.exact()),
        }
    }
}

/// The edges that leave one node.
#[derive(Debug, Default)]
pub(super) struct Edges {
    literals: HashMap<Box<[u8]>, NodeId>,
    folded_literals: HashMap<Box<[u8]>, NodeId>,
    suffixes: Suffixes,
    folded_suffixes: Suffixes,
    globs: Vec<(Box<[u8]>, NodeId)>,
    folded_globs: Vec<FoldedGlob>,
}

impl Edges {
    /// Adds an edge that is not there yet.
    pub(super) fn insert(&mut self, edge: Edge, target: NodeId) {
        match edge {
            // Not followed by a name, see `Node::any_depth`.
            Edge::AnyDepth => {}
            Edge::Literal(name) => {
                self.literals.insert(name, target);
            }
            Edge::FoldedLiteral(name) => {
                self.folded_literals.insert(name, target);
            }
            Edge::Suffix(suffix) => self.suffixes.insert(suffix, target),
            Edge::FoldedSuffix(suffix) => self.folded_suffixes.insert(suffix, target),
            Edge::Glob(glob) => self.globs.push((glob, target)),
            Edge::FoldedGlob(exact, folded) => self.folded_globs.push(FoldedGlob {
                exact,
                folded,
                target,
            }),
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
        for (glob, target) in &self.globs {
            if matches_exact(glob, name.exact()) {
                arrive(*target);
            }
        }
        for glob in &self.folded_globs {
            if matches_exact(&glob.exact, name.exact()) || matches_folded(&glob.folded, name) {
                arrive(glob.target);
            }
        }
    }
}

#[derive(Debug)]
struct FoldedGlob {
    exact: Box<[u8]>,
    folded: Box<[u8]>,
    target: NodeId,
}

/// Looks a name up that is not worked out, and not hashed, where there is nothing to find.
fn look_up<'a, 'n>(
    names: &'a HashMap<Box<[u8]>, NodeId>,
    name: impl FnOnce() -> &'n [u8],
) -> Option<&'a NodeId> {
    if names.is_empty() {
        None
    } else {
        names.get(name())
    }
}

/// Edges for globs of the form `*suffix`.
#[derive(Debug, Default)]
struct Suffixes {
    targets: HashMap<Box<[u8]>, NodeId>,
    lengths: BTreeSet<usize>,
}

impl Suffixes {
    fn insert(&mut self, suffix: Box<[u8]>, target: NodeId) {
        self.lengths.insert(suffix.len());
        self.targets.insert(suffix, target);
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
