//! Signing keys, of people and in files, into one [`Keyring`].

use std::collections::HashMap;
use std::io;
use std::path::Path;

use super::super::include::Files;
use super::super::people::PersonId;
use super::super::place::Place;
use super::super::written::people::{Keys, Persons};
use super::super::written::values::OneOrMany;
use super::super::written::{Policy, people};
use super::names::Names;
use super::problems::Problems;
use crate::digest::sha256;
use crate::signature::openpgp::Fingerprint;
use crate::signature::ssh::{PublicKey, RevokedError, Unowned};
use crate::signature::{Keyring, allowed_signers};

/// What a key of a person begins with that is no SSH key.
const OPENPGP: &str = "openpgp:";

/// A file of keys is not longer, in bytes: all of it is read with each push.
const MAX_FILE: u64 = 16 << 20;

/// Reads all keys of the policy in `file`.
pub(super) fn read(
    written: &Policy,
    names: &Names,
    file: &Path,
    files: &dyn Files,
    problems: &mut Problems,
) -> Keyring {
    let mut keyring = Keyring::default();
    if !names.has_keys {
        return keyring;
    }
    let mut reader = Reader {
        names,
        files,
        problems,
        keyring: &mut keyring,
    };
    reader.own_keys(written);
    if let Some(keys) = &written.keys {
        reader.files(keys, file.parent().unwrap_or(Path::new("")));
    }
    keyring
}

struct Reader<'a> {
    names: &'a Names,
    files: &'a dyn Files,
    problems: &'a mut Problems,
    keyring: &'a mut Keyring,
}

