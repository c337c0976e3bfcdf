//! `carry: clean_merge`: an approval follows a change that was re-applied onto protected files that moved on.

use super::{Scene, charge, refused, show};
use crate::support::WorkingClone;

const CARRY: &str = r"
rules:
  - id: carried
    refs: [main]
    paths: [services/payments/**]
    require: { approvals: [{ from: [payments], carry: clean_merge }] }
";

const BEFORE: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

/// Alice's approved change of the last line, on a main whose first line dana changes meanwhile.
fn moved_on(rules: &str) -> (Scene, WorkingClone) {
    let scene = Scene::under("\nrules: []\n");
    let alice = scene.clone_of("alice");
    alice.write("services/payments/list", BEFORE).commit("List");
    alice.push_main().assert_silent();
    scene.govern(rules);
    alice.git().run(["checkout", "--quiet", "-b", "topic"]);
    alice
        .write("services/payments/list", BEFORE.replace("seven", "SEVEN"))
        .commit("Seven");
    scene.approve("bob", &show(&alice));
    let dana = scene.clone_of("dana");
    dana.write("services/payments/list", BEFORE.replace("one", "ONE"))
        .commit("One");
    scene.approve("bob", &show(&dana));
    dana.push_main().assert_silent();
    alice.fetch();
    (scene, alice)
}

#[test]
fn a_clean_re_application_is_carried() {
    for way in [
        ["rebase", "--quiet", "origin/main"],
        ["merge", "--quiet", "origin/main"],
    ] {
        let (_scene, alice) = moved_on(CARRY);
        alice.git().run(way);
        alice.push(["HEAD:main"]).assert_silent();
    }
}

#[test]
fn it_is_not_where_the_rule_does_not_say_so() {
    let (_scene, alice) = moved_on(&CARRY.replace(", carry: clean_merge", ""));
    alice.git().run(["rebase", "--quiet", "origin/main"]);
    refused(
        alice.push(["HEAD:main"]),
        &["has moved on below what it approves"],
    );
}

#[test]
fn what_a_re_application_adds_is_not_carried() {
    let (_scene, alice) = moved_on(CARRY);
    alice.git().run(["rebase", "--quiet", "origin/main"]);
    alice
        .write(
            "services/payments/list",
            BEFORE
                .replace("one", "ONE")
                .replace("seven", "SEVEN")
                .replace("four", "FOUR"),
        )
        .commit("Four");
    refused(alice.push(["HEAD:main"]), &["carried"]);
}

#[test]
fn a_conflict_is_not_carried() {
    let (scene, alice) = moved_on(CARRY);
    let dana = scene.clone_of("dana");
    dana.write(
        "services/payments/list",
        BEFORE.replace("one", "ONE").replace("seven", "7"),
    )
    .commit("Seven");
    scene.approve("bob", &show(&dana));
    dana.push_main().assert_silent();
    alice.fetch();
    alice
        .git()
        .run(["checkout", "--quiet", "-B", "main", "origin/main"]);
    alice
        .write(
            "services/payments/list",
            BEFORE.replace("one", "ONE").replace("seven", "SEVEN"),
        )
        .commit("Seven, again");
    refused(alice.push(["HEAD:main"]), &["carried"]);
}

#[test]
fn dropping_what_moved_on_is_not_carried() {
    let (_scene, alice) = moved_on(CARRY);
    alice.git().run([
        "merge",
        "--quiet",
        "-s",
        "ours",
        "-m",
        "Ours",
        "origin/main",
    ]);
    refused(alice.push(["HEAD:main"]), &["carried"]);
}

#[test]
fn the_first_of_two_changes_is_not_carried_by_the_second() {
    let (scene, alice) = moved_on(CARRY);
    let _ = &scene;
    alice
        .git()
        .run(["checkout", "--quiet", "-B", "main", "origin/main"]);
    charge(&alice, "1");
    refused(alice.push(["HEAD:main"]), &["carried"]);
}
