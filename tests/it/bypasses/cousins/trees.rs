//! Trees that hide something, met by names and modes that do.

use super::super::{Scene, TICKET};
use super::PAYMENTS;
use std::os::unix::fs::symlink;

/// The mode, name and id of each entry of a tree of the clone.
fn entries(scene: &Scene, tree: &str) -> Vec<(String, String, String)> {
    let listed = scene.git(["ls-tree", tree]);
    let entry = |line: &str| {
        let (about, name) = line.split_once('\t').expect("as git lists them");
        let about: Vec<_> = about.split(' ').collect();
        (about[0].to_owned(), name.to_owned(), about[2].to_owned())
    };
    listed.lines().map(entry).collect()
}

/// A commit on main whose root has these entries in place of those of the same name.
fn with(scene: &Scene, changed: &[(&str, &str, &str)], message: &str) -> String {
    let mut all = entries(scene, "main");
    for (mode, name, id) in changed {
        all.retain(|(_, other, _)| other != name);
        if !id.is_empty() {
            all.push(((*mode).to_owned(), (*name).to_owned(), (*id).to_owned()));
        }
    }
    let key = |(mode, name, _): &(String, String, String)| {
        let is_tree = mode.trim_start_matches('0') == "40000";
        format!("{name}{}", if is_tree { "/" } else { "" })
    };
    all.sort_by_key(key);
    let all: Vec<_> = all
        .iter()
        .map(|(mode, name, id)| {
            let mode = if mode == "040000" { "40000" } else { mode };
            (mode, name.as_bytes(), &**id)
        })
        .collect();
    let git = scene.clone.git();
    let tree = git.raw_tree(&all);
    let main = git.run(["rev-parse", "main"]);
    git.raw_commit(&tree, &[&main], message)
}

#[test]
fn b7_b8_a_submodule_where_the_folder_above_was_and_back() {
    let scene = Scene::new();
    let head = scene.clone.head();
    let gone = with(&scene, &[("160000", "services", &head)], "Point\n");
    scene.refused(&[&format!("{gone}:main")], PAYMENTS);
    let gone = with(
        &scene,
        &[("160000", "services", &head)],
        &format!("Point\n\n{TICKET}\n"),
    );
    scene.accepted(&[&format!("{gone}:main")]);
    // Now there is nothing below it, and what comes back is new.
    scene.git(["reset", "--quiet", "--hard", &gone]);
    let git = scene.clone.git();
    let evil = git.object("blob", b"steal\n");
    let evil = git.raw_tree(&[("100644", b"charge.rs", &evil)]);
    let evil = git.raw_tree(&[("40000", b"payments", &evil)]);
    let back = with(&scene, &[("40000", "services", &evil)], "Back\n");
    scene.refused(&[&format!("{back}:main")], PAYMENTS);
    // A pointer that moves, where payments were, is no less.
    let moved = with(&scene, &[("160000", "services", &gone)], "Bump\n");
    scene.refused(&[&format!("{moved}:main")], PAYMENTS);
    let back = with(
        &scene,
        &[("40000", "services", &evil)],
        &format!("Back\n\n{TICKET}\n"),
    );
    scene.accepted(&[&format!("{back}:main")]);
}

#[test]
fn b7_b12_a_link_beside_the_folder_in_other_letters() {
    let scene = Scene::new();
    for twin in [
        "Services",
        "SERVICES",
        "services.",
        "services ",
        "ser\u{200d}vices",
    ] {
        let link = scene.clone.git().object("blob", b"../evil");
        let commit = with(&scene, &[("120000", twin, &link)], "Link\n");
        scene.refused(&[&format!("{commit}:main")], PAYMENTS);
        let head = scene.clone.head();
        let commit = with(&scene, &[("160000", twin, &head)], "Point\n");
        scene.refused(&[&format!("{commit}:main")], PAYMENTS);
    }
    let link = scene.clone.git().object("blob", b"../web");
    let commit = with(&scene, &[("120000", "servicesx", &link)], "Link\n");
    scene.accepted(&[&format!("{commit}:main")]);
}

#[test]
fn b11_b7_the_same_name_as_file_and_folder_at_each_level() {
    let scene = Scene::new();
    let git = scene.clone.git();
    let blob = git.object("blob", b"steal\n");
    let payments = git.run(["rev-parse", "main:services/payments"]);
    let services = git.run(["rev-parse", "main:services"]);
    let charge = git.run(["rev-parse", "main:services/payments/charge.rs"]);
    let twice = [
        ("100644", &b"payments"[..], &*blob),
        ("40000", b"payments", &payments),
    ];
    let twice = git.raw_tree(&twice);
    let links = [
        ("120000", &b"payments"[..], &*blob),
        ("100644", b"payments-x", &*blob),
        ("40000", b"payments", &payments),
    ];
    let links = git.raw_tree(&links);
    let files = git.raw_tree(&[
        ("100644", b"charge.rs", &charge),
        ("100644", b"charge.rs", &blob),
    ]);
    let files = git.raw_tree(&[("40000", b"payments", &files)]);
    for tree in [&twice, &links, &files] {
        let commit = with(
            &scene,
            &[("40000", "services", tree)],
            &format!("Odd\n\n{TICKET}\n"),
        );
        scene.refused(&[&format!("{commit}:main")], &["malformed"]);
    }
    let same = with(&scene, &[("40000", "services", &services)], "Same\n");
    scene.accepted(&[&format!("{same}:main")]);
}

