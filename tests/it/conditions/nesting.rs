//! `any`, `all`, `not`: asked of one commit and one path at a time.

use super::Scene;

#[test]
fn any_is_met_by_each_of_its_parts() {
    let scene = Scene::when("{ any: [{ change: delete }, { message: WIP }] }", "");
    scene.write("a", "1\n").commit("Add");
    scene.accepted(&["main"]);
    scene.write("a", "2\n").commit("WIP");
    scene.refused(&["main"], &[]);
    scene.reset();
    scene.git(["rm", "--quiet", "a"]);
    scene.commit("Away with it");
    scene.refused(&["main"], &[]);
}

#[test]
fn not_turns_round_what_holds_of_this_path_and_no_other() {
    let scene = Scene::when("{ not: { change: add } }", "");
    scene.write("a", "1\n").commit("Add");
    scene.accepted(&["main"]);
    scene.write("b", "1\n").write("a", "2\n").commit("Both");
    let push = scene.clone.push_main();
    push.assert_refused(&["asked", "  a"]);
    assert!(!push.remote.contains("  b\n"), "{}", push.remote);
}

#[test]
fn a_path_and_its_commit_meet_conditions_together() {
    let when = "{ any: [{ all: [{ author: bob }, { change: modify }] }] }";
    let scene = Scene::when(when, "");
    scene.write("a", "1\n").commit_by("bob@shop.example");
    scene.write("a", "2\n").commit_by("alice@shop.example");
    scene.accepted(&["main"]);
    scene.write("a", "3\n").commit_by("bob@shop.example");
    scene.refused(&["main"], &[]);
}

#[test]
fn the_net_change_meets_what_no_commit_does() {
    let when = "{ any: [{ author: bob }, { change: modify, added: unsafe }] }";
    let scene = Scene::when(when, "");
    scene.write("a", "safe\n").commit("Add");
    scene.accepted(&["main"]);
    scene.git(["rm", "--quiet", "a"]);
    scene.commit("Delete");
    scene.write("a", "unsafe\n").commit("Add again");
    scene.refused(&["main"], &["a"]);
}

#[test]
fn approvals_are_asked_where_a_commit_meets_the_conditions() {
    let scene = Scene::under(
        "rules:
  - id: asked
    when: { any: [{ added: unsafe }, { author: bob }] }
    require: { approvals: [{ count: 1, from: [bob], by: [trailer] }] }
",
    );
    scene.write("a", "safe\n").commit_by("alice@shop.example");
    scene.accepted(&["main"]);
    scene.write("a", "unsafe\n").commit_by("alice@shop.example");
    scene.refused(&["main"], &["approval"]);
    scene.reset();
    scene.write("a", "sound\n").commit_by("bob@shop.example");
    scene.refused(&["main"], &["approval"]);
}

#[test]
fn a_condition_on_paths_is_not_met_by_an_update_without_them() {
    let scene = Scene::when("{ update: create, size: '> 1KiB' }", "");
    scene.accepted(&["main:refs/heads/same"]);
    scene.git(["checkout", "--quiet", "-b", "other"]);
    scene.write("a", vec![b'x'; 2000]).commit("Large");
    scene.refused(&["other"], &["a"]);
}

#[test]
fn a_deletion_concerns_what_names_it_anywhere() {
    let scene = Scene::when("{ any: [{ update: delete }, { message: WIP }] }", "");
    scene.accepted(&["main:refs/heads/other"]);
    scene.refused(&[":other"], &[]);
}
