//! The three-way merge of one file, as git's default merge does it, without attributes, drivers or configuration.
//!
//! gix does the merge. Where its line diff and git's could choose differently, the answer is [`Merged::Uncertain`],
//! which counts as a change whatever was pushed: a difference can only lead to more touched paths.

use gix::diff::blob::{Algorithm, InternedInput};
use gix::hash::ObjectId;
use gix::merge::blob::Resolution;
use gix::merge::blob::builtin_driver::text;
use gix::objs::Kind;

use super::Error;
use super::lines::is_binary;
use super::objects::Objects;
use super::tree::Entry;

/// What becomes of a path in a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// Both sides agree, or their changes go together.
    Clean(Option<Entry>),
    /// git would stop here.
    Conflict,
    /// git might merge it cleanly, or not as we would: a rename, a submodule, a line diff that can be read two ways.
    Uncertain,
}

/// Contents of blobs that a merge made and no object database has; a virtual merge base can hold some.
#[derive(Debug, Default)]
pub struct Made(gix::hashtable::HashMap<ObjectId, Vec<u8>>);

/// Merges one path; `None` is a path that does not exist. At least two of the three differ from each other.
///
/// # Errors
/// When a blob cannot be read.
pub fn merge_entries(
    objects: &Objects,
    made: &mut Made,
    ours: Option<Entry>,
    theirs: Option<Entry>,
    base: Option<Entry>,
) -> Result<Merged, Error> {
    if ours == theirs || theirs == base {
        return Ok(Merged::Clean(ours));
    }
    if ours == base {
        return Ok(Merged::Clean(theirs));
    }
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        // One side changed what the other deleted. Without renames git stops here; with them the change may belong
        // into another file.
        return Ok(Merged::Uncertain);
    };
    if [Some(ours), Some(theirs), base]
        .into_iter()
        .flatten()
        .any(|entry| entry.mode.is_submodule())
    {
        // git looks whether one submodule commit contains the other, in a repository that the server does not have.
        return Ok(Merged::Uncertain);
    }
    if [Some(ours), Some(theirs), base]
        .into_iter()
        .flatten()
        .any(|entry| !entry.mode.is_file())
    {
        return Ok(Merged::Conflict);
    }
    let mode = match base {
        _ if ours.mode == theirs.mode => ours.mode,
        Some(base) if ours.mode == base.mode => theirs.mode,
        Some(base) if theirs.mode == base.mode => ours.mode,
        _ => return Ok(Merged::Uncertain),
    };
    Ok(
        match merge_blobs(objects, made, ours.id, theirs.id, base.map(|base| base.id))? {
            Content::Clean(id) => Merged::Clean(Some(Entry { mode, id })),
            Content::Conflict => Merged::Conflict,
            Content::Uncertain => Merged::Uncertain,
        },
    )
}

enum Content {
    Clean(ObjectId),
    Conflict,
    Uncertain,
}

fn merge_blobs(
    objects: &Objects,
    made: &mut Made,
    ours: ObjectId,
    theirs: ObjectId,
    base: Option<ObjectId>,
) -> Result<Content, Error> {
    if ours == theirs || base == Some(theirs) {
        return Ok(Content::Clean(ours));
    }
    if base == Some(ours) {
        return Ok(Content::Clean(theirs));
    }
    let read = |id: ObjectId| match made.0.get(&id) {
        Some(content) => Ok::<_, Error>(content.clone()),
        None => {
            let mut buffer = Vec::new();
            objects.read_kind(
                &id,
                Kind::Blob,
                "a file that both sides of a merge changed",
                &mut buffer,
            )?;
            Ok(buffer)
        }
    };
    // Where both sides added the file, git merges as if it had been empty.
    let (ours, theirs, base) = (
        read(ours)?,
        read(theirs)?,
        base.map(read).transpose()?.unwrap_or_default(),
    );
    if [&ours, &theirs, &base]
        .into_iter()
        .any(|content| is_binary(content))
    {
        return Ok(Content::Conflict);
    }
    let by_histogram = merge_text(&ours, &theirs, &base, Algorithm::Histogram);
    if by_histogram != merge_text(&ours, &theirs, &base, Algorithm::Myers) {
        return Ok(Content::Uncertain);
    }
    let Some(merged) = by_histogram else {
        return Ok(Content::Conflict);
    };
    let id = gix::objs::compute_hash(objects.hash(), Kind::Blob, &merged).map_err(|error| {
        Error::Unreadable {
            id: objects.hash().null(),
            reason: error.to_string(),
        }
    })?;
    made.0.insert(id, merged);
    Ok(Content::Clean(id))
}

/// The merged text, or `None` where the sides conflict.
fn merge_text(
    ours: &[u8],
    theirs: &[u8],
    base: &[u8],
    diff_algorithm: Algorithm,
) -> Option<Vec<u8>> {
    let mut merged = Vec::new();
    let mut input = InternedInput::default();
    let options = text::Options {
        diff_algorithm,
        ..Default::default()
    };
    let labels = text::Labels::default();
    let resolution = text(&mut merged, &mut input, labels, ours, base, theirs, options);
    (resolution == Resolution::Complete).then_some(merged)
}
