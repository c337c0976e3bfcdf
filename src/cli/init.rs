//! `portcullis init`: a starter policy from what a repository holds.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::bstr::BString;

use super::{Exit, revision};
use crate::git::budget::Budget;
use crate::git::{Error, Repository};
use crate::paths::names::RefPatterns;
use crate::policy::{Limits, Policy};
use crate::report::escape::Name;
use crate::starter::{self, Subject};

/// Write a starter policy from what a repository holds
///
/// Looks at the names in the tree of a commit, and at the newest commits for people, and writes a policy that says why it
/// chose each path: what looks like payments, accounts and secrets, CI, infrastructure, migrations, lock files, generated
/// code, documents and styles. It guesses, and so the policy only warns (`mode: warn`) until you have read it. Nothing in
/// the repository is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  Look at what it would say of this clone:
    portcullis init

  A policy for a repository on the server:
    portcullis init --repo /srv/git/shop/web.git --output policy.yml
    portcullis check policy.yml

Exit codes: 0 a policy was written, 2 the usage is wrong or there is nothing to look at, \
3 the program failed.")]
pub struct Init {
    /// The repository or clone
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repo: PathBuf,
    /// The branch, tag or commit to look at
    #[arg(long, value_name = "REF", default_value = "HEAD")]
    pub r#ref: String,
    /// Write to this file, which must not exist, in place of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Entries of trees that are read to find out who changed what.
const MOST_ENTRIES: u64 = 5_000_000;

/// Why there is no policy, where that is the user's to change.
#[derive(Debug, thiserror::Error)]
pub(super) enum InitError {
    #[error(
        "HEAD leads to no commit yet, so there is nothing to look at; push something first, or name a branch with --ref"
    )]
    Empty,
    #[error("`{0}` leads to no commit; name a branch, a tag of a commit, or a commit")]
    NoCommit(String),
    #[error("{0} exists already, and is not overwritten")]
    Exists(String),
}

impl Init {
    /// Writes it.
    pub fn run(&self) -> Exit {
        match self.write() {
            Ok(()) => Exit::Fine,
            Err(error) => super::failed(&*error),
        }
    }

    fn write(&self) -> Result<(), Box<dyn std::error::Error>> {
        let limits = Limits {
            tree_entries: MOST_ENTRIES,
            ..Limits::default()
        };
        let repository = Repository::at(&self.repo, &Arc::new(Budget::new(limits)))?;
        let policy = self.policy(&repository)?;
        let Some(file) = &self.output else {
            super::print(&policy);
            return Ok(());
        };
        let name = Name(file.as_os_str().as_encoded_bytes()).to_string();
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(file)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => InitError::Exists(name).into(),
                _ => {
                    Box::<dyn std::error::Error>::from(format!("{name} cannot be written: {error}"))
                }
            })?;
        file.write_all(policy.as_bytes())?;
        Ok(())
    }

    fn policy(&self, repository: &Repository) -> Result<String, Box<dyn std::error::Error>> {
        let default = repository.refs.default_branch()?;
        let is_unborn =
            self.r#ref == "HEAD" && repository.refs.resolve("HEAD".into())?.id.is_none();
        if is_unborn {
            return Err(InitError::Empty.into());
        }
        let id = revision::resolve(repository, &self.r#ref)?;
        let commit = repository.objects.commit_behind(&id)?;
        let commit = commit.ok_or_else(|| InitError::NoCommit(self.r#ref.clone()))?;
        let branch = default.as_ref().and_then(branch_in_policy);
        let subject = Subject {
            commit,
            name: &format!("{} ({})", self.r#ref, crate::git::short(&commit)),
            branch: branch.unwrap_or("main"),
        };
        let policy = starter::policy(repository, &subject)?;
        // Whoever gets a policy that `check` refuses has been lied to.
        Policy::parse(policy.as_bytes(), Path::new("policy.yml")).map_err(|error| {
            Error::Format(format!("the policy that was written is wrong: {error}"))
        })?;
        Ok(policy)
    }
}

/// What a rule calls a branch; `None` if it cannot call it by its name alone.
fn branch_in_policy(full_name: &BString) -> Option<&str> {
    let name = full_name.strip_prefix(b"refs/heads/")?;
    let name = std::str::from_utf8(name).ok()?;
    let patterns = RefPatterns::parse(&[name]).ok()?;
    (Name(name.as_bytes()).is_plain() && patterns.matches(full_name)).then_some(name)
}
