//! B3 to B5: changes that only a merge makes.

use super::{Scene, TICKET, TICKETS};

const PAYMENTS: &[&str] = &["payments-ticket"];

/// A server where `main` moved on in the style sheet, and the clone's branch `topic` in payments, with its ticket.
fn parted() -> Scene {
    let scene = Scene::new();
    scene.branch("topic", "main").ticketed();
    scene.checkout("main").harmless();
    scene.accepted(&["main"]);
    scene
}

#[test]
fn b3_a_clean_merge_is_nobodys_change() {
    let scene = parted();
    scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "topic"]);
    scene.accepted(&["main"]);
    scene.accepted(&["main:release/1"]);
    scene.checkout("topic");
    scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "main"]);
    scene.accepted(&["topic:main"]);
}

#[test]
fn b3_a_merge_that_brings_what_no_parent_has() {
    let scene = parted();
    scene.git(["merge", "--quiet", "--no-ff", "--no-commit", "topic"]);
    scene
        .clone
        .write("services/payments/charge.rs", "fn charge() { steal() }\n")
        .commit("Merge topic");
    scene.refused(&["main"], &["payments-ticket", "Merge topic", "charge.rs"]);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["main"]);
}

#[test]
fn b3_an_evil_merge_below_a_clean_one() {
    let scene = parted();
    scene.branch("side", "topic~1").harmless();
    scene.git([
        "merge",
        "--quiet",
        "--no-ff",
        "--no-commit",
        "-s",
        "ours",
        "topic",
    ]);
    scene
        .clone
        .write("libs/ledger/book.rs", "fn book() { cook() }\n")
        .commit("Inner");
    scene.checkout("main");
    scene.git([
        "merge",
        "--quiet",
        "--no-ff",
        "--no-edit",
        "-X",
        "ours",
        "side",
    ]);
    scene.refused(&["main"], &["payments-ticket", "Inner"]);
}

#[test]
fn b3_a_conflict_is_the_work_of_who_resolves_it() {
    let scene = Scene::new();
    scene.branch("topic", "main");
    scene
        .clone
        .write("services/payments/charge.rs", "fn charge() { one() }\n")
        .commit_with("One", &[TICKET]);
    scene.checkout("main");
    scene
        .clone
        .write("services/payments/charge.rs", "fn charge() { two() }\n")
        .commit_with("Two", &[TICKET]);
    scene.accepted(&["main"]);
    assert!(
        !scene
            .clone
            .git()
            .output(["merge", "topic"])
            .status
            .success(),
        "a conflict"
    );
    scene
        .clone
        .write("services/payments/charge.rs", "fn charge() { steal() }\n")
        .commit("Merge topic");
    scene.refused(&["main"], &["payments-ticket", "Merge topic"]);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["main"]);
}

#[test]
fn b4_an_unrelated_history() {
    let scene = Scene::under(TICKETS);
    scene.git(["checkout", "--quiet", "--orphan", "island"]);
    scene
        .clone
        .write("services/payments/charge.rs", "steal\n")
        .commit("An island");
    scene.refused(&["--force", "island:main"], PAYMENTS);
    scene.git(["rm", "-r", "--quiet", "services", "libs"]);
    scene.clone.commit("Without payments");
    scene.refused(&["--force", "island:main"], PAYMENTS);
    scene.checkout("main");
    scene.git([
        "merge",
        "--quiet",
        "--no-edit",
        "--allow-unrelated-histories",
        "-s",
        "ours",
        "island",
    ]);
    scene.refused(&["main"], &["payments-ticket", "An island"]);
}

#[test]
fn b4_an_unrelated_history_beside_payments_may_come_in() {
    let scene = Scene::new();
    scene.git(["checkout", "--quiet", "--orphan", "island"]);
    scene.git(["rm", "-r", "--quiet", "--force", "."]);
    scene
        .clone
        .write("docs/island.md", "An island\n")
        .commit("An island");
    scene.checkout("main");
    scene.git([
        "merge",
        "--quiet",
        "--no-edit",
        "--allow-unrelated-histories",
        "island",
    ]);
    scene.accepted(&["main"]);
}

