//! Rules that are off for a while.

use super::RULES;
use crate::approvals::{Scene, charge, refused};
use crate::support::portcullis;

fn under(waivers: &str) -> Scene {
    Scene::under(&format!("{RULES}waivers:\n{waivers}"))
}

#[test]
fn a_waived_rule_is_off_on_its_refs_until_its_day_and_it_is_said_why() {
    let waiver = |rule: &str, more: &str| {
        format!("  - {{ rule: {rule}, reason: the tracker moves, {more} }}\n")
    };
    let scene = under(
        &[
            waiver("payments-ticket", "refs: [main], until: 2999-01-31"),
            waiver("payments-approved", "refs: [main], until: 2020-01-31"),
            waiver(
                "payments-approved",
                "repos: [else/where], until: 2999-01-31",
            ),
            waiver("payments-approved", "refs: [release/*], until: 2999-01-31"),
        ]
        .concat(),
    );
    let alice = scene.clone_of("alice");
    let head = charge(&alice, "1");
    // Over, of another repository, and of other refs are the waivers of the other rule.
    let push = alice.push_main();
    assert!(!push.remote.contains("payments-ticket"), "{}", push.remote);
    refused(push, &["payments-approved"]);
    alice.push(["main:release/1"]).assert_silent();
    let lines = scene.server.ledger();
    let waived = |line: usize| {
        lines[line]["waived"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let last = lines.len() - 1;
    assert_eq!(waived(last - 1).len(), 1, "{lines:?}");
    assert_eq!(waived(last - 1)[0]["rule"], "payments-ticket");
    assert_eq!(waived(last - 1)[0]["until"], "2999-02-01T00:00:00+00:00");
    assert_eq!(waived(last - 1)[0]["reason"], "the tracker moves");
    assert_eq!(waived(last)[0]["rule"], "payments-approved");
    let tip = scene.server.tip("main").expect("it is there");
    let explain = "explain --repo . --ref main --pusher alice --policy ../policy.yml";
    let range = format!("{tip}..{head}");
    let arguments = explain.split(' ').chain([&*range]);
    let page = portcullis(&scene.server.repository(), arguments).stdout;
    let said =
        "payments-ticket    is waived until 2999-02-01T00:00:00+00:00 because: the tracker moves";
    assert!(page.contains(said), "{page}");
}

#[test]
fn what_goes_in_under_a_waiver_is_trusted_when_it_ends() {
    let waivers = ["payments-ticket", "payments-approved"]
        .map(|rule| format!("  - {{ rule: {rule}, until: 2999-01-31, reason: a migration }}\n"));
    let scene = under(&waivers.concat());
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    alice.push_main().assert_silent();
    scene.govern(RULES);
    // The ref's own past, and its way to a release, which trusts main.
    alice.write("web/site.css", "p {}").commit("Style");
    alice.push_main().assert_silent();
    alice.push(["main:release/1"]).assert_silent();
    charge(&alice, "2");
    refused(alice.push_main(), &["payments-ticket", "payments-approved"]);
}
