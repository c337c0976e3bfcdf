//! By signed tag, where no option can travel: somebody presses a button in a web page.

use super::scene;
use crate::approvals::{Scene, charge, make_tag, refused, show};
use crate::support::Push;

fn trailers(scene: &Scene, name: &str) -> Vec<String> {
    let mut trailers = scene.trailers("Bypasses", name);
    trailers.push("Reason: INC-204 checkout is down".to_owned());
    trailers
}

/// The signed word of `name` that this commit may go into main past rules.
fn sign(scene: &Scene, name: &str, commit: &str) {
    let trailers = trailers(scene, "refs/heads/main");
    scene.sign(name, commit, &trailers).assert_silent();
}

#[track_caller]
fn went_past(push: Push, by: &str) {
    assert!(push.accepted, "{}", push.stderr);
    let said = push.in_one_line().remote;
    assert!(said.contains(&format!("{by} breaks the glass")), "{said}");
}

#[test]
fn who_may_signs_for_this_very_change_once() {
    let scene = scene("");
    let mallory = scene.clone_of("mallory");
    charge(&mallory, "1");
    let head = show(&mallory);
    sign(&scene, "carol", &head);
    // Another change is not signed for, and the finding says where they part.
    let other = scene.clone_of("mallory");
    charge(&other, "2");
    refused(
        other.push_main(),
        &[
            "payments-approved",
            "services/payments/charge.rs is not pushed as it says",
        ],
    );
    // Nor is the same change on another ref.
    refused(mallory.push(["main:release/1"]), &["payments-approved"]);
    // A squash or a rebase leaves it the same.
    mallory
        .git()
        .run(["commit", "--quiet", "--amend", "-m", "Charge, anew"]);
    went_past(mallory.push_main(), "carol");
    let lines = scene.server.ledger();
    let bypass = &lines.last().expect("recorded")["findings"][0]["bypass"];
    assert_eq!(bypass["person"], "carol");
    assert_eq!(bypass["by"], "tag");
    assert_eq!(bypass["reason"], "INC-204 checkout is down");
    // Once it is undone, the tag does not bring it back.
    let alice = scene.clone_of("alice");
    alice.git().run(["revert", "--no-edit", "HEAD"]);
    went_past(super::push_with(&alice, super::REASON), "alice");
    let again = scene.clone_of("mallory");
    charge(&again, "1");
    refused(again.push_main(), &["it has let a change in before"]);
}

#[test]
fn what_is_signed_for_elsewhere_or_by_others_does_not_count() {
    let scene = scene("");
    let mallory = scene.clone_of("mallory");
    charge(&mallory, "1");
    let head = show(&mallory);
    let good = trailers(&scene, "refs/heads/main");
    let with = |position: usize, trailer: &str| {
        let mut trailers = good.clone();
        trailers[position] = trailer.to_owned();
        trailers
    };
    for (number, (trailers, why)) in [
        (
            with(1, "Repository: shop/other"),
            "it has no trailer `Repository:",
        ),
        (with(2, "Ticket: 7"), "no reason is given"),
        (with(2, "Reason: please"), "must match INC-[0-9]+ .+"),
        (
            [&good[..], &["Reason: INC-2 more".to_owned()]].concat(),
            "several reasons are given",
        ),
        (
            with(0, "Bypasses: refs/heads/release/1"),
            "payments-approved",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        scene.sign("carol", &head, &trailers).assert_silent();
        let push = mallory.push_main().in_one_line();
        assert!(
            push.remote.contains(why),
            "{number}: {why}: {}",
            push.remote
        );
        assert!(!push.accepted);
    }
    // Bob approves for payments, and may not go past anything; mallory signs in alice's name.
    scene.sign("bob", &head, &good).assert_silent();
    refused(mallory.push_main(), &["bob is not among those who may"]);
    let forger = scene
        .clone_of("mallory")
        .env("GIT_COMMITTER_NAME", "alice")
        .env("GIT_COMMITTER_EMAIL", "alice@shop.example");
    let tag = make_tag(&forger, "alice", &head, &good, "-s");
    forger.push([format!("refs/tags/{tag}")]).assert_silent();
    refused(mallory.push_main(), &["mallory is not among those who may"]);
    let carol = scene.clone_of("carol");
    let unsigned = make_tag(&carol, "carol", &head, &good, "-a");
    carol
        .push([format!("refs/tags/{unsigned}")])
        .assert_silent();
    refused(mallory.push_main(), &["carol", "does not help"]);
    // Old tags are no emergency.
    let before = scene
        .clone_of("carol")
        .env("GIT_COMMITTER_DATE", "@1700000000 +0000");
    let tag = make_tag(&before, "carol", &head, &good, "-s");
    before.push([format!("refs/tags/{tag}")]).assert_silent();
    refused(mallory.push_main(), &["it is older than 24 hours"]);
    sign(&scene, "carol", &head);
    went_past(mallory.push_main(), "carol");
}

#[test]
fn it_may_come_in_the_same_push_and_counts_against_the_rate() {
    let scene = scene(", rate: 1/1h");
    let carol = scene.clone_of("carol");
    for (number, is_accepted) in [("1", true), ("2", false)] {
        charge(&carol, number);
        let head = show(&carol);
        let trailers = trailers(&scene, "refs/heads/main");
        let tag = make_tag(&carol, "carol", &head, &trailers, "-s");
        let push = carol.push(["main".to_owned(), format!("refs/tags/{tag}")]);
        if is_accepted {
            went_past(push, "carol");
        } else {
            refused(push, &["carol has done so 1 time"]);
        }
    }
}