/// A merge that keeps one side only: `main` is contained, and yet what it had is gone.
#[test]
fn b5_a_side_is_dropped() {
    let scene = Scene::new();
    scene.branch("old", "main").harmless();
    scene.checkout("main").ticketed();
    scene.accepted(&["main"]);
    scene.checkout("old");
    scene.git(["merge", "--quiet", "--no-edit", "-s", "ours", "main"]);
    scene.refused(&["old:main"], &["payments-ticket", "refund.rs"]);
    scene.checkout("main");
    scene.git(["merge", "--quiet", "--no-edit", "old~1"]);
    scene.accepted(&["main"]);
}

#[test]
fn b5_an_octopus_that_drops_a_side() {
    let scene = Scene::new();
    scene.branch("one", "main").harmless();
    scene.branch("two", "main");
    scene.clone.write("docs/two.md", "two\n").commit("Two");
    scene.checkout("main").ticketed();
    scene.accepted(&["main"]);
    let dropped = scene.git(["rev-parse", "one^{tree}"]);
    let tip = scene.clone.git().raw_commit(
        &dropped,
        &[
            &scene.git(["rev-parse", "one"]),
            &scene.git(["rev-parse", "two"]),
            &scene.git(["rev-parse", "main"]),
        ],
        "Octopus\n",
    );
    scene.refused(&[&format!("{tip}:main")], &["payments-ticket", "refund.rs"]);
    scene.git(["merge", "--quiet", "--no-edit", "one", "two"]);
    scene.accepted(&["main"]);
}

#[test]
fn b5_criss_cross() {
    let scene = Scene::new();
    scene.branch("one", "main").ticketed();
    scene.branch("two", "main").harmless();
    let (one, two) = (
        scene.git(["rev-parse", "one"]),
        scene.git(["rev-parse", "two"]),
    );
    scene.git(["merge", "--quiet", "--no-edit", &one]);
    scene.checkout("one");
    scene.git(["merge", "--quiet", "--no-edit", &two]);
    scene.accepted(&["two:main"]);
    scene.clone.write("docs/one.md", "one\n").commit("One");
    scene.branch("join", "one");
    scene.git(["merge", "--quiet", "--no-edit", "-s", "recursive", "two"]);
    scene.git(["merge", "--quiet", "--no-edit", "--no-ff", "main"]);
    scene.accepted(&["join:main"]);
    scene.clone.git().run([
        "merge",
        "--quiet",
        "--no-ff",
        "--no-commit",
        "--no-edit",
        "-s",
        "ours",
        "two",
    ]);
    scene
        .clone
        .write("libs/ledger/book.rs", "fn book() { cook() }\n")
        .commit("Join");
    scene.refused(&["join:main"], &["payments-ticket", "book.rs"]);
}

/// Main merged into the topic, then main moved to it: the parents stand in the wrong order, the content is right.
#[test]
fn b5_parents_in_the_other_order() {
    let scene = parted();
    scene.checkout("topic");
    scene.git(["merge", "--quiet", "--no-edit", "main"]);
    scene.accepted(&["topic:main"]);
    // The same with a tree that is only the topic's.
    scene.checkout("main").harmless();
    scene.branch("foxtrot", "topic~2");
    scene.git(["merge", "--quiet", "--no-edit", "-s", "ours", "topic"]);
    scene.refused(&["foxtrot:main"], PAYMENTS);
}

#[test]
fn b3_only_merges_may_bring_payments() {
    let policy = TICKETS.replace("    require:\n      trailers: [{ key: Change-Ticket, value: \"PAY-[0-9]+\" }]", "    when: { merge: false }\n    scope: first_parent\n    deny: Merge a reviewed branch instead.");
    let scene = Scene::with(&crate::support::Setup {
        policy: "version: 1\nrules: []\n",
        ..Default::default()
    });
    scene.server.set_policy(&policy);
    scene.branch("topic", "main").evil();
    scene.refused(&["topic:main"], &["Merge a reviewed branch instead."]);
    scene.checkout("main");
    scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "topic"]);
    scene.accepted(&["main"]);
}
