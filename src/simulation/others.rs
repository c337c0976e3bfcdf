//! Where other refs stood when a step was made: a ref that a rule trusts must not lend a step what it only came to hold
//! later, such as a release branch that was made from the very commit in question.
//!
//! Nothing tells for sure where a ref once stood. Taken for it is the newest of its first parents that is older than the
//! step. A ref that was made from the replayed one after the step, or at it, did not exist.

use std::collections::{BTreeMap, HashMap};

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;

use super::way::{Step, Way};
use crate::git::first_parents::FirstParents;
use crate::git::refs::Refs;
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::policy::rule::Trusts;

/// The refs that a rule may trust, apart from the replayed one.
#[derive(Debug, Default)]
pub struct Others {
    all: Vec<Other>,
}

#[derive(Debug)]
struct Other {
    name: BString,
    /// Where on the replayed way it was made, if that is where.
    made: Option<usize>,
    /// Its own commits, oldest first, each with the date before which it did not hold it.
    held: Vec<(i64, ObjectId)>,
}

impl Others {
    /// Reads them.
    ///
    /// # Errors
    /// When a ref or a commit cannot be read.
    pub fn read(repository: &Repository, policies: &[&Policy], way: &Way) -> Result<Self, Error> {
        let Some(oldest) = way.steps.last() else {
            return Ok(Others::default());
        };
        let positions: HashMap<ObjectId, usize> = way
            .commits
            .iter()
            .enumerate()
            .map(|(position, &commit)| (commit, position))
            .collect();
        let mut all = Vec::new();
        for (name, tip) in trusted(repository, policies)? {
            if name != way.name {
                all.push(Other::read(repository, (name, tip), &positions, oldest)?);
            }
        }
        Ok(Others { all })
    }

    /// From now on each is taken to stand where it stood before `step`.
    pub fn pretend(&self, refs: &mut Refs, step: &Step) {
        for other in &self.all {
            refs.pretend(other.name.clone(), other.before(step));
        }
    }
}

impl Other {
    fn read(
        repository: &Repository,
        (name, tip): (BString, ObjectId),
        positions: &HashMap<ObjectId, usize>,
        oldest: &Step,
    ) -> Result<Self, Error> {
        let mut held = Vec::new();
        let mut made = None;
        let commit = repository.objects.commit_behind(&tip)?;
        let commits = commit.map(|commit| FirstParents::of(repository, commit));
        for commit in commits.into_iter().flatten() {
            let (id, links) = commit?;
            made = positions.get(&id).copied();
            if made.is_some() {
                break;
            }
            held.push((links.time, id));
            if links.time < oldest.time {
                break;
            }
        }
        held.reverse();
        // A commit may be dated before its parents, and came after them all the same.
        let mut newest = i64::MIN;
        for (time, _) in &mut held {
            newest = newest.max(*time);
            *time = newest;
        }
        Ok(Other { name, made, held })
    }

    fn before(&self, step: &Step) -> Option<ObjectId> {
        if self.made.is_some_and(|made| made <= step.position) {
            return None;
        }
        let count = self.held.partition_point(|&(time, _)| time < step.time);
        let last = count.checked_sub(1)?;
        Some(self.held[last].1)
    }
}

/// The refs that a rule of one of the policies trusts, and what they hold.
fn trusted(
    repository: &Repository,
    policies: &[&Policy],
) -> Result<BTreeMap<BString, ObjectId>, Error> {
    let refs = &repository.refs;
    let mut found = BTreeMap::new();
    for rule in policies.iter().flat_map(|policy| &policy.rules) {
        match &rule.trusts {
            Trusts::Nothing => {}
            Trusts::DefaultBranch => {
                if let Some(name) = refs.default_branch()? {
                    let id = refs.resolve(name.as_bstr())?.id;
                    found.extend(id.map(|id| (name, id)));
                }
            }
            Trusts::Refs(patterns) => {
                found.extend(refs.matching(patterns)?);
            }
        }
    }
    Ok(found)
}
