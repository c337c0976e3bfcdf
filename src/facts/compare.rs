//! Many comparisons of trees, and many commits read, on all cores.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use gix::hash::ObjectId;

use super::{Commit, Touched};
use crate::git::Error;
use crate::git::commit::{self, Verify};
use crate::git::expected::Expectation;
use crate::git::objects::Objects;
use crate::git::parallel::for_each;
use crate::git::walk::{Excerpts, Filter, Walk};

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
