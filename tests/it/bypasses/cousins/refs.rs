//! Names that lead elsewhere, met by names that look like others.

use super::super::{POLICY, Scene, TICKET, TICKETS, ZERO};
use super::PAYMENTS;
use crate::support::{Git, ObjectFormat, Setup};
use std::{fs, os::unix::fs::symlink};

fn symbolic(scene: &Scene, name: &str, target: &str) {
    scene.server.git().run(["symbolic-ref", name, target]);
}

/// The file of a ref, with its folder.
fn file(scene: &Scene, name: &str) -> std::path::PathBuf {
    let file = scene.server.repository().join(name);
    fs::create_dir_all(file.parent().expect("it is in a folder")).expect("made");
    file
}

#[test]
fn a9_a8_an_alias_makes_a_twin() {
    let scene = Scene::new();
    symbolic(&scene, "refs/heads/alias", "refs/heads/MAIN");
    symbolic(&scene, "refs/heads/label", "refs/tags/main");
    scene.refused(&["main:alias"], &["already has this name"]);
    scene.refused(&["main:label"], &["already has this name"]);
    symbolic(&scene, "refs/heads/other", "refs/heads/another");
    scene.accepted(&["main:other"]);
}

/// `core.preferSymlinkRefs`: git follows a link in the file system as it follows `ref: `.
#[test]
fn a9_an_alias_that_is_a_link_in_the_file_system() {
    let scene = Scene::new();
    symlink("refs/heads/main", file(&scene, "refs/heads/alias")).expect("made");
    symlink("refs/heads/lane", file(&scene, "refs/heads/release/now")).expect("made");
    let main = scene.clone.head();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    // git does not announce such an alias, and yet moves main for a client that knows of it.
    scene
        .fed(&[(&main, &evil, "refs/heads/alias")])
        .assert(1, PAYMENTS);
    scene.refused(&["topic:lane"], PAYMENTS);
    scene
        .fed(&[(ZERO, &evil, "refs/heads/release/now")])
        .assert(1, PAYMENTS);
    scene.accepted(&["main:lane"]);
    scene.checkout("main");
    let good = scene.ticketed();
    scene.accepted(&["main:honest"]);
    scene
        .fed(&[(&main, &good, "refs/heads/alias")])
        .assert(0, &[]);
}

/// git skips any blanks after `ref:`, and needs none.
#[test]
fn a9_an_alias_in_another_spelling() {
    for spelling in [
        "ref:refs/heads/lane",
        "ref:\trefs/heads/lane\n\n",
        "ref:  refs/heads/lane \n",
    ] {
        let scene = Scene::new();
        fs::write(file(&scene, "refs/heads/release/now"), spelling).expect("written");
        scene.branch("topic", "main").evil();
        scene.refused(&["topic:lane"], PAYMENTS);
        scene.refused(&["topic:release/now"], PAYMENTS);
        scene.accepted(&["main:lane"]);
    }
}

#[test]
fn a9_a5_one_alias_deletes_what_another_creates() {
    let scene = Scene::new();
    symbolic(&scene, "refs/heads/one", "refs/heads/release/1");
    symbolic(&scene, "refs/heads/two", "refs/heads/release/1");
    scene.accepted(&["main:release/1"]);
    scene.branch("topic", "main").evil();
    scene.refused(
        &[":one", "topic:two"],
        &["history-stays", "payments-ticket"],
    );
    let (old, new) = (scene.git(["rev-parse", "main"]), scene.clone.head());
    scene.accepted(&["topic"]);
    scene
        .fed(&[
            (&old, ZERO, "refs/heads/one"),
            (&old, &new, "refs/heads/two"),
            (&old, ZERO, "refs/heads/release/1"),
        ])
        .assert(1, PAYMENTS);
    scene.checkout("main").ticketed();
    scene.accepted(&["main:one"]);
}

#[test]
fn a9_a7_a_release_tag_behind_a_branch_and_a_branch_behind_a_tag() {
    let scene = Scene::new();
    symbolic(&scene, "refs/heads/newest", "refs/tags/v1");
    symbolic(&scene, "refs/tags/now", "refs/heads/release/1");
    scene.branch("topic", "main").evil();
    scene.git(["tag", "-m", "evil", "evil"]);
    scene.git(["tag", "-m", "good", "good", "main"]);
    scene.refused(&["topic:newest"], PAYMENTS);
    scene.refused(&["evil:refs/tags/now"], &["must lead to a commit"]);
    scene.refused(&["good:refs/tags/now"], &["must lead to a commit"]);
    scene.refused(&["topic:refs/tags/now"], PAYMENTS);
    scene.accepted(&["main:newest"]);
    scene.accepted(&["main:refs/tags/now"]);
}

