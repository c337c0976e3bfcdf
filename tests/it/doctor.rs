//! `portcullis doctor`: each thing that can be wrong with an installation, broken in turn.

use crate::support::{Server, Setup, in_one_line, portcullis};
use serde_json::Value;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const POLICY: &str = "
version: 1
include: rules.part
audit: { file: audit.jsonl }
";
const RULES: &str = "
rules:
  - id: payments-ticket
    refs: [main]
    paths: [payments/**]
    require: { trailers: [{ key: Change-Ticket }] }
";

/// An installation that nothing is wrong with.
struct Scene {
    server: Server,
}

impl Scene {
    fn new() -> Self {
        let server = Server::with(&Setup {
            policy: POLICY,
            forge: "ssh",
            push_options: true,
            ..Setup::default()
        });
        server.configure("receive.fsckObjects", "true");
        let scene = Scene { server };
        fs::write(scene.file("rules.part"), RULES).expect("a file can be written");
        for name in ["policy.yml", "rules.part"] {
            chmod(&scene.file(name), 0o644);
        }
        let clone = scene.server.working_clone();
        clone.commit("Begin");
        clone.push_main().assert_silent();
        clone.write("payments/charge.rs", "1").commit("Charge");
        clone.push_main().assert_refused(&["payments-ticket"]);
        scene
    }

    fn file(&self, name: &str) -> PathBuf {
        self.server.folder().join(name)
    }

    fn hook(&self) -> PathBuf {
        self.file("server.git/hooks/pre-receive")
    }

    fn doctor(&self, more: &[&str]) -> (i32, String) {
        let doctor = ["doctor", "--policy", "policy.yml", "--state-dir", "state"];
        let run = portcullis(self.server.folder(), [&doctor, more].concat());
        assert_eq!(run.stderr, "");
        (run.code.expect("no signal"), run.stdout)
    }

    /// What is not as it should be: `fail hook`, in order.
    fn findings(&self) -> Vec<String> {
        let (code, said) = self.doctor(&["--repo", "server.git", "--json"]);
        let report: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(report["schema"], "portcullis/doctor/v1");
        let checks = report["checks"].as_array().expect("a list");
        let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
        let wrong = checks.iter().filter(|check| check["status"] != "ok");
        let wrong: Vec<_> = wrong
            .map(|check| {
                assert!(!text(check, "remedy").is_empty(), "{check}");
                format!("{} {}", text(check, "status"), text(check, "id"))
            })
            .collect();
        let fails = wrong.iter().any(|one| one.starts_with("fail"));
        assert_eq!(code, i32::from(fails), "{said}");
        wrong
    }
}

fn chmod(file: &Path, mode: u32) {
    fs::set_permissions(file, Permissions::from_mode(mode)).expect("it is there");
}

/// Replaces a piece of a file.
fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("it is there");
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).expect("it can be written");
}

#[test]
fn whatever_is_broken_is_found() {
    let scene = Scene::new();
    assert_eq!(scene.findings(), [""; 0]);
    let git = |arguments: &[&str]| scene.server.git().run(arguments);
    let hook = scene.hook();
    let ours = fs::read_to_string(&hook).expect("it is there");
    let binary = env!("CARGO_BIN_EXE_portcullis");
    let restore = || {
        fs::write(&hook, &ours).expect("it can be written");
        chmod(&hook, 0o755);
    };

    chmod(&hook, 0o644);
    assert_eq!(scene.findings(), ["fail hook"]);
    fs::remove_file(&hook).expect("it is there");
    assert_eq!(scene.findings(), ["fail hook"]);
    fs::write(&hook, "#!/bin/sh\nexit 0\n").expect("it can be written");
    chmod(&hook, 0o755);
    assert_eq!(scene.findings(), ["fail hook"]);
    restore();
    git(&["config", "core.hooksPath", "/somewhere/else"]);
    assert_eq!(scene.findings(), ["fail hook"]);
    git(&["config", "--unset", "core.hooksPath"]);

    let another = scene.file("portcullis");
    let name = another.display().to_string();
    edit(&hook, binary, &name);
    assert_eq!(scene.findings(), ["fail hook-program"]);
    fs::write(&another, "#!/bin/sh\n").expect("it can be written");
    chmod(&another, 0o644);
    assert_eq!(scene.findings(), ["fail hook-program"]);
    chmod(&another, 0o757);
    assert_eq!(scene.findings(), ["fail hook-program"]);
    chmod(&another, 0o755);
    assert_eq!(scene.findings(), ["warn hook-program"]);
    restore();
    edit(&hook, "policy.yml", "other.yml");
    assert_eq!(scene.findings(), ["warn hook-policy"]);
    restore();

    for (forge, expected) in [
        ("gitea", "fail identity"),
        ("gitolite", "fail identity"),
        ("cert", "fail identity"),
        ("plain", "warn identity"),
    ] {
        edit(&hook, "forge=ssh", &format!("forge={forge}"));
        assert_eq!(scene.findings().last().map(String::as_str), Some(expected));
        restore();
    }
    fs::write(scene.file("server.git/gl-conf"), "").expect("it can be written");
    assert_eq!(scene.findings(), ["fail identity"]);
    fs::remove_file(scene.file("server.git/gl-conf")).expect("it is there");

    git(&["config", "receive.fsckObjects", "false"]);
    git(&["config", "receive.advertisePushOptions", "no"]);
    git(&["config", "receive.shallowUpdate", "true"]);
    fs::create_dir_all(scene.file("server.git/info")).expect("a folder can be made");
    fs::write(scene.file("server.git/info/grafts"), "").expect("it can be written");
    let expected = [
        "warn fsck",
        "warn push-options",
        "warn shallow",
        "fail grafts",
    ];
    assert_eq!(scene.findings(), expected);
    git(&["config", "transfer.fsckObjects", "true"]);
    assert_eq!(scene.findings(), expected[1..]);
}

#[test]
fn what_all_repositories_share_is_looked_at_too() {
    let scene = Scene::new();
    let policy = scene.server.policy();
    chmod(&policy, 0o666);
    assert_eq!(scene.findings(), ["fail policy-guard"]);
    chmod(&policy, 0o644);
    chmod(&scene.file("rules.part"), 0o664);
    assert_eq!(scene.findings(), ["warn policy-guard"]);
    chmod(&scene.file("rules.part"), 0o644);

    edit(&policy, "version", "versoin");
    assert_eq!(scene.findings(), ["fail policy"]);
    let (_, said) = scene.doctor(&["--repo", "server.git"]);
    assert!(
        in_one_line(&said).contains("the last good one, of 20"),
        "{said}"
    );
    assert!(said.contains("portcullis check policy.yml"), "{said}");
    edit(&policy, "versoin", "version");
    let away = scene.file("away.yml");
    fs::rename(&policy, &away).expect("it can be moved");
    assert_eq!(scene.findings(), ["fail policy"]);
    fs::rename(&away, &policy).expect("it can be moved");

    edit(&scene.file("rules.part"), "Change-Ticket", "Ticket");
    assert_eq!(scene.findings(), ["warn last-good-policy"]);
    edit(&scene.file("rules.part"), "Ticket", "Change-Ticket");
    let state = scene.server.state_dir();
    fs::rename(&state, scene.file("state-away")).expect("it can be moved");
    assert_eq!(
        scene.findings(),
        ["warn last-good-policy", "fail state-dir"]
    );
    fs::rename(scene.file("state-away"), &state).expect("it can be moved");

    let ledger = scene.file("audit.jsonl");
    edit(&ledger, "\"deny\"", "\"allow\"");
    let lines = fs::read_to_string(&ledger).expect("it is there");
    fs::write(
        &ledger,
        lines.lines().last().expect("a line").to_owned() + "\n",
    )
    .expect("written");
    edit(&ledger, "\"allow\"", "\"deny\"");
    assert_eq!(scene.findings(), ["fail ledger-chain"]);
    fs::remove_file(&ledger).expect("it is there");
    assert_eq!(scene.findings(), ["warn ledger"]);
    fs::create_dir(&ledger).expect("a folder can be made");
    assert_eq!(scene.findings(), ["fail ledger", "fail ledger-chain"]);
    edit(&policy, "audit: { file: audit.jsonl }", "");
    assert_eq!(scene.findings(), ["warn last-good-policy", "warn ledger"]);

    let forge = "forge: { kind: gitea, url: \"http://127.0.0.1:1/\", token_file: TOKEN }\n";
    let token = scene.file("token");
    let text = fs::read_to_string(&policy).expect("it is there");
    let with_forge = text + &forge.replace("TOKEN", &token.display().to_string());
    scene.server.set_policy(&with_forge);
    assert_eq!(
        scene.findings()[2..],
        ["fail forge-token", "fail forge-api"]
    );
    fs::write(&token, "0123456789abcdef\n").expect("it can be written");
    chmod(&token, 0o644);
    assert_eq!(
        scene.findings()[2..],
        ["warn forge-token", "fail forge-api"]
    );
}

#[test]
fn a_whole_server_is_told_by_repository_and_in_numbers() {
    let scene = Scene::new();
    let roots = ["--root", "."];
    let (code, said) = scene.doctor(&roots);
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("0 errors, 0 warnings, "), "{said}");
    let git = crate::support::Git::at(scene.server.folder());
    git.run(["init", "--quiet", "--bare", "shop/new.git"]);
    let (code, said) = scene.doctor(&roots);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("shop/new:\n  error: hook: pushes are not judged"),
        "{said}"
    );

    let (code, said) = scene.doctor(&["--root", ".", "--metrics"]);
    assert_eq!(code, 1, "{said}");
    for line in [
        "portcullis_doctor_checks{status=\"fail\"} 1",
        "portcullis_decisions_total{verdict=\"allow\"} 1",
        "portcullis_decisions_total{verdict=\"deny\"} 1",
        "portcullis_decisions_total{verdict=\"failed\"} 0",
        "portcullis_findings_total{rule=\"payments-ticket\",mode=\"enforce\"} 1",
        "portcullis_ledger_breaks 0",
        "# TYPE portcullis_decisions_total counter",
    ] {
        assert!(
            said.lines().any(|one| one == line),
            "{line} is not in\n{said}"
        );
    }
    let last = said
        .lines()
        .find_map(|line| line.strip_prefix("portcullis_last_decision_timestamp_seconds "));
    assert!(
        last.is_some_and(|last| last.parse::<u64>().is_ok_and(|at| at > 1_700_000_000)),
        "{said}"
    );
}
