//! Conditions on each changed path: `added`, `removed`, `size`.

use super::Scene;

const POINTER: &str = "version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size ";

#[test]
fn added_is_asked_of_what_comes() {
    let scene = Scene::when("{ added: 'AKIA[0-9A-Z]{4}$' }", "");
    scene.write("a", "key\n").commit("None");
    scene.accepted(&["main"]);
    for content in [
        "key\nAKIA1234\n",
        "key\nAKIA1234\r\nmore\r\n",
        "key\nAKIA1234",
    ] {
        scene.write("a", content).commit("A key");
        scene.refused(&["main"], &["a"]);
        scene.reset();
    }
}

#[test]
fn what_was_there_is_not_added() {
    let scene = Scene::under("rules: []\n");
    scene.write("a", "SECRET\n").commit("Before the rule");
    scene.accepted(&["main"]);
    scene
        .server
        .set_policy("version: 1\nrules: [{ id: asked, when: { added: SECRET }, deny: Not so. }]\n");
    scene.write("a", "SECRET\nmore\n").commit("Beside it");
    scene.accepted(&["main"]);
    // Without its line break it is another line, as git has it.
    scene.write("a", "more\nSECRET").commit("Moved");
    scene.refused(&["main"], &[]);
}

#[test]
fn a_secret_that_goes_again_was_there() {
    let scene = Scene::when("{ added: SECRET }", "");
    let first = scene.write("a", "SECRET\n").commit("Oops");
    scene.write("a", "nothing\n").commit("Gone");
    scene.refused(&["main"], &[&first[..12]]);
}

#[test]
fn text_that_was_binary_comes_whole() {
    let scene = Scene::when("{ added: SECRET }", "");
    scene.write("a", b"\0\nSECRET\n").commit("Binary");
    scene.accepted(&["main"]);
    scene.write("a", b"\nSECRET\n").commit("Text");
    scene.refused(&["main"], &[]);
}

#[test]
fn removed_is_asked_of_what_goes() {
    let scene = Scene::when("{ removed: '^assert' }", "paths: ['tests/**']");
    scene
        .write("tests/a", "assert 1\nassert 2\n")
        .commit("Test");
    scene.accepted(&["main"]);
    scene.write("tests/a", "assert 1\nassert 2\nassert 3\n");
    scene.commit("More");
    scene.accepted(&["main"]);
    scene
        .write("tests/a", "assert 1\nassert 3\n")
        .commit("Less");
    scene.refused(&["main"], &["tests/a"]);
    scene.reset();
    scene.git(["mv", "tests/a", "a"]);
    scene.commit("Moved out of sight");
    scene.refused(&["main"], &["tests/a"]);
}

#[test]
fn links_and_submodules_have_lines_as_git_shows_them() {
    let scene = Scene::when("{ added: '^/etc/|^Subproject commit 1' }", "");
    std::os::unix::fs::symlink("/etc/passwd", scene.clone.path("link")).expect("a link");
    scene.commit("A link");
    scene.refused(&["main"], &["link"]);
    scene.reset();
    let id = "1".repeat(40);
    scene.git([
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("160000,{id},sub"),
    ]);
    scene.git(["commit", "--quiet", "-m", "A submodule"]);
    scene.refused(&["main"], &["sub"]);
}

#[test]
fn sizes_are_those_of_files_as_they_then_are() {
    let scene = Scene::when("{ size: '> 100 KiB' }", "");
    scene.write("a", vec![b'x'; 100 << 10]).commit("Just so");
    scene.accepted(&["main"]);
    scene
        .write("a", vec![0; (100 << 10) + 1])
        .commit("Too large");
    scene.refused(&["main"], &["a"]);
    // Whatever becomes of it later, the history keeps it.
    scene.git(["rm", "--quiet", "a"]);
    scene.commit("Gone");
    scene.refused(&["main"], &[]);
    scene.reset();
    scene.git(["rm", "--quiet", "a"]);
    scene.commit("What is gone has no size");
    scene.accepted(&["main"]);
}

#[test]
fn a_file_beyond_the_limit_of_objects_has_a_size() {
    let scene = Scene::under(
        "limits: { object: 1MiB }
rules: [{ id: asked, when: { size: '> 2MiB' }, deny: Not so. }]\n",
    );
    scene.write("a", vec![b'x'; 3 << 20]).commit("Huge");
    scene.refused(&["main"], &["a"]);
    // Its lines cannot be looked at, and nobody is told that they are fine.
    let scene = Scene::under(
        "limits: { object: 1MiB }
rules: [{ id: asked, when: { added: SECRET }, deny: Not so. }]\n",
    );
    scene.write("a", vec![b'x'; 3 << 20]).commit("Huge");
    let push = scene.clone.push_main();
    push.assert_refused(&["the gate failed, not your change"]);
}

#[test]
fn b9_a_pointer_is_as_large_as_what_it_names() {
    let scene = Scene::when("{ size: '> 5MiB' }", "");
    scene
        .write("a.bin", format!("{POINTER}1024\n"))
        .commit("Small");
    scene.accepted(&["main"]);
    scene
        .write("a.bin", format!("{POINTER}5242881\n"))
        .commit("Swapped");
    scene.refused(&["main"], &["a.bin"]);
    scene.reset();
    // A file that is none names nothing.
    scene
        .write("a.md", format!("For example:\n{POINTER}5242881\n"))
        .commit("About them");
    scene.accepted(&["main"]);
}

#[test]
fn what_no_rule_asks_about_is_not_read() {
    let scene = Scene::under(
        "limits: { object: 1MiB }
rules: [{ id: asked, paths: [src/**], when: { added: SECRET }, deny: Not so. }]\n",
    );
    scene
        .write("data/a", vec![b'x'; 3 << 20])
        .write("src/a", "1\n");
    scene.commit("Huge, elsewhere");
    scene.accepted(&["main"]);
    let scene = Scene::under(
        "limits: { object: 1MiB }
rules: [{ id: asked, when: { pusher: agents, added: SECRET }, deny: Not so. }]\n",
    );
    scene
        .write("data/a", vec![b'x'; 3 << 20])
        .commit("Huge, and no agent's");
    scene.accepted(&["main"]);
}

#[test]
fn each_kind_of_change_has_its_word() {
    let submodule = format!("160000,{},sub", "1".repeat(40));
    for asked in ["add", "modify", "delete", "mode", "symlink", "submodule"] {
        let scene = Scene::when(&format!("{{ change: {asked} }}"), "");
        let css = scene.clone.path("web/site.css");
        let is_about = |words: &[&str], path: &str| {
            scene.git(["commit", "--quiet", "-m", "Change"]);
            if words.contains(&asked) {
                scene.refused(&["main"], &[path]);
            } else {
                scene.accepted(&["main"]);
            }
            scene.reset();
        };
        std::fs::write(&css, "p {}\n").expect("it can be written");
        scene.git(["add", "--all"]);
        is_about(&["modify"], "web/site.css");
        scene.git(["update-index", "--chmod=+x", "web/site.css"]);
        is_about(&["mode"], "web/site.css");
        std::os::unix::fs::symlink("nowhere", scene.clone.path("link")).expect("a link");
        scene.git(["add", "--all"]);
        is_about(&["add", "symlink"], "link");
        scene.git(["rm", "--quiet", "web/site.css"]);
        is_about(&["delete"], "web/site.css");
        scene.git(["update-index", "--add", "--cacheinfo", &submodule]);
        is_about(&["add", "submodule"], "sub");
    }
}
