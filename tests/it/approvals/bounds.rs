//! What people with no say can make approvals cost, and what they can bury.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{Scene, charge, refused, show};
use crate::support::{Push, WorkingClone};

/// Approves main in the name of anyone, unsigned, so many times, and hands that in.
fn flood(scene: &Scene, clone: &WorkingClone, head: &str, count: usize, padding: usize) -> Push {
    let mut stream = String::new();
    for number in 0..count {
        let message = format!(
            "Approve\n\n{}\n\nApproves: refs/heads/main\nRepository: {}\n",
            "x".repeat(padding),
            scene.repository()
        );
        writeln!(
            stream,
            "tag approved/{number:06}\nfrom {head}\ntagger Bob <bob@shop.example> 1700000000 +0000\ndata {}\n{message}",
            message.len()
        )
        .expect("a string takes all");
    }
    clone
        .git()
        .feed(&["fast-import", "--quiet"], stream.as_bytes());
    clone.push(["refs/tags/approved/*:refs/tags/approved/*"])
}

#[test]
fn thousands_of_forged_tags_neither_hide_an_approval_nor_hold_up_a_push() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let head = charge(&alice, "1");
    show(&alice);
    let push = flood(
        &scene,
        &scene.clone_of("mallory"),
        &alice.git().run(["rev-parse", "HEAD~1"]),
        5_000,
        100,
    );
    assert!(push.accepted, "{}", push.stderr);
    let bob = scene.clone_of("bob");
    scene.approve("bob", &head);
    drop(bob);
    charge(&alice, "2");
    let started = Instant::now();
    let push = alice.push_main();
    assert!(
        started.elapsed() < Duration::from_mins(1),
        "{:?}",
        started.elapsed()
    );
    assert!(push.remote.lines().count() < 60, "{}", push.remote);
    // The one that someone really signed is told before the others.
    refused(push, &["of bob does not count", "charge.rs differs"]);
    alice.git().run(["reset", "--quiet", "--hard", &head]);
    alice.push_main().assert_silent();
}

#[test]
fn a_tag_of_many_bytes_or_a_great_blob_is_not_even_unpacked() {
    let scene = Scene::new();
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    scene
        .server
        .set_policy(&format!("{policy}\nlimits: {{ object: 2MiB }}\n"));
    let alice = scene.clone_of("alice");
    let start = alice.head();
    charge(&alice, "1");
    let head = show(&alice);
    let mallory = scene.clone_of("mallory");
    let push = flood(&scene, &mallory, &start, 3, 3 << 20);
    refused(
        push,
        &["is not read, and would never count. Make a tag with a shorter message"],
    );
    // Those that were there before the gate was are passed over, and that is told.
    let from = mallory.git().folder().to_string_lossy().into_owned();
    let all = "refs/tags/approved/*:refs/tags/approved/*";
    scene.server.git().run(["fetch", "--quiet", &from, all]);
    refused(
        alice.push_main(),
        &[
            "refs/tags/approved/000000 does not count: it is longer than 64 KiB, and so not read",
            "make a tag with a shorter message",
        ],
    );
    mallory.write("great", vec![b'x'; 3 << 20]);
    let blob = mallory.git().run(["hash-object", "-w", "great"]);
    mallory
        .push([format!("{blob}:refs/approvals/great")])
        .assert_silent();
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
}

#[test]
fn ten_thousand_trailers_are_read_once_and_told_in_part() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    alice.write("services/payments/charge.rs", "fn charge() { 1 }\n");
    let mut message = String::from("Charge\n\n");
    for number in 0..10_000 {
        writeln!(message, "Co-authored-by: N <n{number}@elsewhere.example>")
            .expect("a string takes all");
    }
    alice.write("message", message);
    alice.git().run(["add", "services"]);
    alice.git().run(["commit", "--quiet", "-F", "message"]);
    scene.approve("bob", &show(&alice));
    let started = Instant::now();
    let push = alice.push_main();
    assert!(started.elapsed() < Duration::from_mins(1));
    assert!(push.remote.len() < 64 << 10, "{} bytes", push.remote.len());
    refused(push, &["could be an approver's own"]);
    alice
        .git()
        .run(["commit", "--quiet", "--amend", "-m", "Charge"]);
    alice.push_main().assert_silent();
}

#[test]
fn an_approval_of_thousands_of_refs_is_one_of_each() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    let mut trailers: Vec<String> = (0..1_500)
        .map(|number| format!("Approves: refs/heads/release/{number}"))
        .collect();
    trailers.push(format!("Repository: {}", scene.repository()));
    scene.sign("bob", &head, &trailers).assert_silent();
    refused(alice.push_main(), &["payments-approved"]);
    alice
        .push(["HEAD:release/0", "HEAD:release/1499"])
        .assert_silent();
}
