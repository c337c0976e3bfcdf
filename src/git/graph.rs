//! The commit graph: which commits an update brings, what contains what, and where histories meet.
//!
//! Every walk paints commits in the order of their generation number (where the repository has a commit-graph file)
//! and else of their date, newest first. Dates may lie. A walk therefore says whether a date let it stop early
//! ([`Graph::took_shortcuts`]); what it then reports can only be too much (an old commit taken for new, an older state
//! for the newest), so an acceptance stands, and a refusal is worked out again with [`Depth::Exact`].

mod paint;

use std::collections::BinaryHeap;

use gix::hash::ObjectId;
use gix::hashtable::HashMap;

use super::Error;
use super::commit::{self, Links};
use super::layout::Layout;
use super::objects::Objects;
use paint::{Marks, Paint};

/// A commit of a [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitIdx(u32);

impl CommitIdx {
    fn index(self) -> usize {
        self.0 as usize
    }
}

/// How far a walk goes before it is content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// As git does: to where dates say that nothing more can be found.
    ByDate,
    /// To the roots, unless generation numbers prove that nothing more can be found.
    Exact,
}

/// The commits read so far.
pub struct Graph<'a> {
    objects: &'a Objects,
    file: Option<gix::commitgraph::Graph>,
    nodes: Vec<Node>,
    by_id: HashMap<ObjectId, CommitIdx>,
    marks: Marks,
    buffer: Vec<u8>,
    depth: Depth,
    shortcuts: bool,
    /// The repository lacks parts of its history, and was told so.
    is_shallow: bool,
}

struct Node {
    id: ObjectId,
    tree: ObjectId,
    parents: Vec<ObjectId>,
    /// Ancestors of a commit have smaller ones; `u32::MAX` where it is not known.
    generation: u32,
    time: i64,
}

/// Below what no commit was found that seemed new.
#[derive(Debug)]
struct Oldest {
    generation: u32,
    time: i64,
}

impl Default for Oldest {
    fn default() -> Self {
        Oldest {
            generation: u32::MAX,
            time: i64::MAX,
        }
    }
}

impl Oldest {
    fn include(&mut self, node: &Node) {
        self.generation = self.generation.min(node.generation);
        self.time = self.time.min(node.time);
    }

    fn is_unset(&self) -> bool {
        self.time == i64::MAX
    }
}

/// The order of a walk: ancestors never come before a descendant that has a generation number.
type Queue = BinaryHeap<(u32, i64, CommitIdx)>;

impl<'a> Graph<'a> {
    /// A graph that reads commits from `objects`, and from the commit-graph file where there is one.
    pub fn new(objects: &'a Objects, layout: &Layout, depth: Depth) -> Self {
        Graph {
            objects,
            file: commit_graph_file(layout),
            nodes: Vec::new(),
            by_id: HashMap::default(),
            marks: Marks::default(),
            buffer: Vec::new(),
            depth,
            shortcuts: false,
            is_shallow: layout.is_shallow(),
        }
    }

    /// Did a walk stop early because dates said that it may? Then its answers may be too large.
    pub fn took_shortcuts(&self) -> bool {
        self.shortcuts
    }

