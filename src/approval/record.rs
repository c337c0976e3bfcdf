//! What an approval tag says, in the trailers of its signed message:
//!
//! ```text
//! Approves: refs/heads/main
//! Repository: shop/web
//! Base: 3f786850e387550fdab836ed7e6dc881de23001b
//! ```
//!
//! `Vetoes:` in place of `Approves:` speaks against; `Bypasses:` with `Reason:` breaks the glass. Several lines name several refs (a fix and its backports). Any git
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
/// The trailer that goes past rules, with its reason in another.
pub const BYPASSES: &str = "Bypasses";
/// The trailer that says why rules are gone past.
pub const REASON: &str = "Reason";
/// The trailer that names the repository.
pub const REPOSITORY: &str = "Repository";
/// The trailer that says from where on the change is approved.
pub const BASE: &str = "Base";

/// A tag that approves, vetoes or breaks the glass.
#[derive(Debug, Clone)]
pub struct Record {
    /// The refs into which the change may go, by their full names.
    pub approves: Vec<BString>,
    /// The refs whose changes are vetoed.
    pub vetoes: Vec<BString>,
    /// The refs into which the change may go past rules.
    pub bypasses: Vec<BString>,
    /// Why it may.
    pub reasons: Vec<BString>,
    /// The repositories that it is for.
    pub repositories: Vec<BString>,
    /// From where on the change is approved; else from where the approved head and the ref parted.
    pub base: Result<Option<ObjectId>, Unclear>,
}

/// Why it cannot be told what a tag approves. Against what it speaks can be told all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unclear {
    /// It does not point at a commit.
    #[error("it points at another object than a commit; tag the commit itself")]
    NotACommit,
    /// The base is no commit id, or there are several.
    #[error("its trailer `Base` is not one full commit id")]
    BadBase,
}

impl Record {
    /// Reads what `tag` says; `None` if it is about no ref.
    pub fn read(tag: &Tag) -> Option<Self> {
        let trailers = message::trailers(&tag.message);
        let values = |key: &str| {
            let of_key = trailers.iter().filter(|trailer| trailer.is(key));
            of_key
                .map(|trailer| trailer.value.trim().as_bstr().to_owned())
                .collect::<Vec<BString>>()
        };
        let (approves, vetoes, bypasses) = (values(APPROVES), values(VETOES), values(BYPASSES));
        if approves.is_empty() && vetoes.is_empty() && bypasses.is_empty() {
            return None;
        }
        let base = match values(BASE).as_slice() {
            _ if tag.target_kind != Kind::Commit => Err(Unclear::NotACommit),
            [] => Ok(None),
            [id] => ObjectId::from_hex(id)
                .ok()
                .filter(|base| base.kind() == tag.target.kind())
                .map(Some)
                .ok_or(Unclear::BadBase),
            _ => Err(Unclear::BadBase),
        };
        Some(Record {
            approves,
            vetoes,
            bypasses,
            reasons: values(REASON),
            repositories: values(REPOSITORY),
            base,
        })
    }

    /// Is it for the repository `owner/name`?
    pub fn is_for(&self, repository: &BStr) -> bool {
        self.repositories.iter().any(|named| named == repository)
    }
}
