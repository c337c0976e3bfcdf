//! Histories as people and attackers make them.

mod edits;

use super::patterns::Shape;
use super::script::{Content, Files, NewCommit, RuleSpec, Scope, Script, Update};
use crate::support::ObjectFormat;
use crate::support::Random;

/// The refs of a history; the first is the default branch.
const LINES: [&str; 5] = [
    "refs/heads/main",
    "refs/heads/release/1",
    "refs/heads/release/2",
    "refs/heads/topic/a",
    "refs/heads/topic/b",
];

/// What is pushed to; the last two do not exist before.
const TARGETS: [&str; 7] = [
    "refs/heads/main",
    "refs/heads/main",
    "refs/heads/release/1",
    "refs/heads/release/1",
    "refs/heads/release/2",
    "refs/heads/release/3",
    "refs/tags/v1",
];

const SHAPES: [&[Shape]; 9] = [
    &[Shape::Below("pay")],
    &[Shape::Below("pay")],
    &[Shape::Below("pay/deep")],
    &[Shape::Extension("x")],
    &[Shape::Exactly("pay/a.x")],
    &[Shape::Everything],
    &[Shape::Below("pay"), Shape::Without("md")],
    &[Shape::Below("lib"), Shape::Extension("txt")],
    &[Shape::Exactly("lib/core"), Shape::Exactly("docs")],
];

const TRUSTS: [Option<&[&str]>; 6] = [
    None,
    None,
    Some(&["main"]),
    Some(&["main", "release/*"]),
    Some(&["release/1"]),
    Some(&["topic/*", "main"]),
];

/// A history in the making.
struct Draft {
    random: Random,
    commits: Vec<NewCommit>,
    /// The commits that each line has been at.
    lines: Vec<Vec<usize>>,
    clock: u64,
    dates: Dates,
}

/// How far commits' dates can be believed.
#[derive(Debug, Clone, Copy)]
enum Dates {
    Honest,
    Backwards,
    Random,
    SomeLie,
}

/// The script that follows from `seed`.
pub(super) fn script(seed: u64) -> Script {
    let mut random = Random::new(seed);
    let dates = match random.below(10) {
        0 => Dates::Backwards,
        1 | 2 => Dates::Random,
        3 | 4 => Dates::SomeLie,
        _ => Dates::Honest,
    };
    let format = match random.below(8) {
        0 => ObjectFormat::Sha256,
        _ => ObjectFormat::Sha1,
    };
    let mut draft = Draft {
        random,
        commits: Vec::new(),
        lines: vec![Vec::new(); LINES.len()],
        clock: 1_700_000_000,
        dates,
    };
    draft.begin();
    for _ in 0..draft.random.below(22) + 4 {
        draft.step();
    }
    draft.finish(format)
}

impl Draft {
    fn begin(&mut self) {
        let files = edits::first_tree(&mut self.random);
        let root = self.add(Vec::new(), files);
        for line in &mut self.lines {
            line.push(root);
        }
    }

    fn add(&mut self, parents: Vec<usize>, files: Files) -> usize {
        self.push(parents, Content::Files(files))
    }

    fn push(&mut self, parents: Vec<usize>, content: Content) -> usize {
        self.clock += 60;
        let any = 1_600_000_000 + self.random.below(200_000_000) as u64;
        let date = match self.dates {
            Dates::Backwards => 3_400_000_000 - self.clock,
            Dates::Random => any,
            Dates::SomeLie if self.random.percent(30) => {
                *self.random.pick(&[0, 1, any, 4_000_000_000])
            }
            Dates::Honest | Dates::SomeLie => self.clock,
        };
        self.commits.push(NewCommit {
            parents,
            date,
            content,
        });
        self.commits.len() - 1
    }

    fn files(&self, commit: usize) -> &Files {
        match &self.commits[commit].content {
            Content::Files(files) => files,
            Content::GitMerge => unreachable!("nothing is built upon what git merges"),
        }
    }

    fn tip(&self, line: usize) -> usize {
        *self.lines[line]
            .last()
            .expect("every line begins somewhere")
    }

