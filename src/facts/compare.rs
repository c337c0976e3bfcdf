//! Many comparisons of trees, and many commits read, on all cores.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use gix::hash::ObjectId;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{Commit, Touched};
use crate::git::Error;
use crate::git::commit::{self, Verify};
use crate::git::expected::Expectation;
use crate::git::objects::Objects;
use crate::git::walk::{Excerpts, Filter, Walk};

/// Below this a pool of threads costs more than it saves (starting one takes a fraction of a millisecond to several).
const WORTH_THREADS: usize = 128;

/// A tree and what is expected of it.
#[derive(Debug)]
pub(super) struct Comparison {
    /// The tree; `None` is the empty one.
    pub found: Option<ObjectId>,
    /// What is expected of it.
    pub expected: Expectation,
}

/// Compares trees for one push.
pub(super) struct Comparer<'a> {
    objects: &'a Objects,
    filter: &'a Filter<'a>,
    excerpts: &'a Excerpts,
    /// One for each thread that has been at work; they remember.
    walks: Mutex<Vec<Walk<'a>>>,
}

impl<'a> Comparer<'a> {
    /// `excerpts` must [fit](Excerpts::fit) `filter`.
    pub(super) fn new(
        objects: &'a Objects,
        filter: &'a Filter<'a>,
        excerpts: &'a Excerpts,
    ) -> Self {
        Comparer {
            objects,
            filter,
            excerpts,
            walks: Mutex::default(),
        }
    }

    /// The touched paths of each comparison, in order.
    pub(super) fn compare_all(
        &self,
        comparisons: &[Comparison],
    ) -> Result<Vec<Arc<[Touched]>>, Error> {
        for_each(
            self.objects,
            &self.walks,
            comparisons,
            |objects| Walk::new(objects, self.filter, self.excerpts),
            |walk, comparison| {
                walk.compare(comparison.found, &comparison.expected)
                    .map(Arc::from)
            },
        )
    }
}

/// The commits with these ids, in order; of those in `signed`, the signature is verified.
pub(super) fn read_commits(
    objects: &Objects,
    ids: &[ObjectId],
    signed: &BTreeSet<ObjectId>,
    verify: Verify<'_>,
) -> Result<Vec<Arc<Commit>>, Error> {
    for_each(
        objects,
        &Mutex::default(),
        ids,
        |objects| (objects, Vec::new()),
        |(objects, buffer), &id| {
            let verify = signed.contains(&id).then_some(verify);
            commit::read(objects, id, verify, buffer).map(Arc::new)
        },
    )
}

/// Works on `items` in parallel where it pays. Each thread has a state, with its own caches of objects, out of `idle` if
/// one is there.
pub(super) fn for_each<I, T, S>(
    objects: &Objects,
    idle: &Mutex<Vec<S>>,
    items: &[I],
    start: impl Fn(Objects) -> S + Sync,
    work: impl Fn(&mut S, &I) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error>
where
    I: Sync,
    T: Send,
    S: Send,
{
    let idle = || idle.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(pool) = (items.len() >= WORTH_THREADS).then(pool).flatten() else {
        let mut state = idle().pop().unwrap_or_else(|| start(objects.clone()));
        let done = items.iter().map(|item| work(&mut state, item)).collect();
        idle().push(state);
        return done;
    };
    let shared = Mutex::new(objects.clone());
    let start = || {
        start(
            shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
    };
    // Neighbours in a history are neighbours in packs too, so a thread takes some at once.
    let chunks: Result<Vec<Vec<T>>, Error> = pool.install(|| {
        let chunks = items.par_chunks(WORTH_THREADS / 2).map(|chunk| {
            let mut state = idle().pop().unwrap_or_else(start);
            let done = chunk.iter().map(|item| work(&mut state, item));
            let done: Result<Vec<T>, Error> = done.collect();
            idle().push(state);
            done
        });
        chunks.collect()
    });
    Ok(chunks?.into_iter().flatten().collect())
}

/// The threads; `None` where none can be started, for a busy server need not refuse what one thread can judge.
fn pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let start = || match ThreadPoolBuilder::new().build() {
        Ok(pool) => Some(pool),
        Err(error) => {
            tracing::warn!("no threads can be started: {error}");
            None
        }
    };
    POOL.get_or_init(start).as_ref()
}
