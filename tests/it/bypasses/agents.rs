//! C5, C6, C11 for agents: what hides that one helped, or makes it seem that none did.

use super::Scene;
use crate::support::{ObjectFormat, Setup};
use serde_json::Value;
use std::process::Command;

/// Payments are reviewed where an agent may have helped, the ledger is people's, and `stated/` says which.
const POLICY: &str = r#"
version: 1
people:
  alice: { emails: [author@example.org], accounts: [alice] }
  bob: { emails: [bob@shop.example], accounts: [bob] }
agents:
  coder: { emails: [coder@shop.example], accounts: [coder], operator: alice }
rules:
  - id: agents-are-reviewed
    refs: [main]
    paths: [services/payments/**]
    when: { ai: [assisted, unknown] }
    require: { trailers: [{ key: Reviewed-by, from: [bob], not: [author] }] }
  - id: ledger-is-human
    refs: [main]
    paths: [libs/ledger/**]
    when: { ai: assisted }
    deny: Write it yourself.
  - id: ledger-says-so
    refs: [main]
    paths: [libs/ledger/**]
    require: { provenance: declared }
  - id: branches-of-agents
    refs: ["codex/*"]
    trusts: [main]
    paths: [libs/ledger/**]
    when: { ai: [assisted] }
    deny: Not here.
"#;

const CLAUDE: &str = "Co-authored-by: Claude <noreply@anthropic.com>";
const NONE: &str = "AI-Assisted: no";
const REVIEWED: &str = "Reviewed-by: Bob <bob@shop.example>";

/// A note of git-ai that names an agent, without its lines.
const RECORD: &str = r#"{"schema_version": "authorship/3.0.0", "prompts": {}, "sessions": {
    "s_c9883b05a2487d": {"agent_id": {"tool": "cursor", "id": "1", "model": "gpt-5"}}}}"#;

fn scene() -> Scene {
    with(ObjectFormat::Sha1)
}

fn with(object_format: ObjectFormat) -> Scene {
    // Nothing is governed before the first rule: the scene begins with a commit that says nothing.
    let mut scene = Scene::with(&Setup {
        policy: "version: 1\nrules: []\n",
        forge: "ssh",
        object_format,
        ..Setup::default()
    });
    scene.server.set_policy(POLICY);
    scene.clone = scene.clone.env("PORTCULLIS_PUSHER", "alice");
    scene
}

impl Scene {
    fn ledger(&self, message: &str, trailers: &[&str]) -> String {
        self.clone
            .write("libs/ledger/book.rs", format!("// {message}\n"))
            .commit_with(message, trailers)
    }

    /// Writes the note on `commit` below `refs/notes/ai`.
    fn note(&self, commit: &str, text: &str) {
        self.clone.write(".git/note", text);
        self.git([
            "notes",
            "--ref=ai",
            "add",
            "--force",
            "--file=.git/note",
            commit,
        ]);
    }
}

#[test]
fn c5_a_claim_of_none_does_not_hide_an_agent() {
    let scene = scene();
    for marks in [
        &[NONE, CLAUDE][..],
        &[CLAUDE, NONE],
        &[NONE, "AI-Assisted: yes"],
        &[NONE, "co-AUTHORED-by: x <NOREPLY@anthropic.COM>"],
        &[NONE, "Made-with: Cursor"],
        &[NONE, "Assisted-by: Claude:claude-opus-4.6"],
    ] {
        scene.ledger("Count better", marks);
        scene.refused(
            &["main"],
            &[
                "ledger-is-human",
                "denied, which does not count beside that: the trailer `AI-Assisted: no`",
            ],
        );
        scene.clone.take_back();
    }
    scene.ledger("Count better", &[NONE]);
    scene.accepted(&["main"]);
}

#[test]
fn c5_no_commit_speaks_for_another() {
    let scene = scene();
    let first = scene.ledger("Count worse", &[CLAUDE]);
    scene.ledger("Count better", &[NONE]);
    let refused = scene.clone.push(["main"]);
    refused.assert_refused(&["ledger-is-human", &first[..12], "assisted by claude"]);
    let second = scene.clone.head();
    assert!(
        !refused.remote.contains(&second[..12]),
        "{}",
        refused.stderr
    );

    // A merge brings the commits of its branch, and its own word covers only what it changes itself.
    scene.clone.take_back();
    scene
        .branch("topic", "main")
        .ledger("Count worse", &[CLAUDE]);
    scene.checkout("main").harmless();
    scene.git([
        "merge",
        "--quiet",
        "--no-ff",
        "-m",
        "Merge\n\nAI-Assisted: no",
        "topic",
    ]);
    scene.refused(&["main"], &["ledger-is-human", "assisted by claude"]);
}

#[test]
fn c5_a_squash_keeps_the_mark_in_the_middle_of_its_message() {
    let scene = scene();
    scene.ledger(
        &format!("Count better (#7)\n\n* Count\n\n{CLAUDE}\n\n* Count again\n\n{NONE}"),
        &[],
    );
    scene.refused(&["main"], &["ledger-is-human", "in its message"]);
}

#[test]
fn c6_whoever_commits_the_agent_stays_author() {
    let scene = scene();
    for identity in [
        [
            "--author=Copilot <198982749+Copilot@users.noreply.github.com>",
            "--no-edit",
        ],
        ["--author=C <coder@shop.example>", "--no-edit"],
        ["--author=Author (aider) <author@example.org>", "--no-edit"],
    ] {
        scene.ledger("Count better", &[NONE]);
        scene.git(["commit", "--quiet", "--amend", identity[0], identity[1]]);
        scene.refused(&["main"], &["ledger-is-human", "written by"]);
        scene.clone.take_back();
    }
    // A person with the name of an agent is one.
    scene.ledger("Count better", &[NONE]);
    scene.git([
        "commit",
        "--quiet",
        "--amend",
        "--no-edit",
        "--author=Claude <claude@example.org>",
    ]);
    scene.accepted(&["main"]);
}

#[test]
fn c6_an_agent_is_known_by_its_account() {
    let mut scene = scene();
    scene.ledger("Count better", &[NONE]);
    scene.clone = scene.clone.env("PORTCULLIS_PUSHER", "coder");
    scene.refused(
        &["main"],
        &["ledger-is-human", "assisted by coder: coder pushes it"],
    );
    scene.clone = scene.clone.env("PORTCULLIS_PUSHER", "alice");
    scene.accepted(&["main"]);
}

#[test]
fn c11_what_is_no_trailer_declares_nothing() {
    let scene = scene();
    for message in [
        "Count better",
        "AI-Assisted: no",
        "Count better\n\nAI-Assisted: no\n\nBecause.",
        "Count better\n\nAI-Assisted:",
        "Count better\n\nNo agent helped. [ai: none]",
        "Count better\n\nAssisted-by: nobody",
    ] {
        scene.ledger(message, &[]);
        scene.refused(&["main"], &["ledger-says-so", "AI-Assisted: no"]);
        scene.clone.take_back();
    }
    // Silence is not a human's word where reviews are asked for either.
    scene.evil();
    scene.refused(&["main"], &["agents-are-reviewed"]);
    scene.clone.amend_with(REVIEWED);
    scene.accepted(&["main"]);
}

#[test]
fn c11_the_name_of_a_branch_is_no_declaration() {
    let scene = scene();
    scene
        .branch("codex/count", "main")
        .ledger("Count better", &[NONE]);
    scene.refused(
        &["codex/count"],
        &[
            "branches-of-agents",
            "it is pushed to refs/heads/codex/count",
        ],
    );
    scene.accepted(&["codex/count:main"]);
}

#[test]
fn c14_a_note_raises_before_the_push_and_in_it() {
    let scene = scene();
    let commit = scene.ledger("Count better", &[NONE]);
    scene.note(&commit, &format!("---\n{RECORD}"));
    scene.refused(
        &["main", "refs/notes/ai"],
        &["ledger-is-human", "0 lines by cursor (gpt-5)"],
    );
    scene.accepted(&["refs/notes/ai"]);
    scene.refused(&["main"], &["ledger-is-human", "its note says"]);
    // To take it back together with the push does not help.
    scene.refused(&["main", ":refs/notes/ai"], &["ledger-is-human"]);
    scene.git(["notes", "--ref=ai", "remove", &commit]);
    scene.refused(&["main", "refs/notes/ai"], &["ledger-is-human"]);
}

#[test]
fn c14_a_note_never_lowers() {
    let scene = scene();
    let people = r#"{"schema_version": "authorship/3.0.0", "humans": {"h_31dce776f88375": {"author": "A"}}}"#;
    let commit = scene.ledger("Count better", &[]);
    scene.note(
        &commit,
        &format!("libs/ledger/book.rs\n  h_31dce776f88375 1\n---\n{people}"),
    );
    scene.refused(&["main", "refs/notes/ai"], &["ledger-says-so"]);
    scene.note(&commit, "looks good to me");
    scene.refused(
        &["main", "+refs/notes/ai"],
        &[
            "ledger-is-human",
            "ledger-says-so",
            "its note cannot be read",
        ],
    );
    scene.note(&commit, &format!("---\n{RECORD}"));
    scene.refused(&["main", "+refs/notes/ai"], &["ledger-is-human"]);

    let commit = scene.clone.amend_with(NONE);
    scene.note(
        &commit,
        &format!("libs/ledger/book.rs\n  h_31dce776f88375 1\n---\n{people}"),
    );
    scene.accepted(&["main", "+refs/notes/ai"]);
}

#[test]
fn c14_notes_in_folders_are_found() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scene = with(format);
        let commit = scene.ledger("Count better", &[NONE]);
        let git = scene.clone.git();
        let text = format!("---\n{RECORD}");
        for depth in [0, 1, 3] {
            let mut id = git.object("blob", text.as_bytes());
            let mut mode = "100644";
            for level in (0..=depth).rev() {
                let start = 2 * level;
                let end = if level == depth {
                    commit.len()
                } else {
                    start + 2
                };
                id = git.raw_tree(&[(mode, &commit.as_bytes()[start..end], &id)]);
                mode = "40000";
            }
            let notes = git.raw_commit(&id, &[], "Notes");
            scene.git(["update-ref", "refs/notes/ai", &notes]);
            scene.refused(
                &["main", "+refs/notes/ai"],
                &["ledger-is-human", "its note says"],
            );
        }
        // In place of a note something that is none.
        let folder = git.raw_tree(&[]);
        let tree = git.raw_tree(&[("40000", commit.as_bytes(), &folder)]);
        let notes = git.raw_commit(&tree, &[], "Notes");
        scene.git(["update-ref", "refs/notes/ai", &notes]);
        scene.refused(
            &["main", "+refs/notes/ai"],
            &["ledger-is-human", "it is no text"],
        );
        scene.accepted(&["main"]);
    }
}

#[test]
fn names_and_control_signs_of_evidence_are_escaped() {
    let scene = scene();
    scene.ledger("Count better", &["AI-Assisted: \u{1b}[2J\u{202e}evil"]);
    let refused = scene.clone.push(["main"]);
    refused.assert_refused(&["ledger-is-human", r"\x1b[2J\u{202e}evil"]);
}

#[test]
fn explain_shows_what_each_commit_says() {
    let scene = scene();
    let before = scene.clone.head();
    scene.ledger("Count better", &[CLAUDE]);
    let range = format!("{before}..{}", scene.harmless());
    let policy = scene.server.folder().join("explained.yml");
    std::fs::write(&policy, POLICY).expect("it can be written");
    let explain = |json: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.arg("explain").arg("--policy").arg(&policy);
        command.arg("--repo").arg(scene.clone.path("."));
        command.args(["--ref", "main", "--pusher", "alice"]);
        command.args(json.then_some("--json")).arg(&range);
        let output = command.output().expect("the program runs");
        String::from_utf8(output.stdout).expect("it is text")
    };
    let text = explain(false);
    for words in [
        "  ai           assisted\n",
        "      assisted by claude: the trailer `Co-authored-by: Claude <noreply@anthropic.com>`\n",
    ] {
        assert!(text.contains(words), "{words:?} is not in:\n{text}");
    }
    let json: Value = serde_json::from_str(&explain(true)).expect("it is JSON");
    let update = &json["push"]["updates"][0];
    assert_eq!(update["ai"], "assisted");
    let evidence = &update["provenance"][0]["evidence"][0];
    assert_eq!(evidence["agent"], "claude");
    assert_eq!(evidence["seen"], "trailer");
    let finding = &json["findings"][0];
    assert_eq!(finding["rule"], "ledger-is-human");
    assert_eq!(finding["evidence"][0]["ai"], "assisted");
}
