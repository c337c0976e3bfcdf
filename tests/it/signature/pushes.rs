//! Pushes to a server whose rules ask for signatures, each with an honest twin.

use super::desk::Desk;
use super::gnupg::{Gnupg, LONG_AGO};
use crate::support::{ObjectFormat, Quarantine, Server, Setup, WorkingClone};

/// A desk with keys of alice, bob and mallory, of whom the policy lists two.
fn keys() -> Desk {
    let desk = Desk::new(ObjectFormat::Sha1);
    for name in ["alice", "bob", "mallory"] {
        desk.ssh_key(name, &["-t", "ed25519"]);
    }
    desk
}

fn policy(desk: &Desk) -> String {
    format!(
        "version: 1
people:
  alice: {{ emails: [alice@shop.example], accounts: [alice], keys: ['{}'] }}
  bob: {{ emails: [bob@shop.example], keys: ['{}'] }}
groups: {{ leads: [bob] }}
rules:
  - id: signed
    paths: [pay/**]
    require: {{ signature: valid }}
  - id: by-leads
    paths: [infra/**]
    require: {{ signature: {{ from: [leads] }} }}
  - id: by-authors
    paths: [own/**]
    require: {{ signature: {{ from: [author] }} }}
  - id: ticket
    paths: [pay/ticket/**]
    require: {{ trailers: [{{ key: Change-Ticket }}] }}
",
        desk.public("alice"),
        desk.public("bob"),
    )
}

/// Makes the clone sign with this key whenever it is told to sign.
fn sign_with(clone: &WorkingClone, desk: &Desk, key: &str) {
    let key = desk.folder().join(key);
    clone.git().run(["config", "gpg.format", "ssh"]);
    clone
        .git()
        .run(["config", "user.signingKey", &key.to_string_lossy()]);
}

fn commit(clone: &WorkingClone, file: &str, signed: bool) -> String {
    clone.write(file, file).git().run(["add", "--all"]);
    let sign = if signed { "-S" } else { "--no-gpg-sign" };
    clone.git().run(["commit", "--quiet", sign, "-m", file]);
    clone.head()
}

#[test]
fn what_is_not_signed_is_refused_and_mended() {
    for (object_format, quarantine) in [
        (ObjectFormat::Sha1, Quarantine::Loose),
        (ObjectFormat::Sha256, Quarantine::Packed),
    ] {
        let desk = keys();
        let server = Server::with(&Setup {
            policy: &policy(&desk),
            object_format,
            quarantine,
            ..Setup::default()
        });
        let clone = server.working_clone();
        sign_with(&clone, &desk, "alice");
        commit(&clone, "docs/readme", false);
        clone.push_main().assert_silent();

        commit(&clone, "pay/charge", false);
        let refused = clone.push_main();
        let amend = "git commit --amend --no-edit -S";
        refused.assert_refused(&["signed", "a good signature: it is not signed", amend]);
        clone
            .git()
            .run(["commit", "--quiet", "--amend", "--no-edit", "-S"]);
        clone.push_main().assert_silent();

        commit(&clone, "pay/refund", true);
        clone.push_main().assert_silent();

        sign_with(&clone, &desk, "mallory");
        commit(&clone, "pay/theft", true);
        let key = desk.fingerprint("mallory");
        let unknown = clone.push_main().in_one_line();
        unknown.assert_refused(&["the policy lists no key", &key]);
    }
}

#[test]
fn older_commits_are_signed_by_one_command() {
    let desk = keys();
    let server = Server::new(&policy(&desk));
    let clone = server.working_clone();
    // The rebase takes what it signs with from the configuration, and needs an identity there.
    clone.git().run(["config", "user.name", "Alice"]);
    clone
        .git()
        .run(["config", "user.email", "alice@shop.example"]);
    sign_with(&clone, &desk, "alice");
    commit(&clone, "docs/readme", false);
    clone.push_main().assert_silent();
    commit(&clone, "pay/one", true);
    commit(&clone, "pay/ticket/two", true);
    commit(&clone, "pay/three", true);
    commit(&clone, "pay/four", false);
    let refused = clone.push_main();
    // `three` lacks nothing, and would lose its signature when `two` gets its trailer.
    refused.assert_refused(&["Change-Ticket", "it is not signed", "--rebase-merges -S"]);
    let command = refused
        .remote
        .lines()
        .map(str::trim)
        .find(|line| line.contains("rebase -i"))
        .expect("there is a command")
        .to_owned();
    let mut shell = crate::support::hermetic("dash", &clone.path("."));
    let done = shell
        .env("CHANGE_TICKET", "PAY-1")
        .args(["-c", &command])
        .output()
        .expect("dash is installed");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command}\n{said}");
    clone.push_main().assert_silent();
}

#[test]
fn it_counts_who_has_signed() {
    let desk = keys();
    let server = Server::new(&policy(&desk));
    let clone = server.working_clone();
    commit(&clone, "docs/readme", false);
    clone.push_main().assert_silent();
    for (file, refused_for, accepted_for) in [
        ("infra/main.tf", "alice", "bob"),
        // The author is alice.
        ("own/notes", "bob", "alice"),
    ] {
        sign_with(&clone, &desk, refused_for);
        commit(&clone, file, true);
        let refused = clone.push_main();
        refused.assert_refused(&["a good signature by", &format!("not by {refused_for}")]);
        sign_with(&clone, &desk, accepted_for);
        clone
            .git()
            .run(["commit", "--quiet", "--amend", "--no-edit", "-S"]);
        clone.push_main().assert_silent();
    }
}

#[test]
fn a_merge_by_the_unsigned_is_one_too() {
    let desk = keys();
    let server = Server::new(&policy(&desk));
    let clone = server.working_clone();
    sign_with(&clone, &desk, "alice");
    commit(&clone, "pay/base", true);
    clone.push_main().assert_silent();
    clone.git().run(["checkout", "--quiet", "-b", "side"]);
    commit(&clone, "docs/side", false);
    clone.git().run(["checkout", "--quiet", "main"]);
    commit(&clone, "docs/main", false);
    let merge = |sign: &str| {
        clone
            .git()
            .run(["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
        clone
            .write("pay/smuggled", "in")
            .git()
            .run(["add", "--all"]);
        clone.git().run(["commit", "--quiet", sign, "-m", "Merge"]);
    };
    merge("--no-gpg-sign");
    clone.push_main().assert_refused(&["it is not signed"]);
    clone.git().run(["reset", "--quiet", "--hard", "HEAD^"]);
    merge("-S");
    clone.push_main().assert_silent();
}

#[test]
fn openpgp_signatures_are_verified_without_gpg_on_the_server() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    let key = gnupg.key(
        LONG_AGO,
        "A <alice@shop.example>",
        "ed25519",
        "sign",
        "never",
    );
    gnupg.export("ring.gpg", &[]);
    let policy = "version: 1
people: { alice: { emails: [alice@shop.example] } }
keys: { openpgp: [keys/ring.gpg] }
rules: [{ id: signed, require: { signature: valid } }]
";
    let server = Server::new(policy);
    let clone = server
        .working_clone()
        .env("GNUPGHOME", desk.gnupg().as_os_str());
    clone.git().run(["config", "user.signingKey", &key]);
    commit(&clone, "one", true);
    // A key file that is missing keeps the policy from being used.
    let missing = clone.push_main().in_one_line();
    missing.assert_refused(&["the gate failed, not your change", "policy.yml"]);
    std::fs::create_dir(server.folder().join("keys")).expect("it is ours");
    std::fs::copy(
        desk.folder().join("ring.gpg"),
        server.folder().join("keys/ring.gpg"),
    )
    .expect("it can be copied");
    clone.push_main().assert_silent();
    commit(&clone, "two", false);
    clone.push_main().assert_refused(&["it is not signed"]);
}

#[test]
fn programs_are_told_what_is_wrong() {
    let desk = keys();
    let server = Server::with(&Setup {
        policy: &policy(&desk),
        push_options: true,
        ..Setup::default()
    });
    let clone = server.working_clone();
    commit(&clone, "pay/charge", false);
    let refused = clone.push(["--push-option=portcullis=json", "main"]);
    refused.assert_refused(&[r#"{"bad":{"problem":"unsigned"},"kind":"signature"}"#]);
}
