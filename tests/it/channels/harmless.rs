//! Pushes that the hook sees although nothing comes of them, and very large ones: they cost little, tell nothing, and leave
//! nothing behind that the next push would stumble over.

use std::fmt::Write as _;
use std::fs;

use super::POLICY;
use super::row::{Change, server};
use crate::support::gitea::write_program;
use crate::support::{HookRun, Push, Server, WorkingClone, hermetic};

fn pusher(server: &Server, name: &str) -> WorkingClone {
    server
        .working_clone()
        .env("GITEA_PUSHER_NAME", name)
        .env("GITEA_REPO_USER_NAME", "shop")
        .env("GITEA_REPO_NAME", "web")
        .env("SSH_ORIGINAL_COMMAND", "git-receive-pack '/shop/web.git'")
}

#[track_caller]
fn refused_by_another(push: &Push, words: &[&str]) {
    assert!(!push.accepted, "{}", push.stderr);
    for word in words {
        assert!(push.stderr.contains(word), "{word:?}:\n{}", push.stderr);
    }
    assert!(!push.stderr.contains("gate failed"), "{}", push.stderr);
}

/// Gitea lets readers come as far as the hook, and refuses them in its own.
#[test]
fn what_a_reader_pushes_to_gitea_changes_nothing_for_others() {
    let server = server("gitea", POLICY);
    server.delegate_as_gitea_does();
    let alice = pusher(&server, "alice");
    let refspec = Change::Merge.make(&alice, "change", true);
    let refspec = [refspec];
    // She shows it to a reader, who pushes it as it is, and worse.
    let eve = pusher(&server, "eve");
    let source = alice.path(".").display().to_string();
    eve.git().run(["fetch", "--quiet", &source, "HEAD"]);
    for place in ["main", "release/1", "topic"] {
        let push = eve.push([format!("FETCH_HEAD:refs/heads/{place}")]);
        refused_by_another(&push, &["User permission denied"]);
    }
    let push = eve.push(["FETCH_HEAD^2:refs/heads/main"]);
    refused_by_another(&push, &["User permission denied"]);
    alice.push(refspec).assert_silent();
}

/// git has refused these before it asks, and asks all the same.
#[test]
fn what_git_refuses_by_itself_changes_nothing_for_others() {
    let server = server("plain", POLICY);
    let clone = server.working_clone();
    clone.push(["main:topic"]).assert_silent();
    server.configure("receive.denyNonFastForwards", "true");
    server.configure("receive.denyDeletes", "true");
    server.configure("receive.hideRefs", "refs/hidden");
    let tip = clone.head();
    clone
        .git()
        .run(["commit", "--quiet", "--amend", "-m", "Another"]);
    refused_by_another(&clone.push(["+main"]), &["denying non-fast-forward"]);
    refused_by_another(&clone.push([":topic"]), &["denying ref deletion"]);
    refused_by_another(&clone.push(["main:refs/hidden/x"]), &[]);
    clone.git().run(["reset", "--quiet", "--hard", &tip]);
    let refspec = Change::Commit.make(&clone, "next", false);
    clone.push([&refspec]).assert_refused(&["payments-ticket"]);
    clone.amend_with("Change-Ticket: PAY-7");
    clone.push([&refspec]).assert_silent();
}

/// An `update` hook refuses afterwards, and one ref alone.
#[test]
fn what_an_update_hook_refuses_may_be_pushed_again() {
    let server = server("plain", POLICY);
    let update = server.repository().join("hooks/update");
    write_program(&update, "#!/bin/sh\nexit 1\n");
    let clone = server.working_clone();
    let refspec = Change::Merge.make(&clone, "change", true);
    refused_by_another(&clone.push([&refspec]), &["hook declined"]);
    fs::remove_file(&update).expect("it was written");
    clone.push([&refspec]).assert_silent();
}

