//! A policy in a repository of the server, as it stands at the tip of a branch: what has been pushed there and accepted.
//!
//! The branch is read before any ref moves, also when it is the very one that is pushed to, so that a push is judged by the
//! policy before it. Files that it includes are read from the same tree.

use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;

use crate::facts::applies;
use crate::git::budget::Budget;
use crate::git::objects::Objects;
use crate::git::{Repository, commit, file};
use crate::paths::EntryKind;
use crate::policy::include::{Files, OnDisk};
use crate::policy::{Limits, Loaded, Policy, PolicyError};
use crate::push::RefUpdate;
use crate::report::{shell, text};
use crate::state::policies::{self, LastGood};
use crate::{forge, git};

/// A file at the tip of a branch.
#[derive(Debug, Clone)]
pub struct Branch {
    /// The repository, bare or not.
    pub repository: PathBuf,
    /// The full name of the branch.
    pub name: BString,
    /// The path of the policy from the root of its tree.
    pub path: String,
}

/// The files of a tree, below a name that no folder has.
struct Tree<'a> {
    below: PathBuf,
    objects: &'a Objects,
    id: ObjectId,
}

impl Branch {
    /// How messages call the policy: `/srv/git/policy.git@refs/heads/main/policy.yml`.
    pub fn file(&self) -> PathBuf {
        self.root().join(&self.path)
    }

    /// The command that shows what is wrong with it.
    pub(super) fn check(&self) -> String {
        let repository = shell::quote_path(&self.repository);
        let (name, path) = (shell::quote(&self.name), shell::quote(self.path.as_bytes()));
        format!(
            "portcullis check --policy-repo {repository} --policy-ref {name} --policy-path {path}"
        )
    }

    pub(super) fn load(&self) -> Result<Loaded, PolicyError> {
        let repository = self.open().map_err(|error| self.unreadable(error))?;
        let tip = self
            .tip(&repository)
            .map_err(|error| self.unreadable(error))?;
        self.load_at(&repository.objects, tip)
    }

    pub(super) fn last_good(&self, folders: &[PathBuf]) -> Option<LastGood> {
        let repository = self.open().ok()?;
        let tip = self.tip(&repository).ok()?;
        let tree = self.tree(&repository.objects, tip).ok()?;
        policies::last_good(&self.file(), folders, &tree)
    }

    /// The policy as the commit `tip` has it.
    ///
    /// # Errors
    /// When it has none, or a wrong one.
    pub fn load_at(&self, objects: &Objects, tip: ObjectId) -> Result<Loaded, PolicyError> {
        let file = self.file();
        let read = || {
            let tree = self.tree(objects, tip)?;
            let bytes = tree.read(&file, u64::MAX)?;
            Ok((tree, bytes))
        };
        let (tree, bytes) = read().map_err(|error| self.unreadable(error))?;
        Policy::parse_beside(&bytes, &file, &tree)
    }

    /// What these updates of `repository` would make of the policy, if it is there.
    ///
    /// # Errors
    /// When there would be none any more, or one that is wrong.
    pub fn examine(
        &self,
        repository: &Repository,
        updates: &[RefUpdate],
    ) -> Result<(), PolicyError> {
        // Whoever moves a symbolic ref moves what it leads to.
        let behind = |name: &BString| {
            let resolved = repository.refs.resolve(name.as_bstr());
            let resolved = resolved.map_err(|error| self.unreadable(other(error)))?;
            Ok::<_, PolicyError>(resolved.name)
        };
        let same = |one: &Path| std::fs::canonicalize(one).ok();
        let ours = behind(&self.name)?;
        for update in updates {
            if behind(&update.name)? != ours {
                continue;
            }
            let own = self.open().map_err(|error| self.unreadable(error))?;
            if same(&own.layout.common_dir) != same(&repository.layout.common_dir) {
                return Ok(());
            }
            if update.new.is_null() {
                let gone = io::Error::other("this push deletes the branch that it is on");
                return Err(self.unreadable(gone));
            }
            self.load_at(&repository.objects, update.new)?;
        }
        Ok(())
    }

    /// Does a rule of `policy` that refuses keep watch over its file, at `now`?
    pub fn is_guarded(&self, policy: &Policy, now: i64) -> bool {
        let repository = forge::repository_name(&self.repository);
        let sets = policy
            .paths
            .matches_path(self.path.as_bytes(), EntryKind::File);
        policy.rules.iter().any(|rule| {
            rule.is_enforced_in(&repository)
                && applies::is_governed_by(rule, &repository, now, self.name.as_bstr())
                && policy.selector(rule.selector).selects(&sets)
        })
    }

    fn open(&self) -> io::Result<Repository> {
        if !self.repository.exists() {
            return Err(io::Error::other(format!(
                "the repository {} is gone; restore it, or tell the hook another",
                self.repository.display()
            )));
        }
        let budget = Arc::new(Budget::new(Limits::default()));
        Repository::at(&self.repository, &budget).map_err(other)
    }

    fn tip(&self, repository: &Repository) -> io::Result<ObjectId> {
        let resolved = repository.refs.resolve(self.name.as_bstr());
        resolved.map_err(other)?.id.ok_or_else(|| {
            io::Error::other(format!(
                "{} has no {}",
                self.repository.display(),
                self.name
            ))
        })
    }

    fn tree<'o>(&self, objects: &'o Objects, tip: ObjectId) -> io::Result<Tree<'o>> {
        Ok(Tree {
            below: self.root(),
            objects,
            id: commit::tree_behind(objects, tip).map_err(other)?,
        })
    }

    fn root(&self) -> PathBuf {
        let mut root = self.repository.clone().into_os_string();
        root.push("@");
        root.push(self.name.to_string());
        root.into()
    }

    fn unreadable(&self, source: io::Error) -> PolicyError {
        PolicyError::Unreadable {
            file: self.file(),
            source,
        }
    }
}

impl Files for Tree<'_> {
    fn read(&self, file: &Path, most: u64) -> io::Result<Vec<u8>> {
        let outside = || io::Error::other("it is not in the repository of the policy");
        let path = file.strip_prefix(&self.below).map_err(|_| outside())?;
        let is_plain = |component| matches!(component, Component::Normal(_));
        let path = path.to_str().filter(|_| path.components().all(is_plain));
        let path = path.ok_or_else(outside)?;
        let content = file::read(self.objects, Some(self.id), path).map_err(other)?;
        let mut content = content.ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "there is no such file in the tree")
        })?;
        content.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(content)
    }

    fn read_keys(&self, file: &Path, most: u64) -> io::Result<Vec<u8>> {
        if file.starts_with(&self.below) {
            self.read(file, most)
        } else {
            OnDisk.read(file, most)
        }
    }

    fn are_on_disk(&self) -> bool {
        false
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is what `map_err` calls, and the error ends here"
)]
fn other(error: git::Error) -> io::Error {
    io::Error::other(text::chain(&error))
}
