//! `portcullis approve` and `portcullis approvals`, in ordinary clones.

use super::{RULES, Scene, charge, show};
use crate::support::{PORTCULLIS, Run, WorkingClone};

fn run(clone: &WorkingClone, arguments: &[&str]) -> Run {
    Run::of(clone.git().program(PORTCULLIS).args(arguments))
}

#[track_caller]
fn said(run: &Run, code: i32) -> String {
    run.assert(code, &[]);
    run.said()
}

#[test]
fn the_whole_way() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    assert!(!alice.push_main().accepted);

    let bob = scene.clone_of("bob");
    bob.git().run(["fetch", "--quiet", "origin", &head]);
    let output = run(
        &bob,
        &[
            "approve",
            "FETCH_HEAD",
            "--for",
            "main",
            "--diff",
            "--yes",
            "--push",
        ],
    );
    let page = said(&output, 0);
    for words in [
        "Approve this change, for refs/heads/main of ",
        "alice: Charge",
        "services/payments/charge.rs",
        "+fn charge() { 1 }",
    ] {
        assert!(page.contains(words), "no {words:?} in\n{page}");
    }

    let policy = scene.server.policy().to_string_lossy().into_owned();
    alice.git().run(["fetch", "--quiet", "--tags", "origin"]);
    let about = ["--for", "main", "--pusher", "alice"];
    let asked = ["--policy", &policy];
    let ask = |clone: &WorkingClone| run(clone, &[&["approvals"], &about[..], &asked].concat());
    let ask_json = |clone: &WorkingClone| {
        let asked = [&["approvals", "--json"], &about[..], &asked].concat();
        run(clone, &asked).json()
    };
    let json = ask_json(&alice);
    assert_eq!(json["schema"], "portcullis/decision/v1");
    assert_eq!(json["verdict"], "allow");
    let page = said(&ask(&alice), 0);
    for words in ["payments-approved", "bob", "refs/tags/approved/"] {
        assert!(page.contains(words), "no {words:?} in\n{page}");
    }
    charge(&alice, "2");
    let page = said(&ask(&alice), 1);
    for words in [
        "1 approval",
        "does not count",
        "services/payments/charge.rs differs",
    ] {
        assert!(page.contains(words), "no {words:?} in\n{page}");
    }
    let json = ask_json(&alice);
    assert_eq!(json["verdict"], "deny");
    let missing = &json["findings"][0]["missing"][0];
    assert_eq!(missing["kind"], "approval", "{json}");
    assert_eq!(missing["not_counted"][0]["person"], "bob", "{json}");
    alice.git().run(["reset", "--quiet", "--hard", &head]);
    alice.push_main().assert_silent();
}

#[test]
fn in_a_clone_the_remotes_branches_are_those_that_rules_trust() {
    let scene = Scene::under(&RULES.replace("[main, release/*]", "[main]"));
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    alice.push(["HEAD:release/1"]).assert_silent();
    let policy = scene.server.policy().to_string_lossy().into_owned();
    let repository = scene.repository();
    let ask = || {
        let asked = ["approvals", "--for", "main", "--policy", &policy];
        let about = ["--pusher", "alice", "--repository", &repository];
        run(&alice, &[&asked[..], &about].concat())
    };
    let page = said(&ask(), 1);
    assert!(page.contains("payments-approved: not approved"), "{page}");
    scene.govern(&RULES.replace("[main, release/*]", "[main]\n    trusts: [release/*]"));
    alice.push(["HEAD:main"]).assert_silent();
    alice
        .git()
        .run(["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    let page = said(&ask(), 0);
    assert!(!page.contains("not approved"), "{page}");
}

#[test]
fn it_does_not_sign_what_nobody_looked_at() {
    let scene = Scene::new();
    let bob = scene.clone_of("bob");
    charge(&bob, "1");
    said(&run(&bob, &["approve", "--for", "main"]), 2);
    assert_eq!(bob.git().run(["tag", "--list"]), "");
    said(&run(&bob, &["approve", "--for", "nowhere", "--yes"]), 2);
    said(
        &run(&bob, &["approve", "nothing", "--for", "main", "--yes"]),
        2,
    );
    said(
        &run(&bob, &["approve", "origin/main", "--for", "main", "--yes"]),
        2,
    );
    said(&run(&bob, &["approve"]), 2);
    assert_eq!(bob.git().run(["tag", "--list"]), "");
}
