//! Who may approve: nobody who had a hand in the change, under whatever name.

use super::{Scene, charge, refused, show};

#[test]
fn nobody_approves_their_own_change() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("alice", &head);
    refused(
        alice.push_main(),
        &["of alice does not count", "a hand in a change"],
    );
    // Nor does it help that another pushes it,
    let dana = scene.clone_of("dana");
    dana.git().run(["fetch", "--quiet", "origin", &head]);
    refused(
        dana.push([format!("{head}:main")]),
        &["of alice does not count"],
    );
    // who then cannot approve it either.
    scene.approve("dana", &head);
    refused(
        dana.push([format!("{head}:main")]),
        &["of dana does not count"],
    );
    scene.approve("bob", &head);
    dana.push([format!("{head}:main")]).assert_silent();
}

#[test]
fn the_committer_and_co_authors_are_contributors_too() {
    let scene = Scene::new();
    for (committer, trailer) in [
        ("bob", ""),
        ("alice", "Co-authored-by: B <BOB@shop.example>"),
    ] {
        let alice = scene
            .clone_of("alice")
            .env("GIT_COMMITTER_EMAIL", format!("{committer}@shop.example"));
        charge(&alice, committer);
        if !trailer.is_empty() {
            alice.amend_with(trailer);
        }
        let head = show(&alice);
        scene.approve("bob", &head);
        refused(
            alice.push_main(),
            &["of bob does not count", "can be given by dana"],
        );
    }
}

#[test]
fn a_second_address_account_and_key_are_the_same_person() {
    let scene = Scene::new();
    let second = scene.public_key("alice2");
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    let first = scene.public_key("alice");
    scene.server.set_policy(
        &policy
            .replace(
                "emails: [alice@shop.example]",
                "emails: [alice@shop.example, al@home.example]",
            )
            .replace("accounts: [alice]", "accounts: [alice, alice2]")
            .replace(
                &format!("\"{first}\""),
                &format!("\"{first}\", \"{second}\""),
            ),
    );
    let other = scene.clone_of("alice2");
    for role in ["AUTHOR", "COMMITTER"] {
        other.git().run([
            "config",
            &format!("{}.email", role.to_lowercase()),
            "al@home.example",
        ]);
    }
    let other = other
        .env("GIT_AUTHOR_EMAIL", "al@home.example")
        .env("GIT_COMMITTER_EMAIL", "al@home.example");
    charge(&other, "1");
    let head = show(&other);
    scene.approve("alice", &head);
    scene.approve("alice2", &head);
    refused(
        other.push_main(),
        &["payments-approved", "of alice does not count"],
    );
    scene.approve("bob", &head);
    other.push_main().assert_silent();
}

#[test]
fn a_bot_brings_its_operator_and_approves_nothing() {
    let scene = Scene::new();
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    let key = scene.public_key("alice2");
    scene.server.set_policy(
        &policy
            .replace(
                "groups:\n",
                &format!(
                    "  mender: {{ kind: bot, emails: [mender@shop.example], accounts: [mender], keys: [\"{key}\"], operator: bob }}\ngroups:\n"
                ),
            )
            .replace("payments: [alice, bob, dana]", "payments: [alice, bob, dana, mender]"),
    );
    let mender = scene.clone_of("mender");
    charge(&mender, "1");
    let head = show(&mender);
    scene.approve("bob", &head);
    refused(mender.push_main(), &["of bob does not count"]);
    let alice = scene.clone_of("alice");
    charge(&alice, "2");
    let head = show(&alice);
    scene.approve("alice2", &head);
    refused(
        alice.push_main(),
        &["payments-approved", "can be given by bob, dana"],
    );
}

#[test]
fn whoever_wrote_what_was_squashed_cannot_approve_it() {
    let scene = Scene::new();
    let bob = scene.clone_of("bob");
    charge(&bob, "1");
    let head = show(&bob);
    scene.approve("bob", &head);
    let alice = scene.clone_of("alice");
    alice.git().run(["fetch", "--quiet", "origin", &head]);
    alice
        .git()
        .run(["merge", "--quiet", "--squash", "FETCH_HEAD"]);
    alice.git().run(["commit", "--quiet", "-m", "Charge"]);
    refused(alice.push_main(), &["of bob does not count"]);
    scene.approve("dana", &head);
    alice.push_main().assert_silent();
}

#[test]
fn an_unknown_contributor_is_named_with_what_to_do() {
    let scene = Scene::new();
    let alice = scene
        .clone_of("alice")
        .env("GIT_AUTHOR_EMAIL", "al@elsewhere.example");
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    refused(
        alice.push_main(),
        &[
            "the address al@elsewhere.example could be an approver's own",
            "`emails` of a person",
        ],
    );
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    scene.server.set_policy(&policy.replace(
        "emails: [alice@shop.example]",
        "emails: [alice@shop.example, al@elsewhere.example]",
    ));
    alice.push_main().assert_silent();
}

#[test]
fn an_unknown_account_and_no_account_at_all() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    let unknown = alice.env("PORTCULLIS_PUSHER", "someone");
    refused(
        unknown.push_main(),
        &[
            "the account someone could be an approver's own",
            "`accounts` of a person",
        ],
    );
    let nobody = unknown.env("PORTCULLIS_PUSHER", "");
    refused(
        nobody.push_main(),
        &["the pusher, whom the server does not name", "--forge"],
    );
    nobody
        .env("PORTCULLIS_PUSHER", "alice")
        .push_main()
        .assert_silent();
}

#[test]
fn addresses_of_the_forge_are_nobodys() {
    let scene = Scene::new();
    let alice = scene
        .clone_of("alice")
        .env("GIT_COMMITTER_EMAIL", "noreply@git.shop.example");
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    refused(alice.push_main(), &["the address noreply@git.shop.example"]);
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    scene.server.set_policy(&format!(
        "{policy}\nforge_identities: [noreply@git.shop.example]\n"
    ));
    alice.push_main().assert_silent();
}

#[test]
fn an_agent_named_as_co_author_is_no_unknown_person() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    alice.amend_with("Co-authored-by: Claude <noreply@anthropic.com>");
    let head = show(&alice);
    scene.approve("alice", &head);
    refused(alice.push_main(), &["of alice does not count"]);
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
}

#[test]
fn a_mailmap_is_followed_where_the_policy_says_so_and_never_from_the_push() {
    let scene = Scene::new();
    let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
    let mapped = "Bob <bob@shop.example> <bob@home.example>\n";
    let alice = scene
        .clone_of("alice")
        .env("GIT_AUTHOR_EMAIL", "bob@home.example");
    alice.write(".mailmap", mapped);
    charge(&alice, "1");
    scene.approve("bob", &show(&alice));
    refused(alice.push_main(), &["the address bob@home.example"]);
    scene
        .server
        .set_policy(&format!("{policy}\nmailmap: true\n"));
    refused(alice.push_main(), &["the address bob@home.example"]);
    // Once it is there before the push, it tells that bob has a hand in the change.
    let other = scene.clone_of("alice");
    other.write(".mailmap", mapped).commit("Map");
    other.push_main().assert_silent();
    alice.fetch();
    alice.git().run(["rebase", "--quiet", "origin/main"]);
    refused(alice.push_main(), &["of bob does not count"]);
    scene.approve("dana", &show(&alice));
    alice.push_main().assert_silent();
}
