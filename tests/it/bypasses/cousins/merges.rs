//! Histories whose shape hides a change, met by what hides it in a tree.

use super::super::{Scene, TICKET, TICKETS};
use super::PAYMENTS;

/// A tree like that of `commit`, with other content of payments.
fn stolen(scene: &Scene, commit: &str, content: &str) -> String {
    let index = scene.clone.path(".git/stolen");
    let git = scene.clone.git().clone().env("GIT_INDEX_FILE", &*index);
    git.run(["read-tree", commit]);
    let blob = git.object("blob", content.as_bytes());
    let entry = format!("100644,{blob},services/payments/charge.rs");
    git.run(["update-index", "--add", "--cacheinfo", &entry]);
    git.run(["write-tree"])
}

#[test]
fn b5_a_merge_of_one_commit_with_itself() {
    let scene = Scene::new();
    let git = scene.clone.git();
    let main = scene.clone.head();
    let evil = stolen(&scene, "main", "steal\n");
    let same = git.run(["rev-parse", "main^{tree}"]);
    for parents in [&[&*main, &*main][..], &[&*main, &*main, &*main]] {
        let commit = git.raw_commit(&evil, parents, "Merge\n");
        scene.refused(&[&format!("{commit}:main")], PAYMENTS);
        let commit = git.raw_commit(&same, parents, "Merge\n");
        scene.accepted(&[&format!("{commit}:refs/heads/release/{}", parents.len())]);
    }
    let commit = git.raw_commit(&evil, &[&main, &main], &format!("Merge\n\n{TICKET}\n"));
    scene.accepted(&[&format!("{commit}:main")]);
}

#[test]
fn b5_b1_an_octopus_that_renames_payments_away() {
    let scene = Scene::new();
    let git = scene.clone.git();
    let main = scene.clone.head();
    let (one, two) = (scene.harmless(), scene.clone.commit("Two"));
    scene.branch("out", &main);
    scene.git(["mv", "services/payments/charge.rs", "web/charge.rs"]);
    let out = scene.clone.commit("Move");
    let tree = git.run(["rev-parse", &format!("{out}^{{tree}}")]);
    // The tree is that of one parent, so that no path differs from all of them.
    let octopus = git.raw_commit(&tree, &[&main, &one, &two, &out], "Merge\n");
    scene.refused(
        &[&format!("{octopus}:main")],
        &["payments-ticket", "charge.rs"],
    );
    // A parent who is older, and had no payments yet.
    scene.git(["checkout", "--quiet", "--orphan", "island"]);
    scene.git(["rm", "-r", "--quiet", "--force", "."]);
    let island = scene.clone.write("web/site.css", "x\n").commit("Island");
    let octopus = git.raw_commit(
        &git.run(["rev-parse", &format!("{island}^{{tree}}")]),
        &[&main, &one, &island],
        "Merge\n",
    );
    scene.refused(&[&format!("{octopus}:main")], PAYMENTS);
    let tree = git.run(["rev-parse", &format!("{two}^{{tree}}")]);
    let octopus = git.raw_commit(&tree, &[&main, &one, &two], "Merge\n");
    scene.accepted(&[&format!("{octopus}:main")]);
}

#[test]
fn b5_b7_a_criss_cross_that_changes_a_mode() {
    let scene = Scene::new();
    scene.branch("left", "main").harmless();
    scene
        .branch("right", "main")
        .clone
        .write("web/right", "x\n")
        .commit("Right");
    scene.branch("cross", "left");
    scene.git(["merge", "--quiet", "--no-edit", "right"]);
    scene.checkout("right");
    scene.git(["merge", "--quiet", "--no-edit", "left"]);
    scene.checkout("cross");
    scene.accepted(&["cross:release/1"]);
    scene.git([
        "merge",
        "--quiet",
        "--no-ff",
        "--no-commit",
        "-s",
        "ours",
        "right",
    ]);
    scene.git(["update-index", "--chmod=+x", "services/payments/charge.rs"]);
    scene.git(["commit", "--quiet", "-m", "Merge"]);
    scene.refused(&["cross:main"], PAYMENTS);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["cross:main"]);
}

