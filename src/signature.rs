//! Signatures of commits, tags and push certificates, verified in this process against the keys that the policy lists.
//!
//! ```text
//! raw object ─► Signed (payload, one signature) ─► Keyring::verify ─► Good (whose) or Bad (why not)
//!                                                    ├─ ssh:     SSHSIG, security keys, certificates
//!                                                    └─ openpgp: certificates of key rings
//! ```
//!
//! No gpg and no ssh-keygen is called: neither is needed on the server, and neither's configuration can change what
//! counts. A signature is good when it verifies with a key of exactly one person, and that key is valid when the gate
//! looks at it: the date inside a signature is its maker's claim, and is only believed against its maker.
//!
//! Whatever comes from a push is hostile. [`Signed`] bounds a signature's length, and each length within it is held
//! against what is left.

pub mod allowed_signers;
mod bad;
pub mod keyring;
pub mod openpgp;
mod payload;
pub mod push_certificate;
pub mod ssh;

pub use bad::Bad;
pub use keyring::Keyring;
pub use payload::Signed;

use crate::policy::PersonId;

/// How far a clock may go ahead of ours, in seconds, before a signature counts as dated in the future.
pub const CLOCK_SKEW: i64 = 5 * 60;

/// A signature that verifies, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    /// The one person whose key it is.
    pub person: PersonId,
    /// The key's fingerprint as `ssh-keygen -l` (`SHA256:…`) or `gpg --list-keys` prints it (of an OpenPGP certificate,
    /// the one of its primary key).
    pub key: String,
    /// A security key was touched for it. Never true of other keys.
    pub presence: bool,
    /// A security key asked for a PIN or a finger. Never true of other keys.
    pub verification: bool,
    /// By which entry of an `allowed_signers` file, certificate principal or user id the key is the person's; `None`
    /// for a key that the policy lists under the person.
    pub principal: Option<String>,
}
