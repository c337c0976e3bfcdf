//! `portcullis audit`: lists, counts, tables, and what is owed.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use portcullis::ledger::file::Ledger;
use tempfile::TempDir;

use crate::support::{PORTCULLIS, Run, hermetic, portcullis};

/// A ledger of four decisions in two files, and a failure.
fn sample() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let finding = |rule: &str| json!({"rule": rule, "mode": "enforce", "ref": "refs/heads/main", "commits": [], "paths": [], "missing": []});
    let bypassed = |rule: &str| {
        let mut finding = finding(rule);
        finding["bypassed"] = json!(true);
        finding["bypass"] =
            json!({"person": "dana", "reason": "=HYPERLINK(\"INC-1\")", "by": "option"});
        finding
    };
    let debt = |rule: &str| {
        json!({"decision": "c0ffee000003", "rule": rule, "ref": "refs/heads/main", "base": "1".repeat(40), "head": "2".repeat(40),
            "person": "dana", "opened": "2026-03-02T10:00:00+00:00", "due": "2026-03-05T10:00:00+00:00"})
    };
    let line = |number: u64, time: &str, person: &str, verdict: &str, findings: Value| {
        json!({"schema": "portcullis/ledger/v1", "number": number, "previous": "0", "event": "decision", "time": time,
            "id": format!("c0ffee{number:06}"), "verdict": verdict, "repository": if person == "mallory" { "else/where" } else { "shop/web" },
            "pusher": {"account": format!("{person}-account"), "person": person}, "findings": findings, "evidence": [], "policy": "",
            "updates": [{"ref": "refs/heads/main", "old": null, "new": null}], "version": "0", "milliseconds": 7})
    };
    let mut third = line(
        3,
        "2026-03-02T10:00:00+00:00",
        "dana",
        "allow",
        json!([bypassed("payments-approved")]),
    );
    third["debts_opened"] = json!([debt("payments-approved"), debt("payments-ticket")]);
    let mut fourth = line(4, "2026-03-03T10:00:00+00:00", "bob", "allow", json!([]));
    fourth["debts_paid"] = json!([debt("payments-ticket")]);
    let old = [
        line(
            1,
            "2026-02-01T10:00:00+00:00",
            "alice",
            "deny",
            json!([finding("payments-approved"), finding("payments-ticket")]),
        ),
        line(
            2,
            "2026-03-01T10:00:00+00:00",
            "mallory",
            "deny",
            json!([finding("payments-ticket")]),
        ),
    ];
    let write = |name: &str, lines: &[Value]| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(folder.path().join(name), text).expect("written");
    };
    write("audit.jsonl.000000000002", &old);
    let failed = json!({"schema": "portcullis/ledger/v1", "number": 5, "previous": "0", "event": "sealed", "time": "", "whole": "", "note": ""});
    write("audit.jsonl", &[third, failed, fourth]);
    folder
}

fn audit(folder: &Path, arguments: &[&str]) -> Run {
    let file = folder.join("audit.jsonl");
    let file = file.to_string_lossy();
    portcullis(Path::new("/"), [&["audit"], arguments, &[&*file]].concat())
}

fn said(folder: &TempDir, arguments: &[&str]) -> String {
    let output = audit(folder.path(), arguments);
    assert_eq!(output.code, Some(0), "{arguments:?}: {output:?}");
    output.stdout
}

#[test]
fn decisions_are_listed_from_all_files_and_filtered() {
    let folder = sample();
    let page = said(&folder, &[]);
    assert!(
        page.ends_with("4 decisions: 2 accepted (1 of them past rules), 2 refused, 0 failed\n"),
        "{page}"
    );
    assert!(
        page.contains("2026-02-01T10:00:00 refused c0ffee000001 shop/web alice refs/heads/main"),
        "{page}"
    );
    assert!(page.contains("past rules by dana: =HYPERLINK"), "{page}");
    let ids = |arguments: &[&str]| {
        let page = said(&folder, &[arguments, &["--json"]].concat());
        let lines = page
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"));
        lines
            .map(|line: Value| line["id"].as_str().expect("an id")[11..].to_owned())
            .collect::<String>()
    };
    for (arguments, expected) in [
        (&[][..], "1234"),
        (&["--since", "2026-03-01"], "234"),
        (&["--since", "2026-03-01T10:00:01Z"], "34"),
        (&["--until", "2026-03-01"], "1"),
        (&["--since", "1d"], ""),
        (&["--repo", "shop/*"], "134"),
        (&["--ref", "main"], "1234"),
        (&["--ref", "release/*"], ""),
        (&["--rule", "payments-ticket"], "12"),
        (&["--person", "dana"], "3"),
        (&["--person", "alice-account"], "1"),
        (&["--verdict", "deny", "--repo", "else/*"], "2"),
        (&["--bypassed"], "3"),
    ] {
        assert_eq!(ids(arguments), expected, "{arguments:?}");
    }
    // The lines are those of the ledger, to the byte.
    let lines = said(&folder, &["--json", "--bypassed"]);
    let stored = fs::read_to_string(folder.path().join("audit.jsonl")).expect("readable");
    assert!(stored.contains(&lines) && !lines.is_empty());
}

