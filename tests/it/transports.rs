//! The same story over each way into a git server: a push without its ticket is refused, with it none hears a word.

use crate::support::{
    HttpServer, ObjectFormat, Quarantine, Server, Setup, SshServer, WorkingClone,
};

const POLICY: &str = r#"
version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
  bob: { emails: [bob@shop.example], accounts: [bob] }
zones:
  payments: { tier: critical, paths: [services/payments/**] }
rules:
  - id: payments-ticket
    description: Every commit to the payment path names its change ticket.
    refs: [main]
    zones: [payments]
    require:
      trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }]
  - id: bob-is-on-leave
    refs: [main]
    when: { pusher: [bob] }
    deny: Bob is on leave.
"#;

#[test]
fn local_path() {
    let server = Server::new(POLICY);
    refused_without_a_ticket(&server, &server.working_clone());
}

#[test]
fn local_path_with_sha256_objects() {
    let server = Server::with(&Setup {
        policy: POLICY,
        object_format: ObjectFormat::Sha256,
        ..Setup::default()
    });
    refused_without_a_ticket(&server, &server.working_clone());
}

#[test]
fn local_path_with_each_kind_of_quarantine() {
    for quarantine in [Quarantine::Loose, Quarantine::Packed] {
        let server = Server::with(&Setup {
            policy: POLICY,
            quarantine,
            ..Setup::default()
        });
        refused_without_a_ticket(&server, &server.working_clone());
    }
}

#[test]
fn a_push_that_only_deletes_has_no_quarantine() {
    let server = Server::new(POLICY);
    let clone = server.working_clone();
    clone
        .write("web/site.css", "body { margin: 0 }\n")
        .commit("Remove the page margin");
    clone.git().run(["branch", "topic"]);
    clone.push(["main", "topic"]).assert_silent();
    clone.push(["--delete", "topic"]).assert_silent();
    assert_eq!(server.tip("refs/heads/topic"), None);
}

#[test]
fn ssh() {
    let server = Server::with(&Setup {
        policy: POLICY,
        forge: "ssh",
        ..Setup::default()
    });
    let Some(ssh) = SshServer::start(&["alice", "bob"]) else {
        return;
    };
    refused_without_a_ticket(&server, &ssh.clone_as("alice", &server));
    refused_to_bob(&ssh.clone_as("bob", &server));
}

/// An sshd that takes any variable from a client: the forced command has the last word.
#[test]
fn ssh_from_a_client_that_would_be_someone_else() {
    let server = Server::with(&Setup {
        policy: POLICY,
        forge: "ssh",
        ..Setup::default()
    });
    let command = |pusher: &str| {
        format!(r#"PORTCULLIS_PUSHER={pusher} git-shell -c \"$SSH_ORIGINAL_COMMAND\""#)
    };
    let Some(ssh) = SshServer::with(&["bob"], "AcceptEnv *", command) else {
        return;
    };
    let forged = format!("{} -o SetEnv=PORTCULLIS_PUSHER=alice", ssh.client("bob"));
    refused_to_bob(&ssh.clone_as("bob", &server).env("GIT_SSH_COMMAND", forged));
}

#[test]
fn http() {
    let server = Server::with(&Setup {
        policy: POLICY,
        forge: "http",
        ..Setup::default()
    });
    let Some(http) = HttpServer::start(&["alice", "bob"], &server) else {
        return;
    };
    refused_without_a_ticket(&server, &http.clone_as("alice", &server));
    refused_to_bob(&http.clone_as("bob", &server));
}

#[track_caller]
fn refused_without_a_ticket(server: &Server, clone: &WorkingClone) {
    clone
        .write("web/site.css", "body { margin: 0 }\n")
        .commit("Remove the page margin");
    clone.push_main().assert_silent();
    let harmless = server.tip("refs/heads/main");
    assert_eq!(harmless, Some(clone.head()));

    clone
        .write("services/payments/charge.rs", "fn charge() {}\n")
        .commit("Charge in cents");
    clone
        .push_main()
        .assert_refused(&["payments-ticket", "Change-Ticket", "git commit --amend"]);
    assert_eq!(
        server.tip("refs/heads/main"),
        harmless,
        "a refused push moves nothing"
    );

    let repaired = clone.amend_with("Change-Ticket: PAY-1042");
    clone.push_main().assert_silent();
    assert_eq!(server.tip("refs/heads/main"), Some(repaired));
}

/// The server knows who pushes, not only what.
#[track_caller]
fn refused_to_bob(clone: &WorkingClone) {
    clone
        .write("web/site.css", "body { margin: 1em }\n")
        .commit("Give the page its margin back");
    clone
        .push_main()
        .assert_refused(&["bob-is-on-leave", "Bob is on leave."]);
}
