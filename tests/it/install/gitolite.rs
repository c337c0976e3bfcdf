//! `--gitolite`: the common hooks of a real gitolite, which links them into its repositories, those to come included.

use super::machine::Machine;
use crate::support::{Run, hermetic, snapshot};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A gitolite without any key, whose repositories are made by its own programs; `None` where it is not installed.
fn gitolite(machine: &Machine) -> Option<PathBuf> {
    // gitolite itself takes no quotes in its home.
    let home = machine
        .folder
        .parent()
        .expect("it is in a scratch folder")
        .join("git");
    fs::create_dir(&home).expect("a folder can be made");
    if Command::new("gitolite").arg("--version").output().is_err() {
        println!("skipped: gitolite3 is not installed");
        return None;
    }
    let mut gitolite = hermetic("gitolite", &home);
    Run::of(gitolite.args(["setup", "-a", "admin"])).assert(0, &[]);
    Some(home)
}

fn wire(machine: &Machine, home: &Path, options: &[&str]) -> Run {
    machine.install_on("--gitolite", home, options)
}

#[test]
fn wires_the_common_hook() {
    let machine = Machine::new();
    let Some(home) = gitolite(&machine) else {
        return;
    };
    // Beside these, gitolite keeps a log.
    let state = || ["repositories", ".gitolite/hooks"].map(|folder| snapshot(&home.join(folder)));
    let before = state();
    wire(&machine, &home, &["--dry-run"]).assert_done(&["would write", "would run gitolite setup"]);
    assert!(state() == before);

    wire(&machine, &home, &[]).assert_done(&["wrote"]);
    let hook = home.join(".gitolite/hooks/common/pre-receive");
    let script = fs::read_to_string(&hook).expect("it was written");
    assert!(script.contains("forge='gitolite'"), "{script}");
    let link = home.join("repositories/testing.git/hooks/pre-receive");
    assert_eq!(fs::read_link(&link).expect("gitolite has linked it"), hook);
    wire(&machine, &home, &[]).assert_done(&["already up to date"]);

    wire(&machine, &home, &["--uninstall"]).assert_done(&["removed"]);
    assert!(fs::symlink_metadata(&link).is_err());
    assert!(state() == before);
}

#[test]
fn wires_the_hook_in_local_code() {
    let machine = Machine::new();
    let Some(home) = gitolite(&machine) else {
        return;
    };
    let rc = home.join(".gitolite.rc");
    let text = fs::read_to_string(&rc).expect("gitolite has written it");
    let line = "LOCAL_CODE => \"$ENV{HOME}/local\",\n";
    let (start, end) = text.split_once("%RC = (\n").expect("it has settings");
    fs::write(&rc, format!("{start}%RC = (\n{line}{end}")).expect("it can be written");
    wire(&machine, &home, &[]).assert_done(&["wrote"]);
    let hook = home.join("local/hooks/common/pre-receive");
    let link = home.join("repositories/testing.git/hooks/pre-receive");
    assert_eq!(fs::read_link(link).expect("gitolite has linked it"), hook);
}
