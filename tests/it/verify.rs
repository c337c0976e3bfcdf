//! `portcullis verify`: what moves round the hook, and the honest twins of each.

use crate::support::{Server, WorkingClone, in_one_line, portcullis};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const POLICY: &str = r#"
version: 1
rules:
  - id: payments-ticket
    refs: [main, release/*, refs/tags/v*]
    paths: [services/payments/**]
    require: { trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }] }
audit: { file: audit.jsonl }
"#;

struct Scene {
    server: Server,
    clone: WorkingClone,
}

impl Scene {
    /// A server whose main, release and tag came by pushes.
    fn new() -> Self {
        let server = Server::new(POLICY);
        let clone = server.working_clone();
        let scene = Scene { server, clone };
        scene.clone.commit("Begin");
        scene.push(&["main", "main:release/1", "main:refs/tags/v1", "main:topic"]);
        scene.clone.commit("More");
        scene.push(&["main"]);
        scene
    }

    fn push(&self, refspecs: &[&str]) {
        self.clone.push(refspecs).assert_silent();
    }

    fn git<const N: usize>(&self, arguments: [&str; N]) -> String {
        self.server.git().run(arguments)
    }

    fn verify(&self, more: &[&str]) -> (i32, String) {
        let mut arguments = [&["verify", "--policy", "policy.yml"], more].concat();
        if !more.contains(&"--root") {
            arguments.extend(["--repo", "server.git"]);
        }
        let run = portcullis(self.server.folder(), arguments);
        (run.code.expect("no signal"), run.said())
    }

    #[track_caller]
    fn fine(&self) -> String {
        let (code, said) = self.verify(&[]);
        assert_eq!(code, 0, "{said}");
        said
    }

    /// The kinds of what is found, with the ref.
    #[track_caller]
    fn found(&self) -> Vec<(String, String)> {
        let (code, said) = self.verify(&["--json"]);
        assert_eq!(code, 1, "{said}");
        let json: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(json["schema"], "portcullis/verify/v1");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let findings = json["repositories"][0]["findings"].as_array();
        let findings = findings.expect("a list").iter();
        findings
            .map(|finding| (text(&finding["kind"]), text(&finding["ref"])))
            .collect()
    }
}

fn one(kind: &str, name: &str) -> Vec<(String, String)> {
    vec![(kind.to_owned(), name.to_owned())]
}

#[test]
fn what_came_by_pushes_is_fine() {
    let scene = Scene::new();
    scene.fine();
    scene.clone.commit("And more");
    scene.push(&["main", "main:release/2", ":release/1", "main:refs/tags/v2"]);
    scene.push(&["--force", "main~1:main"]);
    scene.push(&["main"]);
    // A refused push moves nothing.
    scene
        .clone
        .write("services/payments/charge.rs", "x")
        .commit("Tidy up");
    scene.clone.push_main().assert_refused(&["payments-ticket"]);
    scene.fine();
}

#[test]
fn a_branch_that_was_moved_on_the_disk() {
    let scene = Scene::new();
    scene.fine();
    let topic = scene.git(["rev-parse", "topic"]);
    scene.git(["update-ref", "refs/heads/main", &topic]);
    // As if the last decision had not been carried out.
    assert_eq!(scene.found(), one("moved", "refs/heads/main"));
    assert!(scene.verify(&[]).1.contains("it is where it was before"));
    let tree = scene.git(["rev-parse", "main^{tree}"]);
    let stray = scene.server.git().env("GIT_AUTHOR_NAME", "x").run([
        "commit-tree",
        "-m",
        "stray",
        "-p",
        &topic,
        &tree,
    ]);
    scene.git(["update-ref", "refs/heads/main", &stray]);
    assert_eq!(scene.found(), one("moved", "refs/heads/main"));
    let (_, said) = scene.verify(&[]);
    for word in [
        "without a decision",
        "Put it back",
        "update-ref refs/heads/main",
        "--accept",
    ] {
        assert!(said.contains(word), "{said}");
    }
    // Someone pushes on top of it: it is found all the same.
    scene.clone.fetch();
    scene.clone.take_back();
    scene.clone.commit("On top");
    scene.push(&["main"]);
    assert_eq!(scene.found(), one("moved", "refs/heads/main"));
}

#[test]
fn a_branch_that_was_deleted_in_the_web_page() {
    let scene = Scene::new();
    scene.git(["branch", "-D", "release/1"]);
    assert_eq!(scene.found(), one("deleted", "refs/heads/release/1"));
    // What no rule is about may go.
    scene.git(["branch", "-D", "topic"]);
    assert_eq!(scene.found().len(), 1);
    // The remedy that is shown puts it back.
    let old = scene.git(["rev-parse", "v1"]);
    scene.git(["update-ref", "refs/heads/release/1", &old, ""]);
    scene.fine();
}

#[test]
fn a_tag_that_was_made_on_the_disk() {
    let scene = Scene::new();
    scene.fine();
    scene.git(["tag", "v2", "main"]);
    scene.git(["tag", "nightly", "main"]);
    assert_eq!(scene.found(), one("created", "refs/tags/v2"));
    let (code, said) = scene.verify(&["--accept"]);
    assert_eq!(code, 1, "it is told once more: {said}");
    scene.fine();
    scene.git(["tag", "-d", "v2"]);
    assert_eq!(scene.found(), one("deleted", "refs/tags/v2"));
}

#[test]
fn what_was_there_before_is_said_and_followed_from_then_on() {
    let scene = Scene::new();
    let before = scene.git(["rev-parse", "main"]);
    scene.git(["update-ref", "refs/heads/release/0", &before]);
    let said = scene.fine();
    assert!(
        said.contains("1 ref that no decision is about is taken as now"),
        "{said}"
    );
    assert!(!scene.fine().contains("taken as now"), "only once");
    let topic = scene.git(["rev-parse", "topic"]);
    scene.git(["update-ref", "refs/heads/release/0", &topic]);
    assert_eq!(scene.found(), one("moved", "refs/heads/release/0"));
    scene.git(["update-ref", "refs/heads/release/0", &before]);
    scene.clone.fetch();
    scene.clone.commit("By a push");
    scene.push(&["main:release/0"]);
    scene.fine();
}

#[test]
fn d3_d4_a_hook_that_git_does_not_call() {
    let scene = Scene::new();
    scene.fine();
    let hook = scene.server.repository().join("hooks/pre-receive");
    let found = |words: &str| {
        let (code, said) = scene.verify(&[]);
        assert_eq!(code, 1, "{said}");
        let said = in_one_line(&said);
        assert!(said.contains(words), "{said}");
    };
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).expect("it is ours");
    found("not executable");
    scene.clone.commit("Nobody asks");
    let push = scene.clone.push_main();
    assert!(push.accepted, "git passes over it");
    assert_eq!(scene.found(), one("moved", "refs/heads/main"));
    scene.verify(&["--accept"]);
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("it is ours");
    scene.fine();

    scene.server.configure("core.hooksPath", "/nowhere");
    found("there is no hook at /nowhere/pre-receive");
    scene.git(["config", "--unset", "core.hooksPath"]);
    let script = fs::read(&hook).expect("it is there");
    fs::write(&hook, "#!/bin/sh\n# exec portcullis hook\nexit 0\n").expect("written");
    found("does not call portcullis");

    // A dispatcher, with ours in its folder; the twin of it without.
    fs::write(
        &hook,
        "#!/bin/sh\nfor hook in hooks/pre-receive.d/*; do \"$hook\"; done\n",
    )
    .expect("written");
    found("there is no hook");
    let folder = scene.server.repository().join("hooks/pre-receive.d");
    fs::create_dir(&folder).expect("made");
    let ours = folder.join("50-portcullis");
    fs::write(&ours, &script).expect("written");
    found("not executable");
    fs::set_permissions(&ours, fs::Permissions::from_mode(0o755)).expect("it is ours");
    scene.fine();
    fs::remove_file(&hook).expect("it is there");
    found("there is no hook");
    let everywhere = scene
        .server
        .repository()
        .join("hooks")
        .display()
        .to_string();
    assert_eq!(scene.verify(&["--hooks", &everywhere]).0, 0);
}

#[test]
fn a_ledger_that_was_edited() {
    let scene = Scene::new();
    let ledger = scene.server.folder().join("audit.jsonl");
    let text = fs::read_to_string(&ledger).expect("readable");
    fs::write(&ledger, text.replacen("allow", "deny", 1)).expect("written");
    let (code, said) = scene.verify(&[]);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("audit.jsonl:1: this line was changed"),
        "{said}"
    );
    fs::remove_file(&ledger).expect("it is there");
    assert_eq!(scene.verify(&[]).0, 3);
    scene.server.set_policy("version: 1\nrules: []\n");
    let (code, said) = scene.verify(&[]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("audit.file"), "{said}");
}

#[test]
fn every_repository_below_a_folder() {
    let scene = Scene::new();
    let other = scene.server.folder().join("shop");
    fs::create_dir(&other).expect("made");
    scene
        .server
        .git()
        .run(["clone", "--quiet", "--bare", ".", "../shop/web.git"]);
    let (code, said) = scene.verify(&["--root", "."]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("shop/web: 3 governed refs"), "{said}");
    assert!(said.contains("3 refs that no decision is about"), "{said}");
    assert_eq!(scene.verify(&["--root", "shop/web.git/refs"]).0, 3);
}

/// Pushes at once: whichever is written down first, and whichever git then refuses.
#[test]
fn pushes_that_race_are_fine() {
    let scene = Scene::new();
    let clones: Vec<_> = (0..5).map(|_| scene.server.working_clone()).collect();
    std::thread::scope(|scope| {
        for (number, clone) in clones.iter().enumerate() {
            scope.spawn(move || {
                clone
                    .write(&format!("docs/{number}.md"), "x")
                    .commit("Explain");
                while !clone.push_main().accepted {
                    clone.fetch();
                    clone.git().run(["rebase", "--quiet", "origin/main"]);
                }
            });
        }
    });
    scene.fine();
}
