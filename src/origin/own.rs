//! What the repository that is pushed to adds to the policy: its `.portcullis.yml`, as its default branch has it before the
//! push.
//!
//! A push that would leave a wrong one there is refused. One can become wrong all the same, when the server's policy no
//! longer knows what it names. Then nothing is accepted but its repair, since nobody knows what the rules in it would
//! have said: changes of that file alone, on any branch, judged by the server's policy.

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind;

use crate::facts::names;
use crate::git::objects::Objects;
use crate::git::{Error, Repository, commit, file, tree};
use crate::policy::own::{FILE, OwnError};
use crate::policy::{Loaded, RepoPolicy};
use crate::push::RefUpdate;

/// What the default branch has.
pub struct Own {
    /// The full name of the branch.
    branch: BString,
    /// Its tree, if there is one.
    tree: Option<ObjectId>,
    text: Option<Vec<u8>>,
    wrong: Option<Box<OwnError>>,
}

/// Why a push cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum OwnPolicyError {
    /// The file is wrong.
    #[error(
        "the rules of this repository itself are wrong, and nothing else can be pushed until they are mended: {wrong}. \
         Whoever may push here can mend them, with a commit on {branch} that changes or removes {FILE} and nothing else"
    )]
    IsWrong {
        /// What is wrong.
        wrong: Box<OwnError>,
        /// Where it is.
        branch: BString,
    },
    /// The file would be wrong.
    #[error("this push would leave wrong rules of the repository itself on {branch}: {wrong}")]
    WouldBeWrong {
        /// What is wrong.
        wrong: Box<OwnError>,
        /// Where it would be.
        branch: BString,
    },
    /// It cannot be read.
    #[error(transparent)]
    Git(#[from] Error),
}

impl Own {
    /// Reads what `repository` adds, and tightens `loaded` by it. `None` where the policy does not want that.
    ///
    /// # Errors
    /// When the default branch cannot be read.
    pub fn tighten(loaded: &mut Loaded, repository: &Repository) -> Result<Option<Self>, Error> {
        if loaded.policy.repo_policy == RepoPolicy::Ignore {
            return Ok(None);
        }
        let Some(branch) = repository.refs.default_branch()? else {
            return Ok(None);
        };
        let objects = &repository.objects;
        let tip = repository.refs.resolve(branch.as_bstr())?.id;
        let tree = tip.map_or(Ok(None), |tip| tree_of(objects, tip))?;
        let text = file::read(objects, tree, FILE)?;
        let wrong = text.as_deref().and_then(|text| loaded.tighten(text).err());
        Ok(Some(Own {
            branch,
            tree,
            text,
            wrong,
        }))
    }

    /// What is wrong with it.
    pub fn wrong(&self) -> Option<&OwnError> {
        self.wrong.as_deref()
    }

    /// Can these updates be judged, and pushes after them?
    ///
    /// # Errors
    /// Why not.
    pub fn examine(
        self,
        loaded: &Loaded,
        repository: &Repository,
        updates: &[RefUpdate],
    ) -> Result<(), OwnPolicyError> {
        let objects = &repository.objects;
        for update in updates {
            // Whoever moves a symbolic ref moves what it leads to.
            if repository.refs.resolve(update.name.as_bstr())?.name != self.branch {
                continue;
            }
            let tree = tree_of(objects, update.new)?;
            let text = file::read(objects, tree, FILE)?;
            if text == self.text {
                continue;
            }
            let checked = text.map_or(Ok(()), |text| loaded.check_own(&text));
            if let Err(wrong) = checked {
                return Err(OwnPolicyError::WouldBeWrong {
                    wrong,
                    branch: self.branch,
                });
            }
        }
        let Some(wrong) = self.wrong else {
            return Ok(());
        };
        for update in updates {
            let name = update.name.as_bstr();
            let is_untouched =
                names::is_proposal(name) || loaded.policy.approvals.refs.matches(name);
            if !is_untouched && !mends(loaded, objects, self.tree, update.new)? {
                return Err(OwnPolicyError::IsWrong {
                    wrong,
                    branch: self.branch,
                });
            }
        }
        Ok(())
    }
}

/// Does the commit `new` differ from the tree `before` in this file only, and has a right one, or none?
fn mends(
    loaded: &Loaded,
    objects: &Objects,
    before: Option<ObjectId>,
    new: ObjectId,
) -> Result<bool, Error> {
    let after = tree_of(objects, new)?;
    if after.is_none() || others(objects, before)? != others(objects, after)? {
        return Ok(false);
    }
    let text = file::read(objects, after, FILE)?;
    Ok(text.is_none_or(|text| loaded.check_own(&text).is_ok()))
}

/// What stands beside the file.
fn others(objects: &Objects, tree: Option<ObjectId>) -> Result<Vec<(Vec<u8>, tree::Entry)>, Error> {
    let Some(id) = tree else {
        return Ok(Vec::new());
    };
    let mut buffer = Vec::new();
    let data = objects.read_kind(&id, Kind::Tree, "a tree", &mut buffer)?;
    let mut others = Vec::new();
    for entry in tree::entries_of(data, id) {
        let entry = entry?;
        if entry.name != FILE.as_bytes() {
            others.push((entry.name.to_vec(), entry.to_entry()));
        }
    }
    Ok(others)
}

/// The tree of a commit, or of the one that a tag leads to; nothing else has one that counts here.
fn tree_of(objects: &Objects, id: ObjectId) -> Result<Option<ObjectId>, Error> {
    if id.is_null() {
        return Ok(None);
    }
    let commit = objects.commit_behind(&id)?;
    let tree = commit.map(|commit| commit::tree_behind(objects, commit));
    tree.transpose()
}
