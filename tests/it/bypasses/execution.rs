//! D1, D5: whatever breaks while a push is judged, and many pushes at once.

use super::{Scene, TICKET, TICKETS};
use crate::support::{Push, snapshot};
use std::{fs, path::PathBuf, thread};

const NOT_YOURS: &str = "the gate failed, not your change";

/// The file of a loose object.
fn loose(scene: &Scene, id: &str) -> PathBuf {
    scene
        .server
        .repository()
        .join("objects")
        .join(&id[..2])
        .join(&id[2..])
}

/// A scene whose server keeps every object in its own file, with a commit on `topic` that changes payments and has its
/// ticket.
fn loose_scene() -> (Scene, String) {
    let scene = Scene::with(&crate::support::Setup {
        policy: TICKETS,
        quarantine: crate::support::Quarantine::Loose,
        ..Default::default()
    });
    scene.branch("topic", "main");
    let good = scene.ticketed();
    scene.accepted(&["topic"]);
    (scene, good)
}

#[test]
fn d1_an_object_that_the_decision_needs_is_corrupt() {
    for damage in ["truncated", "garbage", "empty", "gone", "another"] {
        for what in ["", "^{tree}", ":services", ":services/payments"] {
            let (scene, good) = loose_scene();
            let old = scene.git(["rev-parse", "main"]);
            let file = loose(&scene, &scene.git(["rev-parse", &format!("{good}{what}")]));
            let content = fs::read(&file).expect("it is loose");
            fs::remove_file(&file).expect("it is there");
            match damage {
                "truncated" => fs::write(&file, &content[..content.len() / 2]).expect("written"),
                "garbage" => fs::write(&file, [7; 100]).expect("written"),
                "empty" => fs::write(&file, []).expect("written"),
                "another" => drop(
                    fs::copy(
                        loose(&scene, &scene.git(["rev-parse", "main:web/site.css"])),
                        &file,
                    )
                    .expect("copied"),
                ),
                _ => {}
            }
            let run = scene.fed(&[(&old, &good, "refs/heads/main")]);
            assert!(matches!(run.code, Some(1 | 3)), "{damage} {what}: {run:?}");
            if damage != "another" {
                run.assert(3, &[NOT_YOURS]);
            }
        }
    }
}

#[test]
fn d1_what_no_rule_reads_may_be_broken() {
    let (scene, good) = loose_scene();
    let file = loose(&scene, &scene.git(["rev-parse", "main:web"]));
    fs::remove_file(&file).expect("it is there");
    let old = scene.git(["rev-parse", "main"]);
    assert_eq!(scene.fed(&[(&old, &good, "refs/heads/main")]).code, Some(0));
}

#[test]
fn d1_refs_that_cannot_be_read() {
    let scene = Scene::new();
    let (tip, zero) = (scene.clone.head(), "0".repeat(40));
    let file = scene.server.repository().join("refs/heads/release/1");
    fs::create_dir_all(file.parent().expect("it is in a folder")).expect("made");
    for content in ["", "garbage", "ref: ", "ref: ../../x", "\u{0}"] {
        fs::write(&file, content).expect("written");
        scene
            .fed(&[(&zero, &tip, "refs/heads/release/1")])
            .assert(3, &[NOT_YOURS]);
        assert_eq!(
            scene.fed(&[(&tip, &tip, "refs/heads/main")]).code,
            Some(0),
            "{content:?}"
        );
    }
    fs::remove_file(&file).expect("it is there");
    fs::write(scene.server.repository().join("packed-refs"), "garbage\n").expect("written");
    scene
        .fed(&[(&zero, &tip, "refs/heads/release/1")])
        .assert(3, &[NOT_YOURS]);
}

#[test]
fn d1_a_repository_of_an_unknown_format() {
    let scene = Scene::new();
    let tip = scene.clone.head();
    for (key, value) in [
        ("extensions.tomorrow", "true"),
        ("extensions.refStorage", "clay"),
        ("core.repositoryFormatVersion", "9"),
    ] {
        let before = fs::read(scene.server.repository().join("config")).expect("it is there");
        scene
            .server
            .git()
            .output(["config", "core.repositoryFormatVersion", "1"]);
        scene.server.git().output(["config", key, value]);
        scene
            .fed(&[(&tip, &tip, "refs/heads/main")])
            .assert(3, &[NOT_YOURS]);
        fs::write(scene.server.repository().join("config"), before).expect("written");
    }
    scene.server.configure("core.repositoryFormatVersion", "1");
    scene
        .server
        .configure("extensions.relativeWorktrees", "true");
    assert_eq!(scene.fed(&[(&tip, &tip, "refs/heads/main")]).code, Some(0));
}

