//! Rules that ask what history says, in real pushes.

use std::fs;

use portcullis::risk::model;
use portcullis::state::place;

use super::history::History;
use crate::support::{Server, WorkingClone, portcullis};

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
            history.set(path, &format!("fn version{number}() {{}}\n"));
        }
        history.commit("Add to the interface");
    }
    let server = Server::new(policy);
    history.write_into(&server.repository());
    let clone = server.working_clone();
    (server, clone)
}

fn train(server: &Server) {
    portcullis(&server.repository(), ["risk", "train"]).assert(0, &[]);
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

    let before = server.tip("refs/heads/main").expect("it is there");
    clone.push(["HEAD:refs/heads/topic"]).assert_silent();
    let range = format!("{before}..topic");
    let ask =
        |arguments: &[&str]| portcullis(&server.repository(), [arguments, &[&*range]].concat());
    let explain = ["explain", "--policy", "../policy.yml"];
    let explained = ask(&[&explain[..], &["--json"]].concat());
    explained.assert(1, &[]);
    let decision = explained.json();
    let risk = &decision["push"]["updates"][0]["risk"];
    assert_eq!(risk["spread"], 2, "{decision}");
    assert!(risk["percentile"].as_u64().expect("a number") <= 100);
    let score = ask(&["risk", "score", "--json"]);
    score.assert(0, &[]);
    let scored = score.json();
    assert_eq!(
        (&scored["band"], &scored["spread"]),
        (&risk["band"], &risk["spread"])
    );
    // What no rule asks about, a person may still want to know.
    server.set_policy("version: 1\nrules:\n  - { id: x, refs: [main], paths: [x], deny: No. }\n");
    ask(&explain).assert(0, &["\n  risk         "]);
}
