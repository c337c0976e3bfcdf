//! `portcullis map`: what it draws, and what it says where there is little to draw.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::history::{History, Written};
use crate::support::{Git, Run, portcullis};

/// A name that would be markup on a page, turn text round, and mean other files in a pattern.
const HOSTILE: &str = "src/<img src=x onerror=alert(1)>\u{202e}*[a].rs";

/// A shop whose engine is mended again and again, once by taking a change back; beside it lie files that never were, a test,
/// a document, and a library of others.
fn shop() -> History {
    let mut history = History::new();
    for number in 0..30 {
        history.set(&format!("src/pages/page{number}.rs"), "fn page() {}\n");
    }
    history.set("src/core/engine.rs", "pub fn run() {}\n");
    history.set("src/core/parts.rs", "use crate::core::engine::run;\n");
    history.set("src/lib.rs", "use crate::core::engine;\n");
    history.set(HOSTILE, "fn hostile() {}\n");
    history.set("tests/engine.rs", "#[test]\n");
    history.set("README.md", "Shop\n");
    for number in 0..5 {
        history.set(&format!("vendor/x/file{number}.go"), "package x\n");
    }
    history.commit("Begin");
    for number in 0..120 {
        if number % 4 == 0 {
            let body = format!("pub fn run() {{ start({number}) }}\npub fn stop() {{}}\n");
            history.set("src/core/engine.rs", &body);
            history.set(
                "src/core/parts.rs",
                &format!("use crate::core::engine::run;\n// {number}\n"),
            );
            history.commit(match number {
                80 => "Revert \"Start twice\"",
                _ => "fix: the engine stops",
            });
        } else {
            let page = format!("src/pages/page{}.rs", number % 30);
            history.set(&page, &format!("fn page() {{ show({number}) }}\n"));
            history.commit("Change a page");
        }
    }
    history.set(HOSTILE, "fn hostile() { stop() }\n");
    history.commit("fix: a crash of names");
    history
}

fn map(repository: &Path, arguments: &[&str]) -> Run {
    let at = repository.to_string_lossy();
    let asked = ["map", "--repository", "shop/web", "--repo", &at];
    portcullis(Path::new("/"), [&asked, arguments].concat())
}

#[track_caller]
fn document(repository: &Path, arguments: &[&str]) -> Value {
    let run = map(repository, &[arguments, &["--json"]].concat());
    run.assert_done(&[]);
    run.json()
}

fn train(written: &Written, arguments: &[&str]) {
    let at = written.path.to_string_lossy();
    let asked = ["risk", "train", "--repo", &at];
    portcullis(Path::new("/"), [&asked, arguments].concat()).assert_done(&[]);
}

#[test]
fn the_file_that_is_mended_most_comes_first() {
    let written = shop().write();
    let json = document(&written.path, &[]);
    assert_eq!(json["schema"], "portcullis/map/v1");
    assert_eq!(json["ref"], "main");
    assert_eq!(json["known"], true);
    assert_eq!(
        json["history"],
        json!({ "steps": 122, "changes": 122, "fixes": 31, "reverts": 1 })
    );
    assert_eq!(
        json["left_out"],
        json!({ "tests": 1, "others": 1, "foreign": 5 })
    );
    let engine = &json["files"][0];
    assert_eq!(engine["path"], "src/core/engine.rs");
    for (fact, expected) in [
        ("band", json!("critical")),
        ("lines", json!(2)),
        ("changes", json!(31)),
        ("fixes", json!(30)),
        ("reverts", json!(1)),
        ("spread", json!(1)),
        ("imported_by", json!(2)),
        ("people", json!(5)),
    ] {
        assert_eq!(engine[fact], expected, "{fact}");
    }
    let reasons = engine["reasons"].to_string();
    assert!(reasons.contains("mended 30 times"), "{reasons}");
    let directories = json["directories"].as_array().expect("a list");
    let paths: Vec<_> = directories.iter().map(|one| &one["path"]).collect();
    assert_eq!(paths, ["src", "src/core", "src/pages"]);
    assert_eq!(directories[1]["files"], 2);
    assert_eq!(directories[2]["fixes"], 0);
    // A page was changed often, and never mended.
    let files = json["files"].as_array().expect("a list");
    let pages = files
        .iter()
        .filter(|file| file["path"].to_string().contains("page"));
    for page in pages {
        assert_ne!(page["band"], "critical");
        assert_ne!(page["band"], "high");
    }
}

