//! GitLab, whose Gitaly starts the hook itself: for git pushes inside git's quarantine, for what happens in its pages in
//! one of its own, outside the repository.

use std::fs;

use portcullis::forge::{Forge, Protocol};

use super::POLICY;
use super::row::{Change, Row, Told, Variables, server};
use crate::support::{Git, HookRun, Server, snapshot};

const ALWAYS: Variables = &[
    ("GL_REPOSITORY", "project-3"),
    ("GL_PROJECT_PATH", "shop/web"),
    ("GL_ID", "user-2"),
    ("GL_USERNAME", "alice"),
];
const WEB: Variables = &[("GL_PROTOCOL", "web")];

fn gitlab(option: &str) -> Server {
    let server = server(option, POLICY);
    server.delegate_as_gitaly_does();
    server
}

#[test]
fn each_git_push_to_gitlab() {
    let server = gitlab("gitlab");
    let ssh = || Told::alice(Protocol::Ssh);
    let http = || Told::alice(Protocol::Http);
    let row = |name, variables: &[(&'static str, &'static str)], change, told| Row {
        name,
        variables: [ALWAYS, variables].concat(),
        change,
        told,
    };
    for row in [
        row(
            "a push over ssh",
            &[("GL_PROTOCOL", "ssh"), ("GL_ID", "key-4")],
            Change::Commit,
            ssh(),
        ),
        row(
            "a push over http",
            &[("GL_PROTOCOL", "http")],
            Change::Commits,
            http(),
        ),
        row(
            "a deploy key",
            &[
                ("GL_PROTOCOL", "ssh"),
                ("GL_ID", "key-9"),
                ("GL_USERNAME", ""),
            ],
            Change::Commit,
            ssh().nobody(None),
        ),
        row(
            "a wiki",
            &[
                ("GL_PROTOCOL", "ssh"),
                ("GL_REPOSITORY", "wiki-3"),
                ("GL_PROJECT_PATH", "shop/web.wiki"),
            ],
            Change::Commit,
            ssh().to("shop/web.wiki"),
        ),
        row(
            "a branch that a rule governs",
            &[("GL_PROTOCOL", "ssh")],
            Change::Branch,
            ssh(),
        ),
        row(
            "another branch",
            &[("GL_PROTOCOL", "ssh")],
            Change::Topic,
            ssh(),
        ),
    ] {
        row.try_on(&server, Forge::Gitlab);
    }
    assert!(
        !server.repository().join("portcullis").exists(),
        "what is written into a snapshot would be gone"
    );
}

/// Refused in words that GitLab's pages show: of the others, none.
#[track_caller]
fn assert_refused_in_a_page(run: &HookRun) {
    run.assert(1, &["payments-ticket", "Change-Ticket"]);
    for line in run.stderr.lines() {
        assert!(line.starts_with("GL-HOOK-ERR:"), "{line:?}");
    }
}

#[test]
fn each_operation_in_gitlabs_pages() {
    let server = gitlab("gitlab");
    let variables = [ALWAYS, WEB].concat();
    for (name, change) in [
        ("the web editor, or the commits API", Change::Commit),
        ("a merge request is merged", Change::Merge),
        ("it is merged by fast-forward", Change::Commits),
        ("a commit is picked or reverted", Change::Commit),
        ("a new branch", Change::Branch),
        ("a merge request's branch is rebased", Change::Topic),
    ] {
        for has_ticket in [false, true] {
            let clone = server.working_clone();
            let refspec = change.make(&clone, name, has_ticket);
            let target = refspec.rsplit_once(':').expect("a refspec").1.to_owned();
            let run = server.operate(&clone, &target, Some(&clone.head()), &variables);
            println!("{name}, ticket {has_ticket}: {}", run.stderr);
            if has_ticket || !change.is_judged() {
                run.assert(0, &[]);
                assert_eq!(run.stderr, "");
            } else {
                assert_refused_in_a_page(&run);
            }
            let told = Told::alice(Protocol::Web);
            let row = Row {
                name,
                variables: variables.clone(),
                change,
                told,
            };
            row.assert_told(&server);
        }
    }
    // A branch that goes has no quarantine.
    let clone = server.working_clone();
    let run = server.operate(&clone, "refs/heads/topic", None, &variables);
    run.assert(0, &[]);
    assert_eq!(server.tip("refs/heads/topic"), None);
}

/// With transactions, Gitaly shows each push a snapshot, in a folder of its own, which is gone afterwards.
#[test]
fn what_is_remembered_is_of_the_project_and_not_of_the_snapshot() {
    let server = gitlab("auto");
    let variables = [ALWAYS, WEB].concat();
    let shot = |number: usize| {
        let place = server
            .folder()
            .join(format!("+gitaly/staging/snapshots/{number}/@hashed/aa/bb"));
        fs::create_dir_all(&place).expect("a folder can be made");
        let copy = place.join("cc.git");
        let status = Git::at(server.folder())
            .program("cp")
            .args(["-R"])
            .args([&server.repository(), &copy])
            .status();
        assert!(status.is_ok_and(|status| status.success()));
        copy
    };
    for (taken, has_ticket) in [false, true].into_iter().enumerate() {
        let clone = server.working_clone();
        Change::Commit.make(&clone, "web", has_ticket);
        let copy = shot(taken);
        let before = snapshot(&copy);
        let new = clone.head();
        let run = server.operate_at(&copy, &clone, "refs/heads/main", Some(&new), &variables);
        assert_eq!(snapshot(&copy), before, "nothing is left in the snapshot");
        if has_ticket {
            run.assert(0, &[]);
        } else {
            assert_refused_in_a_page(&run);
        }
    }
    let kept = server
        .state_dir()
        .join("repositories/shop/web~/states/refs/heads/main~");
    assert!(kept.is_file());
}

/// The objects of a fork are in a pool, which it knows by a path from its own.
#[test]
fn a_fork_has_its_objects_in_a_pool() {
    let server = gitlab("gitlab");
    let pool = server.folder().join("@pools/aa/bb.git");
    fs::create_dir_all(pool.join("objects")).expect("a folder can be made");
    let objects = server.repository().join("objects");
    for entry in fs::read_dir(&objects).expect("a folder") {
        let from = entry.expect("it can be read").path();
        let name = from.file_name().expect("it has a name");
        if name.len() == 2 {
            fs::rename(&from, pool.join("objects").join(name)).expect("it can be moved");
        }
    }
    fs::write(
        objects.join("info/alternates"),
        "../../@pools/aa/bb.git/objects\n",
    )
    .expect("a file can be written");
    Row {
        name: "a push to a fork",
        variables: [ALWAYS, &[("GL_PROTOCOL", "ssh")]].concat(),
        change: Change::Merge,
        told: Told::alice(Protocol::Ssh),
    }
    .try_on(&server, Forge::Gitlab);
    let clone = server.working_clone();
    Change::Commit.make(&clone, "fork", false);
    let head = clone.head();
    let variables = [ALWAYS, WEB].concat();
    assert_refused_in_a_page(&server.operate(&clone, "refs/heads/main", Some(&head), &variables));
}
