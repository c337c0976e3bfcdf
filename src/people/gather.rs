//! From what a source says, entry by entry, to a [`Roster`] in which everything is one person's.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Conflict;
use super::{Corrections, Error, Findings, Kind, Person, Roster};
use crate::policy::is_email;
use crate::policy::people::Reserved;
use crate::policy::written::read::closest;
use crate::report::escape::Name;
use crate::report::words::counted;
use crate::signature::openpgp::Fingerprint;
use crate::signature::ssh::PublicKey;

/// What a key of a person begins with that is no SSH key.
const OPENPGP: &str = "openpgp:";

/// What a source has said so far.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    people: BTreeMap<String, Person>,
    groups: BTreeMap<String, BTreeSet<String>>,
    left_out: BTreeMap<String, String>,
    notes: BTreeSet<String>,
    unverified: u64,
}

impl Gathering {
    /// The entry of this name, new or not.
    pub(super) fn person(&mut self, name: &str) -> &mut Person {
        self.people.entry(name.to_owned()).or_default()
    }

    /// Says that somebody is known, and not for the policy.
    pub(super) fn leave_out(&mut self, name: &str, why: impl Into<String>) {
        self.left_out.insert(name.to_owned(), why.into());
    }

    /// Gives an address to a person, unless it is none; then that is a note.
    pub(super) fn email(&mut self, name: &str, email: &str) {
        if is_email(email) && is_plain(email) {
            let email = email.to_ascii_lowercase();
            self.person(name).emails.insert(email);
        } else {
            self.note(format!(
                "{}: `{}` is no e-mail address that a commit could have",
                Name(name.as_bytes()),
                Name(email.as_bytes())
            ));
        }
    }

    /// Counts an address that nobody has proven to be theirs.
    pub(super) fn unverified_email(&mut self) {
        self.unverified += 1;
    }

    /// Gives a key to a person, unless it cannot count; then that is a note.
    pub(super) fn key(&mut self, name: &str, key: &str) {
        match plain_key(key) {
            Ok(key) => {
                self.person(name).keys.insert(key);
            }
            Err(problem) => self.note(format!(
                "a key of {} is left out: {problem}",
                Name(name.as_bytes())
            )),
        }
    }

    /// Puts somebody into a group, who need not be known yet.
    pub(super) fn member(&mut self, group: &str, name: &str) {
        let members = self.groups.entry(group.to_owned()).or_default();
        members.insert(name.to_owned());
    }

    /// Says what is not taken over.
    pub(super) fn note(&mut self, note: String) {
        self.notes.insert(note);
    }

    /// All of it, corrected.
    ///
    /// # Errors
    /// When two people would share something, a name cannot be in a policy, or a correction is about nobody.
    pub(super) fn finish(mut self, corrections: &Corrections) -> Result<Findings, Error> {
        self.leave_out_named(&corrections.left_out);
        for names in &corrections.same {
            self.join(names)?;
        }
        for name in &corrections.bots {
            if !self.left_out.contains_key(name) {
                self.known("--bot", name)?.kind = Kind::Bot;
            }
        }
        if self.unverified > 0 {
            let addresses = counted(self.unverified, "address", "addresses");
            self.note(format!(
                "{addresses} that nobody has proven to be theirs are left out"
            ));
        }
        self.tidy_groups();
        let Gathering {
            people,
            groups,
            left_out,
            notes,
            ..
        } = self;
        for name in people.keys().chain(groups.keys()) {
            check_name(name)?;
        }
        if let Some(name) = groups.keys().find(|name| people.contains_key(*name)) {
            return Err(bad_name(
                name,
                "a person and a group both have it; people and groups share their names",
            ));
        }
        let roster = Roster {
            people,
            groups,
            left_out,
        };
        let conflicts = conflicts(&roster.people);
        if !conflicts.is_empty() {
            return Err(Error::Conflicts { conflicts });
        }
        Ok(Findings {
            roster,
            notes: notes.into_iter().collect(),
        })
    }

