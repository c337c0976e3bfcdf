//! Wrong usage is told from what could not be done.

use super::machine::Machine;

#[test]
fn wrong_usage_is_said_with_exit_code_2() {
    let machine = Machine::new();
    machine.install(&[]).assert_failed(2, "choose one of");
    machine
        .install(&["--demo", "--repo", "x"])
        .assert_failed(2, "choose one of");
    machine
        .install(&["--demo", "--dry-run"])
        .assert_failed(2, "knows neither");
    machine
        .install(&["--repo"])
        .assert_failed(2, "--repo needs a value");
    machine
        .install(&["--repo", "x", "--forge", "cvs"])
        .assert_failed(2, "unknown --forge cvs");
    machine
        .install(&["--gitea", "x", "--forge", "ssh"])
        .assert_failed(2, "--gitea goes with");
    machine
        .install(&["--gitolite", "x", "--forge", "ssh"])
        .assert_failed(2, "--gitolite goes with --forge gitolite");
    machine
        .install(&["--gitlab", "x", "--push-options"])
        .assert_failed(2, "--push-options goes with --repo");
    machine
        .install(&["--gitlab", "no such place", "--policy", "x"])
        .assert_failed(1, "there is no Gitaly at");
    machine
        .install(&["--gitolite", "no such place"])
        .assert_failed(1, ".gitolite.rc: give the home");
    machine
        .install(&["--repo", "x", "--remove-binary"])
        .assert_failed(2, "goes with --uninstall");
    machine
        .install(&["--repo", "x", "--forget"])
        .assert_failed(2, "goes with --uninstall");
    machine
        .install(&["--gitolite", "x", "--forge", "auto"])
        .assert_failed(2, "--gitolite goes with --forge gitolite");
    machine
        .install(&["--frobnicate"])
        .assert_failed(2, "unknown argument");
    machine
        .install(&["--repo=no such place"])
        .assert_failed(1, "is not a git repository");
    machine
        .install(&["--help"])
        .assert_done(&["Usage:", "--dry-run"]);
}
