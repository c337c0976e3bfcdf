//! What a commit says of itself, read from its raw bytes.

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::commit::ref_iter::Token;
use gix::objs::{CommitRef, CommitRefIter, Kind};

use super::Error;
use super::objects::Objects;
use crate::signature::{Bad, Good, Signed};

/// The fields of a commit that place it in history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// Its tree.
    pub tree: ObjectId,
    /// Its parents, in order.
    pub parents: Vec<ObjectId>,
    /// The committer's date, in seconds since 1970; anything that cannot be read as one counts as 0.
    pub time: i64,
}

/// The fields of a commit that rules ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: ObjectId,
    /// How many parents it has.
    pub parents: usize,
    /// Who wrote the change.
    pub author: Identity,
    /// Who made the commit.
    pub committer: Identity,
    /// The whole message, as bytes.
    pub message: BString,
    /// Whose signature it has, or why that does not count; `None` if nobody has asked.
    pub signature: Option<Result<Good, Bad>>,
}

/// A name and an address as a commit gives them: a claim by whoever made the commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The name.
    pub name: BString,
    /// The e-mail address.
    pub email: BString,
}

impl Commit {
    /// The message without the line breaks at its end.
    pub fn trimmed_message(&self) -> &[u8] {
        self.message.trim_end_with(|character| character == '\n')
    }
}

/// Reads the [`Links`] of the commit `id`.
///
/// # Errors
/// When it is missing, no commit, or malformed.
pub fn read_links(objects: &Objects, id: ObjectId, buffer: &mut Vec<u8>) -> Result<Links, Error> {
    let data = objects.read_kind(&id, Kind::Commit, "a commit of the pushed history", buffer)?;
    parse_links(data, id)
}

/// The tree of the commit that `id` leads to.
///
/// # Errors
/// When it leads to none, or that is missing or malformed.
pub fn tree_behind(objects: &Objects, id: ObjectId) -> Result<ObjectId, Error> {
    let (commit, _) = objects.peel(&id)?;
    Ok(read_links(objects, commit, &mut Vec::new())?.tree)
}

/// The [`Links`] of the commit `id`, whose content is `data`.
///
/// # Errors
/// When it is malformed.
pub fn parse_links(data: &[u8], id: ObjectId) -> Result<Links, Error> {
    let mut tree = None;
    let mut parents = Vec::new();
    for token in CommitRefIter::from_bytes(data, id.kind()) {
        match token.map_err(|error| malformed(id, &error))? {
            Token::Tree { id } => tree = Some(id),
            Token::Parent { id } => parents.push(id),
            // git gives a date that it cannot parse the value 0; the walk must not depend on a pusher's good will.
            Token::Committer { signature } => {
                let tree = tree.ok_or_else(|| malformed(id, &"no tree"))?;
                let time = signature.time().map_or(0, |time| time.seconds);
                return Ok(Links {
                    tree,
                    parents,
                    time,
                });
            }
            _ => {}
        }
    }
    Err(malformed(id, &"no committer"))
}

/// Whether a signature is good: the one question about a commit that its bytes alone do not answer.
pub type Verify<'a> = &'a (dyn Fn(&Signed) -> Result<Good, Bad> + Sync);

/// Reads the commit `id`, and has its signature verified if that is asked for.
///
/// # Errors
/// When it is missing, no commit, or malformed: an identity that cannot be read is nobody's.
pub fn read(
    objects: &Objects,
    id: ObjectId,
    verify: Option<Verify<'_>>,
    buffer: &mut Vec<u8>,
) -> Result<Commit, Error> {
    let data = objects.read_kind(&id, Kind::Commit, "a commit of the pushed history", buffer)?;
    Ok(Commit {
        signature: verify.map(|verify| verify(&Signed::of_commit(data, objects.hash()))),
        ..parse(data, id)?
    })
}

/// The commit `id`, whose content is `data`; nobody has asked for its signature.
///
/// # Errors
/// When it is malformed.
pub fn parse(data: &[u8], id: ObjectId) -> Result<Commit, Error> {
    let commit = CommitRef::from_bytes(data, id.kind()).map_err(|error| malformed(id, &error))?;
    let identity = |raw: Result<gix::actor::SignatureRef<'_>, _>| match raw {
        Ok(signature) => Ok(Identity {
            name: signature.name.into(),
            email: signature.email.into(),
        }),
        Err(error) => Err(malformed(id, &error)),
    };
    Ok(Commit {
        id,
        parents: commit.parents().count(),
        author: identity(commit.author())?,
        committer: identity(commit.committer())?,
        message: commit.message.into(),
        signature: None,
    })
}

fn malformed(id: ObjectId, error: &dyn std::fmt::Display) -> Error {
    Error::Malformed {
        kind: "commit",
        id,
        reason: error.to_string(),
    }
}
