//! `markers`, from written to meant.

use super::super::markers::Markers;
use super::super::people::{Kind, People};
use super::super::place::Place;
use super::super::written;
use super::super::written::markers::Marker as Written;
use super::super::written::read::closest;
use super::super::written::values::{OneOrMany, Table};
use super::names::{is_email, suggestion};
use super::problems::Problems;
use super::requirements::is_token;
use crate::provenance::{self, Catalogue, Marker, TrailerMark};

/// Reads `markers`.
pub(super) fn markers(
    written: Option<&written::markers::Markers>,
    people: &People,
    problems: &mut Problems,
) -> Markers {
    let Some(written) = written else {
        return Markers::default();
    };
    let place = Place::top().key("markers");
    let off = off(written.off.as_ref(), &place.key("off"), problems);
    let mut reading = Reading {
        off: &off,
        people,
        place: place.key("add"),
        problems,
    };
    let entries = written.add.iter().flat_map(|Table(entries)| entries);
    let added = entries
        .map(|(name, written)| reading.marker(name, written))
        .collect();
    Markers::new(off, added)
}

fn off(written: Option<&OneOrMany<String>>, place: &Place, problems: &mut Problems) -> Vec<String> {
    let names = written.map_or(&[][..], |names| &names.0);
    let known = || {
        let markers = Catalogue::built_in().markers().iter();
        markers.map(|marker| marker.name.as_str())
    };
    for (index, name) in names.iter().enumerate() {
        if !known().any(|known| known == name) {
            let all: Vec<_> = known().collect();
            let otherwise = format!("these are: {}", all.join(", "));
            problems
                .error(
                    "unknown-marker",
                    place.index(index),
                    format!("there is no built-in marker `{name}`"),
                )
                .help(suggestion(closest(name, known()), &otherwise));
        }
    }
    names.to_vec()
}

struct Reading<'a> {
    off: &'a [String],
    people: &'a People,
    place: Place,
    problems: &'a mut Problems,
}

impl Reading<'_> {
    fn marker(&mut self, name: &str, written: &Written) -> Marker {
        let place = self.place.key(name);
        let list = |list: &Option<OneOrMany<String>>| {
            list.as_ref().map_or_else(Vec::new, |list| list.0.clone())
        };
        let Written {
            emails,
            accounts,
            trailers,
        } = written;
        let (emails, accounts, trailers) = (list(emails), list(accounts), list(trailers));
        if emails.is_empty() && accounts.is_empty() && trailers.is_empty() {
            self.problems
                .error(
                    "empty-marker",
                    place.clone().at_key(),
                    format!("`{name}` has no mark"),
                )
                .help("add `emails`, `accounts` or `trailers`");
        }
        let is_taken = self.built_in().any(|marker| marker.name == name);
        if is_taken {
            self.problems
                .error(
                    "name-taken",
                    place.clone().at_key(),
                    format!("`{name}` is a built-in marker"),
                )
                .help("choose another name, or turn the built-in one off");
        }
        for (index, email) in emails.iter().enumerate() {
            self.email(email, place.key("emails").index(index));
        }
        for (index, key) in trailers.iter().enumerate() {
            if !is_token(key) {
                self.problems
                    .error(
                        "bad-trailer-key",
                        place.key("trailers").index(index),
                        format!("`{key}` cannot be the key of a trailer"),
                    )
                    .help("a key has letters, digits and `-` only, without the colon");
            }
        }
        let trailers = trailers.into_iter().map(|key| TrailerMark {
            key,
            values: Vec::new(),
        });
        Marker {
            name: name.to_owned(),
            kind: provenance::Kind::Agent,
            emails,
            ids: Vec::new(),
            accounts,
            name_suffixes: Vec::new(),
            trailers: trailers.collect(),
            names: Vec::new(),
            words: Vec::new(),
            branches: Vec::new(),
            sources: vec!["the policy".to_owned()],
        }
    }

    fn email(&mut self, email: &str, place: Place) {
        if !is_email(email) {
            self.problems
                .error(
                    "bad-email",
                    place,
                    format!("`{email}` is no e-mail address"),
                )
                .help("write the bare address; a domain alone marks nobody");
            return;
        }
        let owner = self
            .people
            .by_email(email.as_bytes())
            .map(|person| self.people.person(person))
            .filter(|person| person.kind != Kind::Agent);
        if let Some(owner) = owner {
            self.problems
                .error(
                    "claimed-twice",
                    place,
                    format!(
                        "the e-mail address `{email}` already belongs to `{}`",
                        owner.name
                    ),
                )
                .help("whom `people` names is no agent, unless it says `kind: agent`");
        }
    }

    fn built_in(&self) -> impl Iterator<Item = &'static Marker> {
        let markers = Catalogue::built_in().markers().iter();
        markers.filter(|marker| !self.off.contains(&marker.name))
    }
}
