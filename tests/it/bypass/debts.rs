//! What is owed for broken glass, and who can pay it.

use std::fs;

use serde_json::Value;

use super::{REASON, break_glass, push_with, scene};
use crate::approvals::{Scene, charge, later, refused, show};
use crate::support::{Push, WorkingClone, portcullis};

/// Lets the time pass within which debts were to be paid: the gate remembers until when.
fn wait(scene: &Scene) {
    let file = scene.server.repository().join("portcullis/bypasses");
    let text = fs::read_to_string(&file).expect("something is remembered");
    let lines = text.lines().map(|line| {
        let mut line: Value = serde_json::from_str(line).expect("JSON");
        if let Some(debt) = line.get_mut("debt") {
            debt["due"] = debt["opened"].clone();
        }
        format!("{line}\n")
    });
    fs::write(&file, lines.collect::<String>()).expect("it can be written");
}

/// An approval of what went into main with `head`, since `base`.
fn review(scene: &Scene, name: &str, base: &str, head: &str) -> Push {
    scene.approve_since(name, head, base).in_one_line()
}

/// A change of payments that breaks no rule but for what is owed.
fn good_change(scene: &Scene, content: &str) -> WorkingClone {
    let alice = scene.clone_of("alice");
    charge(&alice, content);
    alice.amend_with("Change-Ticket: PAY-7");
    let head = show(&alice);
    scene.approve("dana", &head);
    alice
}

/// What `portcullis audit` says is owed.
fn owed(scene: &Scene) -> String {
    let audit = ["audit", "--debt", "--policy", "policy.yml"];
    portcullis(scene.server.folder(), audit).stdout
}

#[track_caller]
fn paid(push: &Push, rules: &[&str]) {
    assert!(push.accepted, "{}", push.stderr);
    let given = push.remote.matches("the review is given").count();
    assert_eq!(given, rules.len(), "{}", push.remote);
    for rule in rules {
        assert!(
            push.remote.contains(&format!("(`{rule}`)")),
            "{}",
            push.remote
        );
    }
}

#[test]
fn a_debt_holds_back_its_paths_until_others_have_approved_the_change() {
    let scene = scene(", debt: 72h");
    let base = scene.server.tip("main").expect("it is there");
    let alice = scene.clone_of("alice");
    let head = charge(&alice, "1");
    let push = push_with(&alice, REASON);
    assert!(push.accepted, "{}", push.stderr);
    for word in [
        "a review of this change is owed by",
        "payments-approved, payments-ticket",
        &base,
    ] {
        assert!(push.remote.contains(word), "{word}: {}", push.remote);
    }
    assert!(owed(&scene).starts_with("2 reviews owed, 0 of them overdue"));
    let id = scene.server.ledger().last().expect("recorded")["id"].clone();
    wait(&scene);
    let next = good_change(&scene, "2");
    let held = |words: &[&str]| {
        let push = next.push_main().in_one_line();
        push.assert_refused(&["portcullis/review-debt", "alice has gone past"]);
        push.assert_refused(words);
    };
    held(&[
        id.as_str().expect("an id"),
        "payments-approved",
        "payments-ticket",
        "can be given by bob, dana",
        "can be given by carol",
        &format!("Base: {base}"),
        "services/payments/charge.rs",
    ]);
    // It is none of the paths of another rule, and none of another ref.
    let styles = scene.clone_of("alice");
    styles.write("web/site.css", "p {}").commit("Style");
    styles.push(["HEAD:refs/heads/topic"]).assert_silent();
    // No glass can be broken for it.
    refused(push_with(&next, REASON), &["portcullis/review-debt"]);
    // Who has broken the glass does not pay; nor does an approval of something else, or of who is not asked.
    for (name, from, to) in [
        ("alice", &base, &head),
        ("mallory", &base, &head),
        ("bob", &base, &show(&next)),
    ] {
        paid(&review(&scene, name, from, to), &[]);
        held(&[]);
    }
    paid(&review(&scene, "bob", &base, &head), &["payments-approved"]);
    held(&["payments-ticket"]);
    paid(&review(&scene, "carol", &base, &head), &["payments-ticket"]);
    next.push_main().assert_silent();
    assert!(owed(&scene).starts_with("0 reviews owed"));
    let lines = scene.server.ledger();
    let of = |key: &str| {
        let lists = lines.iter().filter_map(|line| line[key].as_array());
        lists.flatten().cloned().collect::<Vec<_>>()
    };
    assert_eq!(of("debts_opened").len(), 2);
    assert_eq!(of("debts_paid").len(), 2);
    assert!(of("debts_paid").iter().all(|debt| debt["decision"] == id));
    // The approval that has paid lets nothing in a second time.
    let again = scene.clone_of("alice");
    charge(&again, "1");
    again.amend_with("Change-Ticket: PAY-7");
    refused(again.push_main(), &["payments-approved"]);
}

