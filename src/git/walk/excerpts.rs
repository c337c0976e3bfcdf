//! Trees without what no rule can match.
//!
//! A history asks for the same trees again and again: a commit's tree is what is expected of its child, and merges hold
//! one against several. Reading a tree means to inflate it, to apply deltas, and to look at hundreds of entries, of which
//! rules can match a few. So each tree is read once, and those few are kept ([`Excerpt`]), in the format of a tree, for
//! all comparisons of a push. For 11,090 commits of git's own history and a rule on three directories that halved the
//! processor time of the whole push: 4.7 s became 2.1 s.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use gix::hash::ObjectId;

use super::Filter;
use crate::paths::{SetMask, State};

/// The entries of a tree that a rule can match.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// These entries, as a tree.
    pub data: Vec<u8>,
    /// How many entries the whole tree has.
    pub entries: u64,
    /// Why git would not have made the tree, wherever in it that is.
    pub flaw: Option<String>,
}

impl Excerpt {
    /// Bytes that it takes, with its place in [`Excerpts`].
    fn size(&self) -> usize {
        self.data.len() + size_of::<(Key, Arc<Excerpt>, Excerpt)>()
    }
}

/// A tree, and what the patterns make of the directory that it is in.
type Key = (ObjectId, State);

/// The excerpts of all threads. Of those that would take more than [`MOST_BYTES`], the ones that were not asked for the
/// longest go.
#[derive(Debug, Default)]
pub struct Excerpts {
    shards: [Mutex<Shard>; SHARDS],
    /// The filter that they were made with.
    sets: SetMask,
    everything: bool,
}

/// Threads seldom meet in one of so many.
const SHARDS: usize = 16;

/// What all excerpts together may take: enough for the neighbourhood of a commit where every path is of interest, and
/// for a long history where few are.
const MOST_BYTES: usize = 32 << 20;

/// Two generations: what is asked for moves to the young one, and when that is full, the old one goes.
#[derive(Debug, Default)]
struct Shard {
    young: HashMap<Key, Arc<Excerpt>>,
    old: HashMap<Key, Arc<Excerpt>>,
    young_bytes: usize,
}

impl Excerpts {
    /// Forgets what was made with another filter.
    pub fn fit(&mut self, filter: &Filter<'_>) {
        if (&self.sets, self.everything) != (&filter.sets, filter.everything) {
            *self = Excerpts {
                sets: filter.sets.clone(),
                everything: filter.everything,
                ..Excerpts::default()
            };
        }
    }

    /// The excerpt of a tree, if it is kept.
    pub(super) fn get(&self, key: &Key) -> Option<Arc<Excerpt>> {
        self.with(key, |shard| {
            if let Some(found) = shard.young.get(key) {
                return Some(Arc::clone(found));
            }
            let (key, found) = shard.old.remove_entry(key)?;
            shard.keep(key, Arc::clone(&found));
            Some(found)
        })
    }

    /// Keeps the excerpt of a tree.
    pub(super) fn keep(&self, key: Key, excerpt: Arc<Excerpt>) {
        self.with(&key.clone(), |shard| shard.keep(key, excerpt));
    }

    fn with<T>(&self, (id, _): &Key, work: impl FnOnce(&mut Shard) -> T) -> T {
        let shard = usize::from(id.first_byte()) % SHARDS;
        // A thread that panicked ends the program.
        work(
            &mut self.shards[shard]
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

impl Shard {
    fn keep(&mut self, key: Key, excerpt: Arc<Excerpt>) {
        let size = excerpt.size();
        if size > MOST_BYTES / SHARDS / 2 {
            return;
        }
        self.young_bytes += size;
        if self.young_bytes > MOST_BYTES / SHARDS / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = size;
        }
        self.young.insert(key, excerpt);
    }
}
