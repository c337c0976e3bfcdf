//! A certificate: its keys, and what of its statements about itself is true.

use std::collections::{BTreeMap, HashMap};

use once_cell::sync::OnceCell;
use pgp::composed::SignedPublicKey;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PublicKey, PublicSubkey, Signature, SignatureType, SubpacketData, UserId};
use pgp::types::{KeyDetails, PublicParams, Tag, Timestamp};
use rsa::traits::PublicKeyParts as _;

use super::Fingerprint;
use crate::signature::Bad;
use crate::signature::bad::RSA_MIN_BITS;

/// A certificate, put together from all copies that the rings have of it.
#[derive(Debug)]
pub(super) struct Certificate {
    fingerprint: Fingerprint,
    copies: Vec<SignedPublicKey>,
    /// Verified when first needed: most certificates of a ring have not signed what is pushed.
    truths: OnceCell<Truths>,
}

/// What a certificate truly says of itself, whenever it said so.
#[derive(Debug, Default)]
struct Truths {
    direct: Vec<Statement>,
    is_revoked: bool,
    users: BTreeMap<String, User>,
    /// By the fingerprint of the subkey.
    subkeys: HashMap<Fingerprint, Subkey>,
}

#[derive(Debug, Default)]
struct User {
    statements: Vec<Statement>,
    is_revoked: bool,
}

#[derive(Debug, Default)]
struct Subkey {
    statements: Vec<Statement>,
    is_revoked: bool,
}

/// What one signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    /// When it was made, in seconds since 1970.
    pub(super) created: i64,
    /// How long it holds, in seconds.
    lifetime: Option<i64>,
    /// How long the key that it is about holds, in seconds since that was made.
    key_lifetime: Option<i64>,
    /// Whether that key may sign; `None` if it does not say.
    may_sign: Option<bool>,
}

/// The key of a certificate that a signature names.
#[derive(Debug, Clone, Copy)]
pub(super) enum SigningKey<'a> {
    Primary(&'a PublicKey),
    Sub(&'a PublicSubkey),
}

impl Certificate {
    pub(super) fn new(fingerprint: Fingerprint, copies: Vec<SignedPublicKey>) -> Self {
        Certificate {
            fingerprint,
            copies,
            truths: OnceCell::new(),
        }
    }

    /// The fingerprint of the primary key.
    pub(super) fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    /// What a signature may call any of its keys by: fingerprints and key ids.
    pub(super) fn names(&self) -> Vec<Vec<u8>> {
        let names = |key: SigningKey<'_>| {
            let id = key.key_id().as_ref().to_vec();
            [key.fingerprint().as_bytes().to_vec(), id]
        };
        self.keys().flat_map(names).collect()
    }

    /// The keys that a signature names as its maker.
    pub(super) fn keys_named_by(
        &self,
        signature: &Signature,
    ) -> impl Iterator<Item = SigningKey<'_>> {
        self.keys().filter(|key| {
            let fingerprints = signature.issuer_fingerprint();
            if fingerprints.is_empty() {
                return signature.issuer_key_id().contains(&&key.key_id());
            }
            fingerprints.contains(&&key.fingerprint())
        })
    }

    fn keys(&self) -> impl Iterator<Item = SigningKey<'_>> {
        self.copies.iter().flat_map(|copy| {
            let subkeys = copy.public_subkeys.iter();
            std::iter::once(SigningKey::Primary(&copy.primary_key))
                .chain(subkeys.map(|subkey| SigningKey::Sub(&subkey.key)))
        })
    }

    /// Is the key one that may sign at `now`?
    pub(super) fn check(&self, key: &SigningKey<'_>, now: i64) -> Result<(), Bad> {
        let fingerprint = || self.fingerprint.to_string();
        let truths = self.truths();
        if truths.is_revoked {
            return Err(Bad::Revoked { key: fingerprint() });
        }
        let primary = &self.copies[0].primary_key;
        let direct = newest(&truths.direct, now);
        let by_user = truths
            .users
            .values()
            .filter(|user| !user.is_revoked)
            .filter_map(|user| newest(&user.statements, now))
            .max_by_key(|statement| statement.created);
        let statements = || direct.into_iter().chain(by_user);
        if statements().next().is_none() {
            return Err(Bad::NotForSigning { key: fingerprint() });
        }
        // As gpg has it: what is said of the key itself wins, and what it leaves open is said with the user ids.
        let key_lifetime = statements().find_map(|statement| statement.key_lifetime);
        let created = i64::from(primary.created_at().as_secs());
        if has_expired(created, key_lifetime, now) {
            return Err(Bad::Expired { key: fingerprint() });
        }
        let SigningKey::Sub(subkey) = key else {
            // A key without flags is from before there were any, and then was for everything.
            let may_sign = statements().find_map(|statement| statement.may_sign);
            return if may_sign.unwrap_or(true) {
                Ok(())
            } else {
                Err(Bad::NotForSigning { key: fingerprint() })
            };
        };
        let Some(of_subkey) = truths.subkeys.get(&Fingerprint::of(*subkey)) else {
            return Err(Bad::NotForSigning { key: fingerprint() });
        };
        if of_subkey.is_revoked {
            return Err(Bad::Revoked { key: fingerprint() });
        }
        match newest(&of_subkey.statements, now) {
            Some(binding) => {
                let created = i64::from(subkey.created_at().as_secs());
                if binding.may_sign != Some(true) {
                    Err(Bad::NotForSigning { key: fingerprint() })
                } else if has_expired(created, binding.key_lifetime, now) {
                    Err(Bad::Expired { key: fingerprint() })
                } else {
                    Ok(())
                }
            }
            None => Err(Bad::NotForSigning { key: fingerprint() }),
        }
    }

    /// The user ids that hold at `now`, each with its e-mail address.
    pub(super) fn user_ids(&self, now: i64) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.truths()
            .users
            .iter()
            .filter(move |(_, user)| !user.is_revoked && newest(&user.statements, now).is_some())
            .map(|(id, _)| (id.as_str(), email(id)))
    }

    fn truths(&self) -> &Truths {
        self.truths.get_or_init(|| {
            let mut truths = Truths::default();
            for copy in &self.copies {
                truths.add(copy);
            }
            truths
        })
    }
}

