//! Where the policy of a push comes from: a file of the server, or a [`branch`] of a repository on it; and what the
//! repository that is pushed to adds of its [`own`].

pub mod branch;
pub mod own;

use std::path::PathBuf;

use crate::policy::include::OnDisk;
use crate::policy::{Loaded, Policy, PolicyError};
use crate::report::shell;
use crate::state::policies::{self, LastGood};
use branch::Branch;

/// Where a policy is.
#[derive(Debug, Clone)]
pub enum Origin {
    /// In a file.
    File(PathBuf),
    /// In a repository.
    Branch(Branch),
}

impl Origin {
    /// Reads the policy.
    ///
    /// # Errors
    /// When it cannot be read, or is wrong.
    pub fn load(&self) -> Result<Loaded, PolicyError> {
        match self {
            Origin::File(file) => Policy::load(file),
            Origin::Branch(branch) => branch.load(),
        }
    }

    /// The last policy from here that was right, kept in one of `folders`.
    pub fn last_good(&self, folders: &[PathBuf]) -> Option<LastGood> {
        match self {
            Origin::File(file) => policies::last_good(file, folders, &OnDisk),
            Origin::Branch(branch) => branch.last_good(folders),
        }
    }

    /// How messages call it, and under which name its last good one is kept.
    pub fn name(&self) -> PathBuf {
        match self {
            Origin::File(file) => file.clone(),
            Origin::Branch(branch) => branch.file(),
        }
    }

    /// The command that shows what is wrong with it.
    pub fn check(&self) -> String {
        match self {
            Origin::File(file) => {
                format!("portcullis check {}", shell::quote_path(file))
            }
            Origin::Branch(branch) => branch.check(),
        }
    }
}
