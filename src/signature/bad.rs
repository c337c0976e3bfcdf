//! Why a signature is not good, in words that name the remedy.

use gix::bstr::ByteSlice as _;

use crate::report::escape::Name;

/// Why a signature does not count. Texts are as the signature or the policy has them, unescaped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Bad {
    /// There is none.
    Unsigned,
    /// There are several, and which one would count is not for the gate to guess.
    Several,
    /// It is neither SSH nor OpenPGP.
    UnknownFormat,
    /// It cannot be read.
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// No listed key made it.
    UnknownKey {
        /// The key, as far as the signature names it.
        key: String,
    },
    /// The key is listed, and belongs to nobody in `people`.
    OfNobody {
        /// The key.
        key: String,
        /// Whose it would be: principals or user ids.
        principals: Vec<String>,
    },
    /// The key would be that of several persons.
    OfSeveral {
        /// The key.
        key: String,
        /// Their names.
        persons: Vec<String>,
    },
    /// The key or the signature is dated in the future.
    NotYetValid {
        /// The key.
        key: String,
    },
    /// The key, its listing or the signature has run out.
    Expired {
        /// The key.
        key: String,
    },
    /// The key was revoked.
    Revoked {
        /// The key.
        key: String,
    },
    /// It was made for something else than git.
    Namespace {
        /// For what.
        namespace: String,
    },
    /// The key is listed, and not for git.
    NotForGit {
        /// The key.
        key: String,
    },
    /// The algorithm or the size of the key no longer protects.
    Weak {
        /// What is weak.
        what: String,
    },
    /// The OpenPGP key may not sign.
    NotForSigning {
        /// The key.
        key: String,
    },
    /// The SSH certificate cannot be used.
    Certificate {
        /// The key it is for.
        key: String,
        /// Why not.
        reason: String,
    },
    /// Something else was signed, or the signature is forged.
    Mismatch {
        /// The key.
        key: String,
    },
}

/// RSA keys of fewer bits are within reach of those with large machines.
pub(super) const RSA_MIN_BITS: usize = 2048;

impl Bad {
    pub(super) fn short_rsa() -> Self {
        Bad::Weak {
            what: format!("an RSA key of fewer than {RSA_MIN_BITS} bits"),
        }
    }

    pub(super) fn malformed(reason: impl AsRef<str>) -> Self {
        Bad::Malformed {
            reason: excerpt(reason.as_ref().as_bytes()),
        }
    }
}

/// As much of what a signature says as anyone would read: it may be long, and be said of each of many commits.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    const MOST: usize = 120;
    let text = bytes.to_str_lossy();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

impl std::fmt::Display for Bad {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |text: &'_ str| Name(text.as_bytes()).to_string();
        match self {
            Bad::Unsigned => f.write_str("it is not signed"),
            Bad::Several => f.write_str("it has several signatures; sign it once"),
            Bad::UnknownFormat => f.write_str(
                "its signature is neither an SSH nor an OpenPGP one; set `gpg.format` to `ssh` or `openpgp`, and sign again",
            ),
            Bad::Malformed { reason } => {
                write!(f, "its signature cannot be read ({}); sign again", name(reason))
            }
            Bad::UnknownKey { key } => write!(
                f,
                "the policy lists no key {}; sign with a key that it lists, or have this one added",
                name(key)
            ),
            Bad::OfNobody { key, principals } if principals.is_empty() => write!(
                f,
                "the key {} belongs to nobody in the policy; have it listed under a person",
                name(key)
            ),
            Bad::OfNobody { key, principals } => write!(
                f,
                "the key {} is that of {}, which is nobody's e-mail address in the policy; have it added to a person",
                name(key),
                name(&principals.join(", "))
            ),
            Bad::OfSeveral { key, persons } => write!(
                f,
                "the key {} is that of {}, and so proves neither; have it listed under one",
                name(key),
                name(&persons.join(" and "))
            ),
            Bad::NotYetValid { key } => write!(
                f,
                "the key {} or the signature is dated in the future; set your clock, or wait",
                name(key)
            ),
            Bad::Expired { key } => write!(
                f,
                "the key {} or its signature has expired; renew it, have the new one listed, and sign again",
                name(key)
            ),
            Bad::Revoked { key } => {
                write!(f, "the key {} was revoked; sign with another", name(key))
            }
            Bad::Namespace { namespace } => write!(
                f,
                "its signature was made for `{}`, not for `git`; let git sign it",
                name(namespace)
            ),
            Bad::NotForGit { key } => write!(
                f,
                "the key {} is not listed for git (`namespaces`); sign with another, or have that changed",
                name(key)
            ),
            Bad::Weak { what } => {
                write!(f, "its signature rests on {}, which no longer protects; use a current one", name(what))
            }
            Bad::NotForSigning { key } => write!(
                f,
                "the key {} may not sign; make a subkey that may, or sign with another key",
                name(key)
            ),
            Bad::Certificate { key, reason } => write!(
                f,
                "the certificate of the key {} does not count: {}; get a new one, and sign again",
                name(key),
                name(reason)
            ),
            Bad::Mismatch { key } => write!(
                f,
                "its signature by the key {} is of something else; sign it again",
                name(key)
            ),
        }
    }
}

impl std::error::Error for Bad {}
