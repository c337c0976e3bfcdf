//! What cannot be replayed, and what there is less of than was asked for.

use super::Scene;
use crate::support::{Server, in_one_line};
use std::fs;

#[track_caller]
fn says(scene: &Scene, arguments: &[&str], code: i32, words: &str) {
    let (found, said) = scene.simulate(arguments);
    assert_eq!(found, code, "{said}");
    assert!(
        in_one_line(&said).contains(words),
        "{words:?} is not said:\n{said}"
    );
}

#[test]
fn questions_without_an_answer() {
    let scene = Scene::new();
    says(
        &scene,
        &["--last", "5", "--ref", "nope"],
        2,
        "there is no refs/heads/nope in this repository",
    );
    says(&scene, &[], 2, "--last <N>");
    says(&scene, &["--last", "0"], 2, "invalid value");
    says(
        &scene,
        &["--since", "yestermorrow"],
        2,
        "`yestermorrow` is no date",
    );
    let blob = scene.git(["rev-parse", "HEAD:README.md"]);
    scene.git(["update-ref", "refs/tags/readme", &blob]);
    says(
        &scene,
        &["--last", "5", "--ref", "refs/tags/readme"],
        2,
        "leads to no commit",
    );
    let wrong = scene.other_policy("version: 1\nrules: 7\n");
    says(
        &scene,
        &["--last", "5", "--against", &wrong],
        2,
        "portcullis check",
    );
    let (code, said) = scene.simulate_by(&wrong, &["--last", "5"]);
    assert_eq!(code, 2, "{said}");
    says(&scene, &["--last", "5", "--repo", "docs"], 3, "docs");
    says(
        &scene,
        &["--last", "5", "--html", "/nowhere/page.html"],
        3,
        "/nowhere/page.html cannot be written",
    );
    scene.git(["checkout", "--quiet", "--orphan", "empty"]);
    says(
        &scene,
        &["--last", "5"],
        2,
        "its default branch, refs/heads/empty, does not exist yet",
    );
    scene.git(["checkout", "--quiet", "--detach", "main"]);
    says(&scene, &["--last", "5"], 2, "HEAD names no branch");
}

#[test]
fn fewer_steps_than_were_asked_for() {
    let scene = Scene::new();
    says(
        &scene,
        &["--last", "50"],
        1,
        "the ref has no more steps than these",
    );
    says(
        &scene,
        &["--last", "1"],
        0,
        "1 step from 2026-03-03 to 2026-03-03",
    );
    says(&scene, &["--since", "2030-01-01"], 0, "0 steps");
}

#[test]
fn a_shallow_clone_is_replayed_as_far_as_it_goes() {
    let scene = Scene::new();
    let source = format!("file://{}", scene.clone.git().folder().display());
    let shallow = scene.server.folder().join("shallow");
    let path = shallow.display().to_string();
    scene.git([
        "clone", "--quiet", "--bare", "--depth", "4", "--branch", "main", &source, &path,
    ]);
    says(
        &scene,
        &["--last", "50", "--repo", &path],
        1,
        "the repository is shallow and has no older steps",
    );
    let json = scene.json(&["--last", "50", "--repo", &path]);
    assert_eq!(
        (json["steps"].as_u64(), json["end"].as_str()),
        (Some(3), Some("shallow"))
    );
}

#[test]
fn a_lost_object_is_said_of_its_step() {
    let scene = Scene::new();
    let tree = scene.git(["rev-parse", "main~3:services/payments"]);
    let object = format!(".git/objects/{}/{}", &tree[..2], &tree[2..]);
    fs::remove_file(scene.clone.path(&object)).expect("it is loose");
    let json = scene.json(&["--last", "6"]);
    assert!(json["outcomes"]["failed"].as_u64() >= Some(1), "{json}");
    let mut failures = json["pushes"].as_array().expect("a list").iter();
    let failure = failures.find_map(|push| push["failure"].as_str());
    assert!(
        failure.is_some_and(|failure| failure.contains(&tree)),
        "{failure:?}"
    );
}

#[test]
fn an_empty_server() {
    let scene = Scene::new();
    let server = Server::new("version: 1\nrules: []\n");
    let path = server.repository().display().to_string();
    says(
        &scene,
        &["--last", "5", "--repo", &path],
        2,
        "this repository is empty",
    );
}
