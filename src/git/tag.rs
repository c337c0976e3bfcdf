//! What an annotated tag says of itself, read from its raw bytes.

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::tag::ref_iter::Token;
use gix::objs::{Kind, TagRefIter};

use super::Error;
use super::message;
use super::objects::Objects;

/// A tag of more bytes says nothing that anyone would read, and whoever can push a tag must not make all pushes slow.
pub const MAX_BYTES: u64 = 64 << 10;

/// An annotated tag.
#[derive(Debug, Clone)]
pub struct Tag {
    /// Its own id.
    pub id: ObjectId,
    /// What it points at; it may not be there.
    pub target: ObjectId,
    /// What that is, as the tag says.
    pub target_kind: Kind,
    /// When it was made, as its maker says, in seconds since 1970; `None` if it does not say.
    pub time: Option<i64>,
    /// The message without the signature: what the signer said.
    pub message: BString,
    /// The whole object, for its signature.
    pub raw: Vec<u8>,
}

/// What a ref for approvals leads to.
const ROLE: &str = "the target of a ref";

/// Is it a tag of so many bytes that [`read`] passes it over?
///
/// # Errors
/// When it is missing or cannot be read.
pub fn is_too_long(objects: &Objects, id: ObjectId) -> Result<bool, Error> {
    let (kind, length) = objects.header(&id, ROLE)?;
    Ok(kind == Kind::Tag && length > MAX_BYTES)
}

/// Reads the tag `id`; `None` if it is another object, or none that could be an approval.
///
/// # Errors
/// When it is missing or cannot be read.
pub fn read(objects: &Objects, id: ObjectId, buffer: &mut Vec<u8>) -> Result<Option<Tag>, Error> {
    let (kind, length) = objects.header(&id, ROLE)?;
    if kind != Kind::Tag || length > MAX_BYTES {
        return Ok(None);
    }
    let raw = objects.read_kind(&id, Kind::Tag, ROLE, buffer)?;
    Ok(parse(objects.hash(), id, raw))
}

/// Reads the tag `id` from its whole object `raw`; `None` if it is malformed.
pub fn parse(hash: gix::hash::Kind, id: ObjectId, raw: &[u8]) -> Option<Tag> {
    let (mut target, mut target_kind, mut time) = (None, None, None);
    for token in TagRefIter::from_bytes(raw, hash) {
        match token.ok()? {
            Token::Target { id } => target = Some(id),
            Token::TargetKind(kind) => target_kind = Some(kind),
            Token::Tagger(tagger) => time = Some(tagger?.time().ok()?.seconds),
            _ => {}
        }
    }
    let body = raw.find(b"\n\n").map_or(raw.len(), |end| end + 2);
    Some(Tag {
        id,
        target: target?,
        target_kind: target_kind?,
        time,
        message: message::without_signature(&raw[body..]).to_owned(),
        raw: raw.to_owned(),
    })
}
