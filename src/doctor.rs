//! Looks whether an installation does what its admin believes: whether git calls the hook, by which policy, and whether all
//! that a decision needs is where it should be.
//!
//! [`server`] looks at what all repositories share, [`repository`] at each of them. Every check has a stable id, says what
//! it means, and has a way out. Nothing is changed, but for a file in the state directory that is made and taken away.

pub mod repository;
pub mod server;
mod wrapper;

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt as _;

use serde::Serialize;

/// How a check came out, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Pushes are judged, and something is weaker or less known than it could be.
    Warn,
    /// Pushes go unjudged, or are all refused, or a record cannot be trusted.
    Fail,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A stable name in kebab-case.
    pub id: &'static str,
    /// How it came out.
    pub status: Status,
    /// The repository, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// What was found, and what it means.
    pub says: String,
    /// What to do, if there is anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Check {
    fn ok(id: &'static str, says: impl Into<String>) -> Self {
        Check {
            id,
            status: Status::Ok,
            repository: None,
            says: says.into(),
            remedy: None,
        }
    }

    fn warn(id: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Check::of(Status::Warn, id, says, remedy)
    }

    fn fail(id: &'static str, says: impl Into<String>, remedy: impl Into<String>) -> Self {
        Check::of(Status::Fail, id, says, remedy)
    }

    fn of(
        status: Status,
        id: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Check {
            status,
            remedy: Some(remedy.into()),
            ..Check::ok(id, says)
        }
    }
}

/// How bad it is that others than its owner can write a file, or put another in a folder; `None` if they cannot.
fn open_to(about: &Metadata) -> Option<Status> {
    let mode = about.permissions().mode();
    // A sticky folder, such as /tmp, lets nobody replace another's file.
    if about.is_dir() && mode & 0o1000 != 0 {
        None
    } else if mode & 0o002 != 0 {
        Some(Status::Fail)
    } else {
        (mode & 0o020 != 0).then_some(Status::Warn)
    }
}

/// The worst of several checks.
pub fn worst(checks: &[Check]) -> Status {
    let all = checks.iter().map(|check| check.status);
    all.max().unwrap_or(Status::Ok)
}
