//! `portcullis risk advise`, over a ledger that real pushes wrote.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::history::History;
use crate::support::{Git, Run, Server, Setup, WorkingClone, portcullis};

const POLICY: &str = r#"version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
# What payments ask for.
rules:
  - id: pay-ticket
    paths: [pay/**]
    require: { trailers: [{ key: Change-Ticket }] }
  - id: lib-ticket
    paths: [lib/**]
    require: { trailers: [{ key: Change-Ticket }] }
  - { id: no-secrets, paths: [secrets/**], deny: Keep them out. }
  - id: looks
    mode: warn
    paths: ["*.css"]
    require: { trailers: [{ key: Reviewed-by }] }
bypass: { people: [alice], reason: ".+" }
audit: { file: audit.jsonl }
"#;

/// Changes of pages that were never taken back, and of one directory in which half of them were.
fn history() -> History {
    let mut history = History::new();
    history.set("src/pages/page.rs", "fn page() {}\n");
    history.commit("Begin");
    for number in 0..200 {
        history.set("src/pages/page.rs", &format!("fn page{number}() {{}}\n"));
        history.commit("Change a page");
        if number % 30 == 0 {
            history.set("src/hot/engine.rs", &format!("fn run{number}() {{}}\n"));
            history.commit("Change the engine");
            history.set("src/hot/engine.rs", "fn run() {}\n");
            history.commit("Revert \"Change the engine\"");
        }
    }
    history
}

struct Scene {
    server: Server,
    clone: WorkingClone,
}

impl Scene {
    fn new() -> Self {
        let server = Server::with(&Setup {
            policy: POLICY,
            forge: "ssh",
            push_options: true,
            ..Setup::default()
        });
        history().write_into(&server.repository());
        let clone = server.working_clone().env("PORTCULLIS_PUSHER", "alice");
        Scene { server, clone }
    }

    /// Changes a file, and pushes that in vain.
    fn is_refused(&self, path: &str) {
        self.clone.write(path, "x\n").commit("Change");
        assert!(!self.clone.push_main().accepted, "{path}");
    }

    /// What the first so many lines of the ledger tell of happened a year earlier.
    fn long_ago(&self, lines: usize) {
        let file = self.server.folder().join("audit.jsonl");
        let text = fs::read_to_string(&file).expect("it can be read");
        let mut all: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        for line in &mut all[..lines] {
            let time = line["time"].as_str().expect("a time").to_owned();
            let year: i32 = time[..4].parse().expect("a year");
            // Not the 29th of February, which not every year has.
            line["time"] = json!(format!("{}-01-15{}", year - 1, &time[10..]));
        }
        let text: String = all.iter().map(|line| format!("{line}\n")).collect();
        fs::write(&file, text).expect("it can be written");
    }

    fn advise(&self, arguments: &[&str]) -> Run {
        let policy = self.server.policy();
        let (policy, at) = (policy.to_string_lossy(), self.server.repository());
        let at = at.to_string_lossy();
        let asked = ["risk", "advise", "--policy", &policy, "--repo", &at];
        portcullis(Path::new("/"), [&asked, arguments].concat())
    }
}

/// Refusals that nobody came back to, one that was met, a bypass that was taken back, and a warning.
fn scene() -> Scene {
    let scene = Scene::new();
    for number in 0..14 {
        scene.is_refused(&format!("pay/file{number}.txt"));
        // Pushed again as it is: the same refusal.
        if number == 0 {
            assert!(!scene.clone.push_main().accepted);
        }
        scene.clone.take_back();
        scene.is_refused(&format!("secrets/key{number}"));
        scene.clone.take_back();
    }
    scene.long_ago(scene.server.ledger().len());
    scene.is_refused("lib/a.rs");
    scene.clone.amend_with("Change-Ticket: LIB-1");
    scene.clone.push_main().assert_silent();
    let broken = scene
        .clone
        .write("lib/b.rs", "fn b() {}\n")
        .commit("In a hurry");
    let past = scene.clone.push(["-obreak-glass=INC-1", "main"]);
    assert!(past.accepted, "{}", past.stderr);
    scene.clone.write("lib/b.rs", "\n");
    let message = format!("Revert \"In a hurry\"\n\nThis reverts commit {broken}.");
    scene.clone.commit_with(&message, &["Change-Ticket: LIB-2"]);
    assert!(scene.clone.push_main().accepted);
    scene.clone.write("a.css", "b {}\n").commit("Look");
    assert!(scene.clone.push_main().accepted);
    scene
}

#[test]
fn what_became_of_rules_is_counted_and_changes_are_proposed() {
    let scene = scene();
    let before = fs::read_to_string(scene.server.policy()).expect("it can be read");
    let run = scene.advise(&["--json"]);
    run.assert_done(&[]);
    let json = run.json();
    assert_eq!(json["schema"], "portcullis/advice/v1");
    let rule = |name: &str| {
        let rules = json["rules"].as_array().expect("a list").iter();
        let mut found = rules.filter(|rule| rule["rule"] == name);
        found
            .next()
            .unwrap_or_else(|| panic!("{name}: {json}"))
            .clone()
    };
    let pay = rule("pay-ticket");
    assert_eq!(
        (&pay["refused"], &pay["abandoned"]),
        (&json!(14), &json!(14))
    );
    assert_eq!(pay["directories"][0]["directory"], "pay");
    assert_eq!(pay["directories"][0]["refused"], 14);
    let lib = rule("lib-ticket");
    assert_eq!((&lib["refused"], &lib["met"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&lib["bypassed"], &lib["bypassed_and_mended"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(rule("no-secrets")["abandoned"], 14);
    assert_eq!(rule("looks")["warned"], 1);

    // A lock that holds is no rule that refuses in vain, and one bypass tells nothing.
    let proposals = json["proposals"].as_array().expect("a list");
    let kinds: Vec<_> = proposals.iter().map(|proposal| &proposal["kind"]).collect();
    assert_eq!(kinds, ["warn", "zone"], "{proposals:#?}");
    assert_eq!(proposals[0]["rule"], "pay-ticket");
    assert_eq!(proposals[1]["directory"], "src/hot");
    let after = fs::read_to_string(scene.server.policy()).expect("it can be read");
    assert_eq!(before, after, "nothing is changed by itself");
}

#[test]
fn the_diff_can_be_applied_and_is_a_policy() {
    let scene = scene();
    let diff = scene.advise(&["--diff"]);
    diff.assert_done(&[
        "--- a/policy.yml\n+++ b/policy.yml\n@@ ",
        "+    mode: warn\n",
        "+  taken-back-src-hot:\n+    tier: high\n+    paths: [\"/src/hot/**\"]\n",
    ]);
    scene.advise(&[]).assert_done(&[
        "  14 changes refused: 0 came with what was asked",
        "`pay-ticket` could warn in place of refusing",
        "src/hot/ could be a zone: 7 of 14 changes there took an earlier one back",
        "every share was taken to be as likely as any other",
        &diff.stdout,
    ]);
    let folder = scene.server.folder();
    fs::write(folder.join("advice.diff"), &diff.stdout).expect("it can be written");
    Git::at(folder).run(["apply", "advice.diff"]);
    let policy = fs::read_to_string(scene.server.policy()).expect("it can be read");
    assert!(
        policy.contains("  - id: pay-ticket\n    mode: warn\n"),
        "{policy}"
    );
    assert!(policy.contains("# What payments ask for."), "{policy}");
    let at = scene.server.policy();
    let check = portcullis(Path::new("/"), ["check", &at.to_string_lossy()]);
    assert_eq!(check.code, Some(0), "{}", check.said());
    // Whoever has taken it over hears nothing more of it.
    scene.advise(&[]).assert_done(&["Nothing is proposed"]);
}

#[test]
fn little_to_go_by_proposes_nothing() {
    let scene = Scene::new();
    scene.is_refused("pay/a.txt");
    let run = scene.advise(&["--repository", "server", "--ref", "nowhere"]);
    assert_eq!(run.code, Some(2), "{}", run.said());
    let json = scene
        .advise(&["--repository", "some/other", "--json"])
        .json();
    assert_eq!(json["decisions"], 0);
    let text = "version: 1\nrules: []\n";
    scene.server.set_policy(text);
    scene.advise(&[]).assert_failed(2, "no `audit.file`");
}
