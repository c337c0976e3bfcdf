//! The two answers side by side.
//!
//! Everything must be equal, but for merges, where the engine may report more (SPEC 2.3). Where it does, and where it
//! does not follow git over a rename into or out of a rule's paths, is counted by class.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use gix::ObjectId;
use portcullis::git::graph::Depth;
use portcullis::policy::rule::UpdateKind;

use super::engine::{Engine, Move, Said, Seen};
use super::patterns::Shape;
use super::reference::{Answer, Paths, Question, Reference, Way};
use super::script::Scope;

/// How much was compared, and how it came out.
#[derive(Debug, Default, Clone)]
pub(super) struct Counts(pub(super) BTreeMap<String, usize>);

/// Where the answers differ and must not.
#[derive(Debug, Clone)]
pub(super) struct Difference {
    /// The kind of difference: a smaller script must show the same.
    pub(super) class: String,
    pub(super) details: String,
}

impl Counts {
    pub(super) fn add(&mut self, what: impl Into<String>, count: usize) {
        if count > 0 {
            *self.0.entry(what.into()).or_default() += count;
        }
    }

    pub(super) fn merge(&mut self, other: Counts) {
        for (what, count) in other.0 {
            self.add(what, count);
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.0 {
            writeln!(f, "{count:>9}  {what}")?;
        }
        Ok(())
    }
}

/// One update under one rule.
pub(super) struct Case<'a> {
    pub(super) reference: &'a Reference,
    pub(super) engine: &'a Engine,
    pub(super) question: Question<'a>,
    pub(super) rule: usize,
}

/// The kind of update, which no rule has a say in.
pub(super) fn compare_kind(
    reference: &Reference,
    update: &Move,
    said: &Said,
) -> Result<(), Difference> {
    let expected = match (update.old, update.new) {
        (_, None) => UpdateKind::Delete,
        (None, _) => UpdateKind::Create,
        (Some(old), Some(new)) if reference.contains(new, old) => UpdateKind::FastForward,
        _ => UpdateKind::Rewind,
    };
    must(said.kind == expected, "kind of update", || {
        format!("{expected:?}, engine {:?}", said.kind)
    })
}

