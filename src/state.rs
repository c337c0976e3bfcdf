//! What portcullis remembers from one push to the next, and where.
//!
//! [`records`] holds the values that refs have had, one small file for each ref; [`approvals`] what has become of
//! approvals, [`bypasses`] of broken glass; [`policies`] the last policy that was right. [`place`] says where all of it
//! lies. Nothing here decides anything: `facts` asks what is recorded, and the hook writes what it has seen once it has
//! decided.

pub mod approvals;
pub mod bypasses;
mod lines;
pub mod place;
pub mod policies;
pub mod records;

use std::path::PathBuf;

/// Why something cannot be remembered, or not be recalled. It is always the gate's failure.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file or a folder cannot be read or written.
    #[error("{} cannot be {doing}", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// A file holds what portcullis has not written.
    #[error(
        "{} is damaged at record {record}: restore it from a backup, or move it away, which makes the ref's tip and its first parents its past",
        path.display()
    )]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// Counted from 1; 0 is the head of the file.
        record: u32,
    },
    /// A file of lines holds what portcullis has not written.
    #[error(
        "{} is damaged at line {line}: restore it from a backup; without it, nobody remembers what was vetoed, used up or owed here",
        path.display()
    )]
    DamagedLine {
        /// Which one.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// The server keeps no repository where it seems to be, and does not say which one this is.
    #[error(
        "GitLab shows the hook a copy of the repository and did not name the project (GL_PROJECT_PATH), so there is no place to record what its refs have held"
    )]
    NoProject,
}