#[test]
fn a_mirror_of_twenty_thousand_refs_passes_through_giteas_hook() {
    let server = server("gitea", POLICY);
    server.delegate_as_gitea_does();
    let head = server.tip("refs/heads/main").expect("there is one");
    let zero = "0".repeat(40);
    let mut lines = String::new();
    for number in 0..20_000 {
        writeln!(lines, "{zero} {head} refs/heads/mirrored/{number}").expect("memory");
    }
    let mut delegate = hermetic(
        server.repository().join("hooks/pre-receive"),
        &server.repository(),
    );
    delegate
        .env("GIT_DIR", ".")
        .env("GITEA_PUSHER_NAME", "alice");
    let run = HookRun::of(&mut delegate, lines.clone());
    run.assert(0, &[]);
    assert_eq!(run.stderr, "");
    // One of them is protected, and does not hide among the others.
    let clone = server.working_clone();
    Change::Commit.make(&clone, "evil", false);
    let evil = clone.head();
    clone.push(["HEAD:topic"]).assert_silent();
    writeln!(lines, "{head} {evil} refs/heads/main").expect("memory");
    let run = HookRun::of(&mut delegate, lines);
    run.assert(1, &["payments-ticket"]);
}

/// The server's own books are kept without a look at anything: the forge would wait for its own answer.
#[test]
fn heads_of_pull_requests_pass_while_nothing_works() {
    let rules = r"
  - id: approved
    refs: ['refs/**']
    require: { approvals: [{ count: 1, from: [alice], by: [review] }] }
forge: { kind: gitea, url: 'http://127.0.0.1:1', token_file: /nowhere/token }
";
    let policy = POLICY.replace(
        "audit:",
        &format!("{}audit:", rules.trim_start_matches('\n')),
    );
    let server = server("gitea", &policy);
    server.delegate_as_gitea_does();
    let gitea = pusher(&server, "alice")
        .env("SSH_ORIGINAL_COMMAND", "gitea-internal")
        .env("GITEA_INTERNAL_PUSH", "true");
    Change::Merge.make(&gitea, "change", false);
    gitea.push(["+HEAD:refs/pull/7/head"]).assert_silent();
    gitea.push(["+HEAD~1:refs/pull/7/head"]).assert_silent();
    gitea.push(["HEAD:refs/for/main"]).assert_silent();
    gitea.push([":refs/pull/7/head"]).assert_silent();
    // The same word beside a branch frees nothing.
    let push = gitea.push(["HEAD:refs/heads/main", "HEAD:refs/pull/8/head"]);
    assert!(!push.accepted, "{}", push.stderr);
    assert_eq!(server.tip("refs/pull/8/head"), None);
}

/// git hands on what a hook writes in pieces of 128 bytes, and waits until nobody holds the pipe any more.
#[test]
fn a_refusal_is_written_at_once_in_whole_lines() {
    let server = server("plain", POLICY);
    let clone = server.working_clone();
    for number in 0..40 {
        clone
            .write(format!("services/payments/{number}.rs").as_str(), "")
            .commit("Charge");
    }
    clone.push(["HEAD:topic"]).assert_silent();
    let old = server.tip("refs/heads/main").expect("there is one");
    let trace = server.folder().join("trace");
    let mut hook = hermetic("strace", &server.repository());
    hook.args([
        "-f",
        "-qq",
        "-e",
        "trace=write,execve",
        "-e",
        "signal=none",
        "-o",
    ])
    .arg(&trace)
    .arg(server.repository().join("hooks/pre-receive"))
    .env("GIT_DIR", ".");
    let run = HookRun::of(
        &mut hook,
        format!("{old} {} refs/heads/main\n", clone.head()),
    );
    run.assert(1, &["payments-ticket"]);
    assert!(run.stderr.ends_with('\n'), "{:?}", run.stderr);
    assert!(!run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
    for line in run.stderr.lines() {
        // What is to be copied into a shell stays in one.
        let is_a_command = line.contains("rebase -i");
        assert!(is_a_command || line.chars().count() <= 100, "{line}");
        assert_eq!(line, line.trim_end(), "{line:?}");
    }
    let trace = fs::read_to_string(trace).expect("strace has written it");
    let writes = trace.lines().filter(|line| line.contains("write(2, "));
    assert_eq!(writes.count(), 1, "{trace}");
}
