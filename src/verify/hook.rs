//! Would git call the hook? It passes over one that is missing or not executable, without a word to anybody (BYPASSES D3,
//! D4), and looks elsewhere where `core.hooksPath` says so.
//!
//! A hook counts as ours if the word `portcullis` stands in it, outside comments: the wrapper of `install.sh`, a script by
//! hand, or the program itself. What else a script does before it comes to that line is not looked into.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;

use crate::git::Layout;

/// Why git would not call portcullis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HookProblem {
    /// There is no hook.
    Missing {
        /// Where git looks for it.
        path: PathBuf,
    },
    /// git passes over it.
    NotExecutable {
        /// The hook.
        path: PathBuf,
    },
    /// It is another program's, and does not start what is in `pre-receive.d`, or there is nothing of ours.
    Foreign {
        /// The hook.
        path: PathBuf,
    },
}

/// What keeps git from calling portcullis in this repository, where `everywhere` is a folder with hooks for all of them.
pub fn problem(layout: &Layout, everywhere: Option<&Path>) -> Option<HookProblem> {
    wired(layout, everywhere).err()
}

/// The file by which git calls portcullis in this repository, where `everywhere` is a folder with hooks for all of them.
///
/// # Errors
/// What keeps git from calling it.
pub fn wired(layout: &Layout, everywhere: Option<&Path>) -> Result<PathBuf, HookProblem> {
    let own = layout.common_dir.join("custom_hooks");
    for folder in [Some(own.as_path()), everywhere].into_iter().flatten() {
        let file = folder.join("pre-receive");
        if state(&file) == State::Ours {
            return Ok(file);
        }
        if let (State::Ours, file) = in_folder(folder) {
            return Ok(file);
        }
    }
    let hooks = hooks_folder(layout);
    let path = hooks.join("pre-receive");
    match state(&path) {
        State::Ours => Ok(path),
        State::Missing => Err(HookProblem::Missing { path }),
        State::NotExecutable => Err(HookProblem::NotExecutable { path }),
        State::Foreign => Err(HookProblem::Foreign { path }),
        State::Dispatches => match in_folder(&hooks) {
            (State::Ours, file) => Ok(file),
            (State::NotExecutable, path) => Err(HookProblem::NotExecutable { path }),
            (_, path) => Err(HookProblem::Missing { path }),
        },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Missing,
    NotExecutable,
    /// It calls portcullis.
    Ours,
    /// It starts what is in `pre-receive.d`.
    Dispatches,
    Foreign,
}

fn state(path: &Path) -> State {
    let Ok(about) = fs::metadata(path) else {
        return State::Missing;
    };
    if about.permissions().mode() & 0o111 == 0 {
        return State::NotExecutable;
    }
    // One that only root may read is run by nobody else either.
    let content = fs::read(path).unwrap_or_default();
    let mentions = |word: &str| {
        let mut lines = content.lines();
        lines.any(|line| !line.trim_start().starts_with(b"#") && line.contains_str(word))
    };
    if mentions("portcullis") {
        State::Ours
    } else if mentions("pre-receive.d") || mentions("hookname}.d") {
        State::Dispatches
    } else {
        State::Foreign
    }
}

/// The best of what is in `pre-receive.d`, and where it is.
fn in_folder(hooks: &Path) -> (State, PathBuf) {
    let folder = hooks.join("pre-receive.d");
    let Ok(entries) = fs::read_dir(&folder) else {
        return (State::Missing, folder);
    };
    let mut found = (State::Missing, folder);
    for entry in entries.flatten() {
        let path = entry.path();
        match state(&path) {
            State::Ours => return (State::Ours, path),
            State::NotExecutable
                if fs::read(&path).is_ok_and(|text| text.contains_str("portcullis")) =>
            {
                found = (State::NotExecutable, path);
            }
            _ => {}
        }
    }
    found
}

/// Where git looks for hooks: `core.hooksPath` of the repository, of the user who asks, or of the machine.
fn hooks_folder(layout: &Layout) -> PathBuf {
    match setting(layout, "core.hooksPath") {
        // git starts its hooks in the git directory.
        Some(path) => layout.git_dir.join(path),
        None => layout.common_dir.join("hooks"),
    }
}

/// A setting of git, as the repository has it, or the user who asks, or the machine.
pub fn setting(layout: &Layout, key: &str) -> Option<String> {
    let local = gix::config::File::from_path_no_includes(
        layout.common_dir.join("config"),
        gix::config::Source::Local,
    );
    let of = |config: Option<gix::config::File>| config?.string(key).map(|value| value.to_string());
    of(local.ok()).or_else(|| of(gix::config::File::from_globals().ok()))
}
