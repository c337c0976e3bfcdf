//! Commits that git reads in one way and a gate may read in another.

use super::{Scene, TICKET, TICKETS};

/// git reads no parent behind a line that is none: the history would end here.
#[test]
fn a6_a_commit_that_hides_its_parent() {
    let scene = Scene::new();
    let (tree, main) = (scene.git(["rev-parse", "HEAD^{tree}"]), scene.clone.head());
    let people = "author A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n";
    for header in [
        format!("foo bar\nparent {main}\n{people}"),
        format!("{people}parent {main}\n"),
        format!("parent  {main}\n{people}"),
    ] {
        let text = format!("tree {tree}\n{header}\nHide\n\n{TICKET}\n");
        let commit = scene.server.git().object("commit", text.as_bytes());
        let run = scene.fed(&[(&main, &commit, "refs/heads/main")]);
        assert_eq!(run.code, Some(1), "{run:?}");
    }
}

#[test]
fn a6_ids_in_capitals_are_ids() {
    let scene = Scene::new();
    scene.branch("topic", "main");
    let evil = scene.evil();
    let good = scene.git(["rev-parse", "main^{tree}"]);
    let commit = scene
        .clone
        .git()
        .raw_commit(&good, &[&evil.to_uppercase()], "Hide\n");
    scene.refused(
        &[&format!("{commit}:main")],
        &["payments-ticket", "Tidy up"],
    );
}

#[test]
fn c5_a_trailer_that_nobody_would_see() {
    let scene = Scene::new();
    scene.evil();
    let tree = scene.git(["rev-parse", "HEAD^{tree}"]);
    let parent = scene.git(["rev-parse", "HEAD~1"]);
    for message in [
        format!("Tidy up\n\0\n\n{TICKET}\n"),
        format!("{TICKET}\n"),
        format!("Tidy up\n\n{TICKET}\n\nNo, really.\n"),
        format!("Tidy up\n\n> {TICKET}\n"),
        "Tidy up\n\nChange-Ticket:\n".to_owned(),
        "Tidy up\n\nChange-Ticket: PAY-7 or so\n".to_owned(),
    ] {
        let commit = scene.clone.git().raw_commit(&tree, &[&parent], &message);
        scene.refused(
            &["--force", &format!("{commit}:main")],
            &["payments-ticket"],
        );
    }
    let commit = scene
        .clone
        .git()
        .raw_commit(&tree, &[&parent], &format!("Tidy up\n\n{TICKET}\n"));
    scene.accepted(&["--force", &format!("{commit}:main")]);
}

#[test]
fn d_commits_without_a_readable_author_are_no_ones() {
    let scene = Scene::new();
    scene.evil();
    let tree = scene.git(["rev-parse", "HEAD^{tree}"]);
    let parent = scene.git(["rev-parse", "HEAD~1"]);
    for people in [
        "author\ncommitter A <a@b> 1 +0000\n",
        "author A <a@b> 1 +0000\n",
        "author A a@b 1 +0000\ncommitter A <a@b> 1 +0000\n",
    ] {
        let text = format!("tree {tree}\nparent {parent}\n{people}\n{TICKET}\n");
        let commit = scene.clone.git().object("commit", text.as_bytes());
        scene.refused(&["--force", &format!("{commit}:main")], &["malformed"]);
    }
}

/// Dates are claims. One that lies must neither hide a commit nor make one of a stranger's look new.
#[test]
fn b5_dates_that_lie() {
    for date in ["@1 +0000", "@4102444800 +0000"] {
        let mut scene = Scene::under(TICKETS);
        scene.clone = scene.clone.env("GIT_COMMITTER_DATE", date);
        scene.branch("topic", "main").evil();
        for _ in 0..3 {
            scene.clone.commit("Nothing");
        }
        scene.refused(&["topic:main"], &["payments-ticket"]);
        scene.branch("honest", "main").ticketed();
        scene.clone.commit("Nothing");
        scene.accepted(&["honest:main"]);
        scene.accepted(&["honest:release/1"]);
        scene.git(["checkout", "--quiet", "--detach", "honest~1"]);
        scene.harmless();
        scene.git(["merge", "--quiet", "--no-edit", "honest"]);
        scene.accepted(&["HEAD:refs/heads/release/2", "HEAD:main"]);
    }
}
