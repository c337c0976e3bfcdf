//! Key revocation lists in OpenSSH's own format (`PROTOCOL.krl`), as `ssh-keygen -k` writes them.
//!
//! ```text
//! magic, version, …, comment     EXPLICIT_KEY          keys
//! section (type, content)        FINGERPRINT_SHA1/256  keys, by digest
//! section                        CERTIFICATES          of one authority, or of all:
//! …                                                    serial numbers (list, range, bitmap), key ids
//! ```
//!
//! Whatever is not understood makes the whole list unusable: it may be what revokes a key. Signatures of lists are not
//! looked at, as OpenSSH no longer does; the file is the admin's.

use std::collections::HashSet;

use gix::bstr::BString;

use super::revoked::{Certificates, Revoked};
use super::wire::Reader;

/// What every list begins with.
const MAGIC: &[u8] = b"SSHKRL\n\0";

/// The one version of the format.
const VERSION: u32 = 1;

/// Types of sections.
mod section {
    pub(super) const CERTIFICATES: u8 = 1;
    pub(super) const EXPLICIT_KEY: u8 = 2;
    pub(super) const FINGERPRINT_SHA1: u8 = 3;
    pub(super) const SIGNATURE: u8 = 4;
    pub(super) const FINGERPRINT_SHA256: u8 = 5;
    pub(super) const EXTENSION: u8 = 255;
}

/// Types of sections within the one of certificates.
mod certificates {
    pub(super) const SERIAL_LIST: u8 = 0x20;
    pub(super) const SERIAL_RANGE: u8 = 0x21;
    pub(super) const SERIAL_BITMAP: u8 = 0x22;
    pub(super) const KEY_ID: u8 = 0x23;
    pub(super) const EXTENSION: u8 = 0x39;
}

/// Why a list cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It ends within something, or holds what makes no sense.
    #[error(
        "the key revocation list is damaged; copy it whole, or make it anew with `ssh-keygen -k`"
    )]
    Damaged,
    /// Its format, or a section that must not be passed over, comes after this program.
    #[error(
        "the key revocation list has a part that is not understood; list the keys themselves, one a line"
    )]
    NotUnderstood,
}

/// Is the file such a list?
pub(super) fn is_one(content: &[u8]) -> bool {
    content.starts_with(MAGIC)
}

/// Adds all that a list revokes.
pub(super) fn read(list: &[u8], revoked: &mut Revoked) -> Result<(), ListError> {
    let mut reader = Reader::new(list);
    header(&mut reader)?;
    while !reader.is_at_end() {
        let (kind, content) = part(&mut reader)?;
        match kind {
            section::CERTIFICATES => {
                let list = of_authority(content)?;
                revoked.certificates.push(list);
            }
            section::EXPLICIT_KEY => revoked.keys.extend(strings(content)?),
            section::FINGERPRINT_SHA1 => revoked.by_sha1.extend(digests(content, 20)?),
            section::FINGERPRINT_SHA256 => revoked.by_sha256.extend(digests(content, 32)?),
            section::SIGNATURE => {
                // The content is the key that signed; what it made follows.
                reader.string().ok_or(ListError::Damaged)?;
            }
            section::EXTENSION => extension(content)?,
            _ => return Err(ListError::NotUnderstood),
        }
    }
    Ok(())
}

/// Passes over what stands before the sections.
fn header(reader: &mut Reader<'_>) -> Result<(), ListError> {
    let _magic = reader.bytes(MAGIC.len());
    match reader.u32() {
        Some(VERSION) => {}
        Some(_) => return Err(ListError::NotUnderstood),
        None => return Err(ListError::Damaged),
    }
    let mut rest = || {
        let (_number, _date, _flags) = (reader.u64()?, reader.u64()?, reader.u64()?);
        let (_reserved, _comment) = (reader.string()?, reader.string()?);
        Some(())
    };
    rest().ok_or(ListError::Damaged)
}

fn part<'a>(reader: &mut Reader<'a>) -> Result<(u8, &'a [u8]), ListError> {
    let kind = reader.byte().ok_or(ListError::Damaged)?;
    let content = reader.string().ok_or(ListError::Damaged)?;
    Ok((kind, content))
}

/// The certificates of one authority, or of all.
fn of_authority(content: &[u8]) -> Result<Certificates, ListError> {
    let mut reader = Reader::new(content);
    let authority = reader.string().ok_or(ListError::Damaged)?;
    let _reserved = reader.string().ok_or(ListError::Damaged)?;
    let mut list = Certificates {
        authority: (!authority.is_empty()).then(|| authority.to_owned()),
        ranges: Vec::new(),
        bitmaps: Vec::new(),
        ids: HashSet::new(),
    };
    while !reader.is_at_end() {
        let (kind, content) = part(&mut reader)?;
        let mut numbers = Reader::new(content);
        match kind {
            certificates::SERIAL_LIST => {
                while !numbers.is_at_end() {
                    let serial = numbers.u64().ok_or(ListError::Damaged)?;
                    list.ranges.push((serial, serial));
                }
            }
            certificates::SERIAL_RANGE => {
                let range = numbers.u64().zip(numbers.u64());
                let range = range.filter(|(first, last)| first <= last && numbers.is_at_end());
                list.ranges.push(range.ok_or(ListError::Damaged)?);
            }
            certificates::SERIAL_BITMAP => {
                let bitmap = numbers.u64().zip(numbers.number());
                let (first, bits) = bitmap
                    .filter(|_| numbers.is_at_end())
                    .ok_or(ListError::Damaged)?;
                list.bitmaps.push((first, bits.to_owned()));
            }
            certificates::KEY_ID => list
                .ids
                .extend(strings(content)?.into_iter().map(BString::from)),
            certificates::EXTENSION => extension(content)?,
            _ => return Err(ListError::NotUnderstood),
        }
    }
    list.sort();
    Ok(list)
}

/// Passes over what comes after this program, if it may be.
fn extension(content: &[u8]) -> Result<(), ListError> {
    let mut reader = Reader::new(content);
    let _name = reader.string().ok_or(ListError::Damaged)?;
    match reader.byte() {
        Some(0) => Ok(()),
        Some(_) => Err(ListError::NotUnderstood),
        None => Err(ListError::Damaged),
    }
}

fn digests(content: &[u8], length: usize) -> Result<Vec<Vec<u8>>, ListError> {
    let digests = strings(content)?;
    let are_whole = digests.iter().all(|digest| digest.len() == length);
    are_whole.then_some(digests).ok_or(ListError::Damaged)
}

/// Strings, one after the other, to the end.
fn strings(content: &[u8]) -> Result<Vec<Vec<u8>>, ListError> {
    let mut reader = Reader::new(content);
    let mut strings = Vec::new();
    while !reader.is_at_end() {
        strings.push(reader.string().ok_or(ListError::Damaged)?.to_owned());
    }
    Ok(strings)
}
