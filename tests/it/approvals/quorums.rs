//! How many, and who.

use super::{Scene, charge, refused, show};

const TWO_AND_SECURITY: &str = r"
zones:
  payments: { tier: critical, paths: [services/payments/**], owners: [payments] }
rules:
  - id: critical
    refs: [main]
    zones: [payments]
    require:
      approvals:
        - { count: 1, from: [payments] }
        - { count: 1, from: [security] }
";

#[test]
fn entries_need_different_persons_and_are_filled_exactly() {
    let scene = Scene::under(TWO_AND_SECURITY);
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    // Bob is in both groups, and stands for one entry.
    refused(
        alice.push_main(),
        &["critical", "1 more approval", "bob already did"],
    );
    // Dana is of payments alone, so bob has to stand for security.
    scene.approve("dana", &head);
    alice.push_main().assert_silent();
}

#[test]
fn one_person_approves_once_however_often() {
    let scene = Scene::under(
        r"
rules:
  - { id: two, refs: [main], paths: [services/**], require: { approvals: [{ count: 2, from: [payments] }] } }
",
    );
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    scene.approve("bob", &head);
    refused(
        alice.push_main(),
        &["1 more approval", "bob already did", "can be given by dana"],
    );
    scene.approve("dana", &head);
    alice.push_main().assert_silent();
}

#[test]
fn each_touched_zone_needs_its_own_owners() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    alice.write("libs/ledger/book.rs", "fn book() { 1 }\n");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("dana", &head);
    refused(
        alice.push_main(),
        &["the owners of ledger", "can be given by bob, carol"],
    );
    scene.approve("carol", &head);
    alice.push_main().assert_silent();
}

#[test]
fn an_owner_of_both_zones_is_enough_for_both() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    alice.write("libs/ledger/book.rs", "fn book() { 1 }\n");
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    alice.push_main().assert_silent();
}

#[test]
fn paths_without_a_zone_have_no_owners() {
    let scene = Scene::under(
        r"
zones:
  payments: { tier: critical, paths: [services/payments/charge.rs], owners: [payments] }
rules:
  - { id: owned, refs: [main], paths: [services/**], require: { approvals: [{ from: [owners] }] } }
",
    );
    let alice = scene.clone_of("alice");
    alice.write("services/other.rs", "x\n").commit("Other");
    scene.approve("bob", &show(&alice));
    refused(alice.push_main(), &["some of these paths are in none"]);
}

#[test]
fn a_rule_that_only_warns_lets_pass() {
    let scene = Scene::under(&format!("mode: warn\n{}", super::RULES));
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let push = alice.push_main();
    assert!(push.accepted, "{}", push.stderr);
    assert!(
        push.remote.contains("warning: payments-approved"),
        "{}",
        push.remote
    );
}

#[test]
fn what_no_rule_is_about_needs_nobody() {
    let scene = Scene::new();
    let stranger = scene.clone_of("stranger");
    stranger.write("web/site.css", "p {}\n").commit("Style");
    stranger.push_main().assert_silent();
}

#[test]
fn trailers_count_where_the_rule_trusts_them_and_for_all_commits() {
    let scene = Scene::under(
        r"
rules:
  - { id: honour, refs: [main], paths: [services/**], require: { approvals: [{ from: [payments], by: [trailer] }] } }
",
    );
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    alice.amend_with("Approved-by: Bob <bob@shop.example>");
    charge(&alice, "2");
    refused(alice.push_main(), &["honour"]);
    alice.amend_with("Reviewed-by: Bob <bob@shop.example>");
    alice.push_main().assert_silent();
}

#[test]
fn a_rule_about_paths_asks_the_owners_of_the_zones_that_they_are_in() {
    let scene = Scene::under(
        r"
zones:
  payments: { tier: critical, paths: [services/payments/**], owners: [payments] }
rules:
  - { id: owned, refs: [main], paths: [services/**], require: { approvals: [{ from: [owners] }] } }
",
    );
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("carol", &head);
    refused(alice.push_main(), &["owned", "the owners of payments"]);
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
}
