//! Packs and their indexes written byte by byte (gitformat-pack(5)), for those that git would refuse to make.

use gix::{ObjectId, hash::Kind};
use std::{fs, path::Path};

/// What stands in a pack.
pub(crate) enum Entry {
    /// A whole object.
    Tree(Vec<u8>),
    /// The difference to the object of this name.
    Delta { base: ObjectId, delta: Vec<u8> },
}

/// Writes a pack of `entries`, each under the name that it claims to have, with its index.
pub(crate) fn write(repository: &Path, entries: &[(ObjectId, Entry)]) {
    let mut pack = b"PACK".to_vec();
    pack.extend_from_slice(&2_u32.to_be_bytes());
    pack.extend_from_slice(&count(entries.len()).to_be_bytes());
    let mut names = Vec::new();
    for (name, entry) in entries {
        names.push((*name, count(pack.len())));
        match entry {
            Entry::Tree(content) => {
                head(&mut pack, 2, content.len());
                pack.extend_from_slice(&stored(content));
            }
            Entry::Delta { base, delta } => {
                head(&mut pack, 7, delta.len());
                pack.extend_from_slice(base.as_slice());
                pack.extend_from_slice(&stored(delta));
            }
        }
    }
    let digest = sha1(&pack);
    pack.extend_from_slice(digest.as_slice());

    names.sort_unstable();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255_u8 {
        let below = names.iter().filter(|(name, _)| name.first_byte() <= first);
        index.extend_from_slice(&count(below.count()).to_be_bytes());
    }
    for (name, _) in &names {
        index.extend_from_slice(name.as_slice());
    }
    // Checksums, which nobody asks for who only reads.
    index.resize(index.len() + 4 * names.len(), 0);
    for (_, offset) in &names {
        index.extend_from_slice(&offset.to_be_bytes());
    }
    index.extend_from_slice(digest.as_slice());
    let own = sha1(&index);
    index.extend_from_slice(own.as_slice());
    let folder = repository.join("objects/pack");
    fs::create_dir_all(&folder).expect("it is ours");
    fs::write(folder.join(format!("pack-{digest}.pack")), pack).expect("it is ours");
    fs::write(folder.join(format!("pack-{digest}.idx")), index).expect("it is ours");
}

/// A delta to a base of `base` bytes: all of it, and then `more`.
pub(crate) fn appending(base: usize, more: &[u8]) -> Vec<u8> {
    let mut delta = Vec::new();
    for mut size in [base, base + more.len()] {
        while size > 0x7f {
            delta.push(low_byte(size) | 0x80);
            size >>= 7;
        }
        delta.push(low_byte(size));
    }
    let mut from = 0;
    while from < base {
        let length = (base - from).min(0xff_ffff);
        delta.push(0xff);
        delta.extend_from_slice(&count(from).to_le_bytes());
        delta.extend_from_slice(&count(length).to_le_bytes()[..3]);
        from += length;
    }
    for part in more.chunks(127) {
        delta.push(low_byte(part.len()));
        delta.extend_from_slice(part);
    }
    delta
}

/// The head of an entry: its type and the length of what it inflates to.
fn head(pack: &mut Vec<u8>, kind: u8, length: usize) {
    let mut rest = length >> 4;
    let mut byte = kind << 4 | low_byte(length) & 0x0f;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = low_byte(rest) & 0x7f;
        rest >>= 7;
    }
    pack.push(byte);
}

/// In the format of zlib, and not compressed.
fn stored(content: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = content.chunks(0xffff).peekable();
    if blocks.peek().is_none() {
        stream.extend_from_slice(&[1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        stream.push(u8::from(blocks.peek().is_none()));
        let length = u16::try_from(block.len()).expect("a block is no longer");
        stream.extend_from_slice(&length.to_le_bytes());
        stream.extend_from_slice(&(!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    let (mut one, mut two) = (1_u32, 0_u32);
    for &byte in content {
        one = (one + u32::from(byte)) % 65_521;
        two = (two + one) % 65_521;
    }
    stream.extend_from_slice(&(two << 16 | one).to_be_bytes());
    stream
}

fn low_byte(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("packs of tests are small")
}

fn sha1(content: &[u8]) -> ObjectId {
    let mut hasher = gix::hash::hasher(Kind::Sha1);
    hasher.update(content);
    hasher.try_finalize().expect("no collision")
}
