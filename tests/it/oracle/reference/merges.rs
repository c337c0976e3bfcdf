//! What git would have merged, in three ways of asking.
//!
//! The contract's oracle is `git merge-tree`, and the merge is "computed only where both sides changed R's paths" (SPEC
//! 2.3). git follows renames, also those that lead into R's paths or out of them; whoever looks at R's paths alone
//! cannot. So the same merge is asked for with renames, without, and over histories that hold nothing but R's paths.

use std::collections::BTreeMap;
use std::rc::Rc;

use gix::ObjectId;

use super::{Paths, Question, Reference, differences};
use crate::oracle::patterns::{self, Shape};
use crate::oracle::scratch::{Merged, Tree};

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

/// Merges that were asked for before: files and conflicts.
pub(super) type Known = BTreeMap<(ObjectId, ObjectId), Option<Rc<(Tree, Paths)>>>;

impl Reference {
    /// The paths at which a merge commit differs from git's merge of its parents, or which conflict there. `None` if it
    /// cannot be asked for in this way.
    pub(in crate::oracle) fn touched_by_merge(
        &self,
        commit: ObjectId,
        [ours, theirs]: [ObjectId; 2],
        paths: &[Shape],
        way: Way,
    ) -> Option<Paths> {
        let copies = self.copies(&[commit, ours, theirs], paths, way)?;
        let merged = self.merged(copies[1], copies[2])?;
        let (expected, conflicts) = &*merged;
        let mut touched = differences(expected, &self.tree_of(Some(copies[0])), paths);
        let conflicts = conflicts.iter();
        touched.extend(
            conflicts
                .filter(|path| patterns::contain(paths, path))
                .cloned(),
        );
        Some(touched)
    }

    /// The difference from the old tip merged with each of `states` to the new tip. In which order several are merged is
    /// not said; what is asked for is what differs in every order.
    pub(in crate::oracle) fn net_of_merge(
        &self,
        old: ObjectId,
        states: &[ObjectId],
        question: &Question<'_>,
        way: Way,
    ) -> Option<Paths> {
        let paths = question.paths;
        let commits = [&[question.new, old][..], states].concat();
        let copies = self.copies(&commits, paths, way)?;
        let found = self.tree_of(Some(copies[0]));
        let each = orders(&copies[2..]).into_iter();
        let each = each.map(|order| {
            let expected = self.expected(copies[1], &order)?;
            Some(differences(&expected, &found, paths))
        });
        each.reduce(|all, one| Some(all?.intersection(&one?).cloned().collect()))?
    }

    fn expected(&self, old: ObjectId, states: &[ObjectId]) -> Option<Tree> {
        let old_tree = self.tree_of(Some(old));
        let mut tip = old;
        let mut tree = (*old_tree).clone();
        for (nth, &state) in states.iter().enumerate() {
            let merged = self.merged(tip, state)?;
            tree = merged.0.clone();
            for path in &merged.1 {
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
        Some(tree)
    }

    fn merged(&self, ours: ObjectId, theirs: ObjectId) -> Option<Rc<(Tree, Paths)>> {
        if let Some(known) = self.merges.borrow().get(&(ours, theirs)) {
            return known.clone();
        }
        let merged = self.git.merge_tree(&ours, &theirs);
        let merged =
            merged.map(|merged| Rc::new(self.with_names_as_they_were(&merged, [ours, theirs])));
        let known = merged.clone();
        self.merges.borrow_mut().insert((ours, theirs), known);
        merged
    }

    /// The files and conflicts of a merge. Where a file stands in the way of a directory, git moves it aside as
    /// `name~commit`: that is a conflict about `name`.
    fn with_names_as_they_were(&self, merged: &Merged, sides: [ObjectId; 2]) -> (Tree, Paths) {
        let mut files = (*self.tree(Some(&merged.tree))).clone();
        let mut conflicts = Paths::new();
        for path in &merged.conflicts {
            let was = sides.iter().find_map(|side| {
                let mark = format!("~{side}");
                path.windows(mark.len())
                    .position(|part| part == mark.as_bytes())
            });
            if was.is_some() {
                files.remove(path);
            }
            conflicts.insert(path[..was.unwrap_or(path.len())].to_vec());
        }
        (files, conflicts)
    }
}

/// Every order of `states`; for more than four only this one.
fn orders(states: &[ObjectId]) -> Vec<Vec<ObjectId>> {
    if states.len() > 4 || states.len() <= 1 {
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
