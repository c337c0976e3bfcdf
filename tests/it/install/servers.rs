//! What is looked at before anything is changed: the server's version, and what the account may do that runs git.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::machine::Machine;
use crate::support::gitea::write_gitea_hooks;
use crate::support::{Run, hermetic, snapshot};

#[test]
fn a_server_that_is_too_old_is_left_alone() {
    let machine = Machine::new();
    write_gitea_hooks(&machine.repository("data/git/repositories/alice/web.git"));
    let hooks = machine.folder.join("custom hooks");
    fs::create_dir(&hooks).expect("a folder can be made");
    let before = snapshot(&machine.folder);
    for (program, says, refused) in [
        (
            "gitea",
            "Gitea version 1.15.11 built with GNU Make",
            "Gitea 1.15.11 is too old",
        ),
        (
            "gitea",
            "Gitea version 1.9.6 built with go1.12",
            "Gitea 1.9.6 is too old",
        ),
        (
            "gitaly",
            "Gitaly, version 13.12.1",
            "Gitaly 13.12.1 is too old",
        ),
    ] {
        machine.program(program, says);
        let run = match program {
            "gitaly" => machine.install_on("--gitlab", &hooks, &[]),
            _ => machine.wire_gitea(&[]),
        };
        run.assert_failed(1, refused);
        assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
        assert_eq!(snapshot(&machine.folder), before);
    }
    machine.program("gitaly", "Gitaly, version 18.9.0-rc4");
    machine
        .install_on("--gitlab", &hooks, &[])
        .assert_done(&["Gitaly 18.9.0"]);
    machine.program("gitea", "gitea version 1.27.0+dev-100-gabc built with");
    machine.wire_gitea(&[]).assert_done(&["Gitea 1.27.0"]);
}

/// The two read CODEOWNERS differently.
#[test]
fn forgejo_is_told_from_gitea() {
    let machine = Machine::new();
    let repository = machine.repository("data/git/repositories/alice/web.git");
    write_gitea_hooks(&repository);
    let forge = || {
        let hook = repository.join("hooks/pre-receive.d/50-portcullis");
        let script = fs::read_to_string(hook).expect("it was written");
        let line = script.lines().find(|line| line.starts_with("forge="));
        line.expect("it says so").to_owned()
    };
    machine.program("gitea", "Gitea version 1.22.3 built with");
    machine.wire_gitea(&[]).assert_done(&["Gitea 1.22.3"]);
    assert_eq!(forge(), "forge='gitea'");
    machine.program("gitea", "forgejo version 11.0.1+gitea-1.22.0 built with");
    machine.wire_gitea(&[]).assert_done(&["Forgejo 11.0.1"]);
    assert_eq!(forge(), "forge='forgejo'");
    // Whoever says what it is is believed.
    machine
        .wire_gitea(&["--forge", "gitea"])
        .assert_done(&["Forgejo 11.0.1"]);
    assert_eq!(forge(), "forge='gitea'");
}

/// Only root can try what another account may do.
#[test]
fn the_account_that_runs_git_must_be_able_to_use_it() {
    let machine = Machine::new();
    let scratch = machine.folder.parent().expect("it is in one");
    let is_root = fs::metadata(scratch).expect("it is there").uid() == 0;
    if !is_root {
        println!("skipped: only root can act as another account");
        return;
    }
    let repository = machine.repository("web.git");
    Run::of(
        hermetic("chown", &machine.folder)
            .args(["-R", "nobody"])
            .arg(&repository),
    )
    .assert_done(&[]);
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is ours");
    };
    let before = snapshot(&machine.folder);
    let refused = || {
        machine
            .wire(&repository, &[])
            .assert_failed(1, "the account nobody, which runs git, cannot read");
        assert_eq!(
            snapshot(&machine.folder).into_keys().collect::<Vec<_>>(),
            before.keys().cloned().collect::<Vec<_>>()
        );
    };
    mode(&machine.folder, 0o755);
    mode(scratch, 0o700);
    refused();
    mode(scratch, 0o755);
    mode(&machine.policy(), 0o600);
    refused();
    mode(&machine.policy(), 0o644);
    let state = machine.folder.join("state");
    fs::create_dir(&state).expect("a folder can be made");
    let options = ["--state-dir", &state.display().to_string()];
    machine
        .wire(&repository, &options)
        .assert_failed(1, "cannot write into");
    mode(&state, 0o777);
    machine.wire(&repository, &options).assert_done(&["wrote"]);
    mode(&machine.folder.join("usr"), 0o700);
    machine
        .wire(&repository, &options)
        .assert_failed(1, "cannot run");
}