#[test]
fn d5_many_pushes_at_once() {
    let scene = Scene::new();
    let clones: Vec<_> = (0..20).map(|_| scene.server.working_clone()).collect();
    for (number, clone) in clones.iter().enumerate() {
        clone
            .write(&format!("docs/{number}.md"), "x\n")
            .commit("Explain");
        clone
            .write("services/payments/charge.rs", number.to_string())
            .commit("Tidy up");
    }
    thread::scope(|scope| {
        for (number, clone) in clones.iter().enumerate() {
            scope.spawn(move || {
                let push = clone.push([format!("main~1:refs/heads/topic/{number}")]);
                assert_accepted(&push);
                let push = clone.push(["main:main"]);
                push.assert_refused(&["payments-ticket"]);
                let push = clone.push([
                    format!("main~1:refs/tags/t{number}"),
                    format!(":refs/heads/topic/{number}"),
                ]);
                assert_accepted(&push);
            });
        }
    });
    let git = scene.server.git();
    assert_eq!(
        git.run(["for-each-ref", "refs/tags", "--format=%(refname)"])
            .lines()
            .count(),
        20
    );
    assert_eq!(
        scene.server.tip("refs/heads/main"),
        Some(scene.clone.head())
    );
    git.run(["fsck", "--no-dangling"]);
}

/// Fifty pushes at once to one repository, and to as many as there are pushes.
#[test]
fn d5_fifty_pushes_at_once() {
    for repositories in [1, 50] {
        let scenes: Vec<_> = (0..repositories).map(|_| Scene::new()).collect();
        let scene = |number: usize| &scenes[number % repositories];
        let clones: Vec<_> = (0..50)
            .map(|number| scene(number).server.working_clone())
            .collect();
        for (number, clone) in clones.iter().enumerate() {
            clone
                .write("docs/readme.md", number.to_string())
                .commit("Explain");
            clone
                .write("services/payments/charge.rs", number.to_string())
                .commit("Tidy up");
        }
        let before = scene(0).clone.head();
        thread::scope(|scope| {
            for (number, clone) in clones.iter().enumerate() {
                scope.spawn(move || {
                    let push = clone.push(["main".to_owned(), format!("main:refs/tags/t{number}")]);
                    push.assert_refused(&["payments-ticket"]);
                    let push = clone.push([
                        format!("main~1:refs/heads/topic/{number}"),
                        format!("main:refs/heads/other/{number}"),
                    ]);
                    assert_accepted(&push);
                });
            }
        });
        let mut refs = 0;
        for scene in &scenes {
            let git = scene.server.git();
            assert_eq!(scene.server.tip("refs/heads/main"), Some(before.clone()));
            refs += git
                .run(["for-each-ref", "--format=%(refname)"])
                .lines()
                .filter(|name| *name != "refs/heads/main")
                .count();
            git.run(["fsck", "--no-dangling"]);
            let left: Vec<_> = snapshot(&scene.server.repository())
                .into_keys()
                .filter(|path| {
                    let path = path.to_string_lossy();
                    path.ends_with(".lock") || path.contains("incoming-") || path.contains("tmp_")
                })
                .collect();
            assert!(left.is_empty(), "{left:?}");
        }
        assert_eq!(refs, 100);
    }
}

/// git itself may say that a ref went away while it was listing them.
#[track_caller]
fn assert_accepted(push: &Push) {
    assert!(push.accepted, "{}", push.stderr);
    for word in ["portcullis", "panicked"] {
        assert!(!push.remote.contains(word), "{}", push.stderr);
    }
}

/// Two pushes that each pass alone must not let a change pass between them.
#[test]
fn d5_two_pushes_that_race() {
    let scene = Scene::new();
    let clones: Vec<_> = (0..6).map(|_| scene.server.working_clone()).collect();
    for (number, clone) in clones.iter().enumerate() {
        clone
            .write(&format!("services/payments/{number}.rs"), "x\n")
            .commit_with("Add", &[TICKET]);
    }
    thread::scope(|scope| {
        for clone in &clones {
            scope.spawn(move || {
                while !clone.push_main().accepted {
                    clone.fetch();
                    clone.git().run(["rebase", "--quiet", "origin/main"]);
                }
            });
        }
    });
    let count = scene.server.git().run(["rev-list", "--count", "main"]);
    assert_eq!(count, "7", "all landed, none took another away");
}
