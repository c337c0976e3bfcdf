//! B11: trees that git would not make, and that hide something from whoever compares them.

use super::{POLICY, Scene, TICKET};

/// A scene whose clone holds a blob, and the tree and blob of payments as they are.
struct Parts {
    scene: Scene,
    blob: String,
    services: String,
    main: String,
}

fn parts() -> Parts {
    let scene = Scene::new();
    let git = scene.clone.git();
    let blob = git.object("blob", b"steal\n");
    let services = git.run(["rev-parse", "HEAD:services"]);
    let main = scene.clone.head();
    Parts {
        scene,
        blob,
        services,
        main,
    }
}

impl Parts {
    /// Pushes a commit of a root tree to `main`.
    #[track_caller]
    fn refused(&self, root: &str, words: &[&str]) {
        let commit =
            self.scene
                .clone
                .git()
                .raw_commit(root, &[&self.main], &format!("Odd\n\n{TICKET}\n"));
        self.scene.refused(&[&format!("{commit}:main")], words);
        // Nor by a detour, once the objects are there.
        self.scene
            .accepted(&["--force", &format!("{commit}:refs/heads/detour")]);
        self.scene.refused(&[&format!("{commit}:main")], words);
    }
}

#[test]
fn b11_an_entry_twice() {
    let parts = parts();
    let git = parts.scene.clone.git();
    let evil = git.raw_tree(&[("100644", b"charge.rs", &parts.blob)]);
    let evil = git.raw_tree(&[("40000", b"payments", &evil)]);
    let (good, evil) = (
        ("40000", &b"services"[..], &*parts.services),
        ("40000", &b"services"[..], &*evil),
    );
    parts.refused(&git.raw_tree(&[good, evil]), &["malformed", "twice"]);
    parts.refused(&git.raw_tree(&[evil, good]), &["malformed"]);
    let file = ("100644", &b"services"[..], &*parts.blob);
    let between = ("100644", &b"services.txt"[..], &*parts.blob);
    parts.refused(&git.raw_tree(&[file, good]), &["malformed"]);
    parts.refused(&git.raw_tree(&[file, between, good]), &["malformed"]);
}

#[test]
fn b11_entries_out_of_order() {
    let parts = parts();
    let git = parts.scene.clone.git();
    let root = [
        ("100644", &b"zzz"[..], &*parts.blob),
        ("40000", &b"services"[..], &*parts.services),
    ];
    parts.refused(&git.raw_tree(&root), &["malformed", "order"]);
    let payments = git.raw_tree(&[
        ("100644", b"z", &parts.blob),
        ("100644", b"charge.rs", &parts.blob),
    ]);
    let services = git.raw_tree(&[("40000", b"payments", &payments)]);
    parts.refused(
        &git.raw_tree(&[("40000", b"services", &services)]),
        &["malformed", "order"],
    );
}

#[test]
fn b11_names_that_are_none() {
    let parts = parts();
    let git = parts.scene.clone.git();
    for name in [
        &b".."[..],
        b".",
        b".git",
        b".GIT",
        b"git~1",
        b".git ",
        b".git.",
        b".g\xe2\x80\x8cit",
        b"services/payments",
        b".git\\x",
        b".git::$INDEX_ALLOCATION",
    ] {
        let root = git.raw_tree(&[("40000", name, &parts.services)]);
        parts.refused(&root, &["malformed"]);
    }
}

#[test]
fn b11_modes_that_are_none() {
    let parts = parts();
    let git = parts.scene.clone.git();
    for mode in ["0", "170000", "10"] {
        let root = git.raw_tree(&[(mode, b"services", &parts.blob)]);
        let commit = git.raw_commit(&root, &[&parts.main], "Odd\n");
        if parts
            .scene
            .clone
            .git()
            .output(["rev-list", "--objects", &commit])
            .status
            .success()
        {
            let push = parts.scene.clone.push([format!("{commit}:main")]);
            assert!(!push.accepted, "mode {mode}: {}", push.stderr);
        }
    }
    // A mode that old git wrote is a change of mode, and nothing worse.
    let payments = git.run(["rev-parse", "HEAD:services/payments/charge.rs"]);
    let payments = git.raw_tree(&[("100664", b"charge.rs", &payments)]);
    let services = git.raw_tree(&[("40000", b"payments", &payments)]);
    let root = git.raw_tree(&[("40000", b"services", &services)]);
    let commit = git.raw_commit(&root, &[&parts.main], "Group\n");
    parts
        .scene
        .refused(&[&format!("{commit}:main")], &["payments-ticket"]);
}

#[test]
fn b11_a_tree_that_is_something_else() {
    let parts = parts();
    let git = parts.scene.clone.git();
    let commit = git.raw_commit(&parts.blob, &[&parts.main], "Blob for a tree\n");
    let root = git.raw_tree(&[("40000", b"services", &parts.blob)]);
    let nested = git.raw_commit(&root, &[&parts.main], "Blob for a directory\n");
    for commit in [commit, nested] {
        let push = parts.scene.clone.push([format!("{commit}:main")]);
        assert!(
            !push.accepted && !push.stderr.contains("panicked"),
            "{}",
            push.stderr
        );
    }
}

/// A malformed tree that was let in before the gate stood must not keep its repair out.
#[test]
fn b11_the_repair_of_an_old_malformed_tree_passes() {
    let parts = parts();
    let git = parts.scene.clone.git();
    let good = ("40000", &b"services"[..], &*parts.services);
    let root = git.raw_tree(&[("100644", b"zzz", &parts.blob), good]);
    let commit = git.raw_commit(&root, &[&parts.main], "Odd\n");
    parts.scene.server.set_policy("version: 1\nrules: []\n");
    parts.scene.accepted(&[&format!("{commit}:main")]);
    parts.scene.server.set_policy(POLICY);
    let repaired = git.raw_tree(&[good, ("100644", b"zzz", &parts.blob)]);
    let repair = git.raw_commit(&repaired, &[&commit], &format!("Sort\n\n{TICKET}\n"));
    parts.scene.accepted(&[&format!("{repair}:main")]);
}

#[test]
fn b11_what_no_rule_looks_into_is_git_to_judge() {
    let parts = parts();
    let git = parts.scene.clone.git();
    let web = git.raw_tree(&[("100644", b"z", &parts.blob), ("100644", b"a", &parts.blob)]);
    let libs = git.run(["rev-parse", "HEAD:libs"]);
    let root = git.raw_tree(&[
        ("40000", b"libs", &libs),
        ("40000", b"services", &parts.services),
        ("40000", b"web", &web),
    ]);
    let commit = git.raw_commit(&root, &[&parts.main], "Odd, elsewhere\n");
    parts.scene.accepted(&[&format!("{commit}:main")]);
}
