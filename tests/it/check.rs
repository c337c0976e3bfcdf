//! `portcullis check`: sample policies named after the mistake that they contain, each beside what is said about it.

#[path = "check/hostile.rs"]
mod hostile;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Set to anything, it writes what is said now beside the samples, in place of comparing.
const UPDATE: &str = "PORTCULLIS_UPDATE_EXPECTED";

#[test]
fn every_mistake_is_told_as_expected() {
    compare("invalid", 2);
}

#[test]
fn warnings_do_not_keep_a_policy_from_being_used() {
    compare("valid", 0);
}

#[test]
fn many_mistakes_are_told_at_once() {
    let said = text(&check(&samples("invalid"), &["many-mistakes-at-once.yml"]).stderr);
    let errors = said
        .lines()
        .filter(|line| line.starts_with("error["))
        .count();
    assert!(errors >= 30, "{errors} errors in:\n{said}");
    assert!(
        said.ends_with(&format!(
            "many-mistakes-at-once.yml: wrong, with {errors} errors\n"
        )),
        "{said}"
    );
}

#[test]
fn a_good_policy_is_counted() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/payments-tickets");
    for arguments in [&["policy.yml"][..], &["--policy", "policy.yml"]] {
        let output = check(&examples, arguments);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(
            text(&output.stdout),
            "policy.yml: fine (5 rules, 2 zones, 5 people)\n"
        );
        assert_eq!(text(&output.stderr), "");
    }
}

#[test]
fn programs_get_json() {
    let output = check(&samples("invalid"), &["--json", "unknown-key.yml"]);
    assert_eq!(output.status.code(), Some(2));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = serde_json::json!({
        "schema": "portcullis/check/v1",
        "policy": "unknown-key.yml",
        "valid": false,
        "errors": 1,
        "warnings": 0,
        "diagnostics": [{
            "severity": "error",
            "code": "unknown-key",
            "message": "unknown key `refz`",
            "file": "unknown-key.yml",
            "line": 6,
            "column": 5,
            "help": "did you mean `refs`?",
        }],
    });
    assert_eq!(report, expected);
}

#[test]
fn a_policy_that_cannot_be_read_is_no_policy() {
    let folder = tempfile::tempdir().unwrap();
    let missing = check(folder.path(), &["missing.yml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).starts_with("error: the policy missing.yml cannot be read: "));
    let folder_itself = check(folder.path(), &["."]);
    assert_eq!(folder_itself.status.code(), Some(3));
}

#[test]
fn wrong_usage_is_told_apart_from_failure() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(check(folder.path(), &["--unknown"]).status.code(), Some(2));
    assert_eq!(
        check(folder.path(), &["a.yml", "--policy", "b.yml"])
            .status
            .code(),
        Some(2)
    );
    assert_eq!(check(folder.path(), &["--help"]).status.code(), Some(0));
}

fn compare(kind: &str, code: i32) {
    let folder = samples(kind);
    let mut samples: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    samples.sort();
    assert!(!samples.is_empty());
    let mut differing = Vec::new();
    for sample in samples {
        let output = check(&folder, &[sample.file_name().unwrap().to_str().unwrap()]);
        let said = text(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{}:\n{said}",
            sample.display()
        );
        let beside = sample.with_extension("stderr");
        if update() {
            fs::write(&beside, &said).unwrap();
        } else if fs::read_to_string(&beside).unwrap_or_default() != said {
            differing.push(format!("{}:\n{said}", sample.display()));
        }
    }
    assert!(
        differing.is_empty(),
        "run with {UPDATE}=1 if this is right:\n{}",
        differing.join("\n")
    );
}

fn samples(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/policies")
        .join(kind)
}

fn check(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command
        .arg("check")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap()
}

fn update() -> bool {
    std::env::var_os(UPDATE).is_some()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
