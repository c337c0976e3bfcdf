//! Where other refs stood, and which steps are a ref's own.

use super::{Scene, outcomes};
use serde_json::json;

#[test]
fn a_branch_that_was_made_later_lends_nothing() {
    let scene = Scene::new();
    // The rules on main trust it, and it has all that main has.
    scene.git(["branch", "release/1"]);
    assert_eq!(scene.json(&["--last", "6"])["outcomes"], outcomes());
}

#[test]
fn a_branch_that_was_there_lends_what_it_had() {
    let scene = Scene::new();
    scene.git(["checkout", "--quiet", "-b", "release/1", "main"]);
    scene.step("bob", "2026-04-01", "services/payments/fix.rs", "Fix");
    scene.git(["checkout", "--quiet", "main"]);
    let merge = |day: &str| {
        scene.as_of("alice", day).run([
            "merge",
            "--quiet",
            "--no-ff",
            "-m",
            "Take the fix",
            "release/1",
        ]);
        scene.json(&["--last", "7"])["outcomes"]["accepted"].clone()
    };
    assert_eq!(
        merge("2026-04-02"),
        3,
        "it was judged on its way to the release"
    );
    scene.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    assert_eq!(merge("2026-03-31"), 2, "it is not known to have been there");
}

#[test]
fn a_release_has_steps_of_its_own() {
    let scene = Scene::new();
    scene.git(["checkout", "--quiet", "-b", "release/1", "main~1"]);
    scene.step("bob", "2026-03-02", "services/payments/fix.rs", "Fix");
    scene.git(["checkout", "--quiet", "main"]);
    let json = scene.json(&["--ref", "release/1", "--last", "50"]);
    assert_eq!((&json["steps"], &json["end"]), (&json!(1), &json!("fork")));
    assert_eq!(json["outcomes"]["refused"], 1);
    let (_, said) = scene.simulate(&["--ref", "release/1", "--last", "50"]);
    assert!(
        said.contains("before them it was refs/heads/main"),
        "{said}"
    );
}