    fn step(&mut self) {
        let line = self.random.below(LINES.len());
        let tip = self.tip(line);
        let commit = match self.random.below(20) {
            0..=7 => self.edit(tip),
            8 => self.add(vec![tip], self.files(tip).clone()),
            9..=13 => self.merge(tip),
            14 => return self.criss_cross(line),
            15 => self.octopus(tip),
            16 => self.pick(tip, false),
            17 => self.pick(tip, true),
            18 => self.any_commit(),
            _ => self.root_or_graft(tip),
        };
        self.lines[line].push(commit);
    }

    fn any_commit(&mut self) -> usize {
        self.random.below(self.commits.len())
    }

    fn edit(&mut self, parent: usize) -> usize {
        let mut files = self.files(parent).clone();
        for _ in 0..=self.random.below(3) {
            edits::edit(&mut files, &mut self.random);
        }
        self.add(vec![parent], files)
    }

    /// What is merged: mostly where another line is, or was.
    fn other(&mut self, than: usize) -> usize {
        let line = self.random.below(LINES.len());
        let other = match self.random.below(4) {
            0 => self.any_commit(),
            _ => self.tip(line),
        };
        if other == than { self.edit(0) } else { other }
    }

    fn merge(&mut self, ours: usize) -> usize {
        let theirs = self.other(ours);
        let files = self.resolve(ours, theirs);
        self.add(vec![ours, theirs], files)
    }

    /// The tree of a merge: as it should be, dropping a side, or with something slipped in.
    fn resolve(&mut self, ours: usize, theirs: usize) -> Files {
        let base = self.common_ancestor(ours, theirs);
        let (ours, theirs) = (self.files(ours).clone(), self.files(theirs).clone());
        let base = base
            .map(|base| self.files(base).clone())
            .unwrap_or_default();
        match self.random.below(10) {
            0 => ours,
            1 => theirs,
            way => {
                let mut merged = edits::merge(&base, &ours, &theirs, &mut self.random);
                if way < 4 {
                    edits::edit(&mut merged, &mut self.random);
                }
                merged
            }
        }
    }

    fn criss_cross(&mut self, line: usize) {
        let one = self.tip(line);
        let other = self.other(one);
        let (left, right) = (self.resolve(one, other), self.resolve(other, one));
        let left = self.add(vec![one, other], left);
        let right = self.add(vec![other, one], right);
        self.lines[line].push(left);
        let elsewhere = self.random.below(LINES.len());
        self.lines[elsewhere].push(right);
        if self.random.percent(50) {
            let (left, right) = (self.edit(left), self.edit(right));
            self.lines[line].push(left);
            self.lines[elsewhere].push(right);
        }
    }

    fn octopus(&mut self, tip: usize) -> usize {
        let mut parents = vec![tip];
        let mut files = self.files(tip).clone();
        for _ in 0..self.random.below(2) + 2 {
            let next = self.other(tip);
            if !parents.contains(&next) {
                let base = self.common_ancestor(tip, next);
                let base = base
                    .map(|base| self.files(base).clone())
                    .unwrap_or_default();
                files = edits::merge(&base, &files, &self.files(next).clone(), &mut self.random);
                parents.push(next);
            }
        }
        if self.random.percent(40) {
            edits::edit(&mut files, &mut self.random);
        }
        self.add(parents, files)
    }

    /// Cherry-picks a commit, or reverts it.
    fn pick(&mut self, tip: usize, revert: bool) -> usize {
        let picked = self.any_commit();
        let before = self.commits[picked].parents.first().copied();
        let before = before
            .map(|before| self.files(before).clone())
            .unwrap_or_default();
        let after = self.files(picked).clone();
        let (from, to) = if revert {
            (after, before)
        } else {
            (before, after)
        };
        let files = edits::merge(&from, &self.files(tip).clone(), &to, &mut self.random);
        self.add(vec![tip], files)
    }

    /// A history of its own, or this one joined with one.
    fn root_or_graft(&mut self, tip: usize) -> usize {
        let files = edits::first_tree(&mut self.random);
        let root = self.add(Vec::new(), files);
        if self.random.percent(70) {
            let files = self.resolve(tip, root);
            return self.add(vec![tip, root], files);
        }
        root
    }

