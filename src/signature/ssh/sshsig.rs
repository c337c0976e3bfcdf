//! The envelope of an SSH signature: OpenSSH's `PROTOCOL.sshsig`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gix::bstr::ByteSlice as _;
use sha2::{Digest as _, Sha256, Sha512};

use super::super::Bad;
use super::super::bad::excerpt;
use super::key::{PublicKey, Touch};
use super::wire::{Reader, put_string};

const BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
const END: &[u8] = b"-----END SSH SIGNATURE-----";
const MAGIC: &[u8] = b"SSHSIG";

/// A signature, taken apart.
#[derive(Debug)]
pub(super) struct SshSig<'a> {
    /// The key that made it, or its certificate.
    pub(super) key: &'a [u8],
    /// What it was made for.
    pub(super) namespace: &'a [u8],
    hash: Hash,
    signature: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    fn name(self) -> &'static [u8] {
        match self {
            Hash::Sha256 => b"sha256",
            Hash::Sha512 => b"sha512",
        }
    }
}

/// The bytes of a signature in its armour.
pub(super) fn dearmoured(text: &[u8]) -> Result<Vec<u8>, Bad> {
    let cut_off = || Bad::malformed("it is cut off");
    let body = text.strip_prefix(BEGIN).ok_or_else(cut_off)?;
    let end = body.find(END).ok_or_else(cut_off)?;
    let (body, after) = body.split_at(end);
    if !after[END.len()..].trim_ascii().is_empty() {
        return Err(Bad::malformed("something stands behind it"));
    }
    let digits: Vec<u8> = body
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    STANDARD
        .decode(digits)
        .map_err(|_| Bad::malformed("it is no base64"))
}

impl<'a> SshSig<'a> {
    pub(super) fn read(blob: &'a [u8]) -> Result<Self, Bad> {
        let malformed = || Bad::malformed("a part of it is missing, or there is too much");
        let mut reader = Reader::new(blob);
        if reader.bytes(MAGIC.len()) != Some(MAGIC) || reader.u32() != Some(1) {
            return Err(Bad::malformed("it is no version 1 SSH signature"));
        }
        let key = reader.string().ok_or_else(malformed)?;
        let namespace = reader.string().ok_or_else(malformed)?;
        let reserved = reader.string().ok_or_else(malformed)?;
        let hash = match reader.string().ok_or_else(malformed)? {
            b"sha256" => Hash::Sha256,
            b"sha512" => Hash::Sha512,
            other => {
                return Err(Bad::Weak {
                    what: format!("the hash {}", excerpt(other)),
                });
            }
        };
        let signature = reader.string().ok_or_else(malformed)?;
        if !reserved.is_empty() || !reader.is_at_end() {
            return Err(malformed());
        }
        Ok(SshSig {
            key,
            namespace,
            hash,
            signature,
        })
    }

    /// Is it one of `payload` by `key`?
    pub(super) fn verify(&self, key: &PublicKey, payload: &[u8]) -> Result<Touch, Bad> {
        let digest = match self.hash {
            Hash::Sha256 => Sha256::digest(payload).to_vec(),
            Hash::Sha512 => Sha512::digest(payload).to_vec(),
        };
        let mut message = MAGIC.to_vec();
        for part in [self.namespace, b"", self.hash.name(), &digest] {
            put_string(&mut message, part);
        }
        key.verify(&message, self.signature)
    }
}
