//! `require: { signature: … }`: who signed a commit. What there is to verify has been verified with the facts; here only
//! whose signature counts is asked.

use super::Case;
use crate::decision::Missing;
use crate::policy::people::{Kind, Reserved};
use crate::policy::rule::SignatureRequirement;
use crate::policy::{PersonId, people::Eligible};
use crate::signature::Bad;

pub(super) fn check(asked: &SignatureRequirement, case: &Case<'_>) -> Option<Missing> {
    let from = || {
        let names = asked.from.as_ref().map(|from| from.names.clone());
        names.unwrap_or_default()
    };
    match &case.commit.signature {
        Some(Ok(good)) => {
            let from_them = |from: &Eligible| is_among(from, good.person, case);
            if asked.from.as_ref().is_none_or(from_them) {
                return None;
            }
            Some(Missing::Signature {
                from: from(),
                bad: None,
                signer: Some(case.policy.people.person(good.person).name.clone()),
            })
        }
        // What was not looked at cannot be good.
        bad => Some(Missing::Signature {
            from: from(),
            bad: Some(match bad {
                Some(Err(bad)) => bad.clone(),
                _ => Bad::Unsigned,
            }),
            signer: None,
        }),
    }
}

fn is_among(from: &Eligible, person: PersonId, case: &Case<'_>) -> bool {
    from.persons.contains(&person)
        || from
            .reserved
            .iter()
            .any(|&reserved| is_reserved(reserved, person, case))
}

fn is_reserved(reserved: Reserved, person: PersonId, case: &Case<'_>) -> bool {
    let people = &case.policy.people;
    match reserved {
        Reserved::Anyone => true,
        Reserved::Owners => case.is_owner(person),
        Reserved::Author => people.by_email(&case.commit.author.email) == Some(person),
        Reserved::Committer => people.by_email(&case.commit.committer.email) == Some(person),
        Reserved::Pusher => case.push.pusher.person == Some(person),
        Reserved::Bots => people.person(person).kind == Kind::Bot,
        Reserved::Agents => people.person(person).kind == Kind::Agent,
        Reserved::Codeowners | Reserved::DeployKeys | Reserved::Unknown => false,
    }
}
