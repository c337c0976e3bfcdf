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
        clone.take_back();
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

/// The files of the commit-graph, in one piece or in a chain.
fn commit_graphs(scene: &Scene) -> Vec<std::path::PathBuf> {
    let info = scene.server.repository().join("objects/info");
    let chain = info.join("commit-graphs");
    let mut files = vec![info.join("commit-graph"), chain.join("commit-graph-chain")];
    files.extend(
        fs::read_dir(chain)
            .into_iter()
            .flatten()
            .map(|entry| entry.expect("it can be listed").path()),
    );
    files.retain(|file| file.is_file());
    files
}

#[test]
fn d_commit_graphs_that_are_stale_split_or_corrupt() {
    for damage in ["stale", "split", "cut", "garbage", "empty", "one gone"] {
        let scene = Scene::new();
        let git = scene.server.git();
        git.run(["commit-graph", "write", "--reachable", "--split=no-merge"]);
        scene.ticketed();
        scene.accepted(&["main"]);
        if damage != "stale" {
            git.run(["commit-graph", "write", "--reachable", "--split=no-merge"]);
            assert!(commit_graphs(&scene).len() >= 3, "a chain of two");
        }
        for file in commit_graphs(&scene) {
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
            let content = fs::read(&file).expect("it is there");
            match damage {
                "cut" => fs::write(&file, &content[..content.len() / 2]).expect("written"),
                "garbage" => fs::write(&file, vec![7; content.len()]).expect("written"),
                "empty" => fs::write(&file, []).expect("written"),
                "one gone" if !file.ends_with("commit-graph-chain") => {
                    fs::remove_file(&file).expect("it is there");
                    break;
                }
                _ => {}
            }
        }
        // git itself may say something about them; the decision is what it would be without.
        scene.evil();
        let push = scene.clone.push(["main"]);
        push.assert_refused(&["payments-ticket"]);
        scene.clone.amend_with(TICKET);
        let push = scene.clone.push(["main", "main:release/1"]);
        assert!(push.accepted, "{damage}: {}", push.stderr);
        let push = scene.clone.push(["--force", "main~1:main"]);
        push.assert_refused(&["history-stays"]);
    }
}

