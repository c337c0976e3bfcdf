//! Compares a tree with what is expected of it, and reads only what a rule can match.
//!
//! Two trees are compared entry by entry, in place; equal ids end the descent, and so does a directory below which no
//! pattern of interest can match. There is no rename detection: a rename is a deletion and an addition, and both count.
//! More than two trees (merges) take the slower way of [`many`]. Each tree is read once, and without what no rule can
//! match ([`excerpts`]).

mod excerpts;
mod listing;
mod many;
mod moved;
mod sieve;
mod two;

use std::sync::Arc;

use gix::bstr::BString;
use gix::hash::ObjectId;
use gix::objs::Kind;

use super::Error;
use super::expected::{Expectation, Shape};
use super::merge::Made;
use super::objects::Objects;
use super::tree::{Entry, Mode};
use crate::paths::{Automaton, EntryKind, SetMask, State};
use excerpts::Excerpt;
use listing::Listings;
use sieve::Sieve;

pub use excerpts::Excerpts;

/// Which paths are of interest.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// The patterns.
    pub automaton: &'a Automaton,
    /// The sets that some rule asks for.
    pub sets: SetMask,
    /// Some rule asks for every path, whatever sets it is in.
    pub everything: bool,
}

/// A path that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The whole path.
    pub path: BString,
    /// The sets that contain it.
    pub sets: SetMask,
    /// What was expected there.
    pub expected: Option<Entry>,
    /// What is there.
    pub found: Option<Entry>,
}

/// Compares trees. One for each thread; buffers are used again.
pub struct Walk<'a> {
    objects: Objects,
    filter: &'a Filter<'a>,
    excerpts: &'a Excerpts,
    sieve: Sieve<'a>,
    listings: Listings,
    buffer: Vec<u8>,
    touched: Vec<Touched>,
    made: Made,
    /// What a merge could find elsewhere.
    lost: Vec<moved::Lost>,
}

/// A directory that is still to be compared.
#[derive(Clone)]
struct Place {
    /// Its path, with a `/` at the end unless it is the root.
    prefix: BString,
    /// What the patterns make of it.
    state: State,
    depth: usize,
}

impl<'a> Walk<'a> {
    /// A walk over `objects` that reports what `filter` lets through. It shares `excerpts` with walks that have the same
    /// filter.
    pub fn new(objects: Objects, filter: &'a Filter<'a>, excerpts: &'a Excerpts) -> Self {
        Walk {
            objects,
            filter,
            excerpts,
            sieve: Sieve::new(filter),
            listings: Listings::default(),
            buffer: Vec::new(),
            touched: Vec::new(),
            made: Made::default(),
            lost: Vec::new(),
        }
    }

    /// The paths of interest at which the tree `found` is not as expected, sorted.
    ///
    /// # Errors
    /// When a tree cannot be read or is malformed, or a limit is reached.
    pub fn compare(
        &mut self,
        found: Option<ObjectId>,
        expected: &Expectation,
    ) -> Result<Vec<Touched>, Error> {
        self.touched.clear();
        let root = self.root();
        if self.filter.can_match(&root.state) {
            match (&expected.shape, expected.as_tree()) {
                (_, Some(tree)) => self.compare_two(root, tree, found)?,
                (Shape::AllOf, _) => {
                    for &leaf in &expected.leaves {
                        self.compare_two(root.clone(), leaf, found)?;
                    }
                }
                _ => {
                    self.lost.clear();
                    self.compare_many(root, found, expected)?;
                    self.report_moved(found, expected)?;
                }
            }
        }
        let mut touched = std::mem::take(&mut self.touched);
        // Stable: of a path that differs from several trees, the first difference is kept.
        touched.sort_by(|one, other| one.path.cmp(&other.path));
        touched.dedup_by(|next, kept| next.path == kept.path);
        Ok(touched)
    }

    fn root(&self) -> Place {
        Place {
            prefix: BString::default(),
            state: self.filter.automaton.root(),
            depth: 0,
        }
    }

    /// Reads a tree that was pushed, and checks it; `None` is the empty tree.
    fn read_found(&mut self, place: &Place, id: Option<ObjectId>) -> Result<Arc<Excerpt>, Error> {
        let excerpt = self.read_tree(place, id)?;
        if let (Some(id), Some(reason)) = (id, &excerpt.flaw) {
            return Err(Error::Malformed {
                kind: "tree",
                id,
                reason: reason.clone(),
            });
        }
        self.objects.budget().spend_entries(excerpt.entries)?;
        Ok(excerpt)
    }

    /// Reads a tree of the expected side. A malformed one that was let in long ago must not keep its repair out;
    /// where its entries cannot be trusted to be sorted and whole, more paths differ from it, never fewer.
    fn read_tree(&mut self, place: &Place, id: Option<ObjectId>) -> Result<Arc<Excerpt>, Error> {
        let Some(id) = id else {
            return Ok(Arc::default());
        };
        let key = (id, place.state.clone());
        if let Some(known) = self.excerpts.get(&key) {
            return Ok(known);
        }
        let data = self
            .objects
            .read_kind(&id, Kind::Tree, "a directory", &mut self.buffer)?;
        let mut names = self.sieve.names(&place.state);
        let hash = self.objects.hash();
        let excerpt = self.listings.read(&place.prefix, data, hash, &mut names);
        let excerpt = Arc::new(excerpt);
        self.excerpts.keep(key, Arc::clone(&excerpt));
        Ok(excerpt)
    }

    fn descend(&mut self, place: &Place, name: &[u8]) -> Result<Option<Place>, Error> {
        let Some(state) = self.sieve.names(&place.state).below(name) else {
            return Ok(None);
        };
        let depth = place.depth + 1;
        self.objects.budget().check_depth(depth)?;
        let mut prefix = BString::from(Vec::with_capacity(place.prefix.len() + name.len() + 1));
        prefix.extend_from_slice(&place.prefix);
        prefix.extend_from_slice(name);
        prefix.push(b'/');
        Ok(Some(Place {
            prefix,
            state,
            depth,
        }))
    }

    /// Reports a path if it is of interest.
    fn report(
        &mut self,
        place: &Place,
        name: &[u8],
        expected: Option<Entry>,
        found: Option<Entry>,
    ) -> Result<(), Error> {
        let mut sets = SetMask::default();
        for entry in [expected, found].into_iter().flatten() {
            sets.union_with(&self.filter.automaton.matches(
                &place.state,
                name,
                kind_of(entry.mode),
            ));
        }
        if !self.filter.everything && !sets.intersects(&self.filter.sets) {
            return Ok(());
        }
        let mut path = place.prefix.clone();
        path.extend_from_slice(name);
        self.objects
            .budget()
            .spend_memory((path.len() + size_of::<Touched>()) as u64)?;
        self.touched.push(Touched {
            path,
            sets,
            expected,
            found,
        });
        Ok(())
    }
}

impl Filter<'_> {
    fn can_match(&self, state: &State) -> bool {
        self.everything || state.can_match(&self.sets)
    }
}

/// What patterns see in an entry that is no directory.
pub fn kind_of(mode: Mode) -> EntryKind {
    if mode.is_submodule() {
        EntryKind::Submodule
    } else {
        EntryKind::File
    }
}
