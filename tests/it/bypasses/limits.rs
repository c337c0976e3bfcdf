//! D1, D7: pushes that are meant to cost too much. Each ends at a limit, which is named.

use super::{Scene, TICKET};
use crate::support::Server;
use std::{fs, time::Duration};

/// All paths below one directory are protected, under this limit.
fn under(limit: &str) -> Scene {
    Scene::under(&format!(
        "version: 1\nrules:\n  - id: vault\n    refs: [main]\n    paths: [vault/**]\n    \
         require: {{ trailers: [{{ key: Change-Ticket }}] }}\nlimits: {{ {limit} }}\n"
    ))
}

impl Server {
    /// Writes another limit into the policy.
    fn limit(&self, before: &str, after: &str) {
        let policy = fs::read_to_string(self.policy()).expect("it is there");
        self.set_policy(&policy.replace(before, after));
    }
}

/// Moves `main` to a commit of this tree in place of `place`, by hand.
#[track_caller]
fn tree_at(scene: &Scene, place: &str, tree: &str) -> String {
    let git = scene.clone.git();
    let libs = git.run(["rev-parse", "main:libs"]);
    let root = git.raw_tree(&[("40000", b"libs", &libs), ("40000", place.as_bytes(), tree)]);
    git.raw_commit(
        &root,
        &[&git.run(["rev-parse", "main"])],
        &format!("Vault\n\n{TICKET}\n"),
    )
}

#[test]
fn d7_the_time() {
    let scene = under("time: 60s");
    scene.server.limit("time: 60s", "time: 1ms");
    scene.branch("topic", "main");
    let blob = scene.clone.git().object("blob", b"x");
    let mut content = Vec::new();
    for number in 0..60_000 {
        let name = format!("{number:06}");
        content.push((name, blob.clone()));
    }
    let entries: Vec<_> = content
        .iter()
        .map(|(name, id)| ("100644", name.as_bytes(), &**id))
        .collect();
    let tree = scene.clone.git().raw_tree(&entries);
    let commit = tree_at(&scene, "vault", &tree);
    scene.refused(
        &[&format!("{commit}:main")],
        &["the gate failed, not your change", "limits.time"],
    );
}

#[test]
fn d7_the_number_of_commits() {
    let scene = under("commits: 10");
    for number in 0..11 {
        scene.clone.commit(&format!("{number}"));
    }
    scene.refused(&["main"], &["limits.commits"]);
    scene.accepted(&["main~1:main"]);
    scene.accepted(&["main"]);
}

