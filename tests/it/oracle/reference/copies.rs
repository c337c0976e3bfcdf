//! Copies of a history in which git has no renames to find, or none that lead out of a rule's paths.
//!
//! `git merge-tree` cannot be told not to look for renames before git 2.50. In a copy in which each line of a file ends
//! with the file's path no two files are alike, and all else merges as it did.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use gix::ObjectId;

use super::{Reference, Way};
use crate::oracle::patterns::{self, Shape};
use crate::oracle::scratch::Tree;
use crate::oracle::script::quoted;

/// Histories beyond this are not copied whole; of them only a merge base and what is merged, and where no renames are
/// looked for, only the paths that are not alike in all of these: any other is the same in the merge.
const SMALL: usize = 1000;

/// What a copy holds of each commit.
struct Filter<'a> {
    salted: bool,
    within: Option<&'a [Shape]>,
    alike: Option<&'a Tree>,
}

impl Reference {
    /// `commits` in a copy for this `way`; `None` if that cannot be had. The last two are merged.
    pub(super) fn copies(
        &self,
        commits: &[ObjectId],
        paths: &[Shape],
        way: Way,
    ) -> Option<Vec<ObjectId>> {
        if way == Way::Default {
            return Some(commits.to_vec());
        }
        let is_small = self.parents.len() <= SMALL;
        let salted = way == Way::NoRenames;
        let within = (!salted || !is_small).then_some(paths);
        let filter = Filter {
            salted,
            within,
            alike: None,
        };
        if !is_small {
            return self.copy_few(commits, &filter);
        }
        let key = format!("{within:?}");
        if !self.copied.borrow().contains_key(&key) {
            let history = self.parents.iter();
            let history = history.map(|(commit, parents)| (*commit, parents.clone()));
            let all = self.copy(&history.collect(), &filter);
            self.copied.borrow_mut().insert(key.clone(), all);
        }
        let copied = self.copied.borrow();
        Some(commits.iter().map(|commit| copied[&key][commit]).collect())
    }

    /// Of a large history: the one merge base becomes the root.
    fn copy_few(&self, commits: &[ObjectId], filter: &Filter<'_>) -> Option<Vec<ObjectId>> {
        let [.., ours, theirs] = commits else {
            return None;
        };
        let bases = self.git.merge_bases(ours, theirs);
        let [base] = bases[..] else { return None };
        let mut few: BTreeMap<ObjectId, Vec<ObjectId>> =
            commits.iter().map(|&commit| (commit, vec![base])).collect();
        few.insert(base, Vec::new());
        let alike = filter.salted.then(|| self.alike(few.keys().copied()));
        let filter = Filter {
            alike: alike.as_ref(),
            ..*filter
        };
        let copied = self.copy(&few, &filter);
        Some(commits.iter().map(|commit| copied[commit]).collect())
    }

    fn copy(
        &self,
        history: &BTreeMap<ObjectId, Vec<ObjectId>>,
        filter: &Filter<'_>,
    ) -> BTreeMap<ObjectId, ObjectId> {
        let order = parents_first(history);
        let trees: Vec<_> = order
            .iter()
            .map(|commit| self.filtered(*commit, filter))
            .collect();
        let blobs = self.blobs(&trees, filter.salted);
        let mut stream = Vec::new();
        let mut marks: BTreeMap<ObjectId, usize> = BTreeMap::new();
        for (commit, tree) in order.iter().zip(&trees) {
            let mark = marks.len() + 1;
            marks.insert(*commit, mark);
            // With its name as the message: commits that are alike in the copy stay two.
            let mut head = format!(
                "commit refs/copy/{mark}\nmark :{mark}\ncommitter Alice <alice@shop.example> 1700000000 +0000\ndata {}\n{commit}\n",
                commit.to_hex().to_string().len()
            );
            for (nth, parent) in history[commit].iter().enumerate() {
                let word = if nth == 0 { "from" } else { "merge" };
                let _ = writeln!(head, "{word} :{}", marks[parent]);
            }
            head.push_str("deleteall\n");
            stream.extend_from_slice(head.as_bytes());
            write_files(&mut stream, tree, &blobs, filter.salted);
        }
        for mark in marks.values() {
            stream.extend_from_slice(format!("get-mark :{mark}\n").as_bytes());
        }
        stream.extend_from_slice(b"done\n");
        let import = [
            "-c",
            "fastimport.unpackLimit=1",
            "fast-import",
            "--quiet",
            "--done",
            "--force",
        ];
        let output = self.git.run_with(&import, &stream);
        let ids = output
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| ObjectId::from_hex(line).expect("the id of a mark"));
        marks.into_keys().zip(ids).collect()
    }

    /// The entries that each of these commits has.
    fn alike(&self, commits: impl Iterator<Item = ObjectId>) -> Tree {
        let trees: Vec<_> = commits.map(|commit| self.tree_of(Some(commit))).collect();
        let mut alike = Tree::new();
        for (path, entry) in trees.first().into_iter().flat_map(|tree| tree.iter()) {
            if trees.iter().all(|tree| tree.get(path) == Some(entry)) {
                alike.insert(path.clone(), entry.clone());
            }
        }
        alike
    }

    fn filtered(&self, commit: ObjectId, filter: &Filter<'_>) -> Tree {
        let tree = self.tree_of(Some(commit));
        let mut tree = (*tree).clone();
        if let Some(paths) = filter.within {
            tree.retain(|path, _| patterns::contain(paths, path));
        }
        if let Some(alike) = filter.alike {
            tree.retain(|path, _| !alike.contains_key(path));
        }
        tree
    }

    /// The content of every blob that is written anew.
    fn blobs(&self, trees: &[Tree], wanted: bool) -> BTreeMap<String, Vec<u8>> {
        let entries = trees.iter().flat_map(BTreeMap::values);
        let ids: BTreeSet<&String> = entries
            .filter(|(mode, _)| wanted && mode != "160000")
            .map(|(_, id)| id)
            .collect();
        self.git.blobs(ids.into_iter())
    }
}

fn write_files(stream: &mut Vec<u8>, tree: &Tree, blobs: &BTreeMap<String, Vec<u8>>, salted: bool) {
    for (path, (mode, id)) in tree {
        let name = quoted(path);
        if !salted || mode == "160000" {
            stream.extend_from_slice(format!("M {mode} {id} {name}\n").as_bytes());
            continue;
        }
        let mut content = Vec::new();
        for line in blobs[id].split_inclusive(|&byte| byte == b'\n') {
            let (text, end) = match line.split_last() {
                Some((b'\n', text)) => (text, &b"\n"[..]),
                _ => (line, &b""[..]),
            };
            content.extend_from_slice(text);
            content.extend_from_slice(format!(" {name}").as_bytes());
            content.extend_from_slice(end);
        }
        stream.extend_from_slice(
            format!("M {mode} inline {name}\ndata {}\n", content.len()).as_bytes(),
        );
        stream.extend_from_slice(&content);
        stream.push(b'\n');
    }
}

/// The commits of a history, parents before their children.
fn parents_first(history: &BTreeMap<ObjectId, Vec<ObjectId>>) -> Vec<ObjectId> {
    let mut order: Vec<ObjectId> = Vec::new();
    let mut placed = BTreeSet::new();
    while order.len() < history.len() {
        for (commit, parents) in history {
            if !placed.contains(commit) && parents.iter().all(|parent| placed.contains(parent)) {
                placed.insert(*commit);
                order.push(*commit);
            }
        }
    }
    order
}
