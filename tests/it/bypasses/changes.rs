//! B1, B2, B6 to B10: what a change is called, and what counts as one.

use super::{POLICY, Scene, TICKET, TICKETS};
use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt, os::unix::fs::symlink};

const PAYMENTS: &[&str] = &["payments-ticket"];

#[test]
fn b1_a_rename_is_a_deletion_and_an_addition() {
    let scene = Scene::new();
    scene.branch("out", "main");
    scene.git(["mv", "services/payments/charge.rs", "web/charge.rs"]);
    scene.clone.commit("Move");
    scene.refused(
        &["out:main"],
        &["payments-ticket", "services/payments/charge.rs"],
    );
    scene.branch("in", "main");
    scene.git(["mv", "web/site.css", "services/payments/site.css"]);
    scene.clone.commit("Move");
    scene.refused(
        &["in:main"],
        &["payments-ticket", "services/payments/site.css"],
    );
    scene.branch("folder", "main");
    scene.git(["mv", "services", "old"]);
    scene.clone.commit("Move");
    scene.refused(&["folder:main"], PAYMENTS);
    scene.branch("unrelated", "main");
    scene.git(["mv", "web/site.css", "web/page.css"]);
    scene.clone.commit("Move");
    scene.accepted(&["unrelated:main"]);
}

#[test]
fn b2_names_that_git_would_quote() {
    let scene = Scene::new();
    let names: [&[u8]; 8] = [
        "é.py".as_bytes(),
        b"a\"b",
        b"a\nb\tc",
        b" lead and trail ",
        b"\xff\xfe",
        b"\x1b[2J\x07",
        "\u{202e}sr.egrahc".as_bytes(),
        b"-rf",
    ];
    for (number, name) in names.iter().enumerate() {
        scene.branch(&format!("b{number}"), "main");
        let folder = scene.clone.path("services/payments");
        fs::write(folder.join(OsStr::from_bytes(name)), "steal\n").expect("a file can be written");
        scene.clone.commit("Odd");
        let push = scene.clone.push(["HEAD:main"]);
        push.assert_refused(PAYMENTS);
        assert!(
            !push
                .remote
                .contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'),
            "{:?}",
            push.remote
        );
        scene.git(["checkout", "--quiet", "main"]);
        fs::write(
            scene.clone.path("web").join(OsStr::from_bytes(name)),
            "fine\n",
        )
        .expect("a file can be written");
        scene.clone.commit("Odd");
        scene.accepted(&["main"]);
    }
}

#[test]
fn b6_a_change_and_its_reversal_in_one_push() {
    let scene = Scene::new();
    scene.evil();
    scene.git(["revert", "--no-edit", "HEAD"]);
    scene.refused(&["main"], &["payments-ticket", "Tidy up"]);
    let frozen =
        "version: 1\nrules: [{ id: frozen, refs: [main], paths: [services], deny: Wait. }]\n";
    scene.server.set_policy(frozen);
    scene.refused(&["main"], &["frozen", "Tidy up"]);
    scene
        .server
        .set_policy(&TICKETS.replace("    require", "    scope: tip\n    require"));
    scene.accepted(&["main"]);
    scene.evil();
    scene.harmless();
    scene.refused(&["main"], &["payments-ticket", "charge.rs"]);
}

#[test]
fn b7_modes_and_types() {
    let scene = Scene::new();
    let charge = "services/payments/charge.rs";
    scene.branch("executable", "main");
    scene.git(["update-index", "--chmod=+x", charge]);
    scene.git(["commit", "--quiet", "-m", "Make it run"]);
    scene.refused(&["executable:main"], PAYMENTS);
    scene.git(["checkout", "--quiet", "--force", "main"]);

    for (branch, replaced) in [
        ("file", charge),
        ("folder", "services/payments"),
        ("above", "services"),
    ] {
        scene.branch(branch, "main");
        scene.git(["rm", "-r", "--quiet", replaced]);
        fs::create_dir_all(
            scene
                .clone
                .path(replaced)
                .parent()
                .expect("it is in a folder"),
        )
        .expect("made");
        symlink("/etc", scene.clone.path(replaced)).expect("a link can be made");
        scene.clone.commit("Link");
        scene.refused(&[&format!("{branch}:main")], PAYMENTS);
    }
}

