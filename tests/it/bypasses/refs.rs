//! A: what reaches a protected ref by way of others, or of nothing.

use super::{POLICY, Scene, TICKET, TICKETS, ZERO};
use crate::support::{ObjectFormat, Server, Setup};
use std::fs;

impl Scene {
    /// Commits a change to payments that has no ticket, and its revert: the commit before both, and the one between.
    fn change_and_revert(&self) -> (String, String) {
        let before = self.clone.head();
        let between = self.evil();
        self.git(["revert", "--no-edit", "HEAD"]);
        (before, between)
    }
}

#[test]
fn a1_two_step_push_is_judged_where_it_arrives() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    scene.accepted(&["topic"]);
    scene.refused(&["topic:main"], &["payments-ticket", "charge.rs"]);
    scene.refused(&["topic:release/1"], &["payments-ticket"]);
    scene.refused(&["topic:refs/tags/v1"], &["payments-ticket"]);
    scene.branch("honest", "main").ticketed();
    scene.accepted(&["honest"]);
    scene.accepted(&["honest:main"]);
}

#[test]
fn a1_in_three_steps_and_with_a_harmless_commit_on_top() {
    let scene = Scene::new();
    scene.branch("one", "main").evil();
    scene.accepted(&["one"]);
    scene.branch("two", "one").harmless();
    scene.accepted(&["two", "one:three"]);
    scene.accepted(&["--delete", "one"]);
    scene.refused(&["two:main"], &["payments-ticket", "Tidy up"]);
}

#[test]
fn a1_trust_flows_from_main_to_release_and_not_back() {
    let scene = Scene::under(TICKETS);
    scene.server.set_policy("version: 1\nrules: []\n");
    scene.branch("release/1", "main").evil();
    scene.accepted(&["release/1"]);
    scene.server.set_policy(TICKETS);
    scene.refused(&["release/1:main"], &["payments-ticket"]);
    scene.refused(&["release/1:release/2"], &["payments-ticket"]);

    scene.checkout("main").ticketed();
    scene.accepted(&["main"]);
    scene.accepted(&["main:release/3"]);
    scene.checkout("release/1");
    scene.git(["merge", "--quiet", "--no-edit", "main"]);
    scene.accepted(&["release/1"]);
}

#[test]
fn a2_another_namespace_first() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    for first in [
        "refs/tags/x",
        "refs/notes/x",
        "refs/whatever/x",
        "refs/pull/1/head",
        "refs/for/main",
        "refs/changes/01/1/1",
    ] {
        scene.accepted(&[&format!("topic:{first}")]);
        scene.refused(&["topic:main"], &["payments-ticket"]);
    }
}

#[test]
fn a2_other_namespaces_can_be_closed() {
    let scene = Scene::under(&format!("{POLICY}namespaces: {{ other: deny }}\n"));
    scene.refused(
        &["main:refs/whatever/x"],
        &["other-namespace", "refs/whatever/x"].map(|word| {
            if word == "other-namespace" {
                "branches, tags"
            } else {
                word
            }
        }),
    );
    scene.accepted(&[
        "main:refs/heads/x",
        "main:refs/tags/x",
        "main:refs/pull/1/head",
    ]);
}

#[test]
fn a3_several_refs_in_one_push() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    let ticket = &["payments-ticket"];
    scene.refused(&["topic", "topic:main"], ticket);
    scene.refused(&["topic:main", "topic:zzz"], ticket);
    scene.refused(
        &["topic:aaa", "topic:release/1", "topic:refs/tags/aaa"],
        ticket,
    );
    scene.refused(
        &["topic:main", "topic:release/1"],
        &["on refs/heads/main", "on refs/heads/release/1"],
    );
    assert_eq!(scene.server.tip("refs/heads/aaa"), None, "all or nothing");
    scene.branch("honest", "main").ticketed();
    scene.accepted(&[
        "honest",
        "honest:main",
        "honest:release/1",
        "honest:refs/tags/v1",
    ]);
}

#[test]
fn a3_what_main_gets_in_this_push_is_not_trusted_in_it() {
    let scene = Scene::under(&TICKETS.replace("main, release/*", "main, release/*, refs/tags/v*"));
    scene.evil();
    scene.refused(
        &["main", "main:release/1", "main:refs/tags/v1"],
        &["on refs/tags/v1"],
    );
}

/// As `update`, the hook would be asked ref by ref, and git tells it on its command line: it refuses to be that.
#[test]
fn a3_it_is_no_update_hook() {
    let scene = Scene::new();
    let hooks = scene.server.repository().join("hooks");
    fs::rename(hooks.join("pre-receive"), hooks.join("update")).expect("it is there");
    scene.harmless();
    let push = scene.clone.push(["main", "main:topic"]).in_one_line();
    push.assert_refused(&["the gate failed, not your change", "no ref updates"]);
    assert_eq!(scene.server.tip("refs/heads/topic"), None);
    fs::rename(hooks.join("update"), hooks.join("pre-receive")).expect("it is there");
    scene.accepted(&["main", "main:topic"]);
}

