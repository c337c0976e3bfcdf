//! OpenPGP signatures: whose they are, by the certificates of key ring files.
//!
//! rPGP reads packets and does the cryptography; what a signature by such a key is worth is decided here and in
//! [`certificate`]: which of a certificate's statements about itself hold, and what they say of the key.
//!
//! Reading a ring costs more than many a push, so it is put off until the first OpenPGP signature is looked at. What of
//! a ring cannot be read then is a key that does not count; `portcullis check` reads all of it and says so.

mod certificate;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use gix::bstr::ByteSlice as _;
use once_cell::sync::OnceCell;
use pgp::composed::{Deserializable as _, DetachedSignature, SignedPublicKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureType, SignatureVersion};

use self::certificate::{Certificate, SigningKey, Statement};
use super::{Bad, CLOCK_SKEW, Good, Signed};
use crate::policy::people::{People, PersonId};

/// How an armoured certificate begins.
const BEGIN_KEY: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// How an armoured signature ends.
const END_SIGNATURE: &[u8] = b"-----END PGP SIGNATURE-----";

/// All OpenPGP keys that count.
#[derive(Debug, Default)]
pub struct Certificates {
    /// Whose a certificate is, by its fingerprint, where the policy says so.
    owners: HashMap<Fingerprint, PersonId>,
    rings: Vec<Vec<u8>>,
    read: OnceCell<Ring>,
}

/// All rings, read.
#[derive(Debug, Default)]
struct Ring {
    certificates: Vec<Certificate>,
    /// The certificates that have a key of this name: a fingerprint, or a key id.
    by_name: HashMap<Vec<u8>, BTreeSet<usize>>,
}

/// The fingerprint of a key, in upper-case hex as gpg prints it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(String);

/// What is wrong with a ring, for whoever keeps it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RingProblem {
    /// It has something that is no certificate.
    #[error("a part of it is no OpenPGP certificate ({0}); export it again with `gpg --export`")]
    Unreadable(String),
    /// It has none at all.
    #[error("it has no OpenPGP certificate; make it with `gpg --export`")]
    Empty,
}

/// Why a file is no key ring at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotARing {
    /// It is something else.
    #[error("it is no file of OpenPGP certificates; make it with `gpg --export`")]
    Other,
    /// It holds a private key, which now is one no more.
    #[error(
        "it holds a private key; make it with `gpg --export`, and consider what could be read here"
    )]
    Private,
}

impl Fingerprint {
    /// Reads one as gpg prints it, with or without spaces; `None` if it has neither 40 digits nor 64.
    pub fn read(text: &str) -> Option<Self> {
        let digits: String = text.split_ascii_whitespace().collect();
        let is_one = matches!(digits.len(), 40 | 64)
            && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        is_one.then(|| Fingerprint(digits.to_ascii_uppercase()))
    }

