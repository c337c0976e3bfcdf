//! How large a file is. A Git LFS pointer stands for the file that it names, and is as large.

use gix::bstr::ByteSlice as _;
use gix::objs::Kind;

use super::Error;
use super::objects::Objects;
use super::tree::Entry;

/// A pointer is not longer, in bytes (git-lfs: `blobSizeCutoff`).
const LONGEST_POINTER: u64 = 1024;

/// What pointers begin with, by the names that the format has had.
const VERSIONS: [&[u8]; 3] = [
    b"version https://git-lfs.github.com/spec/",
    b"version http://git-media.io/v/",
    b"version https://hawser.github.com/spec/",
];

/// What the content of a file is read for, in messages.
const ROLE: &str = "a file whose size a rule asks about";

/// The size of the file or link that `entry` holds, in bytes. Of a file no more is read than its size, unless it is short
/// enough for a pointer.
///
/// # Errors
/// When it cannot be read.
pub fn of(objects: &Objects, entry: Entry) -> Result<u64, Error> {
    let (kind, size) = objects.header(&entry.id, ROLE)?;
    if kind != Kind::Blob {
        return Err(Error::WrongKind {
            id: entry.id,
            found: super::objects::name_of(kind),
            expected: "blob",
        });
    }
    if size > LONGEST_POINTER || !entry.mode.is_file() {
        return Ok(size);
    }
    let mut buffer = Vec::new();
    let content = objects.read_kind(&entry.id, Kind::Blob, ROLE, &mut buffer)?;
    // The larger of the two, since a short file can name any size.
    Ok(named_by_pointer(content).map_or(size, |named| named.max(size)))
}

/// The size that a Git LFS pointer names; `None` if it is none.
fn named_by_pointer(content: &[u8]) -> Option<u64> {
    let content = content.trim();
    if !VERSIONS.iter().any(|version| content.starts_with(version)) {
        return None;
    }
    let mut lines = content.lines();
    let size = lines.find_map(|line| line.strip_prefix(b"size "))?;
    std::str::from_utf8(size).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393";

    #[test]
    fn a_pointer_names_a_size() {
        for (version, line) in [
            ("https://git-lfs.github.com/spec/v1", "size 6291456"),
            ("https://git-lfs.github.com/spec/v1", "size 6291456 "),
            ("https://hawser.github.com/spec/v1", "size 6291456\r"),
        ] {
            let pointer = format!("version {version}\n{OID}\n{line}\n");
            assert_eq!(named_by_pointer(pointer.as_bytes()), Some(6_291_456));
        }
    }

    #[test]
    fn other_files_name_none() {
        for text in [
            "",
            "size 12\n",
            "version https://git-lfs.github.com/spec/v1\n",
            "version https://git-lfs.github.com/spec/v1\nsize -1\n",
            "version 1\nsize 12\n",
        ] {
            assert_eq!(named_by_pointer(text.as_bytes()), None, "{text}");
        }
    }
}
