//! SSH signatures: whose they are, by the lines that list their keys.

mod certificate;
mod key;
mod krl;
mod revoked;
mod sshsig;
mod wire;

use std::collections::{BTreeSet, HashMap};

use certificate::Certificate;
pub use key::{KeyError, PublicKey};
pub use revoked::{ListError, Revoked, RevokedError};
use sshsig::SshSig;

use super::allowed_signers::{self, Patterns};
use super::bad::excerpt;
use super::{Bad, Good, Signed};
use crate::policy::people::{People, PersonId};

/// What git signs for, in ssh-keygen's words.
const NAMESPACE: &str = "git";

/// All SSH keys that count, under which conditions, and which of them no longer do.
#[derive(Debug, Default)]
pub struct Signers {
    listings: Vec<Listing>,
    /// The listings of a key, by its blob.
    by_key: HashMap<Vec<u8>, Vec<usize>>,
    /// What no longer counts, whoever lists it.
    pub revoked: Revoked,
}

/// One line that lists a key.
#[derive(Debug)]
struct Listing {
    whose: Whose,
    conditions: Option<allowed_signers::Conditions>,
}

/// Whose signature it is that a listed key makes.
#[derive(Debug)]
enum Whose {
    /// Of this person, whom the principals named, or the policy.
    Person(PersonId, Option<String>),
    /// Of nobody whom the policy knows.
    Nobody(String),
    /// Of whom a certificate names that this key has signed, among these principals.
    Certified(Patterns),
}

impl Signers {
    /// Gives a key to a person.
    ///
    /// # Errors
    /// The person who has it already.
    pub fn add_key(&mut self, key: &PublicKey, person: PersonId) -> Result<(), PersonId> {
        self.add_owned(key, person, None, None)
    }

    /// Adds a line of an `allowed_signers` file.
    ///
    /// # Errors
    /// When it gives the key to several persons, or gives one that another person has: these.
    pub fn add_line(
        &mut self,
        line: allowed_signers::Line,
        people: &People,
    ) -> Result<Option<Unowned>, BTreeSet<PersonId>> {
        let allowed_signers::Line {
            principals,
            key,
            conditions,
        } = line;
        if conditions.is_authority {
            self.add(&key, Whose::Certified(principals), Some(conditions));
            return Ok(None);
        }
        let text = principals.to_string();
        let persons = principals.persons(people);
        let mut found = persons.iter();
        match (found.next(), found.next()) {
            (Some(&person), None) => self
                .add_owned(&key, person, Some(text), Some(conditions))
                .map(|()| None)
                .map_err(|owner| BTreeSet::from([person, owner])),
            (None, _) => {
                self.add(&key, Whose::Nobody(text.clone()), Some(conditions));
                Ok(Some(Unowned(text)))
            }
            _ => Err(persons),
        }
    }

    fn add_owned(
        &mut self,
        key: &PublicKey,
        person: PersonId,
        principal: Option<String>,
        conditions: Option<allowed_signers::Conditions>,
    ) -> Result<(), PersonId> {
        for &listing in self.by_key.get(key.blob()).into_iter().flatten() {
            match self.listings[listing].whose {
                Whose::Person(owner, _) if owner != person => return Err(owner),
                _ => {}
            }
        }
        self.add(key, Whose::Person(person, principal), conditions);
        Ok(())
    }

    fn add(
        &mut self,
        key: &PublicKey,
        whose: Whose,
        conditions: Option<allowed_signers::Conditions>,
    ) {
        let listings = self.by_key.entry(key.blob().to_owned()).or_default();
        listings.push(self.listings.len());
        self.listings.push(Listing { whose, conditions });
    }

    /// Verifies an SSH signature as it is at `now`, in seconds since 1970.
    pub(super) fn verify(
        &self,
        people: &People,
        signed: &Signed,
        text: &[u8],
        now: i64,
    ) -> Result<Good, Bad> {
        let blob = sshsig::dearmoured(text)?;
        let signature = SshSig::read(&blob)?;
        if signature.namespace != NAMESPACE.as_bytes() {
            return Err(Bad::Namespace {
                namespace: excerpt(signature.namespace),
            });
        }
        if Certificate::is_one(signature.key) {
            let certificate = Certificate::read(signature.key)?;
            self.verify_certified(people, signed, &signature, &certificate, now)
        } else {
            let key = PublicKey::from_blob(signature.key).map_err(KeyError::as_bad)?;
            self.verify_listed(people, signed, &signature, &key, now)
        }
    }

