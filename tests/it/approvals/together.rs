//! Approvals on a real server, and many at once.

use std::thread;

use super::{RULES, Scene, charge, refused, show};
use crate::support::{HttpServer, PORTCULLIS, Run, Setup, SshServer, WorkingClone};

#[test]
fn the_whole_way_over_ssh() {
    let scene = Scene::new();
    let Some(ssh) = SshServer::start(&["alice", "bob", "dana"]) else {
        return;
    };
    the_whole_way(&scene, |name| ssh.clone_as(name, &scene.server));
}

#[test]
fn the_whole_way_over_http() {
    let setup = Setup {
        forge: "http",
        ..Setup::default()
    };
    let scene = Scene::of(&setup, RULES);
    let Some(http) = HttpServer::start(&["alice", "bob", "dana"], &scene.server) else {
        return;
    };
    the_whole_way(&scene, |name| http.clone_as(name, &scene.server));
}

/// Refused, approved by someone else from another clone, and accepted though main has moved on.
fn the_whole_way(scene: &Scene, reach: impl Fn(&str) -> WorkingClone) {
    let clone_of = |name: &str| scene.as_person(reach(name), name);
    let alice = clone_of("alice");
    alice.git().run(["checkout", "--quiet", "-b", "topic"]);
    charge(&alice, "1");
    refused(
        alice.push(["HEAD:main"]),
        &["payments-approved", "can be given by bob, dana"],
    );
    let head = show(&alice);
    let bob = clone_of("bob");
    bob.git().run(["fetch", "--quiet", "origin", &head]);
    let mut approve = bob.git().program(PORTCULLIS);
    approve
        .args(["approve", "FETCH_HEAD", "--for", "main", "--yes", "--push"])
        // A web server need not name the folder that the repository is in.
        .args(["--repository", &scene.repository()]);
    Run::of(&mut approve).assert(0, &[]);
    // Meanwhile main moves on.
    let dana = clone_of("dana");
    dana.write("web/site.css", "p {}\n").commit("Style");
    dana.push_main().assert_silent();
    alice.fetch();
    alice.git().run(["rebase", "--quiet", "origin/main"]);
    alice.push(["HEAD:main"]).assert_silent();
    assert_eq!(scene.server.tip("refs/heads/main"), Some(alice.head()));
}

#[test]
fn ten_approved_pushes_at_once() {
    let scene = Scene::new();
    let mut pushes = Vec::new();
    for number in 0..10 {
        let alice = scene.clone_of("alice");
        let branch = format!("release/{number}");
        charge(&alice, &number.to_string());
        let head = show(&alice);
        scene.approve_for("bob", &head, &format!("refs/heads/{branch}"));
        pushes.push((alice, branch));
    }
    thread::scope(|scope| {
        for (clone, branch) in &pushes {
            scope.spawn(move || clone.push([format!("HEAD:{branch}")]).assert_silent());
        }
    });
    let memory = scene.server.repository().join("portcullis/approvals");
    let memory = std::fs::read_to_string(memory).expect("it is kept");
    assert!(memory.ends_with('\n'));
    for (clone, branch) in &pushes {
        let name = format!("refs/heads/{branch}");
        assert_eq!(scene.server.tip(&name), Some(clone.head()));
        let end = format!(" {} {name}", clone.head());
        let spent = memory
            .lines()
            .filter(|line| line.starts_with("spent ") && line.ends_with(&end));
        assert_eq!(spent.count(), 1, "{name} in:\n{memory}");
    }
    let seen = memory.lines().filter(|line| line.starts_with("seen "));
    assert_eq!(seen.count(), 10, "{memory}");
}

#[test]
fn of_two_pushes_at_once_the_one_that_loses_still_has_its_approval() {
    let scene = Scene::new();
    let clones: Vec<WorkingClone> = ["alice", "dana"]
        .into_iter()
        .map(|name| {
            let clone = scene.clone_of(name);
            let file = format!("services/payments/{name}.rs");
            clone.write(&file, "x\n").commit("Add");
            scene.approve("bob", &show(&clone));
            clone
        })
        .collect();
    let accepted: Vec<bool> = thread::scope(|scope| {
        let pushes: Vec<_> = clones
            .iter()
            .map(|clone| scope.spawn(|| clone.push_main().accepted))
            .collect();
        pushes
            .into_iter()
            .map(|push| push.join().expect("it does not panic"))
            .collect()
    });
    assert_ne!(accepted[0], accepted[1], "one wins");
    for clone in &clones {
        clone.fetch();
        clone.git().run(["rebase", "--quiet", "origin/main"]);
        if clone.head() != clone.git().run(["rev-parse", "origin/main"]) {
            clone.push_main().assert_silent();
        }
    }
}