/// What is left of a partial clone: a pack that lacks the blobs it leads to, and a remote that would have them.
#[test]
fn d_a_server_that_was_a_partial_clone() {
    let scene = Scene::new();
    let git = scene.server.git();
    git.run(["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", scene.server.repository().display());
    git.run([
        "clone",
        "--quiet",
        "--bare",
        "--filter=blob:none",
        &url,
        "../partial",
    ]);
    let partial = scene.server.folder().join("partial");
    let objects = scene.server.repository().join("objects");
    fs::remove_dir_all(&objects).expect("it is ours");
    fs::rename(partial.join("objects"), &objects).expect("on one disk");
    for (key, value) in [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", "/nowhere"),
    ] {
        git.run(["config", key, value]);
    }
    let promised = fs::read_dir(objects.join("pack"))
        .expect("it is there")
        .map(|entry| entry.expect("it can be listed").path());
    assert!(
        promised
            .into_iter()
            .any(|file| file.extension().is_some_and(|end| end == "promisor"))
    );
    scene.ticketed();
    scene.accepted(&["main", "main:release/1"]);
    scene.evil();
    scene.refused(&["main"], &["payments-ticket"]);
    scene.accepted(&["main:topic"]);
    scene.refused(&["main:release/1"], &["payments-ticket"]);
}

#[test]
fn d3_hooks_in_a_folder_of_their_own() {
    let scene = Scene::new();
    let hooks = scene.server.folder().join("hooks of all");
    fs::rename(scene.server.repository().join("hooks"), &hooks).expect("on one disk");
    scene
        .server
        .configure("core.hooksPath", &hooks.to_string_lossy());
    guards(&scene);
}

#[test]
fn a13_a_server_whose_history_is_cut_off() {
    for allowed in ["false", "true"] {
        let origin = Scene::new();
        origin.ticketed();
        origin.accepted(&["main"]);
        let scene = Scene::under(POLICY);
        let git = scene.server.git();
        git.run(["update-ref", "-d", "refs/heads/main"]);
        git.run(["config", "receive.shallowUpdate", allowed]);
        let url = format!("file://{}", origin.server.repository().display());
        git.run([
            "fetch",
            "--quiet",
            "--depth=1",
            "--update-shallow",
            &url,
            "main:main",
        ]);
        let cut = scene.server.repository().join("shallow");
        assert!(cut.is_file(), "the server has no whole history");
        let old = git.run(["rev-parse", "main"]);
        let blob = git.object("blob", b"steal\n");
        let payments = git.raw_tree(&[("100644", b"charge.rs", &blob)]);
        let services = git.raw_tree(&[("40000", b"payments", &payments)]);
        let root = git.raw_tree(&[("40000", b"services", &services)]);
        let commit = |message: &str| git.raw_commit(&root, &[&old], message);
        let (evil, honest) = (commit("Tidy up\n"), commit(&format!("Pay\n\n{TICKET}\n")));
        let main = "refs/heads/main";
        scene
            .fed(&[(&old, &evil, main)])
            .assert(1, &["payments-ticket"]);
        scene.fed(&[(&old, &honest, main)]).assert(0, &[]);
        let release = "refs/heads/release/1";
        scene.fed(&[(super::ZERO, &old, release)]).assert(0, &[]);
        scene
            .fed(&[(super::ZERO, &evil, release)])
            .assert(1, &["payments-ticket"]);
        // From a clone that is cut off elsewhere.
        let shallow = WorkingClone::of(&url, ObjectFormat::Sha1, |git| git);
        shallow
            .git()
            .run(["fetch", "--quiet", "--depth=1", "origin", "main"]);
        shallow
            .git()
            .run(["checkout", "--quiet", "--orphan", "island"]);
        let island = shallow
            .write("services/payments/x.rs", "x\n")
            .commit("Island");
        let target = scene.server.repository().to_string_lossy().into_owned();
        shallow.git().run(["remote", "set-url", "origin", &target]);
        // git or the gate refuses it, whoever looks first.
        let push = shallow.push([format!("{island}:refs/heads/release/1")]);
        assert!(!push.accepted, "{}", push.stderr);
    }
}

/// As on a server where another account owns the repositories than the one that receives.
#[test]
fn d_a_push_by_another_user() {
    let is_root = std::process::Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout == b"0\n");
    if !is_root {
        eprintln!("skipped: only root can push as another user");
        return;
    }
    let scene = Scene::new();
    let folder = scene.server.folder().to_owned();
    // The program is where others may not look.
    let program = folder.join("portcullis");
    fs::copy(env!("CARGO_BIN_EXE_portcullis"), &program).expect("copied");
    let hook = scene.server.repository().join("hooks/pre-receive");
    let wrapper = fs::read_to_string(&hook).expect("it is there");
    let wrapper = wrapper.replace(env!("CARGO_BIN_EXE_portcullis"), &program.to_string_lossy());
    fs::write(&hook, wrapper).expect("it is ours");
    fs::write(folder.join("gitconfig"), "[safe]\n\tdirectory = *\n").expect("written");
    for folder in [folder.clone(), scene.clone.path("")] {
        let opened = std::process::Command::new("chmod")
            .args(["-R", "a+rwX"])
            .arg(&folder)
            .status();
        assert!(opened.is_ok_and(|status| status.success()));
    }
    let push = |config: &str, refspec: &str| {
        let git = scene.clone.git().clone().env("GIT_CONFIG_GLOBAL", config);
        let mut command = std::process::Command::new("setpriv");
        let as_git = git.command(["push", "--porcelain", "origin", refspec]);
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "git"])
            .args(as_git.get_args())
            .env_clear()
            .envs(
                as_git
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .current_dir(scene.clone.path("."));
        crate::support::Push::from(command.output().expect("util-linux is everywhere"))
    };
    let config = folder.join("gitconfig");
    let config = config.to_string_lossy();
    scene.evil();
    push(&config, "main").assert_refused(&["payments-ticket"]);
    push(&config, "main:topic").assert_silent();
    scene.clone.amend_with(TICKET);
    push(&config, "main").assert_silent();
    // Without safe.directory git does not even begin.
    scene.evil();
    assert!(!push("/dev/null", "main").accepted);
    // A policy that this account may not read.
    fs::set_permissions(scene.server.policy(), fs::Permissions::from_mode(0o600))
        .expect("it is ours");
    push(&config, "main:refs/heads/other")
        .assert_refused(&["the gate failed, not your change", "cannot be read"]);
}
