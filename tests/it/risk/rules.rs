//! Rules that ask what history says, in real pushes.

use std::fs;
use std::process::Command;

use portcullis::risk::model;
use portcullis::state::place;

use super::history::History;
use crate::support::{Server, WorkingClone};

const RISKY: &str = "
version: 1
rules:
  - id: with-care
    refs: [main]
    when: { risk: [high, critical] }
    deny: Have a second look.
";

const UNKNOWN: &str = "
version: 1
rules:
  - { id: untold, refs: [main], when: { risk: unknown }, deny: Train a model. }
";

const FAR: &str = "
version: 1
rules:
  - { id: far, refs: [main], paths: [\"src/**\"], when: { spread: '> 1' }, deny: That reaches far. }
";

/// A server whose `main` has a history, and a clone of it.
fn scene(policy: &str) -> (Server, WorkingClone) {
    let mut history = History::random(7, 120);
    for number in 0..12 {
        for path in ["src/api.rs", "src/made.rs"] {
            history.files.insert(
                path.to_owned(),
                vec![format!("fn version{number}() {{}}\n")],
            );
        }
        history.commit("Add to the interface");
    }
    let server = Server::new(policy);
    history.write_into(&server.repository());
    let clone = server.working_clone();
    (server, clone)
}

fn portcullis(arguments: &[&str], server: &Server) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(arguments)
        .arg("--repo")
        .arg(server.repository())
        .output()
        .expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn train(server: &Server) {
    let (code, said) = portcullis(&["risk", "train"], server);
    assert_eq!(code, Some(0), "{said}");
}

/// Much code in many places, in so many commits.
fn write_much(clone: &WorkingClone, commits: usize) {
    for number in 0..12 {
        let body = format!("    if retry({number}) {{ lock(); }}\n").repeat(40);
        clone.write(&format!("src/part{}/much{number}.rs", number % 4), body);
        if (number + 1) % (12 / commits) == 0 {
            clone.commit("Retry");
        }
    }
}

#[test]
fn a_risky_push_needs_care_however_it_is_cut() {
    let (server, clone) = scene(RISKY);
    let before = clone.head();
    write_much(&clone, 1);
    // Without a model, risk is not high.
    clone.push_main().assert_silent();
    server.git().run(["update-ref", "refs/heads/main", &before]);
    train(&server);
    let file = model::path(&place::of_repository(&server.repository()));
    let whole = fs::read(&file).expect("it was written");

    clone.push_main().in_one_line().assert_refused(&[
        "with-care",
        "Have a second look.",
        "risk: critical (",
        "size: 480 source lines added in 12 files",
    ]);
    clone.git().run(["reset", "--quiet", "--hard", &before]);
    write_much(&clone, 12);
    clone.push_main().assert_refused(&["risk: critical"]);

    // Damage is no reason to refuse, nor to accept what asks for what is known.
    for place in [0, 30, whole.len() / 3] {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        fs::write(&file, damaged).expect("it can be written");
        server.set_policy(UNKNOWN);
        clone
            .push_main()
            .assert_refused(&["untold", "risk: unknown: the model is damaged"]);
    }
    fs::write(&file, &whole).expect("it can be written");
    clone.push_main().assert_silent();

    server.set_policy(RISKY);
    clone
        .write("src/api.rs", "fn version11() {}\n// so\n")
        .commit("Say so");
    clone.push_main().assert_silent();
}

#[test]
fn a_change_reaches_what_moves_with_it() {
    let (server, clone) = scene(FAR);
    clone
        .write("src/api.rs", "fn version20() {}\n")
        .commit("Alone");
    clone.push_main().assert_silent();
    train(&server);
    clone
        .write("src/api.rs", "fn version21() {}\n")
        .commit("Alone again");
    clone
        .push_main()
        .assert_refused(&["That reaches far.", "spread: 2 files"]);

    let range = format!(
        "{}..main",
        server.tip("refs/heads/main").expect("it is there")
    );
    let policy = server.policy();
    let policy = policy.to_str().expect("a plain path");
    clone
        .git()
        .run(["push", "--quiet", "origin", "HEAD:refs/heads/topic"]);
    let range = range.replace("main", "topic");
    let (code, said) = portcullis(&["explain", "--json", "--policy", policy, &range], &server);
    assert_eq!(code, Some(1), "{said}");
    let decision: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
    let risk = &decision["push"]["updates"][0]["risk"];
    assert_eq!(risk["spread"], 2, "{said}");
    assert!(risk["percentile"].as_u64().expect("a number") <= 100);
    let (code, said) = portcullis(&["risk", "score", "--json", &range], &server);
    assert_eq!(code, Some(0), "{said}");
    let scored: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
    assert_eq!(
        (&scored["band"], &scored["spread"]),
        (&risk["band"], &risk["spread"])
    );
    // What no rule asks about, a person may still want to know.
    server.set_policy("version: 1\nrules:\n  - { id: x, refs: [main], paths: [x], deny: No. }\n");
    let (code, said) = portcullis(&["explain", "--policy", policy, &range], &server);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("\n  risk         "), "{said}");
}
