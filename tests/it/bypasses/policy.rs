//! C2: a policy that cannot be used lets nothing pass, and says that it is not the pusher's fault.

use super::{Scene, ZERO};
use crate::support::Server;
use std::{fs, os::unix::fs::PermissionsExt, process::Command, time::Duration};

const NOT_YOURS: &str = "the gate failed, not your change";

#[test]
fn c2_a_policy_that_is_broken() {
    let scene = Scene::new();
    scene.harmless();
    let bomb = "version: 1\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    let deep = format!("version: 1\nrules: {}\n", "[".repeat(1_000));
    for policy in [
        "",
        "{",
        "version: 2\n",
        "version: 1\nrulez: []\n",
        "version: 1\nversion: 1\n",
        "version: 1\nrules:\n  - { id: x, refs: [main], paths: [a], require: { trailers: [{ key: A, value: '(' }] } }\n",
        "version: 1\nrules: []\n\0",
        bomb,
        &deep,
        &format!("version: 1\n{}", "# long\n".repeat(1_000_000)),
    ] {
        scene.server.set_policy(policy);
        scene.refused(&["main"], &[NOT_YOURS]);
        scene
            .fed(&[(ZERO, ZERO, "refs/heads/x")])
            .assert(2, &[NOT_YOURS]);
    }
    fs::write(scene.server.policy(), b"version: 1\n# \xff\n").expect("a file can be written");
    scene.refused(&["main"], &[NOT_YOURS]);
    scene.server.set_policy(super::POLICY);
    scene.accepted(&["main"]);
}

#[test]
fn c2_a_policy_that_cannot_be_read() {
    let scene = Scene::new();
    scene.harmless();
    let policy = scene.server.policy();
    fs::remove_file(&policy).expect("it was there");
    scene.refused(&["main"], &[NOT_YOURS, "policy.yml cannot be read"]);
    fs::create_dir(&policy).expect("a folder can be made");
    scene.refused(&["main"], &[NOT_YOURS]);
    fs::remove_dir(&policy).expect("it was there");
    std::os::unix::fs::symlink("policy.yml", &policy).expect("a link can be made");
    scene.refused(&["main"], &[NOT_YOURS]);
    fs::remove_file(&policy).expect("it was there");
    scene.server.set_policy(super::POLICY);
    fs::set_permissions(&policy, fs::Permissions::from_mode(0o000)).expect("it is ours");
    // Root reads what nobody may.
    if fs::read(&policy).is_err() {
        scene.refused(&["main"], &[NOT_YOURS]);
    }
}

#[test]
fn c2_a_policy_that_never_ends_is_not_waited_for() {
    let server = Server::new("version: 1\nrules: []\n");
    fs::remove_file(server.policy()).expect("it was there");
    let made = Command::new("mkfifo").arg(server.policy()).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo works");
    let run = server.hook().run("");
    run.assert(3, &[NOT_YOURS, "cannot be read"]);
    assert!(run.took < Duration::from_secs(5), "{:?}", run.took);
    fs::remove_file(server.policy()).expect("it was there");
    std::os::unix::fs::symlink("/dev/zero", server.policy()).expect("a link can be made");
    server.hook().run("").assert(3, &[NOT_YOURS]);
}

#[test]
fn c2_without_any_policy_nothing_passes() {
    let server = Server::new("version: 1\n");
    let clone = server.working_clone();
    clone.commit("Begin");
    fs::remove_file(server.policy()).expect("it was there");
    for refspec in ["main", "main:refs/tags/x", "main:refs/for/main"] {
        clone.push([refspec]).assert_refused(&[NOT_YOURS]);
    }
}
