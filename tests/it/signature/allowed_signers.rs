//! Lines of `allowed_signers` files, against what ssh-keygen says of the same ones.

use super::desk::{Desk, now};
use crate::support::ObjectFormat;
use portcullis::signature::allowed_signers;
use std::process::Stdio;

/// Pieces that lines are made of, good ones and bad ones.
const PRINCIPALS: [&str; 12] = [
    "alice@shop.example",
    "ALICE@shop.example",
    "*@shop.example",
    "a????@shop.example",
    "*",
    "!bob@*,*",
    "!alice@*,*",
    "*,!alice@shop.example",
    "bob@shop.example,alice@shop.example",
    "\"alice@shop.example\"",
    "\"bob jones\"",
    "ali*e@*",
];
const OPTIONS: [&str; 26] = [
    "",
    "",
    "namespaces=\"git\" ",
    "NameSpaces=\"git\" ",
    "namespaces=\"file\" ",
    "namespaces=\"file,git\" ",
    "namespaces=\"*,!git\" ",
    "namespaces=git ",
    "namespaces=\"git\",namespaces=\"git\" ",
    "namespaces=\"git\"  ",
    "namespaces=\"git\"\t",
    "namespaces=\"git ",
    "namespaces=\"git\", ",
    "cert-authority ",
    "cert-authority,namespaces=\"git\" ",
    "valid-after=\"20200101Z\" ",
    "valid-after=\"20990101Z\" ",
    "valid-before=\"20990101000000Z\",valid-after=\"202001010000Z\" ",
    "valid-before=\"20200101UTC\" ",
    "valid-before=\"20990101utc\" ",
    "valid-before=\"2099010\" ",
    "valid-before=\"209901012460Z\" ",
    "valid-before=\"20991301Z\" ",
    "valid-before=\"19690101Z\" ",
    "valid-before=\"20300101Z\",valid-after=\"20310101Z\" ",
    "unknown ",
];

#[test]
fn lines_mean_what_ssh_keygen_makes_of_them() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("alice", &["-t", "ed25519"]);
    let other = desk.ssh_key("other", &["-t", "ecdsa"]);
    let signature = super::ssh::sign(&desk, "alice", "git", b"payload");
    let mut lines = Vec::new();
    for (n, principals) in PRINCIPALS.iter().enumerate() {
        for (m, options) in OPTIONS.iter().enumerate() {
            // Every piece with the plain ones, and a third of the rest.
            if n == 0 || m == 0 || (n * 7 + m) % 3 == 0 {
                lines.push(format!("{principals} {options}{key}"));
                lines.push(format!("  {principals}\t{options}{key} comment"));
            }
        }
    }
    lines.extend([
        format!("alice@shop.example {other}"),
        format!("alice@shop.example {}", &key[..key.len() - 8]),
        format!("#alice@shop.example {key}"),
        "alice@shop.example".to_owned(),
        "alice@shop.example ".to_owned(),
        "alice@shop.example ssh-ed25519".to_owned(),
        key.clone(),
        format!("\"alice@shop.example {key}"),
    ]);
    let mut counts = [0, 0];
    for line in lines {
        desk.write("allowed_signers", format!("{line}\n"));
        let theirs = ssh_keygen_verifies(&desk, &signature);
        let ours = verifies(&line, &desk);
        assert_eq!(ours, theirs, "{line}");
        counts[usize::from(ours)] += 1;
    }
    assert!(counts[0] > 50 && counts[1] > 50, "{counts:?}");
}

/// What the keyring asks of a line, for the principal whom we have asked ssh-keygen about.
fn verifies(line: &str, desk: &Desk) -> bool {
    allowed_signers::read(line).any(|(_, line)| {
        line.is_ok_and(|line| {
            let conditions = &line.conditions;
            line.key.fingerprint() == desk.fingerprint("alice")
                && line.principals.matches("alice@shop.example")
                && !conditions.is_authority
                && conditions.allow_namespace("git")
                && conditions.valid_after.is_none_or(|after| after <= now())
                && conditions.valid_before.is_none_or(|before| now() <= before)
        })
    })
}

fn ssh_keygen_verifies(desk: &Desk, signature: &str) -> bool {
    desk.write("payload.sig", signature);
    let payload = std::fs::File::open(desk.folder().join("payload")).expect("it was written");
    let status = crate::support::hermetic("ssh-keygen", desk.folder())
        .args(["-Y", "verify", "-n", "git", "-I", "alice@shop.example"])
        .args(["-f", "allowed_signers", "-s", "payload.sig"])
        .stdin(payload)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect("ssh-keygen is installed").success()
}

#[test]
fn mistakes_have_a_place() {
    let place = |line: &str| {
        let (number, read) = allowed_signers::read(line).next().expect("one line");
        let error = read.expect_err(line);
        (number, error.column, error.reason)
    };
    let starts = |line: &str, column: usize, words: &str| {
        let (number, at, reason) = place(line);
        assert_eq!((number, at), (1, column), "{line}: {reason}");
        assert!(reason.contains(words), "{line}: {reason}");
    };
    starts("alice", 1, "nothing follows");
    starts("alice ssh-ed25519 AAAA", 7, "damaged");
    starts("alice ssh-dss AAAAB3NzaC1kc3M=", 7, "of this kind");
    starts(
        "ålice cert-authority,sign ssh-ed25519 AAAA",
        22,
        "neither a key nor",
    );
    starts("alice namespaces=git ssh-ed25519 AAAA", 7, "double quotes");
    starts("alice valid-after=\"now\" ssh-ed25519 AAAA", 7, "no date");
    starts("alice cert-authority ssh-ed25519 AAAA", 22, "damaged");
    starts(
        "alice cert-authority ssh-ed25519-cert-v01@openssh.com AAAA",
        22,
        "certificate",
    );
    assert_eq!(place("\n# comment\nalice").0, 3);
}
