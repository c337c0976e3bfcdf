//! `portcullis explain`: by paths, by commit, by a decision's id, for pipelines, and before a push that is real.

mod sarif;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use crate::support::{PORTCULLIS, Run, Server, Setup, hermetic};

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
    fs::write(&policy, POLICY).expect("it can be written");
    let policy = policy.to_string_lossy().into_owned();
    let ask = |more: &[&str], input: &str| {
        let arguments = [&["--policy", &policy, "--paths", "-"][..], more].concat();
        explain(&arguments, input)
    };
    let said = ask(&["--ref", "main"], "services/payments/a\nweb/a.css\n").stdout;
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
    let json = ask(&["--json", "--ref", "topic"], "odd\nname\0a.md\0").json();
    assert_eq!(json["schema"], "portcullis/paths/v1");
    assert_eq!(json["ref"], "refs/heads/topic");
    assert_eq!(json["paths"][0]["path"], "odd\nname");
    assert_eq!(json["paths"][1]["rules"], serde_json::json!([]));
    assert_eq!(ask(&["HEAD"], "").code, Some(2));
}

#[test]
fn a_refusal_is_explained_by_its_id_its_commit_and_beforehand() {
    let server = Server::with(&Setup {
        policy: POLICY,
        push_options: true,
        ..Setup::default()
    });
    let clone = server.working_clone();
    clone
        .write("services/payments/a b", "1")
        .write("R.md", "1")
        .commit("Begin");
    let git = clone.git();

    // The helper says beforehand what the server says then.
    let hook = clone.path(".git/hooks/pre-push");
    fs::create_dir_all(hook.parent().expect("it is in a folder")).expect("it can be made");
    let helper = concat!(env!("CARGO_MANIFEST_DIR"), "/hooks/pre-push");
    fs::copy(helper, &hook).expect("it can be copied");
    git.run(["config", "portcullis.program", PORTCULLIS]);
    let policy = server.policy().to_string_lossy().into_owned();
    git.run(["config", "portcullis.policy", &policy]);
    let before = clone.push_main();
    let said = &before.stderr;
    assert!(
        !before.accepted && said.contains("This push would be refused."),
        "{said}"
    );
    assert!(!said.contains("remote:"), "{said}");
    clone
        .write("policy.yml", "version: 1\nrules: []\n")
        .commit("Publish");
    git.run(["config", "portcullis.policy", "main:policy.yml"]);
    let sent = clone.push(["-oportcullis=json", "main"]);
    assert!(sent.stderr.contains("remote:"), "{}", sent.stderr);
    let decision = sent.decision();
    let id = decision["id"].as_str().expect("the decision has an id");

    // What was refused is gone with its objects; what is recorded stays.
    let remote = server.repository().to_string_lossy().into_owned();
    let asked = ["--policy", &policy, "--repo", &remote];
    let gone = explain(&[&asked[..], &[id]].concat(), "");
    let told = &gone.stdout;
    assert!(
        told.contains(": refused\n") && told.contains("not met      ticket"),
        "{told}"
    );
    assert!(gone.stderr.contains("cannot be judged again"));
    let path = git.folder().to_string_lossy().into_owned();
    let here = ["--policy", &policy, "--repo", &path, "--ref", "main"];
    let again = explain(&[&here[..], &[id]].concat(), "");
    assert!(again.stdout.contains("This push would be refused."));
    let unknown = explain(&[&asked[..], &["0123456789ab"]].concat(), "");
    assert_eq!(unknown.code, Some(2));

    let commit = explain(&[&here[..], &["HEAD~1"]].concat(), "");
    assert_eq!(commit.code, Some(1));
    let sarif = explain(&[&here[..], &["--format", "sarif", "HEAD~1"]].concat(), "").json();
    sarif::assert_valid(&sarif);
    let results = &sarif["runs"][0]["results"];
    assert_eq!(results[0]["level"], "error");
    assert_eq!(
        results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "services/payments/a%20b"
    );
    assert_eq!(results[1]["level"], "warning");
    let junit = explain(&[&here[..], &["--format", "junit", "HEAD~1"]].concat(), "").stdout;
    assert!(
        junit.contains("tests=\"2\" skipped=\"0\" failures=\"1\""),
        "{junit}"
    );

    // Names of files are bytes: of these two, one is UTF-8.
    clone.write("services/payments/é:", "1");
    let name = OsStr::from_bytes(b"services/payments/\xff");
    fs::write(git.folder().join(name), "1").expect("it can be written");
    clone.commit("Odd names");
    let odd = explain(&[&here[..], &["--format", "sarif", "HEAD"]].concat(), "").json();
    sarif::assert_valid(&odd);
    let location = |number: usize| {
        odd["runs"][0]["results"][0]["locations"][number]["physicalLocation"]["artifactLocation"]["uri"].clone()
    };
    assert_eq!(location(0), "services/payments/%C3%A9%3A");
    assert_eq!(location(1), "services/payments/%FF");
    // A ref that may not be touched at all is an objection without a rule.
    let forbidden = [
        "--policy",
        &policy,
        "--repo",
        &path,
        "--ref",
        "refs/replace/1",
    ];
    let objected = explain(
        &[&forbidden[..], &["--format", "sarif", "..HEAD"]].concat(),
        "",
    )
    .json();
    sarif::assert_valid(&objected);
    assert_eq!(objected["runs"][0]["results"][0]["level"], "error");
}

fn explain(arguments: &[&str], input: &str) -> Run {
    let mut command = hermetic(PORTCULLIS, Path::new("/"));
    Run::fed(command.arg("explain").args(arguments), input)
}
