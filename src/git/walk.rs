//! Compares a tree with what is expected of it, and reads only what a rule can match.
//!
//! Two trees are compared entry by entry, in place; equal ids end the descent, and so does a directory below which no
//! pattern of interest can match. There is no rename detection: a rename is a deletion and an addition, and both count.
//! More than two trees (merges) take the slower way of [`many`].

mod many;
mod moved;
mod two;

use gix::bstr::BString;
use gix::hash::ObjectId;
use gix::objs::Kind;

use super::Error;
use super::expected::{Expectation, Shape};
use super::merge::Made;
use super::objects::Objects;
use super::tree::{self, Entry, Mode};
use crate::paths::{Automaton, EntryKind, SetMask, State};

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
    touched: Vec<Touched>,
    made: Made,
    /// What a merge could find elsewhere.
    lost: Vec<moved::Lost>,
    buffers: Vec<Vec<u8>>,
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
    /// A walk over `objects` that reports what `filter` lets through.
    pub fn new(objects: Objects, filter: &'a Filter<'a>) -> Self {
        Walk {
            objects,
            filter,
            touched: Vec::new(),
            made: Made::default(),
            lost: Vec::new(),
            buffers: Vec::new(),
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
    fn read_found(&self, id: Option<ObjectId>, buffer: Vec<u8>) -> Result<Vec<u8>, Error> {
        let buffer = self.read_tree(id, buffer)?;
        if let Some(id) = id {
            let entries = tree::validate(&buffer, self.objects.hash()).map_err(|reason| {
                Error::Malformed {
                    kind: "tree",
                    id,
                    reason,
                }
            })?;
            self.objects.budget().spend_entries(entries)?;
        }
        Ok(buffer)
    }

    /// Reads a tree of the expected side. A malformed one that was let in long ago must not keep its repair out;
    /// where its entries cannot be trusted to be sorted and whole, more paths differ from it, never fewer.
    fn read_tree(&self, id: Option<ObjectId>, mut buffer: Vec<u8>) -> Result<Vec<u8>, Error> {
        let Some(id) = id else {
            buffer.clear();
            return Ok(buffer);
        };
        let (kind, content) = self.objects.read(&id, "a directory", &mut buffer)?;
        if kind != Kind::Tree {
            return Err(Error::WrongKind {
                id,
                found: super::objects::name_of(kind),
                expected: "tree",
            });
        }
        // Content of loose objects begins behind their header.
        buffer.drain(..content.start);
        buffer.truncate(content.len());
        Ok(buffer)
    }

    fn descend(&self, place: &Place, name: &[u8]) -> Result<Option<Place>, Error> {
        let state = self.filter.automaton.descend(&place.state, name);
        if !self.filter.can_match(&state) {
            return Ok(None);
        }
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
