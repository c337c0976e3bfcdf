//! `require: { trailers: […] }`: a line at the end of the message, such as `Change-Ticket: PAY-123`, as
//! git-interpret-trailers(1) finds it. A claim by whoever wrote the commit.

use std::collections::BTreeSet;

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::Case;
use crate::decision::Missing;
use crate::facts::Identity;
use crate::git::message;
use crate::policy::PersonId;
use crate::policy::people::Reserved;
use crate::policy::rule::{Party, TrailerRequirement};

pub(super) fn check(asked: &TrailerRequirement, case: &Case<'_>) -> Option<Missing> {
    let trailers = message::trailers(&case.commit.message);
    let values = trailers
        .iter()
        .filter(|trailer| trailer.is(&asked.key))
        .map(|trailer| trailer.value.trim().as_bstr())
        // A key without a value says nothing, whatever the pattern.
        .filter(|value| !value.is_empty());
    let counted: BTreeSet<Counted> = values
        .filter_map(|value| count(asked, value, case))
        .collect();
    if counted.len() >= asked.count {
        return None;
    }
    Some(Missing::Trailer {
        key: asked.key.clone(),
        value: asked.value.as_ref().map(|pattern| pattern.text.clone()),
        from: asked
            .from
            .as_ref()
            .map(|eligible| eligible.names.clone())
            .unwrap_or_default(),
        not: asked.not.clone(),
        count: asked.count,
        found: trailers
            .iter()
            .filter(|trailer| trailer.is(&asked.key))
            .map(|trailer| trailer.value.to_str_lossy().into_owned())
            .collect(),
    })
}

/// What one good trailer counts as: two that count as the same are one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Counted {
    Person(PersonId),
    Address(BString),
    Value(BString),
}

fn count(asked: &TrailerRequirement, value: &BStr, case: &Case<'_>) -> Option<Counted> {
    if asked
        .value
        .as_ref()
        .is_some_and(|pattern| !pattern.is_match(value))
    {
        return None;
    }
    if asked.from.is_none() && asked.not.is_empty() {
        return Some(Counted::Value(value.to_owned()));
    }
    let address = message::address(value)?;
    let person = case.policy.people.by_email(address);
    if asked
        .not
        .iter()
        .any(|&party| is_party(party, address, person, case))
    {
        return None;
    }
    if let Some(from) = &asked.from {
        let is_named = person.is_some_and(|person| from.persons.contains(&person))
            || from
                .reserved
                .iter()
                .any(|&reserved| is_reserved(reserved, address, person, case));
        if !is_named {
            return None;
        }
    }
    Some(person.map_or_else(
        || Counted::Address(address.to_ascii_lowercase().into()),
        Counted::Person,
    ))
}

fn is_reserved(
    reserved: Reserved,
    address: &BStr,
    person: Option<PersonId>,
    case: &Case<'_>,
) -> bool {
    match reserved {
        Reserved::Anyone => person.is_some(),
        Reserved::Author => is_party(Party::Author, address, person, case),
        Reserved::Committer => is_party(Party::Committer, address, person, case),
        Reserved::Pusher => is_party(Party::Pusher, address, person, case),
        Reserved::Owners => person.is_some_and(|person| case.is_owner(person)),
        // Bots and agents fill no human slot; the rest are no persons.
        Reserved::Bots
        | Reserved::Agents
        | Reserved::Codeowners
        | Reserved::DeployKeys
        | Reserved::Unknown => false,
    }
}

fn is_party(party: Party, address: &BStr, person: Option<PersonId>, case: &Case<'_>) -> bool {
    let is = |identity: &Identity| {
        address.eq_ignore_ascii_case(&identity.email)
            || (person.is_some() && person == case.policy.people.by_email(&identity.email))
    };
    let pusher = || person.is_some() && person == case.push.pusher.person;
    match party {
        Party::Author => is(&case.commit.author),
        Party::Committer => is(&case.commit.committer),
        Party::Pusher => pusher(),
        Party::Contributor => {
            is(&case.commit.author)
                || is(&case.commit.committer)
                || pusher()
                || is_co_author(address, person, case)
        }
    }
}

fn is_co_author(address_of: &BStr, person: Option<PersonId>, case: &Case<'_>) -> bool {
    message::trailers(&case.commit.message)
        .iter()
        .filter(|trailer| trailer.is("Co-authored-by"))
        .any(|trailer| {
            message::address(trailer.value.as_bstr()).is_some_and(|email| {
                email.eq_ignore_ascii_case(address_of)
                    || (person.is_some() && person == case.policy.people.by_email(email))
            })
        })
}