impl Truths {
    fn add(&mut self, copy: &SignedPublicKey) {
        let primary = &copy.primary_key;
        let is_true = |signature: &&Signature| signature.verify_key(primary).is_ok();
        let details = &copy.details;
        let direct = details.direct_signatures.iter().filter(is_true);
        self.direct.extend(direct.filter_map(Statement::of));
        self.is_revoked |= details
            .revocation_signatures
            .iter()
            .any(|signature| is_true(&signature) || is_by_revoker(signature, copy));
        for user in &details.users {
            self.add_user(primary, &user.id, &user.signatures);
        }
        for subkey in &copy.public_subkeys {
            let truth = self
                .subkeys
                .entry(Fingerprint::of(&subkey.key))
                .or_default();
            for signature in &subkey.signatures {
                if signature
                    .verify_subkey_binding(primary, &subkey.key)
                    .is_err()
                {
                    continue;
                }
                if signature.typ() == Some(SignatureType::SubkeyRevocation) {
                    truth.is_revoked = true;
                } else if let Some(mut statement) = Statement::of(signature) {
                    // Or else anyone could take someone's signing key into a certificate of their own.
                    let is_agreed = signature.embedded_signature().is_some_and(|back| {
                        Statement::of(back).is_some()
                            && back
                                .verify_primary_key_binding(&subkey.key, primary)
                                .is_ok()
                    });
                    statement.may_sign = statement.may_sign.map(|may| may && is_agreed);
                    truth.statements.push(statement);
                }
            }
        }
    }

    fn add_user(&mut self, primary: &PublicKey, id: &UserId, signatures: &[Signature]) {
        let Some(text) = id.as_str() else { return };
        let user = self.users.entry(text.to_owned()).or_default();
        for signature in signatures {
            if signature
                .verify_certification(primary, Tag::UserId, id)
                .is_err()
            {
                continue;
            }
            if signature.typ() == Some(SignatureType::CertRevocation) {
                user.is_revoked = true;
            } else {
                user.statements.extend(Statement::of(signature));
            }
        }
    }
}