#[test]
fn a4_a_protected_ref_is_created() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    scene.refused(&["topic:release/1"], &["payments-ticket", "Tidy up"]);
    scene.git(["checkout", "--quiet", "--orphan", "island"]);
    scene.clone.commit("An island");
    scene.refused(
        &["island:release/1"],
        &["payments-ticket", "services/payments/charge.rs"],
    );
    scene.accepted(&["main:release/1"]);
    scene.branch("honest", "main").ticketed();
    scene.accepted(&["honest:release/2"]);
}

#[test]
fn a4_the_first_push_of_all_is_judged_whole() {
    let server = Server::new(POLICY);
    let clone = server.working_clone();
    clone
        .write("services/payments/charge.rs", "steal\n")
        .commit("Begin");
    clone.push_main().assert_refused(&["payments-ticket"]);
    clone.amend_with(TICKET);
    clone.push_main().assert_silent();
}

#[test]
fn a5_delete_and_recreate() {
    let scene = Scene::new();
    scene
        .server
        .configure("receive.denyDeleteCurrent", "ignore");
    scene.accepted(&["main:release/1"]);
    scene.refused(&["--delete", "release/1"], &["history-stays"]);
    scene.refused(&[":main"], &["history-stays"]);
    scene.refused(&[":main", "main:trunk"], &["history-stays"]);

    scene.server.set_policy(TICKETS);
    scene.accepted(&["--delete", "release/1"]);
    scene.branch("topic", "main").evil();
    scene.refused(&["topic:release/1"], &["payments-ticket"]);
    scene.accepted(&["--delete", "main"]);
    scene.refused(&["topic:main"], &["payments-ticket"]);
    scene.accepted(&["main"]);
}

/// What a ref held when it was deleted is what a new one of its name is held against.
#[test]
fn a5_a_ref_that_comes_back_is_held_against_its_past() {
    let scene = Scene::under(&format!("{TICKETS}    scope: tip\n"));
    scene.branch("release/1", "main").ticketed();
    let tree = scene.git(["rev-parse", "HEAD^{tree}"]);
    scene.accepted(&["release/1"]);
    scene.accepted(&["--delete", "release/1"]);
    // Islands hold nothing that was a state. This one lacks a file:
    let less = scene.git(["commit-tree", "-m", "An island", "main^{tree}"]);
    scene.refused(
        &[&format!("{less}:refs/heads/release/1")],
        &["payments-ticket", "services/payments/refund.rs"],
    );
    // This one has all that there was, which for a ref without a past is much.
    let same = scene.git(["commit-tree", "-m", "An import", &tree]);
    scene.refused(
        &[&format!("{same}:refs/heads/release/2")],
        &["services/payments/charge.rs"],
    );
    scene.accepted(&[&format!("{same}:refs/heads/release/1")]);
}

/// The honest twin: it comes back as it was, although nothing else has its commits.
#[test]
fn a5_a_ref_may_come_back_as_it_was() {
    let scene = Scene::under(TICKETS);
    scene.server.set_policy("version: 1\nrules: []\n");
    scene.branch("release/1", "main").evil();
    scene.accepted(&["release/1"]);
    scene.server.set_policy(TICKETS);
    scene.clone.commit("Nothing that a rule is about");
    scene.accepted(&["release/1"]);
    scene.accepted(&["--delete", "release/1"]);
    scene.refused(&["release/1:release/2"], &["payments-ticket"]);
    scene.accepted(&["release/1"]);
}

/// A rule that asks about the net change alone lets a change and its revert pass together. The commit between the two
/// lies on main's first-parent way, and was never a state of main.
#[test]
fn a1_a_commit_between_two_states_was_none() {
    let policy = format!("{TICKETS}    scope: tip\n");
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scene = Scene::with(&Setup {
            policy: &policy,
            object_format: format,
            ..Setup::default()
        });
        let (before, between) = scene.change_and_revert();
        scene.accepted(&["main"]);
        let release = format!("{between}:refs/heads/release/1");
        scene.refused(&[&release], &["payments-ticket", "charge.rs"]);
        scene.harmless();
        scene.accepted(&["main"]);
        scene.refused(&[&release], &["payments-ticket", "charge.rs"]);
        // The honest twins: whatever main did hold may be released.
        scene.accepted(&[&format!("{before}:refs/heads/release/2")]);
        scene.accepted(&["main~1:refs/heads/release/3", "main:refs/heads/release/4"]);
    }
}

