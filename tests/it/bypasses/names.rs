//! A8, A12: names that some readers take for others.

use super::{Scene, TICKETS};

#[test]
fn a8_a_tag_or_branch_with_the_name_of_a_protected_ref() {
    let scene = Scene::new();
    for twin in [
        "refs/tags/main",
        "refs/tags/MAIN",
        "refs/heads/Main",
        "refs/heads/ｍain",
    ] {
        if twin == "refs/heads/ｍain" {
            // Other letters are another name: only what file systems ignore is the same.
            scene.accepted(&[&format!("main:{twin}")]);
        } else {
            scene.refused(&[&format!("main:{twin}")], &["already has this name"]);
        }
    }
    scene.accepted(&[
        "main:refs/tags/other",
        "main:refs/heads/other",
        "main:refs/heads/main2",
    ]);
}

#[test]
fn a8_twins_of_no_protected_ref_are_nobodys_concern() {
    let scene = Scene::new();
    scene.accepted(&["main:refs/heads/x", "main:refs/tags/x", "main:refs/heads/X"]);
}

#[test]
fn a8_twins_in_one_push() {
    let scene = Scene::new();
    scene.refused(
        &["main:refs/heads/release/9", "main:refs/tags/release/9"],
        &["already has this name"],
    );
    scene.refused(
        &["main:refs/tags/Release/9", "main:refs/heads/release/9"],
        &["already has this name"],
    );
    scene.refused(
        &[
            "main:refs/heads/release/9",
            "main:refs/heads/release/9A",
            "main:refs/heads/release/9a",
        ],
        &["already has this name"],
    );
    scene.accepted(&["main:refs/heads/release/9", "main:refs/tags/nine"]);
}

#[test]
fn a8_a_branch_called_like_a_full_name() {
    let scene = Scene::new();
    for twin in [
        "refs/heads/refs/heads/main",
        "refs/tags/refs/heads/main",
        "refs/tags/heads/main",
    ] {
        scene.refused(&[&format!("main:{twin}")], &["already has this name"]);
    }
    scene.accepted(&["main:refs/heads/heads-up", "main:refs/heads/refs/notes"]);
}

/// A look-up of `refs/heads/release/1` in git's manner would find `refs/tags/refs/heads/release/1`.
#[test]
fn a8_a_longer_name_stands_for_no_other() {
    let scene = Scene::new();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.accepted(&["topic"]);
    scene
        .server
        .git()
        .run(["update-ref", "refs/tags/refs/heads/release/1", &evil]);
    scene
        .server
        .git()
        .run(["update-ref", "refs/heads/refs/heads/release/1", &evil]);
    scene.refused(&["topic:release/1"], &["payments-ticket"]);
    scene.server.git().run(["pack-refs", "--all"]);
    scene.refused(&["topic:release/1"], &["payments-ticket"]);
}

#[test]
fn a8_a_branch_must_hold_a_commit() {
    let scene = Scene::new();
    let tag = {
        scene.git(["tag", "-m", "a tag", "x"]);
        scene.git(["rev-parse", "x"])
    };
    let tree = scene.git(["rev-parse", "HEAD^{tree}"]);
    let blob = scene.git(["rev-parse", "HEAD:web/site.css"]);
    scene.accepted(&["x"]);
    for (id, kind) in [(tag, "tag"), (tree, "tree"), (blob, "blob")] {
        scene
            .fed(&[(&"0".repeat(40), &id, "refs/heads/release/1")])
            .assert(1, &["must lead to a commit", kind]);
    }
}

#[test]
fn a8_odd_bytes_in_names() {
    let scene = Scene::new();
    scene.branch("topic", "main").evil();
    for odd in [
        "release/é",
        "release/\u{202e}niam",
        "release/a'b\"c",
        "release/-x",
        "release/$(id)",
    ] {
        scene.refused(&[&format!("topic:refs/heads/{odd}")], &["payments-ticket"]);
        scene.accepted(&[&format!("main:refs/heads/{odd}")]);
    }
    let tip = scene.git(["rev-parse", "topic"]);
    scene.accepted(&["topic"]);
    let name = b"refs/heads/release/\xff\xfe";
    let line = [
        b"0".repeat(40),
        b" ".to_vec(),
        tip.into_bytes(),
        b" ".to_vec(),
        name.to_vec(),
        b"\n".to_vec(),
    ]
    .concat();
    scene
        .server
        .hook()
        .run(line)
        .assert(1, &["payments-ticket", r"release/\xff\xfe"]);
}

#[test]
fn a12_replacements_and_grafts_are_not_followed() {
    let scene = Scene::new();
    let good = scene.clone.head();
    scene.branch("topic", "main");
    let evil = scene.evil();
    scene.refused(&[&format!("main:refs/replace/{evil}")], &["never accepted"]);
    scene.refused(
        &["main:refs/namespaces/x/refs/heads/main"],
        &["never accepted"],
    );
    scene.refused(
        &["main:topic", &format!("main:refs/replace/{evil}")],
        &["never accepted"],
    );
    scene.accepted(&["topic"]);
    // An admin, or a time before the gate, may have made some.
    scene
        .server
        .git()
        .run(["update-ref", &format!("refs/replace/{evil}"), &good]);
    scene.refused(&["topic:main"], &["payments-ticket"]);
    scene
        .server
        .git()
        .run(["update-ref", "-d", &format!("refs/replace/{evil}")]);
    // git has opinions on grafts, which it would tell among the words of the hook.
    scene
        .server
        .configure("advice.graftFileDeprecated", "false");
    let info = scene.server.repository().join("info");
    std::fs::create_dir_all(&info).expect("a folder can be made");
    std::fs::write(info.join("grafts"), format!("{evil}\n")).expect("a file can be written");
    scene.refused(&["topic:main"], &["payments-ticket"]);
}

#[test]
fn a_trusted_tags_are_followed_to_their_commits_and_nothing_else() {
    let trusting = TICKETS.replace(
        "    require",
        "    trusts: [\"refs/tags/ok/*\"]\n    require",
    );
    let scene = Scene::under(&trusting);
    scene.branch("topic", "main").evil();
    scene.git(["tag", "-m", "fine", "ok/1"]);
    scene.git(["tag", "ok/tree", "HEAD^{tree}"]);
    // What arrives together with its own trust has none.
    scene.refused(&["ok/1", "topic:main"], &["payments-ticket"]);
    scene.accepted(&["ok/tree"]);
    scene.refused(&["topic:main"], &["payments-ticket"]);
    scene.accepted(&["ok/1"]);
    scene.accepted(&["topic:main"]);
}
