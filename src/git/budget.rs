//! What one decision may cost: counted wherever hostile input could make it grow, so that it ends in a clear refusal.
//! (Wall-clock time is kept by the hook's watchdog, which no loop can escape.)

use std::sync::atomic::{AtomicU64, Ordering};

use super::Error;
use crate::policy::Limits;

/// Counters against the policy's limits, shared by all threads of a decision.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    tree_entries: AtomicU64,
    memory: AtomicU64,
}

impl Budget {
    /// A budget that nothing has been spent of.
    pub fn new(limits: Limits) -> Self {
        Budget {
            limits,
            tree_entries: AtomicU64::new(0),
            memory: AtomicU64::new(0),
        }
    }

    /// The next decision begins: nothing has been spent of what it may cost.
    pub fn refill(&self) {
        self.tree_entries.store(0, Ordering::Relaxed);
        self.memory.store(0, Ordering::Relaxed);
    }

    /// The bounds it keeps.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Counts tree entries that have been read.
    ///
    /// # Errors
    /// When that is more than `limits.tree_entries`.
    pub fn spend_entries(&self, count: u64) -> Result<(), Error> {
        spend(
            &self.tree_entries,
            count,
            self.limits.tree_entries,
            "tree entries read",
            "tree_entries",
        )
    }

    /// Counts bytes that a decision keeps until its end.
    ///
    /// # Errors
    /// When that is more than half of `limits.memory`; the other half is left to object buffers and caches.
    pub fn spend_memory(&self, bytes: u64) -> Result<(), Error> {
        spend(
            &self.memory,
            bytes,
            self.limits.memory / 2,
            "bytes kept for one decision",
            "memory",
        )
    }

    /// Checks the depth of a directory.
    ///
    /// # Errors
    /// When it is more than `limits.depth`.
    pub fn check_depth(&self, depth: usize) -> Result<(), Error> {
        check(
            depth as u64,
            self.limits.depth as u64,
            "directories within directories",
            "depth",
        )
    }

    /// Checks the number of commits.
    ///
    /// # Errors
    /// When it is more than `limits.commits`.
    pub fn check_commits(&self, commits: usize) -> Result<(), Error> {
        check(
            commits as u64,
            self.limits.commits as u64,
            "new commits",
            "commits",
        )
    }
}

fn spend(
    counter: &AtomicU64,
    count: u64,
    limit: u64,
    what: &'static str,
    key: &'static str,
) -> Result<(), Error> {
    // Relaxed: the sum is all that matters, not the order in which threads add to it.
    check(
        counter.fetch_add(count, Ordering::Relaxed) + count,
        limit,
        what,
        key,
    )
}

fn check(value: u64, limit: u64, what: &'static str, key: &'static str) -> Result<(), Error> {
    if value > limit {
        Err(Error::Limit { what, limit, key })
    } else {
        Ok(())
    }
}