    fn of(key: &impl pgp::types::KeyDetails) -> Self {
        Fingerprint(format!("{:X}", key.fingerprint()))
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Certificates {
    /// Gives the certificate with this fingerprint to a person.
    ///
    /// # Errors
    /// The person who has it already.
    pub fn add_owner(
        &mut self,
        fingerprint: Fingerprint,
        person: PersonId,
    ) -> Result<(), PersonId> {
        let owner = *self.owners.entry(fingerprint).or_insert(person);
        if owner == person { Ok(()) } else { Err(owner) }
    }

    /// Adds the content of a key ring file: binary, or one or more armoured blocks.
    ///
    /// # Errors
    /// When it cannot be one. It is not read yet.
    pub fn add_ring(&mut self, content: Vec<u8>) -> Result<(), NotARing> {
        if content.contains_str("-----BEGIN PGP PRIVATE KEY BLOCK-----") {
            return Err(NotARing::Private);
        }
        // A binary one begins with the packet of a public key, in the new format or the old one.
        let is_binary = matches!(content.first(), Some(0xC6 | 0x98..=0x9B));
        if !is_binary && !content.contains_str(BEGIN_KEY) {
            return Err(NotARing::Other);
        }
        self.rings.push(content);
        Ok(())
    }

    /// Whether there is any ring.
    pub fn is_empty(&self) -> bool {
        self.rings.is_empty()
    }

    /// What is wrong with each ring, by its position; reads them all.
    pub fn problems_of_rings(&self) -> Vec<(usize, RingProblem)> {
        let mut problems = Vec::new();
        for (position, ring) in self.rings.iter().enumerate() {
            let (found, unreadable) = keys_of(ring);
            if found.is_empty() && unreadable.is_empty() {
                problems.push((position, RingProblem::Empty));
            }
            let unreadable = unreadable.into_iter().map(RingProblem::Unreadable);
            problems.extend(unreadable.map(|problem| (position, problem)));
        }
        problems
    }

    /// The fingerprints that the policy lists and no ring has.
    pub fn missing(&self) -> BTreeSet<&Fingerprint> {
        let found: BTreeSet<&Fingerprint> = self
            .certificates()
            .iter()
            .map(Certificate::fingerprint)
            .collect();
        self.owners
            .keys()
            .filter(|listed| !found.contains(listed))
            .collect()
    }

    /// The certificates that several persons would have, with their names.
    pub fn of_several(&self, people: &People, now: i64) -> Vec<(&Fingerprint, Vec<String>)> {
        let several = self.certificates().iter().filter_map(|certificate| {
            let persons = self.persons(certificate, people, now);
            let names = persons
                .keys()
                .map(|&person| people.person(person).name.clone());
            (persons.len() > 1).then(|| (certificate.fingerprint(), names.collect()))
        });
        several.collect()
    }

    /// Verifies an OpenPGP signature as it is at `now`, in seconds since 1970.
    pub(super) fn verify(
        &self,
        people: &People,
        signed: &Signed,
        text: &[u8],
        now: i64,
    ) -> Result<Good, Bad> {
        let signature = read(text)?;
        let statement = Statement::of(&signature)
            .ok_or_else(|| Bad::malformed("it has no date, or something that is not known here"))?;
        let candidates: Vec<(&Certificate, SigningKey<'_>)> = self
            .read()
            .named_by(&signature)
            .flat_map(|certificate| {
                let keys = certificate.keys_named_by(&signature);
                keys.map(move |key| (certificate, key))
            })
            .collect();
        if candidates.is_empty() {
            return Err(Bad::UnknownKey {
                key: issuer(&signature),
            });
        }
        let (certificate, key) = candidates
            .iter()
            .find(|(_, key)| key.has_signed(&signature, signed.payload()))
            .ok_or_else(|| Bad::Mismatch {
                key: candidates[0].0.fingerprint().to_string(),
            })?;
        let fingerprint = certificate.fingerprint().to_string();
        key.check_strength()?;
        certificate.check(key, now)?;
        if statement.created < key.created() {
            return Err(Bad::malformed("it is dated before its key was made"));
        }
        if statement.created > now + CLOCK_SKEW {
            return Err(Bad::NotYetValid { key: fingerprint });
        }
        if statement.has_expired(now) {
            return Err(Bad::Expired { key: fingerprint });
        }
        let (person, principal) = self.owner(certificate, people, now)?;
        Ok(Good {
            person,
            key: fingerprint,
            presence: false,
            verification: false,
            principal,
        })
    }

    /// The one person whose certificate it is.
    fn owner(
        &self,
        certificate: &Certificate,
        people: &People,
        now: i64,
    ) -> Result<(PersonId, Option<String>), Bad> {
        let key = certificate.fingerprint().to_string();
        let persons = self.persons(certificate, people, now);
        let names = || persons.keys().map(|&id| people.person(id).name.clone());
        match persons.len() {
            0 => Err(Bad::OfNobody {
                key,
                principals: certificate
                    .user_ids(now)
                    .map(|(id, _)| id.to_owned())
                    .collect(),
            }),
            1 => Ok(persons.into_iter().next().expect("there is one")),
            _ => Err(Bad::OfSeveral {
                key,
                persons: names().collect(),
            }),
        }
    }

    /// Everyone whose certificate it is: by the policy, or by the addresses of its user ids, with the user id.
    fn persons(
        &self,
        certificate: &Certificate,
        people: &People,
        now: i64,
    ) -> BTreeMap<PersonId, Option<String>> {
        let mut persons = BTreeMap::new();
        for (id, email) in certificate.user_ids(now) {
            if let Some(person) = email.and_then(|email| people.by_email(email.as_bytes())) {
                persons.insert(person, Some(id.to_owned()));
            }
        }
        if let Some(&owner) = self.owners.get(certificate.fingerprint()) {
            persons.insert(owner, None);
        }
        persons
    }

    fn certificates(&self) -> &[Certificate] {
        &self.read().certificates
    }

    fn read(&self) -> &Ring {
        self.read.get_or_init(|| {
            let mut by_fingerprint: BTreeMap<Fingerprint, Vec<SignedPublicKey>> = BTreeMap::new();
            for key in self.rings.iter().flat_map(|ring| keys_of(ring).0) {
                let copies = by_fingerprint.entry(Fingerprint::of(&key)).or_default();
                copies.push(key);
            }
            let mut ring = Ring::default();
            // What one copy has, such as a revocation, holds for all.
            for (fingerprint, copies) in by_fingerprint {
                let certificate = Certificate::new(fingerprint, copies);
                for name in certificate.names() {
                    let named = ring.by_name.entry(name).or_default();
                    named.insert(ring.certificates.len());
                }
                ring.certificates.push(certificate);
            }
            ring
        })
    }
}

impl Ring {
    /// The certificates of which a signature may name a key.
    fn named_by(&self, signature: &Signature) -> impl Iterator<Item = &Certificate> {
        let mut names: BTreeSet<&[u8]> = BTreeSet::new();
        let fingerprints = signature.issuer_fingerprint().into_iter();
        names.extend(fingerprints.map(pgp::types::Fingerprint::as_bytes));
        let key_ids = signature.issuer_key_id().into_iter();
        names.extend(key_ids.map(|id| -> &[u8] { id.as_ref() }));
        let positions: BTreeSet<usize> = names
            .into_iter()
            .filter_map(|name| self.by_name.get(name))
            .flatten()
            .copied()
            .collect();
        positions
            .into_iter()
            .map(|position| &self.certificates[position])
    }
}

/// The certificates of a ring, and what is wrong with the rest.
fn keys_of(ring: &[u8]) -> (Vec<SignedPublicKey>, Vec<String>) {
    let (mut keys, mut wrong) = (Vec::new(), Vec::new());
    let mut collect = |part: &[u8]| {
        let read = SignedPublicKey::from_reader_many_buf(part);
        match read {
            Ok((read, _)) => {
                for key in read {
                    match key {
                        Ok(key) => keys.push(key),
                        Err(error) => wrong.push(error.to_string()),
                    }
                }
            }
            Err(error) => wrong.push(error.to_string()),
        }
    };
    let mut starts: Vec<usize> = ring.find_iter(BEGIN_KEY).collect();
    if starts.is_empty() {
        collect(ring);
    }
    starts.push(ring.len());
    for bounds in starts.windows(2) {
        collect(&ring[bounds[0]..bounds[1]]);
    }
    (keys, wrong)
}

/// The one signature within the armour, of a kind that counts.
fn read(text: &[u8]) -> Result<Signature, Bad> {
    let malformed = |error: &dyn std::fmt::Display| Bad::malformed(error.to_string());
    let end = text
        .find(END_SIGNATURE)
        .ok_or_else(|| malformed(&"it is cut off"))?;
    let (text, after) = text.split_at(end + END_SIGNATURE.len());
    if !after.trim_ascii().is_empty() {
        return Err(malformed(&"something stands behind it"));
    }
    let (mut read, _) =
        DetachedSignature::from_armor_many_buf(text).map_err(|error| malformed(&error))?;
    let first = read
        .next()
        .ok_or_else(|| malformed(&"it is empty"))?
        .map_err(|error| malformed(&error))?;
    if read.next().is_some() {
        return Err(Bad::Several);
    }
    let signature = first.signature;
    if !matches!(
        signature.version(),
        SignatureVersion::V4 | SignatureVersion::V6
    ) {
        return Err(malformed(&"it is neither of version 4 nor 6"));
    }
    // A signature of a text holds for other line ends too, which git's objects do not share.
    if signature.typ() != Some(SignatureType::Binary) {
        return Err(malformed(&"it is not one of plain bytes"));
    }
    match signature.hash_alg() {
        Some(
            HashAlgorithm::Sha224
            | HashAlgorithm::Sha256
            | HashAlgorithm::Sha384
            | HashAlgorithm::Sha512
            | HashAlgorithm::Sha3_256
            | HashAlgorithm::Sha3_512,
        ) => Ok(signature),
        other => Err(Bad::Weak {
            what: other.map_or_else(
                || "an unknown hash".to_owned(),
                |hash| format!("the hash {hash}"),
            ),
        }),
    }
}

/// The key that a signature names.
fn issuer(signature: &Signature) -> String {
    let fingerprint = signature.issuer_fingerprint().into_iter().next();
    let key_id = signature.issuer_key_id().into_iter().next();
    match (fingerprint, key_id) {
        (Some(fingerprint), _) => format!("{fingerprint:X}"),
        (None, Some(id)) => id.to_string().to_uppercase(),
        (None, None) => "that the signature would name".to_owned(),
    }
}

impl SigningKey<'_> {
    fn created(&self) -> i64 {
        i64::from(self.created_at().as_secs())
    }
}
