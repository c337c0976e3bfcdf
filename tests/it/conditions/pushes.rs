//! Conditions on the push: `pusher`, `time`, `commits`.

use super::Scene;

#[test]
fn agents_have_a_budget_of_commits() {
    let scene = Scene::when("{ pusher: [agents], commits: '> 2' }", "").pushed_by("coder");
    for number in 0..2 {
        scene.write("a", format!("{number}\n")).commit("Change");
    }
    scene.accepted(&["main"]);
    for number in 2..5 {
        scene.write("a", format!("{number}\n")).commit("Change");
    }
    scene.refused(&["main"], &[]);
    // People have none.
    let scene = scene.pushed_by("alice");
    scene.accepted(&["main"]);
}

#[test]
fn a_push_to_several_refs_brings_the_commits_of_all() {
    let scene = Scene::when("{ commits: '> 3' }", "refs: [main, one, two]");
    for branch in ["one", "two"] {
        scene.git(["checkout", "--quiet", "-b", branch, "main"]);
        for number in 0..2 {
            let text = format!("{branch} {number}\n");
            scene.write(branch, text).commit("Change");
        }
    }
    scene.refused(&["one", "two"], &[]);
    // Each by itself is two; and one commit that goes to both is one.
    scene.accepted(&["one"]);
    scene.accepted(&["two"]);
    scene.git(["branch", "main-too", "one"]);
    scene.accepted(&["one:main", "main-too"]);
}

#[test]
fn few_commits_can_be_asked_for_too() {
    let scene = Scene::when("{ commits: '= 1' }", "");
    scene.write("a", "1\n").commit("One");
    scene.refused(&["main"], &[]);
    scene.write("a", "2\n").commit("Another");
    scene.accepted(&["main"]);
}

#[test]
fn every_hour_is_within_a_window_and_no_hour_within_its_opposite() {
    let frozen = Scene::when("{ time: { between: 00:00-24:00 } }", "");
    frozen.write("a", "1\n").commit("Change");
    frozen.refused(&["main"], &[]);
    let open = Scene::when("{ not: { time: { between: 00:00-24:00 } } }", "");
    open.write("a", "1\n").commit("Change");
    open.accepted(&["main"]);
}