#[test]
fn tables_show_the_heaviest() {
    let written = shop().write();
    let run = map(&written.path, &["--depth", "1", "--top", "1"]);
    run.assert_done(&[
        "main of shop/web at ",
        "31 of them mended something,",
        "src/core/engine.rs",
        "(and 33 more: --top)",
        "Left out: 1 tests, 1 other files, 5 of other projects",
        "`portcullis risk train` keeps it",
    ]);
    assert!(!run.stdout.contains("src/core/\n"), "{}", run.stdout);
    assert!(!run.stdout.contains('\u{202e}'));
}

#[test]
fn a_map_is_the_same_out_of_a_model_and_without_one() {
    let written = shop().write();
    let without_notes = |mut json: Value| {
        json["notes"] = Value::Null;
        json
    };
    let anew = document(&written.path, &[]);
    assert_eq!(anew, document(&written.path, &[]));
    train(&written, &["--ref", "main"]);
    let stored = document(&written.path, &[]);
    assert_eq!(stored["notes"], json!([]));
    assert_eq!(without_notes(anew), without_notes(stored));
    let before = std::fs::read(written.path.join("portcullis/risk.model")).expect("it is there");

    // An earlier state is read for itself, a later one from where the model ends; neither is kept.
    let earlier = document(&written.path, &["--ref", "main~60"]);
    assert_eq!(earlier["history"]["steps"], 62);
    let after = std::fs::read(written.path.join("portcullis/risk.model")).expect("it is there");
    assert_eq!(before, after);
}

#[test]
fn whoever_trained_with_a_list_of_fixes_sees_a_map_of_these() {
    let written = shop().write();
    train(&written, &["--fix-pattern", "^Change a page"]);
    let json = document(&written.path, &[]);
    assert_eq!(json["history"]["fixes"], 121);
    assert_eq!(json["notes"], json!([]));
    let json = document(&written.path, &["--fix-pattern", "^Begin"]);
    assert_eq!(json["history"]["fixes"], 32);
    let run = map(&written.path, &["--fix-pattern", "("]);
    run.assert_failed(2, "no regular expression");
}

#[test]
fn zones_are_a_policy_that_check_accepts() {
    let written = shop().write();
    let run = map(&written.path, &["--yaml"]);
    run.assert_done(&[
        "version: 1\n",
        "  load-bearing-critical:\n    tier: critical\n",
        "- \"/src/core/engine.rs\"  # mended 30 times",
    ]);
    let folder = TempDir::new().expect("a temporary folder");
    let policy = folder.path().join("zones.yml");
    std::fs::write(&policy, &run.stdout).expect("it can be written");
    let (policy, at) = (policy.to_string_lossy(), written.path.to_string_lossy());
    let check = portcullis(Path::new("/"), ["check", &policy, "--repo", &at]);
    assert_eq!(check.code, Some(0), "{}", check.said());
    assert!(!check.said().contains("matches no"), "{}", check.said());
}

