//! SSH certificates: OpenSSH's `PROTOCOL.certkeys`.

use super::super::Bad;
use super::super::bad::excerpt;
use super::key::{Kind, PublicKey};
use super::wire::Reader;

/// The type of certificates of persons; the other one is of hosts.
const USER: u32 = 1;

/// The one critical option that says something about signatures: the key must ask for a PIN or a finger.
const VERIFY_REQUIRED: &[u8] = b"verify-required";

/// A key, and an authority's word on whose it is.
#[derive(Debug)]
pub(super) struct Certificate<'a> {
    /// The key that it is about.
    pub(super) key: PublicKey,
    /// The key that signed it.
    pub(super) authority: PublicKey,
    /// Whose the key is.
    pub(super) principals: Vec<&'a str>,
    /// The number that its authority gave it, or 0.
    pub(super) serial: u64,
    /// What its authority calls it.
    pub(super) id: &'a [u8],
    /// The key must ask for a PIN or a finger.
    pub(super) asks_for_verification: bool,
    kind: u32,
    valid_after: u64,
    valid_before: u64,
    /// A critical option that this program does not know, or that no signature can honour (`force-command`,
    /// `source-address`): whoever set it has limited the key to something else.
    unmet_option: Option<String>,
    signed: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Certificate<'a> {
    /// Does the blob of a key say that it is a certificate?
    pub(super) fn is_one(blob: &[u8]) -> bool {
        let name = Reader::new(blob).string();
        name.is_some_and(|name| Kind::of_certificate(name).is_some())
    }

    pub(super) fn read(blob: &'a [u8]) -> Result<Self, Bad> {
        let malformed = || Bad::malformed("its certificate is damaged");
        let mut reader = Reader::new(blob);
        let kind = reader
            .string()
            .and_then(Kind::of_certificate)
            .ok_or_else(malformed)?;
        let _nonce = reader.string().ok_or_else(malformed)?;
        let key = PublicKey::read(kind, &mut reader).map_err(super::KeyError::as_bad)?;
        let fields = Fields::read(&mut reader).ok_or_else(malformed)?;
        let signed = &blob[..blob.len() - reader.rest().len()];
        let signature = reader.string().filter(|_| reader.is_at_end());
        let options = options(fields.options).ok_or_else(malformed)?;
        let is_unmet = |option: &&[u8]| *option != VERIFY_REQUIRED;
        Ok(Certificate {
            key,
            authority: PublicKey::from_blob(fields.authority).map_err(super::KeyError::as_bad)?,
            principals: strings(fields.principals).ok_or_else(malformed)?,
            serial: fields.serial,
            id: fields.id,
            asks_for_verification: options.contains(&VERIFY_REQUIRED),
            kind: fields.kind,
            valid_after: fields.valid_after,
            valid_before: fields.valid_before,
            unmet_option: options.into_iter().find(is_unmet).map(excerpt),
            signed,
            signature: signature.ok_or_else(malformed)?,
        })
    }

    /// Did the authority sign it, and does it hold at `now`?
    pub(super) fn check(&self, now: i64) -> Result<(), Bad> {
        self.authority
            .verify(self.signed, self.signature)
            .map_err(|_| self.does_not_count("its authority has not signed it"))?;
        if self.kind != USER {
            return Err(self.does_not_count("it is of a host"));
        }
        if let Some(option) = &self.unmet_option {
            let reason = format!("a signature cannot meet its critical option `{option}`");
            return Err(self.does_not_count(reason));
        }
        if self.principals.is_empty() {
            return Err(self.does_not_count("it names no principal"));
        }
        let now = u64::try_from(now).unwrap_or(0);
        let key = self.key.fingerprint();
        if now < self.valid_after {
            return Err(Bad::NotYetValid { key });
        }
        if now >= self.valid_before {
            return Err(Bad::Expired { key });
        }
        Ok(())
    }

    pub(super) fn does_not_count(&self, reason: impl Into<String>) -> Bad {
        Bad::Certificate {
            key: self.key.fingerprint(),
            reason: reason.into(),
        }
    }
}

/// What stands between the key and the authority's signature.
struct Fields<'a> {
    serial: u64,
    kind: u32,
    id: &'a [u8],
    principals: &'a [u8],
    valid_after: u64,
    valid_before: u64,
    options: &'a [u8],
    authority: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let serial = reader.u64()?;
        let kind = reader.u32()?;
        let id = reader.string()?;
        let principals = reader.string()?;
        let (valid_after, valid_before) = (reader.u64()?, reader.u64()?);
        let options = reader.string()?;
        let _extensions = reader.string()?;
        let _reserved = reader.string()?;
        Some(Fields {
            serial,
            kind,
            id,
            principals,
            valid_after,
            valid_before,
            options,
            authority: reader.string()?,
        })
    }
}

fn strings(list: &[u8]) -> Option<Vec<&str>> {
    let mut reader = Reader::new(list);
    let mut strings = Vec::new();
    while !reader.is_at_end() {
        strings.push(reader.text()?);
    }
    Some(strings)
}

/// The names of critical options; their data says nothing about signatures.
fn options(list: &[u8]) -> Option<Vec<&[u8]>> {
    let mut reader = Reader::new(list);
    let mut names = Vec::new();
    while !reader.is_at_end() {
        names.push(reader.string()?);
        reader.string()?;
    }
    Some(names)
}
