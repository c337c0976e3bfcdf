//! `--demo`: the story that it tells must come true.

use super::machine::Machine;
use crate::support::PORTCULLIS;

#[test]
fn demo_goes_as_told() {
    let machine = Machine::new();
    let demo = machine.install(&["--demo", "--binary", PORTCULLIS]);
    demo.assert_done(&["=> refused", "Change-Ticket", "=> accepted", "policy.yml"]);
}

#[test]
fn demo_that_goes_wrong_fails() {
    let machine = Machine::new();
    // A gate that lets everything pass.
    machine
        .install(&["--demo", "--binary", "/bin/true"])
        .assert_failed(1, "the push was accepted");
    machine
        .install(&["--demo", "--binary", "/nowhere/portcullis"])
        .assert_failed(1, "no such program");
}