impl Case<'_> {
    pub(super) fn compare(
        &self,
        exact: &Seen,
        by_date: &Said,
        counts: &mut Counts,
    ) -> Result<(), Difference> {
        let Some(answer) = self.reference.answer(&self.question) else {
            counts.add("left out: git merge-tree fails", 1);
            return Ok(());
        };
        self.compare_new(&answer, exact, counts)?;
        let mut more = 0;
        let commits = answer
            .new
            .iter()
            .chain(answer.touched.keys())
            .chain(exact.touched.keys());
        for commit in commits.collect::<BTreeSet<_>>() {
            more += self.compare_commit(*commit, &answer, exact, counts)?;
        }
        more += self.compare_net(&answer, exact, counts)?;
        self.compare_charges(&answer, exact, more == 0)?;
        match by_date.views.get(&self.rule) {
            Some(seen) => Self::compare_depths(exact, seen, by_date.took_shortcuts, counts),
            None => Err(difference("by date: no view", String::new())),
        }
    }

    fn compare_new(
        &self,
        answer: &Answer,
        exact: &Seen,
        counts: &mut Counts,
    ) -> Result<(), Difference> {
        let question = &self.question;
        let hidden: Vec<ObjectId> = self.reference.known(question).into_iter().collect();
        let (found, _) = self.engine.new_commits(question.new, &hidden, Depth::Exact);
        must(found == answer.new, "new commits", || {
            format!("{:?}, engine {found:?}", answer.new)
        })?;
        must(
            exact.new_commits == answer.new.len(),
            "number of new commits",
            || format!("{}", exact.new_commits),
        )?;
        counts.add("compared: new commits", answer.new.len());
        let (by_date, shortcuts) = self
            .engine
            .new_commits(question.new, &hidden, Depth::ByDate);
        must(
            by_date.is_superset(&answer.new),
            "by date: new commits missing",
            || format!("{by_date:?}"),
        )?;
        must(
            by_date == answer.new || shortcuts,
            "by date: no shortcut admitted",
            || format!("{by_date:?}"),
        )
    }

    /// How many paths the engine reports beyond git's.
    fn compare_commit(
        &self,
        commit: ObjectId,
        answer: &Answer,
        exact: &Seen,
        counts: &mut Counts,
    ) -> Result<usize, Difference> {
        let none = Paths::new();
        let expected = answer.touched.get(&commit).unwrap_or(&none);
        let found = exact.touched.get(&commit).unwrap_or(&none);
        let parents = self.reference.parents(commit);
        let what = match (self.question.scope, parents) {
            (Scope::Tip, _) => return Ok(0),
            (Scope::FirstParent, _) if expected == found => return Ok(0),
            (Scope::EveryCommit, [ours, theirs]) => {
                let ways = |way| {
                    self.reference.touched_by_merge(
                        commit,
                        [*ours, *theirs],
                        self.question.paths,
                        way,
                    )
                };
                let pair = (Some(*ours), *theirs);
                return self.compare_merge("merge commit", found, &ways, pair, commit, counts);
            }
            (Scope::EveryCommit, [_, _, _, ..]) => "octopus commit",
            _ => "ordinary commit",
        };
        counts.add(format!("compared: {what}"), 1);
        must(found == expected, &format!("touched by {what}"), || {
            format!("{commit}: {}, engine {}", show(expected), show(found))
        })?;
        Ok(0)
    }

    fn compare_net(
        &self,
        answer: &Answer,
        exact: &Seen,
        counts: &mut Counts,
    ) -> Result<usize, Difference> {
        let (kept, states) = self.reference.begins_from(&self.question);
        if let (Some(old), [first, ..]) = (kept, &states[..]) {
            let ways = |way| {
                self.reference
                    .net_of_merge(old, &states, &self.question, way)
            };
            let what = if states.len() == 1 {
                "net change over a merge"
            } else {
                "net change over several merges"
            };
            return self.compare_merge(
                what,
                &exact.net,
                &ways,
                (Some(old), *first),
                self.question.new,
                counts,
            );
        }
        counts.add("compared: net change", 1);
        must(exact.net == answer.net, "net change", || {
            format!("{}, engine {}", show(&answer.net), show(&exact.net))
        })?;
        Ok(0)
    }

    fn compare_merge(
        &self,
        what: &str,
        found: &Paths,
        ways: &dyn Fn(Way) -> Option<Paths>,
        (ours, theirs): (Option<ObjectId>, ObjectId),
        at: ObjectId,
        counts: &mut Counts,
    ) -> Result<usize, Difference> {
        counts.add(format!("compared: {what}"), 1);
        let default = ways(Way::Default).expect("git is asked as it is");
        let Some(plain) = ways(Way::NoRenames) else {
            counts.add(
                format!("left out: {what}: git merge-tree fails, or several merge bases in a large history"),
                1,
            );
            return Ok(1);
        };
        let show_all = || {
            format!(
                "{at}: git {}, without renames {}, engine {}",
                show(&default),
                show(&plain),
                show(found)
            )
        };
        must(
            plain.is_subset(found),
            &format!("{what}: missing (without renames)"),
            show_all,
        )?;
        if !default.is_subset(found) {
            let Some(within) = ways(Way::WithinPaths) else {
                counts.add(
                    format!("left out: {what}: git merge-tree fails within the paths"),
                    1,
                );
                return Ok(1);
            };
            for path in default.difference(found) {
                let silent = if found.is_empty() { "all" } else { "some" };
                if !within.contains(path) {
                    counts.add(format!("doubtful: {what}: missing {silent}, a rename across the border of the rule's paths"), 1);
                } else if !found.is_empty() && self.is_proposed(path, [ours, Some(theirs)], at) {
                    counts.add(format!("doubtful: {what}: missing, a name in a moved directory that only git proposes"), 1);
                } else {
                    let class = format!("{what}: missing {silent} (renames within the paths)");
                    return Err(difference(
                        &class,
                        format!("{}: {}", show_path(path), show_all()),
                    ));
                }
            }
        }
        let more: Vec<_> = found.difference(&default).collect();
        for path in &more {
            let why = if plain.contains(*path) {
                "only without renames"
            } else {
                self.why_more(path, ours, theirs)
            };
            counts.add(format!("more: {what}: {why}"), 1);
        }
        let same = if more.is_empty() && default.len() == found.len() {
            "equal"
        } else {
            "not equal"
        };
        counts.add(format!("result: {what}: {same}"), 1);
        // Whatever is not equal, what no commit is charged with cannot be told from the oracle's answer alone.
        Ok(more.len() + default.symmetric_difference(found).count())
    }

    /// Has the merge no such path, nor one of its parents, so that only a moved directory can have led git to it? (What
    /// git finds without following renames is compared before.)
    fn is_proposed(&self, path: &[u8], parents: [Option<ObjectId>; 2], merge: ObjectId) -> bool {
        let has_path = |commit| self.reference.tree_of(commit).contains_key(path);
        !has_path(Some(merge)) && !parents.into_iter().all(has_path)
    }

    /// What makes the engine unsure of a path.
    fn why_more(&self, path: &[u8], ours: Option<ObjectId>, theirs: ObjectId) -> &'static str {
        let trees = [
            self.reference.tree_of(ours),
            self.reference.tree_of(Some(theirs)),
        ];
        let entries = trees.each_ref().map(|tree| tree.get(path));
        let is_directory = |tree: &super::scratch::Tree| {
            let below = [path, b"/"].concat();
            tree.range(below.clone()..)
                .next()
                .is_some_and(|(other, _)| other.starts_with(&below))
        };
        if trees.iter().any(|tree| is_directory(tree))
            || above(path).any(|above| trees.iter().any(|tree| tree.contains_key(above)))
        {
            return "a file against a directory";
        }
        if entries.iter().flatten().any(|(mode, _)| mode == "160000") {
            return "a submodule";
        }
        match entries {
            [None, None] => "gone on both sides",
            [None, _] | [_, None] => "gone on one side",
            _ => "on both sides",
        }
    }

    fn compare_charges(
        &self,
        answer: &Answer,
        exact: &Seen,
        equal: bool,
    ) -> Result<(), Difference> {
        let is_new = answer.new.contains(&self.question.new);
        let charged: Paths = exact.touched.values().flatten().cloned().collect();
        let uncharged: Paths = exact.net.difference(&charged).cloned().collect();
        must(exact.uncharged == uncharged, "uncharged", || {
            format!("{}, engine {}", show(&uncharged), show(&exact.uncharged))
        })?;
        must(
            !equal || exact.uncharged == answer.uncharged,
            "uncharged, by the oracle",
            || {
                format!(
                    "{}, engine {}",
                    show(&answer.uncharged),
                    show(&exact.uncharged)
                )
            },
        )?;
        if !exact.uncharged.is_empty() {
            let tip = is_new.then_some(self.question.new);
            must(exact.tip == tip, "who is charged", || {
                format!("{tip:?}, engine {:?}", exact.tip)
            })?;
        }
        Ok(())
    }

    /// What rests on dates may only be more: an acceptance by it stands.
    fn compare_depths(
        exact: &Seen,
        by_date: &Seen,
        shortcuts: bool,
        counts: &mut Counts,
    ) -> Result<(), Difference> {
        let same = exact.touched == by_date.touched
            && exact.net == by_date.net
            && exact.uncharged == by_date.uncharged
            && exact.tip == by_date.tip;
        counts.add(
            if same {
                "by date: same"
            } else {
                "by date: more"
            },
            1,
        );
        if shortcuts {
            counts.add("by date: shortcut taken", 1);
        }
        let details = || format!("exact {exact:?}, by date {by_date:?}");
        must(
            same || shortcuts,
            "by date: differs without a shortcut",
            details,
        )?;
        let none = Paths::new();
        for (commit, paths) in &exact.touched {
            let found = by_date.touched.get(commit).unwrap_or(&none);
            must(
                paths.is_subset(found),
                "by date: a commit touches less",
                details,
            )?;
        }
        must(
            exact.net.is_subset(&by_date.net),
            "by date: less net change",
            details,
        )?;
        must(
            exact.uncharged.is_subset(&by_date.uncharged),
            "by date: less is uncharged",
            details,
        )?;
        let is_milder = !exact.uncharged.is_empty() && exact.tip.is_none() && by_date.tip.is_some();
        must(
            !is_milder,
            "by date: somebody is charged where nobody can be",
            details,
        )
    }
}

fn above(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
    ends.map(|(end, _)| &path[..end])
}

fn must(holds: bool, class: &str, details: impl FnOnce() -> String) -> Result<(), Difference> {
    if holds {
        Ok(())
    } else {
        Err(difference(class, details()))
    }
}

pub(super) fn difference(class: &str, details: String) -> Difference {
    Difference {
        class: class.to_owned(),
        details,
    }
}

fn show(paths: &Paths) -> String {
    let paths: Vec<_> = paths.iter().map(|path| show_path(path)).collect();
    format!("[{}]", paths.join(", "))
}

fn show_path(path: &[u8]) -> String {
    path.escape_ascii().to_string()
}

/// The refs that a rule trusts, by these patterns: names, or all below a folder.
pub(super) fn is_trusted(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| {
        let full = format!("refs/heads/{pattern}");
        match full.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == full,
        }
    })
}

/// How a case is shown when it fails.
pub(super) fn describe(update: &Move, paths: &[Shape], scope: Scope) -> String {
    format!(
        "{} {:?} -> {:?}, paths {paths:?}, scope {scope:?}",
        update.name, update.old, update.new
    )
}
