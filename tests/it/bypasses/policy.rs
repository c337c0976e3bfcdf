//! C2, C3: a policy that does not parse leaves the last good one in force; where there is none, or no file at all, nothing
//! passes, and it is said that it is not the pusher's fault.

use super::{Scene, ZERO};
use crate::support::Server;
use std::{fs, os::unix::fs::PermissionsExt, process::Command, time::Duration};

const NOT_YOURS: &str = "the gate failed, not your change";

/// Policies that do not parse, each in its own way.
fn broken() -> Vec<Vec<u8>> {
    let bomb = "version: 1\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n";
    let texts = [
        "",
        "{",
        "version: 2\n",
        "version: 1\nrulez: []\n",
        "version: 1\nversion: 1\n",
        "version: 1\nrules:\n  - { id: x, refs: [main], paths: [a], require: { trailers: [{ key: A, value: '(' }] } }\n",
        "version: 1\nrules: []\n\0",
        bomb,
        &format!("version: 1\nrules: {}\n", "[".repeat(1_000)),
        &format!("version: 1\n{}", "# long\n".repeat(1_000_000)),
    ];
    let mut policies: Vec<_> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    policies.push(b"version: 1\n# \xff\n".to_vec());
    policies
}

const STANDS_IN: &[&str] = &["warning: the policy of this server is wrong", "SHA-256"];

#[test]
fn c2_a_policy_that_is_broken_leaves_the_last_good_one_in_force() {
    let scene = Scene::new();
    for (number, policy) in broken().into_iter().enumerate() {
        fs::write(scene.server.policy(), policy).expect("a file can be written");
        scene.branch(&format!("evil/{number}"), "main").evil();
        let evil = format!("evil/{number}:main");
        let push = scene.clone.push([evil.as_str()]).in_one_line();
        push.assert_refused(STANDS_IN);
        push.assert_refused(&["payments-ticket", "portcullis check"]);
        scene.checkout("main");
        scene.clone.commit("Nothing that a rule is about");
        // An accepted push is told as well.
        let push = scene.clone.push_main().in_one_line();
        assert!(push.accepted, "{}", push.stderr);
        for word in STANDS_IN {
            assert!(push.remote.contains(word), "{}", push.stderr);
        }
    }
    scene.server.set_policy(super::POLICY);
    scene.checkout("main").harmless();
    scene.accepted(&["main"]);
}

#[test]
fn c2_a_policy_that_is_broken_and_was_never_right() {
    let scene = Scene::new();
    scene.harmless();
    fs::remove_dir_all(scene.server.state_dir()).expect("it is there");
    for policy in broken() {
        fs::write(scene.server.policy(), policy).expect("a file can be written");
        scene.refused(&["main"], &[NOT_YOURS]);
        scene
            .fed(&[(ZERO, ZERO, "refs/heads/x")])
            .assert(2, &[NOT_YOURS]);
    }
    scene.server.set_policy(super::POLICY);
    scene.accepted(&["main"]);
}

/// The copy is what was right last, not what was right once, and nobody can change it unseen.
#[test]
fn c3_an_older_policy_does_not_come_back() {
    let scene = Scene::under("version: 1\nrules: []\n");
    scene.server.set_policy(super::POLICY);
    scene.harmless();
    scene.accepted(&["main"]);
    scene.server.set_policy("{");
    scene.evil();
    scene.refused(&["main"], &["payments-ticket"]);

    let folder = scene.server.state_dir().join("policies");
    let copies = fs::read_dir(folder).expect("it is there");
    let copy = copies.last().expect("one").expect("readable").path();
    let text = fs::read_to_string(&copy).expect("it can be read");
    for forged in [
        text.replace("PAY-[0-9]+", ".*"),
        text.split_once('\n').expect("two lines").1.to_owned(),
        text[..text.len() - 1].to_owned(),
        String::new(),
    ] {
        fs::write(&copy, forged).expect("it can be written");
        scene.refused(&["main"], &[NOT_YOURS]);
    }
    fs::write(&copy, text).expect("it can be written");
    scene.refused(&["main"], &["payments-ticket"]);
}

/// Each policy file has its own last good one.
#[test]
fn c3_a_policy_is_not_stood_in_for_by_another() {
    let scene = Scene::new();
    scene.harmless();
    let other = scene.server.folder().join("other");
    fs::create_dir(&other).expect("a folder can be made");
    let other = other.join("policy.yml");
    fs::write(&other, "version: 1\nrules: []\n").expect("a file can be written");
    let hook = scene.server.repository().join("hooks/pre-receive");
    let script = fs::read_to_string(&hook).expect("it is there");
    let policy = scene.server.policy().display().to_string();
    fs::write(&hook, script.replace(&policy, &other.display().to_string())).expect("written");
    scene.clone.commit("Under the other policy");
    scene.accepted(&["main"]);
    fs::write(&hook, script).expect("written");
    scene.server.set_policy("{");
    scene.evil();
    scene.refused(&["main"], &["payments-ticket"]);
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
    assert!(run.took < Duration::from_mins(1), "{:?}", run.took);
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
