//! By push option.

use std::thread;

use super::{REASON, RULES, push_with, scene};
use crate::approvals::{Scene, charge, refused};
use crate::support::Push;

#[track_caller]
fn loud(push: &Push) {
    assert!(push.accepted, "{}", push.stderr);
    assert!(push.remote.contains("breaks the glass"), "{}", push.remote);
}

#[test]
fn who_may_goes_past_rules_and_everybody_hears_of_it() {
    let scene = scene("");
    let alice = scene.clone_of("alice");
    let head = charge(&alice, "1");
    let push = alice.push_main().in_one_line();
    push.assert_refused(&[
        "payments-approved",
        "payments-ticket",
        "in an emergency you may go past this",
        "receive.advertisePushOptions",
        "INC-[0-9]+ .+",
    ]);
    let push = push_with(&alice, REASON);
    loud(&push);
    for word in [
        "alice breaks the glass, past 2 findings",
        "INC-204 checkout is down",
        "bypassed: payments-approved",
        "bypassed: payments-ticket",
    ] {
        assert!(push.remote.contains(word), "{word}: {}", push.remote);
    }
    let lines = scene.server.ledger();
    let line = lines.last().expect("it is recorded");
    assert_eq!(line["verdict"], "allow");
    assert_eq!(line["updates"][0]["new"], head);
    assert_eq!(line["findings"].as_array().map(Vec::len), Some(2));
    for finding in line["findings"].as_array().expect("a list") {
        assert_eq!(finding["bypassed"], true);
        assert_eq!(finding["bypass"]["person"], "alice");
        assert_eq!(finding["bypass"]["by"], "option");
        assert_eq!(finding["bypass"]["reason"], "INC-204 checkout is down");
        assert!(!finding["missing"].as_array().expect("a list").is_empty());
    }
    assert_eq!(lines[lines.len() - 2]["verdict"], "deny");
    // What breaks no rule breaks no glass.
    alice.write("web/site.css", "p {}").commit("Style");
    push_with(&alice, REASON).assert_silent();
}

#[test]
fn programs_are_told_too() {
    let scene = scene("");
    let carol = scene.clone_of("carol");
    charge(&carol, "1");
    let push = carol.push([
        "-oportcullis=json".to_owned(),
        format!("-o{REASON}"),
        "main".to_owned(),
    ]);
    let json = push.decision();
    assert_eq!(json["verdict"], "allow");
    assert_eq!(json["findings"][0]["bypassed"], true);
    assert_eq!(json["findings"][0]["bypass"]["person"], "carol");
}

#[test]
fn others_do_not_whatever_their_commits_say() {
    let scene = scene("");
    // Mallory writes and commits as alice, and says so in every way that is not the server's.
    let mallory = scene
        .clone_of("mallory")
        .env("GIT_AUTHOR_EMAIL", "alice@shop.example")
        .env("GIT_COMMITTER_EMAIL", "alice@shop.example")
        .env("GITEA_PUSHER_NAME", "alice");
    charge(&mallory, "1");
    refused(
        push_with(&mallory, REASON),
        &[
            "mallory is not among those who may (alice, carol)",
            "payments-approved",
        ],
    );
    let nobody = scene.clone_of("stranger");
    charge(&nobody, "2");
    refused(
        push_with(&nobody, REASON),
        &["the policy knows nobody as the pusher"],
    );
    let json = scene.server.ledger();
    let finding = &json.last().expect("recorded")["findings"][0];
    assert!(finding["bypassed"].is_null(), "{finding}");
}

#[test]
fn a_reason_is_one_plain_line_of_the_wanted_form() {
    let scene = scene("");
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let long = format!("break-glass=INC-1 {}", "x".repeat(60_000));
    for (option, why) in [
        ("break-glass=", "no reason is given"),
        ("break-glass=  ", "no reason is given"),
        ("break-glass=please", "must match INC-[0-9]+ .+ as a whole"),
        ("break-glass=see INC-1 now", "must match"),
        ("break-glass=INC-1 \u{1b}[2Jgone", "no line of plain text"),
        ("break-glass=INC-1 \u{202e}gone", "no line of plain text"),
        (&long, "500 are enough"),
        ("break-glas=INC-1 down", "in an emergency you may"),
    ] {
        let push = push_with(&alice, option);
        assert!(!push.remote.contains(['\u{1b}', '\u{202e}']), "{option}");
        refused(push, &[why]);
    }
    let twice = [
        format!("-o{REASON}"),
        format!("-o{REASON}, again"),
        "main".to_owned(),
    ];
    refused(alice.push(twice), &["several reasons are given"]);
    loud(&push_with(&alice, REASON));
}

