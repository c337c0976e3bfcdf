//! One ref under a name that nobody wrote into the policy: a reader of short names finds it, a link on the server's disk
//! leads to it, or the disk itself takes two names for one.

use super::super::{Scene, TICKETS, ZERO};
use super::PAYMENTS;
use std::{fs, os::unix::fs::symlink};

const TAKEN: &[&str] = &["already has this name"];

/// `git fetch origin release/1` takes `refs/release/1` before it thinks of branches (gitrevisions(7)).
#[test]
fn a8_a2_a_ref_that_git_finds_before_the_branch() {
    let scene = Scene::new();
    scene.accepted(&["main:release/1", "main:refs/tags/v/1"]);
    scene.branch("topic", "main").evil();
    for twin in [
        "refs/release/1",
        "refs/Release/1",
        "refs/v/1",
        "refs/refs/heads/main",
    ] {
        scene.refused(&[&format!("topic:{twin}")], TAKEN);
    }
    // Whichever comes first, in one push or in two.
    scene.refused(&["main:release/2", "topic:refs/release/2"], TAKEN);
    scene.accepted(&["topic:refs/release/3", "main:refs/build/1"]);
    scene.refused(&["main:refs/heads/release/3"], TAKEN);
    scene.accepted(&[":refs/release/3"]);
    scene.accepted(&["main:refs/heads/release/3"]);
    // The honest twins: names that no rule is about, and proposals, which nobody fetches by a short name.
    scene.accepted(&[
        "topic:build/1",
        "topic:refs/notes/x",
        "topic:refs/changes/1",
    ]);
    let found = scene.git(["ls-remote", "origin", "release/1"]);
    assert_eq!(found.lines().count(), 1, "{found}");
}

/// git writes `refs/heads/stable/1` where the link leads.
#[test]
fn a9_a_folder_of_refs_behind_a_link() {
    let scene = Scene::new();
    scene.accepted(&["main:release/1"]);
    let heads = scene.server.repository().join("refs/heads");
    symlink("release", heads.join("stable")).expect("made");
    symlink("stable", heads.join("again")).expect("made");
    let main = scene.clone.head();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    for alias in ["stable/1", "again/1"] {
        let update = [(&*main, &*evil, &*format!("refs/heads/{alias}"))];
        scene.fed(&update).assert(1, PAYMENTS);
        let update = [(&*main, ZERO, &*format!("refs/heads/{alias}"))];
        scene.fed(&update).assert(1, &["history-stays"]);
    }
    scene.refused(&["topic:stable/2"], PAYMENTS);
    scene.refused(&["topic:refs/heads/again/new/3"], PAYMENTS);
    // The honest twins: what may be released may be so under the other name, and a link may lead elsewhere.
    scene.accepted(&["main:stable/2"]);
    assert_eq!(scene.server.tip("refs/heads/release/2"), Some(main));
    fs::create_dir(heads.join("build")).expect("made");
    symlink("build", heads.join("made")).expect("made");
    scene.accepted(&["topic:made/1"]);
    assert_eq!(scene.server.tip("refs/heads/build/1"), Some(evil));
}

/// Only where the temporary folder is on such a disk.
#[test]
fn a8_b12_other_letters_on_a_disk_that_ignores_case() {
    let scene = Scene::under(TICKETS);
    let repository = scene.server.repository();
    if !repository.join("head").exists() {
        return;
    }
    let main = scene.clone.head();
    scene.branch("topic", "main");
    let evil = scene.evil();
    // Such disks keep files for a while that git has removed, so what is left is not looked at.
    let refused = |update: &str| {
        let push = scene.clone.push([update]).in_one_line();
        push.assert_refused(TAKEN);
    };
    // Before there is any release.
    refused("topic:Release/1");
    scene.accepted(&["topic", "main:release/1"]);
    for name in ["Main", "RELEASE/1", "Release/9", "reLease/1/x"] {
        for old in [ZERO, &main] {
            let name = format!("refs/heads/{name}");
            scene.fed(&[(old, &evil, &name)]).assert(1, TAKEN);
            scene.fed(&[(&main, ZERO, &name)]).assert(1, TAKEN);
        }
    }
    refused("topic:Release/9");
    scene.accepted(&["main:release/9", "topic:Topics/1", "topic:topics/2"]);
    scene.checkout("main").ticketed();
    scene.accepted(&["main", "main:release/1"]);
}
