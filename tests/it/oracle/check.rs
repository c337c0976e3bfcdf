//! A whole script: its repository, every update under every rule; and the smallest script that fails alike.

use std::path::Path;

use gix::ObjectId;
use portcullis::git::graph::Depth;
use portcullis::state::records::{Observed, Records};
use tempfile::TempDir;

use super::compare::{Case, Counts, Difference, compare_kind, describe, difference, is_trusted};
use super::engine::{Engine, Move, Said};
use super::reference::{Past, Question, Reference};
use super::scratch::Scratch;
use super::script::{Content, Files, RuleSpec, Script, Update};

const DEFAULT_BRANCH: &str = "refs/heads/main";

/// Compares all that the script asks about.
pub(super) fn check(script: &Script, counts: &mut Counts) -> Result<(), Difference> {
    let scratch = Scratch::of(script);
    let reference = Reference::of(&scratch.git, &scratch.ids);
    let baseline = script.baseline.map(|commit| scratch.ids[commit]);
    let folder = TempDir::new().expect("a temporary folder");
    record(script, &scratch, &reference, folder.path());
    let engine = Engine::new(
        scratch.git.git_dir(),
        &script.rules,
        baseline,
        Some(folder.path()),
    );
    counts.add("compared: histories", 1);
    counts.add("compared: commits in histories", script.commits.len());
    for update in &script.updates {
        let id = |commit: usize| scratch.ids[commit];
        let update = Move {
            name: update.name,
            old: update.old.map(id),
            new: update.new.map(id),
        };
        if (update.old, update.new) == (None, None) {
            continue;
        }
        counts.add("compared: updates", 1);
        if update
            .new
            .is_some_and(|new| scratch.git.has_null_objects(&new.to_string()))
        {
            // git 2.47 can, where a file meets a directory that was renamed; the engine refuses it (SPEC 2.5).
            counts.add("left out: git's merge wrote an entry without an object", 1);
            continue;
        }
        let said = ask(&engine, &update, Depth::Exact)?;
        let by_date = ask(&engine, &update, Depth::ByDate)?;
        compare_kind(&reference, &update, &said)?;
        counts.add(format!("compared: {:?}", said.kind), 1);
        let Some(new) = update.new else { continue };
        if update.old == Some(new) {
            // Nothing moves, and no rule looks.
            counts.add("compared: an update that moves nothing", 1);
            assert!(said.views.is_empty(), "nothing to be seen");
            continue;
        }
        for (position, rule) in script.rules.iter().enumerate() {
            let case = Case {
                reference: &reference,
                engine: &engine,
                question: Question {
                    old: update.old,
                    new,
                    trusted: trusted(script, &scratch, rule, update.name),
                    own: Past {
                        tip: None,
                        recorded: recorded(script, &scratch, update.name),
                    },
                    baseline: baseline.into_iter().collect(),
                    paths: &rule.paths,
                    scope: rule.scope,
                },
                rule: position,
            };
            let seen = said
                .views
                .get(&position)
                .ok_or_else(|| difference("no view", describe(&update, &rule.paths, rule.scope)))?;
            counts.add("compared: updates under a rule", 1);
            case.compare(seen, &by_date, counts)
                .map_err(|found| Difference {
                    details: format!(
                        "{}\ntrusted {:?}\n{}",
                        describe(&update, &rule.paths, rule.scope),
                        case.question.trusted,
                        found.details
                    ),
                    ..found
                })?;
        }
    }
    Ok(())
}

fn ask(engine: &Engine, update: &Move, depth: Depth) -> Result<Said, Difference> {
    engine
        .ask(update, depth)
        .map_err(|error| difference("an error", format!("{update:?}: {error}")))
}

fn trusted(script: &Script, scratch: &Scratch, rule: &RuleSpec, updated: &str) -> Vec<Past> {
    let is_meant = |name: &str| match &rule.trusts {
        Some(patterns) => is_trusted(patterns, name),
        None => name == DEFAULT_BRANCH,
    };
    let refs = script
        .refs
        .iter()
        .filter(|(name, _)| *name != updated && is_meant(name));
    refs.map(|(name, commit)| Past {
        tip: Some(scratch.ids[*commit]),
        recorded: recorded(script, scratch, name),
    })
    .collect()
}

fn recorded(script: &Script, scratch: &Scratch, name: &str) -> Vec<Option<ObjectId>> {
    let of = script.records.iter().filter(|(known, _)| *known == name);
    let values = of.flat_map(|(_, values)| values);
    values
        .map(|value| value.map(|commit| scratch.ids[commit]))
        .collect()
}

/// Records what the script says through the code that the hook uses. Now and then it is not known what a value follows.
fn record(script: &Script, scratch: &Scratch, reference: &Reference, folder: &Path) {
    let Some(first) = scratch.ids.first() else {
        return;
    };
    let records = Records::below(folder, first.kind());
    for (name, _) in &script.records {
        let mut before = None;
        for (position, value) in recorded(script, scratch, name).into_iter().enumerate() {
            let contains = value
                .zip(before)
                .is_some_and(|(value, before)| reference.contains(value, before));
            let after = records.of((*name).into()).expect("it can be read").length();
            let observed = Observed {
                name: (*name).into(),
                value,
                after,
                follows: contains && position % 5 != 4,
            };
            records.append(&[observed]).expect("it can be written");
            before = value;
        }
    }
}

