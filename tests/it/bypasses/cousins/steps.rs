//! Several pushes, each of which looks harmless.

use super::super::{POLICY, Scene, TICKET, TICKETS};
use super::PAYMENTS;
use crate::support::{ObjectFormat, Setup};

#[test]
fn a1_b5_an_evil_branch_is_merged_without_its_change_and_then_with_it() {
    let scene = Scene::new();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    scene.checkout("main");
    scene.git([
        "merge",
        "--quiet",
        "--no-ff",
        "--no-edit",
        "-s",
        "ours",
        "topic",
    ]);
    // The commit would be old from here on.
    scene.refused(&["main"], &["payments-ticket", "Tidy up"]);
    scene.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    scene.branch("honest", "main").ticketed();
    scene.checkout("main");
    scene.git([
        "merge",
        "--quiet",
        "--no-ff",
        "--no-edit",
        "-s",
        "ours",
        "honest",
    ]);
    // A merge that drops what it merges touches it, and answers for that.
    scene.refused(&["main"], PAYMENTS);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["main"]);
    // What was left out then is no less a change now, though its commit is old.
    scene.git(["checkout", "--quiet", "honest", "--", "services"]);
    scene.clone.commit("Take it after all");
    scene.refused(&["main"], &["payments-ticket", "Take it after all"]);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["main"]);
    assert_ne!(evil, scene.clone.head());
}

#[test]
fn a1_a7_a_tag_is_no_way_from_a_branch_to_another() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    scene.accepted(&["topic", "topic:refs/tags/nightly"]);
    scene.accepted(&[":topic"]);
    scene.git(["tag", "-m", "x", "v1", "topic"]);
    scene.refused(&["v1"], PAYMENTS);
    scene.refused(&["topic:main"], PAYMENTS);
    scene.refused(&["v1", "topic:main", ":refs/tags/nightly"], PAYMENTS);
    scene.accepted(&[":refs/tags/nightly"]);
    scene.refused(&["topic:main"], PAYMENTS);
}

#[test]
fn a6_a4_back_and_forth_over_an_approved_change() {
    let scene = Scene::under(TICKETS);
    let before = scene.clone.head();
    scene.ticketed();
    scene.accepted(&["main"]);
    let after = scene.clone.head();
    scene.refused(&["--force", &format!("{before}:main")], PAYMENTS);
    // The older state may be on another branch, which main's own past allows.
    scene.accepted(&[&format!("{before}:refs/heads/release/1")]);
    scene.accepted(&[&format!("{after}:refs/heads/release/1")]);
    scene.refused(
        &["--force", &format!("{before}:refs/heads/release/1")],
        PAYMENTS,
    );
    scene.branch("back", &before);
    scene.git([
        "merge",
        "--quiet",
        "--no-ff",
        "--no-edit",
        "-s",
        "ours",
        &after,
    ]);
    scene.refused(&["back:main"], PAYMENTS);
    scene.refused(&["back:release/1"], PAYMENTS);
    scene.refused(&["back:release/2"], PAYMENTS);
}

/// Where a ref may not be moved back, it may not be deleted and made again further back: by its own name, or by an alias
/// in the same push.
#[test]
fn a5_a6_a_ref_that_is_made_again_is_not_moved_back() {
    for scope in ["every_commit", "first_parent", "tip"] {
        let scene = Scene::under(
            &TICKETS.replace("    require", &format!("    scope: {scope}\n    require")),
        );
        scene
            .server
            .configure("receive.denyDeleteCurrent", "ignore");
        scene.branch("release/1", "main").ticketed();
        scene.accepted(&["release/1"]);
        scene
            .clone
            .write("services/payments/refund.rs", "fn refund() { mended() }\n")
            .commit_with("Mend", &[TICKET]);
        scene.accepted(&["release/1"]);
        scene.accepted(&[":release/1"]);
        let again = |start: &str| format!("{start}:refs/heads/release/1");
        scene.refused(&[&again("release/1~1")], &["payments-ticket", "refund.rs"]);
        // Nor is it begun anew where main was all the time.
        scene.refused(&[&again("main")], PAYMENTS);
        // With a harmless commit on it, and with what main has got since.
        scene.branch("back", "release/1~1").harmless();
        scene.refused(&[&again("back")], PAYMENTS);
        scene.checkout("main");
        scene.clone.write("docs/x.md", "x\n").commit("Explain");
        scene.accepted(&["main"]);
        scene.checkout("back");
        scene.git(["merge", "--quiet", "--no-edit", "main"]);
        scene.refused(&[&again("back")], PAYMENTS);
        // The honest twins: as it was and more, cut from main anew, and by whoever has a ticket for going back.
        scene.branch("on", "release/1");
        scene.clone.write("docs/y.md", "y\n").commit("Explain");
        scene.accepted(&[&again("on")]);
        scene.accepted(&[":release/1"]);
        scene.accepted(&[&again("main")]);
        scene.accepted(&[":release/1"]);
        scene.checkout("back");
        scene.clone.amend_with(TICKET);
        scene.accepted(&[&again("back")]);
    }
}

