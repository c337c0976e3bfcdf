//! The steps of a history: the commits on the first-parent way, oldest first. A merge is one step, with all that it brings.

use std::collections::BTreeSet;

use gix::bstr::ByteSlice as _;
use gix::hash::ObjectId;
use gix::objs::{CommitRef, Kind};

use super::fixes::{Abbreviation, Finder, Said};
use super::past::Past;
use super::words::stable_hash;
use crate::git::commit::parse_links;
use crate::git::first_parents::FirstParents;
use crate::git::objects::Objects;
use crate::git::{Error, Repository, message};

/// Authors of one step that are told apart; a merge of more is everybody's.
const MOST_AUTHORS: usize = 64;

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// The commit.
    pub id: ObjectId,
    /// Its tree.
    pub tree: ObjectId,
    /// The tree of its first parent; `None`: it has none.
    pub before: Option<ObjectId>,
    /// The committer's date, in seconds since 1970.
    pub time: i64,
    /// Who wrote it, by a hash of the address.
    pub authors: Vec<u32>,
    /// What it says of fixes.
    pub said: Said,
    /// The first 64 bits of the ids of all commits that it brings.
    pub brings: Vec<u64>,
}

/// The steps between two commits.
pub struct Steps<'a> {
    objects: &'a Objects,
    /// Newest first.
    left: Vec<ObjectId>,
    before: Option<ObjectId>,
    is_shallow: bool,
    buffer: Vec<u8>,
}

/// What is read of a commit.
struct Read {
    tree: ObjectId,
    parents: Vec<ObjectId>,
    time: i64,
    author: u32,
    said: Said,
}

impl<'a> Steps<'a> {
    /// The steps from `start` (without it) to `tip`. `None` if `start` is not on the first-parent way of `tip`.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn between(
        repository: &'a Repository,
        start: Option<ObjectId>,
        tip: ObjectId,
    ) -> Result<Option<Self>, Error> {
        let mut steps = Steps {
            objects: &repository.objects,
            left: Vec::new(),
            before: None,
            is_shallow: repository.layout.is_shallow(),
            buffer: Vec::new(),
        };
        for commit in FirstParents::of(repository, tip) {
            let (id, links) = commit?;
            if Some(id) == start {
                steps.before = Some(links.tree);
                return Ok(Some(steps));
            }
            steps.left.push(id);
        }
        // A history that is cut off begins where it is cut.
        Ok(start.is_none().then_some(steps))
    }

    /// How many are left.
    pub fn len(&self) -> usize {
        self.left.len()
    }

    /// Is none left?
    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// The next steps, at most so many; what commits they bring is remembered in `past`.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn next_steps(
        &mut self,
        most: usize,
        finder: &Finder,
        past: &mut Past,
    ) -> Result<Vec<Step>, Error> {
        let mut steps = Vec::with_capacity(most.min(self.left.len()));
        while steps.len() < most
            && let Some(id) = self.left.pop()
        {
            steps.push(self.step(id, finder, past)?);
        }
        Ok(steps)
    }

    fn step(&mut self, id: ObjectId, finder: &Finder, past: &mut Past) -> Result<Step, Error> {
        let number = past.expect_step();
        past.bring(Abbreviation::of(&id), number);
        let read = self.read(id, finder)?;
        let mut step = Step {
            id,
            tree: read.tree,
            before: self.before.replace(read.tree),
            time: read.time,
            authors: vec![read.author],
            said: read.said,
            brings: vec![Abbreviation::of(&id)],
        };
        if read.parents.len() > 1 {
            self.look_aside(&mut step, &read.parents[1..], finder, past)?;
        }
        past.expect_next();
        Ok(step)
    }

    /// Takes in what a merge brings: its authors are those of its commits. It mends something if its own title says so, or
    /// at least half of its commits do.
    fn look_aside(
        &mut self,
        step: &mut Step,
        sides: &[ObjectId],
        finder: &Finder,
        past: &mut Past,
    ) -> Result<(), Error> {
        let number = past.expect_step();
        let mut authors = BTreeSet::new();
        let (mut fixes, mut reverts) = (0, 0);
        let mut pending = sides.to_vec();
        while let Some(id) = pending.pop() {
            let bits = Abbreviation::of(&id);
            let is_cut = self.is_shallow && !self.objects.exists(&id);
            if past.step_of(bits).is_some() || is_cut {
                continue;
            }
            past.bring(bits, number);
            let read = self.read(id, finder)?;
            step.brings.push(bits);
            if read.parents.len() < 2 {
                authors.insert(read.author);
                fixes += usize::from(read.said.is_fix);
                reverts += usize::from(read.said.is_revert);
            }
            step.said.mistakes.extend(read.said.mistakes);
            pending.extend(read.parents);
        }
        let commits = step.brings.len() - 1;
        step.said.is_fix |= fixes > 0 && 2 * fixes >= commits;
        step.said.is_revert |= reverts > 0 && 2 * reverts >= commits;
        if !authors.is_empty() {
            step.authors = authors.into_iter().take(MOST_AUTHORS).collect();
        }
        Ok(())
    }

    fn read(&mut self, id: ObjectId, finder: &Finder) -> Result<Read, Error> {
        const ROLE: &str = "a commit of the history";
        let data = self
            .objects
            .read_kind(&id, Kind::Commit, ROLE, &mut self.buffer)?;
        let links = parse_links(data, id)?;
        let commit = CommitRef::from_bytes(data, id.kind()).map_err(|error| Error::Malformed {
            kind: "commit",
            id,
            reason: error.to_string(),
        })?;
        let title = title(commit.message, links.parents.len() > 1);
        Ok(Read {
            author: commit.author().map_or(0, |who| person(who.email)),
            said: finder.read(&id, &title, commit.message),
            tree: links.tree,
            parents: links.parents,
            time: links.time,
        })
    }
}

/// What says of a commit what it does. That of a merge which a forge made stands in its body: the title of the pull request.
fn title(message: &[u8], is_merge: bool) -> Vec<u8> {
    let subject = message::subject(message).into_owned();
    let first_of_body = || {
        message::body(message)
            .lines()
            .next()
            .unwrap_or_default()
            .to_vec()
    };
    if is_merge && subject.starts_with(b"Merge ") {
        first_of_body()
    } else {
        subject.into()
    }
}

/// A number for whoever has the address.
fn person(email: &[u8]) -> u32 {
    let hash = stable_hash(&email.to_ascii_lowercase());
    u32::try_from((hash ^ (hash >> 32)) & 0xffff_ffff).expect("thirty-two bits")
}
