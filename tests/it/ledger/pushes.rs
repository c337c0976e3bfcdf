//! What real pushes leave in the ledger.

use super::proof;
use crate::support::{Server, WorkingClone, hermetic, snapshot};
use serde_json::Value;
use std::fs;
use std::fs::File;
use std::thread;

const RULES: &str = r#"
version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
rules:
  - id: payments-ticket
    refs: [main, release/*]
    paths: [services/payments/**]
    require: { trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }] }
"#;

struct Scene {
    server: Server,
    clone: WorkingClone,
}

impl Scene {
    fn with(audit: &str) -> Self {
        let policy = format!("{RULES}audit: {{ file: audit.jsonl{audit} }}\n");
        let (server, clone) = Server::of_alice(&policy);
        Scene { server, clone }
    }

    fn new() -> Self {
        Self::with("")
    }

    fn file(&self) -> std::path::PathBuf {
        self.server.folder().join("audit.jsonl")
    }

    fn lines(&self) -> Vec<Value> {
        self.server.ledger()
    }
}

#[test]
fn every_decision_has_its_line() {
    let scene = Scene::new();
    let first = scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
    let evil = scene
        .clone
        .write("services/payments/charge.rs", "fn charge() {}")
        .commit("Charge");
    let push = scene.clone.push_main();
    push.assert_refused(&["payments-ticket"]);
    let lines = scene.lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["verdict"], "allow");
    assert_eq!(lines[0]["findings"], Value::Array(Vec::new()));
    let line = &lines[1];
    assert_eq!(line["event"], "decision");
    assert_eq!(line["verdict"], "deny");
    assert_eq!(line["pusher"]["account"], "alice");
    assert_eq!(line["pusher"]["person"], "alice");
    assert_eq!(line["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(line["policy"].as_str().map(str::len), Some(64));
    assert!(line["milliseconds"].is_u64() && line["evidence"].is_array());
    assert!(push.remote.contains(line["id"].as_str().expect("an id")));
    let update = &line["updates"][0];
    assert_eq!(update["ref"], "refs/heads/main");
    assert_eq!(update["kind"], "fast_forward");
    assert_eq!(
        (&update["old"], &update["new"]),
        (&first.into(), &evil.clone().into())
    );
    let finding = &line["findings"][0];
    assert_eq!(finding["rule"], "payments-ticket");
    assert_eq!(finding["commits"][0], evil);
    assert_eq!(finding["paths"][0], "services/payments/charge.rs");
    assert_eq!(finding["missing"][0]["key"], "Change-Ticket");
    let text = fs::read_to_string(scene.file()).expect("readable");
    assert!(!text.contains("fn charge"), "no content");
    assert_eq!(proof(&scene.file()).breaks, []);
}

#[test]
fn failures_have_theirs() {
    let scene = Scene::new();
    scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
    // The pusher's fault, the server's, and the clock's.
    scene.server.hook().run("refs\n").assert(3, &[]);
    let broken = format!(
        "{} {} refs/heads/main\n",
        scene.clone.head(),
        "7".repeat(40)
    );
    assert!(scene.server.hook().run(broken.as_str()).code != Some(0));
    let policy = fs::read_to_string(scene.server.policy()).expect("readable");
    scene
        .server
        .set_policy(&format!("{policy}limits: {{ time: 300ms }}\n"));
    // Somebody holds the file of records: the hook waits until its time is up.
    let records = scene
        .server
        .repository()
        .join("portcullis/states/refs/heads/main~");
    let holder = File::open(records).expect("it is recorded");
    holder.lock().expect("locked");
    scene.clone.commit("More");
    let push = scene.clone.push_main().in_one_line();
    push.assert_refused(&["the gate failed, not your change"]);
    drop(holder);
    let lines = scene.lines();
    let failures: Vec<_> = lines
        .iter()
        .filter(|line| line["verdict"] == "failed")
        .map(|line| line["failure"].as_str().expect("why"))
        .collect();
    assert_eq!(failures.len(), 3, "{lines:?}");
    assert!(failures[2].contains("took longer"), "{failures:?}");
    assert_eq!(proof(&scene.file()).breaks, []);
}

#[test]
fn control_characters_are_escaped_and_long_lists_are_cut() {
    let scene = Scene::new();
    scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
    for number in 0..150 {
        let name = format!("services/payments/\u{1b}[2J\n{number}.rs");
        scene.clone.write(&name, "x");
    }
    scene.clone.commit("Tidy up");
    scene.clone.push_main().assert_refused(&["payments-ticket"]);
    let text = fs::read_to_string(scene.file()).expect("readable");
    assert!(
        text.chars()
            .all(|character| character == '\n' || !character.is_control())
    );
    let lines = scene.lines();
    assert_eq!(lines.len(), 2);
    let finding = &lines[1]["findings"][0];
    assert_eq!(finding["paths"].as_array().map(Vec::len), Some(100));
    assert_eq!(finding["more_paths"], 50);
}

#[test]
fn what_must_be_recorded_and_cannot_be_is_refused() {
    let scene = Scene::with(", required: true");
    scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
    fs::remove_file(scene.file()).expect("it is there");
    fs::create_dir(scene.file()).expect("made");
    scene.clone.commit("More");
    let before = snapshot(&scene.server.repository());
    let push = scene.clone.push_main().in_one_line();
    push.assert_refused(&[
        "the gate failed, not your change",
        "audit.required",
        "no regular file",
    ]);
    assert_eq!(snapshot(&scene.server.repository()), before);
    let tip = scene.server.tip("main").expect("it is there");
    let line = format!("{tip} {tip} refs/heads/main\n");
    assert_eq!(scene.server.hook().run(line).code, Some(3));
    fs::remove_dir(scene.file()).expect("it is there");
    scene.clone.push_main().assert_silent();
}

#[test]
fn what_need_not_be_recorded_passes() {
    let scene = Scene::new();
    fs::create_dir(scene.file()).expect("made");
    scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
}

#[test]
fn a_stuck_writer_does_not_hold_up_what_need_not_be_recorded() {
    let scene = Scene::new();
    scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
    let policy = fs::read_to_string(scene.server.policy()).expect("readable");
    scene
        .server
        .set_policy(&format!("{policy}limits: {{ time: 4s }}\n"));
    let holder = File::open(scene.file()).expect("it is there");
    holder.lock().expect("locked");
    scene.clone.commit("More");
    scene.clone.push_main().assert_silent();
}

#[test]
fn pushes_at_once_make_one_chain() {
    let scene = Scene::new();
    scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
    let clones: Vec<_> = (0..6).map(|_| scene.server.working_clone()).collect();
    thread::scope(|scope| {
        for (number, clone) in clones.iter().enumerate() {
            scope.spawn(move || {
                clone
                    .write(&format!("docs/{number}.md"), "x")
                    .commit("Explain");
                clone.push([format!("main:topic/{number}")]).assert_silent();
                clone
                    .push([format!("main:refs/tags/t{number}")])
                    .assert_silent();
            });
        }
    });
    let proof = proof(&scene.file());
    assert_eq!(proof.breaks, []);
    assert_eq!(proof.lines, 13);
}

#[test]
fn the_last_good_policy_is_named() {
    let scene = Scene::new();
    scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
    scene.server.set_policy("{");
    scene.clone.commit("More");
    let push = scene.clone.push_main();
    assert!(push.accepted, "{}", push.stderr);
    let lines = scene.lines();
    assert_eq!(lines[1]["policy_is_last_good"], true);
    assert_eq!(lines[1]["policy"], lines[0]["policy"]);
    assert_eq!(lines[0]["policy_is_last_good"], Value::Null);
}

/// Another key counts, and the policy is the same to the last byte.
#[test]
fn which_files_of_keys_counted_is_told() {
    let scene = Scene::new();
    scene.clone.commit("Begin");
    scene.clone.push_main().assert_silent();
    let policy = fs::read_to_string(scene.server.policy()).expect("readable");
    let keys = "keys: { allowed_signers: [one, two] }\n";
    let set_keys = |name: &str, text: &str| {
        fs::write(scene.server.folder().join(name), text).expect("it is ours");
    };
    set_keys("one", "# nobody yet\n");
    set_keys("two", "");
    let push = || {
        scene.clone.commit("More");
        scene.clone.push_main().assert_silent();
        scene.lines().pop().expect("a line")
    };
    // As anyone would sum them up.
    let sums = || {
        let summed = hermetic("sh", scene.server.folder())
            .args(["-c", "sha256sum one two | sha256sum | cut -d' ' -f1"])
            .output()
            .expect("sh and sha256sum are there");
        String::from_utf8(summed.stdout).expect("hex")
    };
    scene.server.set_policy(&format!("{policy}{keys}"));
    let before = push();
    assert_eq!(before["keys"], sums().trim_end());
    let key = "alice@shop.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMSdp8EPaP2wmljm/FsAHFwy0/HdaFp2uXkZRfZM7UGX\n";
    set_keys("two", key);
    let after = push();
    assert_eq!(after["keys"], sums().trim_end());
    assert_ne!(after["keys"], before["keys"]);
    assert_eq!(after["policy"], before["policy"]);
    // A policy that names none.
    assert_eq!(scene.lines()[0]["keys"], Value::Null);
    assert_eq!(proof(&scene.file()).breaks, []);
}
