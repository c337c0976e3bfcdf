//! SPEC 2.1 to 2.5, slowly and plainly, from sets of commits and lists of files that git gives.

mod copies;
mod merges;

use gix::hashtable::{HashMap, HashSet};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gix::ObjectId;

use super::patterns::{self, Shape};
use super::scratch::{Asked, Tree};
use super::script::Scope;
pub(super) use merges::Way;

pub(super) type Paths = BTreeSet<Vec<u8>>;

/// A repository's history as git tells it.
pub(super) struct Reference {
    pub(super) git: Asked,
    parents: HashMap<ObjectId, Vec<ObjectId>>,
    trees: RefCell<BTreeMap<String, Rc<Tree>>>,
    reachable: RefCell<BTreeMap<BTreeSet<ObjectId>, Rc<HashSet<ObjectId>>>>,
    merges: RefCell<merges::Known>,
    /// Each commit in a copy of the history.
    copied: RefCell<BTreeMap<String, BTreeMap<ObjectId, ObjectId>>>,
}

/// An update, with the refs around it as they stood.
#[derive(Debug, Clone)]
pub(super) struct Question<'a> {
    pub(super) old: Option<ObjectId>,
    pub(super) new: ObjectId,
    /// The refs that the rule trusts, without the updated one.
    pub(super) trusted: Vec<Past>,
    /// What is recorded of the updated ref.
    pub(super) own: Past,
    pub(super) baseline: Vec<ObjectId>,
    pub(super) paths: &'a [Shape],
    pub(super) scope: Scope,
}

/// A ref: what it holds, and what it is recorded to have held, the oldest value first.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    pub(super) tip: Option<ObjectId>,
    pub(super) recorded: Vec<Option<ObjectId>>,
}

/// What a rule sees of an update.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// All new commits, whatever the scope.
    pub(super) new: BTreeSet<ObjectId>,
    /// What new commits touch, where they touch anything.
    pub(super) touched: BTreeMap<ObjectId, Paths>,
    pub(super) net: Paths,
    /// Paths of the net change that no new commit touches.
    pub(super) uncharged: Paths,
}

impl Reference {
    pub(super) fn of(git: &Asked, tips: &[ObjectId]) -> Self {
        Reference {
            git: git.clone(),
            parents: git.graph(tips),
            trees: RefCell::default(),
            reachable: RefCell::default(),
            merges: RefCell::default(),
            copied: RefCell::default(),
        }
    }

    /// Gives back memory; all is asked for again where it is needed.
    pub(super) fn forget(&mut self) {
        self.trees.take();
        self.reachable.take();
        self.merges.take();
    }

    pub(super) fn parents(&self, commit: ObjectId) -> &[ObjectId] {
        &self.parents[&commit]
    }

    /// The commit and all that is reachable from it.
    pub(super) fn ancestors(&self, commit: ObjectId) -> Rc<HashSet<ObjectId>> {
        self.reachable([commit])
    }

    /// These commits and all that is reachable from any of them: one look at each, however many they are.
    fn reachable(&self, from: impl IntoIterator<Item = ObjectId>) -> Rc<HashSet<ObjectId>> {
        let from: BTreeSet<ObjectId> = from.into_iter().collect();
        if let Some(known) = self.reachable.borrow().get(&from) {
            return Rc::clone(known);
        }
        let mut found = HashSet::default();
        let mut left: Vec<ObjectId> = from.iter().copied().collect();
        while let Some(commit) = left.pop() {
            if found.insert(commit) {
                left.extend(self.parents(commit));
            }
        }
        let found = Rc::new(found);
        self.reachable.borrow_mut().insert(from, Rc::clone(&found));
        found
    }

    pub(super) fn contains(&self, descendant: ObjectId, ancestor: ObjectId) -> bool {
        self.ancestors(descendant).contains(&ancestor)
    }

    /// The files of a commit or tree; of nothing, none.
    pub(super) fn tree(&self, of: Option<&str>) -> Rc<Tree> {
        let Some(of) = of else { return Rc::default() };
        if let Some(known) = self.trees.borrow().get(of) {
            return Rc::clone(known);
        }
        let tree = Rc::new(self.git.ls_tree(of));
        self.trees
            .borrow_mut()
            .insert(of.to_owned(), Rc::clone(&tree));
        tree
    }

    pub(super) fn tree_of(&self, commit: Option<ObjectId>) -> Rc<Tree> {
        self.tree(commit.map(|commit| commit.to_string()).as_deref())
    }

    /// SPEC 2.2 to 2.4 for one update and rule, with merges as git makes them by default; `None` if git fails to.
    pub(super) fn answer(&self, question: &Question<'_>) -> Option<Answer> {
        let new = self.new_commits(question);
        let net = self.net(question)?;
        let mut touched = BTreeMap::new();
        for (commit, paths) in self.touches(question, &new, &net) {
            let paths = paths?;
            if !paths.is_empty() {
                touched.insert(commit, paths);
            }
        }
        let charged: Paths = touched.values().flatten().cloned().collect();
        Some(Answer {
            new,
            uncharged: net.difference(&charged).cloned().collect(),
            touched,
            net,
        })
    }

    /// SPEC 2.4: the new commits that the scope asks about, and what each touches.
    fn touches(
        &self,
        question: &Question<'_>,
        new: &BTreeSet<ObjectId>,
        net: &Paths,
    ) -> Vec<(ObjectId, Option<Paths>)> {
        let paths = question.paths;
        let all = new.iter().copied();
        match question.scope {
            Scope::EveryCommit => all
                .map(|commit| (commit, self.touched_by(commit, paths)))
                .collect(),
            Scope::FirstParent => {
                let way = self.first_parents(question.new).into_iter();
                way.filter(|commit| new.contains(commit))
                    .map(|commit| (commit, Some(self.since_first_parent(commit, paths))))
                    .collect()
            }
            Scope::Tip => all
                .filter(|commit| *commit == question.new)
                .map(|commit| (commit, Some(net.clone())))
                .collect(),
        }
    }

