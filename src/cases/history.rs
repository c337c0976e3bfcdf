//! From the commits of a case to a repository that holds them.

use std::collections::HashMap;

use gix::hash::{Kind, ObjectId};
use gix::objs::tree::EntryKind;

use super::{Commit, Line};
use crate::git::made::{Edit, Made, MakeError, NewCommit};
use crate::paths::names::full_name;
use crate::signature::Signed;

/// When the first commit is made, in seconds since 1970; the others follow a minute apart, so that dates tell the order.
const FIRST: i64 = 1_767_323_045;

/// Who writes commits where nobody is named.
const SOMEBODY: &str = "Somebody <somebody@example.org>";

/// The commits of a case, and the refs before its push.
pub(super) struct History<'c> {
    made: Made,
    /// The first parent of each commit.
    first_parents: HashMap<ObjectId, Option<ObjectId>>,
    names: HashMap<String, ObjectId>,
    refs: HashMap<String, ObjectId>,
    /// Who writes commits that do not say.
    author: &'c str,
    signed: Vec<SignedBy<'c>>,
}

/// Something that is signed, as the case says.
#[derive(Debug, Clone)]
pub(super) struct SignedBy<'c> {
    /// What the signature is about.
    pub payload: Vec<u8>,
    /// Whose it is.
    pub person: &'c str,
    /// A security key was touched for it.
    pub presence: bool,
}

/// What in a case cannot be.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A start that is nowhere.
    #[error("`{0}` is no ref before the push, and no commit above has that name (`as`)")]
    Unknown(String),
    /// A number of steps that is none.
    #[error("`{0}`: behind `~` stands a number")]
    Steps(String),
    /// More steps than there are commits.
    #[error("`{0}` goes beyond the first commit")]
    Beyond(String),
    /// A ref without a commit.
    #[error("`{0}` would hold no commit; give it one, or a `from`")]
    Nothing(String),
    /// A submodule at what is no commit.
    #[error("the submodule `{0}` is at a commit, whose whole id (40 hex digits) is written")]
    Submodule(String),
    /// A file that can be executed and is not written.
    #[error("`{0}` is `executable`, and not among those that the commit writes")]
    NotWritten(String),
    /// What git would not have.
    #[error(transparent)]
    Make(#[from] MakeError),
}

impl<'c> History<'c> {
    pub(super) fn new(made: Made, author: Option<&'c str>) -> Self {
        History {
            made,
            first_parents: HashMap::new(),
            names: HashMap::new(),
            refs: HashMap::new(),
            author: author.unwrap_or(SOMEBODY),
            signed: Vec::new(),
        }
    }

    /// Adds a ref of the time before the push.
    pub(super) fn add_ref(&mut self, name: &str, line: &'c Line) -> Result<(), HistoryError> {
        let start = line.from.as_deref();
        let start = start.map(|from| self.find(from)).transpose()?;
        let tip = self.add_line(name, start, line)?;
        let full = full_name(name);
        self.made.set_ref(&full, tip)?;
        self.refs.insert(full, tip);
        Ok(())
    }

    /// Adds what a ref would hold after the push, and says which commit that is.
    pub(super) fn add_push(
        &mut self,
        name: &str,
        line: &'c Line,
    ) -> Result<ObjectId, HistoryError> {
        let start = match &line.from {
            Some(from) => Some(self.find(from)?),
            None => self.ref_before(&full_name(name)),
        };
        self.add_line(name, start, line)
    }

    /// The commit of a ref before the push.
    pub(super) fn ref_before(&self, full: &str) -> Option<ObjectId> {
        self.refs.get(full).copied()
    }

    /// The refs before the push.
    pub(super) fn refs(&self) -> impl Iterator<Item = &String> {
        self.refs.keys()
    }

