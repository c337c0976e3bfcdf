//! `include`: each file is a part of the policy in force, and of the one that stands in for it.

use super::push_main;
use crate::support::Server;
use std::fs;
use std::path::Path;

const POLICY: &str = "version: 1\ninclude: parts/rules.yml\n";
const RULES: &str = r#"
include: [zones.yml]
rules:
  - id: payments-ticket
    zones: [payments]
    require: { trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }] }
"#;
const ZONES: &str = "zones: { payments: { tier: critical, paths: [payments/**] } }\n";

#[test]
fn every_file_decides_and_stands_in_when_one_is_wrong_or_gone() {
    let server = Server::new(POLICY);
    let parts = server.folder().join("parts");
    fs::create_dir(&parts).expect("a folder can be made");
    let (rules, zones) = (parts.join("rules.yml"), parts.join("zones.yml"));
    let write = |file: &Path, text: &str| fs::write(file, text).expect("a file can be written");
    write(&rules, RULES);
    write(&zones, ZONES);
    let clone = server.working_clone();
    clone.commit("Begin");
    push_main(&clone);
    let evil = || {
        clone.write("payments/charge.rs", "1").commit("Charge");
        clone.push_main().in_one_line()
    };
    evil().assert_refused(&["payments-ticket"]);

    let stands_in = [
        "warning: the policy of this server is wrong",
        "payments-ticket",
    ];
    for wrong in [
        "zones: [",
        "zonez: {}\n",
        "mode: off\n",
        "rules: []\npeople: 5\n",
    ] {
        write(&zones, wrong);
        evil().assert_refused(&stands_in);
    }
    fs::remove_file(&zones).expect("it was written");
    evil().assert_refused(&stands_in);
    // Another text of any file is another policy, and is kept when it is right.
    write(&zones, &ZONES.replace("payments/**", "ledger/**"));
    clone.take_back();
    clone.write("payments/charge.rs", "1").commit("Charge");
    push_main(&clone);
    write(&zones, "zones: [");
    clone.write("payments/charge.rs", "2").commit("Charge more");
    let push = clone.push_main().in_one_line();
    assert!(push.accepted, "{}", push.stderr);
    clone.write("ledger/book.rs", "1").commit("Book");
    clone.push_main().in_one_line().assert_refused(&stands_in);
}