    /// The commit `id`, read now if it was not yet.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn commit(&mut self, id: ObjectId) -> Result<CommitIdx, Error> {
        if let Some(&known) = self.by_id.get(&id) {
            return Ok(known);
        }
        let node = match self.read_from_file(id) {
            Some(node) => node,
            None => {
                let Links {
                    tree,
                    parents,
                    time,
                } = commit::read_links(self.objects, id, &mut self.buffer)?;
                Node {
                    id,
                    tree,
                    parents,
                    generation: u32::MAX,
                    time,
                }
            }
        };
        let index = CommitIdx(
            u32::try_from(self.nodes.len()).expect("fewer commits than memory could hold"),
        );
        self.by_id.insert(id, index);
        self.nodes.push(node);
        Ok(index)
    }

    /// A parent of `commit`. A commit that was pushed without it, now or to a ref where that was allowed, is its
    /// pusher's mistake; any other would be a loss.
    fn parent(&mut self, commit: CommitIdx, parent: ObjectId) -> Result<CommitIdx, Error> {
        self.commit(parent).map_err(|error| match error {
            Error::Missing { id, .. }
                if id == parent
                    && (self.is_shallow || !self.objects.existed_before(&self.id(commit))) =>
            {
                Error::Incomplete {
                    commit: self.id(commit),
                    parent,
                }
            }
            other => other,
        })
    }

    fn read_from_file(&self, id: ObjectId) -> Option<Node> {
        let file = self.file.as_ref()?;
        let commit = file.commit_by_id(id)?;
        let parents = commit
            .iter_parents()
            .map(|position| position.map(|position| file.id_at(position).to_owned()))
            .collect::<Result<_, _>>()
            .ok()?;
        Some(Node {
            id,
            tree: commit.root_tree_id().to_owned(),
            parents,
            generation: commit.generation(),
            time: i64::try_from(commit.committer_timestamp()).unwrap_or(i64::MAX),
        })
    }

    /// The id of a commit.
    pub fn id(&self, commit: CommitIdx) -> ObjectId {
        self.nodes[commit.index()].id
    }

    /// The tree of a commit.
    pub fn tree(&self, commit: CommitIdx) -> ObjectId {
        self.nodes[commit.index()].tree
    }

    /// The ids of a commit's parents.
    pub fn parents(&self, commit: CommitIdx) -> &[ObjectId] {
        &self.nodes[commit.index()].parents
    }

    /// The commits reachable from `tip` and from none of `hidden`, in the order of the walk (gitrevisions(7):
    /// `tip --not hidden…`).
    ///
    /// # Errors
    /// When a commit cannot be read, or there are more than `limits.commits`.
    pub fn new_commits(
        &mut self,
        tip: CommitIdx,
        hidden: &[CommitIdx],
    ) -> Result<Vec<CommitIdx>, Error> {
        let mut paint = Paint::start(self, &[(tip, Paint::NEW)], hidden);
        let mut found = Vec::new();
        let mut oldest = Oldest::default();
        while paint.is_interesting() || !self.may_stop(&paint, &oldest) {
            let Some(commit) = paint.next(self) else {
                break;
            };
            let flags = self.marks.get(commit);
            if flags & Paint::HIDDEN == 0 {
                found.push(commit);
                self.objects.budget().check_commits(found.len())?;
                oldest.include(&self.nodes[commit.index()]);
            }
            paint.spread(self, commit, flags)?;
        }
        // A commit may have turned out to be hidden after it was found.
        found.retain(|&commit| self.marks.get(commit) & Paint::HIDDEN == 0);
        Ok(found)
    }

    /// No commit in the queue is new any more: can those that are left still lead to one that was taken for new?
    fn may_stop(&mut self, paint: &Paint, oldest: &Oldest) -> bool {
        let Some((generation, time)) = paint.newest_left() else {
            return true;
        };
        if oldest.is_unset() || generation < oldest.generation {
            return true;
        }
        if self.depth == Depth::Exact || time >= oldest.time {
            return false;
        }
        self.shortcuts = true;
        true
    }

    /// Is `ancestor` the same as `descendant`, or reachable from it?
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn contains(&mut self, descendant: CommitIdx, ancestor: CommitIdx) -> Result<bool, Error> {
        if descendant == ancestor {
            return Ok(true);
        }
        let mut paint = Paint::start(
            self,
            &[(descendant, Paint::NEW), (ancestor, Paint::OTHER)],
            &[],
        );
        while paint.is_interesting() {
            let Some(commit) = paint.next(self) else {
                break;
            };
            let flags = self.marks.get(commit);
            if commit == ancestor && flags & Paint::NEW != 0 {
                return Ok(true);
            }
            paint.spread(self, commit, Paint::stale_if_common(flags))?;
        }
        Ok(self.marks.get(ancestor) & Paint::NEW != 0)
    }

    /// The best common ancestors of two commits: all of them, none reachable from another (git-merge-base(1) `--all`).
    ///
    /// # Errors
    /// When a commit cannot be read, or there are absurdly many.
    pub fn merge_bases(
        &mut self,
        one: CommitIdx,
        other: CommitIdx,
    ) -> Result<Vec<CommitIdx>, Error> {
        if one == other {
            return Ok(vec![one]);
        }
        let mut paint = Paint::start(self, &[(one, Paint::NEW), (other, Paint::OTHER)], &[]);
        let mut common = Vec::new();
        while paint.is_interesting() {
            let Some(commit) = paint.next(self) else {
                break;
            };
            let flags = self.marks.get(commit);
            if flags & Paint::BOTH == Paint::BOTH && flags & Paint::STALE == 0 {
                common.push(commit);
            }
            paint.spread(self, commit, Paint::stale_if_common(flags))?;
        }
        common.retain(|&commit| self.marks.get(commit) & Paint::STALE == 0);
        self.keep_maximal(common)
    }

    /// Drops every commit that is contained in another of `commits` (git-merge-base(1) `--independent`).
    ///
    /// # Errors
    /// When a commit cannot be read, or there are absurdly many.
    pub fn keep_maximal(&mut self, mut commits: Vec<CommitIdx>) -> Result<Vec<CommitIdx>, Error> {
        /// A criss-cross merge has two or three; each pair costs a walk.
        const MOST: usize = 64;
        commits.sort_unstable();
        commits.dedup();
        if commits.len() > MOST {
            return Err(Error::Limit {
                what: "merge bases of one pair of commits",
                limit: MOST as u64,
                key: "commits",
            });
        }
        let mut maximal = Vec::with_capacity(commits.len());
        for (position, &candidate) in commits.iter().enumerate() {
            let mut contained = false;
            for (other_position, &other) in commits.iter().enumerate() {
                if position != other_position && self.contains(other, candidate)? {
                    contained = true;
                    break;
                }
            }
            if !contained {
                maximal.push(candidate);
            }
        }
        Ok(maximal)
    }

    /// The newest state of a ref with the tip `trusted` that `new` contains: the tip, or the first on the
    /// first-parent way back from it.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn newest_state_within(
        &mut self,
        trusted: CommitIdx,
        new: CommitIdx,
    ) -> Result<Option<CommitIdx>, Error> {
        let mut paint = Paint::start(self, &[(new, Paint::NEW), (trusted, Paint::OTHER)], &[]);
        while paint.is_interesting() || self.depth == Depth::Exact {
            let Some(commit) = paint.next(self) else {
                break;
            };
            let flags = self.marks.get(commit);
            paint.spread(self, commit, Paint::stale_if_common(flags))?;
        }
        self.shortcuts |= paint
            .newest_left()
            .is_some_and(|(generation, _)| generation == u32::MAX);
        let mut state = trusted;
        while self.marks.get(state) & Paint::NEW == 0 {
            let Some(&first_parent) = self.parents(state).first() else {
                return Ok(None);
            };
            state = self.commit(first_parent)?;
        }
        Ok(Some(state))
    }
}

/// The commit-graph of the repository itself; pushers cannot write it. One that cannot be read is not used.
fn commit_graph_file(layout: &Layout) -> Option<gix::commitgraph::Graph> {
    let file = gix::commitgraph::at(layout.objects_dir().join("info"), layout.hash, None).ok()?;
    // git before 2.19 wrote files without generation numbers, on which no proof can rest.
    let has_generations = file
        .iter_commits()
        .next()
        .is_some_and(|commit| commit.generation() > 0);
    has_generations.then_some(file)
}
