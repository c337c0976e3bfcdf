//! Refs and repositories of every kind: symbolic ones, aliases, creation and re-creation, rewinds, other hashes and
//! formats.

use super::{RULES, Scene, charge, refused, show};
use crate::support::{ObjectFormat, RefFormat, Setup};

#[test]
fn sha_256_and_reftable() {
    let kinds = [
        (ObjectFormat::Sha256, RefFormat::Files),
        (ObjectFormat::Sha1, RefFormat::Reftable),
        (ObjectFormat::Sha256, RefFormat::Reftable),
    ];
    for (object_format, refs) in kinds.into_iter().filter(|(_, refs)| refs.is_known()) {
        let setup = Setup {
            object_format,
            refs,
            ..Setup::default()
        };
        let scene = Scene::of(&setup, RULES);
        let alice = scene.clone_of("alice");
        let base = alice.head();
        charge(&alice, "1");
        let head = show(&alice);
        refused(alice.push_main(), &["payments-approved"]);
        // A base of the other kind of hash is none.
        let other = if base.len() == 40 {
            "a".repeat(64)
        } else {
            "a".repeat(40)
        };
        scene.approve_since("bob", &head, &other).assert_silent();
        refused(alice.push_main(), &["`Base` is not one full commit id"]);
        scene.approve_since("bob", &head, &base).assert_silent();
        alice.push_main().assert_silent();
        // It is spent here too.
        charge(&alice, "");
        refused(alice.push_main(), &["payments-approved"]);
    }
}

#[test]
fn a_symbolic_ref_is_approved_under_either_name() {
    for name in ["refs/heads/main", "refs/heads/trunk"] {
        let scene = Scene::new();
        scene
            .server
            .git()
            .run(["symbolic-ref", "refs/heads/trunk", "refs/heads/main"]);
        let alice = scene.clone_of("alice");
        charge(&alice, "1");
        let head = show(&alice);
        // The rule is about main, whichever name the push goes by.
        refused(alice.push(["HEAD:trunk"]), &["payments-approved"]);
        scene.approve_for("bob", &head, name);
        alice.push(["HEAD:trunk"]).assert_silent();
        assert_eq!(scene.server.tip("refs/heads/main"), Some(head));
    }
}

#[test]
fn a_branch_that_is_deleted_and_made_again_needs_another_approval() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve_for("bob", &head, "refs/heads/release/1");
    alice.push(["HEAD:release/1"]).assert_silent();
    alice.push([":release/1"]).assert_silent();
    // It goes on from what it held last: the same again is no change,
    alice.push(["HEAD:release/1"]).assert_silent();
    alice.push([":release/1"]).assert_silent();
    // and another is one.
    charge(&alice, "2");
    let head = show(&alice);
    refused(alice.push(["HEAD:release/1"]), &["payments-approved"]);
    scene.approve_for("dana", &head, "refs/heads/release/1");
    alice.push(["HEAD:release/1"]).assert_silent();
}

#[test]
fn c9_an_approval_stays_spent_after_a_rewind() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let before = alice.head();
    let head = charge(&alice, "1");
    show(&alice);
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
    // Back again: that is a change too, and is approved with its base said.
    refused(
        alice.push([format!("+{before}:main")]),
        &["payments-approved"],
    );
    scene.approve_since("dana", &before, &head).assert_silent();
    alice.push([format!("+{before}:main")]).assert_silent();
    // The same change in another commit is what bob approved, to the letter, at another time.
    alice.git().run(["reset", "--quiet", "--hard", &before]);
    alice.write("web/site.css", "p {}\n").commit("Style");
    charge(&alice, "1");
    refused(
        alice.push_main(),
        &["payments-approved", "it has let a change in before"],
    );
    scene.approve("bob", &show(&alice));
    alice.push_main().assert_silent();
}

#[test]
fn where_there_are_several_merge_bases_the_base_is_said() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let git = alice.git();
    git.run(["checkout", "--quiet", "-b", "topic"]);
    alice.write("web/a.css", "a {}\n").commit("A");
    let one = alice.head();
    git.run(["checkout", "--quiet", "main"]);
    alice.write("web/b.css", "b {}\n").commit("B");
    let other = alice.head();
    git.run(["merge", "--quiet", "-m", "Merge one", &one]);
    alice.push_main().assert_silent();
    let main = alice.head();
    git.run(["checkout", "--quiet", "topic"]);
    git.run(["merge", "--quiet", "-m", "Merge other", &other]);
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    refused(
        alice.push(["topic:refs/heads/main", "--force"]),
        &["2 merge bases", "`Base:`"],
    );
    scene.approve_since("bob", &head, &main).assert_silent();
    git.run(["merge", "--quiet", "-m", "Merge main", &main]);
    alice.push(["topic:main"]).assert_silent();
}
