//! The file that is written, and the policy that it is a part of.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::Desk;
use crate::support::portcullis;

/// A desk with a table of Alice and Bob.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write(
        "people.csv",
        "name,emails\nalice,alice@shop.example\nbob,bob@shop.example\n",
    );
    desk
}

const TO_FILE: &str = "--csv people.csv --output people.yml";

#[test]
fn without_a_file_it_is_printed() {
    let run = desk().people("--csv people.csv");
    run.assert_done(&["people:\n  alice:\n    emails: [alice@shop.example]\n"]);
    assert!(run.stderr.is_empty(), "{run:?}");
}

#[test]
fn what_somebody_else_wrote_is_not_written_over() {
    let desk = desk();
    for text in [
        "",
        "people: {}\n",
        " # Made by `portcullis people`\n",
        "\u{feff}",
    ] {
        desk.write("people.yml", text);
        desk.people(TO_FILE)
            .assert(2, &["was not written by `portcullis people`"]);
        assert_eq!(desk.read("people.yml"), text);
    }
    fs::remove_file(desk.path("people.yml")).expect("it is there");
    fs::create_dir(desk.path("people.yml")).expect("it is gone");
    desk.people(TO_FILE).assert(3, &["no regular file"]);
}

#[test]
fn what_was_changed_by_hand_is_seen_and_told() {
    let desk = desk();
    desk.people(TO_FILE).assert(1, &[]);
    let text = desk.read("people.yml");
    desk.write("people.yml", text.replace("bob@shop", "mallory@shop"));
    desk.people(TO_FILE).assert(
        1,
        &["~ bob: emails +bob@shop.example, -mallory@shop.example"],
    );
    assert_eq!(desk.read("people.yml"), text);

    desk.write("people.yml", format!("{text}# mine\n"));
    desk.people(TO_FILE).assert(1, &["other comments only"]);
    assert_eq!(desk.read("people.yml"), text);

    desk.write("people.yml", format!("{text}]\n"));
    desk.people(TO_FILE)
        .assert(2, &["was changed by hand into what cannot be read"]);
    desk.write("people.yml", format!("{text}rules: []\n"));
    desk.people(TO_FILE)
        .assert(2, &["was changed by hand into what cannot be read"]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let desk = desk();
    let dry = format!("{TO_FILE} --dry-run");
    desk.people(&dry)
        .assert(1, &["would be written, with 2 people"]);
    assert!(!desk.path("people.yml").exists());
    desk.people(TO_FILE).assert(1, &[]);
    desk.people(&dry).assert(0, &["up to date"]);
}

#[test]
fn programs_are_told_the_same() {
    let desk = desk();
    let told = desk.people(&format!("{TO_FILE} --json")).json();
    assert_eq!(told["schema"], "portcullis/people/v1");
    assert_eq!(told["verdict"], "changed");
    assert_eq!(
        told["changes"]["added"],
        serde_json::json!(["alice", "bob"])
    );
    desk.write("people.csv", "name,emails\nalice,a@shop.example\n");
    let told = desk.people(&format!("{TO_FILE} --json")).json();
    assert_eq!(told["verdict"], "refused");
    assert_eq!(told["changes"]["removed"][0]["name"], "bob");
    let told = desk
        .people(&format!("{TO_FILE} --json --remove --dry-run"))
        .json();
    assert_eq!(told["verdict"], "would_change");
    let expected = serde_json::json!([
        { "of": "emails", "added": ["a@shop.example"], "removed": ["alice@shop.example"] }
    ]);
    assert_eq!(told["changes"]["changed"][0]["differences"], expected);
}

#[test]
fn nobody_goes_whom_the_policy_needs() {
    let desk = desk();
    desk.write(
        "policy.yml",
        "version: 1\npeople: { include: people.yml }\nrules:\n- id: it\n  refs: [main]\n  require: { trailers: [{ key: Reviewed-by, from: [bob] }] }\n",
    );
    let with_policy = format!("{TO_FILE} --policy policy.yml --remove");
    desk.people(&with_policy).assert(1, &["2 people"]);
    portcullis(desk.0.path(), ["check", "policy.yml"]).assert_done(&["fine"]);
    let before = desk.read("people.yml");
    desk.write("people.csv", "name,emails\nalice,alice@shop.example\n");
    let run = desk.people(&with_policy);
    run.assert(
        2,
        &[
            "there is no person or group `bob`",
            "policy.yml would be wrong; nothing was written",
        ],
    );
    assert_eq!(desk.read("people.yml"), before);

    desk.write(
        "policy.yml",
        "version: 1\nrules: [{ id: it, refs: [main], deny: no }]\n",
    );
    desk.people(&with_policy)
        .assert(1, &["policy.yml does not include people.yml"]);
    desk.people(&format!("{TO_FILE} --policy none.yml"))
        .assert(3, &["none.yml"]);
}

#[test]
fn a_link_and_the_rights_of_the_file_stay() {
    let desk = desk();
    desk.people("--csv people.csv --output real.yml")
        .assert(1, &[]);
    let mode = |file: &str| {
        let about = fs::metadata(desk.path(file)).expect("it is there");
        about.permissions().mode() & 0o777
    };
    assert_eq!(mode("real.yml"), 0o644);
    fs::set_permissions(desk.path("real.yml"), Permissions::from_mode(0o640)).expect("it is ours");
    symlink("real.yml", desk.path("people.yml")).expect("the folder can be written");
    desk.write(
        "people.csv",
        "name,emails\nalice,a@shop.example\nbob,bob@shop.example\n",
    );
    desk.people(TO_FILE).assert(1, &["~ alice"]);
    assert!(desk.path("people.yml").is_symlink());
    assert_eq!(mode("real.yml"), 0o640);
    assert!(desk.read("real.yml").contains("a@shop.example"));
    let files = fs::read_dir(desk.0.path()).expect("it is a folder").count();
    assert_eq!(files, 4, "the token, the table, the file and the link");
}

#[test]
fn a_wrong_usage_says_what_is_missing() {
    let desk = desk();
    for (arguments, word) in [
        ("", "--forge"),
        ("--forge gitea", "--url"),
        (
            "--forge gitea --url ftp://x --token-file token",
            "neither http nor https",
        ),
        (
            "--forge svn --url http://x --token-file token",
            "gitea, forgejo, gitlab",
        ),
        ("--csv people.csv --mailmap .mailmap", "cannot be used with"),
        ("--csv people.csv --dry-run", "--output"),
        ("--csv people.csv --group shop", "--forge"),
        ("--csv people.csv --same alice", "at least two names"),
    ] {
        desk.people(arguments).assert_failed(2, word);
    }
}
