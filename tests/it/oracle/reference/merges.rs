//! What git would have merged, in three ways of asking.
//!
//! The contract's oracle is `git merge-tree`, and the merge is "computed only where both sides changed R's paths" (SPEC
//! 2.3). git follows renames, also those that lead into R's paths or out of them; whoever looks at R's paths alone
//! cannot. So the same merge is asked for with renames, without, and over histories that hold nothing but R's paths.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use gix::ObjectId;

use super::{Paths, Question, Reference, differences};
use crate::oracle::patterns::{self, Shape};
use crate::oracle::scratch::{Merged, Tree};
use crate::oracle::script::quoted;

/// How merges are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::oracle) enum Way {
    /// As git does by default.
    Default,
    /// Without looking for renames.
    NoRenames,
    /// By default, of histories that hold nothing but the rule's paths.
    WithinPaths,
}

/// Answers that were given before.
#[derive(Debug, Default)]
pub(super) struct Known {
    merged: BTreeMap<(ObjectId, ObjectId, bool), Rc<Merged>>,
    filtered: BTreeMap<(ObjectId, String), ObjectId>,
}

impl Reference {
    /// The paths at which a merge commit differs from git's merge of its parents, or which conflict there.
    pub(super) fn touched_by_merge(
        &self,
        commit: ObjectId,
        [ours, theirs]: [ObjectId; 2],
        paths: &[Shape],
        way: Way,
    ) -> Paths {
        let (commit, ours, theirs) = match way {
            Way::WithinPaths => (
                self.within(commit, paths),
                self.within(ours, paths),
                self.within(theirs, paths),
            ),
            _ => (commit, ours, theirs),
        };
        let merged = self.merged(ours, theirs, way);
        let expected = self.tree(Some(&merged.tree));
        let mut touched = differences(&expected, &self.tree_of(Some(commit)), paths);
        touched.extend(
            merged
                .conflicts
                .iter()
                .filter(|path| patterns::contain(paths, path))
                .cloned(),
        );
        touched
    }

    /// The difference from the old tip merged with each of `states` to the new tip. In which order several are merged is
    /// not said; what is asked for is what differs in every order.
    pub(in crate::oracle) fn net_of_merge(
        &self,
        old: ObjectId,
        states: &[ObjectId],
        question: &Question<'_>,
        way: Way,
    ) -> Paths {
        let paths = question.paths;
        let map = |commit| match way {
            Way::WithinPaths => self.within(commit, paths),
            _ => commit,
        };
        let found = self.tree_of(Some(map(question.new)));
        let states: Vec<_> = states.iter().map(|&state| map(state)).collect();
        let orders = orders(&states).into_iter();
        let each =
            orders.map(|order| differences(&self.expected(map(old), &order, way), &found, paths));
        each.reduce(|all, one| all.intersection(&one).cloned().collect())
            .expect("one order at least")
    }

    fn expected(&self, old: ObjectId, states: &[ObjectId], way: Way) -> Tree {
        let old_tree = self.tree_of(Some(old));
        let mut tip = old;
        let mut tree = (*old_tree).clone();
        for (nth, &state) in states.iter().enumerate() {
            let merged = self.merged(tip, state, way);
            tree = (*self.tree(Some(&merged.tree))).clone();
            for path in &merged.conflicts {
                match old_tree.get(path) {
                    Some(entry) => tree.insert(path.clone(), entry.clone()),
                    None => tree.remove(path),
                };
            }
            if nth + 1 < states.len() {
                let written = self.git.write_tree(&tree);
                tip = self.git.commit_tree(&written, &[tip, state], 1_700_000_000);
            }
        }
        tree
    }

    pub(in crate::oracle) fn merged(
        &self,
        ours: ObjectId,
        theirs: ObjectId,
        way: Way,
    ) -> Rc<Merged> {
        let renames = way != Way::NoRenames;
        if let Some(known) = self.merges.borrow().merged.get(&(ours, theirs, renames)) {
            return Rc::clone(known);
        }
        let without = [
            "-c",
            "merge.renames=false",
            "-c",
            "merge.directoryRenames=false",
        ];
        let options: &[&str] = if renames { &[] } else { &without };
        let merged = Rc::new(self.git.merge_tree(&ours, &theirs, options));
        self.merges
            .borrow_mut()
            .merged
            .insert((ours, theirs, renames), Rc::clone(&merged));
        merged
    }

    /// The commit in a copy of the history that holds only what is within `paths`.
    fn within(&self, commit: ObjectId, paths: &[Shape]) -> ObjectId {
        let key = format!("{paths:?}");
        if let Some(&known) = self.merges.borrow().filtered.get(&(commit, key.clone())) {
            return known;
        }
        let mut order = Vec::new();
        self.parents_first(commit, &mut order);
        let mut stream = String::new();
        for (position, &commit) in order.iter().enumerate() {
            let mark = |id: &ObjectId| {
                order
                    .iter()
                    .position(|known| known == id)
                    .expect("parents are there")
                    + 1
            };
            let _ = write!(
                stream,
                "commit refs/within/{position}\nmark :{}\ncommitter Alice <alice@shop.example> {} +0000\ndata 0\n",
                position + 1,
                1_700_000_000 + position
            );
            for (nth, parent) in self.parents(commit).iter().enumerate() {
                let _ = writeln!(
                    stream,
                    "{} :{}",
                    if nth == 0 { "from" } else { "merge" },
                    mark(parent)
                );
            }
            stream.push_str("deleteall\n");
            for (path, (mode, object)) in &*self.tree_of(Some(commit)) {
                if patterns::contain(paths, path) {
                    let _ = writeln!(stream, "M {mode} {object} {}", quoted(path));
                }
            }
        }
        self.import(&stream, commit, &key, order.len())
    }

    fn import(&self, stream: &str, commit: ObjectId, key: &str, count: usize) -> ObjectId {
        // fast-import says the id of a mark when it is asked.
        let stream = format!("{stream}\nget-mark :{count}\ndone\n");
        let output = self.git.run_with(
            &[
                "-c",
                "fastimport.unpackLimit=1",
                "fast-import",
                "--quiet",
                "--done",
                "--force",
            ],
            stream.as_bytes(),
        );
        let id = ObjectId::from_hex(output.trim_ascii()).expect("the id of the mark");
        self.merges
            .borrow_mut()
            .filtered
            .insert((commit, key.to_owned()), id);
        id
    }

    /// All that is reachable from `commit`, parents before their children.
    fn parents_first(&self, commit: ObjectId, order: &mut Vec<ObjectId>) {
        for &ancestor in &*self.ancestors(commit) {
            order.push(ancestor);
        }
        // Whoever has more ancestors comes later: an ancestor always has fewer.
        order.sort_by_key(|commit| self.ancestors(*commit).len());
    }
}

/// Every order of `states`; for more than four only this one.
fn orders(states: &[ObjectId]) -> Vec<Vec<ObjectId>> {
    if states.len() > 4 {
        return vec![states.to_vec()];
    }
    if states.len() <= 1 {
        return vec![states.to_vec()];
    }
    let mut all = Vec::new();
    for (position, &first) in states.iter().enumerate() {
        let mut rest = states.to_vec();
        rest.remove(position);
        all.extend(
            orders(&rest)
                .into_iter()
                .map(|order| [&[first][..], &order].concat()),
        );
    }
    all
}