impl Reader<'_> {
    fn own_keys(&mut self, written: &Policy) {
        let ids: HashMap<&str, PersonId> = self
            .names
            .people
            .iter()
            .map(|(id, person)| (person.name.as_str(), id))
            .collect();
        for (place, name, keys) in lists_of_keys(written) {
            // A name that could not be given is reported where it stands.
            let Some(&person) = ids.get(name) else {
                continue;
            };
            for (index, text) in keys.0.iter().enumerate() {
                self.own_key(text, person, place.index(index));
            }
        }
    }

    fn own_key(&mut self, text: &str, person: PersonId, place: Place) {
        if let Some(fingerprint) = text.strip_prefix(OPENPGP) {
            let Some(fingerprint) = Fingerprint::read(fingerprint) else {
                self.problems
                    .error("bad-key", place, "this is no fingerprint of an OpenPGP key")
                    .help("write `openpgp:` and the 40 digits that `gpg --list-keys` shows");
                return;
            };
            let shown = fingerprint.to_string();
            if let Err(owner) = self.keyring.openpgp.add_owner(fingerprint, person) {
                self.names
                    .claimed("key", &shown, owner, place, self.problems);
            }
            return;
        }
        match PublicKey::from_line(text) {
            Ok(key) => {
                if let Err(owner) = self.keyring.ssh.add_key(&key, person) {
                    let fingerprint = key.fingerprint();
                    self.names
                        .claimed("key", &fingerprint, owner, place, self.problems);
                }
            }
            Err(error) => {
                self.problems
                    .error("bad-key", place, error.to_string())
                    .help("write the line of the `.pub` file, or `openpgp:` and a fingerprint");
            }
        }
    }

    fn files(&mut self, keys: &Keys, base: &Path) {
        let Keys {
            allowed_signers,
            openpgp,
            revoked,
        } = keys;
        let place = Place::top().key("keys");
        let mut sums = String::new();
        let files = |list: &Option<OneOrMany<String>>| list.clone().unwrap_or_default().0;
        for (index, file) in files(allowed_signers).iter().enumerate() {
            let place = place.key("allowed_signers").index(index);
            if let Some(content) = self.content(base, file, &place) {
                sums += &sum(file, &content);
                self.allowed_signers(file, &content, &place);
            }
        }
        for (index, file) in files(openpgp).iter().enumerate() {
            let place = place.key("openpgp").index(index);
            let Some(content) = self.content(base, file, &place) else {
                continue;
            };
            sums += &sum(file, &content);
            if let Err(error) = self.keyring.openpgp.add_ring(content) {
                self.problems.error(
                    "bad-key-file",
                    place,
                    format!("`{file}` cannot be used: {error}"),
                );
            }
        }
        for (index, file) in files(revoked).iter().enumerate() {
            let place = place.key("revoked").index(index);
            if let Some(content) = self.content(base, file, &place) {
                sums += &sum(file, &content);
                self.revoked(file, &content, &place);
            }
        }
        self.keyring.files = (!sums.is_empty()).then(|| sha256(sums));
    }

    fn content(&mut self, base: &Path, file: &str, place: &Place) -> Option<Vec<u8>> {
        read_file(self.files, &base.join(file))
            .map_err(|error| {
                self.problems
                    .error(
                        "unreadable-keys",
                        place.clone(),
                        format!("`{file}` cannot be read: {error}"),
                    )
                    .help("a relative name is looked for beside the policy; the account that runs git must be able to read it");
            })
            .ok()
    }

    fn revoked(&mut self, file: &str, content: &[u8], place: &Place) {
        match self.keyring.ssh.revoked.add_file(content) {
            Ok(()) => {}
            Err(RevokedError::List(error)) => {
                let message = format!("`{file}` cannot be used: {error}");
                self.problems.error("bad-key-file", place.clone(), message);
            }
            Err(RevokedError::Lines(wrong)) => {
                for (number, error) in wrong {
                    let message = format!("{file}:{number}: {error}");
                    self.problems
                        .error("bad-key-line", place.clone(), message)
                        .help("write the line of the `.pub` file; of all else that is revoked, `ssh-keygen -k` makes a list");
                }
            }
        }
    }

    fn allowed_signers(&mut self, file: &str, content: &[u8], place: &Place) {
        let Ok(text) = std::str::from_utf8(content) else {
            self.problems
                .error(
                    "bad-key-file",
                    place.clone(),
                    format!("`{file}` is not UTF-8"),
                )
                .help("save it as UTF-8");
            return;
        };
        for (number, line) in allowed_signers::read(text) {
            let line = match line {
                Ok(line) => line,
                Err(error) => {
                    let message = format!("{file}:{number}:{}: {error}", error.column);
                    self.problems
                        .error("bad-key-line", place.clone(), message)
                        .help("ssh-keygen(1) explains these lines under \"ALLOWED SIGNERS\"");
                    continue;
                }
            };
            if line.conditions.has_local_time {
                let message = format!("{file}:{number}: a date without `Z` is taken as UTC");
                self.problems
                    .warning("local-time", place.clone(), message)
                    .help("add the `Z`; ssh-keygen takes it as local time without");
            }
            let key = line.key.fingerprint();
            match self.keyring.ssh.add_line(line, &self.names.people) {
                Ok(None) => {}
                Ok(Some(Unowned(principals))) => {
                    let message = format!("{file}:{number}: `{principals}` is nobody in `people`");
                    self.problems
                        .warning("key-of-nobody", place.clone(), message)
                        .help("add the address to a person, or no signature by this key counts");
                }
                Err(persons) => {
                    let names: Vec<_> = persons
                        .iter()
                        .map(|&person| self.names.people.person(person).name.as_str())
                        .collect();
                    let names = names.join("` and `");
                    let message = format!("{file}:{number}: the key `{key}` is that of `{names}`");
                    self.problems
                        .error("claimed-twice", place.clone(), message)
                        .help("a key proves who signed only if it is one person's");
                }
            }
        }
    }
}

/// All lists of keys, with their place and the name of whom they are.
fn lists_of_keys(written: &Policy) -> Vec<(Place, &str, &OneOrMany<String>)> {
    let people = written.people.iter().flat_map(|Persons(people)| &people.0);
    let of_people = people.filter_map(|(name, person)| {
        let people::Person { keys, .. } = person;
        let place = Place::top().key("people").key(name).key("keys");
        Some((place, name.as_str(), keys.as_ref()?))
    });
    let agents = written.agents.iter().flat_map(|agents| &agents.0);
    let of_agents = agents.filter_map(|(name, agent)| {
        let people::Agent { keys, .. } = agent;
        let place = Place::top().key("agents").key(name).key("keys");
        Some((place, name.as_str(), keys.as_ref()?))
    });
    of_people.chain(of_agents).collect()
}

/// What `sha256sum` prints about a file.
fn sum(file: &str, content: &[u8]) -> String {
    format!("{}  {file}\n", sha256(content))
}

/// The content of a file.
fn read_file(files: &dyn Files, file: &Path) -> io::Result<Vec<u8>> {
    let content = files.read_keys(file, MAX_FILE + 1)?;
    if content.len() as u64 > MAX_FILE {
        return Err(io::Error::other("it is longer than 16 MiB"));
    }
    Ok(content)
}