#[test]
fn what_is_excepted_holds_and_what_refuses_whatever_the_rules_say() {
    let scene = scene("");
    let alice = scene.clone_of("alice");
    let first = charge(&alice, "1");
    loud(&push_with(&alice, REASON));
    alice.git().run(["reset", "--quiet", "--hard", "HEAD~1"]);
    let force = || alice.push([format!("-o{REASON}"), "-f".to_owned(), "main".to_owned()]);
    refused(
        force().in_one_line(),
        &["history-stays", "`history-stays` holds nevertheless"],
    );
    assert_eq!(scene.server.tip("main"), Some(first));
    let replace = [
        format!("-o{REASON}"),
        "HEAD:refs/replace/1111111111111111111111111111111111111111".to_owned(),
    ];
    refused(alice.push(replace), &["replacement objects"]);
    // A gate that fails is none that can be gone past.
    scene.server.set_policy("{");
    std::fs::remove_dir_all(scene.server.state_dir()).expect("the last good one is there");
    let push = alice.push([format!("-o{REASON}"), "HEAD:topic".to_owned()]);
    refused(push, &["the gate failed"]);
}

#[test]
fn a_right_ends_on_its_day_and_comes_so_often() {
    let over = scene(", expires: 2020-01-31");
    let alice = over.clone_of("alice");
    charge(&alice, "1");
    let push = alice.push_main().in_one_line();
    assert!(!push.remote.contains("in an emergency"), "{}", push.remote);
    refused(push_with(&alice, REASON), &["nobody may since 2020-02-01"]);
    let scene = scene(", expires: 2999-01-31, rate: 1/1h");
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    loud(&push_with(&alice, REASON));
    charge(&alice, "2");
    refused(
        push_with(&alice, REASON),
        &["alice has done so 1 time within 1 hour; the next is possible at"],
    );
    // The ledger is no memory; what another person may is theirs.
    std::fs::remove_file(scene.server.folder().join("audit.jsonl")).expect("it is there");
    refused(push_with(&alice, REASON), &["alice has done so 1 time"]);
    let carol = scene.clone_of("carol");
    charge(&carol, "3");
    loud(&push_with(&carol, REASON));
}

#[test]
fn two_at_once_cannot_share_the_last_time() {
    let scene = scene(", rate: 1/1h");
    let clones: Vec<_> = (0..4)
        .map(|number| {
            let clone = scene.clone_of("alice");
            charge(&clone, &number.to_string());
            (number, clone)
        })
        .collect();
    // Each to a ref of its own, so that git's lock on refs does not help.
    let accepted = thread::scope(|scope| {
        let pushes: Vec<_> = clones
            .iter()
            .map(|(number, clone)| {
                let to = format!("main:release/{number}");
                scope.spawn(move || clone.push([format!("-o{REASON}"), to]).accepted)
            })
            .collect();
        let ends = pushes.into_iter().map(|push| push.join().expect("it ends"));
        ends.filter(|accepted| *accepted).count()
    });
    assert_eq!(accepted, 1);
}

#[test]
fn what_cannot_be_remembered_is_refused_and_not_the_pushers_fault() {
    let scene = scene("");
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let memory = scene.server.repository().join("portcullis/bypasses");
    std::fs::create_dir_all(&memory).expect("made");
    let failed = |words: &[&str]| {
        let push = push_with(&alice, REASON);
        push.assert_refused(&["the gate failed, not your change", "portcullis/bypasses"]);
        push.assert_refused(words);
    };
    failed(&["cannot be read"]);
    std::fs::remove_dir(&memory).expect("it is there");
    std::fs::write(&memory, "{\"used\":{}}\n").expect("written");
    failed(&["is damaged at line 1: restore it from a backup"]);
    std::fs::remove_file(&memory).expect("it is there");
    // A line that a crash cut off is none.
    std::fs::write(&memory, "{\"used\":{").expect("written");
    loud(&push_with(&alice, REASON));
}

#[test]
fn without_a_bypass_the_option_means_nothing() {
    let scene = Scene::under(RULES);
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    refused(push_with(&alice, REASON), &["the policy has no `bypass`"]);
}