#[test]
fn a7_a2_a_tag_of_a_tag_that_came_before() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    scene.git(["tag", "-m", "inner", "inner"]);
    scene.accepted(&["inner"]);
    scene.git(["tag", "-m", "outer", "v1", "inner"]);
    scene.refused(&["v1"], PAYMENTS);
    scene.refused(&["inner:refs/tags/v2"], PAYMENTS);
    scene.accepted(&["v1:refs/tags/outer"]);
    scene.refused(
        &["v1:refs/heads/release/1"],
        &["payments-ticket"].map(|_| "must lead to a commit"),
    );
    scene.checkout("main");
    scene.git(["tag", "-m", "honest", "honest"]);
    scene.accepted(&["honest"]);
    scene.git(["tag", "-m", "of honest", "v3", "honest"]);
    scene.accepted(&["v3"]);
}

#[test]
fn a7_b1_a_release_tag_of_what_is_called_like_payments() {
    let scene = Scene::new();
    let git = scene.clone.git();
    let blob = git.run(["rev-parse", "HEAD:services/payments/charge.rs"]);
    let tree = git.run(["rev-parse", "HEAD:services/payments"]);
    for object in [&blob, &tree] {
        scene.refused(
            &[&format!("{object}:refs/tags/v1")],
            &["must lead to a commit"],
        );
        scene.refused(&[&format!("{object}:refs/heads/release/1")], &["commit"]);
        scene.accepted(&[&format!("{object}:refs/tags/{object}")]);
    }
    // A tag object that says it is of a commit, and is of a blob.
    let lie = format!("object {blob}\ntype commit\ntag v2\ntagger A <a@b> 1 +0000\n\nx\n");
    let lie = git.object("tag", lie.as_bytes());
    let push = scene.clone.push([format!("{lie}:refs/tags/v2")]);
    assert!(!push.accepted, "{}", push.stderr);
}

#[test]
fn a14_d5_a_claim_of_nothing_to_do() {
    let scene = Scene::new();
    let main = scene.clone.head();
    // The next commit of someone else, which is not on main yet.
    let next = scene.ticketed();
    scene.accepted(&["main:next"]);
    // By the time git compares, main may be there: then this takes it away again.
    let run = scene.fed(&[(&next, &main, "refs/heads/main")]);
    run.assert(1, &["refs/heads/main"]);
    scene
        .fed(&[(ZERO, &main, "refs/heads/main")])
        .assert(1, &["refs/heads/main"]);
    scene
        .fed(&[(&main, &main, "refs/heads/main")])
        .assert(0, &[]);
}

#[test]
fn a5_a1_without_a_default_branch_nothing_is_trusted() {
    let scene = Scene::under(TICKETS);
    scene
        .server
        .configure("receive.denyDeleteCurrent", "ignore");
    scene.branch("topic", "main").evil();
    scene.accepted(&["topic"]);
    scene.accepted(&[":main"]);
    scene.refused(&["topic:main"], PAYMENTS);
    scene.refused(&["topic:release/1"], PAYMENTS);
    scene.refused(&["topic:main", "topic:release/1"], PAYMENTS);
    scene.accepted(&["main:release/1"]);
    scene.refused(&["topic:main"], PAYMENTS);
    scene.accepted(&["main"]);
}

#[test]
fn a9_a1_head_elsewhere_trusts_what_a_rule_governs_and_nothing_else() {
    let scene = Scene::under(TICKETS);
    scene.branch("topic", "main").evil();
    scene.accepted(&["topic"]);
    let git = scene.server.git();
    git.run(["symbolic-ref", "HEAD", "refs/heads/topic"]);
    scene.refused(&["topic:release/1"], PAYMENTS);
    scene.refused(&["topic:main"], PAYMENTS);
    // A link in the file system, as HEAD was long ago.
    let head = scene.server.repository().join("HEAD");
    fs::remove_file(&head).expect("it is there");
    symlink("refs/heads/topic", &head).expect("made");
    scene.refused(&["topic:release/1"], PAYMENTS);
    fs::remove_file(&head).expect("it is there");
    fs::write(&head, format!("{}\n", scene.clone.head())).expect("written");
    scene.refused(&["topic:release/1"], PAYMENTS);
    scene.accepted(&["main:release/2"]);
}