/// The whole history between two states of payments is made of merges that each are clean, and one that is not.
#[test]
fn b3_b5_the_old_state_comes_back_by_a_clean_merge() {
    let scene = Scene::new();
    let before = scene.clone.head();
    scene
        .clone
        .write("services/payments/charge.rs", "fn charge() { fixed() }\n")
        .commit_with("Fix", &[TICKET]);
    let fixed = scene.clone.head();
    scene.git(["revert", "--no-edit", "HEAD"]);
    scene.clone.amend_with(TICKET);
    let reverted = scene.clone.head();
    scene.git(["revert", "--no-edit", "HEAD"]);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["main"]);
    // git merges these two cleanly to the state without the fix.
    scene.branch("side", &fixed).harmless();
    scene.branch("topic", &reverted);
    scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "side"]);
    let charge = scene.clone.path("services/payments/charge.rs");
    assert!(
        !std::fs::read_to_string(charge)
            .expect("there")
            .contains("fixed")
    );
    scene.refused(&["--force", "topic:main"], PAYMENTS);
    scene.git([
        "merge",
        "--quiet",
        "--no-ff",
        "--no-edit",
        "-s",
        "ours",
        "main",
    ]);
    scene.refused(&["topic:main"], PAYMENTS);
    // The honest merge keeps the fix.
    scene.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "main"]);
    scene.accepted(&["topic:main"]);
    assert_ne!(before, fixed);
}

#[test]
fn b5_a1_the_parents_in_the_other_order_under_each_scope() {
    for scope in ["every_commit", "first_parent", "tip"] {
        let scene = Scene::under(
            &TICKETS.replace("    require", &format!("    scope: {scope}\n    require")),
        );
        scene.branch("topic", "main").evil();
        scene.accepted(&["topic"]);
        scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "main"]);
        scene.checkout("main").harmless();
        scene.accepted(&["main"]);
        scene.checkout("topic");
        scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "main"]);
        scene.refused(&["topic:main"], PAYMENTS);
        scene.branch("honest", "main~1").ticketed();
        scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "main"]);
        if scope == "tip" {
            // The merge is the one commit that answers for the change.
            scene.refused(&["honest:main"], PAYMENTS);
            scene.clone.amend_with(TICKET);
        }
        scene.accepted(&["honest:main"]);
    }
}

#[test]
fn a7_b5_a_commit_whose_parent_is_a_tag() {
    let scene = Scene::new();
    let git = scene.clone.git();
    scene.git(["tag", "-m", "x", "label", "main"]);
    let tag = git.run(["rev-parse", "label"]);
    let tree = git.run(["rev-parse", "main^{tree}"]);
    let commit = git.raw_commit(&tree, &[&tag], "Odd\n");
    // git's client would not send it; the server may have it all the same.
    let from = git.run(["rev-parse", "--git-dir"]);
    let objects = scene.clone.path(&from).join("objects");
    let alternates = scene.server.repository().join("objects/info/alternates");
    std::fs::create_dir_all(alternates.parent().expect("in a folder")).expect("made");
    std::fs::write(alternates, objects.to_string_lossy().as_bytes()).expect("written");
    let main = scene.clone.head();
    scene
        .fed(&[(&main, &commit, "refs/heads/main")])
        .assert(1, &["is a tag where a commit should be"]);
    scene
        .fed(&[(super::super::ZERO, &commit, "refs/heads/release/1")])
        .assert(1, &["is a tag where a commit should be"]);
    let good = git.raw_commit(&tree, &[&main], "Good\n");
    scene
        .fed(&[(&main, &good, "refs/heads/main")])
        .assert(0, &[]);
}

#[test]
fn b4_a4_a_second_root_with_the_very_tree_of_main() {
    let scene = Scene::under(TICKETS);
    let git = scene.clone.git();
    let tree = git.run(["rev-parse", "main^{tree}"]);
    let root = git.raw_commit(&tree, &[], "Fresh start\n");
    // The tree is the same, and its history has no ticket.
    scene.refused(&["--force", &format!("{root}:main")], PAYMENTS);
    scene.refused(&[&format!("{root}:refs/heads/release/1")], PAYMENTS);
    let main = scene.clone.head();
    let merge = git.raw_commit(&tree, &[&main, &root], "Merge\n");
    scene.refused(&[&format!("{merge}:main")], PAYMENTS);
    let root = git.raw_commit(&tree, &[], &format!("Fresh start\n\n{TICKET}\n"));
    scene.accepted(&["--force", &format!("{root}:main")]);
}
