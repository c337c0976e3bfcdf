//! Speaking against.

use super::{Scene, charge, refused};

fn veto(scene: &Scene, name: &str, commit: &str, refs: &str) -> crate::support::Push {
    let trailers = [
        format!("Vetoes: {refs}"),
        format!("Repository: {}", scene.repository()),
    ];
    scene.sign(name, commit, &trailers)
}

#[test]
fn a_veto_holds_until_its_maker_says_otherwise() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = scene.show(&alice);
    scene.approve("bob", &head);
    veto(&scene, "dana", &head, "refs/heads/main").assert_silent();
    refused(alice.push_main(), &["dana's veto"]);
    // Somebody else's approval does not help; what another rule, or none, is about goes on.
    scene.approve("bob", &head);
    refused(alice.push_main(), &["dana's veto"]);
    let styles = scene.clone_of("alice");
    styles.write("web/site.css", "p {}\n").commit("Style");
    styles.push_main().assert_silent();
    // Dates have no more than seconds, and the later word counts.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    scene.approve("dana", &head);
    alice
        .git()
        .run(["pull", "--quiet", "--rebase", "origin", "main"]);
    alice.push_main().assert_silent();
}

#[test]
fn only_those_who_could_approve_can_veto() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = scene.show(&alice);
    scene.approve("bob", &head);
    veto(&scene, "mallory", &head, "refs/heads/main").assert_silent();
    veto(&scene, "stranger", &head, "refs/heads/main").assert_silent();
    veto(&scene, "dana", &head, "refs/heads/release/1").assert_silent();
    alice.push_main().assert_silent();
}

#[test]
fn deleting_a_veto_behind_the_gates_back_gains_nothing() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = scene.show(&alice);
    scene.approve("bob", &head);
    veto(&scene, "dana", &head, "refs/heads/main").assert_silent();
    let tags = scene.server.git().run([
        "for-each-ref",
        "--format=%(refname)",
        "refs/tags/approved/dana*",
    ]);
    for tag in tags.lines() {
        scene.server.git().run(["update-ref", "-d", tag]);
    }
    refused(alice.push_main(), &["dana's veto"]);
}
