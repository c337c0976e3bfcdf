//! The only place that touches git objects and references.
//!
//! [`Repository`] is the repository as it stands while `pre-receive` runs: objects from the quarantine and every
//! alternate ([`objects`]), references as they were before the push ([`refs`]). Above it: the commit graph
//! ([`graph`]), raw trees ([`tree`]), what git's merge of two tips would be ([`expected`]), and the walk that compares
//! a tree with what is expected of it and never reads what no rule can match ([`walk`]). Where a rule looks into files:
//! which lines come and go ([`lines`]), and how large a file is ([`size`]).
//! Much of this at once is done in [`parallel`].

mod alternates;
pub mod budget;
pub mod commit;
pub mod environment;
mod error;
pub mod expected;
pub mod file;
pub mod files;
pub mod first_parents;
pub mod graph;
mod layout;
pub mod lines;
pub mod made;
pub mod mailmap;
pub mod merge;
pub mod message;
pub mod objects;
pub mod parallel;
pub mod refs;
pub mod size;
pub mod tag;
pub mod tree;
pub mod version;
pub mod walk;

pub use error::Error;
pub use layout::{Layout, RefStorage};

use std::path::Path;
use std::sync::Arc;

use budget::Budget;
use environment::Environment;
use objects::Objects;
use refs::Refs;

/// A repository in the middle of a push, or at rest.
#[derive(Debug)]
pub struct Repository {
    /// Where everything lies, and in which format.
    pub layout: Layout,
    /// Its objects.
    pub objects: Objects,
    /// Its references before the push.
    pub refs: Refs,
}

impl Repository {
    /// Opens the repository that `environment` names, without reading any object.
    ///
    /// # Errors
    /// When it is no repository, or in a format that this program does not know: guessing would fail open.
    pub fn open(environment: &Environment, budget: &Arc<Budget>) -> Result<Self, Error> {
        environment.refuse_unsupported()?;
        let layout = Layout::discover(&environment.git_dir)?;
        let objects = Objects::open(&layout, environment, budget)?;
        let refs = Refs::open(&layout);
        Ok(Repository {
            layout,
            objects,
            refs,
        })
    }

    /// Opens the repository at `path` (the directory, or the `.git` in it) outside a hook.
    ///
    /// # Errors
    /// As [`Repository::open`].
    pub fn at(path: &Path, budget: &Arc<Budget>) -> Result<Self, Error> {
        Self::open(&Environment::at_rest(layout::git_dir_of(path)?), budget)
    }
}

/// The object id as git abbreviates it for people, long enough to stay unambiguous in large repositories.
pub fn short(id: &gix::hash::oid) -> String {
    id.to_hex_with_len(12).to_string()
}
