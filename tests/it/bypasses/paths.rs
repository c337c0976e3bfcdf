//! B12, B13: paths that some file system takes for others, and patterns that say less than they seem to.

use super::{POLICY, Scene};
use std::fs;

#[test]
fn b12_what_a_file_system_takes_for_a_protected_path() {
    let scene = Scene::new();
    let blob = scene.clone.git().object("blob", b"steal\n");
    for alias in [
        "Services/Payments/charge.rs",
        "services/PAYMENTS/new.rs",
        "services/payments./new.rs",
        "services /payments/new.rs",
        "services/pay\u{200c}ments/new.rs",
        "services\u{feff}/payments/new.rs",
    ] {
        scene.git(["checkout", "--quiet", "--force", "--detach", "main"]);
        scene.git([
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("100644,{blob},{alias}"),
        ]);
        scene.git(["commit", "--quiet", "-m", "Alias"]);
        scene.refused(&["HEAD:main"], &["payments-ticket"]);
    }
}

#[test]
fn b12_letters_that_can_be_written_in_two_ways() {
    let scene = Scene::under(&POLICY.replace("libs/ledger/**", "caf\u{e9}/**"));
    scene
        .clone
        .write("cafe\u{301}/till.rs", "steal\n")
        .commit("Decomposed");
    scene.refused(&["main"], &["payments-ticket"]);
    scene.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    scene
        .clone
        .write("cafe/till.rs", "fine\n")
        .commit("Another word");
    scene.accepted(&["main"]);
}

#[test]
fn b12_exclusions_are_exact() {
    let scene = Scene::under(&POLICY.replace("libs/ledger/**]", "libs/ledger/**, \"!**/*.md\"]"));
    scene
        .clone
        .write("services/payments/README.md", "Payments\n")
        .commit("Explain");
    scene.accepted(&["main"]);
    scene
        .clone
        .write("services/payments/README.MD", "Payments\n")
        .commit("Explain");
    scene.refused(&["main"], &["payments-ticket", "README.MD"]);
}

#[test]
fn b13_patterns_say_what_they_seem_to() {
    let cases: [(&str, &[&str], &[&str]); 7] = [
        (
            "vault/**",
            &["vault/a", "vault/b/c", "vault/.hidden"],
            &["vaults/a", "x/vault/a"],
        ),
        ("vault/*", &["vault/a", "vault/b/c"], &["vaults/a"]),
        ("/vault", &["vault/a", "vault/b/c"], &["x/vault/a"]),
        ("vault/", &["vault/a", "x/vault/b/c"], &["vaulty"]),
        (
            "secret.*",
            &["secret.pem", "x/secret.key", "secret.d/a"],
            &["secrets"],
        ),
        (
            "**/Dockerfile",
            &["Dockerfile", "a/b/Dockerfile"],
            &["Dockerfiles/a"],
        ),
        ("v[ab]?", &["va1", "x/vb2"], &["va", "vc1"]),
    ];
    let scene = Scene::new();
    for (pattern, inside, outside) in cases {
        scene.server.set_policy(&format!(
            "version: 1\nrules:\n  - {{ id: vault, refs: [main], paths: [\"{pattern}\"], deny: Ask first. }}\n"
        ));
        for path in inside {
            scene.clone.write(path, "x\n").commit("Inside");
            scene.refused(&["main"], &["vault"]);
            scene.git(["reset", "--quiet", "--hard", "HEAD~1"]);
        }
        for path in outside {
            scene.clone.write(path, pattern).commit("Outside");
        }
        scene.accepted(&["main"]);
        for path in outside {
            fs::remove_file(scene.clone.path(path)).expect("it was written");
        }
        scene.clone.commit("Clean up");
        scene.accepted(&["main"]);
    }
}
