//! `portcullis risk` on histories that have little to say, or too much.

use std::path::Path;

use super::history::History;
use crate::support::{Git, portcullis};

#[track_caller]
fn says(arguments: &[&str], repository: &Path, code: i32, words: &[&str]) {
    let at = repository.to_string_lossy();
    let arguments = [&["risk"], arguments, &["--repo", &at]].concat();
    portcullis(Path::new("/"), arguments).assert(code, words);
}

#[test]
fn little_history_gives_no_false_confidence() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    Git::at(folder.path()).init(&["--bare", "."]);
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
    history.set("src/a.rs", "fn a() {}\n");
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
        history.set("src/a.rs", &format!("fn a{number}() {{}}\n"));
        history.commit("Change");
    }
    for _ in 0..280 {
        history.set("README.md", "Shop\n");
        history.commit("Write");
    }
    history.set("src/a.rs", "fn b() {}\n");
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
        history.set(&format!("vendor/x/file{number}.go"), "package x\n");
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
    history.set("src/a.rs", "fn a() {}\n");
    history.commit("Begin");
    history.set("src/a.rs", "fn b() {}\n");
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