/// The same in the very push that makes main.
#[test]
fn a1_a_commit_below_the_first_state_was_none() {
    let server = Server::new(&format!("{TICKETS}    scope: tip\n"));
    let scene = Scene {
        clone: server.working_clone(),
        server,
    };
    scene.clone.commit("Begin");
    let (_, between) = scene.change_and_revert();
    scene.accepted(&["main"]);
    scene.refused(
        &[&format!("{between}:refs/heads/release/1")],
        &["payments-ticket"],
    );
    scene.harmless();
    scene.accepted(&["main"]);
    scene.refused(
        &[&format!("{between}:refs/heads/release/1")],
        &["payments-ticket"],
    );
    scene.accepted(&["main~1:refs/heads/release/1"]);
}

/// What main held before anything was recorded, it held by its first parents.
#[test]
fn a1_before_the_first_record_first_parents_are_states() {
    let policy = format!("{TICKETS}    scope: tip\n");
    let scene = Scene::under(&policy);
    scene.clone.commit("One more");
    scene.ticketed();
    scene.accepted(&["main"]);
    fs::remove_dir_all(scene.server.repository().join("portcullis")).expect("it is there");
    scene.accepted(&["main~1:refs/heads/release/1"]);
    let (_, between) = scene.change_and_revert();
    scene.accepted(&["main"]);
    scene.refused(
        &[&format!("{between}:refs/heads/release/2")],
        &["payments-ticket"],
    );
    scene.accepted(&["main~3:refs/heads/release/2", "main~2:refs/heads/release/3"]);
}

#[test]
fn a6_a_force_push_drops_approved_code() {
    let scene = Scene::new();
    scene.ticketed();
    scene.accepted(&["main"]);
    scene.refused(&["--force", "main~1:main"], &["history-stays"]);
    scene.server.set_policy(TICKETS);
    scene.refused(
        &["--force", "main~1:main"],
        &["payments-ticket", "no new commit", "refund.rs"],
    );
    // With a harmless commit on the older state, the drop has someone to answer for it.
    scene.branch("topic", "main~1").harmless();
    scene.refused(
        &["--force", "topic:main"],
        &["payments-ticket", "refund.rs"],
    );
    scene.clone.amend_with(TICKET);
    scene.accepted(&["--force", "topic:main"]);
    // Going back over what no rule is about.
    scene.accepted(&["--force", "topic~1:main"]);
}

#[test]
fn a7_tags() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    scene.git(["tag", "-m", "one", "v1"]);
    scene.git(["tag", "-m", "two", "v2", "v1"]);
    scene.git(["tag", "v3"]);
    for tag in ["v1", "v2", "v3"] {
        scene.refused(&[tag], &["payments-ticket"]);
    }
    scene.git(["tag", "v4", "main"]);
    scene.git(["tag", "-m", "five", "v5", "main"]);
    scene.git(["tag", "-m", "six", "v6", "v5"]);
    scene.accepted(&["v4", "v5", "v6", "v1:refs/tags/nightly"]);
    scene.refused(&["--force", "v1:refs/tags/v5"], &["payments-ticket"]);
    scene.refused(&["--delete", "v4"], &["history-stays"]);
}

/// A release tag has words and a signature of its own: another of the same commit takes them away.
#[test]
fn a7_a_tag_that_another_takes_the_place_of() {
    for object_format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let scene = Scene::with(&Setup {
            policy: POLICY,
            object_format,
            ..Setup::default()
        });
        scene.git(["tag", "-m", "by the release manager", "v1"]);
        scene.git(["tag", "-m", "by nobody", "other"]);
        scene.git(["tag", "light"]);
        scene.git(["tag", "-m", "of the first", "outer", "v1"]);
        scene.git(["tag", "-m", "of another", "stranger", "other"]);
        scene.accepted(&["v1", "light:refs/tags/v2", "v1:refs/tags/nightly"]);
        for instead in ["other", "light", "stranger", "main"] {
            scene.refused(
                &["--force", &format!("{instead}:refs/tags/v1")],
                &["history-stays"],
            );
        }
        scene.harmless();
        scene.git(["tag", "-m", "of a later commit", "later"]);
        scene.refused(&["--force", "later:refs/tags/v1"], &["history-stays"]);
        // The honest twins: what holds the old tag, a tag that had no words, and a tag that no rule is about.
        scene.accepted(&["--force", "outer:refs/tags/v1"]);
        scene.accepted(&["--force", "other:refs/tags/v2"]);
        scene.accepted(&["--force", "other:refs/tags/nightly"]);
        scene.refused(&["--force", "v1:refs/tags/v1"], &["history-stays"]);
    }
}

