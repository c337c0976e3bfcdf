//! What the system's log is told: records are taken from a socket of the test's own, where its daemon would listen.

use std::collections::BTreeMap;
use std::os::unix::net::UnixDatagram;

use super::proof;
use crate::support::{Server, WorkingClone, portcullis};
use serde_json::Value;

/// A server that tells a log of its decisions, and where that listens.
struct Scene {
    server: Server,
    clone: WorkingClone,
}

impl Scene {
    /// With `daemon` as its log.
    fn of(daemon: &str) -> Self {
        let policy = format!(
            "version: 1
people: {{ alice: {{ emails: [alice@shop.example], accounts: [alice] }} }}
rules:
  - {{ id: payments-ticket, refs: main, paths: payments/**, require: {{ trailers: {{ key: Ticket }} }} }}
audit: {{ file: audit.jsonl, log: {daemon}, log_socket: log.socket }}
"
        );
        let (server, clone) = Server::of_alice(&policy);
        Scene { server, clone }
    }

    /// The daemon, which keeps nobody waiting.
    fn listen(&self) -> UnixDatagram {
        let socket = UnixDatagram::bind(self.server.folder().join("log.socket"));
        let socket = socket.expect("a socket can be made");
        socket.set_nonblocking(true).expect("it can be told");
        socket
    }

    /// Pushes a change that is accepted, and one that is refused; says the id of the refusal.
    fn push_twice(&self) -> String {
        self.clone.commit("Begin");
        self.clone.push_main().assert_silent();
        self.clone.write("payments/charge.rs", "1").commit("Charge");
        self.clone.push_main().assert_refused(&["payments-ticket"]);
        let ledger = self.server.ledger();
        let id = ledger.last().expect("a line")["id"].as_str();
        id.expect("an id").to_owned()
    }

    /// How the doctor finds the log.
    fn status(&self) -> String {
        let arguments = "doctor --policy policy.yml --repo server.git --json";
        let report = portcullis(self.server.folder(), arguments.split(' ')).json();
        let checks = report["checks"].as_array().expect("a list");
        let log = checks.iter().find(|check| check["id"] == "ledger-log");
        let status = log.expect("it is looked at")["status"].as_str();
        status.expect("a text").to_owned()
    }
}

/// The next record.
fn next(daemon: &UnixDatagram) -> Vec<u8> {
    let mut record = vec![0; 64 << 10];
    let length = daemon.recv(&mut record).expect("a record was sent");
    record.truncate(length);
    record
}

/// A record of journald's protocol, in its form for any value: name, line feed, length, value, line feed.
fn fields(mut record: &[u8]) -> BTreeMap<String, String> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("it is text");
    let mut fields = BTreeMap::new();
    while !record.is_empty() {
        let end = record.iter().position(|byte| *byte == b'\n');
        let (name, rest) = record.split_at(end.expect("a name ends"));
        let (length, rest) = rest[1..].split_first_chunk().expect("it has a length");
        let length = usize::try_from(u64::from_le_bytes(*length)).expect("it is short");
        let (value, rest) = rest.split_at(length);
        fields.insert(text(name), text(value));
        record = rest.strip_prefix(b"\n").expect("a value ends");
    }
    fields
}

#[test]
fn journald_is_told_what_became_of_each_push_and_where_it_stands() {
    let scene = Scene::of("journald");
    let daemon = scene.listen();
    let id = scene.push_twice();
    let accepted = fields(&next(&daemon));
    assert_eq!(accepted["PRIORITY"], "6");
    assert_eq!(accepted["PORTCULLIS_VERDICT"], "allow");
    let refused = fields(&next(&daemon));
    let proof = proof(&scene.server.folder().join("audit.jsonl"));
    for (name, value) in [
        ("PRIORITY", "4"),
        ("SYSLOG_FACILITY", "10"),
        ("SYSLOG_IDENTIFIER", "portcullis"),
        ("PORTCULLIS_VERDICT", "deny"),
        ("PORTCULLIS_DECISION", &id),
        ("PORTCULLIS_PUSHER", "alice"),
        ("PORTCULLIS_LINE", "2"),
        ("PORTCULLIS_SHA256", &proof.hash),
    ] {
        assert_eq!(refused[name], value, "{name}");
    }
    let repository = &refused["PORTCULLIS_REPOSITORY"];
    assert_eq!(
        refused["MESSAGE"],
        format!(
            "refused {id} {repository} alice refs/heads/main: payments-ticket; line 2 of the ledger, SHA-256 {}",
            proof.hash
        )
    );
    assert!(daemon.recv(&mut [0]).is_err(), "nothing else is told");
}

#[test]
fn syslog_is_told_in_its_own_form_of_failures_too() {
    let scene = Scene::of("syslog");
    let daemon = scene.listen();
    let id = scene.push_twice();
    scene.server.hook().run("refs\n").assert(3, &[]);
    let next = || String::from_utf8(next(&daemon)).expect("it is text");
    let begins = |record: &str, priority: u8, verdict: &str| {
        let rest = record.strip_prefix(&format!("<{priority}>portcullis["));
        let (process, said) = rest.and_then(|rest| rest.split_once("]: ")).expect(record);
        assert!(process.parse::<u32>().is_ok(), "{record}");
        assert!(said.starts_with(verdict), "{record}");
    };
    begins(&next(), 86, "accepted ");
    begins(&next(), 84, &format!("refused {id} "));
    let failure = next();
    begins(&failure, 83, "failed - ");
    assert!(failure.contains("; line 3 of the ledger, SHA-256 "));
}

#[test]
fn a_log_that_is_gone_or_full_keeps_no_push_and_the_doctor_tells() {
    let scene = Scene::of("journald");
    scene.push_twice();
    assert_eq!(scene.status(), "warn");
    let daemon = scene.listen();
    assert_eq!(scene.status(), "ok");
    let sender = UnixDatagram::unbound().expect("a socket can be made");
    sender.set_nonblocking(true).expect("it can be told");
    let path = scene.server.folder().join("log.socket");
    while sender.send_to(b"MESSAGE=full\n", &path).is_ok() {}
    scene.clone.take_back();
    scene.clone.commit("More");
    scene.clone.push_main().assert_silent();
    drop(daemon);
    let ledger = scene.server.ledger();
    assert_eq!(ledger.len(), 3);
    assert_eq!(ledger[2]["verdict"], Value::from("allow"));
}

#[test]
fn what_could_not_be_recorded_is_told_with_what_became_of_it() {
    let told = |required: bool| {
        let scene = Scene::of("syslog");
        let daemon = scene.listen();
        std::fs::create_dir(scene.server.folder().join("audit.jsonl")).expect("it can be made");
        let policy = std::fs::read_to_string(scene.server.policy()).expect("it is there");
        let required = format!("log: syslog, required: {required}");
        scene
            .server
            .set_policy(&policy.replace("log: syslog", &required));
        scene.clone.commit("Begin");
        let push = scene.clone.push_main();
        let record = String::from_utf8(next(&daemon)).expect("it is text");
        assert!(record.ends_with("; not in the ledger"), "{record}");
        assert!(daemon.recv(&mut [0]).is_err(), "it is told once");
        (push.accepted, record)
    };
    let (accepted, record) = told(false);
    assert!(accepted && record.contains("]: accepted "), "{record}");
    let (accepted, record) = told(true);
    assert!(!accepted && record.contains("]: failed "), "{record}");
}
