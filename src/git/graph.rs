//! The commit graph: which commits an update brings, what contains what, and where histories meet.
//!
//! Every walk paints commits in the order of their generation number (where the repository has a commit-graph file)
//! and else of their date, newest first. Dates may lie, and whoever pushes can set them. They only decide in which order
//! commits are seen, but for one thing: a walk for new commits stops where dates say that it may. It then proves that
//! it was right to. Where that would cost too much it goes on to the roots, or, by [`Depth::ByDate`], says that it may have
//! taken an old commit for new ([`NewCommits::certain`], [`Graph::took_shortcuts`]): nothing is decided by that.

mod colours;
mod in_turn;
mod paint;

use std::collections::{BTreeSet, BinaryHeap};

use gix::hash::ObjectId;
use gix::hashtable::HashMap;
use once_cell::unsync::OnceCell;

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

/// What [`Graph::new_commits`] finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommits {
    /// The commits, newest first.
    pub commits: Vec<CommitIdx>,
    /// Exactly these are new. Otherwise some may be old.
    pub certain: bool,
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
    /// A walk believed dates, and what it found may be too much.
    shortcuts: bool,
    /// Merge bases are asked for again and again while merges of merge bases are worked out.
    known_bases: std::collections::HashMap<(CommitIdx, Vec<CommitIdx>), Vec<CommitIdx>>,
    /// The repository lacks parts of its history, and was told so.
    is_shallow: bool,
}

/// What a graph has read, for another one over the same repository to go on with.
#[derive(Default)]
pub struct Known {
    /// Empty until somebody has looked for it.
    file: OnceCell<Option<gix::commitgraph::Graph>>,
    nodes: Vec<Node>,
    by_id: HashMap<ObjectId, CommitIdx>,
    marks: Marks,
    bases: std::collections::HashMap<(CommitIdx, Vec<CommitIdx>), Vec<CommitIdx>>,
}

