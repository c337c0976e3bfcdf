//! `--repo --forge auto`: the kind of server, by what it keeps in its repositories.

use std::fs;

use super::machine::{Machine, assert_guarded, clone_of};
use crate::support::gitea::write_gitea_hooks;
use crate::support::{portcullis, snapshot};

#[test]
fn the_kind_is_written_down_where_the_repository_shows_it() {
    let machine = Machine::new();
    let gitea = machine.repository("data/shop/web.git");
    write_gitea_hooks(&gitea);
    let gitolite = machine.repository("repositories/web.git");
    fs::write(gitolite.join("gl-conf"), "").expect("a file can be written");
    let gitlab = machine.repository("@hashed/aa/bb/cc.git");
    let plain = machine.repository("plain.git");
    for (repository, kind, hook) in [
        (&gitea, "gitea", "hooks/pre-receive.d/50-portcullis"),
        (&gitolite, "gitolite", "hooks/pre-receive"),
        (
            &gitlab,
            "gitlab",
            "custom_hooks/pre-receive.d/50-portcullis",
        ),
        (&plain, "auto", "hooks/pre-receive"),
    ] {
        let before = snapshot(repository);
        let said = if kind == "auto" {
            "no forge has made this repository".to_owned()
        } else {
            format!("this is a repository of {kind}")
        };
        machine
            .wire(repository, &["--forge", "auto"])
            .assert_done(&[&said]);
        let script = fs::read_to_string(repository.join(hook)).expect("it was written");
        assert!(script.contains(&format!("forge='{kind}'")), "{script}");
        let doctor = ["doctor", "--policy", "policy.yml", "--repo"];
        let name = repository.display().to_string();
        let run = portcullis(&machine.folder, [&doctor[..], &[&name]].concat());
        assert!(!run.stdout.contains("error: identity"), "{}", run.stdout);
        machine
            .wire(repository, &["--uninstall"])
            .assert_done(&["removed"]);
        assert_eq!(snapshot(repository), before);
    }
    machine
        .wire(&plain, &["--forge", "auto"])
        .assert_done(&["wrote"]);
    assert_guarded(&clone_of(&plain));
}
