//! Names of people, agents and groups, and the lists in which they stand.

use std::collections::BTreeMap;

use super::super::people::{Eligible, Kind, People, Person, PersonId, Reserved};
use super::super::place::Place;
use super::super::written::people::{Keys, Persons};
use super::super::written::read::closest;
use super::super::written::values::OneOrMany;
use super::super::written::{Policy, people};
use super::problems::Problems;

/// Everyone, and where each name is given.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) people: People,
    /// Whether any signing key is listed.
    pub(super) has_keys: bool,
    /// Whether a forge is named whose reviews can be read.
    pub(super) has_forge: bool,
    places: BTreeMap<String, Place>,
}

/// What a person and an agent have in common.
struct Identity<'w> {
    name: &'w str,
    place: Place,
    kind: Kind,
    emails: &'w [String],
    accounts: &'w [String],
    keys: &'w [String],
    operator: Option<&'w str>,
}

impl Names {
    /// Reads `people`, `agents` and `groups`.
    pub(super) fn read(written: &Policy, problems: &mut Problems) -> Names {
        let mut names = Names {
            has_forge: written.forge.is_some(),
            ..Names::default()
        };
        let identities = identities(written, problems);
        let lists_keys = |keys: &Keys| keys.allowed_signers.is_some() || keys.openpgp.is_some();
        names.has_keys = written.keys.as_ref().is_some_and(lists_keys)
            || identities.iter().any(|identity| !identity.keys.is_empty());
        let mut known = Vec::new();
        for identity in &identities {
            if names.define(identity.name, &identity.place, problems) {
                let person = Person {
                    name: identity.name.to_owned(),
                    kind: identity.kind,
                    operator: None,
                };
                known.push((names.people.add(person), identity));
            }
        }
        for (id, identity) in known {
            names.claim(id, identity, problems);
            names.operator(id, identity, problems);
        }
        if let Some(groups) = &written.groups {
            names.groups(groups, problems);
        }
        if let Some(emails) = &written.forge_identities {
            names.nobodys(emails, problems);
        }
        names
    }

    /// Takes a name, if it is free.
    pub(super) fn define(&mut self, name: &str, place: &Place, problems: &mut Problems) -> bool {
        let at = place.clone().at_key();
        if name.trim().is_empty() || name.trim() != name {
            problems
                .error(
                    "bad-name",
                    at,
                    "a name is empty or begins or ends with a space",
                )
                .help("give it a name");
        } else if Reserved::named(name).is_some() {
            problems
                .error("reserved-name", at, format!("`{name}` is a reserved name"))
                .help(format!(
                    "choose another; reserved are {}",
                    Reserved::ALL.map(Reserved::name).join(", ")
                ));
        } else if let Some(first) = self.places.get(name) {
            problems
                .error(
                    "name-taken",
                    at,
                    format!("the name `{name}` is given twice"),
                )
                .other(first.clone(), "first here")
                .help("people, agents and groups share their names; choose another");
        } else {
            self.places.insert(name.to_owned(), place.clone().at_key());
            return true;
        }
        false
    }

    fn claim(&mut self, id: PersonId, identity: &Identity<'_>, problems: &mut Problems) {
        for (index, email) in identity.emails.iter().enumerate() {
            let place = identity.place.key("emails").index(index);
            if !is_address(email, &place, problems) {
                continue;
            }
            if let Err(owner) = self.people.claim_email(id, email) {
                self.claimed("e-mail address", email, owner, place, problems);
            }
        }
        for (index, account) in identity.accounts.iter().enumerate() {
            let place = identity.place.key("accounts").index(index);
            if account.is_empty() {
                problems
                    .error("bad-account", place, "an account is empty")
                    .help("write its name on the server");
            } else if let Err(owner) = self.people.claim_account(id, account) {
                self.claimed("account", account, owner, place, problems);
            }
        }
        if identity.emails.is_empty() && identity.accounts.is_empty() && identity.keys.is_empty() {
            let place = identity.place.clone().at_key();
            problems
                .warning(
                    "nobody",
                    place,
                    format!("`{}` has neither e-mail address nor account", identity.name),
                )
                .help("add `emails`, `accounts` or `keys`, or nothing is ever this person's");
        }
    }

    /// Reads `forge_identities`: addresses that the forge makes up for whoever hides theirs.
    fn nobodys(&mut self, emails: &OneOrMany<String>, problems: &mut Problems) {
        for (index, email) in emails.0.iter().enumerate() {
            let place = Place::top().key("forge_identities").index(index);
            if !is_address(email, &place, problems) {
                continue;
            }
            if let Err(owner) = self.people.disown_email(email) {
                self.claimed("e-mail address", email, owner, place, problems);
            }
        }
    }

    /// Reports that something belongs to someone else already.
    pub(super) fn claimed(
        &self,
        what: &str,
        text: &str,
        owner: PersonId,
        place: Place,
        problems: &mut Problems,
    ) {
        let owner = &self.people.person(owner).name;
        problems
            .error("claimed-twice", place, format!("the {what} `{text}` already belongs to `{owner}`"))
            .other(self.places[owner].clone(), "who has it already")
            .help("one person has one entry, with all addresses, accounts and keys; people are counted by entry");
    }

