//! Where packages, containers and builds from source keep their repositories, and which of it the installer is given.

use std::fs;
use std::path::PathBuf;

use super::machine::Machine;
use crate::support::gitea::write_gitea_hooks;

/// Makes a repository of Gitea below `root`; says where its hook is to be.
fn gitea(machine: &Machine, root: &str) -> PathBuf {
    let repository = machine.repository(&format!("{root}/alice/web.git"));
    write_gitea_hooks(&repository);
    repository.join("hooks/pre-receive.d/50-portcullis")
}

#[test]
fn gitea_and_forgejo_are_found_where_they_put_themselves() {
    for (layout, root, given) in [
        ("the container", "data/git/repositories", "data"),
        (
            "the container without root",
            "var/lib/gitea/git/repositories",
            "var/lib/gitea",
        ),
        (
            "the program, as documented",
            "var/lib/gitea/data/gitea-repositories",
            "var/lib/gitea",
        ),
        (
            "a Debian package of Forgejo",
            "var/lib/forgejo/data/forgejo-repositories",
            "var/lib/forgejo",
        ),
        (
            "from source",
            "home/git/gitea-repositories",
            "home/git/gitea-repositories",
        ),
    ] {
        let machine = Machine::new();
        let hook = gitea(&machine, root);
        let given = machine.folder.join(given);
        let said = machine.install_on("--gitea", &given, &[]);
        said.assert_done(&["repositories below ", ": 1"]);
        assert!(hook.is_file(), "{layout}: {}", said.stdout);
    }
}

#[test]
fn app_ini_says_where_they_are_in_several_ways() {
    let machine = Machine::new();
    let hook = gitea(&machine, "work/data/gitea-repositories");
    let work = machine.folder.join("work");
    let ini = machine.folder.join("app.ini");
    let work = work.display();
    for text in [
        format!("WORK_PATH = {work}\n[repository]\nDEFAULT_BRANCH = main\n"),
        format!("[server]\nAPP_DATA_PATH={work}/data\nROOT = /nowhere\n"),
        format!("WORK_PATH={work}\n[server]\nAPP_DATA_PATH = data\n"),
        format!("WORK_PATH = {work}\n[repository]\n  ROOT = data/gitea-repositories\n"),
        format!(
            "; ROOT = /nowhere\n[ui]\nROOT = /nowhere\n[repository]\nROOT={work}/data/gitea-repositories\n"
        ),
    ] {
        fs::write(&ini, &text).expect("a file can be written");
        let said = machine.install_on("--gitea", &ini, &[]);
        said.assert_done(&["data/gitea-repositories: 1"]);
        assert!(hook.is_file(), "{text}");
        machine
            .install_on("--gitea", &ini, &["--uninstall"])
            .assert_done(&["removed"]);
    }
    fs::write(&ini, "[repository]\nROOT = data\n").expect("a file can be written");
    machine
        .install_on("--gitea", &ini, &[])
        .assert_failed(1, "no full path");
    fs::write(&ini, "[repository]\nROOT = /nowhere/at/all\n").expect("a file can be written");
    machine
        .install_on("--gitea", &ini, &[])
        .assert_failed(1, "which is not there");
}

#[test]
fn gitaly_is_found_where_it_puts_itself() {
    for (config, given) in [
        // The Linux package, and the container that is made of it.
        ("var/opt/gitlab/gitaly/config.toml", "var/opt/gitlab"),
        ("var/opt/gitlab/gitaly/config.toml", "var/opt/gitlab/gitaly"),
        // From source.
        ("home/git/gitaly/config.toml", "home/git"),
        ("home/git/gitaly/config.toml", "home/git/gitaly/config.toml"),
    ] {
        let machine = Machine::new();
        let hooks = machine.folder.join("hooks for all");
        let config = machine.folder.join(config);
        fs::create_dir_all(config.parent().expect("it has one")).expect("a folder can be made");
        fs::create_dir(&hooks).expect("a folder can be made");
        let text = format!("[hooks]\ncustom_hooks_dir = \"{}\"\n", hooks.display());
        fs::write(&config, text).expect("a file can be written");
        machine
            .install_on("--gitlab", &machine.folder.join(given), &[])
            .assert_done(&["wrote"]);
        assert!(
            hooks.join("pre-receive.d/50-portcullis").is_file(),
            "{given}"
        );
    }
}
