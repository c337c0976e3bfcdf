//! SSH public keys, and what they say of a signature.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use rsa::signature::Verifier as _;
use rsa::traits::PublicKeyParts as _;
use sha2::{Digest as _, Sha256, Sha512};

use super::super::Bad;
use super::super::bad::RSA_MIN_BITS;
use super::certificate::Certificate;
use super::wire::{Reader, put_string};

/// ssh-keygen makes no larger ones.
const RSA_MAX_BITS: usize = 16_384;

/// A security key was touched.
const USER_PRESENT: u8 = 0x01;

/// A security key asked for a PIN or a finger.
const USER_VERIFIED: u8 = 0x04;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// As it is on the wire, with the name of its kind.
    blob: Vec<u8>,
    kind: Kind,
    /// The point or the number that verifies: of RSA, the exponent.
    point: Vec<u8>,
    /// Of RSA the modulus, of a security key the name of its application.
    more: Vec<u8>,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No SSH public key at all.
    #[error("this is no SSH public key")]
    NotAKey,
    /// The part in base64 is none, or is cut off.
    #[error("the key is damaged; copy it whole, as `ssh-keygen -y` or the `.pub` file has it")]
    Damaged,
    /// DSA, or something that comes after this program.
    #[error(
        "keys of this kind do not count; Ed25519, ECDSA and RSA keys do, and security keys of the first two"
    )]
    UnknownKind,
    /// A certificate where a key should be.
    #[error("this is a certificate; list the key of its authority, with `cert-authority`")]
    Certificate,
    /// A private key, which now is one no more.
    #[error("this is a private key; make a new pair, and list the public one")]
    Private,
    /// RSA with too few bits.
    #[error("RSA keys need at least {RSA_MIN_BITS} bits")]
    ShortRsa,
}

impl KeyError {
    pub(super) fn as_bad(self) -> Bad {
        match self {
            KeyError::ShortRsa => Bad::short_rsa(),
            other => Bad::malformed(other.to_string()),
        }
    }
}

/// The kinds of key that count. DSA does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ed25519,
    P256,
    P384,
    P521,
    Rsa,
    SkEd25519,
    SkP256,
}

impl Kind {
    const ALL: [Kind; 7] = [
        Kind::Ed25519,
        Kind::P256,
        Kind::P384,
        Kind::P521,
        Kind::Rsa,
        Kind::SkEd25519,
        Kind::SkP256,
    ];

    /// The name of the kind in keys and signatures (of RSA, in keys only), and in certificates.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Kind::Ed25519 => ("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com"),
            Kind::P256 => (
                "ecdsa-sha2-nistp256",
                "ecdsa-sha2-nistp256-cert-v01@openssh.com",
            ),
            Kind::P384 => (
                "ecdsa-sha2-nistp384",
                "ecdsa-sha2-nistp384-cert-v01@openssh.com",
            ),
            Kind::P521 => (
                "ecdsa-sha2-nistp521",
                "ecdsa-sha2-nistp521-cert-v01@openssh.com",
            ),
            Kind::Rsa => ("ssh-rsa", "ssh-rsa-cert-v01@openssh.com"),
            Kind::SkEd25519 => (
                "sk-ssh-ed25519@openssh.com",
                "sk-ssh-ed25519-cert-v01@openssh.com",
            ),
            Kind::SkP256 => (
                "sk-ecdsa-sha2-nistp256@openssh.com",
                "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
            ),
        }
    }

    pub(super) fn named(name: &[u8]) -> Option<Self> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.names().0.as_bytes() == name)
    }

    pub(super) fn of_certificate(name: &[u8]) -> Option<Self> {
        Kind::ALL
            .into_iter()
            .find(|kind| kind.names().1.as_bytes() == name)
    }

    fn is_security_key(self) -> bool {
        matches!(self, Kind::SkEd25519 | Kind::SkP256)
    }

    /// The name of the curve, as a key repeats it.
    fn curve(self) -> Option<&'static [u8]> {
        match self {
            Kind::P256 | Kind::SkP256 => Some(b"nistp256"),
            Kind::P384 => Some(b"nistp384"),
            Kind::P521 => Some(b"nistp521"),
            Kind::Ed25519 | Kind::SkEd25519 | Kind::Rsa => None,
        }
    }
}

/// What a security key says of its holder; of other keys, nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Touch {
    pub(super) presence: bool,
    pub(super) verification: bool,
}