    /// Some common ancestor, the newest by position.
    fn common_ancestor(&self, one: usize, other: usize) -> Option<usize> {
        let (one, other) = (self.reachable(one), self.reachable(other));
        (0..self.commits.len())
            .rev()
            .find(|&commit| one[commit] && other[commit])
    }

    fn reachable(&self, tip: usize) -> Vec<bool> {
        let mut reachable = vec![false; self.commits.len()];
        reachable[tip] = true;
        // Parents come before their children.
        for commit in (0..=tip).rev() {
            if reachable[commit] {
                for &parent in &self.commits[commit].parents {
                    reachable[parent] = true;
                }
            }
        }
        reachable
    }

    fn finish(mut self, format: ObjectFormat) -> Script {
        let mut refs = Vec::new();
        for (line, name) in LINES.iter().enumerate() {
            let past = self.lines[line].clone();
            let recent = past.len() - self.random.below(past.len().min(5)) - 1;
            refs.push((
                *name,
                if self.random.percent(85) {
                    past[recent]
                } else {
                    self.any_commit()
                },
            ));
        }
        let written = self.commits.len();
        let mut honest = Vec::new();
        for _ in 0..3 {
            let (one, other) = (self.random.below(3), self.random.below(refs.len()));
            let (ours, theirs) = (refs[one], refs[other].1);
            if ours.1 != theirs {
                let merge = self.push(vec![ours.1, theirs], Content::GitMerge);
                honest.push(Update {
                    name: ours.0,
                    old: Some(ours.1),
                    new: Some(merge),
                });
            }
        }
        let records = self.records(written);
        let mut updates = honest;
        for _ in 0..9 {
            updates.push(self.update(&refs, written));
        }
        Script {
            format,
            commit_graph: self.random.percent(30),
            rules: (0..3).map(|_| self.rule()).collect(),
            baseline: self.random.percent(15).then(|| self.random.below(written)),
            commits: self.commits,
            refs,
            records,
            updates,
        }
    }

    /// What was recorded of some refs: most values of their line, some of none; and of refs that are gone.
    fn records(&mut self, written: usize) -> Vec<(&'static str, Vec<Option<usize>>)> {
        let mut records = Vec::new();
        for (line, name) in LINES.iter().enumerate() {
            if self.random.percent(40) {
                continue;
            }
            let mut values = Vec::new();
            if self.random.percent(30) {
                values.push(None);
            }
            let kept = self.random.below(100);
            for value in self.lines[line].clone() {
                if self.random.percent(kept) {
                    values.push(Some(value));
                }
                if self.random.percent(5) {
                    values.push(Some(self.random.below(written)));
                }
            }
            records.push((*name, values));
        }
        for name in &TARGETS[5..] {
            if self.random.percent(40) {
                let values = (0..=self.random.below(4)).map(|_| Some(self.random.below(written)));
                records.push((*name, values.collect()));
            }
        }
        records
    }

    fn update(&mut self, refs: &[(&'static str, usize)], written: usize) -> Update {
        let name = *self.random.pick(&TARGETS);
        let stands = refs
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, at)| *at);
        let old = match self.random.below(10) {
            0..=6 => stands,
            7 | 8 => Some(self.random.below(written)),
            _ => None,
        };
        let line = LINES.iter().position(|line| *line == name);
        let new = match (self.random.below(10), line) {
            (0, _) if old.is_some() => None,
            (1..=4, Some(line)) => Some(self.tip(line)),
            (5, _) => Some(written - 1),
            _ => Some(self.random.below(self.commits.len())),
        };
        Update { name, old, new }
    }

    fn rule(&mut self) -> RuleSpec {
        RuleSpec {
            paths: self.random.pick(&SHAPES).to_vec(),
            scope: *self.random.pick(&[
                Scope::EveryCommit,
                Scope::EveryCommit,
                Scope::EveryCommit,
                Scope::FirstParent,
                Scope::Tip,
            ]),
            trusts: self.random.pick(&TRUSTS).map(<[_]>::to_vec),
        }
    }
}
