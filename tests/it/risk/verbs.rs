//! `portcullis risk` on histories that have little to say, or too much.

use std::path::Path;
use std::process::Command;

use super::history::History;
use crate::support::Git;

/// The exit code, and all that was said.
fn risk(arguments: &[&str], repository: &Path) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("risk")
        .args(arguments)
        .arg("--repo")
        .arg(repository)
        .output()
        .expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().expect("it ends by itself"),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn says(arguments: &[&str], repository: &Path, code: i32, words: &[&str]) {
    let (found, said) = risk(arguments, repository);
    assert_eq!(found, code, "{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is not in:\n{said}");
    }
}

#[test]
fn little_history_gives_no_false_confidence() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    Git::at(folder.path()).run([
        "init",
        "--quiet",
        "--bare",
        "--template=",
        "-b",
        "main",
        ".",
    ]);
    let empty = folder.path();
    says(&["train"], empty, 0, &["no commit yet"]);
    says(&["evaluate"], empty, 1, &["only 0 changes of code landed"]);
    says(
        &["train", "--ref", "other"],
        empty,
        2,
        &["there is no branch `other`"],
    );
    says(
        &["train", "--fix-pattern", "("],
        empty,
        2,
        &["no regular expression"],
    );

    let mut history = History::new();
    history
        .files
        .insert("src/a.rs".to_owned(), vec!["fn a() {}\n".to_owned()]);
    history.commit("Begin");
    let one = history.write();
    says(
        &["train"],
        &one.path,
        0,
        &["Risk stays `unknown`", "100 are needed"],
    );
    says(
        &["score", "..main"],
        &one.path,
        0,
        &["risk: unknown: only 1 changes of code have landed"],
    );

    // Nothing was ever mended.
    for number in 0..450 {
        history.files.insert(
            "src/a.rs".to_owned(),
            vec![format!("fn a{number}() {{}}\n")],
        );
        history.commit("Change");
    }
    for _ in 0..280 {
        history
            .files
            .insert("README.md".to_owned(), vec!["Shop\n".to_owned()]);
        history.commit("Write");
    }
    history
        .files
        .insert("src/a.rs".to_owned(), vec!["fn b() {}\n".to_owned()]);
    history.commit("Change");
    let unmended = history.write();
    says(
        &["train"],
        &unmended.path,
        0,
        &["0 of them mended", "too little was mended"],
    );
    says(
        &["evaluate"],
        &unmended.path,
        1,
        &["0 of 115 changes are known to have been mended"],
    );
}

#[test]
fn everything_is_renamed_and_much_is_not_ours() {
    let mut history = History::random(8, 120);
    let files = std::mem::take(&mut history.files);
    for (path, lines) in files {
        history
            .files
            .insert(path.replacen("src", "lib/src", 1), lines);
    }
    for number in 0..400 {
        history.files.insert(
            format!("vendor/x/file{number}.go"),
            vec!["package x\n".to_owned()],
        );
    }
    history.commit("Move everything, and take a library in");
    let written = history.write();
    let past = written.past();
    assert_eq!(past.len(), 121);
    let last = past.units.last().expect("there are units").step;
    assert!(last < 120, "an import is nothing to learn from");
    assert!(
        past.files().all(|file| file.path.starts_with(b"lib/src/")),
        "and nothing to follow"
    );
    assert!(
        past.files().any(|file| file.touched > 2),
        "what moved keeps its past"
    );
    says(&["train"], &written.path, 0, &["Read 121 of 121 steps"]);
}

#[test]
fn a_list_of_fixes_is_believed() {
    let mut history = History::new();
    history
        .files
        .insert("src/a.rs".to_owned(), vec!["fn a() {}\n".to_owned()]);
    history.commit("Begin");
    history
        .files
        .insert("src/a.rs".to_owned(), vec!["fn b() {}\n".to_owned()]);
    history.commit("SHOP-7: other name");
    let written = history.write();
    let list = written.path.join("fixes.txt");
    std::fs::write(&list, "# bugs\nSHOP-7\n").expect("it can be written");
    let list = list.to_str().expect("a plain path");
    says(&["train"], &written.path, 0, &["0 of them mended"]);
    says(
        &["train", "--fixes", list],
        &written.path,
        0,
        &["Read 2 of 2", "1 of them mended"],
    );
    says(
        &["train", "--fix-pattern", "^SHOP-"],
        &written.path,
        0,
        &["1 of them mended"],
    );
    says(
        &["train", "--fixes", "nowhere"],
        &written.path,
        2,
        &["the list of fixes nowhere"],
    );
}
