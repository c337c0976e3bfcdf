//! `--gitea`: every repository of Gitea or Forgejo, and the ones to come, on a data directory as these make it.

use super::machine::{Machine, assert_guarded, clone_of};
use crate::support::gitea::write_gitea_hooks;
use crate::support::{Git, WorkingClone, snapshot};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// One with its wiki.
const REPOSITORIES: [&str; 2] = ["alice/web.git", "alice/web.wiki.git"];

#[test]
fn wires_every_repository() {
    let machine = Machine::new();
    let root = gitea(&machine);
    machine
        .wire_gitea(&[])
        .assert_done(&["data/git/repositories: 2", "bin/portcullis"]);
    for name in REPOSITORIES {
        assert_eq!(hooks_in(&root.join(name)), ["50-portcullis", "gitea"]);
    }
    assert_guarded(&clone_through_gitea(&root.join("alice/web.git")));

    let wired = snapshot(&machine.folder);
    machine.wire_gitea(&[]).assert_done(&["already up to date"]);
    assert_eq!(snapshot(&machine.folder), wired);

    let ini = machine.folder.join("app.ini");
    let text = |root: &str| {
        format!("APP_NAME = x\n[repository]\nROOT = {root}\n[repository.upload]\nTEMP_PATH = y\n")
    };
    fs::write(&ini, text("data")).expect("a file can be written");
    machine
        .install_on("--gitea", &ini, &[])
        .assert_failed(1, "has no full path");
    fs::write(&ini, text(&root.to_string_lossy())).expect("a file can be written");
    machine
        .install_on("--gitea", &ini, &[])
        .assert_done(&["already up to date", "data/git/repositories: 2"]);
}

#[test]
fn wires_the_repositories_to_come() {
    let machine = Machine::new();
    let root = gitea(&machine);
    machine
        .wire_gitea(&[])
        .assert_done(&["[git.config]", "init.templateDir = "]);

    // Gitea makes a repository by `git init` with the template directory, and then adds its own hooks.
    let template = machine.folder.join("data/git/portcullis-template");
    let git = Git::at(&root).env("GIT_TEMPLATE_DIR", &template);
    git.run(["init", "--quiet", "--bare", "-b", "main", "alice/new.git"]);
    write_gitea_hooks(&root.join("alice/new.git"));
    assert_guarded(&clone_through_gitea(&root.join("alice/new.git")));
}

#[test]
fn uninstalls_without_a_trace() {
    let machine = Machine::new();
    let root = gitea(&machine);
    let before = snapshot(&machine.folder.join("data"));
    machine.wire_gitea(&[]).assert_done(&[]);
    machine
        .wire_gitea(&["--uninstall"])
        .assert_done(&["removed", "init.templateDir"]);
    assert_eq!(snapshot(&machine.folder.join("data")), before);
    assert_eq!(hooks_in(&root.join("alice/web.git")), ["gitea"]);
}

#[test]
fn a_dry_run_for_gitea_changes_nothing() {
    let machine = Machine::new();
    gitea(&machine);
    let before = snapshot(&machine.folder);
    machine
        .wire_gitea(&["--dry-run"])
        .assert_done(&["would write"]);
    assert_eq!(snapshot(&machine.folder), before);
}

#[test]
fn says_when_gitea_does_not_start_the_hook() {
    let machine = Machine::new();
    let root = gitea(&machine);
    fs::remove_file(root.join("alice/web.git/hooks/pre-receive")).expect("it is there");
    machine
        .wire_gitea(&[])
        .assert_failed(1, "gitea admin regenerate hooks");
}

/// A data directory as in Gitea's container; says where the repositories are.
fn gitea(machine: &Machine) -> PathBuf {
    let root = "data/git/repositories";
    for name in REPOSITORIES {
        write_gitea_hooks(&machine.repository(&format!("{root}/{name}")));
    }
    machine.folder.join(root)
}

/// A clone whose pushes set what Gitea's ssh and web servers set for receive-pack.
fn clone_through_gitea(repository: &Path) -> WorkingClone {
    clone_of(repository)
        .env("GITEA_PUSHER_NAME", "alice")
        .env("GITEA_REPO_USER_NAME", "alice")
        .env("GITEA_REPO_NAME", "web")
}

/// The names of what a repository's dispatcher starts.
fn hooks_in(repository: &Path) -> Vec<String> {
    let folder = fs::read_dir(repository.join("hooks/pre-receive.d")).expect("the folder is there");
    let names = folder.map(|entry| entry.expect("it can be read").file_name());
    let mut names: Vec<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