    fn since_first_parent(&self, commit: ObjectId, paths: &[Shape]) -> Paths {
        let before = self.parents(commit).first().copied();
        differences(&self.tree_of(before), &self.tree_of(Some(commit)), paths)
    }

    /// SPEC 2.1: the values that are recorded; before the first record, its first parents; and the tip.
    fn states(&self, past: &Past) -> BTreeSet<ObjectId> {
        let before = match past.recorded.first() {
            Some(first) => *first,
            None => past.tip,
        };
        let before = before.into_iter().flat_map(|tip| self.first_parents(tip));
        let recorded = past.recorded.iter().flatten().copied();
        before.chain(recorded).chain(past.tip).collect()
    }

    /// The states of all refs that are trusted, and the baseline.
    fn trusted_states(&self, question: &Question<'_>) -> BTreeSet<ObjectId> {
        let refs = question.trusted.iter().chain([&question.own]);
        let states = refs.flat_map(|past| self.states(past));
        states.chain(question.baseline.iter().copied()).collect()
    }

    /// Whatever is reachable from one of these is not new.
    pub(super) fn known(&self, question: &Question<'_>) -> BTreeSet<ObjectId> {
        let mut known = self.trusted_states(question);
        known.extend(question.old);
        known
    }

    /// SPEC 2.2: reachable from `new`, and neither from the old tip nor from a state of a trusted ref.
    pub(super) fn new_commits(&self, question: &Question<'_>) -> BTreeSet<ObjectId> {
        let known = self.reachable(self.known(question));
        let new = self.ancestors(question.new);
        new.iter()
            .copied()
            .filter(|commit| !known.contains(commit))
            .collect()
    }

    /// The commit and its first parents, to the root.
    pub(super) fn first_parents(&self, tip: ObjectId) -> Vec<ObjectId> {
        std::iter::successors(Some(tip), |&commit| self.parents(commit).first().copied()).collect()
    }

    /// SPEC 2.3: what the ref is to keep, and the states that are to be merged into it; of a new ref each state is one that
    /// it may begin from.
    pub(super) fn begins_from(&self, question: &Question<'_>) -> (Option<ObjectId>, Vec<ObjectId>) {
        let all = || self.trusted_states(question);
        let kept = question.old.or_else(|| {
            let last = question.own.recorded.iter().rev().flatten().next();
            let last = *last.filter(|&&last| !self.contains(question.new, last))?;
            // Where another trusted ref has got since, it may begin anew.
            let stranger = Question {
                own: Past::default(),
                ..question.clone()
            };
            let others = self.newest(question.new, None, self.trusted_states(&stranger));
            let begins = self.newest(question.new, None, all());
            let is_since = |state: &ObjectId| !self.contains(last, *state);
            let is_new = begins.iter().all(|state| others.contains(state));
            let is_new = is_new && begins.iter().any(is_since);
            (!is_new).then_some(last)
        });
        (kept, self.newest(question.new, kept, all()))
    }

    /// T of SPEC 2.3: the newest of these states that `new` contains and `old` does not.
    fn newest(
        &self,
        new: ObjectId,
        old: Option<ObjectId>,
        states: BTreeSet<ObjectId>,
    ) -> Vec<ObjectId> {
        let arrives = |state: ObjectId| {
            self.contains(new, state) && !old.is_some_and(|old| self.contains(old, state))
        };
        let mut newest: Vec<ObjectId> = states.into_iter().collect();
        newest.retain(|&state| arrives(state));
        // Nothing is reachable from its own parents.
        let older = newest.iter().flat_map(|&state| self.parents(state));
        let older = self.reachable(older.copied());
        newest.retain(|state| !older.contains(state));
        newest
    }

    fn net(&self, question: &Question<'_>) -> Option<Paths> {
        let found = self.tree_of(Some(question.new));
        let since = |before: &Tree| differences(before, &found, question.paths);
        match self.begins_from(question) {
            (Some(kept), states) if !states.is_empty() => {
                self.net_of_merge(kept, &states, question, Way::Default)
            }
            (None, states) if !states.is_empty() => Some(
                states
                    .iter()
                    .flat_map(|&state| since(&self.tree_of(Some(state))))
                    .collect(),
            ),
            (kept, _) => Some(since(&self.tree_of(kept))),
        }
    }

    /// SPEC 2.4 for one commit by itself.
    fn touched_by(&self, commit: ObjectId, paths: &[Shape]) -> Option<Paths> {
        let found = self.tree_of(Some(commit));
        let since = |before: &Tree| differences(before, &found, paths);
        match *self.parents(commit) {
            [] => Some(since(&Tree::new())),
            [parent] => Some(since(&self.tree_of(Some(parent)))),
            [ours, theirs] => self.touched_by_merge(commit, [ours, theirs], paths, Way::Default),
            ref parents => parents
                .iter()
                .map(|&parent| since(&self.tree_of(Some(parent))))
                .reduce(|all, one| all.intersection(&one).cloned().collect()),
        }
    }
}

/// The paths within `patterns` at which two trees differ.
pub(super) fn differences(before: &Tree, after: &Tree, patterns: &[Shape]) -> Paths {
    let mut paths = Paths::new();
    for path in before.keys().chain(after.keys()) {
        if before.get(path) != after.get(path) && patterns::contain(patterns, path) {
            paths.insert(path.clone());
        }
    }
    paths
}