    fn operator(&mut self, id: PersonId, identity: &Identity<'_>, problems: &mut Problems) {
        let Some(name) = identity.operator else {
            return;
        };
        let place = identity.place.key("operator");
        if identity.kind == Kind::Human {
            problems
                .error(
                    "operator-of-human",
                    place,
                    format!("`{}` is human, and answers alone", identity.name),
                )
                .help("remove `operator`, or say `kind: bot`");
            return;
        }
        match self.people.by_name(name) {
            Some(operator) if self.people.person(operator).kind == Kind::Human => {
                self.people.set_operator(id, operator);
            }
            Some(_) => {
                problems
                    .error(
                        "operator-not-human",
                        place,
                        format!("`{name}` is not human"),
                    )
                    .help("name the person who answers for it in the end");
            }
            None => {
                let humans = self
                    .people
                    .of_kind(Kind::Human)
                    .map(|id| self.people.person(id).name.as_str());
                let help = suggestion(closest(name, humans), "name one of `people`");
                problems
                    .error(
                        "unknown-person",
                        place,
                        format!("there is no person `{name}`"),
                    )
                    .help(help)
                    .unknown(name);
            }
        }
    }

    /// Resolves a list in which people, groups and the `allowed` reserved names may stand.
    pub(super) fn eligible(
        &self,
        names: &OneOrMany<String>,
        allowed: &[Reserved],
        place: &Place,
        problems: &mut Problems,
    ) -> Eligible {
        let mut eligible = Eligible {
            names: names.0.clone(),
            ..Eligible::default()
        };
        if names.0.is_empty() {
            problems
                .error("empty-list", place.clone().at_key(), "nobody is named")
                .help("name people or groups; nobody could ever meet this");
        }
        for (index, name) in names.0.iter().enumerate() {
            let place = place.index(index);
            if let Some(reserved) = Reserved::named(name) {
                if allowed.contains(&reserved) {
                    eligible.reserved.insert(reserved);
                } else {
                    let kinds = ["people", "groups"].into_iter();
                    let names = kinds.chain(allowed.iter().map(|reserved| reserved.name()));
                    let names = names.collect::<Vec<_>>().join(", ");
                    problems
                        .error(
                            "reserved-name",
                            place,
                            format!("`{name}` has no meaning here"),
                        )
                        .help(format!("here may stand: {names}"));
                }
            } else if let Some(person) = self.people.by_name(name) {
                eligible.persons.insert(person);
            } else if let Some(group) = self.people.group(name) {
                eligible.persons.extend(group);
            } else {
                self.unknown_name(name, allowed, place, problems);
            }
        }
        eligible
    }

    pub(super) fn unknown_name(
        &self,
        name: &str,
        allowed: &[Reserved],
        place: Place,
        problems: &mut Problems,
    ) {
        let reserved = allowed.iter().map(|reserved| reserved.name());
        let close = closest(name, self.places.keys().map(String::as_str).chain(reserved));
        problems
            .error(
                "unknown-name",
                place,
                format!("there is no person or group `{name}`"),
            )
            .help(suggestion(close, "add it to `people` or `groups`"))
            .unknown(name);
    }

    /// How many persons `eligible` can stand for at most; `None`: that depends on the push.
    pub(super) fn most(&self, eligible: &Eligible) -> Option<usize> {
        let mut persons = eligible.persons.clone();
        for reserved in &eligible.reserved {
            match reserved {
                Reserved::Bots => persons.extend(self.people.of_kind(Kind::Bot)),
                Reserved::Agents => persons.extend(self.people.of_kind(Kind::Agent)),
                Reserved::Anyone => persons.extend(self.people.iter().map(|(id, _)| id)),
                _ => return None,
            }
        }
        Some(persons.len())
    }
}

/// Reports what is no e-mail address.
fn is_address(email: &str, place: &Place, problems: &mut Problems) -> bool {
    let is_email = is_email(email);
    if !is_email {
        problems
            .error(
                "bad-email",
                place.clone(),
                format!("`{email}` is no e-mail address"),
            )
            .help("write the bare address, as in `git config user.email`");
    }
    is_email
}

/// Is it a bare address, with something on both sides of its `@`?
pub fn is_email(email: &str) -> bool {
    let local_and_host = email
        .split_once('@')
        .is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    local_and_host && !email.contains(|one: char| one.is_whitespace() || matches!(one, '<' | '>'))
}

/// `did you mean …`, or else `otherwise`.
pub(super) fn suggestion(close: Option<&str>, otherwise: &str) -> String {
    close.map_or_else(
        || otherwise.to_owned(),
        |close| format!("did you mean `{close}`?"),
    )
}

fn identities<'w>(written: &'w Policy, problems: &mut Problems) -> Vec<Identity<'w>> {
    let list = |list: &'w Option<OneOrMany<String>>| list.as_ref().map_or(&[][..], |list| &list.0);
    let mut identities = Vec::new();
    let people = Place::top().key("people");
    for (name, person) in written.people.iter().flat_map(|Persons(people)| &people.0) {
        let people::Person {
            kind,
            emails,
            accounts,
            keys,
            operator,
        } = person;
        identities.push(Identity {
            name,
            place: people.key(name),
            kind: kind.unwrap_or_default(),
            emails: list(emails),
            accounts: list(accounts),
            keys: list(keys),
            operator: operator.as_deref(),
        });
    }
    let agents = Place::top().key("agents");
    for (name, agent) in written.agents.iter().flat_map(|agents| &agents.0) {
        let people::Agent {
            emails,
            accounts,
            keys,
            operator,
        } = agent;
        if operator.is_none() {
            problems
                .warning(
                    "no-operator",
                    agents.key(name).at_key(),
                    format!("nobody answers for the agent `{name}`"),
                )
                .help("add `operator: …`, the person whose tool it is");
        }
        identities.push(Identity {
            name,
            place: agents.key(name),
            kind: Kind::Agent,
            emails: list(emails),
            accounts: list(accounts),
            keys: list(keys),
            operator: operator.as_deref(),
        });
    }
    identities
}