#[test]
fn decisions_are_counted() {
    let folder = sample();
    let rows = |by: &str| {
        let page = said(&folder, &["--by", by]);
        let rows = page.lines().skip(1).take_while(|line| !line.is_empty());
        rows.map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
    };
    // All, accepted, past rules, refused, failed.
    assert_eq!(
        rows("rule"),
        ["payments-ticket 2 0 0 2 0", "payments-approved 2 1 1 1 0"]
    );
    assert_eq!(rows("person").len(), 4);
    assert_eq!(rows("month"), ["2026-02 1 0 0 1 0", "2026-03 3 2 1 1 0"]);
    assert_eq!(rows("repo"), ["else/where 1 0 0 1 0", "shop/web 3 2 1 1 0"]);
    let json: Value =
        serde_json::from_str(&said(&folder, &["--by", "rule", "--json"])).expect("JSON");
    assert_eq!(json["counts"]["payments-ticket"]["refused"], 2);
    assert_eq!(json["all"]["decisions"], 4);
}

#[test]
fn tables_hold_no_formulas() {
    let folder = sample();
    let table = said(&folder, &["--csv", "--bypassed"]);
    assert_eq!(
        table,
        "time,id,verdict,repository,account,person,refs,rules,bypassed_by,reason,failure,milliseconds\n\
         2026-03-02T10:00:00+00:00,c0ffee000003,allow,shop/web,dana-account,dana,refs/heads/main,payments-approved,dana,\
         \"'=HYPERLINK(\"\"INC-1\"\")\",,7\n"
    );
}

#[test]
fn what_is_owed_is_listed_with_its_age() {
    let folder = sample();
    let output = audit(folder.path(), &["--debt"]);
    assert_eq!(output.code, Some(1), "it is overdue");
    let page = output.stdout;
    assert!(
        page.starts_with("1 review owed, 1 of them overdue\n  OVERDUE for "),
        "{page}"
    );
    let one_line = crate::support::in_one_line(&page);
    assert!(
        one_line.contains("dana past payments-approved on refs/heads/main of shop/web"),
        "{page}"
    );
    assert!(!page.contains("payments-ticket"), "it is paid: {page}");
    let output = audit(folder.path(), &["--debt", "--json"]);
    let json = output.json();
    assert_eq!(json["debts"][0]["debt"]["rule"], "payments-approved");
    let none = audit(folder.path(), &["--debt", "--repo", "else/*"]);
    assert_eq!(none.code, Some(0));
}

#[test]
fn following_survives_rotation_and_half_lines() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("audit.jsonl");
    let ledger = Ledger::at(&file, Some(1));
    let append = |number: usize| {
        super::append(&ledger, &format!("push {number}")).expect("written");
    };
    append(0);
    let mut follower = hermetic(PORTCULLIS, folder.path())
        .args(["audit", "--follow", "--since", "2020-01-01", "--json"])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut lines = BufReader::new(follower.stdout.take().expect("a pipe")).lines();
    let mut next = || {
        let line = lines.next().expect("there is more").expect("readable");
        let line: Value = serde_json::from_str(&line).expect("JSON");
        line["failure"].as_str().expect("why").to_owned()
    };
    assert_eq!(next(), "push 0");
    // Each line goes into a file of its own, several of them before anyone looks.
    for number in 1..6 {
        append(number);
    }
    // Somebody writes slowly.
    let whole = json!({"event": "decision", "time": "2026-01-01", "verdict": "failed", "updates": [], "failure": "slowly"}).to_string() + "\n";
    let (first, second) = whole.split_at(20);
    let mut current = fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .expect("it is there");
    current.write_all(first.as_bytes()).expect("written");
    for number in 1..6 {
        assert_eq!(next(), format!("push {number}"));
    }
    current.write_all(second.as_bytes()).expect("written");
    assert_eq!(next(), "slowly");
    follower.kill().expect("it runs");
    follower.wait().expect("it ends");
}

#[test]
fn wrong_usage_and_unreadable_ledgers_are_told_apart() {
    let folder = sample();
    for arguments in [
        &["--since", "yesterday"][..],
        &["--repo", ""],
        &["--verify", "--rule", "x"],
        &["--verify", "--debt"],
        &["--csv", "--json"],
        &["--verdict", "maybe"],
    ] {
        let output = audit(folder.path(), arguments);
        assert_eq!(output.code, Some(2), "{arguments:?}: {output:?}");
    }
    let output = audit(&folder.path().join("nowhere"), &[]);
    assert_eq!(output.code, Some(3));
    assert!(output.stderr.contains("cannot be read"));
}

#[test]
fn the_doctor_counts_bypasses_and_what_is_owed() {
    let folder = sample();
    let policy = "version: 1\nrules: []\naudit: { file: audit.jsonl }\n";
    fs::write(folder.path().join("policy.yml"), policy).expect("written");
    let page = portcullis(
        folder.path(),
        ["doctor", "--policy", "policy.yml", "--metrics"],
    );
    for line in [
        "portcullis_decisions_total{verdict=\"allow\"} 2",
        "portcullis_bypasses_total 1",
        "portcullis_debts{state=\"open\"} 1",
        "portcullis_debts{state=\"overdue\"} 1",
    ] {
        let mut lines = page.stdout.lines();
        assert!(lines.any(|one| one == line), "{line}: {}", page.stdout);
    }
}
