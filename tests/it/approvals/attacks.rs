//! Approvals that nobody gave, or gave for something else.

use super::{RULES, Scene, charge, make_tag, refused, show};

/// Trailers of a good approval, of the repository as `repository` says.
fn good(repository: &str) -> Vec<String> {
    vec![
        "Approves: refs/heads/main".to_owned(),
        format!("Repository: {repository}"),
    ]
}

#[test]
fn c5_trailers_and_author_names_are_no_approvals() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    for trailer in [
        "Approved-by: Bob <bob@shop.example>",
        "Reviewed-by: Bob <bob@shop.example>",
        "Approves: refs/heads/main",
        "Signed-off-by: Bob <bob@shop.example>",
    ] {
        alice.amend_with(trailer);
    }
    refused(alice.push_main(), &["payments-approved"]);
}

#[test]
fn a_tag_that_is_not_signed_or_signed_by_the_wrong_key() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    let trailers = good(&scene.repository());
    // Alice claims to be bob, with no signature, and with her own and a stranger's.
    for (signer, option) in [
        ("bob", "-a"),
        ("alice", "-s"),
        ("stranger", "-s"),
        ("mallory", "-s"),
    ] {
        let clone = scene
            .clone_of(signer)
            .env("GIT_COMMITTER_NAME", "bob")
            .env("GIT_COMMITTER_EMAIL", "bob@shop.example");
        let tag = make_tag(&clone, signer, &head, &trailers, option);
        clone.push([format!("refs/tags/{tag}")]).assert_silent();
    }
    refused(alice.push_main(), &["payments-approved", "does not count"]);
    // A lightweight tag says nothing at all.
    alice
        .push([format!("{head}:refs/tags/approved/light")])
        .assert_silent();
    refused(alice.push_main(), &["payments-approved"]);
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
}

#[test]
fn c9_an_approval_for_another_ref_or_repository() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve_for("bob", &head, "refs/heads/release/1");
    scene.approve_for("bob", &head, "refs/heads/mainframe");
    scene.approve_for("bob", &head, "main");
    refused(alice.push_main(), &["payments-approved"]);
    for repository in ["shop/other", "", "server"] {
        scene.sign("bob", &head, &good(repository)).assert_silent();
    }
    scene
        .sign("bob", &head, &["Approves: refs/heads/main".to_owned()])
        .assert_silent();
    refused(alice.push_main(), &["it has no trailer `Repository: "]);
    // Unless the policy does not ask for it.
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    scene.server.set_policy(&format!(
        "{policy}\napprovals: {{ repository: optional }}\n"
    ));
    alice.push_main().assert_silent();
}

#[test]
fn c9_an_approval_is_spent_and_does_not_return_after_a_revert() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
    alice.git().run(["revert", "--no-edit", "HEAD"]);
    scene.approve("dana", &show(&alice));
    alice.push_main().assert_silent();
    // The same change again: its content is that of what bob approved.
    alice.git().run(["cherry-pick", &head]);
    let base = alice.git().run(["rev-parse", "HEAD~3"]);
    refused(alice.push_main(), &["payments-approved"]);
    // With its base said, the old approval would fit to the letter, had it not been spent.
    scene.approve_since("bob", &head, &base).assert_silent();
    alice.push_main().assert_silent();
    alice.git().run(["revert", "--no-edit", "HEAD"]);
    scene.approve("dana", &show(&alice));
    alice.push_main().assert_silent();
    alice.git().run(["cherry-pick", &head]);
    refused(alice.push_main(), &["it has let a change in before"]);
}

#[test]
fn c9_an_approval_stays_spent_when_what_it_let_in_is_thrown_away() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let before = alice.head();
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    alice
        .git()
        .run(["commit", "--quiet", "--amend", "-m", "Charge once"]);
    let landed = alice.head();
    alice.push_main().assert_silent();
    // Taken back as if it had never been there, and out of the repository.
    scene
        .approve_since("dana", &before, &landed)
        .assert_silent();
    alice.push([format!("+{before}:main")]).assert_silent();
    let server = scene.server.git();
    server.run(["prune", "--expire=now"]);
    assert!(!server.output(["cat-file", "-e", &landed]).status.success());
    alice
        .git()
        .run(["commit", "--quiet", "--amend", "-m", "Charge again"]);
    refused(alice.push_main(), &["it has let a change in before"]);
}

#[test]
fn c9_a_push_that_git_did_not_carry_out_spends_nothing() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    // Decided and accepted, and then not carried out.
    let tip = scene.server.tip("refs/heads/main").expect("it is there");
    let head = alice.head();
    let lock = scene.server.repository().join("refs/heads/main.lock");
    std::fs::write(&lock, "").expect("written");
    let push = alice.push_main();
    assert!(
        !push.accepted && !push.remote.contains("portcullis"),
        "{}",
        push.stderr
    );
    std::fs::remove_file(&lock).expect("it is there");
    assert_eq!(scene.server.tip("refs/heads/main"), Some(tip));
    alice.push_main().assert_silent();
    assert_eq!(scene.server.tip("refs/heads/main"), Some(head));
}

