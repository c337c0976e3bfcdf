//! The same push into every kind of repository: refused without its ticket, and silent with it.

use super::{POLICY, Scene, TICKET};
use crate::support::{Git, ObjectFormat, Quarantine, RefFormat, Server, Setup, WorkingClone};
use std::{fs, os::unix::fs::PermissionsExt};

/// What every repository must do.
#[track_caller]
fn guards(scene: &Scene) {
    scene.evil();
    scene.refused(&["main"], &["payments-ticket"]);
    scene.refused(&["main", "main:topic"], &["payments-ticket"]);
    scene.accepted(&["main:topic"]);
    scene.refused(&["main"], &["payments-ticket"]);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["main", "main:release/1"]);
    scene.refused(&["--force", "main~1:main"], &["history-stays"]);
    scene.refused(&["main:refs/tags/main"], &["already has this name"]);
    scene.accepted(&["--delete", "topic"]);
}

#[test]
fn d8_every_format() {
    for object_format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        for quarantine in [Quarantine::Loose, Quarantine::Packed] {
            for refs in [RefFormat::Files, RefFormat::Reftable] {
                if refs.is_known() {
                    let setup = Setup {
                        policy: POLICY,
                        object_format,
                        quarantine,
                        refs,
                        ..Setup::default()
                    };
                    guards(&Scene::with(&setup));
                }
            }
        }
    }
}

#[test]
fn d_packed_refs_and_objects_and_a_commit_graph() {
    let scene = Scene::new();
    let git = scene.server.git();
    git.run(["pack-refs", "--all"]);
    git.run(["repack", "-a", "-d", "--quiet"]);
    git.run(["commit-graph", "write", "--reachable"]);
    guards(&scene);
    git.run(["pack-refs", "--all"]);
    git.run(["gc", "--quiet", "--prune=now"]);
    scene.checkout("main");
    guards_again(&scene);
}

#[track_caller]
fn guards_again(scene: &Scene) {
    scene
        .clone
        .write("services/payments/charge.rs", "fn charge() { again() }\n")
        .commit("Again");
    scene.refused(&["main"], &["payments-ticket"]);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["main"]);
}

/// Moves all objects of the server into a pool, as forges do for forks, with this path to it.
fn into_pool(scene: &Scene, pool: &str, path: &str) {
    let objects = scene.server.repository().join("objects");
    let pool = scene.server.folder().join(pool);
    fs::create_dir_all(pool.parent().expect("it is in the folder")).expect("made");
    fs::rename(&objects, &pool).expect("on one disk");
    fs::create_dir_all(objects.join("info")).expect("made");
    fs::create_dir_all(objects.join("pack")).expect("made");
    fs::write(objects.join("info/alternates"), format!("{path}\n")).expect("written");
}

#[test]
fn d6_object_pools_by_absolute_and_relative_path() {
    let absolute = Scene::new();
    let path = absolute.server.folder().join("pool/objects");
    into_pool(&absolute, "pool/objects", &path.to_string_lossy());
    guards(&absolute);
    let relative = Scene::new();
    into_pool(&relative, "pool/objects", "../../pool/objects");
    guards(&relative);
}

#[test]
fn d6_pools_of_pools() {
    let scene = Scene::new();
    into_pool(&scene, "deep/er/one/objects", "../../deep/er/one/objects");
    guards(&scene);
    into_pool(&scene, "pools/two/objects", "../../pools/two/objects");
    // The second pool now holds what the first path led to, relative to itself.
    fs::write(
        scene
            .server
            .folder()
            .join("pools/two/objects/info/alternates"),
        "../../../deep/er/one/objects\n",
    )
    .expect("written");
    scene.server.git().run(["fsck", "--no-dangling"]);
    guards_again(&scene);
    // A pool that leads back to where it began.
    let own = scene.server.repository().join("objects");
    fs::write(
        scene
            .server
            .folder()
            .join("deep/er/one/objects/info/alternates"),
        own.to_string_lossy().as_bytes(),
    )
    .expect("written");
    let push = scene.clone.push(["main:topic2"]);
    assert!(!push.stderr.contains("panicked"), "{}", push.stderr);
}

#[test]
fn d6_a_shared_clone() {
    let scene = Scene::new();
    let fork = Server::with(&Setup {
        policy: POLICY,
        ..Setup::default()
    });
    let objects = scene.server.repository().join("objects");
    fs::create_dir_all(fork.repository().join("objects/info")).expect("made");
    fs::write(
        fork.repository().join("objects/info/alternates"),
        objects.to_string_lossy().as_bytes(),
    )
    .expect("written");
    fork.git()
        .run(["update-ref", "refs/heads/main", &scene.clone.head()]);
    let clone = fork.working_clone();
    guards(&Scene {
        server: fork,
        clone,
    });
}

#[test]
fn d_linked_worktrees() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let scene = Scene::new();
    // A repository with a work tree, whose hook is the server's, and a second work tree on another branch.
    let git = Git::at(folder.path());
    let url = scene.server.repository();
    git.run(["clone", "--quiet", &url.to_string_lossy(), "base"]);
    let base = Git::at(folder.path().join("base"));
    base.run(["checkout", "--quiet", "-b", "parked"]);
    base.run(["worktree", "add", "--quiet", "../linked", "-b", "linked"]);
    fs::create_dir_all(base.folder().join(".git/hooks")).expect("made");
    fs::copy(
        url.join("hooks/pre-receive"),
        base.folder().join(".git/hooks/pre-receive"),
    )
    .expect("copied");
    for place in ["base", "linked"] {
        let clone = WorkingClone::of(
            &folder.path().join(place).to_string_lossy(),
            ObjectFormat::Sha1,
            |git| git,
        );
        clone
            .git()
            .run(["reset", "--quiet", "--hard", "origin/main"]);
        clone
            .write("services/payments/charge.rs", "steal\n")
            .commit("Tidy up");
        clone.push_main().assert_refused(&["payments-ticket"]);
        clone
            .push(["main:release/1"])
            .assert_refused(&["payments-ticket"]);
        clone
            .push(["main~1:refs/heads/release/2", "main~1:refs/heads/topic"])
            .assert_silent();
        clone.push(["--delete", "topic"]).assert_silent();
        clone
            .push(["--delete", "release/2"])
            .assert_refused(&["history-stays"]);
        base.run(["update-ref", "-d", "refs/heads/release/2"]);
    }
}

/// The hook runs as the git user; the repository may be anyone's.
#[test]
fn d_a_repository_of_another_user() {
    let mut scene = Scene::new();
    let folder = scene.server.folder().to_owned();
    let changed = std::process::Command::new("chown")
        .args(["-R", "nobody"])
        .arg(scene.server.repository())
        .output();
    if !changed.is_ok_and(|output| output.status.success()) {
        return;
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("it is ours");
    fs::write(folder.join("gitconfig"), "[safe]\n\tdirectory = *\n").expect("written");
    scene.clone = scene
        .clone
        .env("GIT_CONFIG_GLOBAL", folder.join("gitconfig"));
    guards(&scene);
}
