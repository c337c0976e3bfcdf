//! Conditions on the update: `update`, `only`, `lines`, `files`.

use super::Scene;

const ALL_BUT_DOCS: &str = "{ not: { only: [docs/**] } }";

#[test]
fn only_asks_about_every_path_of_the_update() {
    // The rule's own paths are others.
    let scene = Scene::when("{ only: [docs/**] }", "paths: ['docs/guide.md']");
    scene.write("docs/guide.md", "1\n").commit("Alone");
    scene.refused(&["main"], &[]);
    scene.write("web/site.css", "a {}\n").commit("And another");
    scene.accepted(&["main"]);
}

#[test]
fn a_path_that_leaves_by_rename_was_there() {
    let scene = Scene::when(ALL_BUT_DOCS, "");
    scene.write("docs/guide.md", "1\n").commit("Write");
    scene.accepted(&["main"]);
    scene.git(["mv", "docs/guide.md", "guide.md"]);
    scene.commit("Move out");
    scene.refused(&["main"], &["guide.md"]);
    scene.reset();
    scene.git(["mv", "docs/guide.md", "docs/other.md"]);
    scene.commit("Move within");
    scene.accepted(&["main"]);
}

#[test]
fn what_one_commit_did_and_another_undid_is_not_among_them() {
    let scene = Scene::when(ALL_BUT_DOCS, "");
    scene.write("docs/guide.md", "1\n").commit("Write");
    scene.write("pay.rs", "steal();\n").commit("Add");
    scene.git(["revert", "--no-edit", "HEAD"]);
    scene.refused(&["main"], &["pay.rs"]);
}

#[test]
fn a_merge_of_what_is_trusted_brings_only_its_own() {
    let scene = Scene::when(ALL_BUT_DOCS, "refs: [main, release]");
    scene.git(["branch", "release", "main"]);
    scene.accepted(&["release"]);
    scene.server.set_policy("version: 1\nrules: []\n");
    scene.write("pay.rs", "pay();\n").commit("Judged on main");
    scene.accepted(&["main"]);
    scene.server.set_policy(&format!(
        "version: 1\nrules: [{{ id: asked, refs: [main, release], when: {ALL_BUT_DOCS}, deny: Not so. }}]\n"
    ));
    scene.git(["checkout", "--quiet", "release"]);
    scene.write("docs/guide.md", "1\n").commit("Write");
    scene.git(["merge", "--quiet", "--no-edit", "main"]);
    scene.accepted(&["release"]);
    // A merge that changes more than it merges is one that touches it.
    scene.git(["checkout", "--quiet", "main"]);
    scene.git(["checkout", "--quiet", "release"]);
    scene.write("docs/guide.md", "2\n").commit("Write more");
    scene.git(["checkout", "--quiet", "-b", "side", "release~1"]);
    scene.write("docs/side.md", "1\n").commit("Aside");
    scene.git(["checkout", "--quiet", "release"]);
    scene.git(["merge", "--quiet", "--no-commit", "--no-ff", "side"]);
    scene.write("pay.rs", "steal();\n").commit("Merge");
    scene.refused(&["release"], &["pay.rs"]);
}

#[test]
fn names_that_only_file_systems_take_for_the_same_are_in_and_out() {
    for when in ["{ only: [docs/**] }", ALL_BUT_DOCS] {
        let scene = Scene::when(when, "");
        scene.write("Docs/guide.md", "1\n").commit("Write");
        scene.refused(&["main"], &[]);
    }
}

#[test]
fn what_stands_in_place_of_a_folder_is_in_and_out() {
    for when in [
        "{ only: [services/pay/docs/**] }",
        "{ not: { only: [services/pay/docs/**] } }",
    ] {
        let scene = Scene::when(when, "");
        scene.write("services", "a file\n").commit("Write");
        scene.refused(&["main"], &[]);
    }
}