    fn verify_listed(
        &self,
        people: &People,
        signed: &Signed,
        signature: &SshSig<'_>,
        key: &PublicKey,
        now: i64,
    ) -> Result<Good, Bad> {
        let fingerprint = key.fingerprint();
        let listings: Vec<&Listing> = self
            .listings_of(key)
            .filter(|listing| !matches!(listing.whose, Whose::Certified(_)))
            .collect();
        if listings.is_empty() {
            return Err(Bad::UnknownKey { key: fingerprint });
        }
        if self.revoked.has_key(key) {
            return Err(Bad::Revoked { key: fingerprint });
        }
        let touch = signature.verify(key, signed.payload())?;
        let good = listings.iter().map(|listing| {
            listing.check(&fingerprint, now)?;
            match &listing.whose {
                Whose::Person(person, principal) => Ok((*person, principal.clone())),
                Whose::Nobody(principal) => Err(of_nobody(&fingerprint, [principal.clone()])),
                Whose::Certified(_) => Err(unknown(&fingerprint)),
            }
        });
        let good = whose(good.collect(), &fingerprint, people)?;
        Ok(touch.of(good, fingerprint))
    }

    fn verify_certified(
        &self,
        people: &People,
        signed: &Signed,
        signature: &SshSig<'_>,
        certificate: &Certificate<'_>,
        now: i64,
    ) -> Result<Good, Bad> {
        let fingerprint = certificate.key.fingerprint();
        let listings: Vec<(&Listing, &Patterns)> = self
            .listings_of(&certificate.authority)
            .filter_map(|listing| match &listing.whose {
                Whose::Certified(patterns) => Some((listing, patterns)),
                _ => None,
            })
            .collect();
        if listings.is_empty() {
            return Err(unknown(&certificate.authority.fingerprint()));
        }
        if self.revoked.has_key(&certificate.authority) {
            let key = certificate.authority.fingerprint();
            return Err(Bad::Revoked { key });
        }
        if self.revoked.has_certificate(certificate) {
            return Err(Bad::Revoked { key: fingerprint });
        }
        certificate.check(now)?;
        let touch = signature.verify(&certificate.key, signed.payload())?;
        if certificate.asks_for_verification && !touch.verification {
            return Err(certificate.does_not_count("it asks for a PIN or a finger on the key"));
        }
        let mut found = Vec::new();
        for (listing, patterns) in listings {
            if let Err(bad) = listing.check(&fingerprint, now) {
                found.push(Err(bad));
                continue;
            }
            let named = || {
                let principals = certificate.principals.iter();
                principals.filter(|principal| patterns.matches(principal))
            };
            if named().next().is_none() {
                found.push(Err(certificate.does_not_count(
                    "none of its principals may be certified by this authority",
                )));
            }
            let owned = named().map(|principal| match people.by_email(principal.as_bytes()) {
                Some(person) => Ok((person, Some((*principal).to_owned()))),
                None => Err(of_nobody(&fingerprint, [excerpt(principal.as_bytes())])),
            });
            found.extend(owned);
        }
        Ok(touch.of(whose(found, &fingerprint, people)?, fingerprint))
    }

    fn listings_of(&self, key: &PublicKey) -> impl Iterator<Item = &Listing> {
        let listings = self.by_key.get(key.blob()).into_iter().flatten();
        listings.map(|&listing| &self.listings[listing])
    }
}

/// A key that nobody in `people` has, by the principals of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unowned(pub String);

impl Listing {
    fn check(&self, fingerprint: &str, now: i64) -> Result<(), Bad> {
        let Some(conditions) = &self.conditions else {
            return Ok(());
        };
        let key = fingerprint.to_owned();
        if !conditions.allow_namespace(NAMESPACE) {
            return Err(Bad::NotForGit { key });
        }
        if conditions.valid_after.is_some_and(|after| now < after) {
            return Err(Bad::NotYetValid { key });
        }
        if conditions.valid_before.is_some_and(|before| now > before) {
            return Err(Bad::Expired { key });
        }
        Ok(())
    }
}

/// The one person among those that the listings name; without any, why the first listing does not count.
fn whose(
    found: Vec<Result<(PersonId, Option<String>), Bad>>,
    key: &str,
    people: &People,
) -> Result<(PersonId, Option<String>), Bad> {
    let (mut good, mut bad) = (Vec::new(), None);
    for one in found {
        match one {
            Ok(one) => good.push(one),
            Err(why) => bad = bad.or(Some(why)),
        }
    }
    let persons: BTreeSet<PersonId> = good.iter().map(|(person, _)| *person).collect();
    if persons.len() > 1 {
        let names = persons.iter().map(|&id| people.person(id).name.clone());
        return Err(Bad::OfSeveral {
            key: key.to_owned(),
            persons: names.collect(),
        });
    }
    good.into_iter()
        .next()
        .ok_or_else(|| bad.unwrap_or_else(|| unknown(key)))
}

fn unknown(fingerprint: &str) -> Bad {
    Bad::UnknownKey {
        key: fingerprint.to_owned(),
    }
}

fn of_nobody(fingerprint: &str, principals: [String; 1]) -> Bad {
    Bad::OfNobody {
        key: fingerprint.to_owned(),
        principals: principals.into(),
    }
}

impl key::Touch {
    fn of(self, (person, principal): (PersonId, Option<String>), key: String) -> Good {
        Good {
            person,
            key,
            presence: self.presence,
            verification: self.verification,
            principal,
        }
    }
}
