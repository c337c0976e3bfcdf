//! Many comparisons of trees, and many commits read, on all cores.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use gix::hash::ObjectId;
use rayon::prelude::*;

use super::{Commit, Touched};
use crate::git::Error;
use crate::git::commit::{self, Verify};
use crate::git::expected::Expectation;
use crate::git::objects::Objects;
use crate::git::walk::{Filter, Walk};

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

/// The touched paths of each comparison, in order.
pub(super) fn compare_all(
    objects: &Objects,
    filter: &Filter<'_>,
    comparisons: &[Comparison],
) -> Result<Vec<Arc<[Touched]>>, Error> {
    for_each(
        objects,
        comparisons,
        |objects| Walk::new(objects, filter),
        |walk, comparison| {
            walk.compare(comparison.found, &comparison.expected)
                .map(Arc::from)
        },
    )
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
        ids,
        |objects| (objects, Vec::new()),
        |(objects, buffer), &id| {
            let verify = signed.contains(&id).then_some(verify);
            commit::read(objects, id, verify, buffer).map(Arc::new)
        },
    )
}

/// Works on `items` in parallel where it pays; each thread has its own caches of objects.
pub(super) fn for_each<I, T, S>(
    objects: &Objects,
    items: &[I],
    start: impl Fn(Objects) -> S + Sync,
    work: impl Fn(&mut S, &I) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error>
where
    I: Sync,
    T: Send,
{
    if items.len() < WORTH_THREADS {
        let mut state = start(objects.clone());
        return items.iter().map(|item| work(&mut state, item)).collect();
    }
    let shared = Mutex::new(objects.clone());
    let start = || {
        start(
            shared
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
        )
    };
    items
        .par_iter()
        .with_min_len(WORTH_THREADS / 4)
        .map_init(start, |state, item| work(state, item))
        .collect()
}
