//! Where a policy comes from: several files, a branch of a repository, and rules of the repository that is pushed to.

#[path = "origin/branch.rs"]
mod branch;
#[path = "origin/files.rs"]
mod files;
#[path = "origin/own.rs"]
mod own;

use crate::support::{WorkingClone, hermetic};
use std::path::Path;

/// Runs the program in `folder`: its exit code, and all that it says.
fn portcullis(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = hermetic(env!("CARGO_BIN_EXE_portcullis"), folder)
        .args(arguments)
        .output()
        .expect("the program runs");
    let said = [output.stdout, output.stderr].concat();
    let code = output.status.code().expect("no signal");
    (code, String::from_utf8_lossy(&said).into_owned())
}

/// Takes the last commit of `clone` back.
fn take_back(clone: &WorkingClone) {
    clone
        .git()
        .run(["reset", "--quiet", "--hard", "origin/main"]);
}

/// What is on main is what was pushed there last.
fn push_main(clone: &WorkingClone) {
    clone.push_main().assert_silent();
    clone.git().run(["fetch", "--quiet", "origin"]);
}
