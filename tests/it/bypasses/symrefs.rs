//! A9: refs that lead to others.

use super::{POLICY, Scene};
use crate::support::{RefFormat, Setup};

fn symbolic(scene: &Scene, name: &str, target: &str) {
    scene.server.git().run(["symbolic-ref", name, target]);
}

#[test]
fn a9_an_alias_of_a_protected_branch() {
    let scene = Scene::new();
    symbolic(&scene, "refs/heads/alias", "refs/heads/main");
    symbolic(&scene, "refs/heads/second", "refs/heads/alias");
    scene.branch("topic", "main").evil();
    scene.refused(&["topic:alias"], &["payments-ticket"]);
    scene.refused(&["topic:second"], &["payments-ticket"]);
    scene.refused(&[":alias"], &["history-stays"]);
    scene.checkout("main").ticketed();
    scene.accepted(&["main:alias"]);
    assert_eq!(
        scene.server.tip("refs/heads/main"),
        Some(scene.clone.head())
    );
}

#[test]
fn a9_an_alias_of_a_protected_branch_that_is_not_there_yet() {
    let scene = Scene::new();
    symbolic(&scene, "refs/heads/alias", "refs/heads/release/1");
    scene.branch("topic", "main").evil();
    scene.refused(&["topic:alias"], &["payments-ticket"]);
    scene.accepted(&["main:alias"]);
}

#[test]
fn a9_aliases_in_a_reftable() {
    if !RefFormat::Reftable.is_known() {
        return;
    }
    let scene = Scene::with(&Setup {
        policy: POLICY,
        refs: RefFormat::Reftable,
        ..Setup::default()
    });
    symbolic(&scene, "refs/heads/second", "refs/heads/main");
    scene.branch("topic", "main").evil();
    scene.refused(&["topic:second"], &["payments-ticket"]);
    symbolic(&scene, "refs/heads/alias", "refs/heads/release/1");
    scene.refused(&["topic:alias"], &["payments-ticket"]);
    scene.accepted(&["main:alias"]);
    assert_eq!(
        scene.server.tip("refs/heads/release/1"),
        scene.server.tip("refs/heads/main")
    );
    scene.accepted(&["main:topic"]);
}

/// The other way round: `main` was renamed, and is kept as an alias for those who still say it.
#[test]
fn a9_a_protected_name_that_leads_to_an_unprotected_one() {
    let scene = Scene::new();
    let tip = scene.clone.head();
    scene
        .server
        .git()
        .run(["update-ref", "refs/heads/trunk", &tip]);
    scene
        .server
        .git()
        .run(["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    symbolic(&scene, "refs/heads/main", "refs/heads/trunk");
    scene.branch("topic", "main").evil();
    scene.refused(&["topic:main"], &["payments-ticket"]);
    scene.refused(&["topic:trunk"], &["payments-ticket"]);
    scene.refused(&[":trunk"], &["history-stays"]);
    scene.accepted(&["topic"]);
    scene.checkout("main").ticketed();
    scene.accepted(&["main:trunk"]);
}

#[test]
fn a9_a_protected_name_in_the_middle_of_the_way() {
    let scene = Scene::new();
    symbolic(&scene, "refs/heads/release/now", "refs/heads/build");
    symbolic(&scene, "refs/heads/any", "refs/heads/release/now");
    scene.branch("topic", "main").evil();
    for name in ["any", "build", "release/now"] {
        scene.refused(&[&format!("topic:{name}")], &["payments-ticket"]);
    }
    scene.server.git().run(["pack-refs", "--all"]);
    scene.refused(&["topic:build"], &["payments-ticket"]);
    scene.accepted(&["main:build"]);
}

#[test]
fn a9_an_alias_into_a_reserved_namespace() {
    let scene = Scene::new();
    let tip = scene.clone.head();
    symbolic(&scene, "refs/heads/alias", &format!("refs/replace/{tip}"));
    scene.refused(&["main:alias"], &["never accepted"]);
    symbolic(&scene, "refs/heads/alias", "refs/approvals/1");
    scene.accepted(&["main:alias"]);
    scene.harmless();
    scene.refused(&["main:alias"], &["neither moved nor deleted"]);
}

#[test]
fn a9_aliases_that_lead_in_a_circle() {
    let scene = Scene::new();
    symbolic(&scene, "refs/heads/release/a", "refs/heads/release/b");
    symbolic(&scene, "refs/heads/release/b", "refs/heads/release/a");
    let tip = scene.clone.head();
    scene
        .fed(&[(&"0".repeat(40), &tip, "refs/heads/release/a")])
        .assert(3, &["the gate failed, not your change", "circle"]);
    scene.harmless();
    scene.accepted(&["main"]);
}
