//! D: whatever is written to the hook's standard input gets an answer, and puts the blame where it belongs.

use super::{Scene, TICKETS, ZERO};
use crate::support::{ObjectFormat, Server, Setup};
use std::{fmt::Write, process::Stdio};

const NOT_YOURS: &str = "the gate failed, not your change";

#[test]
fn d_garbage() {
    let server = Server::new(TICKETS);
    let long = "x".repeat(10_000_000);
    let one = "1".repeat(40);
    let cases: Vec<Vec<u8>> = vec![
        b"\n".to_vec(),
        b"hello\n".to_vec(),
        vec![0; 100_000],
        (0..=255).cycle().take(100_000).collect(),
        long.into_bytes(),
        format!("{ZERO} {}\n", "1".repeat(40)).into_bytes(),
        format!("{ZERO} {} refs/heads/x\n", "1".repeat(39)).into_bytes(),
        format!("{ZERO} {} refs/heads/x\n", "1".repeat(64)).into_bytes(),
        format!("{ZERO} {one} refs/heads/x\n\n").into_bytes(),
        format!("{ZERO}\t{one}\trefs/heads/x\n").into_bytes(),
        format!("\u{feff}{ZERO} {one} refs/heads/x\n").into_bytes(),
    ];
    for input in cases {
        let shown = String::from_utf8_lossy(&input[..input.len().min(60)]).into_owned();
        let run = server.hook().run(input);
        assert!(matches!(run.code, Some(1 | 3)), "{shown:?}: {run:?}");
        assert!(
            !run.stderr.contains(|c: char| c.is_control() && c != '\n'),
            "{shown:?}: {run:?}"
        );
    }
    server.hook().run("").assert(3, &[NOT_YOURS]);
}

#[test]
fn d_names_that_are_none() {
    let server = Server::new(TICKETS);
    for name in [
        "HEAD",
        "main",
        "refs/heads/../x",
        "refs/heads/a b",
        "refs/heads/x.lock",
        "refs/heads/",
        "refs/heads/\x1b[2J",
        "",
        "refs/heads/x\r",
        "refs/heads/x\0y",
    ] {
        let run = server
            .hook()
            .run(format!("{ZERO} {} {name}\n", "1".repeat(40)));
        run.assert(1, &["is no valid ref name"]);
        assert!(!run.stderr.contains(NOT_YOURS));
    }
}

#[test]
fn d_a_missing_line_feed_and_capitals() {
    let scene = Scene::new();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    let old = scene.git(["rev-parse", "main"]);
    let hook = || scene.server.hook();
    hook()
        .run(format!("{old} {evil} refs/heads/main"))
        .assert(1, &["payments-ticket"]);
    hook()
        .run(format!(
            "{} {} refs/heads/main\n",
            old.to_uppercase(),
            evil.to_uppercase()
        ))
        .assert(1, &["payments-ticket"]);
}

#[test]
fn d6_objects_that_are_not_there() {
    let scene = Scene::new();
    let (old, lost) = (scene.clone.head(), "7".repeat(40));
    scene
        .fed(&[(&old, &lost, "refs/heads/main")])
        .assert(3, &[&lost, "is missing"]);
    scene
        .fed(&[(ZERO, &lost, "refs/tags/v1")])
        .assert(3, &["is missing"]);
    let git = scene.server.git();
    let tree = git.run(["rev-parse", "main^{tree}"]);
    let orphan = git.raw_commit(&tree, &[&lost], "Lost parent\n");
    let treeless = git.raw_commit(&lost, &[&old], "Lost tree\n");
    for commit in [orphan, treeless] {
        scene
            .fed(&[(&old, &commit, "refs/heads/main")])
            .assert(3, &[NOT_YOURS, &lost]);
    }
    // What no rule is about is git's to refuse.
    assert_eq!(
        scene.fed(&[(ZERO, &lost, "refs/heads/topic")]).code,
        Some(0)
    );
}

#[test]
fn d6_a_wrong_quarantine_hides_nothing() {
    let scene = Scene::new();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    let old = scene.git(["rev-parse", "main"]);
    let line = format!("{old} {evil} refs/heads/main\n");
    for (directory, alternates) in [
        ("/nonexistent", ""),
        (".", ""),
        ("objects", "/nonexistent:::"),
        ("/nonexistent", "\"unterminated"),
    ] {
        let run = scene
            .server
            .hook()
            .env("GIT_OBJECT_DIRECTORY", directory)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", alternates)
            .run(line.clone());
        assert!(matches!(run.code, Some(1 | 3)), "{run:?}");
    }
    for git_dir in ["/nonexistent", "/", "objects"] {
        let run = scene
            .server
            .hook()
            .env("GIT_DIR", git_dir)
            .run(line.clone());
        run.assert(3, &[NOT_YOURS]);
    }
}

