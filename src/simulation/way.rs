//! The way that a ref has come: its first parents, newest first, each step of which is taken for a push.

use std::collections::HashSet;

use gix::bstr::BString;
use gix::hash::ObjectId;

use crate::git::commit::Links;
use crate::git::first_parents::FirstParents;
use crate::git::{Error, Repository};

/// Which steps are replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So many, the newest.
    Last(usize),
    /// Those whose commit is no older than this, in seconds since 1970.
    Since(i64),
}

/// What counts as a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum As {
    /// Every commit on the first-parent way
    #[default]
    Steps,
    /// Every merge on it, which brings a branch; what was committed straight to the ref is left out
    Merges,
}

/// One move of the ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it led before; `None`: nowhere yet.
    pub old: Option<ObjectId>,
    /// Where it led then.
    pub new: ObjectId,
    /// The date of that commit, in seconds since 1970, which is taken for the date of the push.
    pub time: i64,
    /// The date of the commit that came next: the push cannot have been later.
    pub until: i64,
    /// How many commits of the way are newer.
    pub position: usize,
}

/// Why there are no more steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// All that were asked for are there.
    Asked,
    /// History begins.
    Root,
    /// The ref was made here, from another one.
    Fork(BString),
    /// The repository is shallow, and has no more.
    Shallow,
}

/// The steps of a ref.
#[derive(Debug)]
pub struct Way {
    /// The ref, by its full name.
    pub name: BString,
    /// The commits, newest first, to where the last step began.
    pub commits: Vec<ObjectId>,
    /// The steps, newest first.
    pub steps: Vec<Step>,
    /// Why there are no more.
    pub end: End,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// Which steps.
    pub span: Span,
    /// What counts as one.
    pub kind: As,
    /// The latest that the last push can have been, in seconds since 1970.
    pub now: i64,
}

impl Way {
    /// Finds the steps of the ref `name`, which leads to `tip`. `default` is the default branch with its tip: the steps
    /// before another ref was made from it are not that ref's own.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn find(
        repository: &Repository,
        (name, tip): (BString, ObjectId),
        default: Option<(BString, ObjectId)>,
        question: Question,
    ) -> Result<Self, Error> {
        let mut of_default = HashSet::new();
        let default = default.filter(|(default, _)| *default != name);
        if let Some((_, tip)) = default {
            for commit in FirstParents::of(repository, tip) {
                of_default.insert(commit?.0);
            }
        }
        let default = default.map(|(name, _)| name);
        let mut way = Way {
            name,
            commits: Vec::new(),
            steps: Vec::new(),
            end: End::Asked,
        };
        let mut until = question.now;
        let mut commits = FirstParents::of(repository, tip);
        while let Some(commit) = commits.next() {
            let (id, links) = commit?;
            let position = way.commits.len();
            way.commits.push(id);
            if question.has_enough(&way) {
                return Ok(way);
            }
            if let Some(default) = default.as_ref().filter(|_| of_default.contains(&id)) {
                way.end = End::Fork(default.clone());
                return Ok(way);
            }
            let old = links.parents.first().copied();
            if commits.is_cut_off() {
                way.end = End::Shallow;
                return Ok(way);
            }
            if question.wants(&links) {
                way.steps.push(Step {
                    old,
                    new: id,
                    time: links.time,
                    until: until.max(links.time),
                    position,
                });
            }
            until = links.time;
        }
        if let Span::Last(_) = question.span {
            way.end = End::Root;
        }
        Ok(way)
    }
}

impl Question {
    fn has_enough(&self, way: &Way) -> bool {
        match self.span {
            Span::Last(count) => way.steps.len() >= count,
            // A commit may be dated before its parents.
            Span::Since(_) => false,
        }
    }

    fn wants(&self, links: &Links) -> bool {
        let is_in_time = match self.span {
            Span::Last(_) => true,
            Span::Since(since) => links.time >= since,
        };
        let is_one = match self.kind {
            As::Steps => true,
            As::Merges => links.parents.len() > 1,
        };
        is_in_time && is_one
    }
}
