//! Who has a hand in a change, where that takes more than one look: rules about the tip alone, merge queues, and
//! credentials that many may use.

use super::{RULES, Scene, charge, refused, show};
use crate::support::Setup;

#[test]
fn a_rule_about_the_tip_still_knows_who_made_the_other_commits() {
    for scope in ["tip", "first_parent", "every_commit"] {
        let scene = Scene::under(&RULES.replace(
            "    zones: [payments, ledger]\n",
            &format!("    zones: [payments, ledger]\n    scope: {scope}\n"),
        ));
        let bob = scene.clone_of("bob");
        bob.git().run(["checkout", "--quiet", "-b", "topic"]);
        charge(&bob, "1");
        let of_bob = show(&bob);
        // Alice merges it, and shows the same change as one commit of her own.
        let alice = scene.clone_of("alice");
        alice.git().run(["fetch", "--quiet", "origin", &of_bob]);
        charge(&alice, "1");
        let of_alice = show(&alice);
        let git = alice.git();
        alice.take_back();
        git.run(["merge", "--quiet", "--no-ff", "-m", "Merge", &of_bob]);
        scene.approve("bob", &of_alice);
        refused(alice.push_main(), &["of bob does not count", "a hand in"]);
        scene.approve("dana", &of_alice);
        alice.push_main().assert_silent();
    }
}

#[test]
fn in_a_queue_two_people_approve_each_others_change() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let of_alice = show(&alice);
    let bob = scene.clone_of("bob");
    bob.write("services/payments/refund.rs", "fn refund() { 1 }\n")
        .commit("Refund");
    let of_bob = show(&bob);
    // Carol, who is no owner of payments, lands both.
    let queue = scene.clone_of("carol");
    for head in [&of_alice, &of_bob] {
        queue.git().run(["fetch", "--quiet", "origin", head]);
        queue
            .git()
            .run(["merge", "--quiet", "--no-ff", "-m", "Land", head]);
    }
    // Each their own: that is nothing.
    scene.approve("alice", &of_alice);
    scene.approve("bob", &of_bob);
    refused(queue.push_main(), &["payments-approved"]);
    scene.approve("bob", &of_alice);
    refused(queue.push_main(), &["payments-approved"]);
    scene.approve("alice", &of_bob);
    queue.push_main().assert_silent();
}

#[test]
fn in_a_queue_whoever_changed_another_part_too_approves_neither() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let start = alice.head();
    charge(&alice, "1");
    let first = show(&alice);
    alice.git().run(["reset", "--quiet", "--hard", &start]);
    alice
        .write("services/payments/refund.rs", "fn refund() { 1 }\n")
        .commit("Refund");
    let second = show(&alice);
    scene.approve("bob", &first);
    scene.approve("dana", &second);
    // Bob lands both in one commit of his, and so has a hand in each.
    let queue = scene.clone_of("bob");
    queue.write("services/payments/refund.rs", "fn refund() { 1 }\n");
    charge(&queue, "1");
    let both = show(&queue);
    let carol = scene.clone_of("carol");
    carol.git().run(["fetch", "--quiet", "origin", &both]);
    refused(
        carol.push([format!("{both}:main")]),
        &["payments-approved", "of bob does not count"],
    );
    scene.approve("dana", &first);
    carol.push([format!("{both}:main")]).assert_silent();
}

#[test]
fn c15_a_job_of_actions_is_no_person_under_whatever_name() {
    let scene = Scene::of(
        &Setup {
            forge: "gitea",
            ..Setup::default()
        },
        RULES,
    );
    let alice = scene
        .clone_of("alice")
        .env("GITEA_REPO_USER_NAME", "shop")
        .env("GITEA_REPO_NAME", "web")
        .env("GITEA_PUSHER_NAME", "alice");
    charge(&alice, "1");
    let head = show(&alice);
    let trailers = [
        "Approves: refs/heads/main".to_owned(),
        "Repository: shop/web".to_owned(),
    ];
    scene.sign("bob", &head, &trailers).assert_silent();
    let job = alice.env("GITEA_ACTIONS_TASK_ID", "12");
    refused(
        job.push_main(),
        &["whoever started the job of Actions that pushes"],
    );
    let deploy_key = job
        .env("GITEA_ACTIONS_TASK_ID", "0")
        .env("GITEA_DEPLOY_KEY_ID", "3");
    refused(
        deploy_key.push_main(),
        &["the deploy key, which anyone may hold"],
    );
    deploy_key
        .env("GITEA_DEPLOY_KEY_ID", "0")
        .push_main()
        .assert_silent();
}

#[test]
fn whoever_runs_an_agent_has_a_hand_in_what_it_writes() {
    let scene = Scene::new();
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    scene.server.set_policy(&policy.replace(
        "groups:\n",
        "agents:\n  writer: { emails: [writer@agents.example], operator: bob }\ngroups:\n",
    ));
    let alice = scene
        .clone_of("alice")
        .env("GIT_AUTHOR_EMAIL", "writer@agents.example");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    refused(
        alice.push_main(),
        &["of bob does not count", "can be given by dana"],
    );
    scene.approve("dana", &head);
    alice.push_main().assert_silent();
}

#[test]
fn whoever_signed_a_commit_has_a_hand_in_it() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let key = scene.keys.path().join("bob");
    alice
        .git()
        .run(["config", "user.signingKey", &key.to_string_lossy()]);
    alice.git().run(["config", "commit.gpgSign", "true"]);
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    refused(alice.push_main(), &["of bob does not count"]);
    scene.approve("dana", &head);
    alice.push_main().assert_silent();
}
