//! How many of the added lines agents wrote, from notes that real pushes bring, in the ledger and in `explain`.

use serde_json::{Value, json};

use crate::support::{Server, WorkingClone, portcullis};

const POLICY: &str = r"
version: 1
people:
  alice: { emails: [author@example.org], accounts: [alice] }
zones:
  payments: { tier: critical, paths: [services/payments/**] }
  docs: { tier: low, paths: [docs/**] }
rules:
  - id: agents-are-told
    mode: audit
    refs: [main]
    zones: [payments]
    when: { ai: [assisted, unknown] }
    require: { trailers: [{ key: Reviewed-by }] }
  - { id: docs-are-told, mode: audit, refs: [main], zones: [docs], require: { trailers: [{ key: Docs }] } }
audit: { file: audit.jsonl }
";

const RECORD: &str = r#"{"schema_version": "authorship/3.0.0", "prompts": {}, "humans": {"h_31dce776f88375": {"author": "A <a@b>"}},
  "sessions": {"s_c9883b05a2487d": {"agent_id": {"tool": "cursor", "id": "1", "model": "gpt-5"}}}}"#;

struct Scene {
    server: Server,
    clone: WorkingClone,
}

impl Scene {
    fn new() -> Self {
        let (server, clone) = Server::of_alice(POLICY);
        clone.write("README.md", "Shop\n").commit("Begin");
        clone.push_main().assert_silent();
        Scene { server, clone }
    }

    /// Commits lines of payments, as many as that, and more of documents.
    fn lines(&self, name: &str, count: usize) -> String {
        let text = |word: &str| -> String { (0..count).map(|n| format!("{word} {n}\n")).collect() };
        self.clone
            .write(&format!("services/payments/{name}"), text("fn"))
            .write(&format!("docs/{name}.md"), text("word"))
            .commit(name)
    }

    /// Writes a note of git-ai on a commit.
    fn note(&self, commit: &str, lines: &str) {
        let note = self.clone.path("../note");
        std::fs::write(&note, format!("{lines}---\n{RECORD}")).expect("it can be written");
        let note = note.to_string_lossy();
        self.clone
            .git()
            .run(["notes", "--ref=ai", "add", "-f", "-F", &note, commit]);
    }

    fn push(&self, refs: &[&str]) {
        self.clone.push(refs).assert_silent();
    }

    /// What the last line of the ledger says of the first update.
    fn in_ledger(&self) -> Value {
        let lines = self.server.ledger();
        lines.last().expect("there is a line")["updates"][0].clone()
    }

    fn explain(&self, range: &str, arguments: &[&str]) -> String {
        let explain = "explain --pusher alice --ref main --policy ../policy.yml";
        let arguments = explain
            .split(' ')
            .chain([range])
            .chain(arguments.iter().copied());
        portcullis(&self.server.repository(), arguments).stdout
    }
}

#[test]
fn lines_in_scope_by_commit_and_by_push() {
    let scene = Scene::new();
    let before = scene.clone.head();
    let first = scene.lines("charge.rs", 10);
    scene.note(
        &first,
        "services/payments/charge.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 3-4,1,4\n  h_31dce776f88375 5-9\n\
         \"docs/charge.rs.md\"\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-10\n\
         services/payments/not there\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-100\n",
    );
    // Nobody says anything of the second: its lines count among all, and not as a human's.
    let second = scene.lines("refund.rs", 5);
    scene.push(&["main", "refs/notes/ai"]);
    let update = scene.in_ledger();
    assert_eq!(update["ai"], "assisted");
    assert_eq!(update["ai_lines"], json!({ "added": 15, "by_agents": 3 }));

    // A person asks about all paths that any rule is about; the notes are there by now.
    let range = format!("{before}..{second}");
    let page = scene.explain(&range, &[]);
    for line in [
        "lines        agents wrote 13 of 30 added lines in scope, as notes say; nobody has said whose the others are",
        "agents wrote 13 of 20 added lines in scope",
        "agents wrote 0 of 10 added lines in scope",
    ] {
        assert!(page.contains(line), "no {line:?} in\n{page}");
    }
    let decision: Value = serde_json::from_str(&scene.explain(&range, &["--json"])).expect("JSON");
    let update = &decision["push"]["updates"][0];
    assert_eq!(update["ai_lines"], json!({ "added": 30, "by_agents": 13 }));
    let of_first = update["provenance"].as_array().expect("a list").iter();
    let of_first = of_first
        .clone()
        .find(|known| known["commit"] == first.as_str());
    assert_eq!(
        of_first.expect("it is listed")["ai_lines"],
        json!({ "added": 20, "by_agents": 13 })
    );
}

#[test]
fn without_notes_nothing_is_said_of_lines() {
    let scene = Scene::new();
    scene.lines("charge.rs", 3);
    scene.push(&["main"]);
    let update = scene.in_ledger();
    assert_eq!(
        (&update["ai"], &update["ai_lines"]),
        (&json!("unknown"), &Value::Null)
    );
}

#[test]
fn notes_that_claim_too_much_cost_nobody_their_push() {
    let scene = Scene::new();
    let git = scene.clone.git();
    let first = scene.lines("charge.rs", 3);
    let ranges = "1-4294967295,".repeat(1 << 16) + "0";
    scene.note(
        &first,
        &format!("services/payments/charge.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 {ranges}\n"),
    );
    scene.push(&["main", "refs/notes/ai"]);
    assert_eq!(
        scene.in_ledger()["ai_lines"],
        json!({ "added": 3, "by_agents": 3 })
    );

    // More notes than anyone has commits, all in one folder: whose they are is not looked up any more, which raises.
    let second = scene.lines("refund.rs", 3);
    let note = git.run(["rev-parse", &format!("refs/notes/ai:{first}")]);
    let entries: String = (0..200_000)
        .map(|number| format!("100644 blob {}\t{number:040x}\n", note.trim()))
        .collect();
    let tree = git.feed(&["mktree"], entries.as_bytes());
    let notes = git.raw_commit(tree.trim(), &[], "Notes");
    git.run(["update-ref", "refs/notes/ai", notes.trim()]);
    scene.push(&["main", "+refs/notes/ai"]);
    let update = scene.in_ledger();
    assert_eq!(
        (&update["ai"], &update["ai_lines"]),
        (&json!("assisted"), &Value::Null)
    );
    assert!(
        scene
            .explain(&format!("{first}..{second}"), &[])
            .contains("there are too many to read all")
    );
}
