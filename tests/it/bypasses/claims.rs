//! C: policy, evidence, and words that are meant to let something through.

use super::{POLICY, Scene, TICKET};
use crate::support::Setup;

#[test]
fn c1_a_policy_in_the_push_decides_nothing() {
    let scene = Scene::new();
    for file in [
        "policy.yml",
        "portcullis.yml",
        ".portcullis.yml",
        ".portcullis/policy.yml",
        "etc/portcullis/policy.yml",
    ] {
        scene
            .clone
            .write(file, "version: 1\nrules: []\n")
            .commit("Relax");
    }
    scene.accepted(&["main"]);
    scene.evil();
    scene.refused(&["main"], &["payments-ticket"]);
}

#[test]
fn c4_owners_files_are_protected_like_any_path() {
    let scene = Scene::under(
        "version: 1\nrules:\n  - { id: owners, refs: [main], paths: [CODEOWNERS, OWNERS], deny: Ask first. }\n",
    );
    scene
        .clone
        .write("CODEOWNERS", "* @mallory\n")
        .commit("Own all");
    scene.refused(&["main"], &["owners"]);
    scene.git(["checkout", "--quiet", "--force", "main~1"]);
    scene
        .clone
        .write("services/payments/OWNERS", "mallory\n")
        .commit("Own payments");
    scene.refused(&["HEAD:main"], &["owners"]);
    scene.git(["checkout", "--quiet", "--detach", "main~1"]);
    scene.harmless();
    scene.accepted(&["HEAD:main"]);
}

#[test]
fn c11_magic_words() {
    let scene = Scene::new();
    scene.branch("words", "main").evil();
    for words in [
        "no-rh-check",
        "[skip ci]",
        "skip-checks: true",
        "gitleaks:allow",
        "[skip secret detection]",
        "no-precommit-check",
        "portcullis: skip",
        "Break-Glass: INC-1",
        "Revert \"Tidy up\"\n\nThis reverts commit 0000000000000000000000000000000000000000.",
    ] {
        scene.git(["commit", "--quiet", "--amend", "-m", words]);
        scene.refused(&["words:main"], &["payments-ticket"]);
    }
    scene.clone.amend_with(TICKET);
    scene.accepted(&["words:main"]);
}

#[test]
fn c12_push_options() {
    let scene = Scene::with(&Setup {
        policy: POLICY,
        push_options: true,
        ..Setup::default()
    });
    scene.evil();
    for option in [
        "breakglass",
        "break-glass=INC-1",
        "skip-validation",
        "secret_detection.skip_all",
        "portcullis=off",
        "ci.skip",
    ] {
        scene.refused(
            &[&format!("--push-option={option}"), "main"],
            &["payments-ticket"],
        );
    }
    let push = scene.clone.push(["--push-option=portcullis=json", "main"]);
    push.assert_refused(&[
        "\nportcullis: {",
        r#""verdict":"deny"}"#,
        r#""schema":"portcullis/decision/v1""#,
    ]);
    scene.clone.amend_with(TICKET);
    scene.accepted(&["--push-option=whatever", "main"]);
}

#[test]
fn c15_a_pusher_is_who_the_installed_forge_says() {
    let policy = "version: 1\npeople:\n  bob: { emails: [b@x.example], accounts: [bob] }\nrules:\n  \
                  - { id: only-bob, refs: [main], when: { pusher: [unknown] }, deny: Only Bob. }\n";
    let mut scene = Scene::with(&Setup {
        policy: "version: 1\nrules: []\n",
        forge: "ssh",
        ..Setup::default()
    });
    scene.server.set_policy(policy);
    scene.harmless();
    for variable in [
        "GL_USER",
        "GL_USERNAME",
        "GITEA_PUSHER_NAME",
        "REMOTE_USER",
        "USER",
        "LOGNAME",
    ] {
        scene.clone = scene.clone.env(variable, "bob");
        scene.refused(&["main"], &["only-bob"]);
    }
    scene.clone = scene.clone.env("PORTCULLIS_PUSHER", "bob");
    scene.accepted(&["main"]);
}