#[test]
fn b11_b7_modes_in_other_spellings() {
    let scene = Scene::new();
    let git = scene.clone.git();
    let services = git.run(["rev-parse", "main:services"]);
    let blob = git.object("blob", b"steal\n");
    let evil = git.raw_tree(&[("100664", b"charge.rs", &blob)]);
    let evil = git.raw_tree(&[("040000", b"payments", &evil)]);
    let commit = with(&scene, &[("040000", "services", &evil)], "Tidy up\n");
    scene.refused(&[&format!("{commit}:main")], PAYMENTS);
    // The bits alone: git takes 100664 for 100644, and we for a change.
    let charge = git.run(["rev-parse", "main:services/payments/charge.rs"]);
    let bits = git.raw_tree(&[("100664", b"charge.rs", &charge)]);
    let bits = git.raw_tree(&[("40000", b"payments", &bits)]);
    let commit = with(&scene, &[("40000", "services", &bits)], "Bits\n");
    scene.refused(&[&format!("{commit}:main")], PAYMENTS);
    // The same folder with a zero before its mode holds the same files.
    let commit = with(&scene, &[("040000", "services", &services)], "Zero\n");
    scene.accepted(&[&format!("{commit}:main")]);
}

#[test]
fn b7_a14_empty_trees() {
    let scene = Scene::new();
    let git = scene.clone.git();
    let empty = git.raw_tree(&[]);
    let payments = git.raw_tree(&[("40000", b"payments", &empty)]);
    for (place, tree) in [
        ("services", &payments),
        ("services", &empty),
        ("libs", &empty),
    ] {
        let commit = with(&scene, &[("40000", place, tree)], "Clean\n");
        scene.refused(&[&format!("{commit}:main")], PAYMENTS);
    }
    let commit = with(&scene, &[("", "services", ""), ("", "libs", "")], "Clean\n");
    scene.refused(&[&format!("{commit}:main")], PAYMENTS);
    // Folders without files are no change.
    let charge = git.run(["rev-parse", "main:services/payments"]);
    let more = git.raw_tree(&[("40000", b"empty", &empty), ("40000", b"payments", &charge)]);
    let commit = with(&scene, &[("40000", "services", &more)], "Empty\n");
    scene.accepted(&[&format!("{commit}:main")]);
}

#[test]
fn b8_b12_control_files_in_other_letters() {
    let scene = Scene::under(
        "version: 1\nrules:\n  - { id: control, refs: [main], paths: ['@control'], deny: ask }\n",
    );
    for name in [
        ".gitmodules",
        ".GITMODULES",
        ".gitModules",
        ".gitmodules.",
        ".git\u{200c}modules",
        ".gitattributes",
        "web/.GitAttributes",
        ".mailmap",
    ] {
        scene.branch("odd", "main");
        scene.clone.write(name, "x\n").commit("Odd");
        scene.refused(&["odd:main"], &["control"]);
        scene.checkout("main");
        scene.git(["branch", "--quiet", "-D", "odd"]);
    }
    scene.clone.write("gitmodules.md", "x\n").commit("Explain");
    scene.accepted(&["main"]);
}

#[test]
fn b1_b7_a_protected_file_leaves_by_rename_and_comes_back_as_a_link() {
    let scene = Scene::new();
    scene.branch("out", "main");
    scene.git(["mv", "services/payments/charge.rs", "web/charge.rs"]);
    scene.clone.commit("Move");
    scene.refused(&["out:main"], PAYMENTS);
    symlink("../../web/charge.rs", {
        std::fs::create_dir_all(scene.clone.path("services/payments")).expect("made");
        scene.clone.path("services/payments/charge.rs")
    })
    .expect("made");
    scene.clone.commit("Link");
    scene.refused(&["out:main"], PAYMENTS);
    // The same files under the same names are no change, whatever was between, where only the end counts.
    scene.git(["rm", "--quiet", "services/payments/charge.rs"]);
    std::fs::create_dir_all(scene.clone.path("services/payments")).expect("made");
    scene.git(["mv", "web/charge.rs", "services/payments/charge.rs"]);
    scene.clone.commit("Back");
    scene.refused(&["out:main"], PAYMENTS);
    scene
        .server
        .set_policy(&super::super::TICKETS.replace("    require", "    scope: tip\n    require"));
    scene.accepted(&["out:main"]);
}

#[test]
fn b7_b11_a_gitlink_over_every_level_at_once() {
    let scene = Scene::new();
    let head = scene.clone.head();
    let git = scene.clone.git();
    let link = git.raw_tree(&[("160000", b"payments", &head)]);
    let commit = with(
        &scene,
        &[("40000", "services", &link), ("160000", "libs", &head)],
        "Vendor\n",
    );
    let refused = scene.clone.push([format!("{commit}:main")]);
    refused.assert_refused(&["payments-ticket", "services/payments", "libs"]);
    let commit = with(&scene, &[("160000", "vendor", &head)], "Vendor\n");
    scene.accepted(&[&format!("{commit}:main")]);
}