impl PublicKey {
    /// Reads a key as the `.pub` file has it: kind, base64, and a comment that is nobody's business.
    ///
    /// # Errors
    /// When it is none, or of a kind that does not count.
    pub fn from_line(line: &str) -> Result<Self, KeyError> {
        let mut words = line.split_ascii_whitespace();
        let name = words.next().ok_or(KeyError::NotAKey)?;
        if name.starts_with("-----BEGIN") {
            return Err(KeyError::Private);
        }
        if Kind::of_certificate(name.as_bytes()).is_some() {
            return Err(KeyError::Certificate);
        }
        if Kind::named(name.as_bytes()).is_none() {
            let looks_like_one = words.next().is_some_and(|word| word.starts_with("AAAA"));
            return Err(if looks_like_one {
                KeyError::UnknownKind
            } else {
                KeyError::NotAKey
            });
        }
        let blob = words
            .next()
            .and_then(|word| STANDARD.decode(word).ok())
            .ok_or(KeyError::Damaged)?;
        let key = PublicKey::from_blob(&blob)?;
        if key.kind.names().0 == name {
            Ok(key)
        } else {
            Err(KeyError::Damaged)
        }
    }

    /// The line of a `.pub` file, without a comment.
    pub fn to_line(&self) -> String {
        format!("{} {}", self.kind.names().0, STANDARD.encode(&self.blob))
    }

    pub(super) fn from_blob(blob: &[u8]) -> Result<Self, KeyError> {
        let mut reader = Reader::new(blob);
        let name = reader.string().ok_or(KeyError::Damaged)?;
        let kind = Kind::named(name).ok_or(KeyError::UnknownKind)?;
        let key = PublicKey::read(kind, &mut reader)?;
        if reader.is_at_end() {
            Ok(key)
        } else {
            Err(KeyError::Damaged)
        }
    }

    /// Reads the fields of a key, which in a certificate stand among others.
    pub(super) fn read(kind: Kind, reader: &mut Reader<'_>) -> Result<Self, KeyError> {
        let before = reader.rest();
        let (point, more) = fields(kind, reader).ok_or(KeyError::Damaged)?;
        let bits = more.len() * 8;
        if kind == Kind::Rsa && bits < RSA_MIN_BITS {
            return Err(KeyError::ShortRsa);
        }
        if kind == Kind::Rsa && bits > RSA_MAX_BITS {
            return Err(KeyError::UnknownKind);
        }
        let mut blob = Vec::new();
        put_string(&mut blob, kind.names().0.as_bytes());
        blob.extend_from_slice(&before[..before.len() - reader.rest().len()]);
        Ok(PublicKey {
            blob,
            kind,
            point: point.to_owned(),
            more: more.to_owned(),
        })
    }

