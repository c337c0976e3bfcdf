//! SSH keys that no longer count, from the files that `gpg.ssh.revocationFile` names: a list of public keys, one a line, or
//! one of OpenSSH's own lists ([`krl`]), which also revokes single certificates.

use std::collections::HashSet;

use gix::bstr::{BString, ByteSlice as _};
use sha2::{Digest as _, Sha256};

use super::certificate::Certificate;
use super::key::{self, KeyError, PublicKey};
use super::krl;

pub use super::krl::ListError;

/// Everything that is revoked.
#[derive(Debug, Default)]
pub struct Revoked {
    /// Keys, as they are on the wire.
    pub(super) keys: HashSet<Vec<u8>>,
    /// Keys, by the SHA-1 of that.
    pub(super) by_sha1: HashSet<Vec<u8>>,
    /// Keys, by its SHA-256.
    pub(super) by_sha256: HashSet<Vec<u8>>,
    pub(super) certificates: Vec<Certificates>,
}

/// Certificates that are revoked.
#[derive(Debug)]
pub(super) struct Certificates {
    /// Whose they are, as its key is on the wire; `None`: anyone's.
    pub(super) authority: Option<Vec<u8>>,
    /// Serial numbers, from and to; see [`Certificates::sort`].
    pub(super) ranges: Vec<(u64, u64)>,
    /// Serial numbers by single bits: the first number, and the bits from the last to that of the first.
    pub(super) bitmaps: Vec<(u64, Vec<u8>)>,
    pub(super) ids: HashSet<BString>,
}

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevokedError {
    /// Lines that are no keys, by their numbers from 1.
    Lines(Vec<(usize, KeyError)>),
    /// It is one of OpenSSH's lists, and cannot be read as one.
    List(ListError),
}

impl Revoked {
    /// Adds all that a file lists. A line that cannot be read is a mistake, and not passed over as by ssh-keygen: the key
    /// that it means would go on counting.
    ///
    /// # Errors
    /// When anything in it cannot be understood.
    pub fn add_file(&mut self, content: &[u8]) -> Result<(), RevokedError> {
        if krl::is_one(content) {
            return krl::read(content, self).map_err(RevokedError::List);
        }
        let mut wrong = Vec::new();
        for (number, line) in (1..).zip(content.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            match key::blob_of_line(&line.to_str_lossy()) {
                Ok(blob) => {
                    self.keys.insert(blob);
                }
                Err(error) => wrong.push((number, error)),
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(RevokedError::Lines(wrong))
        }
    }

    /// Is the key revoked, whether it signs or certifies?
    pub(super) fn has_key(&self, key: &PublicKey) -> bool {
        let blob = key.blob();
        self.keys.contains(blob)
            || (!self.by_sha1.is_empty() && self.has_sha1(blob))
            || (!self.by_sha256.is_empty() && self.by_sha256.contains(&Sha256::digest(blob)[..]))
    }

    /// Is the certificate revoked, or the key that it is about?
    pub(super) fn has_certificate(&self, certificate: &Certificate<'_>) -> bool {
        let is_its_own = |list: &&Certificates| {
            let authority = list.authority.as_deref();
            authority.is_none_or(|authority| authority == certificate.authority.blob())
        };
        self.has_key(&certificate.key)
            || self
                .certificates
                .iter()
                .filter(is_its_own)
                .any(|list| list.has(certificate))
    }

    fn has_sha1(&self, blob: &[u8]) -> bool {
        let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
        hasher.update(blob);
        // A key that was made to collide with others is not one that anybody should trust.
        hasher
            .try_finalize()
            .map_or(true, |digest| self.by_sha1.contains(digest.as_slice()))
    }
}

impl Certificates {
    /// Puts the ranges in order, so that the last one that begins at a number or before it also ends latest.
    pub(super) fn sort(&mut self) {
        self.ranges.sort_unstable();
        let mut latest = 0;
        for (_, last) in &mut self.ranges {
            latest = latest.max(*last);
            *last = latest;
        }
    }

    fn has(&self, certificate: &Certificate<'_>) -> bool {
        self.ids.contains(certificate.id.as_bstr())
            // Zero is what a certificate has that was given no number.
            || (certificate.serial != 0 && self.has_serial(certificate.serial))
    }

    fn has_serial(&self, serial: u64) -> bool {
        let begun = self.ranges.partition_point(|(first, _)| *first <= serial);
        let is_in_range = begun > 0 && self.ranges[begun - 1].1 >= serial;
        is_in_range
            || self
                .bitmaps
                .iter()
                .any(|(first, bits)| has_bit(bits, serial.wrapping_sub(*first)))
    }
}

/// Is this bit set, counted from the end?
fn has_bit(bits: &[u8], number: u64) -> bool {
    let byte = usize::try_from(number / 8).ok();
    let from_end = byte.and_then(|byte| bits.len().checked_sub(byte.checked_add(1)?));
    from_end.is_some_and(|at| bits[at] >> (number % 8) & 1 == 1)
}
