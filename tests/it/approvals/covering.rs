//! What an approval covers: exactly the change of the protected paths, however it gets there.

use super::{Scene, charge, make_tag, refused, show};

#[test]
fn refused_then_approved_by_a_second_person_then_accepted() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let push = alice.push_main();
    refused(
        push,
        &[
            "payments-approved",
            "services/payments/charge.rs",
            "1 approval (a signed tag) from the owners of payments",
            "can be given by bob, dana",
            "git tag -s",
            "Approves: refs/heads/main",
        ],
    );
    let head = show(&alice);
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
}

#[test]
fn the_commands_of_the_refusal_do_it() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let push = alice.push_main();
    assert!(!push.accepted);
    let command = |begin: &str| {
        let line = push
            .remote
            .lines()
            .find(|line| line.trim_start().starts_with(begin));
        line.unwrap_or_else(|| panic!("no {begin} in\n{}", push.remote))
            .trim()
            .to_owned()
    };
    let bob = scene.clone_of("bob");
    let commands = [
        (&alice, command("git push origin ")),
        (&bob, command("git fetch origin refs/changes/")),
        (&bob, command("git tag -s ")),
        (&bob, command("git push origin \"refs/tags/")),
    ];
    for (clone, command) in commands {
        let output = clone.shell(&command);
        assert!(output.status.success(), "{command}: {output:?}");
    }
    alice.push_main().assert_silent();
}

#[test]
fn it_survives_a_rebase_a_squash_and_a_merge() {
    for way in ["rebase", "squash", "merge", "reworded"] {
        let scene = Scene::new();
        let alice = scene.clone_of("alice");
        let git = alice.git();
        git.run(["checkout", "--quiet", "-b", "topic"]);
        charge(&alice, "half");
        charge(&alice, "whole");
        scene.approve("bob", &show(&alice));
        // Meanwhile main moves on, outside the protected paths.
        let dana = scene.clone_of("dana");
        dana.write("web/site.css", "body { margin: 0 }\n")
            .commit("Style");
        dana.push_main().assert_silent();
        git.run(["fetch", "--quiet", "origin"]);
        match way {
            "rebase" => drop(git.run(["rebase", "--quiet", "origin/main"])),
            "reworded" => {
                git.run(["rebase", "--quiet", "origin/main"]);
                git.run(["commit", "--quiet", "--amend", "-m", "Charge in cents"]);
            }
            "squash" => {
                git.run(["checkout", "--quiet", "-B", "main", "origin/main"]);
                git.run(["merge", "--quiet", "--squash", "topic"]);
                git.run(["commit", "--quiet", "-m", "Charge"]);
            }
            _ => {
                git.run(["checkout", "--quiet", "-B", "main", "origin/main"]);
                git.run(["merge", "--quiet", "--no-ff", "-m", "Merge topic", "topic"]);
            }
        }
        alice.push(["HEAD:main"]).assert_silent();
    }
}

#[test]
fn it_dies_with_a_byte_a_mode_a_file_more_and_a_file_less() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    alice.write("services/payments/refund.rs", "fn refund() { 1 }\n");
    charge(&alice, "1");
    let approved = show(&alice);
    scene.approve("bob", &approved);
    let differs = "services/payments/charge.rs differs from what it approves";

    charge(&alice, "2");
    refused(alice.push_main(), &["does not count", "of bob", differs]);

    alice.git().run(["reset", "--quiet", "--hard", &approved]);
    alice
        .git()
        .run(["update-index", "--chmod=+x", "services/payments/charge.rs"]);
    alice.git().run(["commit", "--quiet", "-m", "Mode"]);
    refused(alice.push_main(), &[differs]);

    alice.git().run(["reset", "--quiet", "--hard", &approved]);
    alice
        .write("services/payments/new.rs", "x\n")
        .commit("More");
    refused(
        alice.push_main(),
        &["services/payments/new.rs is not in what it approves"],
    );

    alice.git().run(["reset", "--quiet", "--hard", &approved]);
    alice.git().run([
        "checkout",
        "--quiet",
        "origin/main",
        "--",
        "services/payments/refund.rs",
    ]);
    alice.commit("Less");
    refused(
        alice.push_main(),
        &[
            "services/payments/refund.rs, which it approves",
            "is not pushed",
        ],
    );

    alice.git().run(["reset", "--quiet", "--hard", &approved]);
    alice
        .write("web/site.css", "body { color: red }\n")
        .commit("Unrelated");
    alice.push_main().assert_silent();
}

