//! A real history: each step on the first-parent way as a push to main, and each merge on it as one to a release branch
//! that takes from main.

use std::path::Path;

use gix::ObjectId;
use portcullis::git::graph::Depth;
use tempfile::TempDir;

use super::compare::{Case, Counts, Difference, compare_kind, describe};
use super::engine::{Engine, Move};
use super::patterns::Shape;
use super::reference::{Past, Question, Reference};
use super::scratch::Asked;
use super::script::{RuleSpec, Scope};

const RELEASE: &str = "refs/heads/release/1";

/// One step of so many has no commit-graph file.
const WITHOUT_GRAPH: usize = 40;

/// Compares `steps` of the repository at `path`, from `skip` before its `HEAD` backwards.
pub(super) fn replay(path: &Path, skip: usize, steps: usize) -> Result<Counts, Difference> {
    let folder = TempDir::new().expect("a temporary folder");
    let git = Asked::beside(path, folder.path());
    let head = Asked::resolve(path, &format!("HEAD~{skip}"));
    let mut reference = Reference::of(&git, &[head]);
    let rules = rules(&reference, head);
    let mut counts = Counts::default();
    // To the roots of a large history it is a long way: most steps have generation numbers, and some do without.
    git.write_commit_graph(head);
    let mut has_graph = true;
    for (nth, commit) in reference
        .first_parents(head)
        .into_iter()
        .take(steps)
        .enumerate()
    {
        if has_graph == (nth % WITHOUT_GRAPH == WITHOUT_GRAPH - 1) {
            if has_graph {
                git.remove_commit_graph();
            } else {
                git.write_commit_graph(head);
            }
            has_graph = !has_graph;
        }
        let parents = reference.parents(commit).to_vec();
        let Some(&old) = parents.first() else { break };
        counts.add("compared: steps", 1);
        step(&reference, &rules, (old, commit), None, &mut counts)?;
        if let [_, theirs] = parents[..] {
            counts.add("compared: merges as merges of main into a release", 1);
            step(&reference, &rules, (old, commit), Some(theirs), &mut counts)?;
        }
        reference.forget();
    }
    Ok(counts)
}

fn step(
    reference: &Reference,
    rules: &[RuleSpec],
    (old, new): (ObjectId, ObjectId),
    main: Option<ObjectId>,
    counts: &mut Counts,
) -> Result<(), Difference> {
    let engine = Engine::new(reference.git.git_dir(), rules, None, None);
    let update = Move {
        name: RELEASE,
        old: Some(old),
        new: Some(new),
    };
    let ask = |depth| {
        engine
            .ask_with(&update, main, depth)
            .expect("the engine answers")
    };
    let (exact, by_date) = (ask(Depth::Exact), ask(Depth::ByDate));
    compare_kind(reference, &update, &exact)?;
    for (position, rule) in rules.iter().enumerate() {
        let case = Case {
            reference,
            engine: &engine,
            question: Question {
                old: Some(old),
                new,
                trusted: main
                    .map(|main| Past {
                        tip: Some(main),
                        recorded: Vec::new(),
                    })
                    .into_iter()
                    .collect(),
                own: Past::default(),
                baseline: Vec::new(),
                paths: &rule.paths,
                scope: rule.scope,
            },
            rule: position,
        };
        case.compare(&exact.views[&position], &by_date, counts)
            .map_err(|found| Difference {
                details: format!(
                    "{}\n{}",
                    describe(&update, &rule.paths, rule.scope),
                    found.details
                ),
                ..found
            })?;
    }
    Ok(())
}

/// Rules on the largest folders, the most usual extension, and everything.
fn rules(reference: &Reference, head: ObjectId) -> Vec<RuleSpec> {
    let tree = reference.tree_of(Some(head));
    let names = tree
        .keys()
        .filter_map(|path| std::str::from_utf8(path).ok());
    let plain = names.filter(|name| {
        name.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte))
    });
    let plain: Vec<&str> = plain.collect();
    let folders = plain
        .iter()
        .filter_map(|name| Some(name.split_once('/')?.0));
    let extensions = plain
        .iter()
        .filter_map(|name| Some(name.rsplit_once('.')?.1));
    let extensions =
        extensions.filter(|extension| extension.bytes().all(|byte| byte.is_ascii_lowercase()));
    let mut shapes: Vec<Shape> = most(folders)
        .into_iter()
        .take(2)
        .map(Shape::Below)
        .collect();
    shapes.extend(most(extensions).into_iter().take(1).map(Shape::Extension));
    shapes.push(Shape::Everything);
    shapes
        .into_iter()
        .map(|shape| RuleSpec {
            paths: vec![shape],
            scope: Scope::EveryCommit,
            trusts: Some(vec!["main"]),
        })
        .collect()
}

/// The names, the most usual first; kept until the tests end, as patterns are.
fn most<'n>(names: impl Iterator<Item = &'n str>) -> Vec<&'static str> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut names: Vec<_> = counts.into_iter().collect();
    names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let texts = names
        .into_iter()
        .take(4)
        .map(|(name, _)| name.to_owned().leak() as &'static str);
    texts.collect()
}