    /// The key as it is on the wire: the same for the same key.
    pub(super) fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// The fingerprint as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(&self.blob);
        format!("SHA256:{}", STANDARD_NO_PAD.encode(digest))
    }

    /// Is `signature` (algorithm, bytes, and what a security key adds) one of `message` by this key?
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<Touch, Bad> {
        let malformed = || Bad::malformed("a part of it is missing, or there is too much");
        let mut reader = Reader::new(signature);
        let algorithm = reader.string().ok_or_else(malformed)?;
        self.check_algorithm(algorithm)?;
        let bytes = reader.string().ok_or_else(malformed)?;
        let (mut touch, mut message) = (Touch::default(), message.to_vec());
        if self.kind.is_security_key() {
            let flags = reader.byte().ok_or_else(malformed)?;
            let counter = reader.u32().ok_or_else(malformed)?;
            touch = Touch {
                presence: flags & USER_PRESENT != 0,
                verification: flags & USER_VERIFIED != 0,
            };
            // The device signs these, and not the message itself (U2F, "raw messages").
            let signed = Sha256::digest(&message);
            message = Sha256::digest(&self.more).to_vec();
            message.push(flags);
            message.extend_from_slice(&counter.to_be_bytes());
            message.extend_from_slice(&signed);
        }
        if !reader.is_at_end() {
            return Err(malformed());
        }
        if self.is_signed(algorithm, &message, bytes).unwrap_or(false) {
            Ok(touch)
        } else {
            Err(Bad::Mismatch {
                key: self.fingerprint(),
            })
        }
    }

    fn check_algorithm(&self, algorithm: &[u8]) -> Result<(), Bad> {
        let is_right = match self.kind {
            Kind::Rsa if algorithm == b"ssh-rsa" => {
                return Err(Bad::Weak {
                    what: "SHA-1".to_owned(),
                });
            }
            Kind::Rsa => matches!(algorithm, b"rsa-sha2-256" | b"rsa-sha2-512"),
            other => algorithm == other.names().0.as_bytes(),
        };
        if is_right {
            Ok(())
        } else {
            Err(Bad::malformed("its algorithm is not that of the key"))
        }
    }

    /// `None` if the key or the signature is no such thing.
    fn is_signed(&self, algorithm: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
        Some(match self.kind {
            Kind::Ed25519 | Kind::SkEd25519 => {
                let key: [u8; 32] = self.point.as_slice().try_into().ok()?;
                let key = ed25519_dalek::VerifyingKey::from_bytes(&key).ok()?;
                let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
                key.verify_strict(message, &signature).is_ok()
            }
            Kind::P256 | Kind::SkP256 => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&self.point).ok()?;
                let signature = scalars::<32>(signature)?;
                let signature = p256::ecdsa::Signature::from_slice(&signature).ok()?;
                key.verify(message, &signature).is_ok()
            }
            Kind::P384 => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&self.point).ok()?;
                let signature = scalars::<48>(signature)?;
                let signature = p384::ecdsa::Signature::from_slice(&signature).ok()?;
                key.verify(message, &signature).is_ok()
            }
            Kind::P521 => {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&self.point).ok()?;
                let signature = scalars::<66>(signature)?;
                let signature = p521::ecdsa::Signature::from_slice(&signature).ok()?;
                key.verify(message, &signature).is_ok()
            }
            Kind::Rsa => self.is_signed_by_rsa(algorithm, message, signature)?,
        })
    }

    fn is_signed_by_rsa(&self, algorithm: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
        let number = rsa::BigUint::from_bytes_be;
        let key = rsa::RsaPublicKey::new_with_max_size(
            number(&self.more),
            number(&self.point),
            RSA_MAX_BITS,
        )
        .ok()?;
        // OpenSSH has been known to leave leading zeros out.
        let missing = key.size().checked_sub(signature.len())?;
        let padded = [&vec![0; missing], signature].concat();
        let signature = rsa::pkcs1v15::Signature::try_from(padded.as_slice()).ok()?;
        Some(if algorithm == b"rsa-sha2-256" {
            rsa::pkcs1v15::VerifyingKey::<Sha256>::new(key)
                .verify(message, &signature)
                .is_ok()
        } else {
            rsa::pkcs1v15::VerifyingKey::<Sha512>::new(key)
                .verify(message, &signature)
                .is_ok()
        })
    }
}

/// The key of a line as it is on the wire, also of a kind that does not count: a key that is to be revoked need not be
/// one. Of a certificate it is the key that it is about.
///
/// # Errors
/// When there is no key, or it is damaged.
pub(super) fn blob_of_line(line: &str) -> Result<Vec<u8>, KeyError> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next().ok_or(KeyError::NotAKey)?;
    let text = words.next().ok_or(KeyError::NotAKey)?;
    if name.starts_with("-----BEGIN") {
        return Err(KeyError::Private);
    }
    let blob = STANDARD.decode(text).map_err(|_| KeyError::NotAKey)?;
    // A slip in the name must not make a listed key one that nobody has.
    if Reader::new(&blob).string() != Some(name.as_bytes()) {
        return Err(KeyError::Damaged);
    }
    if Kind::of_certificate(name.as_bytes()).is_some() {
        let certificate = Certificate::read(&blob).map_err(|_| KeyError::Damaged)?;
        return Ok(certificate.key.blob);
    }
    match PublicKey::from_blob(&blob) {
        Err(KeyError::Damaged) => Err(KeyError::Damaged),
        _ => Ok(blob),
    }
}

fn fields<'a>(kind: Kind, reader: &mut Reader<'a>) -> Option<(&'a [u8], &'a [u8])> {
    if kind == Kind::Rsa {
        return Some((reader.number()?, reader.number()?));
    }
    if let Some(curve) = kind.curve()
        && reader.string()? != curve
    {
        return None;
    }
    let point = reader.string()?;
    let application = if kind.is_security_key() {
        reader.string()?
    } else {
        b""
    };
    let is_whole = match kind {
        Kind::Ed25519 | Kind::SkEd25519 => point.len() == 32,
        Kind::P256 | Kind::SkP256 => point.len() == 1 + 2 * 32,
        Kind::P384 => point.len() == 1 + 2 * 48,
        Kind::P521 => point.len() == 1 + 2 * 66,
        Kind::Rsa => true,
    };
    is_whole.then_some((point, application))
}

/// The two numbers of an ECDSA signature, each as `SIZE` bytes.
fn scalars<const SIZE: usize>(signature: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(signature);
    let mut both = Vec::with_capacity(2 * SIZE);
    for _ in 0..2 {
        let number = reader.number()?;
        both.resize(both.len() + SIZE.checked_sub(number.len())?, 0);
        both.extend_from_slice(number);
    }
    reader.is_at_end().then_some(both)
}