    /// The commit that `NAME` or `NAME~N` means.
    pub(super) fn find(&self, text: &str) -> Result<ObjectId, HistoryError> {
        let (name, steps) = text.split_once('~').unwrap_or((text, "0"));
        let steps: usize = steps
            .parse()
            .map_err(|_| HistoryError::Steps(text.to_owned()))?;
        let named = self.names.get(name).copied();
        let start = named.or_else(|| self.ref_before(&full_name(name)));
        let mut commit = start.ok_or_else(|| HistoryError::Unknown(name.to_owned()))?;
        for _ in 0..steps {
            commit =
                self.first_parents[&commit].ok_or_else(|| HistoryError::Beyond(text.to_owned()))?;
        }
        Ok(commit)
    }

    /// Adds a signed tag of `commit`, and the ref that holds it.
    pub(super) fn add_tag(
        &mut self,
        name: &str,
        commit: ObjectId,
        (person, presence): (&'c str, bool),
        time: i64,
        message: &str,
    ) -> Result<(), HistoryError> {
        let tag = self.made.tag(name, commit, (SOMEBODY, time), message)?;
        self.made.set_ref(&format!("refs/tags/{name}"), tag.id)?;
        let signed = Signed::of_tag(&tag.raw, Kind::Sha1);
        self.signed.push(SignedBy {
            payload: signed.payload().to_owned(),
            person,
            presence,
        });
        Ok(())
    }

    /// All that is signed.
    pub(super) fn into_signed(self) -> Vec<SignedBy<'c>> {
        self.signed
    }

    fn add_line(
        &mut self,
        name: &str,
        start: Option<ObjectId>,
        line: &'c Line,
    ) -> Result<ObjectId, HistoryError> {
        let mut tip = start;
        for commit in &line.commits {
            tip = Some(self.add_commit(tip, commit)?);
        }
        tip.ok_or_else(|| HistoryError::Nothing(name.to_owned()))
    }

    fn add_commit(
        &mut self,
        parent: Option<ObjectId>,
        commit: &'c Commit,
    ) -> Result<ObjectId, HistoryError> {
        let mut parents = Vec::from_iter(parent);
        for name in commit.merge.iter().flat_map(|names| &names.0) {
            parents.push(self.find(name)?);
        }
        let author = commit.author.as_deref().unwrap_or(self.author);
        let number = i64::try_from(self.first_parents.len()).unwrap_or_default();
        let written = self.made.commit(&NewCommit {
            parents: &parents,
            author,
            committer: commit.committer.as_deref().unwrap_or(author),
            time: FIRST + 60 * number,
            message: commit.message.as_deref().unwrap_or("Change"),
            edits: &edits(commit)?,
        })?;
        self.first_parents.insert(written.id, parent);
        if let Some(person) = &commit.signed_by {
            let signed = Signed::of_commit(&written.raw, Kind::Sha1);
            self.signed.push(SignedBy {
                payload: signed.payload().to_owned(),
                person,
                presence: false,
            });
        }
        if let Some(name) = &commit.r#as {
            self.names.insert(name.clone(), written.id);
        }
        Ok(written.id)
    }
}

/// What a commit does to paths: what goes makes room for what comes.
fn edits(commit: &Commit) -> Result<Vec<(&str, Edit<'_>)>, HistoryError> {
    let deleted = commit.delete.0.iter();
    let mut edits: Vec<_> = deleted.map(|path| (path.as_str(), Edit::Delete)).collect();
    let written = |path: &&String| commit.write.0.iter().any(|(written, _)| written == *path);
    if let Some(path) = commit.executable.0.iter().find(|path| !written(path)) {
        return Err(HistoryError::NotWritten(path.clone()));
    }
    for (path, content) in &commit.write.0 {
        let kind = if commit.executable.0.contains(path) {
            EntryKind::BlobExecutable
        } else {
            EntryKind::Blob
        };
        edits.push((path, Edit::Write(kind, content)));
    }
    for (path, target) in &commit.link.0 {
        edits.push((path, Edit::Write(EntryKind::Link, target)));
    }
    for (path, id) in &commit.submodule.0 {
        let id = ObjectId::from_hex(id.as_bytes());
        let id = id.map_err(|_| HistoryError::Submodule(path.clone()))?;
        edits.push((path, Edit::Submodule(id)));
    }
    Ok(edits)
}
