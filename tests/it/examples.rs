//! Every example: `check` accepts its policy, someone explains it, and its cases come true in real pushes.

#[path = "examples/run.rs"]
mod run;
#[path = "examples/signers.rs"]
mod signers;

use portcullis::cases::{Case, Cases, Delete, Line};
use portcullis::policy::Policy;
use portcullis::policy::written::values::Either;
use signers::Signers;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn quick_start() {
    assert_cases_come_true("quick-start");
}

#[test]
fn payments_tickets() {
    assert_cases_come_true("payments-tickets");
}

#[test]
fn approvals() {
    assert_cases_come_true("approvals");
}

#[test]
fn frozen_paths() {
    assert_cases_come_true("frozen-paths");
}

#[test]
fn release_branches() {
    assert_cases_come_true("release-branches");
}

#[test]
fn ai_on_critical() {
    assert_cases_come_true("ai-on-critical");
}

#[test]
fn human_only() {
    assert_cases_come_true("human-only");
}

#[test]
fn fast_lane() {
    assert_cases_come_true("fast-lane");
}

#[test]
fn freeze_window() {
    assert_cases_come_true("freeze-window");
}

#[test]
fn secrets_in_diff() {
    assert_cases_come_true("secrets-in-diff");
}

#[test]
fn one_of_several() {
    assert_cases_come_true("one-of-several");
}

#[test]
fn agent_budget() {
    assert_cases_come_true("agent-budget");
}

#[test]
fn break_glass() {
    assert_cases_come_true("break-glass");
}

#[test]
fn every_example_is_whole() {
    let tested = include_str!("examples.rs");
    let mut seen = 0;
    for folder in folders() {
        let name = folder
            .file_name()
            .expect("a folder has a name")
            .to_string_lossy();
        let checked = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["check", "policy.yml"])
            .current_dir(&folder)
            .output()
            .expect("the program runs");
        assert!(
            checked.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&checked.stderr)
        );
        for file in ["README.md", "policy.cases.yml"] {
            assert!(folder.join(file).is_file(), "{name} has no {file}");
        }
        assert!(
            tested.contains(&format!("assert_cases_come_true(\"{name}\")")),
            "no test runs the cases of {name}"
        );
        seen += 1;
    }
    assert!(seen >= 4, "{seen} examples");
}

#[test]
fn readmes_show_what_can_be_used() {
    let policy = block(include_str!("../../README.md"), "```yaml\n");
    let loaded = Policy::parse(policy.as_bytes(), Path::new("README.md"));
    assert!(
        loaded.is_ok_and(|mut loaded| loaded.warnings().is_empty()),
        "{policy}"
    );
    let cases = block(include_str!("../../examples/README.md"), "```yaml\n");
    Cases::parse(cases.as_bytes(), Path::new("README.md"))
        .unwrap_or_else(|error| panic!("{error}"));
}

fn block<'a>(text: &'a str, opening: &str) -> &'a str {
    let (_, rest) = text.split_once(opening).expect("there is such a block");
    rest.split_once("```").expect("it has an end").0
}

#[test]
fn mistakes_in_cases_are_shown_with_their_place() {
    let text = "cases:\n  - name: a push\n    pusher: alice\n    puhs: { main: delete }\n    expect: alow\n";
    let error =
        Cases::parse(text.as_bytes(), Path::new("policy.cases.yml")).expect_err("it is wrong");
    let said = error.to_string();
    for word in [
        "policy.cases.yml:4:5",
        "did you mean `push`?",
        "policy.cases.yml:5:13",
        "did you mean `allow`?",
    ] {
        assert!(said.contains(word), "{word:?} is not in:\n{said}");
    }
}

/// Runs the cases of one example as its admin would, and pushes some of them to a server: what the verb says is what the
/// hook does.
#[track_caller]
fn assert_cases_come_true(example: &str) {
    let folder = examples().join(example);
    let tested = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["test", "--mutate", "--min-score", "100"])
        .current_dir(&folder)
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&tested.stdout);
    assert!(
        tested.status.success()
            && !said.contains("no case violates")
            && !said.contains("no case passes"),
        "{example}:\n{said}{}",
        String::from_utf8_lossy(&tested.stderr)
    );
    let signers = Signers::of(&folder);
    let policy = Policy::load(&signers.policy())
        .expect("the policy is right")
        .policy;
    let mut failures = Vec::new();
    for file in case_files(&folder) {
        let bytes = fs::read(&file).expect("the cases can be read");
        let cases = Cases::parse(&bytes, &file).unwrap_or_else(|error| panic!("{error}"));
        // The hook has the clock of its machine, and the keys that there are: nobody touches one.
        let can_be_pushed = |case: &&Case| {
            let signs = case.push.0.iter().any(|(_, change)| signs(change));
            let touches = case.approvals.iter().any(|approval| approval.presence);
            let is_signed = signs || touches;
            case.at.is_none() && !case.deploy_key && case.reviews.is_empty() && !is_signed
        };
        let pushed = cases.cases.iter().filter(can_be_pushed).step_by(3);
        failures.extend(pushed.filter_map(|case| run::failure(&cases, case, &policy, &signers)));
    }
    assert!(failures.is_empty(), "{example}:\n\n{}", failures.join("\n"));
}

fn signs(change: &Either<Delete, Line>) -> bool {
    match change {
        Either::Short(Delete::Delete) => false,
        Either::Long(line) => line.commits.iter().any(|commit| commit.signed_by.is_some()),
    }
}

fn case_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.to_string_lossy().ends_with(".cases.yml"))
        .collect();
    files.sort();
    files
}

fn folders() -> Vec<PathBuf> {
    fs::read_dir(examples())
        .expect("there are examples")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.is_dir())
        .collect()
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}
