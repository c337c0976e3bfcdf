//! Conditions on each new commit: `author`, `committer`, `signer`, `message`, and that no commit speaks for another.

use super::Scene;
use crate::signature::desk::Desk;
use crate::support::{ObjectFormat, Server};

#[test]
fn authors_are_persons() {
    let scene = Scene::when("{ author: [bob, unknown] }", "");
    scene.write("a", "1\n").commit_by("alice@shop.example");
    scene.accepted(&["main"]);
    for email in ["BOB@shop.example", "stranger@elsewhere.example"] {
        scene.write("a", email).commit_by(email);
        scene.refused(&["main"], &[]);
        scene.reset();
    }
}

#[test]
fn no_commit_exempts_another() {
    let scene = Scene::when("{ not: { author: [alice] } }", "");
    scene.write("a", "1\n").commit_by("alice@shop.example");
    let other = scene.write("b", "1\n").commit_by("bob@shop.example");
    scene.write("c", "1\n").commit_by("alice@shop.example");
    scene.refused(&["main"], &[&other[..12]]);
    let refused = scene.clone.push_main();
    assert!(!refused.remote.contains(&scene.clone.head()[..12]));
}

#[test]
fn two_conditions_are_asked_of_the_same_commit() {
    let scene = Scene::when("{ author: bob, message: WIP }", "");
    scene.write("a", "1\n").commit_by("bob@shop.example");
    scene.write("a", "2\n").commit("WIP");
    scene.accepted(&["main"]);
}

#[test]
fn a_message_is_searched() {
    let scene = Scene::when("{ message: '(?i)^revert' }", "");
    scene.write("a", "1\n").commit("Do not revert");
    scene.accepted(&["main"]);
    scene.write("a", "2\n").commit("REVERT that");
    scene.refused(&["main"], &[]);
}

#[test]
fn a_committer_is_not_the_author() {
    // Alice commits, whoever wrote it.
    let scene = Scene::when("{ committer: pusher, author: unknown }", "");
    scene.write("a", "1\n").commit_by("bob@shop.example");
    scene.accepted(&["main"]);
    scene.write("a", "2\n").commit_by("mallory@shop.example");
    scene.refused(&["main"], &[]);
}

#[test]
fn who_signed_is_not_who_says_so() {
    let desk = Desk::new(ObjectFormat::Sha1);
    for name in ["alice", "mallory"] {
        desk.ssh_key(name, &["-t", "ed25519"]);
    }
    let server = Server::new(&format!(
        "version: 1
people:
  alice: {{ emails: [alice@shop.example], keys: ['{}'] }}
rules:
  - id: asked
    paths: [pay/**]
    when: {{ not: {{ signer: [alice] }} }}
    deny: Not so.
",
        desk.public("alice")
    ));
    let clone = server.working_clone();
    clone.git().run(["config", "gpg.format", "ssh"]);
    for (key, option, accepted) in [
        ("alice", "-S", true),
        ("alice", "--no-gpg-sign", false),
        ("mallory", "-S", false),
    ] {
        let file = desk.folder().join(key);
        let file = file.to_string_lossy();
        clone.git().run(["config", "user.signingKey", &*file]);
        clone.write("pay/charge", format!("{key} {option}\n"));
        clone.git().run(["add", "--all"]);
        let author = "Alice <alice@shop.example>";
        clone
            .git()
            .run(["commit", "--quiet", option, "--author", author, "-m", "Pay"]);
        let push = clone.push_main();
        assert_eq!(push.accepted, accepted, "{key} {option}: {}", push.stderr);
        if !accepted {
            push.assert_refused(&["asked"]);
            clone.git().run(["reset", "--quiet", "--hard", "HEAD~1"]);
        }
    }
}

#[test]
fn each_word_for_agents_has_its_commits() {
    let alice = "Alice <alice@shop.example>";
    let commits = [
        ("unknown", alice, "Change"),
        ("declared_none", alice, "Change\n\nAI-Assisted: no"),
        (
            "assisted",
            alice,
            "Change\n\nCo-authored-by: Claude <noreply@anthropic.com>",
        ),
        ("authored", "Coder <coder@shop.example>", "Change"),
    ];
    for (asked, ..) in commits {
        let scene = Scene::when(&format!("{{ ai: {asked} }}"), "");
        for (known, author, message) in commits {
            scene.write("web/site.css", format!("/* {known} */\n"));
            let author = format!("--author={author}");
            scene.git(["commit", "--quiet", "--all", &author, "-m", message]);
            // Whoever asks about help means all of it.
            if asked == known || (asked, known) == ("assisted", "authored") {
                scene.refused(&["main"], &["web/site.css"]);
                scene.reset();
            } else {
                scene.accepted(&["main"]);
            }
        }
    }
}
