//! Why git data could not be read or judged.

use gix::hash::ObjectId;

use crate::report::escape::Name;
use crate::state::StateError;

/// What keeps a push from being judged. Whatever it is, the push is refused; [`Error::is_the_pushers`] says whose
/// fault it is.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An object that should be there is not.
    #[error("object {id} is missing ({role})")]
    Missing {
        /// Which one.
        id: ObjectId,
        /// What it was wanted for.
        role: &'static str,
    },
    /// A commit was pushed without its parent, and nobody had that before: the pusher's own history is cut off.
    #[error(
        "commit {commit} comes without its parent {parent}; if this is a shallow clone, run `git fetch --unshallow` and push again"
    )]
    Incomplete {
        /// The commit.
        commit: ObjectId,
        /// What it is based on.
        parent: ObjectId,
    },
    /// An object is there and cannot be read: corrupt, or over `limits.object`.
    #[error("object {id} cannot be read: {reason}")]
    Unreadable {
        /// Which one.
        id: ObjectId,
        /// What the object database says.
        reason: String,
    },
    /// An object is not what it must be in its place.
    #[error("object {id} is a {found} where a {expected} should be")]
    WrongKind {
        /// Which one.
        id: ObjectId,
        /// What it is.
        found: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A commit, tag or tree that git's own writers would never make.
    #[error("{kind} {id} is malformed: {reason}")]
    Malformed {
        /// What it claims to be.
        kind: &'static str,
        /// Which one.
        id: ObjectId,
        /// What is wrong with it.
        reason: String,
    },
    /// A bound of the policy was reached.
    #[error("{what} reached the limit of {limit} (limits.{key} in the policy)")]
    Limit {
        /// What there was too much of.
        what: &'static str,
        /// The bound.
        limit: u64,
        /// Its key below `limits`.
        key: &'static str,
    },
    /// The repository is in a format that this program does not know.
    #[error("{0}")]
    Format(String),
    /// A reference cannot be read.
    #[error("ref {} cannot be read: {reason}", Name(name))]
    Reference {
        /// Its full name.
        name: Vec<u8>,
        /// What the reference store says.
        reason: String,
    },
    /// What a ref has held cannot be recalled.
    #[error(transparent)]
    State(#[from] StateError),
    /// A file of the repository cannot be read.
    #[error("{path} cannot be read: {source}")]
    Io {
        /// Which one.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    /// Did the pusher cause it, and can the pusher mend it? Otherwise the gate or its server failed.
    pub fn is_the_pushers(&self) -> bool {
        match self {
            Error::Malformed { .. } | Error::WrongKind { .. } | Error::Incomplete { .. } => true,
            // How much memory the gate may take is between it and its server.
            Error::Limit { key, .. } => *key != "memory",
            _ => false,
        }
    }
}
