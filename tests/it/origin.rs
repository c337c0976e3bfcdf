//! Where a policy comes from: several files, a branch of a repository, and rules of the repository that is pushed to.

#[path = "origin/branch.rs"]
mod branch;
#[path = "origin/files.rs"]
mod files;
#[path = "origin/own.rs"]
mod own;

use crate::support::WorkingClone;
use std::path::Path;

/// Runs the program in `folder`: its exit code, and all that it says.
fn portcullis(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let run = crate::support::portcullis(folder, arguments);
    (run.code.expect("no signal"), run.said())
}

/// What is on main is what was pushed there last.
fn push_main(clone: &WorkingClone) {
    clone.push_main().assert_silent();
    clone.fetch();
}
