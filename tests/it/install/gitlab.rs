//! `--gitlab`: the folder from which Gitaly calls hooks for all repositories, and the one of a single repository.

use super::machine::Machine;
use crate::support::{portcullis, snapshot};
use std::fs;

#[test]
fn wires_the_hooks_of_all_repositories() {
    let machine = Machine::new();
    let gitaly = machine.folder.join("gitaly");
    let hooks = machine.folder.join("custom hooks");
    fs::create_dir_all(&gitaly).expect("a folder can be made");
    fs::create_dir_all(&hooks).expect("a folder can be made");
    fs::write(gitaly.join("config.toml"), "[hooks]\n").expect("a file can be written");
    machine
        .install_on("--gitlab", &gitaly, &[])
        .assert_failed(1, "names no custom_hooks_dir");
    let config = format!(
        "[git]\nbin_path = \"\"\n[hooks]\ncustom_hooks_dir = \"{}\"\n",
        hooks.display()
    );
    // The folder has quotes in its name, as no TOML has them unescaped; Gitaly's has none.
    fs::write(gitaly.join("config.toml"), config).expect("a file can be written");
    let before = snapshot(&machine.folder);
    machine
        .install_on("--gitlab", &gitaly, &["--dry-run"])
        .assert_done(&["would write"]);
    assert_eq!(snapshot(&machine.folder), before);

    machine
        .install_on("--gitlab", &gitaly, &[])
        .assert_done(&["wrote", "on each node"]);
    let hook = hooks.join("pre-receive.d/50-portcullis");
    let script = fs::read_to_string(&hook).expect("it was written");
    assert!(script.contains("forge='gitlab'"), "{script}");
    // The folder itself may be given too, and nothing is left to do.
    machine
        .install_on("--gitlab", &hooks, &[])
        .assert_done(&["already up to date"]);
    machine.repository("@hashed/aa/bb.git");
    let said = doctor(
        &machine,
        &["--repo", "@hashed/aa/bb.git", "--hooks", "custom hooks"],
    );
    assert!(!said.contains("error: hook"), "{said}");
    assert!(!said.contains("identity"), "{said}");

    fs::remove_dir_all(machine.folder.join("@hashed")).expect("it was made");
    machine
        .install_on("--gitlab", &gitaly, &["--uninstall", "--remove-binary"])
        .assert_done(&["removed"]);
    let _ = fs::remove_dir_all(machine.folder.join("usr"));
    assert_eq!(snapshot(&machine.folder), before);
}

#[test]
fn wires_what_gitaly_calls_of_one_repository() {
    let machine = Machine::new();
    let repository = machine.repository("@hashed/aa/bb.git");
    let before = snapshot(&repository);
    machine
        .wire(&repository, &["--forge", "gitlab"])
        .assert_done(&["custom_hooks/pre-receive.d/50-portcullis"]);
    let said = doctor(&machine, &["--repo", "@hashed/aa/bb.git"]);
    assert!(!said.contains("error: hook"), "{said}");
    machine
        .wire(&repository, &["--uninstall"])
        .assert_done(&["removed"]);
    assert_eq!(snapshot(&repository), before);
}

fn doctor(machine: &Machine, arguments: &[&str]) -> String {
    let doctor = ["doctor", "--policy", "policy.yml"];
    portcullis(&machine.folder, [&doctor, arguments].concat()).stdout
}