/// The default branch, which trusts nothing but itself.
#[test]
fn a5_a6_main_is_not_made_again_further_back() {
    let scene = Scene::under(TICKETS);
    scene
        .server
        .configure("receive.denyDeleteCurrent", "ignore");
    scene.ticketed();
    scene.accepted(&["main"]);
    scene.accepted(&[":main"]);
    scene.refused(
        &["main~1:refs/heads/main"],
        &["payments-ticket", "refund.rs"],
    );
    scene.branch("topic", "main~1").harmless();
    scene.refused(&["topic:main"], PAYMENTS);
    scene.git(["merge", "--quiet", "--no-edit", "main"]);
    scene.accepted(&["topic:main"]);
}

#[test]
fn a1_a3_half_of_main_is_no_main() {
    let scene = Scene::under(TICKETS);
    scene.accepted(&["main:release/1"]);
    scene
        .clone
        .write("services/payments/a.rs", "a\n")
        .write("services/payments/b.rs", "b\n")
        .commit_with("Two files", &[TICKET]);
    scene.accepted(&["main"]);
    scene.branch("half", "main~1");
    scene.git(["merge", "--quiet", "--no-ff", "--no-commit", "main"]);
    scene.git(["rm", "--quiet", "--force", "services/payments/b.rs"]);
    scene.clone.commit("Merge main");
    scene.refused(&["half:release/1"], &["payments-ticket", "b.rs"]);
    scene.git(["cherry-pick", "--no-commit", "main"]);
    scene.refused(&["half:release/1"], PAYMENTS);
    scene.git(["reset", "--quiet", "--hard", "half~1"]);
    scene.git(["merge", "--quiet", "--no-ff", "--no-edit", "main"]);
    scene.accepted(&["half:release/1"]);
}

#[test]
fn d8_c_a_baseline_is_trusted_and_nothing_beyond_it() {
    for object_format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scene = Scene::with(&Setup {
            policy: POLICY,
            object_format,
            ..Setup::default()
        });
        // An import: a history of its own, without tickets.
        scene.git(["checkout", "--quiet", "--orphan", "import"]);
        let imported = scene
            .clone
            .write("services/payments/old.rs", "old\n")
            .commit("Import");
        scene.refused(&["import:release/1"], PAYMENTS);
        let other = "ab".repeat(if object_format.option().ends_with("256") {
            20
        } else {
            32
        });
        let policy = format!("{POLICY}baseline: [\"{imported}\", \"{other}\"]\n");
        scene.server.set_policy(&policy);
        scene.accepted(&["import:release/1"]);
        scene.evil();
        scene.refused(&["import:release/2"], &["payments-ticket", "Tidy up"]);
        scene.refused(&["import:release/1"], PAYMENTS);
        // Its tree on another root is not it.
        scene.git(["checkout", "--quiet", "--orphan", "copy", &imported]);
        scene.clone.commit("Import, again");
        scene.refused(&["copy:release/3"], PAYMENTS);
        scene.git(["checkout", "--quiet", "-b", "honest", &imported]);
        scene.harmless();
        scene.accepted(&["honest:release/4"]);
    }
}

#[test]
fn a10_c14_an_approval_ref_is_made_once_under_each_of_its_names() {
    let scene = Scene::new();
    scene
        .server
        .git()
        .run(["symbolic-ref", "refs/heads/box", "refs/approvals/1"]);
    scene.git(["tag", "-m", "x", "one"]);
    scene.git(["tag", "-m", "y", "two"]);
    scene.accepted(&["one:refs/approvals/1"]);
    scene.accepted(&["one:refs/tags/approved/1"]);
    for again in [
        &["--force", "two:refs/approvals/1"][..],
        &[":refs/approvals/1"],
        &["--force", "main:refs/heads/box"],
        &[":refs/heads/box"],
        &["--force", "two:refs/tags/approved/1"],
        &[":refs/tags/approved/1"],
        &[":refs/approvals/1", "two:refs/approvals/2"],
    ] {
        scene.refused(again, &["neither moved nor deleted"]);
    }
    scene.accepted(&["two:refs/approvals/2"]);
}

#[test]
fn a12_a9_replacements_by_every_way_in() {
    let scene = Scene::new();
    let main = scene.clone.head();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    let replace = format!("refs/replace/{evil}");
    scene.refused(&[&format!("main:{replace}")], &["never accepted"]);
    scene.refused(&["topic", &format!("main:{replace}")], &["never accepted"]);
    scene
        .server
        .git()
        .run(["symbolic-ref", "refs/heads/decoy", &replace]);
    scene.refused(&["main:decoy"], &["never accepted"]);
    // Even where the server has one, the commit itself is read.
    scene.server.git().run(["replace", &evil, &main]);
    scene.refused(&["topic:main"], PAYMENTS);
    scene.accepted(&["main:release/1"]);
}
