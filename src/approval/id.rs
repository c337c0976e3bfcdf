//! What tells an approval from all others, so that it can be remembered when its ref is gone, or the forge shows another.

use std::fmt;

use gix::hash::ObjectId;

use crate::digest::sha256;

/// How a review begins where it is written down; no object id does.
const REVIEW: &str = "review:";

/// One person's word, given once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApprovalId {
    /// The tag object.
    Tag(ObjectId),
    /// The digest of what a forge says of a review. It has no name there that would be the same on each of them.
    Review(String),
}

impl ApprovalId {
    /// That of the review which `account` gave on the page `url` of the commit `head`, at this time in seconds since 1970.
    pub fn of_review(url: &str, account: &str, head: ObjectId, at: i64) -> Self {
        ApprovalId::Review(sha256(format!("{url}\n{account}\n{head}\n{at}\n")))
    }

    /// The tag, if it is one.
    pub fn tag(&self) -> Option<ObjectId> {
        match self {
            ApprovalId::Tag(id) => Some(*id),
            ApprovalId::Review(_) => None,
        }
    }

    /// Reads what [`Display`](fmt::Display) writes.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix(REVIEW) {
            Some(digest) => Some(ApprovalId::Review(digest.to_owned())),
            None => ObjectId::from_hex(text.as_bytes())
                .ok()
                .map(ApprovalId::Tag),
        }
    }
}

impl fmt::Display for ApprovalId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApprovalId::Tag(id) => write!(out, "{id}"),
            ApprovalId::Review(digest) => write!(out, "{REVIEW}{digest}"),
        }
    }
}
