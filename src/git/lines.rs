//! The lines that come and go where a path changes, as `git diff --no-renames` shows them with its defaults: Myers'
//! algorithm over lines that end with LF, and without what attributes or configuration say.
//!
//! A binary file has no lines. Where only one side is binary, git shows nothing; here the other side's lines all come, or
//! all go, so that nothing is hidden by one commit that makes a file binary and another that makes it text again.

use std::ops::Range;

use gix::diff::blob::sources::byte_lines;
use gix::diff::blob::{Algorithm, Diff, InternedInput};
use gix::objs::Kind;

use super::Error;
use super::objects::Objects;
use super::tree::{Entry, Mode};

/// git looks for a NUL byte in this many bytes to tell binary from text (xdiff-interface.c: `FIRST_FEW_BYTES`).
const BINARY_WITHIN: usize = 8000;

/// What the content of a file is read for, in messages.
const ROLE: &str = "a file whose lines a rule asks about";

/// A line that comes or goes, with its line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// It comes.
    Added {
        /// Which line of the file it then is, from 1.
        number: u64,
        /// It.
        text: &'a [u8],
    },
    /// It goes.
    Removed(&'a [u8]),
}

/// Neighbouring lines that go, and those that come in their place.
pub struct Hunk<'a> {
    /// Which lines go, counted from 0 in the file as it was.
    pub before: Range<u32>,
    /// Which lines come, counted from 0 in the file as it then is.
    pub after: Range<u32>,
    input: &'a InternedInput<&'a [u8]>,
}

impl Hunk<'_> {
    /// The lines that go, with their line breaks.
    pub fn removed(&self) -> impl Iterator<Item = &[u8]> {
        let lines = &self.input.before[range(&self.before)];
        lines.iter().map(|&line| self.input.interner[line])
    }

    /// The lines that come, with their line breaks.
    pub fn added(&self) -> impl Iterator<Item = &[u8]> {
        let lines = &self.input.after[range(&self.after)];
        lines.iter().map(|&line| self.input.interner[line])
    }
}

/// Calls `see` with each line that comes or goes between two entries; `None` is a path that does not exist.
///
/// `false`: they cannot be told, since the state that was expected is stored nowhere (it comes of a merge that only git
/// would make), or since every state of the path would count as a change.
///
/// # Errors
/// When a file cannot be read, or is larger than `limits.object`.
pub fn each_line(
    objects: &Objects,
    before: Option<Entry>,
    after: Option<Entry>,
    mut see: impl FnMut(Line<'_>),
) -> Result<bool, Error> {
    each_hunk(objects, before, after, |hunk| {
        hunk.removed().for_each(|line| see(Line::Removed(line)));
        let first = u64::from(hunk.after.start) + 1;
        for (number, text) in (first..).zip(hunk.added()) {
            see(Line::Added { number, text });
        }
    })
}

/// As [`each_line`], hunk by hunk from the top of the file.
///
/// # Errors
/// As [`each_line`].
pub fn each_hunk(
    objects: &Objects,
    before: Option<Entry>,
    after: Option<Entry>,
    mut see: impl FnMut(&Hunk<'_>),
) -> Result<bool, Error> {
    if before == after {
        return Ok(false);
    }
    if let (Some(before), Some(after)) = (before, after)
        && before.id == after.id
        && is_alike(before.mode, after.mode)
    {
        // Only the executable bit.
        return Ok(true);
    }
    let Some(old) = before.map_or(Ok(Some(Vec::new())), |entry| {
        text_of_expected(objects, entry)
    })?
    else {
        return Ok(false);
    };
    let new = after.map_or(Ok(Vec::new()), |entry| text(objects, entry))?;
    let input = InternedInput::new(byte_lines(&old), byte_lines(&new));
    let mut see = |before: Range<u32>, after: Range<u32>| {
        if !before.is_empty() || !after.is_empty() {
            let input = &input;
            see(&Hunk {
                before,
                after,
                input,
            });
        }
    };
    match (before, after) {
        (Some(before), Some(after)) if is_alike(before.mode, after.mode) => {
            let mut diff = Diff::compute(Algorithm::Myers, &input);
            // Of the places where equal lines could come or go, those that git shows.
            diff.postprocess_lines(&input);
            diff.hunks().for_each(|hunk| see(hunk.before, hunk.after));
        }
        // One thing goes, and another comes.
        _ => {
            see(0..count(&input.before), 0..0);
            see(
                count(&input.before)..count(&input.before),
                0..count(&input.after),
            );
        }
    }
    Ok(true)
}

fn count<T>(lines: &[T]) -> u32 {
    u32::try_from(lines.len()).expect("lines are numbered in 32 bits")
}

/// Does git take the content for binary?
pub fn is_binary(content: &[u8]) -> bool {
    content[..content.len().min(BINARY_WITHIN)].contains(&0)
}

/// Are both files, both links, or both submodules?
fn is_alike(one: Mode, other: Mode) -> bool {
    (one.is_file() && other.is_file())
        || (one.is_symlink() && other.is_symlink())
        || (one.is_submodule() && other.is_submodule())
}

/// The text of an entry; of one that was only to be expected, `None` if no such object exists.
fn text_of_expected(objects: &Objects, entry: Entry) -> Result<Option<Vec<u8>>, Error> {
    if !entry.mode.is_submodule() && !objects.exists(&entry.id) {
        return Ok(None);
    }
    text(objects, entry).map(Some)
}

/// The text of an entry: none if it is binary.
fn text(objects: &Objects, entry: Entry) -> Result<Vec<u8>, Error> {
    if entry.mode.is_submodule() {
        return Ok(format!("Subproject commit {}\n", entry.id).into_bytes());
    }
    let mut content = Vec::new();
    objects.read_kind(&entry.id, Kind::Blob, ROLE, &mut content)?;
    if is_binary(&content) {
        content.clear();
    }
    Ok(content)
}

fn range(lines: &Range<u32>) -> Range<usize> {
    lines.start as usize..lines.end as usize
}