#[test]
fn a7_tags_of_no_commit() {
    let scene = Scene::new();
    scene.git(["tag", "v1", "HEAD^{tree}"]);
    scene.git(["tag", "-m", "of a tree", "v2", "HEAD^{tree}"]);
    scene.git(["tag", "-m", "of that", "v3", "v2"]);
    scene.git(["tag", "v4", "HEAD:web/site.css"]);
    for (tag, kind) in [
        ("v1", "tree"),
        ("v2", "tree"),
        ("v3", "tree"),
        ("v4", "blob"),
    ] {
        scene.refused(&[tag], &["must lead to a commit", kind]);
    }
    scene.accepted(&["v1:refs/tags/tree", "v4:refs/tags/blob"]);
}

#[test]
fn a10_proposals_are_judged_when_they_reach_a_branch() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    for proposal in [
        "refs/for/main",
        "refs/pull/7/head",
        "refs/merge-requests/7/head",
        "refs/changes/07/7/1",
    ] {
        scene.accepted(&[&format!("topic:{proposal}")]);
    }
    scene.refused(&["topic:main"], &["payments-ticket"]);
    scene.refused(
        &["topic:refs/for/other", "topic:main"],
        &["payments-ticket"],
    );
}

#[test]
fn a11_no_channel_is_exempt() {
    let mut scene = Scene::with(&Setup {
        policy: POLICY,
        forge: "gitea",
        ..Setup::default()
    });
    scene.evil();
    for (name, value) in [
        ("GITEA_INTERNAL_PUSH", "true"),
        ("GITEA_PUSH_TRIGGER", "pr-merge-to-base"),
        ("GITEA_PR_ID", "1"),
        ("GL_PROTOCOL", "web"),
        ("GL_BYPASS_ACCESS_CHECKS", "1"),
        ("SSH_ORIGINAL_COMMAND", "gitea-internal"),
        ("PORTCULLIS_POLICY", "/dev/null"),
    ] {
        scene.clone = scene.clone.env(name, value);
        scene.refused(&["main"], &["payments-ticket"]);
    }
}

#[test]
fn a14_nothing_and_no_op() {
    let scene = Scene::new();
    let tip = scene.clone.head();
    let main = "refs/heads/main";
    scene.accepted(&["main"]);
    assert_eq!(scene.fed(&[(&tip, &tip, main)]).code, Some(0));
    scene
        .fed(&[])
        .assert(3, &["the gate failed, not your change", "no ref updates"]);
    scene
        .fed(&[(&tip, &tip, main), (&tip, &tip, main)])
        .assert(1, &["updated twice"]);
    scene
        .fed(&[(ZERO, ZERO, main)])
        .assert(1, &["from nothing to nothing"]);
}

#[test]
fn a14_a_no_op_is_no_change_even_where_every_change_is_denied() {
    let frozen = "version: 1\nrules:\n  - { id: frozen, refs: [main], deny: Frozen. }\n  \
                  - { id: still, refs: [main], when: { update: [fast_forward, rewind] }, deny: Still. }\n";
    let scene = Scene::under("version: 1\nrules: []\n");
    scene.server.set_policy(frozen);
    let tip = scene.clone.head();
    assert_eq!(scene.fed(&[(&tip, &tip, "refs/heads/main")]).code, Some(0));
    scene.harmless();
    scene.refused(&["main"], &["frozen", "still"]);
}

#[test]
fn a14_an_empty_commit_is_no_change_and_satisfies_nothing() {
    let scene = Scene::new();
    scene.clone.commit("Nothing at all");
    scene.accepted(&["main"]);
    scene.evil();
    scene.clone.commit_with("Nothing, with a ticket", &[TICKET]);
    scene.refused(&["main"], &["payments-ticket", "Tidy up"]);
}

#[test]
fn a_false_old_values_decide_nothing() {
    let scene = Scene::new();
    let main = "refs/heads/main";
    let good = scene.clone.head();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    for old in [&evil, ZERO, &good, &"7".repeat(40)] {
        let run = scene.fed(&[(old, &evil, main)]);
        assert_eq!(run.code, Some(1), "{old}: {}", run.stderr);
        assert_eq!(scene.fed(&[(old, ZERO, main)]).code, Some(1), "{old}");
    }
}

/// What is decided must be what git then does: git compares the claimed old value with the ref when it moves it, and
/// another push may have moved the ref to that very value in the meantime.
#[test]
fn d5_a_claim_that_is_not_so_yet_is_refused() {
    let scene = Scene::under(TICKETS);
    let before = scene.clone.head();
    scene.branch("fix", "main");
    let fix = scene.ticketed();
    scene.accepted(&["fix"]);
    scene.branch("late", "main");
    let late = scene.harmless();
    scene.accepted(&["late"]);
    let main = "refs/heads/main";
    // Were `fix` to land after this decision, the move to `late` would take it away again.
    scene
        .fed(&[(&fix, &late, main)])
        .assert(1, &["fetch", "refs/heads/main"]);
    assert_eq!(scene.fed(&[(&before, &late, main)]).code, Some(0));
}
