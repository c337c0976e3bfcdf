//! A13: histories that are cut off.

use super::{POLICY, Scene, TICKET};
use crate::support::{ObjectFormat, Server, WorkingClone};

fn shallow_clone(scene: &Scene) -> WorkingClone {
    let url = format!("file://{}", scene.server.repository().display());
    let clone = WorkingClone::of(&url, ObjectFormat::Sha1, |git| git);
    clone
        .git()
        .run(["update-ref", "-d", "refs/remotes/origin/main"]);
    clone
        .git()
        .run(["checkout", "--quiet", "--orphan", "empty"]);
    clone.git().run(["branch", "--quiet", "-D", "main"]);
    clone.git().run([
        "fetch",
        "--quiet",
        "--depth=1",
        "--update-shallow",
        "origin",
        "main",
    ]);
    std::fs::remove_dir_all(clone.path(".git/objects")).expect("it is there");
    std::fs::create_dir_all(clone.path(".git/objects/pack")).expect("made");
    clone.git().run([
        "fetch",
        "--quiet",
        "--depth=1",
        "--refetch",
        "origin",
        "main",
    ]);
    clone
        .git()
        .run(["checkout", "--quiet", "--force", "-B", "main", "FETCH_HEAD"]);
    clone
}

#[test]
fn a13_a_shallow_clone_may_push_what_the_server_can_join() {
    let scene = Scene::new();
    scene.harmless();
    scene.accepted(&["main"]);
    let shallow = shallow_clone(&scene);
    shallow.write("docs/a.md", "a\n").commit("Explain");
    shallow.push_main().assert_silent();
    shallow
        .write("services/payments/charge.rs", "steal\n")
        .commit("Tidy up");
    shallow.push_main().assert_refused(&["payments-ticket"]);
}

#[test]
fn a13_a_history_that_is_cut_off_is_refused() {
    let scene = Scene::new();
    scene.harmless();
    scene.accepted(&["main"]);
    let shallow = shallow_clone(&scene);
    for update in ["false", "true"] {
        let other = Server::new(POLICY);
        other.configure("receive.shallowUpdate", update);
        let url = format!("file://{}", other.repository().display());
        shallow.git().run(["remote", "set-url", "origin", &url]);
        let push = shallow.push(["main"]);
        push.assert_refused(&["without its parent", "unshallow"]);
        assert!(!push.remote.contains("the gate failed"), "{}", push.stderr);
        // What no rule is about is git's to judge.
        let push = shallow.push(["main:topic"]);
        assert_eq!(push.accepted, update == "true", "{}", push.stderr);
        shallow
            .write("docs/b.md", update)
            .commit_with("Explain", &[TICKET]);
        shallow
            .push(["main"])
            .assert_refused(&["without its parent"]);
    }
}