#[test]
fn it_dies_when_the_protected_file_moves_on_below_it() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    alice.git().run(["checkout", "--quiet", "-b", "topic"]);
    alice
        .write(
            "services/payments/charge.rs",
            "fn charge() {}\n\n\n\n\nfn more() {}\n",
        )
        .commit("More");
    scene.approve("bob", &show(&alice));
    let dana = scene.clone_of("dana");
    dana.write(
        "services/payments/charge.rs",
        "// Charges.\nfn charge() {}\n",
    )
    .commit("Say what");
    scene.approve("bob", &show(&dana));
    dana.push_main().assert_silent();
    alice.fetch();
    alice
        .git()
        .run(["checkout", "--quiet", "-B", "main", "origin/main"]);
    alice
        .write(
            "services/payments/charge.rs",
            "// Charges.\nfn charge() {}\n\n\n\n\nfn more() {}\n",
        )
        .commit("More");
    refused(
        alice.push_main(),
        &["services/payments/charge.rs has moved on below what it approves"],
    );
}

#[test]
fn it_may_come_in_the_same_push() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let head = charge(&alice, "1");
    // Bob and alice share a disk here; the approval never was on the server before.
    let bob = scene.clone_of("bob");
    let path = alice.git().folder().to_string_lossy().into_owned();
    bob.git().run(["fetch", "--quiet", &path, "main"]);
    let message = format!(
        "Approve\n\nApproves: refs/heads/main\nRepository: {}\n",
        scene.repository()
    );
    bob.git()
        .run(["tag", "-s", "-m", &message, "approved/x", &head]);
    let path = bob.git().folder().to_string_lossy().into_owned();
    alice.git().run([
        "fetch",
        "--quiet",
        &path,
        "refs/tags/approved/x:refs/tags/approved/x",
    ]);
    refused(alice.push_main(), &["payments-approved"]);
    alice.push(["main", "refs/tags/approved/x"]).assert_silent();
}

#[test]
fn it_may_lie_below_refs_approvals() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let head = {
        charge(&alice, "1");
        show(&alice)
    };
    let bob = scene.clone_of("bob");
    let trailers = scene.trailers("Approves", "refs/heads/main");
    let tag = make_tag(&bob, "bob", &head, &trailers, "-s");
    bob.push([format!("refs/tags/{tag}:refs/approvals/{tag}")])
        .assert_silent();
    alice.push_main().assert_silent();
}

#[test]
fn a_queue_lands_several_approved_changes_at_once() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let start = alice.head();
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    alice
        .git()
        .run(["checkout", "--quiet", "-b", "other", &start]);
    alice
        .write("services/payments/refund.rs", "fn refund() { 1 }\n")
        .commit("Refund");
    let other = show(&alice);
    alice.git().run(["checkout", "--quiet", "main"]);
    alice
        .git()
        .run(["merge", "--quiet", "-m", "Queue", "other"]);
    // Half of it is approved.
    refused(alice.push_main(), &["payments-approved"]);
    scene.approve("dana", &other);
    alice.push_main().assert_silent();
}

#[test]
fn a_queue_does_not_mix_an_approved_change_with_another() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let start = alice.head();
    alice.write("services/payments/refund.rs", "fn refund() { 1 }\n");
    charge(&alice, "1");
    let both = show(&alice);
    scene.approve("bob", &both);
    // Half of what bob approved, and another change of the rest.
    alice.git().run(["reset", "--quiet", "--hard", &start]);
    charge(&alice, "1");
    alice
        .write("services/payments/refund.rs", "fn refund() { 2 }\n")
        .commit("Refund");
    refused(alice.push_main(), &["payments-approved"]);
}

#[test]
fn a_fix_and_its_backport() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    alice.push(["main:refs/heads/release/1"]).assert_silent();
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    alice.push(["main"]).assert_silent();
    // What is on main may flow to the release branch; cherry-picked, it is a change of its own there.
    alice
        .git()
        .run(["checkout", "--quiet", "-b", "fix", "origin/release/1"]);
    alice.git().run(["cherry-pick", "-x", &head]);
    refused(alice.push(["HEAD:release/1"]), &["payments-approved"]);
    scene.approve_for("bob", &show(&alice), "refs/heads/release/1");
    alice.push(["HEAD:release/1"]).assert_silent();
}

#[test]
fn a_new_release_branch_with_a_fix_of_its_own() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    refused(alice.push(["HEAD:release/2"]), &["payments-approved"]);
    scene.approve_for("bob", &show(&alice), "refs/heads/release/2");
    alice.push(["HEAD:release/2"]).assert_silent();
}