#[test]
fn an_approval_that_is_too_old_or_from_the_future() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    let trailers = good(&scene.repository());
    for date in ["2026-01-02T03:04:05+0000", "2038-01-01T00:00:00+0000"] {
        let bob = scene.clone_of("bob").env("GIT_COMMITTER_DATE", date);
        let tag = make_tag(&bob, &format!("bob{}", &date[..4]), &head, &trailers, "-s");
        bob.push([format!("refs/tags/{tag}")]).assert_silent();
    }
    refused(
        alice.push_main(),
        &["it is older than 30 days", "it is dated in the future"],
    );
    scene.govern(&RULES.replace("from: [owners]", "from: [owners], max_age: 3650d"));
    alice.push_main().assert_silent();
}

#[test]
fn a_tag_of_a_tag_a_tree_or_another_head() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let before = alice.head();
    charge(&alice, "1");
    let head = show(&alice);
    let bob = scene.clone_of("bob");
    let trailers = good(&scene.repository());
    let other = make_tag(&bob, "bob-other", &before, &trailers, "-s");
    let inner = make_tag(&bob, "bob-inner", &head, &["Note: x".to_owned()], "-s");
    let message = format!("Approve\n\n{}\n", trailers.join("\n"));
    bob.git()
        .run(["tag", "-s", "-m", &message, "approved/outer", &inner]);
    bob.git().run([
        "tag",
        "-s",
        "-m",
        &message,
        "approved/tree",
        &format!("{head}^{{tree}}"),
    ]);
    for tag in [&other, &inner, "approved/outer", "approved/tree"] {
        bob.push([format!("refs/tags/{tag}")]).assert_silent();
    }
    refused(alice.push_main(), &["payments-approved"]);
}

#[test]
fn an_approval_of_part_of_the_change() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    alice
        .write("services/payments/more.rs", "x\n")
        .commit("More");
    refused(
        alice.push_main(),
        &["services/payments/more.rs is not in what it approves"],
    );
}

#[test]
fn an_approver_who_is_taken_out_of_the_policy_approves_no_more() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    scene
        .server
        .set_policy(&policy.replace("payments: [alice, bob, dana]", "payments: [alice, dana]"));
    refused(alice.push_main(), &["bob is not asked to approve this"]);
    scene
        .server
        .set_policy(&policy.replace(&scene.public_key("bob"), &scene.public_key("alice2")));
    refused(alice.push_main(), &["payments-approved", "does not count"]);
    scene.server.set_policy(&policy);
    alice.push_main().assert_silent();
}

#[test]
fn c14_approvals_are_neither_moved_nor_deleted() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    let tags =
        scene
            .server
            .git()
            .run(["for-each-ref", "--format=%(refname)", "refs/tags/approved"]);
    for tag in tags.lines() {
        refused(
            alice.push([format!(":{tag}")]),
            &["neither moved nor deleted"],
        );
        refused(
            alice.push([format!("+{head}:{tag}")]),
            &["neither moved nor deleted"],
        );
    }
    alice.push_main().assert_silent();
}

#[test]
fn words_after_the_signature_or_outside_the_trailers_are_not_signed() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    // Bob signs something harmless; mallory adds to it.
    let bob = scene.clone_of("bob");
    let tag = make_tag(&bob, "bob", &head, &["Note: looks fine".to_owned()], "-s");
    let raw = bob.git().run(["cat-file", "tag", &tag]);
    let words = good(&scene.repository()).join("\n");
    for (name, forged) in [
        ("after", format!("{raw}\n{words}\n")),
        ("before", raw.replace("Note: looks fine", &words)),
        (
            "again",
            format!(
                "{raw}\n\n{words}\n{}",
                &raw[raw.find("-----BEGIN").expect("it is signed")..]
            ),
        ),
    ] {
        let id = alice.git().object("tag", forged.as_bytes());
        let push = alice.push([format!("{id}:refs/tags/approved/{name}")]);
        assert!(push.accepted, "{}", push.stderr);
    }
    refused(alice.push_main(), &["payments-approved"]);
    // In the subject or the prose they are no trailers.
    let prose = format!("Approve {words}\n\nThis says: Approves: refs/heads/main in prose\n");
    bob.git()
        .run(["tag", "-s", "-m", &prose, "approved/prose", &head]);
    bob.push(["refs/tags/approved/prose"]).assert_silent();
    refused(alice.push_main(), &["payments-approved"]);
}

#[test]
fn an_approver_can_push_the_merge_of_what_another_wrote() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    // On a plain server whoever pushes has a hand in it: bob needs dana.
    let bob = scene.clone_of("bob");
    bob.git().run(["fetch", "--quiet", "origin", &head]);
    bob.git()
        .run(["merge", "--quiet", "--no-ff", "-m", "Merge", &head]);
    scene.approve("bob", &head);
    refused(bob.push_main(), &["of bob does not count"]);
    scene.approve("dana", &head);
    bob.push_main().assert_silent();
}