struct Node {
    id: ObjectId,
    tree: ObjectId,
    parents: Vec<ObjectId>,
    /// The same as places in the graph, once somebody has asked: a walk over known commits must not hash ids.
    known_parents: Option<Box<[CommitIdx]>>,
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
    fn of(graph: &Graph<'_>, commits: &[CommitIdx]) -> Self {
        let mut oldest = Oldest::default();
        for commit in commits {
            oldest.include(&graph.nodes[commit.index()]);
        }
        oldest
    }

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
        Self::going_on(objects, layout, depth, Known::default())
    }

    /// The same, with what another graph has read before.
    pub fn going_on(objects: &'a Objects, layout: &Layout, depth: Depth, known: Known) -> Self {
        let Known {
            file,
            nodes,
            by_id,
            marks,
            bases,
        } = known;
        Graph {
            objects,
            file: file
                .into_inner()
                .unwrap_or_else(|| commit_graph_file(layout)),
            nodes,
            by_id,
            marks,
            buffer: Vec::new(),
            depth,
            shortcuts: false,
            known_bases: bases,
            is_shallow: layout.is_shallow(),
        }
    }

    /// What it has read.
    pub fn into_known(self) -> Known {
        Known {
            file: OnceCell::with_value(self.file),
            nodes: self.nodes,
            by_id: self.by_id,
            marks: self.marks,
            bases: self.known_bases,
        }
    }

    /// How many commits have been read.
    pub fn commits_read(&self) -> usize {
        self.nodes.len()
    }

    /// Did a walk stop early because dates said that it may? Then it may have taken old commits for new.
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
                    known_parents: None,
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

    /// The commit that `id`, which a ref has, leads to; a tag of a tree or a blob leads to none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn commit_behind(&mut self, id: ObjectId) -> Result<Option<CommitIdx>, Error> {
        let commit = self.objects.commit_behind(&id)?;
        commit.map(|commit| self.commit(commit)).transpose()
    }

    /// As [`commit_behind`](Self::commit_behind), of what a ref had once: `None` too if that was gone before the push. What
    /// a pusher brings back need not be whole.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn commit_if_kept(&mut self, id: ObjectId) -> Result<Option<CommitIdx>, Error> {
        if self.objects.existed_before(&id) {
            self.commit_behind(id)
        } else {
            Ok(None)
        }
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
            known_parents: None,
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

    /// A commit's parents in the graph, read now if they were not yet.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn known_parents(&mut self, commit: CommitIdx) -> Result<&[CommitIdx], Error> {
        if self.nodes[commit.index()].known_parents.is_none() {
            let ids = std::mem::take(&mut self.nodes[commit.index()].parents);
            let parents = ids
                .iter()
                .map(|&id| self.parent(commit, id))
                .collect::<Result<_, _>>();
            let node = &mut self.nodes[commit.index()];
            node.parents = ids;
            node.known_parents = Some(parents?);
        }
        Ok(self.nodes[commit.index()]
            .known_parents
            .as_deref()
            .unwrap_or_default())
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
    ) -> Result<NewCommits, Error> {
        let depth = std::mem::replace(&mut self.depth, Depth::ByDate);
        let found = self.new_commits_by_date(tip, hidden);
        self.depth = depth;
        let (found, proven) = found?;
        if proven == Some(false) || (proven.is_none() && depth == Depth::Exact) {
            self.depth = Depth::Exact;
            let found = self.walk_new(tip, hidden);
            self.depth = depth;
            return found;
        }
        self.shortcuts |= proven.is_none();
        Ok(NewCommits {
            certain: proven.is_some(),
            ..found
        })
    }

    /// The new commits as dates tell them, and whether these are indeed new, if that could be found out.
    fn new_commits_by_date(
        &mut self,
        tip: CommitIdx,
        hidden: &[CommitIdx],
    ) -> Result<(NewCommits, Option<bool>), Error> {
        let found = self.walk_new(tip, hidden)?;
        let proven = if found.certain {
            Some(true)
        } else {
            self.are_new(&found.commits, hidden)?
        };
        Ok((found, proven))
    }

    fn walk_new(&mut self, tip: CommitIdx, hidden: &[CommitIdx]) -> Result<NewCommits, Error> {
        let mut paint = Paint::start(self, &[(tip, Paint::NEW)], hidden);
        let mut commits = Vec::new();
        let mut oldest = Oldest::default();
        let mut certain = true;
        while paint.is_interesting() || !self.may_stop(&paint, &oldest, &mut certain) {
            let Some(commit) = paint.next(self) else {
                break;
            };
            let flags = self.marks.get(commit);
            if flags & Paint::HIDDEN == 0 {
                commits.push(commit);
                self.objects.budget().check_commits(commits.len())?;
                oldest.include(&self.nodes[commit.index()]);
            }
            paint.spread(self, commit, flags)?;
        }
        // A commit may have turned out to be hidden after it was found.
        commits.retain(|&commit| self.marks.get(commit) & Paint::HIDDEN == 0);
        Ok(NewCommits { commits, certain })
    }

    /// Is none of `found`, which a walk took for new by dates, reachable from `hidden`? `None` if that costs too much.
    ///
    /// If one is, so is all that it leads to: it is enough to look at those whose parents were all found to be hidden.
    /// One that was not in the repository before the push is reachable from nothing that was.
    fn are_new(
        &mut self,
        found: &[CommitIdx],
        hidden: &[CommitIdx],
    ) -> Result<Option<bool>, Error> {
        /// Each costs a walk; a branch has one, and each branch that it merged has another.
        const FEW: usize = 8;
        /// A walk for [`colours::MOST`] of them costs more than one of those for one, and less than these together.
        const MOST: usize = 1024;
        let mut oldest = Vec::new();
        for &commit in found {
            let parents = self.parents(commit).iter();
            let mut known = parents.filter_map(|parent| self.by_id.get(parent));
            let is_oldest = known.all(|&parent| self.marks.get(parent) & Paint::HIDDEN != 0);
            if is_oldest && self.objects.existed_before(&self.id(commit)) {
                oldest.push(commit);
            }
        }
        if oldest.len() > MOST {
            return Ok(None);
        }
        if oldest.len() > FEW {
            return Ok(Some(!colours::reach_any(self, hidden, &oldest)?));
        }
        for commit in oldest {
            if self.reach(hidden, commit)? {
                return Ok(Some(false));
            }
        }
        Ok(Some(true))
    }

    /// No commit in the queue is new any more: can those that are left still lead to one that was taken for new?
    fn may_stop(&self, paint: &Paint, oldest: &Oldest, certain: &mut bool) -> bool {
        let Some((generation, time)) = paint.newest_left() else {
            return true;
        };
        if oldest.is_unset() || generation < oldest.generation {
            return true;
        }
        *certain &= self.depth == Depth::Exact || time >= oldest.time;
        !*certain
    }

    /// Is `ancestor` the same as `descendant`, or reachable from it?
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn contains(&mut self, descendant: CommitIdx, ancestor: CommitIdx) -> Result<bool, Error> {
        self.reach(&[descendant], ancestor)
    }

    /// Is `ancestor` one of `descendants`, or reachable from one of them? Dates only decide how long it takes to know: no
    /// commit between the two is an ancestor of `ancestor`, so none is passed over as common to both.
    fn reach(&mut self, descendants: &[CommitIdx], ancestor: CommitIdx) -> Result<bool, Error> {
        if descendants.contains(&ancestor) {
            return Ok(true);
        }
        let mut tips = vec![(ancestor, Paint::OTHER)];
        tips.extend(descendants.iter().map(|&commit| (commit, Paint::NEW)));
        let mut paint = Paint::start(self, &tips, &[]);
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

    /// The best common ancestors of `commit` and a merge of all of `merged`: all of them, none reachable from another
    /// (git-merge-base(1): `--all commit merged…`).
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn merge_bases(
        &mut self,
        commit: CommitIdx,
        merged: &[CommitIdx],
    ) -> Result<Vec<CommitIdx>, Error> {
        let question = (commit, merged.to_vec());
        if let Some(known) = self.known_bases.get(&question) {
            return Ok(known.clone());
        }
        let mut tips = vec![(commit, Paint::NEW)];
        tips.extend(merged.iter().map(|&part| (part, Paint::OTHER)));
        let mut paint = Paint::start(self, &tips, &[]);
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
        let bases = self.keep_maximal(common)?;
        self.known_bases.insert(question, bases.clone());
        Ok(bases)
    }

    /// What [`Graph::merge_bases`] says of each of `commits` but the first, and all of those before it.
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn merge_bases_in_turn(
        &mut self,
        commits: &[CommitIdx],
    ) -> Result<Vec<Vec<CommitIdx>>, Error> {
        match in_turn::common_ancestors(self, commits)? {
            Some(common) => common
                .into_iter()
                .map(|common| self.keep_maximal(common))
                .collect(),
            None => (1..commits.len())
                .map(|position| self.merge_bases(commits[position], &commits[..position]))
                .collect(),
        }
    }

    /// Drops every commit that is contained in another of `commits` (git-merge-base(1) `--independent`).
    ///
    /// # Errors
    /// When a commit cannot be read.
    pub fn keep_maximal(&mut self, mut commits: Vec<CommitIdx>) -> Result<Vec<CommitIdx>, Error> {
        commits.sort_unstable();
        commits.dedup();
        if commits.len() < 2 {
            return Ok(commits);
        }
        let half = colours::MOST / 2;
        let mut contained = BTreeSet::new();
        let mut certain = true;
        for (position, some) in commits.chunks(half).enumerate() {
            for others in commits.chunks(half).skip(position) {
                let together: BTreeSet<_> = some.iter().chain(others).copied().collect();
                let together: Vec<_> = together.into_iter().collect();
                let found = colours::contained(self, &together)?;
                certain &= found.certain;
                contained.extend(found.commits);
            }
        }
        commits.retain(|commit| !contained.contains(commit));
        if certain {
            return Ok(commits);
        }
        // Where dates ended the walk, one may be left that another contains. A base too many is no small thing: merged
        // with the others in its turn, it can make any merge look clean.
        let mut maximal = Vec::new();
        for (position, &commit) in commits.iter().enumerate() {
            let others = [&commits[..position], &commits[position + 1..]].concat();
            if !self.reach(&others, commit)? {
                maximal.push(commit);
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
        while paint.is_interesting() {
            let Some(commit) = paint.next(self) else {
                break;
            };
            let flags = self.marks.get(commit);
            paint.spread(self, commit, Paint::stale_if_common(flags))?;
        }
        // From the newest on: the states before the first that the walk found to be contained.
        let mut newer = Vec::new();
        let mut state = Some(trusted);
        while let Some(commit) = state.filter(|&state| self.marks.get(state) & Paint::NEW == 0) {
            newer.push(commit);
            let first_parent = self.parents(commit).first().copied();
            state = first_parent.map(|parent| self.commit(parent)).transpose()?;
        }
        self.first_contained(new, &newer)
            .map(|found| found.or(state))
    }

    /// The first of `states`, each an ancestor of the one before, that `new` contains. (The walk above ends where all is
    /// common to both sides. What is common can still lead to a state that it has not seen, where dates lie.)
    fn first_contained(
        &mut self,
        new: CommitIdx,
        states: &[CommitIdx],
    ) -> Result<Option<CommitIdx>, Error> {
        let Some((&oldest, newer)) = states.split_last() else {
            return Ok(None);
        };
        if !self.contains(new, oldest)? {
            return Ok(None);
        }
        let (mut not_contained, mut contained) = (0, newer.len());
        while not_contained < contained {
            let middle = usize::midpoint(not_contained, contained);
            if self.contains(new, states[middle])? {
                contained = middle;
            } else {
                not_contained = middle + 1;
            }
        }
        Ok(Some(states[contained]))
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
