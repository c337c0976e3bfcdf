//! A hook that does not come to its end, under git itself: nothing but exit code 0 lets a push in.

use super::{NOT_YOURS, POLICY};
use crate::support::{Server, snapshot};
use std::{fs, os::unix::fs::PermissionsExt};

/// A server whose program is this script, called by the wrapper that `install.sh` writes.
fn dying(script: &str) -> Server {
    let server = Server::new(POLICY);
    let program = server.folder().join("program");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("it can be written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let hook = server.repository().join("hooks/pre-receive");
    let wrapper = fs::read_to_string(&hook).expect("it is there");
    let program = program.to_string_lossy();
    let wrapper = wrapper.replace(env!("CARGO_BIN_EXE_portcullis"), &program);
    fs::write(&hook, wrapper).expect("it is ours");
    server
}

#[test]
fn by_a_signal_or_an_exit_code_of_its_own() {
    for death in [
        "kill -KILL $$",
        "kill -SEGV $$",
        "kill -ABRT $$",
        "kill -TERM $$",
        "kill -PIPE $$",
        "exit 101",
        "exit 127",
        "exit 255",
        "exec /nowhere",
    ] {
        let server = dying(death);
        let clone = server.working_clone();
        clone.write("vault/keys/a", "x\n").commit("Begin");
        let before = snapshot(&server.repository());
        let push = clone.push(["main"]);
        push.in_one_line().assert_refused(&[NOT_YOURS, "status"]);
        assert!(before == snapshot(&server.repository()), "{death}");
    }
    let server = dying("exit 0");
    let clone = server.working_clone();
    clone.write("vault/keys/a", "x\n").commit("Begin");
    clone.push(["main"]).assert_silent();
}

#[test]
fn by_its_own_word_which_is_passed_on() {
    for code in [1, 2, 3] {
        let server = dying(&format!("echo 'its own words' >&2; exit {code}"));
        let clone = server.working_clone();
        clone.write("a", "x\n").commit("Begin");
        let push = clone.push(["main"]);
        assert!(!push.remote.contains("status"), "{}", push.stderr);
        push.assert_refused(&["its own words"]);
    }
}
