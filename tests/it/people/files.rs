//! People from tables, allowed signers and mailmaps.

use super::{Desk, KEYS};

#[test]
fn a_table_becomes_people() {
    let desk = Desk::new();
    desk.write(
        "people.csv",
        format!(
            "\u{feff}name,called,kind,emails,accounts,keys,groups,operator\r\n\
             alice,\"Doe, Alice\",,alice@shop.example;Alice@home.example,alice,{0} alice@laptop,payments; leads,\r\n\
             alice,,,a@shop.example,,,,\r\n\
             mender,,bot,mender@shop.example,mender,openpgp:0123456789ABCDEF0123456789abcdef01234567,,alice\r\n",
            KEYS[0]
        ),
    );
    desk.people("--csv people.csv --output people.yml")
        .assert(1, &["2 people and 2 groups"]);
    let expected = format!(
        r#"# Made by `portcullis people` from people.csv.
# What is changed here is gone with the next run: change it there.
people:
  alice: # Doe, Alice
    emails: [a@shop.example, alice@home.example, alice@shop.example]
    accounts: [alice]
    keys:
      - "{}"
  mender:
    kind: bot
    operator: alice
    emails: [mender@shop.example]
    accounts: [mender]
    keys:
      - "openpgp:0123456789abcdef0123456789abcdef01234567"
groups:
  leads: [alice]
  payments: [alice]
"#,
        KEYS[0]
    );
    assert_eq!(
        desk.read("people.yml").to_lowercase(),
        expected.to_lowercase()
    );
    desk.people("--csv people.csv --output people.yml")
        .assert(0, &["up to date"]);
}

#[test]
fn a_line_of_a_table_that_cannot_be_used_is_told_with_its_number() {
    let desk = Desk::new();
    for (text, words) in [
        ("", "must be `name`"),
        ("emails\na@b.example\n", "must be `name`"),
        (
            "name,e-mails\n",
            "people.csv:1: there is no column `e-mails`; did you mean `emails`?",
        ),
        ("name,name\n", "the column `name` is there twice"),
        ("name\nalice\n\"\"\n", "people.csv:3: the name is empty"),
        (
            "name,kind\nalice,robot\n",
            "people.csv:2: `robot` is no kind",
        ),
        ("name,kind\nalice\n", "people.csv:2: "),
        ("name\n\"x\u{202e}\"\n", "`x\\u{202e}` cannot be a name"),
        (
            "name\nowners\n",
            "`owners` cannot be a name in the policy: it is reserved",
        ),
        (
            "name,groups\nalice,alice\n",
            "a person and a group both have it",
        ),
        (
            "name,operator,kind\nalice,nobody,bot\n",
            "there is no person `nobody`",
        ),
    ] {
        desk.write("people.csv", text);
        desk.people("--csv people.csv --output people.yml")
            .assert(2, &[words]);
        assert!(!desk.path("people.yml").exists(), "{text:?}");
    }
    desk.write("people.csv", b"name\nalice\n\xff\n");
    desk.people("--csv people.csv")
        .assert(2, &["people.csv:3: this is not UTF-8"]);
    desk.people("--csv none.csv")
        .assert(2, &["none.csv cannot be read"]);
}

#[test]
fn what_two_people_would_share_is_told_and_not_guessed() {
    let desk = Desk::new();
    let table = format!(
        "name,emails,accounts,keys\n\
         alice,A@shop.example,alice,{0}\n\
         bob,a@SHOP.example,alice,{0}\n",
        KEYS[0]
    );
    desk.write("people.csv", table);
    let run = desk.people("--csv people.csv --output people.yml");
    run.assert(
        2,
        &[
            "the e-mail address `a@shop.example` is that of alice and bob",
            "the account `alice` is that of alice and bob",
            "the key `ssh-ed25519",
            "--same alice,bob",
        ],
    );
    assert!(!desk.path("people.yml").exists());
    desk.people("--csv people.csv --output people.yml --same alice,bob")
        .assert(1, &["1 person"]);
    desk.assert_is_part_of_a_policy();
    desk.people("--csv people.csv --output people.yml --leave-out bob --remove")
        .assert(1, &["other comments only"]);
}

#[test]
fn allowed_signers_become_people_by_their_addresses() {
    let desk = Desk::new();
    desk.write(
        "signers",
        format!(
            "# ours\n\
             alice@shop.example,alice@home.example {0} alice\n\
             bob@shop.example namespaces=\"git\" {1}\n\
             *@shop.example cert-authority {2}\n",
            KEYS[0], KEYS[1], KEYS[2]
        ),
    );
    let run = desk.people("--allowed-signers signers --output people.yml");
    run.assert(1, &["line 3: the key has options", "line 4 names nobody"]);
    let expected = format!(
        r#"# Made by `portcullis people` from signers.
# What is changed here is gone with the next run: change it there.
people:
  alice@shop.example:
    emails: [alice@home.example, alice@shop.example]
    keys:
      - "{}"
  bob@shop.example:
    emails: [bob@shop.example]
"#,
        KEYS[0]
    );
    assert_eq!(desk.read("people.yml"), expected);
    desk.assert_is_part_of_a_policy();

    desk.write("signers", "alice@shop.example ssh-ed25519 AAAA\n");
    desk.people("--allowed-signers signers")
        .assert(2, &["signers:1: "]);
}

#[test]
fn a_mailmap_becomes_people_with_all_their_addresses() {
    let desk = Desk::new();
    desk.write(
        ".mailmap",
        "# ours\n\
         Alice Doe <alice@shop.example> <alice@old.example>\n\
         Alice Doe <alice@shop.example> A <alice@home.example>\n\
         Bob <bob@shop.example>\n\
         no address\n",
    );
    let run = desk.people("--mailmap .mailmap --output people.yml");
    run.assert(1, &["line 5 makes no sense", "2 people"]);
    let expected = "# Made by `portcullis people` from .mailmap.\n\
         # What is changed here is gone with the next run: change it there.\n\
         people:\n\
         \x20 alice@shop.example: # Alice Doe\n\
         \x20   emails: [alice@home.example, alice@old.example, alice@shop.example]\n\
         \x20 bob@shop.example: # Bob\n\
         \x20   emails: [bob@shop.example]\n";
    assert_eq!(desk.read("people.yml"), expected);
    desk.assert_is_part_of_a_policy();

    desk.write(
        ".mailmap",
        "A <a@shop.example> <x@list.example>\nB <b@shop.example> <x@list.example>\n",
    );
    desk.people("--mailmap .mailmap --output other.yml").assert(
        2,
        &["`x@list.example` is that of a@shop.example and b@shop.example"],
    );
    desk.people("--mailmap .mailmap --output other.yml --leave-out x@list.example")
        .assert(1, &["2 people"]);
}