/// Is a revocation by a key that the certificate has named as its revoker? That key need not be in a ring; whoever keeps
/// the ring would not have it there for nothing.
fn is_by_revoker(revocation: &Signature, copy: &SignedPublicKey) -> bool {
    let named = |statement: &Signature| {
        let revoker = statement.revocation_key()?;
        let by = revocation.issuer_fingerprint();
        let is_named = by
            .iter()
            .any(|fingerprint| fingerprint.as_bytes() == &*revoker.fingerprint);
        let has_id = |id: &pgp::types::KeyId| revoker.fingerprint.ends_with(id.as_ref());
        let is_hinted = by.is_empty() && revocation.issuer_key_id().into_iter().any(has_id);
        Some(is_named || is_hinted)
    };
    let direct = copy.details.direct_signatures.iter();
    direct
        .filter(|statement| statement.verify_key(&copy.primary_key).is_ok())
        .any(|statement| named(statement) == Some(true))
}

impl Statement {
    /// What a signature says in the part that it covers itself; `None` where it must not be believed: it has no date,
    /// rests on a broken hash, or has something critical that is not known here.
    pub(super) fn of(signature: &Signature) -> Option<Self> {
        let config = signature.config()?;
        if matches!(
            config.hash_alg,
            HashAlgorithm::Md5 | HashAlgorithm::Ripemd160
        ) {
            return None;
        }
        let mut created = None;
        let (mut lifetime, mut key_lifetime, mut may_sign) = (None, None, None);
        let seconds = |duration: &pgp::types::Duration| {
            // None at all is written as 0.
            Some(i64::from(duration.as_secs())).filter(|seconds| *seconds > 0)
        };
        for subpacket in config.hashed_subpackets() {
            match &subpacket.data {
                SubpacketData::SignatureCreationTime(time) => created = Some(time.as_secs()),
                SubpacketData::SignatureExpirationTime(after) => lifetime = seconds(after),
                SubpacketData::KeyExpirationTime(after) => key_lifetime = seconds(after),
                SubpacketData::KeyFlags(flags) => may_sign = Some(flags.sign()),
                SubpacketData::Experimental(..)
                | SubpacketData::Other(..)
                | SubpacketData::Notation(_)
                    if subpacket.is_critical =>
                {
                    return None;
                }
                _ => {}
            }
        }
        Some(Statement {
            created: i64::from(created?),
            lifetime,
            key_lifetime,
            may_sign,
        })
    }

    pub(super) fn has_expired(&self, now: i64) -> bool {
        has_expired(self.created, self.lifetime, now)
    }
}

impl SigningKey<'_> {
    pub(super) fn has_signed(&self, signature: &Signature, payload: &[u8]) -> bool {
        match self {
            SigningKey::Primary(key) => signature.verify(*key, payload).is_ok(),
            SigningKey::Sub(key) => signature.verify(*key, payload).is_ok(),
        }
    }

    pub(super) fn created_at(&self) -> Timestamp {
        self.details().created_at()
    }

    pub(super) fn check_strength(&self) -> Result<(), Bad> {
        match self.details().public_params() {
            PublicParams::RSA(rsa) if rsa.key.n().bits() < RSA_MIN_BITS => Err(Bad::short_rsa()),
            PublicParams::DSA(_) => Err(Bad::Weak {
                what: "DSA".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn fingerprint(&self) -> pgp::types::Fingerprint {
        self.details().fingerprint()
    }

    fn key_id(&self) -> pgp::types::KeyId {
        self.details().legacy_key_id()
    }

    fn details(&self) -> &dyn KeyDetails {
        match self {
            SigningKey::Primary(key) => *key,
            SigningKey::Sub(key) => *key,
        }
    }
}

/// The newest statement that holds at `now`.
fn newest(statements: &[Statement], now: i64) -> Option<&Statement> {
    statements
        .iter()
        .filter(|statement| statement.created <= now + crate::signature::CLOCK_SKEW)
        .filter(|statement| !statement.has_expired(now))
        .max_by_key(|statement| statement.created)
}

fn has_expired(created: i64, lifetime: Option<i64>, now: i64) -> bool {
    lifetime.is_some_and(|lifetime| created + lifetime <= now)
}

/// The e-mail address of a user id such as `Alice <alice@shop.example>`.
fn email(id: &str) -> Option<&str> {
    let address = match (id.rfind('<'), id.ends_with('>')) {
        (Some(start), true) => &id[start + 1..id.len() - 1],
        _ => id,
    };
    (address.contains('@') && !address.contains(char::is_whitespace)).then_some(address)
}