#[test]
fn d_a_hundred_thousand_lines() {
    let scene = Scene::under(&format!("{TICKETS}limits: {{ time: 10m }}\n"));
    let tip = scene.clone.head();
    let lines = |prefix: &str, count: usize| {
        let mut lines = String::new();
        for number in 0..count {
            writeln!(lines, "{ZERO} {tip} {prefix}{number}").expect("a string takes all");
        }
        lines
    };
    let hook = || scene.server.hook();
    assert_eq!(hook().run(lines("refs/heads/topic", 100_000)).code, Some(0));
    hook()
        .run(lines("refs/heads/topic", 100_001))
        .assert(1, &["more than 100000"]);
    // Each of them is governed, and none changes anything that main has not. Four times as many may take some four times
    // as long and not sixteen times: of the time of processors, which nothing adds to that runs beside it.
    let [few, many] = [5_000, 20_000].map(|count| {
        let measured = scene.server.measured(lines("refs/heads/release/", count));
        measured.run.assert(0, &[]);
        measured.cpu
    });
    assert!(many < few * 10, "{few:?}, {many:?}");
}

#[test]
fn d_many_refusals_are_not_all_told() {
    let scene = Scene::new();
    let tip = scene.clone.head();
    let mut lines = String::new();
    for number in 0..20_000 {
        writeln!(lines, "{ZERO} {tip} refs/replace/{number}").expect("a string takes all");
    }
    let run = scene.server.hook().run(lines);
    run.assert(1, &["never accepted", "more"]);
    assert!(run.stderr.len() < 100_000, "{} bytes", run.stderr.len());
}

#[test]
fn d_nobody_listens() {
    let scene = Scene::new();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    let old = scene.git(["rev-parse", "main"]);
    for (name, input, code) in [("bad", &evil, 1), ("good", &old, 0)] {
        let line = format!("{old} {input} refs/heads/main\n");
        for log in ["off", "debug"] {
            for script in [
                "exec \"$0\" --log \"$3\" hook --policy \"$1\" <\"$2\" 2>&- >&-",
                "exec \"$0\" --log \"$3\" hook --policy \"$1\" <\"$2\" 2>/dev/full >/dev/full",
                "{ \"$0\" --log \"$3\" hook --policy \"$1\" <\"$2\"; echo $? >\"$2.code\"; } 2>&1 | head -c0; exit \"$(cat \"$2.code\")\"",
            ] {
                let file = scene.server.folder().join(name);
                std::fs::write(&file, &line).expect("a file can be written");
                let status = std::process::Command::new("sh")
                    .args(["-c", script, env!("CARGO_BIN_EXE_portcullis")])
                    .args([&scene.server.policy(), &file])
                    .arg(log)
                    .env("GIT_DIR", ".")
                    .current_dir(scene.server.repository())
                    .stderr(Stdio::null())
                    .status()
                    .expect("sh is installed");
                assert_eq!(status.code(), Some(code), "{script} --log {log}");
            }
        }
    }
}

#[test]
fn d_standard_input_is_closed() {
    let server = Server::new(TICKETS);
    let output = std::process::Command::new("sh")
        .args([
            "-c",
            "exec \"$0\" hook --policy \"$1\" <&-",
            env!("CARGO_BIN_EXE_portcullis"),
        ])
        .arg(server.policy())
        .env("GIT_DIR", ".")
        .current_dir(server.repository())
        .output()
        .expect("sh is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains(NOT_YOURS), "{said}");
}

#[test]
fn d8_the_other_hash() {
    let scene = Scene::with(&Setup {
        policy: TICKETS,
        object_format: ObjectFormat::Sha256,
        ..Setup::default()
    });
    let tip = scene.clone.head();
    let (short, long) = ("1".repeat(40), "0".repeat(64));
    scene
        .fed(&[(ZERO, &short, "refs/heads/main")])
        .assert(3, &["64 hex digits"]);
    scene
        .fed(&[(&long, &long, "refs/heads/main")])
        .assert(1, &["from nothing to nothing"]);
    assert_eq!(
        scene.fed(&[(&long, &tip, "refs/heads/release/1")]).code,
        Some(0)
    );
    assert_eq!(scene.fed(&[(&tip, &long, "refs/heads/x")]).code, Some(0));
}

#[test]
fn d_a_namespace_is_refused() {
    let scene = Scene::new();
    let tip = scene.clone.head();
    let run = scene
        .server
        .hook()
        .env("GIT_NAMESPACE", "x")
        .run(format!("{ZERO} {tip} refs/heads/main\n"));
    run.assert(3, &[NOT_YOURS, "GIT_NAMESPACE"]);
}

#[test]
fn d_a_chain_of_tags() {
    let scene = Scene::new();
    let git = scene.server.git();
    let mut tag = scene.clone.head();
    for (number, kind) in std::iter::once("commit")
        .chain(std::iter::repeat_n("tag", 99))
        .enumerate()
    {
        tag = git.object(
            "tag",
            format!(
                "object {tag}\ntype {kind}\ntag t{number}\ntagger A <a@b> 1 +0000\n\n{number}\n"
            )
            .as_bytes(),
        );
        if number == 9 {
            assert_eq!(scene.fed(&[(ZERO, &tag, "refs/tags/v1")]).code, Some(0));
        }
    }
    scene
        .fed(&[(ZERO, &tag, "refs/tags/v1")])
        .assert(1, &["chain of tags"]);
    assert_eq!(scene.fed(&[(ZERO, &tag, "refs/tags/other")]).code, Some(0));
    let broken = git.object("tag", b"object nothing\n");
    scene
        .fed(&[(ZERO, &broken, "refs/tags/v1")])
        .assert(1, &["malformed"]);
}
