//! `--repo`: one repository.

use super::machine::{Machine, assert_guarded, clone_of, push_without_ticket};
use crate::support::gitea::write_program;
use crate::support::{Git, PORTCULLIS, Run, hermetic, snapshot};
use std::fs;
use std::sync::mpsc::{self, TryRecvError};
use std::thread;

#[test]
fn wires_a_repository() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    machine
        .wire(&repository, &[])
        .assert_done(&["wrote", "bin/portcullis", "hooks/pre-receive"]);
    assert_guarded(&clone_of(&repository));

    let wired = snapshot(&machine.folder);
    let again = machine.wire(&repository, &[]);
    again.assert_done(&["already up to date"]);
    assert!(!again.stdout.contains("wrote"), "{}", again.stdout);
    assert_eq!(
        snapshot(&machine.folder),
        wired,
        "nothing to do means nothing done"
    );
}

#[test]
fn wires_the_repository_of_a_working_tree() {
    let machine = Machine::new();
    Git::at(&machine.folder).run(["init", "--quiet", "-b", "main", "site"]);
    machine
        .wire(&machine.folder.join("site"), &[])
        .assert_done(&["site/.git/hooks/pre-receive"]);
}

#[test]
fn says_what_a_dry_run_would_do_and_does_none_of_it() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    let before = snapshot(&machine.folder);
    let dry = machine.wire(&repository, &["--dry-run"]);
    dry.assert_done(&["would write", "bin/portcullis", "hooks/pre-receive"]);
    assert_eq!(snapshot(&machine.folder), before);
}

#[test]
fn uninstalls_without_a_trace() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    let before = snapshot(&repository);
    machine.wire(&repository, &[]).assert_done(&[]);

    let options = ["--uninstall", "--remove-binary"];
    machine
        .wire(&repository, &["--uninstall", "--dry-run"])
        .assert_done(&["would remove"]);
    machine
        .wire(&repository, &options)
        .assert_done(&["removed"]);
    assert_eq!(snapshot(&repository), before);
    assert!(!machine.folder.join("usr/bin/portcullis").exists());
    machine
        .wire(&repository, &options)
        .assert_done(&["nothing of portcullis", "not there"]);
}

#[test]
fn what_it_remembers_stays_until_it_is_to_be_forgotten() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    machine.wire(&repository, &[]).assert_done(&[]);
    assert_guarded(&clone_of(&repository));
    let past = repository.join("portcullis");
    assert!(past.is_dir());
    machine.wire(&repository, &["--uninstall"]).assert_done(&[
        "removed",
        "stays: ",
        "--forget removes it",
    ]);
    assert!(past.is_dir());
    let forget = ["--uninstall", "--forget"];
    machine
        .wire(&repository, &[&forget[..], &["--dry-run"]].concat())
        .assert_done(&["would remove"]);
    assert!(past.is_dir());
    machine.wire(&repository, &forget).assert_done(&["removed"]);
    assert!(!past.exists());
}

#[test]
fn leaves_a_foreign_hook_alone() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    let hook = repository.join("hooks/pre-receive");
    write_program(
        &hook,
        "#!/bin/sh\n# no pre-receive.d\necho checked by the old hook\n",
    );
    let before = snapshot(&machine.folder);

    let refused = machine.wire(&repository, &[]);
    refused.assert_failed(1, "was not written by this script");
    machine
        .wire(&repository, &["--uninstall"])
        .assert_done(&["nothing of portcullis"]);
    assert_eq!(snapshot(&machine.folder), before);

    // The way out that it describes, pasted into a shell.
    let (_, remedy) = refused
        .stderr
        .split_once("\n\n")
        .expect("the remedy is a paragraph of its own");
    let pasted = hermetic("dash", &machine.folder)
        .args(["-e", "-c", remedy])
        .status();
    assert!(pasted.is_ok_and(|status| status.success()), "{remedy}");
    machine
        .wire(&repository, &[])
        .assert_done(&["pre-receive.d/50-portcullis"]);
    let clone = clone_of(&repository);
    let refusal = push_without_ticket(&clone);
    refusal.assert_refused(&["checked by the old hook", "payments-ticket"]);
}

#[test]
fn refuses_a_repository_whose_hooks_are_elsewhere() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    Git::at(&repository).run(["config", "core.hooksPath", "/somewhere/else"]);
    let before = snapshot(&machine.folder);
    machine
        .wire(&repository, &[])
        .assert_failed(1, "core.hooksPath is /somewhere/else");
    assert_eq!(snapshot(&machine.folder), before);
}

