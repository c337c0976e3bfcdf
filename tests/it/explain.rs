//! `portcullis explain`: by paths, by commit, by a decision's id, for pipelines, and before a push that is real.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use crate::support::{Git, Server, Setup};

const POLICY: &str = "version: 1
zones: { payments: { tier: critical, paths: [services/payments/**] } }
rules:
  - { id: ticket, description: Payments have a ticket., refs: main, zones: [payments], require: { trailers: { key: Ticket } } }
  - { id: prose, mode: warn, refs: main, paths: \"*.md\", deny: \"no prose\" }
audit: { file: audit.jsonl }
";

#[test]
fn paths_are_told_what_they_would_meet() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let policy = folder.path().join("policy.yml");
    std::fs::write(&policy, POLICY).expect("it can be written");
    let policy = policy.to_string_lossy().into_owned();
    let ask = |more: &[&str], input: &str| {
        let arguments = [&["--policy", &policy, "--paths", "-"][..], more].concat();
        explain(&arguments, input)
    };
    let said = text(&ask(&["--ref", "main"], "services/payments/a\nweb/a.css\n").stdout);
    assert_eq!(
        said,
        "services/payments/a
  tier   critical
  zones  payments
  rule   ticket (enforce): Payments have a ticket.
web/a.css
  tier   medium
"
    );
    let json = ask(&["--json", "--ref", "topic"], "odd\nname\0a.md\0").stdout;
    let json: serde_json::Value = serde_json::from_slice(&json).expect("it is JSON");
    assert_eq!(json["schema"], "portcullis/paths/v1");
    assert_eq!(json["ref"], "refs/heads/topic");
    assert_eq!(json["paths"][0]["path"], "odd\nname");
    assert_eq!(json["paths"][1]["rules"], serde_json::json!([]));
    assert_eq!(ask(&["HEAD"], "").status.code(), Some(2));
}

#[test]
fn a_refusal_is_explained_by_its_id_its_commit_and_beforehand() {
    let server = Server::with(&Setup {
        policy: POLICY,
        push_options: true,
        ..Setup::default()
    });
    let clone = tempfile::tempdir().expect("a temporary folder");
    let git = Git::at(clone.path());
    git.run(["init", "--quiet", "-b", "main"]);
    std::fs::create_dir_all(clone.path().join("services/payments")).expect("it can be made");
    std::fs::write(clone.path().join("services/payments/a b"), "1").expect("it can be written");
    std::fs::write(clone.path().join("R.md"), "1").expect("it can be written");
    git.run(["add", "."]);
    git.run(["commit", "--quiet", "-m", "Begin"]);
    let remote = server.repository().to_string_lossy().into_owned();
    let push = |options: &[&str]| {
        let arguments = [&["push", "--quiet"][..], options, &[&remote, "main"]].concat();
        git.output(arguments)
    };

    // The helper says beforehand what the server says then.
    let hook = clone.path().join(".git/hooks/pre-push");
    std::fs::create_dir_all(hook.parent().expect("it is in a folder")).expect("it can be made");
    let helper = concat!(env!("CARGO_MANIFEST_DIR"), "/hooks/pre-push");
    std::fs::copy(helper, &hook).expect("it can be copied");
    git.run([
        "config",
        "portcullis.program",
        env!("CARGO_BIN_EXE_portcullis"),
    ]);
    let policy = server.policy().to_string_lossy().into_owned();
    git.run(["config", "portcullis.policy", &policy]);
    let before = push(&[]);
    let said = text(&before.stderr);
    assert!(
        !before.status.success() && said.contains("This push would be refused."),
        "{said}"
    );
    assert!(!said.contains("remote:"), "{said}");
    std::fs::write(clone.path().join("policy.yml"), "version: 1\nrules: []\n").expect("written");
    git.run(["add", "policy.yml"]);
    git.run(["commit", "--quiet", "-m", "Publish"]);
    git.run(["config", "portcullis.policy", "main:policy.yml"]);
    let sent = push(&["-o", "portcullis=json"]);
    let said = text(&sent.stderr);
    assert!(said.contains("remote:"), "{said}");
    let (_, id) = said
        .split_once("\"id\":\"")
        .expect("the decision has an id");
    let id = &id[..12];

    // What was refused is gone with its objects; what is recorded stays.
    let asked = ["--policy", &policy, "--repo", &remote];
    let gone = explain(&[&asked[..], &[id]].concat(), "");
    let told = text(&gone.stdout);
    assert!(
        told.contains(": refused\n") && told.contains("not met      ticket"),
        "{told}"
    );
    assert!(text(&gone.stderr).contains("cannot be judged again"));
    let path = clone.path().to_string_lossy().into_owned();
    let here = ["--policy", &policy, "--repo", &path, "--ref", "main"];
    let again = explain(&[&here[..], &[id]].concat(), "");
    assert!(text(&again.stdout).contains("This push would be refused."));
    let unknown = explain(&[&asked[..], &["0123456789ab"]].concat(), "");
    assert_eq!(unknown.status.code(), Some(2));

    let commit = explain(&[&here[..], &["HEAD~1"]].concat(), "");
    assert_eq!(commit.status.code(), Some(1));
    let sarif = explain(&[&here[..], &["--format", "sarif", "HEAD~1"]].concat(), "").stdout;
    let sarif: serde_json::Value = serde_json::from_slice(&sarif).expect("it is JSON");
    assert_eq!(sarif["version"], "2.1.0");
    let results = &sarif["runs"][0]["results"];
    assert_eq!(results[0]["level"], "error");
    assert_eq!(
        results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "services/payments/a%20b"
    );
    assert_eq!(results[1]["level"], "warning");
    let junit = explain(&[&here[..], &["--format", "junit", "HEAD~1"]].concat(), "").stdout;
    let junit = text(&junit);
    assert!(
        junit.contains("tests=\"2\" skipped=\"0\" failures=\"1\""),
        "{junit}"
    );
}

fn explain(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .arg("explain")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    // Whoever refuses the arguments reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it is our child")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
