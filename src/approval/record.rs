//! What an approval tag says, in the trailers of its signed message:
//!
//! ```text
//! Approves: refs/heads/main
//! Repository: shop/web
//! Base: 3f786850e387550fdab836ed7e6dc881de23001b
//! ```
//!
//! `Vetoes:` in place of `Approves:` speaks against. Several lines name several refs (a fix and its backports). Any git
//! makes such a tag, with `git tag -s`. Nothing in it counts before its signature does.

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind;

use crate::git::message;
use crate::git::tag::Tag;

/// The trailer that approves.
pub const APPROVES: &str = "Approves";
/// The trailer that speaks against.
pub const VETOES: &str = "Vetoes";
/// The trailer that names the repository.
pub const REPOSITORY: &str = "Repository";
/// The trailer that says from where on the change is approved.
pub const BASE: &str = "Base";

/// A tag that approves or vetoes.
#[derive(Debug, Clone)]
pub struct Record {
    /// The refs into which the change may go, by their full names.
    pub approves: Vec<BString>,
    /// The refs whose changes are vetoed.
    pub vetoes: Vec<BString>,
    /// The repositories that it is for.
    pub repositories: Vec<BString>,
    /// From where on the change is approved; else from where the approved head and the ref parted.
    pub base: Option<ObjectId>,
}

/// Why a tag in a place for approvals says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is about no ref.
    #[error("it has no trailer `Approves: refs/heads/…`")]
    NoRef,
    /// It does not point at a commit.
    #[error("it points at another object than a commit; tag the commit itself")]
    NotACommit,
    /// The base is no commit id, or there are several.
    #[error("its trailer `Base` is not one full commit id")]
    BadBase,
}

impl Record {
    /// Reads what `tag` says.
    ///
    /// # Errors
    /// When it can be no approval.
    pub fn read(tag: &Tag) -> Result<Self, Unreadable> {
        let trailers = message::trailers(&tag.message);
        let values = |key: &str| {
            let of_key = trailers.iter().filter(|trailer| trailer.is(key));
            of_key
                .map(|trailer| trailer.value.trim().as_bstr().to_owned())
                .collect::<Vec<BString>>()
        };
        let (approves, vetoes) = (values(APPROVES), values(VETOES));
        if approves.is_empty() && vetoes.is_empty() {
            return Err(Unreadable::NoRef);
        }
        if tag.target_kind != Kind::Commit {
            return Err(Unreadable::NotACommit);
        }
        let base = match values(BASE).as_slice() {
            [] => None,
            [id] => Some(
                ObjectId::from_hex(id)
                    .ok()
                    .filter(|base| base.kind() == tag.target.kind())
                    .ok_or(Unreadable::BadBase)?,
            ),
            _ => return Err(Unreadable::BadBase),
        };
        Ok(Record {
            approves,
            vetoes,
            repositories: values(REPOSITORY),
            base,
        })
    }

    /// Does it approve changes of a ref that goes by these names?
    pub fn approves(&self, mut names: impl Iterator<Item = impl AsRef<[u8]>>) -> bool {
        names.any(|name| self.approves.iter().any(|asked| asked == name.as_ref()))
    }

    /// Does it veto changes of a ref that goes by these names? A tag that says both means this.
    pub fn vetoes(&self, mut names: impl Iterator<Item = impl AsRef<[u8]>>) -> bool {
        names.any(|name| self.vetoes.iter().any(|asked| asked == name.as_ref()))
    }

    /// Is it for the repository `owner/name`?
    pub fn is_for(&self, repository: &BStr) -> bool {
        self.repositories.iter().any(|named| named == repository)
    }
}