#[test]
fn undoing_the_change_pays_nothing() {
    let scene = scene(", debt: 72h");
    let base = scene.server.tip("main").expect("it is there");
    let head = break_glass(&scene.clone_of("alice"), "1");
    // In time, and with all that the rules ask.
    let undo = scene.clone_of("alice");
    undo.git().run(["revert", "--no-edit", "HEAD"]);
    undo.amend_with("Change-Ticket: PAY-8");
    scene.approve("dana", &show(&undo));
    undo.push_main().assert_silent();
    wait(&scene);
    let next = good_change(&scene, "2");
    refused(next.push_main(), &["portcullis/review-debt"]);
    // Nor is there anything to delete: what is owed lies where no push reaches.
    let delete = [":refs/heads/portcullis/bypasses", ":portcullis/bypasses"];
    for name in delete {
        assert!(!next.push([name]).accepted);
    }
    refused(next.push([":main"]), &["portcullis/review-debt"]);
    paid(&review(&scene, "bob", &base, &head), &["payments-approved"]);
    paid(&review(&scene, "carol", &base, &head), &["payments-ticket"]);
    next.push_main().assert_silent();
}

#[test]
fn a_rewind_hides_nothing_and_lost_commits_are_asked_for() {
    let scene = scene(", debt: 72h");
    let rules = super::RULES.replace("update: [rewind, delete]", "update: [delete]");
    let bypass = "bypass: { people: [alice, carol], debt: 72h }\n";
    scene.govern(&format!("{rules}{bypass}"));
    let base = scene.server.tip("main").expect("it is there");
    let alice = scene.clone_of("alice");
    let head = break_glass(&alice, "1");
    alice.git().run(["reset", "--quiet", "--hard", &base]);
    // Moving back is a change too, and of no new commit.
    let back = alice.push([format!("-o{REASON}"), "-f".to_owned(), "main".to_owned()]);
    assert!(back.accepted, "{}", back.stderr);
    wait(&scene);
    let next = good_change(&scene, "2");
    refused(next.push_main(), &["portcullis/review-debt", &head]);
    // The repository forgets what no ref holds.
    scene
        .server
        .git()
        .run(["reflog", "expire", "--expire=now", "--all"]);
    scene.server.git().run(["gc", "--quiet", "--prune=now"]);
    refused(next.push_main(), &["which this repository has lost", &head]);
    alice
        .push([format!("{head}:refs/changes/lost")])
        .assert_silent();
    paid(&review(&scene, "bob", &base, &head), &["payments-approved"]);
    let undone = review(&scene, "bob", &head, &base);
    paid(&undone, &["payments-approved"]);
    paid(&review(&scene, "carol", &base, &head), &["payments-ticket"]);
    paid(&review(&scene, "carol", &head, &base), &["payments-ticket"]);
    next.push_main().assert_silent();
}

#[test]
fn a_veto_stands_in_the_way_of_paying_too() {
    let scene = scene(", debt: 72h");
    let base = scene.server.tip("main").expect("it is there");
    let head = break_glass(&scene.clone_of("alice"), "1");
    scene.veto("dana", &head, "refs/heads/main").assert_silent();
    paid(&review(&scene, "bob", &base, &head), &[]);
    paid(&review(&scene, "carol", &base, &head), &["payments-ticket"]);
    wait(&scene);
    let next = scene.clone_of("bob");
    charge(&next, "2");
    refused(next.push_main(), &["portcullis/review-debt", "dana's veto"]);
    // Her newer word lifts it, and what bob has said counts.
    later();
    paid(
        &review(&scene, "dana", &base, &head),
        &["payments-approved"],
    );
}

#[test]
fn in_time_nobody_is_held_back_and_the_admin_can_forgive() {
    let lenient = scene(", debt: 72h");
    break_glass(&lenient.clone_of("alice"), "1");
    good_change(&lenient, "2").push_main().assert_silent();
    let strict = scene(", debt: 72h");
    break_glass(&strict.clone_of("alice"), "1");
    wait(&strict);
    let next = good_change(&strict, "2");
    refused(next.push_main(), &["portcullis/review-debt"]);
    let waivers = ["payments-approved", "payments-ticket"].map(|rule| {
        format!("  - {{ rule: {rule}, refs: [main], until: 2999-01-31, reason: INC-204 is written up }}\n")
    });
    strict.govern(&format!(
        "{}bypass: {{ people: [alice] }}\nwaivers:\n{}",
        super::RULES,
        waivers.concat()
    ));
    next.push_main().assert_silent();
}
