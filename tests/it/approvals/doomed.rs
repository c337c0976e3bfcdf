//! Pushes that git or the forge refuses after the hook has accepted them: they use up nothing.

use super::{RULES, Scene, charge, show};
use crate::support::{Push, Setup, WorkingClone};

fn clone_of(scene: &Scene, name: &str) -> WorkingClone {
    scene
        .clone_of(name)
        .env("GITEA_REPO_USER_NAME", "shop")
        .env("GITEA_REPO_NAME", "web")
        .env("GITEA_PUSHER_NAME", name)
        .env("SSH_ORIGINAL_COMMAND", "git-receive-pack '/shop/web.git'")
}

#[track_caller]
fn assert_doomed(push: &Push, word: &str) {
    assert!(!push.accepted, "{}", push.stderr);
    assert!(push.stderr.contains(word), "{}", push.stderr);
    assert!(!push.stderr.contains("portcullis"), "{}", push.stderr);
}

#[test]
fn a_reader_who_pushes_it_first_spends_nobodys_approval() {
    let setup = Setup {
        forge: "gitea",
        ..Setup::default()
    };
    let scene = Scene::of(&setup, RULES);
    scene.server.delegate_as_gitea_does();
    let alice = clone_of(&scene, "alice");
    charge(&alice, "1");
    let head = show(&alice);
    let trailers = [
        "Approves: refs/heads/main".to_owned(),
        "Repository: shop/web".to_owned(),
    ];
    scene.sign("bob", &head, &trailers).assert_silent();
    // Gitea lets a reader come as far as the hook, and refuses in its own.
    let mallory = clone_of(&scene, "mallory");
    mallory.git().run(["fetch", "--quiet", "origin", &head]);
    for _ in 0..2 {
        let push = mallory.push([format!("{head}:refs/heads/main")]);
        assert_doomed(&push, "User permission denied");
    }
    alice.push_main().assert_silent();
}

#[test]
fn what_git_would_not_take_spends_no_approval() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    let update = scene.server.repository().join("hooks/update");
    crate::support::gitea::write_program(&update, "#!/bin/sh\nexit 1\n");
    charge(&alice, "1");
    let head = alice.head();
    std::fs::rename(&update, update.with_extension("off")).expect("it was written");
    show(&alice);
    scene.approve("bob", &head);
    std::fs::rename(update.with_extension("off"), &update).expect("it was written");
    assert_doomed(&alice.push_main(), "hook declined");
    std::fs::remove_file(&update).expect("it was written");
    alice.push_main().assert_silent();
}
