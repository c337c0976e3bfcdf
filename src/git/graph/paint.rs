//! Colours that spread from commits to their parents: one walk of a [`Graph`].

use super::{CommitIdx, Error, Graph, Queue};

/// The colours of each commit in the current walk.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// The walk that set them, and the colours; a new walk begins without clearing.
    marks: Vec<(u32, u8)>,
    walk: u32,
}

impl Marks {
    pub(super) fn get(&self, commit: CommitIdx) -> u8 {
        match self.marks.get(commit.index()) {
            Some(&(walk, flags)) if walk == self.walk => flags,
            _ => 0,
        }
    }

    fn set(&mut self, commit: CommitIdx, flags: u8) {
        if self.marks.len() <= commit.index() {
            self.marks.resize(commit.index() + 1, (0, 0));
        }
        self.marks[commit.index()] = (self.walk, flags);
    }

    fn begin(&mut self) {
        self.walk += 1;
    }
}

/// The state of one walk.
#[derive(Debug)]
pub(super) struct Paint {
    queue: Queue,
    /// How many commits in the queue can still lead to something to be found.
    interesting: usize,
}

impl Paint {
    /// Reachable from the first commit of interest.
    pub(super) const NEW: u8 = 1;
    /// Reachable from the second.
    pub(super) const OTHER: u8 = 2;
    /// Reachable from both.
    pub(super) const BOTH: u8 = Self::NEW | Self::OTHER;
    /// Reachable from a commit whose ancestors are not wanted.
    pub(super) const HIDDEN: u8 = 4;
    /// Reachable from a commit that both reach.
    pub(super) const STALE: u8 = 8;
    const QUEUED: u8 = 16;

    pub(super) fn start(
        graph: &mut Graph<'_>,
        tips: &[(CommitIdx, u8)],
        hidden: &[CommitIdx],
    ) -> Self {
        graph.marks.begin();
        let mut paint = Paint {
            queue: Queue::new(),
            interesting: 0,
        };
        for &(tip, flags) in tips {
            paint.add(graph, tip, flags);
        }
        for &commit in hidden {
            paint.add(graph, commit, Self::HIDDEN);
        }
        paint
    }

    /// The next commit, newest first.
    pub(super) fn next(&mut self, graph: &mut Graph<'_>) -> Option<CommitIdx> {
        let (_, _, commit) = self.queue.pop()?;
        let flags = graph.marks.get(commit);
        self.interesting -= usize::from(is_interesting(flags));
        graph.marks.set(commit, flags & !Self::QUEUED);
        Some(commit)
    }

    /// Can a commit in the queue still lead to something to be found?
    pub(super) fn is_interesting(&self) -> bool {
        self.interesting > 0
    }

    /// Generation and date of the newest commit in the queue.
    pub(super) fn newest_left(&self) -> Option<(u32, i64)> {
        self.queue
            .peek()
            .map(|&(generation, time, _)| (generation, time))
    }

    /// Gives the colours to the parents of `commit`.
    pub(super) fn spread(
        &mut self,
        graph: &mut Graph<'_>,
        commit: CommitIdx,
        flags: u8,
    ) -> Result<(), Error> {
        for position in 0..graph.parents(commit).len() {
            let id = graph.parents(commit)[position];
            let parent = graph.parent(commit, id)?;
            self.add(graph, parent, flags & !Self::QUEUED);
        }
        Ok(())
    }

    /// What a commit gives to its parents in a search for common ancestors.
    pub(super) fn stale_if_common(flags: u8) -> u8 {
        if flags & Self::BOTH == Self::BOTH {
            flags | Self::STALE
        } else {
            flags
        }
    }

    fn add(&mut self, graph: &mut Graph<'_>, commit: CommitIdx, flags: u8) {
        let before = graph.marks.get(commit);
        let after = before | flags;
        if before == after {
            return;
        }
        let was_queued = before & Self::QUEUED != 0;
        self.interesting -= usize::from(was_queued && is_interesting(before));
        self.interesting += usize::from(is_interesting(after));
        if !was_queued {
            let node = &graph.nodes[commit.index()];
            self.queue.push((node.generation, node.time, commit));
        }
        graph.marks.set(commit, after | Self::QUEUED);
    }
}

fn is_interesting(flags: u8) -> bool {
    flags & (Paint::HIDDEN | Paint::STALE) == 0
}