/// A script that still shows the difference, and is smaller if any can be.
pub(super) fn shrink(script: &Script, class: &str) -> (Script, Difference) {
    let fails = |script: &Script| {
        let outcome = std::panic::catch_unwind(|| check(script, &mut Counts::default()));
        outcome.ok()?.err().filter(|found| found.class == class)
    };
    let mut smallest = script.clone();
    let mut last = fails(script).expect("the same script fails again");
    loop {
        let smaller = candidates(&smallest)
            .find_map(|candidate| fails(&candidate).map(|found| (candidate, found)));
        match smaller {
            Some((candidate, found)) => (smallest, last) = (candidate, found),
            None => return (smallest, last),
        }
    }
}

fn candidates(script: &Script) -> impl Iterator<Item = Script> {
    let updates = (script.updates.len() > 1).then(|| {
        script.updates.iter().map(|update| Script {
            updates: vec![update.clone()],
            ..script.clone()
        })
    });
    let rules = (script.rules.len() > 1).then(|| {
        script.rules.iter().map(|rule| Script {
            rules: vec![rule.clone()],
            ..script.clone()
        })
    });
    let simpler = [
        script.commit_graph.then(|| Script {
            commit_graph: false,
            ..script.clone()
        }),
        script.baseline.map(|_| Script {
            baseline: None,
            ..script.clone()
        }),
    ];
    let records = (0..script.records.len()).flat_map(|nth| {
        (0..script.records[nth].1.len()).map(move |value| {
            let mut smaller = script.clone();
            smaller.records[nth].1.remove(value);
            smaller
        })
    });
    let refs = (0..script.refs.len()).map(|nth| {
        let mut smaller = script.clone();
        smaller.refs.remove(nth);
        smaller
    });
    let commits = (0..script.commits.len())
        .rev()
        .filter_map(|nth| without_commit(script, nth));
    let mut paths: Vec<Vec<u8>> = script
        .commits
        .iter()
        .filter_map(|commit| files(&commit.content))
        .flat_map(|files| files.keys().cloned())
        .collect();
    paths.sort();
    paths.dedup();
    let paths = paths.into_iter().map(|path| without_path(script, &path));
    let all = updates
        .into_iter()
        .flatten()
        .chain(rules.into_iter().flatten())
        .chain(simpler.into_iter().flatten());
    let all: Vec<Script> = all.chain(records).chain(refs).collect();
    all.into_iter()
        .chain(commits.collect::<Vec<_>>())
        .chain(paths.collect::<Vec<_>>())
}

fn files(content: &Content) -> Option<&Files> {
    match content {
        Content::Files(files) => Some(files),
        Content::GitMerge => None,
    }
}

/// The script without a commit; its children become those of its parents.
fn without_commit(script: &Script, nth: usize) -> Option<Script> {
    let is_used = |commit: usize| commit == nth;
    let asked = script
        .updates
        .iter()
        .any(|update| update.old.is_some_and(is_used) || update.new.is_some_and(is_used));
    if asked
        || script.baseline.is_some_and(is_used)
        || script.refs.iter().any(|(_, commit)| is_used(*commit))
        || script
            .records
            .iter()
            .any(|(_, values)| values.contains(&Some(nth)))
    {
        return None;
    }
    let inherited = script.commits[nth].parents.clone();
    let renumber = |commit: usize| if commit > nth { commit - 1 } else { commit };
    let mut smaller = script.clone();
    smaller.commits.remove(nth);
    for commit in &mut smaller.commits {
        let was_merge = commit.content == Content::GitMerge;
        let mut parents = Vec::new();
        for &parent in &commit.parents {
            let instead = if parent == nth {
                inherited.clone()
            } else {
                vec![parent]
            };
            parents.extend(instead.into_iter().map(renumber));
        }
        parents.dedup();
        if was_merge && parents.len() != 2 {
            return None;
        }
        commit.parents = parents;
    }
    let move_on = |update: &Update| Update {
        old: update.old.map(renumber),
        new: update.new.map(renumber),
        ..update.clone()
    };
    smaller.updates = script.updates.iter().map(move_on).collect();
    smaller.refs = script
        .refs
        .iter()
        .map(|(name, commit)| (*name, renumber(*commit)))
        .collect();
    smaller.baseline = script.baseline.map(renumber);
    for value in smaller
        .records
        .iter_mut()
        .flat_map(|(_, values)| values)
        .flatten()
    {
        *value = renumber(*value);
    }
    Some(smaller)
}

fn without_path(script: &Script, path: &[u8]) -> Script {
    let mut smaller = script.clone();
    for commit in &mut smaller.commits {
        if let Content::Files(files) = &mut commit.content {
            files.remove(path);
        }
    }
    smaller
}

/// All that is needed to see a failure by hand.
pub(super) fn report(script: &Script, found: &Difference) -> String {
    let baseline = script
        .baseline
        .map(|_| ObjectId::null(gix::hash::Kind::Sha1));
    let policy = Engine::new(Path::new("."), &script.rules, baseline, None).text;
    let mut more = String::new();
    for (nth, commit) in script
        .commits
        .iter()
        .enumerate()
        .filter(|(_, commit)| commit.content == Content::GitMerge)
    {
        more += &format!(
            "commit {nth}: git's merge of {:?}, date {}\n",
            commit.parents, commit.date
        );
    }
    format!(
        "{}\n{}\n\nrefs (by commit of the stream, from 0): {:?}\nrecorded: {:?}\nbaseline: {:?}\nupdates: {:?}\nformat {:?}, commit-graph {}\n\n{policy}\ngit fast-import --done:\n{}{more}",
        found.class,
        found.details,
        script.refs,
        script.records,
        script.baseline,
        script.updates,
        script.format,
        script.commit_graph,
        String::from_utf8_lossy(&script.fast_import())
    )
}