#[test]
fn a8_names_that_git_uses_itself() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    for parked in [
        "refs/heads/HEAD",
        "refs/heads/FETCH_HEAD",
        "refs/tags/HEAD",
        "refs/heads/-x",
        "refs/heads/@",
        "refs/stash",
        "refs/bisect/bad",
        "refs/worktree/main",
        "refs/rewritten/main",
        "refs/remotes/origin/main",
        "refs/original/refs/heads/main",
        "refs/main-worktree/refs/heads/main",
        "refs/keep-around/1",
    ] {
        // git may refuse some of them; none is a place from which main can be reached.
        let push = scene.clone.push([format!("topic:{parked}")]);
        assert!(!push.remote.contains("portcullis"), "{}", push.stderr);
        scene.refused(&["topic:main"], PAYMENTS);
        scene.refused(&["topic:release/1"], PAYMENTS);
    }
    for none in [
        "refs/heads/main.lock",
        "refs/heads/main/",
        "refs/heads/.main",
        "refs/heads/a..b",
        "refs/heads/main@{0}",
    ] {
        let new = scene.clone.head();
        let run = scene.fed(&[(ZERO, &new, none)]);
        run.assert(1, &["no valid ref name"]);
    }
    scene.checkout("main").ticketed();
    scene.accepted(&["main"]);
}

#[test]
fn a8_d7_names_as_long_as_can_be() {
    let scene = Scene::new();
    let main = scene.clone.head();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    let long = |start: &str, length: usize| {
        let mut name = start.to_owned();
        while name.len() < length {
            name.push_str(if name.len() % 200 == 199 { "/x" } else { "x" });
        }
        name.truncate(length);
        name
    };
    let governed = long("refs/heads/release/1", 3_500);
    scene.fed(&[(ZERO, &evil, &governed)]).assert(1, PAYMENTS);
    scene.fed(&[(ZERO, &main, &governed)]).assert(0, &[]);
    scene
        .fed(&[(ZERO, &main, &long("refs/heads/release/1", 3_501))])
        .assert(1, &["too long"]);
}

#[test]
fn a8_a_name_below_a_protected_one() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    // git can have no file within a file; whoever empties the place first is told of the deletion.
    let push = scene.clone.push(["topic:refs/heads/main/x"]);
    assert!(!push.accepted, "{}", push.stderr);
    scene.refused(&[":main", "topic:refs/heads/main/x"], &["history-stays"]);
    scene.refused(&[":main", "topic:refs/heads/Main"], &["history-stays"]);
}

#[test]
fn a8_b12_twins_in_letters_that_cannot_be_seen() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    for twin in [
        "refs/heads/ma\u{200c}in",
        "refs/heads/\u{feff}main",
        "refs/tags/MAI\u{200d}N",
    ] {
        let main = scene.git(["rev-parse", "main"]);
        scene
            .fed(&[(ZERO, &main, twin)])
            .assert(1, &["already has this name"]);
    }
    scene.accepted(&["main:refs/heads/m\u{e4}in"]);
}

#[test]
fn a9_d8_aliases_and_long_ids_and_packed_refs() {
    let scene = Scene::with(&Setup {
        policy: POLICY,
        object_format: ObjectFormat::Sha256,
        ..Setup::default()
    });
    symbolic(&scene, "refs/heads/alias", "refs/heads/main");
    scene.server.git().run(["pack-refs", "--all"]);
    scene.branch("topic", "main").evil();
    scene.refused(&["topic:alias"], PAYMENTS);
    scene.refused(&["topic:refs/tags/Main"], &["already has this name"]);
    scene.checkout("main").ticketed();
    scene.accepted(&["main:alias"]);
}

#[test]
fn a9_d_aliases_are_followed_as_far_as_git_does() {
    let scene = Scene::new();
    symbolic(&scene, "refs/heads/hop1", "refs/heads/main");
    for hop in 2..=7 {
        symbolic(
            &scene,
            &format!("refs/heads/hop{hop}"),
            &format!("refs/heads/hop{}", hop - 1),
        );
    }
    scene.branch("topic", "main").evil();
    for hop in 1..=7 {
        let push = scene.clone.push([format!("topic:hop{hop}")]);
        assert!(!push.accepted, "hop {hop}: {}", push.stderr);
    }
    scene.checkout("main").ticketed();
    scene.accepted(&["main:hop4"]);
}

#[test]
fn a9_c_a_push_into_a_work_tree() {
    let scene = Scene::new();
    let folder = scene.server.folder().join("shop");
    let shop = Git::at(&folder);
    scene.server.git().run(["clone", "--quiet", ".", "../shop"]);
    shop.run(["config", "receive.denyCurrentBranch", "updateInstead"]);
    fs::create_dir_all(folder.join(".git/hooks")).expect("made");
    fs::copy(
        scene.server.repository().join("hooks/pre-receive"),
        folder.join(".git/hooks/pre-receive"),
    )
    .expect("copied");
    let url = folder.to_string_lossy().into_owned();
    scene.git(["remote", "set-url", "origin", &url]);
    let charge = folder.join("services/payments/charge.rs");
    let read = || fs::read_to_string(&charge).expect("it is there");
    scene.evil();
    scene.clone.push(["main"]).assert_refused(PAYMENTS);
    assert!(!read().contains("steal"));
    scene.clone.amend_with(TICKET);
    scene.clone.push(["main"]).assert_silent();
    assert!(read().contains("steal"));
}
