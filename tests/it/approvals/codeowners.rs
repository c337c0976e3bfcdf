//! The owners that a repository's own file names, as approvers.

use super::{Scene, charge, refused, show};
use crate::support::WorkingClone;

fn scene(dialect: &str, file: &str, content: &str) -> Scene {
    let scene = Scene::under("rules: []\n");
    let alice = scene.clone_of("alice");
    alice.write(file, content).commit("Owners");
    alice.push_main().assert_silent();
    scene.govern(&format!(
        r#"
codeowners: {{ dialect: {dialect} }}
rules:
  - id: owned
    refs: [main]
    paths: [services/**, "**/CODEOWNERS"]
    require: {{ approvals: [{{ from: [codeowners] }}] }}
"#
    ));
    scene
}

/// Alice's change of payments.
fn change(scene: &Scene) -> (WorkingClone, String) {
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    (alice, head)
}

#[test]
fn in_each_dialect_the_owners_approve_and_others_do_not() {
    for (dialect, line) in [
        ("github", "* @mallory\n/services/payments/ @bob @dana\n"),
        ("gitlab", "* @mallory\n/services/payments/ @bob @dana\n"),
        ("gitea", "services/payments/.* @bob @dana\n"),
    ] {
        let scene = scene(dialect, "CODEOWNERS", line);
        let (alice, head) = change(&scene);
        scene.approve("mallory", &head);
        refused(alice.push_main(), &["owned", "can be given by bob, dana"]);
        scene.approve("dana", &head);
        alice.push_main().assert_silent();
    }
}

#[test]
fn nobody_approves_what_nobody_owns() {
    let scene = scene("github", "CODEOWNERS", "/libs/ @bob\n");
    let (alice, head) = change(&scene);
    for name in ["bob", "dana", "carol", "mallory"] {
        scene.approve(name, &head);
    }
    refused(
        alice.push_main(),
        &["owned", "it names none for some of these paths"],
    );
}

#[test]
fn a_section_asks_for_its_own_number() {
    let scene = scene(
        "gitlab",
        "CODEOWNERS",
        "[Payments][2]\n/services/payments/ @bob @dana @carol\n",
    );
    let (alice, head) = change(&scene);
    scene.approve("bob", &head);
    refused(alice.push_main(), &["owned", "1 more approval"]);
    scene.approve("carol", &head);
    alice.push_main().assert_silent();
}

#[test]
fn c4_a_push_does_not_choose_its_own_owners() {
    let scene = scene("github", "CODEOWNERS", "* @bob\n");
    let alice = scene.clone_of("alice");
    alice.write("CODEOWNERS", "* @mallory\n");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("mallory", &head);
    refused(alice.push_main(), &["owned", "can be given by bob"]);
    // The file needs who owned it before and who would own it then.
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
    let (alice, head) = change_again(&scene);
    scene.approve("bob", &head);
    refused(alice.push_main(), &["owned", "can be given by mallory"]);
    scene.approve("mallory", &head);
    alice.push_main().assert_silent();
}

#[test]
fn c4_a_rule_on_other_paths_guards_the_file_that_it_asks() {
    let scene = scene("github", "CODEOWNERS", "* @bob\n");
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    let elsewhere = policy.replace("[services/**, \"**/CODEOWNERS\"]", "[services/**]");
    assert_ne!(policy, elsewhere);
    scene.server.set_policy(&elsewhere);
    for file in ["CODEOWNERS", ".github/CODEOWNERS"] {
        let alice = scene.clone_of("alice");
        alice.write(file, "* @mallory\n").commit("Own all");
        let head = show(&alice);
        scene.approve("mallory", &head);
        refused(alice.push_main(), &["owned", "can be given by bob"]);
    }
    let alice = scene.clone_of("alice");
    alice.write("CODEOWNERS", "* @dana\n").commit("Hand over");
    let head = show(&alice);
    scene.approve("bob", &head);
    refused(alice.push_main(), &["owned", "can be given by dana"]);
    scene.approve("dana", &head);
    alice.push_main().assert_silent();
}

fn change_again(scene: &Scene) -> (WorkingClone, String) {
    let alice = scene.clone_of("alice");
    charge(&alice, "again");
    let head = show(&alice);
    (alice, head)
}

#[test]
fn c4_owners_are_not_taken_over_by_a_file_of_higher_precedence() {
    let scene = scene(
        "github",
        "CODEOWNERS",
        "* @mallory\n/services/ @bob\n/CODEOWNERS @carol\n",
    );
    let alice = scene.clone_of("alice");
    alice
        .write(".github/CODEOWNERS", "* @mallory\n")
        .commit("Owners");
    let head = show(&alice);
    scene.approve("mallory", &head);
    refused(alice.push_main(), &["owned", "can be given by carol"]);
    scene.approve("carol", &head);
    alice.push_main().assert_silent();
}

#[test]
fn the_first_owners_are_not_named_by_whom_they_name() {
    let scene = scene("github", "elsewhere", "nothing\n");
    let alice = scene.clone_of("alice");
    alice.write("CODEOWNERS", "* @mallory\n").commit("Owners");
    scene.approve("mallory", &show(&alice));
    refused(
        alice.push_main(),
        &["owned", "it names none for some of these paths"],
    );
}
