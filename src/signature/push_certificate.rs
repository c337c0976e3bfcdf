//! Push certificates: what `git push --signed` signs, which names the pusher where no server does.
//!
//! ```text
//! certificate version 0.1
//! pusher alice@shop.example 1767323045 +0000
//! pushee https://git.shop.example/shop/web.git
//! nonce 1767323040-8f14…
//! push-option portcullis=json
//!
//! <old> <new> refs/heads/main
//! -----BEGIN SSH SIGNATURE-----
//! ```
//!
//! git checks the nonce, and that it uses the updates and options of the certificate as those of the push; but a hook
//! only knows that from variables, and another push may have left a certificate behind. So the updates, the options and
//! the nonce are compared here again. Who pushes is whose key signed; the `pusher` line is a claim.

use std::collections::BTreeSet;

use gix::bstr::{BStr, ByteSlice as _};
use gix::hash::Kind;

use super::{Bad, CLOCK_SKEW, Keyring, Signed};
use crate::policy::people::{People, PersonId};
use crate::push::{self, RefUpdate};
use crate::report::escape::Name;

/// The first line of every certificate: no commit and no tag begins so.
const VERSION: &[u8] = b"certificate version 0.1\n";

/// How old a nonce may be, in seconds, where git says that it made it for an earlier request (`SLOP`): over http, the
/// refs are listed by one process and the push is taken by another. Between them lies whatever signing takes.
pub const MOST_SLOP: u64 = CLOCK_SKEW.unsigned_abs();

/// What git says of the nonce of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce {
    /// The nonce, as git has read it.
    pub text: Vec<u8>,
    /// `OK`, `SLOP`, `BAD`, `MISSING` or `UNSOLICITED`.
    pub status: String,
    /// With `SLOP`, how many seconds ago it was given out.
    pub slop: Option<u64>,
}

/// Why a certificate does not say who pushes.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// Its signature does not count.
    #[error(
        "the push certificate does not count: {0}; or push without it (`git push --no-signed`)"
    )]
    Signature(Bad),
    /// It cannot be read.
    #[error("the push certificate cannot be read; push again, with a current git")]
    Malformed,
    /// It is about other updates or options than those of this push.
    #[error("the push certificate is of another push; push again")]
    AnotherPush,
    /// It may be an old one.
    #[error(
        "the nonce of the push certificate does not count (git says {}); push again, or have the admin set `receive.certNonceSeed`",
        Name(.0.as_bytes())
    )]
    Nonce(String),
}

/// The person who signed the certificate `raw`, which must be of exactly these updates and options.
///
/// # Errors
/// Why nobody is known to push. All of it is the pusher's to mend, or the admin's.
pub fn pusher(
    raw: &[u8],
    nonce: &Nonce,
    push: &Pushed<'_>,
    keyring: &Keyring,
    people: &People,
    now: i64,
) -> Result<PersonId, CertificateError> {
    let signed = Signed::of_push_certificate(raw);
    let good = keyring
        .verify(people, &signed, now)
        .map_err(CertificateError::Signature)?;
    let certificate =
        Certificate::read(signed.payload(), push.hash).ok_or(CertificateError::Malformed)?;
    let is_fresh = match nonce.status.as_str() {
        "OK" => true,
        "SLOP" => nonce.slop.is_some_and(|slop| slop <= MOST_SLOP),
        _ => false,
    };
    if !is_fresh || certificate.nonce != Some(nonce.text.as_bstr()) {
        return Err(CertificateError::Nonce(nonce.status.clone()));
    }
    let line = |update: &RefUpdate| (update.name.clone(), update.old, update.new);
    let of = |updates: &[RefUpdate]| updates.iter().map(line).collect::<BTreeSet<_>>();
    let options = push.options.iter().map(|option| option.as_bstr());
    if of(&certificate.updates) != of(push.updates) || !options.eq(certificate.options) {
        return Err(CertificateError::AnotherPush);
    }
    Ok(good.person)
}

/// What git says is pushed.
#[derive(Debug, Clone, Copy)]
pub struct Pushed<'a> {
    /// The updates.
    pub updates: &'a [RefUpdate],
    /// What `git push -o` sent.
    pub options: &'a [Vec<u8>],
    /// The hash of the repository.
    pub hash: Kind,
}

/// What a certificate says.
struct Certificate<'a> {
    nonce: Option<&'a BStr>,
    options: Vec<&'a BStr>,
    updates: Vec<RefUpdate>,
}

impl<'a> Certificate<'a> {
    fn read(payload: &'a [u8], hash: Kind) -> Option<Self> {
        let body = payload.strip_prefix(VERSION)?;
        let end = body.find(b"\n\n")?;
        let (headers, updates) = (&body[..end], &body[end + 2..]);
        let values = |key: &'static [u8]| {
            headers
                .lines()
                .filter_map(move |line| line.strip_prefix(key))
                .map(BStr::new)
        };
        let mut nonces = values(b"nonce ");
        let nonce = nonces.next();
        if nonces.next().is_some() {
            return None;
        }
        Some(Certificate {
            nonce,
            options: values(b"push-option ").collect(),
            updates: push::read_updates(updates, hash, usize::MAX).ok()?,
        })
    }
}