#[test]
fn d7_the_number_of_updates() {
    let scene = under("updates: 3");
    let refs = |count| {
        (0..count)
            .map(|number| format!("main:refs/heads/{number}"))
            .collect::<Vec<_>>()
    };
    scene.refused(
        &refs(4).iter().map(String::as_str).collect::<Vec<_>>(),
        &["more than 3 ref updates"],
    );
    scene.accepted(&refs(3).iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn d7_the_size_of_an_object() {
    let scene = under("object: 100KiB");
    let git = scene.clone.git();
    let blob = git.object("blob", b"x");
    let names: Vec<_> = (0..5_000).map(|number| format!("{number:06}")).collect();
    let entries: Vec<_> = names
        .iter()
        .map(|name| ("100644", name.as_bytes(), &*blob))
        .collect();
    let tree = git.raw_tree(&entries);
    let commit = tree_at(&scene, "vault", &tree);
    scene.refused(&[&format!("{commit}:main")], &["cannot be read"]);
    // The same where no rule looks.
    let commit = tree_at(&scene, "web", &tree);
    scene.accepted(&[&format!("{commit}:main")]);
}

#[test]
fn d7_a_blob_that_compresses_to_nothing() {
    let scene = under("object: 1MiB, memory: 256MiB, time: 10s");
    let file = fs::File::create(scene.clone.path("web/zeros")).expect("a file can be made");
    file.set_len(300 << 20).expect("it takes no space");
    scene
        .clone
        .git()
        .run(["config", "core.bigFileThreshold", "1m"]);
    scene
        .clone
        .write("vault/a", "x\n")
        .commit_with("Zeros", &[TICKET]);
    scene.accepted(&["main"]);
    fs::rename(
        scene.clone.path("web/zeros"),
        scene.clone.path("vault/zeros"),
    )
    .expect("moved");
    scene.clone.commit("Zeros");
    scene.refused(&["main"], &["vault/zeros"]);
}

#[test]
fn d7_the_number_of_tree_entries_a_bomb() {
    let scene = under("tree_entries: 5000");
    let git = scene.clone.git();
    let mut tree = git.raw_tree(&[("100644", b"x", &git.object("blob", b"x"))]);
    for _ in 0..10 {
        let names: Vec<_> = (0..10).map(|number| number.to_string()).collect();
        let entries: Vec<_> = names
            .iter()
            .map(|name| ("40000", name.as_bytes(), &*tree))
            .collect();
        tree = git.raw_tree(&entries);
    }
    let commit = tree_at(&scene, "vault", &tree);
    // git itself would look at each path once for each entry; it looks at objects.
    scene.refused(&[&format!("{commit}:main")], &["limits.tree_entries"]);
    let commit = tree_at(&scene, "web", &tree);
    scene.accepted(&[&format!("{commit}:main")]);
    // Taking it away reads it just as little as bringing it.
    scene.server.set_policy("version: 1\nrules: []\n");
    let back = tree_at(&scene, "vault", &tree);
    scene.accepted(&["--force", &format!("{back}:main")]);
}

#[test]
fn d7_a_directory_of_very_many_files() {
    let scene = under("tree_entries: 100010");
    let git = scene.clone.git();
    let blob = git.object("blob", b"x");
    let names: Vec<_> = (0..100_000).map(|number| format!("{number:06}")).collect();
    let entries: Vec<_> = names
        .iter()
        .map(|name| ("100644", name.as_bytes(), &*blob))
        .collect();
    let tree = git.raw_tree(&entries);
    let commit = tree_at(&scene, "vault", &tree);
    // Its commit is compared, and then the whole update: twice as many.
    scene.refused(&[&format!("{commit}:main")], &["limits.tree_entries"]);
    scene.server.limit("100010", "300000");
    scene.accepted(&[&format!("{commit}:main")]);
}

#[test]
fn d7_the_depth() {
    let scene = under("depth: 40");
    let git = scene.clone.git();
    let nested = |levels: usize| {
        let mut tree = git.raw_tree(&[("100644", b"x", &git.object("blob", b"x"))]);
        for _ in 0..levels {
            tree = git.raw_tree(&[("40000", b"d", &tree)]);
        }
        tree
    };
    let commit = tree_at(&scene, "vault", &nested(60));
    scene.refused(&[&format!("{commit}:main")], &["limits.depth"]);
    let commit = tree_at(&scene, "web", &nested(60));
    scene.accepted(&[&format!("{commit}:main")]);
    let commit = tree_at(&scene, "vault", &nested(30));
    scene.accepted(&["--force", &format!("{commit}:main")]);
}

/// git gives up on it before, and calls the hook all the same.
#[test]
fn d7_a_tree_of_ten_thousand_levels() {
    let scene = under("time: 10s");
    let mut stream = String::from(
        "commit refs/heads/deep\ncommitter A <a@b> 1 +0000\ndata 1\nx\nM 100644 inline vault/",
    );
    stream += &"d/".repeat(10_000);
    stream += "x\ndata 1\nx\n";
    let made = scene
        .server
        .git()
        .command(["fast-import", "--quiet"])
        .stdin(std::process::Stdio::piped())
        .spawn();
    let mut import = made.expect("git is installed");
    std::io::Write::write_all(
        &mut import.stdin.take().expect("it is piped"),
        stream.as_bytes(),
    )
    .ok();
    if !import.wait().expect("it is our child").success() {
        // git from 2.47 on makes no such trees; the ones above are made by hand.
        return;
    }
    let tip = scene.server.tip("refs/heads/deep").expect("it was made");
    let old = scene.clone.head();
    let run = scene.fed(&[(&old, &tip, "refs/heads/main")]);
    run.assert(1, &["limits.depth"]);
    assert!(run.took < Duration::from_mins(1));
}

/// Each name is within bounds, and all of them together are not: the memory does not fill with them.
#[test]
fn d7_the_bytes_of_standard_input() {
    let scene = Scene::new();
    let tip = scene.clone.head();
    let part = "x".repeat(200);
    let long = [&*part; 16].join("/");
    let mut lines = String::new();
    for number in 0..21_000 {
        lines += &format!("{} {tip} refs/heads/{long}/{number}\n", super::ZERO);
    }
    let run = scene.server.hook().run(lines);
    run.assert(1, &["longer than 64 MiB"]);
}

/// A count that somebody made up is not counted up to.
#[test]
fn d7_push_options_without_end() {
    let scene = Scene::new();
    let tip = scene.clone.head();
    for count in ["18446744073709551615", "1000000000", "-1", "x", ""] {
        let hook = scene.server.hook();
        let run = hook
            .env("GIT_PUSH_OPTION_COUNT", count)
            .env("GIT_PUSH_OPTION_0", "portcullis=json")
            .run(format!("{tip} {tip} refs/heads/main\n"));
        run.assert(0, &[]);
        assert!(run.took < Duration::from_mins(1), "{:?}", run.took);
    }
}

#[test]
fn d7_how_much_is_told() {
    let scene = under("findings_shown: 2");
    for number in 0..5 {
        scene
            .clone
            .write(&format!("vault/{number}"), "x\n")
            .commit(&format!("Change {number}"));
    }
    scene.refused(&["main"], &["Change 4", "Change 3", "more"]);
    let push = scene.clone.push(["main"]);
    assert!(!push.remote.contains("Change 2"), "{}", push.stderr);
}