#[test]
fn files_are_those_of_the_net_change_in_the_paths_of_the_rule() {
    let scene = Scene::when("{ files: '> 2' }", "paths: [src/**]");
    for number in 0..5 {
        scene.write(&format!("docs/{number}.md"), "1\n");
    }
    scene.write("src/a", "1\n").write("src/b", "1\n");
    scene.commit("Two and five others");
    scene.accepted(&["main"]);
    for name in ["c", "d", "e"] {
        scene.write(&format!("src/{name}"), "1\n").commit("One");
    }
    scene.refused(&["main"], &[]);
    // A file that comes and goes is none of the net change.
    scene.git(["rm", "--quiet", "src/e"]);
    scene.commit("None of it");
    scene.accepted(&["main"]);
}

#[test]
fn lines_come_and_go() {
    let scene = Scene::when("{ ai: [assisted], lines: '> 4' }", "paths: [src/**]");
    let agent = ["Assisted-by: Claude:claude-opus-4.6"];
    scene
        .write("src/a", "1\n2\n3\n4\n")
        .write("doc", "1\n2\n3\n");
    scene.clone.commit_with("Four, and others outside", &agent);
    scene.accepted(&["main"]);
    scene.write("src/a", "1\n5\n6\n7\n");
    scene.clone.commit_with("Three go and three come", &agent);
    scene.refused(&["main"], &[]);
    scene.reset();
    scene.write("src/a", "1\n5\n6\n7\n").commit("By hand");
    scene.accepted(&["main"]);
}

#[test]
fn an_agent_does_not_split_its_budget_over_commits() {
    let scene = Scene::when("{ pusher: agents, lines: '> 4' }", "").pushed_by("coder");
    for number in 0..5 {
        let file = format!("src/{number}");
        scene.write(&file, "1\n").commit("One line");
    }
    scene.refused(&["main"], &[]);
}

#[test]
fn binary_files_have_no_lines_and_are_files() {
    let scene = Scene::when("{ lines: '> 0' }", "");
    scene.write("image", b"GIF\0\n\n\n").commit("Binary");
    scene.accepted(&["main"]);
    let scene = Scene::when("{ files: '> 0' }", "");
    scene.write("image", b"GIF\0\n\n\n").commit("Binary");
    scene.refused(&["main"], &["image"]);
}

#[test]
fn a_rewind_has_lines_too() {
    let scene = Scene::when("{ update: rewind, lines: '> 1' }", "");
    scene.write("a", "1\n").commit("One");
    scene.write("b", "1\n2\n3\n").commit("Three");
    scene.accepted(&["main"]);
    scene.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    scene.refused(&["--force", "main"], &[]);
    scene.reset();
    scene.git(["reset", "--quiet", "--hard", "HEAD~1"]);
    scene.write("b", "1\n2\n3\n4\n").commit("Instead");
    scene.accepted(&["--force", "main"]);
}

#[test]
fn a_deletion_takes_all_files_with_it() {
    let scene = Scene::when("{ update: delete, files: '> 1' }", "");
    scene.git(["branch", "small", "main"]);
    scene.git(["checkout", "--quiet", "-b", "large", "main"]);
    scene.write("another", "1\n").commit("Two files");
    scene.accepted(&["small", "large"]);
    scene.accepted(&[":small"]);
    scene.refused(&[":large"], &[]);
}

#[test]
fn each_move_of_a_ref_has_its_word() {
    for asked in ["create", "fast_forward", "rewind", "delete"] {
        let scene = Scene::when(&format!("{{ update: {asked} }}"), "");
        scene.server.git().run(["branch", "old", "main"]);
        let moves = [
            ("create", "main:new"),
            ("fast_forward", "main"),
            ("rewind", "+main"),
            ("delete", ":old"),
        ];
        for (kind, refspec) in moves {
            scene.write("web/site.css", format!("/* {kind} */\n"));
            if kind == "rewind" {
                scene.git(["commit", "--quiet", "--all", "--amend", "-m", "Otherwise"]);
            } else {
                scene.commit(kind);
            }
            if asked == kind {
                scene.refused(&[refspec], &[]);
            } else {
                scene.accepted(&[refspec]);
            }
            scene.reset();
        }
    }
}