#[test]
fn changes_nothing_when_the_policy_is_wrong() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    fs::write(machine.policy(), "version: 1\nrulez: []\n").expect("the policy can be written");
    let before = snapshot(&machine.folder);
    machine
        .wire(&repository, &[])
        .assert_failed(1, "the policy is not valid");
    assert_eq!(snapshot(&machine.folder), before);

    machine
        .wire(&repository, &["--policy", "nowhere.yml"])
        .assert_failed(1, "there is no policy");
    assert_eq!(snapshot(&machine.folder), before);
}

#[test]
fn keeps_a_program_that_is_not_portcullis() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    write_program(
        &machine.folder.join("usr/bin/portcullis"),
        "#!/bin/sh\necho another tool\n",
    );
    let before = snapshot(&machine.folder);
    machine
        .wire(&repository, &[])
        .assert_failed(1, "is not portcullis");
    machine
        .wire(&repository, &["--uninstall", "--remove-binary"])
        .assert_failed(1, "is not portcullis and stays");
    assert_eq!(snapshot(&machine.folder), before);
}

#[test]
fn refuses_pushes_when_the_program_is_gone() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    machine.wire(&repository, &[]).assert_done(&[]);
    fs::remove_file(machine.folder.join("usr/bin/portcullis")).expect("it was installed");
    let clone = clone_of(&repository);
    clone
        .write("web/site.css", "body { margin: 0 }\n")
        .commit("Remove the page margin");
    clone
        .push_main()
        .assert_refused(&["the gate failed, not your change"]);
}

#[test]
fn lets_pushers_send_options_and_takes_that_back() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    let config = || fs::read_to_string(repository.join("config")).expect("git has written it");
    let before = config();
    let set = |options: &[&str]| machine.wire(&repository, options);
    set(&["--push-options", "--dry-run"]).assert_done(&["would set receive.advertisePushOptions"]);
    assert_eq!(config(), before);
    set(&["--push-options"]).assert_done(&["set receive.advertisePushOptions"]);
    set(&["--push-options"]).assert_done(&["already so"]);
    let clone = clone_of(&repository);
    clone
        .write("services/payments/charge.rs", "")
        .commit("Charge");
    clone
        .push(["--push-option=portcullis=json", "main"])
        .assert_refused(&["payments-ticket", "portcullis: {"]);
    set(&["--uninstall"]).assert_done(&["unset receive.advertisePushOptions"]);
    assert_eq!(config(), before);

    // What somebody else has set stays.
    Git::at(&repository).run(["config", "receive.advertisePushOptions", "false"]);
    set(&["--push-options"]).assert_failed(1, "is false, and stays so");
    set(&["--uninstall"]).assert_done(&["removed"]);
    let key = ["config", "receive.advertisePushOptions"];
    assert_eq!(Git::at(&repository).run(key), "false");
}

/// A program that is replaced is at every moment there as a whole.
#[test]
fn replaces_the_program_while_pushes_run() {
    let machine = Machine::new();
    let repository = machine.repository("my repo.git");
    machine.wire(&repository, &[]).assert_done(&[]);
    let newer = machine.folder.join("newer");
    // Dropped when all is done, and when something fails.
    let (upgrading, ends) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            let ends = ends;
            let clone = clone_of(&repository);
            let mut pushes = 0;
            while ends.try_recv() != Err(TryRecvError::Disconnected) || pushes < 3 {
                clone.commit("Nothing that a rule is about");
                clone.push_main().assert_silent();
                pushes += 1;
            }
        });
        let upgrading = upgrading;
        for version in 1..=3 {
            // What follows a program's end is not read. Another program writes it: what this one had open for writing,
            // its pushes would have too for a moment, and such a file cannot be started.
            let script = r#"cp "$1" "$2" && printf "%${3}s" "" >>"$2""#;
            let mut write = hermetic("sh", &machine.folder);
            write.args(["-c", script, "sh", PORTCULLIS]).arg(&newer);
            Run::of(write.arg(version.to_string())).assert_done(&[]);
            let newer = newer.to_string_lossy();
            machine
                .wire(&repository, &["--binary", &newer])
                .assert_done(&["wrote", "bin/portcullis"]);
        }
        drop(upgrading);
    });
}
