//! `require: { author: … }` and `committer`: who a commit says it is from. A claim, unless the commit is signed; it
//! keeps out mistakes, not forgers.

use gix::bstr::ByteSlice as _;

use super::Case;
use crate::decision::MissingIdentity;
use crate::facts::Identity;
use crate::policy::rule::IdentityRequirement;

pub(super) fn check(
    asked: &IdentityRequirement,
    identity: &Identity,
    case: &Case<'_>,
) -> Option<MissingIdentity> {
    let person = case.policy.people.by_email(&identity.email);
    let email = identity.email.to_str_lossy().into_owned();
    match asked {
        IdentityRequirement::Known => person
            .is_none()
            .then_some(MissingIdentity::Unknown { email }),
        IdentityRequirement::IsPusher => {
            let is_pusher = person.is_some() && person == case.push.pusher.person;
            (!is_pusher).then(|| MissingIdentity::NotThePusher {
                email,
                pusher: case.push.pusher.account.clone(),
            })
        }
        IdentityRequirement::Email(pattern) => {
            (!pattern.is_match(&identity.email)).then(|| MissingIdentity::Address {
                email,
                pattern: pattern.text.clone(),
            })
        }
    }
}
