//! How a model lies in its file: a line with the version, the lengths and checksums of three sections, and these.

use std::fs::File;
use std::os::unix::fs::FileExt as _;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Head, NoModel};

/// The first line. Its number changes with the meaning of anything behind it.
const MAGIC: &[u8; 20] = b"portcullis/risk/v02\n";

/// The sections: head, files, rest.
const COUNT: usize = 3;

/// What stands before the sections: the line, their lengths and checksums, and a checksum of all this.
const FRONT: usize = MAGIC.len() + COUNT * 12 + 4;

/// More is no model: a history of a million files takes less.
const LONGEST: u64 = 2 << 30;

/// A file of sections.
pub(super) struct Sections {
    file: File,
    sections: [Section; COUNT],
}

#[derive(Clone, Copy)]
struct Section {
    offset: u64,
    length: u64,
    checksum: u32,
}

/// All bytes of a file.
pub(super) fn pack(head: &Head, files: &[u8], rest: &[u8]) -> Vec<u8> {
    let head = encode(head);
    let sections: [&[u8]; COUNT] = [&head, files, rest];
    let mut bytes = MAGIC.to_vec();
    for section in sections {
        bytes.extend((section.len() as u64).to_le_bytes());
        bytes.extend(crc32fast::hash(section).to_le_bytes());
    }
    bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
    for section in sections {
        bytes.extend(section);
    }
    bytes
}

/// The bytes of a value.
pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("lists, numbers and bytes always have a form")
}

/// The value of bytes, all of them.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, NoModel> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(NoModel::Damaged),
    }
}

impl Sections {
    /// Reads what stands before the sections.
    pub(super) fn open(file: File) -> Result<Self, NoModel> {
        let mut front = [0; FRONT];
        if file.read_exact_at(&mut front, 0).is_err() {
            return Err(NoModel::Damaged);
        }
        let (line, rest) = front.split_at(MAGIC.len());
        if line != MAGIC {
            let is_model = line.starts_with(b"portcullis/risk/v");
            return Err(if is_model {
                NoModel::OtherVersion
            } else {
                NoModel::Damaged
            });
        }
        let (table, checksum) = rest.split_at(COUNT * 12);
        if crc32fast::hash(&front[..FRONT - 4]).to_le_bytes() != checksum {
            return Err(NoModel::Damaged);
        }
        let mut offset = FRONT as u64;
        let mut sections = [Section {
            offset: 0,
            length: 0,
            checksum: 0,
        }; COUNT];
        for (section, entry) in sections.iter_mut().zip(table.chunks_exact(12)) {
            let (length, checksum) = entry.split_at(8);
            let length = u64::from_le_bytes(length.try_into().expect("it was split there"));
            let checksum = u32::from_le_bytes(checksum.try_into().expect("it was split there"));
            *section = Section {
                offset,
                length,
                checksum,
            };
            offset = offset.saturating_add(length);
        }
        if offset > LONGEST {
            return Err(NoModel::Damaged);
        }
        Ok(Sections { file, sections })
    }

    pub(super) fn read_head(&mut self) -> Result<Head, NoModel> {
        decode(&self.read(0)?)
    }

    pub(super) fn read_files(&mut self) -> Result<Vec<u8>, NoModel> {
        self.read(1)
    }

    pub(super) fn read_rest(&mut self) -> Result<Vec<u8>, NoModel> {
        self.read(2)
    }

    fn read(&mut self, number: usize) -> Result<Vec<u8>, NoModel> {
        let section = self.sections[number];
        // A length that is not true must not take memory.
        let size = self.file.metadata().map_err(|_| NoModel::Damaged)?.len();
        if section.offset.saturating_add(section.length) > size {
            return Err(NoModel::Damaged);
        }
        let length = usize::try_from(section.length).map_err(|_| NoModel::Damaged)?;
        let mut bytes = vec![0; length];
        let read = self.file.read_exact_at(&mut bytes, section.offset);
        if read.is_err() || crc32fast::hash(&bytes) != section.checksum {
            return Err(NoModel::Damaged);
        }
        Ok(bytes)
    }
}