/// The leading directories of a pattern count where they are not there yet, or are called otherwise on other disks.
#[test]
fn b7_what_stands_in_the_place_of_a_protected_directory() {
    let scene = Scene::under(&POLICY.replace("libs/ledger/**", "vault/keys/**"));
    for place in [
        "vault",
        "Vault",
        "vault/keys",
        "vault/KEYS",
        "SERVICES",
        "services/Payments",
    ] {
        scene.branch(&format!("at-{}", place.replace('/', "-")), "main");
        let path = scene.clone.path(place);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("made");
        symlink("../web", path).expect("a link can be made");
        scene.clone.commit("Link");
        scene.refused(&["HEAD:main"], PAYMENTS);
        scene.checkout("main");
    }
    symlink("web", scene.clone.path("vaults")).expect("a link can be made");
    scene.clone.commit("Link");
    scene.accepted(&["main"]);
}

#[test]
fn b8_submodule_pointers() {
    let scene = Scene::new();
    let id = scene.clone.head();
    let add = |path: &str| {
        scene.git(["rm", "-r", "--cached", "--quiet", "--ignore-unmatch", path]);
        scene.git([
            "update-index",
            "--add",
            "--cacheinfo",
            &format!("160000,{id},{path}"),
        ]);
        scene.git(["commit", "--quiet", "-m", "Point elsewhere"]);
    };
    for path in ["services/payments", "services", "libs/ledger/vendor"] {
        scene.git([
            "checkout",
            "--quiet",
            "--force",
            "-b",
            &path.replace('/', "-"),
            "main",
        ]);
        add(path);
        scene.refused(&["HEAD:main"], PAYMENTS);
    }
    scene.git(["checkout", "--quiet", "--force", "main"]);
    add("web/vendor");
    scene.accepted(&["main"]);
}

#[test]
fn b8_b10_control_files_are_a_set_of_paths() {
    let control = "version: 1\nrules:\n  - { id: control, refs: [main], paths: [\"@control\"], deny: Ask first. }\n";
    let scene = Scene::under(control);
    for file in [
        ".gitmodules",
        ".gitattributes",
        "web/.gitattributes",
        ".mailmap",
        "CODEOWNERS",
        ".github/CODEOWNERS",
    ] {
        scene.branch(&format!("b{}", file.replace(['/', '.'], "-")), "main");
        scene.clone.write(file, "x\n").commit("Control");
        scene.refused(&["HEAD:main"], &["control", file]);
        scene.checkout("main");
    }
    scene.harmless();
    scene.accepted(&["main"]);
}

/// What steers protected code from elsewhere: builds, pinned dependencies, infrastructure.
#[test]
fn b14_protected_code_is_changed_from_outside() {
    let sets = "version: 1\nrules:\n  - id: steering\n    refs: [main]\n    paths: [\"@control\", \"@ci\", \"@iac\", \"@lockfiles\", \"@migrations\"]\n    deny: Ask first.\n";
    let scene = Scene::under(sets);
    for (number, file) in [
        ".github/workflows/build.yml",
        ".gitea/workflows/build.yml",
        ".gitlab-ci.yml",
        "Jenkinsfile",
        "Cargo.lock",
        "web/package-lock.json",
        "go.sum",
        "web/Dockerfile",
        "terraform/main.tf",
        "db/migrations/7.sql",
    ]
    .iter()
    .enumerate()
    {
        scene.branch(&format!("b{number}"), "main");
        scene.clone.write(file, "steal\n").commit("Steer");
        scene.refused(&["HEAD:main"], &["steering", file]);
        scene.checkout("main");
    }
    scene
        .clone
        .write("web/workflows/build.yml", "fine\n")
        .write("docs/Cargo.lock.md", "fine\n")
        .commit("Explain");
    scene.accepted(&["main"]);
}

#[test]
fn b9_large_file_pointers_are_content() {
    let scene = Scene::new();
    let pointer = |digit: &str| {
        format!(
            "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 5\n",
            digit.repeat(64)
        )
    };
    scene
        .clone
        .write("services/payments/model.bin", pointer("1"))
        .commit_with("Model", &[TICKET]);
    scene.accepted(&["main"]);
    scene
        .clone
        .write("services/payments/model.bin", pointer("2"))
        .commit("Swap");
    scene.refused(&["main"], &["payments-ticket", "model.bin"]);
}

#[test]
fn b10_attributes_hide_nothing() {
    let scene = Scene::new();
    let attributes = "* -diff -text -merge linguist-generated no-precommit-check export-ignore\n";
    scene
        .clone
        .write(".gitattributes", attributes)
        .commit("Attributes");
    scene.accepted(&["main"]);
    scene.evil();
    scene.refused(&["main"], PAYMENTS);
    scene
        .clone
        .write(".gitattributes", "")
        .commit("No attributes");
    scene.refused(&["main"], PAYMENTS);
}
