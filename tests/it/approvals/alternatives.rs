//! `require: { any: […] }`: a ticket, or the word of others. Each commit may go its own way, and none goes half of each.

use super::{Scene, charge, refused, show};
use crate::support::{PORTCULLIS, Run};

const TICKET_OR_OWNER: &str = r#"
zones:
  payments: { tier: critical, paths: [services/payments/**], owners: [payments] }
rules:
  - id: ticket-or-owner
    refs: [main]
    zones: [payments]
    require:
      any:
        - trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }]
        - approvals: [{ count: 1, from: [owners] }]
"#;

#[test]
fn each_commit_goes_its_own_way_and_approvals_are_of_the_whole_change() {
    let scene = Scene::under(TICKET_OR_OWNER);
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    alice.amend_with("Change-Ticket: PAY-1");
    alice.push_main().assert_silent();

    charge(&alice, "2");
    alice.amend_with("Change-Ticket: PAY-2");
    charge(&alice, "3");
    let head = show(&alice);
    let push = alice.push_main().in_one_line();
    push.assert_refused(&[
        "missing: one of these: - the trailer `Change-Ticket` with a value that matches PAY-[0-9]+ - 1 approval",
        // The cheapest way is to amend, and only that is shown.
        "git commit --amend --no-edit --trailer",
    ]);
    assert!(!push.remote.contains("git tag -s"), "{}", push.remote);
    assert!(!push.remote.contains("+1 more"), "{}", push.remote);
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
}

#[test]
fn no_alternative_is_put_together_from_several_commits() {
    let scene = Scene::under(
        r"
rules:
  - id: either
    refs: [main]
    paths: [services/**]
    require:
      trailers: [{ key: Why }]
      any:
        - trailers: [{ key: Ticket }, { key: Tested-by }]
        - trailers: [{ key: Incident }]
          any: [{ message: 'Revert (.|\n)*' }, { trailers: [{ key: Postmortem }] }]
",
    );
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    alice.amend_with("Why: because");
    alice.amend_with("Ticket: 1");
    charge(&alice, "2");
    alice.amend_with("Why: because");
    alice.amend_with("Tested-by: me");
    refused(
        alice.push_main(),
        &[
            "missing: one of these: - the trailer `Tested-by` - the trailer `Incident` and one of these: - a commit \
             message that matches Revert (.|\\n)* as a whole - the trailer `Postmortem`",
            "missing: one of these: - the trailer `Ticket` - the trailer `Incident`",
        ],
    );
    alice.git().run(["reset", "--quiet", "--hard", "HEAD~2"]);
    charge(&alice, "3");
    for trailer in ["Why: it burnt", "Incident: 7", "Postmortem: 7"] {
        alice.amend_with(trailer);
    }
    alice.push_main().assert_silent();
}

#[test]
fn a_person_stands_for_one_entry_around_the_choice_or_in_it() {
    let scene = Scene::under(
        r"
rules:
  - id: quorums
    refs: [main]
    paths: [services/**]
    require:
      approvals: [{ count: 1, from: [payments] }]
      any:
        - approvals: [{ count: 1, from: [security] }]
        - approvals: [{ count: 2, from: [payments, security] }]
",
    );
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    // Bob is of both groups.
    refused(
        alice.push_main(),
        &[
            "missing: one of these: - 1 more approval (a signed tag) from security",
            "- 2 more approvals (a signed tag) from payments or security",
            "git tag -s",
        ],
    );
    scene.approve("dana", &head);
    alice.push_main().assert_silent();
}

#[test]
fn nothing_is_met_by_emptiness() {
    let scene = Scene::under(TICKET_OR_OWNER);
    let alice = scene.clone_of("alice");
    let begun = alice.head();
    charge(&alice, "1");
    alice.git().run(["revert", "--no-edit", "HEAD"]);
    refused(
        alice.push_main(),
        &["- something to approve: these commits undo each other"],
    );

    // What no commit answers for can be approved, and has no ticket.
    alice.git().run(["reset", "--quiet", "--hard", &begun]);
    charge(&alice, "1");
    alice.amend_with("Change-Ticket: PAY-1");
    alice.push_main().assert_silent();
    alice.git().run(["reset", "--quiet", "--hard", &begun]);
    let back = ["--force", "HEAD:main"];
    refused(
        alice.push(back),
        &["- no new commit makes this change", "- 1 approval"],
    );
    let tip = scene.server.tip("main").expect("it is there");
    scene.approve_since("bob", &begun, &tip).assert_silent();
    alice.push(back).assert_silent();
}

#[test]
fn a_path_that_two_commits_make_anew_is_the_changes_own() {
    let scene = Scene::under(&TICKET_OR_OWNER.replace(
        "    require:\n",
        "    when: { change: [modify] }\n    require:\n",
    ));
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    alice.amend_with("Change-Ticket: PAY-1");
    alice.git().run(["rm", "-q", "services/payments/refund.rs"]);
    alice.git().run(["commit", "-q", "-m", "Remove"]);
    alice
        .write("services/payments/refund.rs", "fn refund() { all() }\n")
        .commit("Add");
    let head = show(&alice);
    refused(
        alice.push_main(),
        &[
            "services/payments/refund.rs",
            "- no new commit makes this change",
            "- 1 approval",
        ],
    );
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
}

#[test]
fn a_veto_holds_whichever_way_is_taken() {
    let scene = Scene::under(TICKET_OR_OWNER);
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    alice.amend_with("Change-Ticket: PAY-1");
    let head = show(&alice);
    // Whoever could not approve has no veto either.
    scene
        .veto("carol", &head, "refs/heads/main")
        .assert_silent();
    alice.push_main().assert_silent();

    charge(&alice, "2");
    alice.amend_with("Change-Ticket: PAY-2");
    let head = show(&alice);
    scene.veto("bob", &head, "refs/heads/main").assert_silent();
    refused(alice.push_main(), &["the end of bob's veto"]);
}

#[test]
fn the_forge_is_asked_only_by_those_who_need_it() {
    let scene = Scene::under("rules: []\n");
    let folder = scene.server.folder();
    let token = folder.join("token");
    std::fs::write(&token, "0123456789abcdef\n").expect("it can be written");
    // Nothing listens there.
    scene.govern(&format!(
        "forge: {{ kind: gitea, url: \"http://127.0.0.1:9\", token_file: {} }}\n{TICKET_OR_OWNER}",
        token.display()
    ));
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    refused(alice.push_main(), &["the gate failed, not your change"]);
    alice.amend_with("Change-Ticket: PAY-1");
    alice.push_main().assert_silent();
}

#[test]
fn programs_see_all_alternatives() {
    let scene = Scene::under(TICKET_OR_OWNER);
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let policy = scene.server.policy();
    let mut explain = alice.git().program(PORTCULLIS);
    explain
        .args(["explain", "--json", "--pusher", "alice", "--policy"])
        .arg(policy)
        .args(["--ref", "main", "HEAD~1..HEAD"]);
    let explained = Run::of(&mut explain).json();
    let missing = &explained["findings"][0]["missing"];
    assert_eq!(missing[0]["kind"], "any");
    let kinds: Vec<_> = missing[0]["alternatives"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|lacking| (lacking[0]["kind"].clone(), lacking.as_array().map(Vec::len)))
        .collect();
    assert_eq!(
        kinds,
        [("trailer".into(), Some(1)), ("approval".into(), Some(1))]
    );
    let fix = explained["findings"][0]["fix"].as_array().expect("a list");
    assert_eq!(fix.len(), 1, "the cheapest way alone: {fix:?}");
}
