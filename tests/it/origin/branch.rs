//! A policy that lives in a repository, be it the very one that is pushed to.

use super::{portcullis, push_main};
use crate::support::{ObjectFormat, Server, WorkingClone};
use std::fs;

const POLICY: &str = "
version: 1
include: rules/payments.yml
keys: { allowed_signers: [keys/allowed_signers] }
rules:
  - id: policy-ticket
    refs: [main]
    paths: [policy.yml, rules/**]
    require: { trailers: [{ key: Policy-Ticket }] }
";
const PAYMENTS: &str = "
rules:
  - id: payments-ticket
    refs: [main]
    paths: [payments/**]
    require: { trailers: [{ key: Change-Ticket }] }
";
const TICKET: &[&str] = &["Policy-Ticket: 7"];

/// A server whose hook takes the policy from the branch main of the repository that it guards.
fn server() -> (Server, WorkingClone) {
    let server = Server::new("");
    let hook = server.repository().join("hooks/pre-receive");
    let aside = server.folder().join("aside");
    fs::rename(&hook, &aside).expect("there is a hook");
    let clone = server.working_clone();
    clone
        .write("policy.yml", POLICY)
        .write("rules/payments.yml", PAYMENTS)
        .write("keys/allowed_signers", "")
        .commit("Begin");
    push_main(&clone);
    let script = fs::read_to_string(&aside).expect("it is there");
    let script = script.replace("--policy \"$policy\"", "--policy-repo \"$policy\"");
    let policy = server.policy().display().to_string();
    let repository = server.repository().display().to_string();
    fs::write(&aside, script.replace(&policy, &repository)).expect("written");
    fs::rename(&aside, &hook).expect("it can be put back");
    (server, clone)
}

#[test]
fn the_accepted_tip_decides_and_keeps_itself_in_order() {
    let (server, clone) = server();
    let evil = || clone.write("payments/charge.rs", "1");
    evil().commit("Charge");
    clone.push_main().assert_refused(&["payments-ticket"]);

    // C1: a push is judged by the policy before it.
    evil()
        .write("rules/payments.yml", "rules: []\n")
        .commit_with("Charge, and take the rule away", TICKET);
    clone.push_main().assert_refused(&["payments-ticket"]);
    clone.take_back();
    clone
        .write("rules/payments.yml", "rules: []\n")
        .commit("Without a ticket");
    clone.push_main().assert_refused(&["policy-ticket"]);

    // C2: nor is one accepted that leaves none.
    for (file, text, said) in [
        (
            "policy.yml",
            "version: 1\nrulez: []\n",
            "main/policy.yml:2:1: unknown key `rulez`",
        ),
        (
            "rules/payments.yml",
            "zones: 5\n",
            "main/rules/payments.yml:1:8",
        ),
        (
            "policy.yml",
            "version: 1\ninclude: ../outside.yml\n",
            "it is not in the repository",
        ),
        (
            "policy.yml",
            "version: 1\ninclude: /etc/passwd\n",
            "it is not in the repository",
        ),
        (
            "policy.yml",
            "version: 1\naudit: { file: audit.jsonl }\n",
            "is relative",
        ),
    ] {
        clone.take_back();
        clone.write(file, text).commit_with("Break it", TICKET);
        let push = clone.push_main().in_one_line();
        push.assert_refused(&["would leave the server without a policy", said]);
    }
    clone.take_back();
    fs::remove_file(clone.path("policy.yml")).expect("it is there");
    clone.commit_with("Remove it", TICKET);
    clone
        .push_main()
        .in_one_line()
        .assert_refused(&["without a policy", "no such file"]);
    // By whichever name.
    let git = server.git();
    git.run(["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    clone
        .push(["main:alias"])
        .in_one_line()
        .assert_refused(&["without a policy", "no such file"]);
    for name in [":main", ":alias"] {
        clone
            .push([name])
            .in_one_line()
            .assert_refused(&["without a policy", "deletes the branch"]);
    }

    // What is right is accepted, and decides from then on.
    clone.take_back();
    clone
        .write(
            "rules/payments.yml",
            PAYMENTS.replace("payments/**", "ledger/**"),
        )
        .commit_with("Move the rule", TICKET);
    push_main(&clone);
    evil().commit("Charge");
    push_main(&clone);
    clone.write("ledger/book.rs", "1").commit("Book");
    clone.push_main().assert_refused(&["payments-ticket"]);

    let here = server.folder();
    let explain = [
        "explain",
        "--policy-repo",
        "server.git",
        "--repo",
        "server.git",
        "main~1..main",
    ];
    let (code, said) = portcullis(here, &explain);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("policy-ticket"), "{said}");
    let (code, said) = portcullis(here, &["check", "--policy-repo", "server.git"]);
    assert_eq!(
        (code, said.contains("unguarded-policy")),
        (0, false),
        "{said}"
    );
}

#[test]
fn a_policy_that_is_gone_lets_nothing_pass() {
    let (server, clone) = server();
    clone.write("web/site.css", "").commit("Harmless");
    let hook = server.repository().join("hooks/pre-receive");
    let script = fs::read_to_string(&hook).expect("it is there");
    let repository = server.repository().display().to_string();
    let policies = server.folder().join("policies.git");
    server
        .git()
        .run(["clone", "--quiet", "--bare", ".", "../policies.git"]);
    fs::write(
        &hook,
        script.replace(&repository, &policies.display().to_string()),
    )
    .expect("written");
    let not_yours = "the gate failed, not your change";

    let away = server.folder().join("away.git");
    fs::rename(&policies, &away).expect("it can be moved");
    clone
        .push_main()
        .in_one_line()
        .assert_refused(&[not_yours, "policies.git is gone; restore it"]);
    fs::rename(&away, &policies).expect("it can be moved");
    let git = crate::support::Git::at(&policies);
    git.run(["update-ref", "refs/heads/other", "main"]);
    git.run(["update-ref", "-d", "refs/heads/main"]);
    clone
        .push_main()
        .in_one_line()
        .assert_refused(&[not_yours, "has no refs/heads/main"]);
    git.run(["update-ref", "refs/heads/main", "other"]);
    push_main(&clone);

    // A wrong one, which came round the hook, is stood in for.
    let aside = WorkingClone::of(&policies.display().to_string(), ObjectFormat::Sha1, |git| {
        git
    });
    aside
        .write("rules/payments.yml", "rules: [\n")
        .commit("Break it");
    push_main(&aside);
    clone.write("payments/charge.rs", "1").commit("Charge");
    let command = "portcullis check --policy-repo";
    clone.push_main().in_one_line().assert_refused(&[
        "the policy of this server is wrong",
        command,
        "payments-ticket",
    ]);
    let (code, said) = portcullis(server.folder(), &["check", "--policy-repo", "policies.git"]);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("policies.git@refs/heads/main/rules/payments.yml:2:1"),
        "{said}"
    );

    aside
        .write("rules/payments.yml", "rules: []\n")
        .write("policy.yml", "version: 1\nrules: []\n");
    aside.commit("Guard nothing");
    push_main(&aside);
    let (code, said) = portcullis(server.folder(), &["check", "--policy-repo", "policies.git"]);
    assert_eq!(
        (code, said.contains("warning[unguarded-policy]")),
        (0, true),
        "{said}"
    );
}

#[test]
fn the_ledger_and_approvals_are_found_through_it() {
    let (server, clone) = server();
    let ledger = server.folder().join("audit.jsonl");
    let audit = format!("{POLICY}audit: {{ file: {} }}\n", ledger.display());
    clone
        .write("policy.yml", audit)
        .commit_with("Keep a ledger", TICKET);
    push_main(&clone);
    clone.write("web/site.css", "1").commit("Style");
    push_main(&clone);
    let ask = |arguments: &str| {
        let from = format!("{arguments} --policy-repo server.git --policy-ref main");
        let arguments: Vec<&str> = from.split(' ').collect();
        let (code, said) = portcullis(server.folder(), &arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
        said
    };
    assert!(
        ask("audit")
            .ends_with("1 decision: 1 accepted (0 of them past rules), 0 refused, 0 failed\n")
    );
    assert!(ask("audit --verify").contains("1 line"));
    ask("approvals main~1..main --for main --repo server.git");
}