    /// Groups hold those who are left, and those that hold nobody go.
    fn tidy_groups(&mut self) {
        let mut strangers = Vec::new();
        for (group, members) in &mut self.groups {
            members.retain(|name| {
                let is_person = self.people.contains_key(name);
                if !is_person && !self.left_out.contains_key(name) {
                    strangers.push((group.clone(), name.clone()));
                }
                is_person
            });
        }
        self.groups.retain(|_, members| !members.is_empty());
        for (group, name) in strangers {
            let (group, name) = (Name(group.as_bytes()), Name(name.as_bytes()));
            self.note(format!(
                "`{name}` of the group {group} is nobody that the source tells of"
            ));
        }
    }

    fn leave_out_named(&mut self, left_out: &[String]) {
        for word in left_out {
            let is_known = self.people.remove(word).is_some();
            if is_known {
                self.leave_out(word, "by --leave-out");
                continue;
            }
            let mut is_known = self.left_out.contains_key(word);
            for person in self.people.values_mut() {
                is_known |= person.emails.remove(&word.to_ascii_lowercase());
            }
            if !is_known {
                let word = Name(word.as_bytes());
                self.note(format!("--leave-out: there is no `{word}` here any more"));
            }
        }
    }

    /// Makes one person of several. Whom the source has left out is none of them any more.
    fn join(&mut self, names: &[String]) -> Result<(), Error> {
        let left: Vec<&String> = names
            .iter()
            .filter(|name| !self.left_out.contains_key(*name))
            .collect();
        for name in &left {
            self.known("--same", name)?;
        }
        let Some((first, others)) = left.split_first() else {
            return Ok(());
        };
        for name in others {
            // Whoever is named twice is joined once.
            let Some(joined) = self.people.remove(*name) else {
                continue;
            };
            let into = self.known("--same", first)?;
            into.emails.extend(joined.emails);
            into.accounts.extend(joined.accounts);
            into.keys.extend(joined.keys);
            for members in self.groups.values_mut() {
                if members.remove(*name) {
                    members.insert((*first).clone());
                }
            }
            self.leave_out(name, format!("the same person as {first}"));
        }
        Ok(())
    }

    fn known(&mut self, option: &'static str, name: &str) -> Result<&mut Person, Error> {
        if !self.people.contains_key(name) {
            let close = closest(name, self.people.keys().map(String::as_str));
            return Err(Error::Nobody {
                option,
                name: name.to_owned(),
                close: close.map(str::to_owned),
            });
        }
        Ok(self.people.get_mut(name).expect("it is there"))
    }
}

/// What more than one person would have.
fn conflicts(people: &BTreeMap<String, Person>) -> Vec<Conflict> {
    let mut owners: BTreeMap<(&'static str, &str), Vec<String>> = BTreeMap::new();
    for (name, person) in people {
        let things = [
            ("e-mail address", &person.emails),
            ("account", &person.accounts),
            ("key", &person.keys),
        ];
        for (what, texts) in things {
            for text in texts {
                owners.entry((what, text)).or_default().push(name.clone());
            }
        }
    }
    let shared = owners.into_iter().filter(|(_, names)| names.len() > 1);
    shared
        .map(|((what, text), names)| Conflict {
            what,
            text: text.to_owned(),
            names,
        })
        .collect()
}

/// A key as the policy has it, without the comment that its owner chose.
fn plain_key(key: &str) -> Result<String, String> {
    if let Some(fingerprint) = key.strip_prefix(OPENPGP) {
        let fingerprint = Fingerprint::read(fingerprint)
            .ok_or("this is no fingerprint; write `openpgp:` and the 40 digits of one")?;
        return Ok(format!("{OPENPGP}{fingerprint}"));
    }
    let key = PublicKey::from_line(key).map_err(|error| error.to_string())?;
    Ok(key.to_line())
}

/// Can it be shown as it is?
fn is_plain(text: &str) -> bool {
    Name(text.as_bytes()).is_plain()
}

fn check_name(name: &str) -> Result<(), Error> {
    let problem = if name.is_empty() || name.trim() != name {
        "it is empty, or begins or ends with a space"
    } else if !is_plain(name) {
        "it has characters that nobody could see"
    } else if name == "include" {
        "there, `include` names a file; leave it out with `--leave-out`"
    } else if Reserved::named(name).is_some() {
        "it is reserved; give it another name in the source, or leave it out with `--leave-out`"
    } else {
        return Ok(());
    };
    Err(bad_name(name, problem))
}

fn bad_name(name: &str, problem: &str) -> Error {
    Error::BadName {
        name: name.to_owned(),
        problem: problem.to_owned(),
    }
}