/// The data of a page.
fn data(html: &str) -> Value {
    let (_, rest) = html.split_once(r#"id="data">"#).expect("it has data");
    let (data, _) = rest.split_once("</script>").expect("they end");
    serde_json::from_str(data).expect("they are JSON")
}

#[test]
fn the_page_needs_nothing_but_itself_and_shows_names_as_text() {
    let written = shop().write();
    let file = written.path.join("map.html");
    let run = map(&written.path, &["--html", &file.to_string_lossy()]);
    run.assert_done(&["src/core/engine.rs"]);
    let html = std::fs::read_to_string(&file).expect("it was written");
    let data = data(&html);
    assert_eq!(data["known"], true);
    assert_eq!(data["files"][0]["path"], "src/core/engine.rs");
    let paths: Vec<_> = data["files"].as_array().expect("a list").iter().collect();
    let hostile = paths
        .iter()
        .find(|file| file["path"].to_string().contains("<img"));
    let hostile = hostile.expect("it is there")["path"].to_string();
    assert!(hostile.contains(r"\\u{202e}"), "{hostile}");
    assert!(!html.contains("<img") && !html.contains('\u{202e}'));
    assert_eq!(html.matches("<script").count(), 4);
    assert!(html.contains(&"default-src 'none'".replace('\'', "&#39;")));
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"));
}

#[test]
fn where_there_is_little_to_tell_it_says_so() {
    let folder = TempDir::new().expect("a temporary folder");
    Git::at(folder.path()).init(&["--bare", "."]);
    map(folder.path(), &[]).assert_done(&["no commit yet"]);
    map(folder.path(), &["--json"]).assert_failed(2, "no commit yet");
    map(folder.path(), &["--ref", "other"]).assert_failed(2, "`other` names no commit");

    let bands = |json: &Value| {
        let mut files = json["files"].as_array().expect("a list").iter();
        files.all(|file| file["band"] == "unknown")
    };
    let mut history = History::new();
    history.set("src/a.rs", "fn a() {}\n");
    history.commit("Begin");
    let one = history.write();
    map(&one.path, &[]).assert_done(&["Only 1 change of code landed", "unknown"]);
    let json = document(&one.path, &[]);
    assert_eq!(json["known"], false);
    assert!(bands(&json));
    map(&one.path, &["--yaml"]).assert_done(&["zones: {}", "# Only 1 change of code landed"]);

    for number in 0..150 {
        history.set("src/a.rs", &format!("fn a{number}() {{}}\n"));
        history.commit("Change");
    }
    let unmended = history.write();
    map(&unmended.path, &[]).assert_done(&["Nothing is known to have been mended"]);
    assert!(bands(&document(&unmended.path, &[])));
    for number in 0..5 {
        history.set("src/a.rs", &format!("fn b{number}() {{}}\n"));
        history.commit("fix: it crashes");
    }
    map(&history.write().path, &[]).assert_done(&["Only 5 fixes are known, and 20 are needed"]);

    let mut prose = History::new();
    prose.set("README.md", "Shop\n");
    prose.commit("Begin");
    map(&prose.write().path, &[]).assert_done(&["No file is code of the product"]);
}

#[test]
fn an_import_and_the_code_of_others_are_told() {
    let mut history = shop();
    let lines: String = (0..2000)
        .map(|line| format!("fn line{line}() {{}}\n"))
        .collect();
    history.set("src/imported.rs", &lines);
    for number in 0..100 {
        history.set(&format!("vendor/y/file{number}.go"), "package y\n");
    }
    history.commit("Take in what we had elsewhere");
    let written = history.write();
    map(&written.path, &[]).assert_done(&[
        "wrote 9",
        "% of the lines: an import, a rename",
        "Most files lie in directories of other projects' code",
    ]);
    let json = document(&written.path, &[]);
    assert_eq!(json["left_out"]["foreign"], 105);
    assert_eq!(json["files"][0]["path"], "src/core/engine.rs");
}

#[test]
fn a_file_keeps_its_past_when_everything_is_renamed() {
    let mut history = shop();
    let files = std::mem::take(&mut history.files);
    for (path, lines) in files {
        history.files.insert(format!("app/{path}"), lines);
    }
    history.commit("Move everything");
    let json = document(&history.write().path, &[]);
    assert_eq!(json["files"][0]["path"], "app/src/core/engine.rs");
    assert_eq!(json["files"][0]["fixes"], 30);
}

#[test]
fn a_history_that_is_cut_off_says_so() {
    let written = shop().write();
    let folder = TempDir::new().expect("a temporary folder");
    let from = format!("file://{}", written.path.display());
    let shallow = [
        "clone", "--quiet", "--bare", "--depth", "110", &from, "cut.git",
    ];
    Git::at(folder.path()).run(shallow);
    let cut = folder.path().join("cut.git");
    map(&cut, &[]).assert_done(&["The history is cut off (a shallow clone)"]);
}
