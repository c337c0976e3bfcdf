//! Speaking against.

use super::{Scene, charge, later, make_tag, refused, show};

#[test]
fn a_veto_holds_until_its_maker_says_otherwise() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    scene.veto("dana", &head, "refs/heads/main").assert_silent();
    refused(alice.push_main(), &["dana's veto"]);
    // Somebody else's approval does not help; what another rule, or none, is about goes on.
    scene.approve("bob", &head);
    refused(alice.push_main(), &["dana's veto"]);
    let styles = scene.clone_of("alice");
    styles.write("web/site.css", "p {}\n").commit("Style");
    styles.push_main().assert_silent();
    later();
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
    let head = show(&alice);
    scene.approve("bob", &head);
    scene
        .veto("mallory", &head, "refs/heads/main")
        .assert_silent();
    scene
        .veto("stranger", &head, "refs/heads/main")
        .assert_silent();
    scene
        .veto("dana", &head, "refs/heads/release/1")
        .assert_silent();
    alice.push_main().assert_silent();
}

#[test]
fn deleting_a_veto_behind_the_gates_back_gains_nothing() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    scene.veto("dana", &head, "refs/heads/main").assert_silent();
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

#[test]
fn of_two_words_from_one_second_the_one_against_counts() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    let dana = scene.clone_of("dana");
    for word in ["Approves", "Vetoes", "Approves"] {
        let trailers = scene.trailers(word, "refs/heads/main");
        let tag = make_tag(&dana, word, &head, &trailers, "-s");
        dana.push([format!("refs/tags/{tag}")]).assert_silent();
    }
    refused(alice.push_main(), &["dana's veto"]);
}

#[test]
fn a_veto_and_an_approval_in_one_tag_is_a_veto() {
    let scene = Scene::new();
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    let both = [
        "Approves: refs/heads/main".to_owned(),
        "Vetoes: refs/heads/main".to_owned(),
        format!("Repository: {}", scene.repository()),
    ];
    scene.sign("bob", &head, &both).assert_silent();
    refused(alice.push_main(), &["bob's veto"]);
    scene.approve("dana", &head);
    refused(alice.push_main(), &["bob's veto"]);
}
