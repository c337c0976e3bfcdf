//! Repositories that are made, where a policy's author wants to know what it says of a push that never was.
//!
//! A made repository is like one that git makes, and is read like one. It is the only thing that this program writes
//! objects and refs into.

use std::path::Path;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::tree::EntryKind;
use gix::objs::{Kind, Write as _};
use gix::refs::transaction::PreviousValue;

/// A bare repository that is made, and filled.
pub struct Made {
    repository: gix::Repository,
}

/// What could not be written.
#[derive(Debug, thiserror::Error)]
#[error("{what} cannot be written: {why}")]
pub struct MakeError {
    what: String,
    why: String,
}

/// A commit before it is one.
#[derive(Debug, Clone)]
pub struct NewCommit<'a> {
    /// Its parents; it holds what the first one holds, and what `edits` do to that.
    pub parents: &'a [ObjectId],
    /// Who wrote it, as `Name <address>`.
    pub author: &'a str,
    /// Who committed it.
    pub committer: &'a str,
    /// When, in seconds since 1970.
    pub time: i64,
    /// Its message.
    pub message: &'a str,
    /// What it does to paths, in this order.
    pub edits: &'a [(&'a str, Edit<'a>)],
}

/// What a commit does to a path.
#[derive(Debug, Clone, Copy)]
pub enum Edit<'a> {
    /// A file with this content, or what else is kept as a blob, is put there.
    Write(EntryKind, &'a str),
    /// A submodule at this commit is put there.
    Submodule(ObjectId),
    /// Whatever is there goes.
    Delete,
}

/// An object that was written.
#[derive(Debug, Clone)]
pub struct Written {
    /// Its id.
    pub id: ObjectId,
    /// Its bytes.
    pub raw: Vec<u8>,
}

impl Made {
    /// Makes an empty repository in `folder`, whose default branch is `main`, whatever anyone has configured.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn in_folder(folder: &Path) -> Result<Self, MakeError> {
        let made = gix::ThreadSafeRepository::init_opts(
            folder,
            gix::create::Kind::Bare,
            gix::create::Options::default(),
            gix::open::Options::isolated(),
        );
        let made = made.map_err(|error| MakeError::of("a repository", error))?;
        Ok(Made {
            repository: made.to_thread_local(),
        })
    }

    /// Writes a commit.
    ///
    /// # Errors
    /// When git would not have it: a path or an identity that is none.
    pub fn commit(&self, new: &NewCommit<'_>) -> Result<Written, MakeError> {
        let tree = self.tree(new.parents.first().copied(), new.edits)?;
        let mut raw = format!("tree {tree}\n");
        for parent in new.parents {
            raw += &format!("parent {parent}\n");
        }
        for (role, identity) in [("author", new.author), ("committer", new.committer)] {
            raw += &signature_line(role, identity, new.time)?;
        }
        self.object(Kind::Commit, format!("{raw}\n{}", new.message))
    }

    /// Writes an annotated tag of a commit.
    ///
    /// # Errors
    /// As [`Made::commit`].
    pub fn tag(
        &self,
        name: &str,
        commit: ObjectId,
        (tagger, time): (&str, i64),
        message: &str,
    ) -> Result<Written, MakeError> {
        let tagger = signature_line("tagger", tagger, time)?;
        let raw = format!("object {commit}\ntype commit\ntag {name}\n{tagger}\n{message}");
        self.object(Kind::Tag, raw)
    }

    /// Has the ref `name` hold `id`.
    ///
    /// # Errors
    /// When it is no name of a ref.
    pub fn set_ref(&self, name: &str, id: ObjectId) -> Result<(), MakeError> {
        let set = self
            .repository
            .reference(name, id, PreviousValue::Any, "made");
        set.map(drop).map_err(|error| MakeError::of(name, error))
    }

    fn tree(
        &self,
        parent: Option<ObjectId>,
        edits: &[(&str, Edit<'_>)],
    ) -> Result<ObjectId, MakeError> {
        let failed = |error| MakeError::of("a tree", error);
        let start = match parent {
            Some(parent) => self.tree_of(parent).map_err(failed)?,
            None => self.repository.empty_tree().id,
        };
        let mut tree = self.repository.edit_tree(start).map_err(failed)?;
        for &(path, edit) in edits {
            let refused = |error| MakeError::of(path, error);
            match edit {
                Edit::Write(kind, content) => {
                    let blob = self.repository.write_blob(content).map_err(refused)?;
                    tree.upsert(path, kind, blob)
                }
                Edit::Submodule(id) => tree.upsert(path, EntryKind::Commit, id),
                Edit::Delete => tree.remove(path),
            }
            .map_err(refused)?;
        }
        Ok(tree.write().map_err(failed)?.detach())
    }

    fn tree_of(&self, commit: ObjectId) -> Result<ObjectId, gix::Error> {
        let commit = self.repository.find_commit(commit)?;
        Ok(commit.tree_id()?.detach())
    }

    fn object(&self, kind: Kind, raw: String) -> Result<Written, MakeError> {
        let raw = raw.into_bytes();
        let id = self.repository.objects.write_buf(kind, &raw);
        let id = id.map_err(|error| MakeError::of("an object", error))?;
        Ok(Written { id, raw })
    }
}

impl MakeError {
    fn of(what: &str, why: impl std::fmt::Display) -> Self {
        MakeError {
            what: what.to_owned(),
            why: why.to_string(),
        }
    }
}

/// The line that says who did something, and when.
fn signature_line(role: &str, identity: &str, time: i64) -> Result<String, MakeError> {
    let is_well_formed = identity
        .strip_suffix('>')
        .and_then(|start| start.split_once(" <"))
        .is_some_and(|(name, email)| ![name, email].concat().contains(['<', '>', '\n', '\0']));
    if !is_well_formed {
        let shown = BString::from(identity);
        return Err(MakeError::of(
            &format!("the {role} `{}`", shown.as_bstr()),
            "write it as `Name <address>`",
        ));
    }
    Ok(format!("{role} {identity} {time} +0000\n"))
}
