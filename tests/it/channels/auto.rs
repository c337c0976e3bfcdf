//! `--forge auto`, and pushers who would be someone else by what they send.

use serde_json::Value;

use super::row::server;
use crate::support::{HttpServer, Push, Server, SshServer, WorkingClone};

/// Main is bob's, and carol is kept out of everything.
const POLICY: &str = r"
version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
  bob: { emails: [bob@shop.example], accounts: [bob] }
  carol: { emails: [carol@shop.example], accounts: [carol] }
rules:
  - { id: bobs, refs: [main], when: { not: { pusher: [bob] } }, deny: Main is bob's. }
  - { id: not-carol, when: { pusher: [carol] }, deny: Carol is on leave. }
audit: { file: audit.jsonl }
";

/// All that says who pushes on some server, and what makes it look like one.
const CLAIMS: [&[&str]; 9] = [
    &[
        "GITEA_PUSHER_NAME=bob",
        "GITEA_REPO_USER_NAME=shop",
        "GITEA_REPO_NAME=web",
    ],
    &[
        "GL_USERNAME=bob",
        "GL_ID=user-2",
        "GL_PROJECT_PATH=shop/web",
    ],
    &["GL_ID=user-2"],
    &["GL_USER=bob", "GL_REPO=shop/web"],
    &["PORTCULLIS_PUSHER=bob"],
    &["REMOTE_USER=bob"],
    &[
        "REMOTE_USER=bob",
        "REQUEST_METHOD=POST",
        "GATEWAY_INTERFACE=CGI/1.1",
    ],
    &[
        "REMOTE_USER=bob",
        "REQUEST_METHOD=POST",
        "SSH_CONNECTION=",
        "SSH_CLIENT=",
    ],
    &["GITEA_PUSHER_NAME=bob", "GL_USER=bob", "REMOTE_USER=bob"],
];

fn change(clone: &WorkingClone, text: &str) {
    clone.fetch();
    clone.take_back();
    clone.write("web/site.css", text).commit("Style");
}

#[track_caller]
fn assert_cannot_tell(push: Push) {
    push.in_one_line().assert_refused(&[
        "the gate failed, not your change",
        "`--forge auto` cannot tell who pushes",
        "run install.sh with",
    ]);
}

fn last_pusher(server: &Server) -> Value {
    let last = server.ledger().pop().expect("a decision is written down");
    last["pusher"]["account"].clone()
}

/// An sshd that takes whatever a client sends, and tells of nobody.
#[test]
fn nothing_that_a_client_of_sshd_sends_makes_it_someone() {
    let server = server("auto", POLICY);
    let Some(ssh) = SshServer::with(&["alice"], "AcceptEnv *", |_| {
        r#"git-shell -c \"$SSH_ORIGINAL_COMMAND\""#.to_owned()
    }) else {
        return;
    };
    let clone = |set: &[&str]| {
        let set: String = set.iter().map(|one| format!(" \"{one}\"")).collect();
        let client = ssh.client("alice");
        let client = if set.is_empty() {
            client
        } else {
            format!("{client} -o 'SetEnv{set}'")
        };
        ssh.clone_as("alice", &server)
            .env("GIT_SSH_COMMAND", client)
    };
    let honest = clone(&[]);
    change(&honest, "honest");
    honest.push_main().assert_refused(&["Main is bob's."]);
    assert_eq!(last_pusher(&server), Value::Null);
    honest.push(["main:topic"]).assert_silent();
    for claims in CLAIMS {
        let clone = clone(claims);
        change(&clone, "forged");
        assert_cannot_tell(clone.push_main());
        // Nor does carol become nobody so.
        assert_cannot_tell(clone.push(["+main:topic"]));
    }
}

#[test]
fn a_web_server_says_who_its_users_are_whatever_they_send() {
    let server = server("auto", POLICY);
    let Some(http) = HttpServer::start(&["alice", "bob", "carol"], &server) else {
        return;
    };
    let alice = http.clone_as("alice", &server);
    change(&alice, "alice");
    for header in [
        "Remote-User: bob",
        "REMOTE_USER: bob",
        "X-Remote-User: bob",
        "GITEA-PUSHER-NAME: bob",
        "Ssh-Connection: 1",
    ] {
        alice
            .git()
            .run(["config", "--replace-all", "http.extraHeader", header]);
        alice.push_main().assert_refused(&["Main is bob's."]);
        assert_eq!(last_pusher(&server), "alice", "{header}");
        alice
            .push(["--push-option=REMOTE_USER=bob", "main"])
            .assert_refused(&["Main is bob's."]);
    }
    alice.push(["+main:topic"]).assert_silent();
    let carol = http.clone_as("carol", &server);
    change(&carol, "carol");
    carol
        .push(["main:other"])
        .assert_refused(&["Carol is on leave."]);
    let bob = http.clone_as("bob", &server);
    change(&bob, "bob");
    bob.push_main().assert_silent();
    assert_eq!(last_pusher(&server), "bob");
}

/// Gitea's mark decides, and its word.
#[test]
fn in_a_repository_of_gitea_no_other_word_counts() {
    let server = server("auto", POLICY);
    server.delegate_as_gitea_does();
    let alice = || {
        server
            .working_clone()
            .env("GITEA_PUSHER_NAME", "alice")
            .env("SSH_ORIGINAL_COMMAND", "git-receive-pack '/shop/web.git'")
    };
    for claims in &CLAIMS[1..8] {
        let clone = claims.iter().fold(alice(), |clone, claim| {
            let (name, value) = claim.split_once('=').expect("a variable");
            clone.env(name, value)
        });
        change(&clone, "alice");
        clone.push_main().assert_refused(&["Main is bob's."]);
        assert_eq!(last_pusher(&server), "alice");
    }
    // A repository of two servers is of none.
    std::fs::write(server.repository().join("gl-conf"), "").expect("a file can be written");
    let clone = alice();
    change(&clone, "alice");
    assert_cannot_tell(clone.push_main());
    let ledger = server.ledger();
    let last = ledger.last().expect("it is written down");
    assert_eq!(last["verdict"], "failed", "{last}");
}
