//! All keys that the policy lists, and the question that the rest of the program asks: whose signature is this?

use std::collections::HashMap;

use super::openpgp::Certificates;
use super::ssh::Signers;
use super::{Bad, Good, Signed};
use crate::policy::people::People;

/// All keys that count.
#[derive(Debug, Default)]
pub struct Keyring {
    /// SSH keys: those of people, and those of `allowed_signers` files.
    pub ssh: Signers,
    /// OpenPGP certificates.
    pub openpgp: Certificates,
    /// Which files of keys were read: SHA-256, in hex, of what `sha256sum` prints about them as the policy names them.
    /// `None` where it names none.
    pub files: Option<String>,
    /// Whose signature is on what, where that is told and not proved.
    told: HashMap<Vec<u8>, Good>,
}

impl Keyring {
    /// Whose signature it is at `now`, in seconds since 1970; `people` are those of the same policy.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify(&self, people: &People, signed: &Signed, now: i64) -> Result<Good, Bad> {
        if let Some(good) = self.told.get(signed.payload()) {
            return Ok(good.clone());
        }
        let text = signed.signature()?;
        if text.starts_with(b"-----BEGIN SSH SIGNATURE-----") {
            self.ssh.verify(people, signed, text, now)
        } else if text.starts_with(b"-----BEGIN PGP SIGNATURE-----") {
            self.openpgp.verify(people, signed, text, now)
        } else {
            Err(Bad::UnknownFormat)
        }
    }

    /// Takes it as a fact who has signed which payloads, in place of all such facts before: in cases of a policy, whose
    /// author has nobody's private key. Nothing that a server runs comes here.
    pub(crate) fn tell(&mut self, facts: impl IntoIterator<Item = (Vec<u8>, Good)>) {
        self.told = facts.into_iter().collect();
    }
}
