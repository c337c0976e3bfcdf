//! Who claims to go past rules, why, and whether that counts.
//!
//! The person is whoever the server says pushes (`git push -o break-glass=REASON`), or whose key has signed a tag. What a
//! commit says of its author is nobody's word here.

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::Memory;
use crate::facts::Push;
use crate::policy::exceptions::Rate;
use crate::policy::{PersonId, Policy};
use crate::report::escape::Name;
use crate::report::words::counted;

/// What the option of a push begins with.
pub const OPTION: &[u8] = b"break-glass=";

/// The longest reason, in bytes: it is read in lists, and kept for ever.
const LONGEST_REASON: usize = 500;

/// How old a tag may be that goes past rules, in seconds: an emergency is now, and who signs for the next one has not seen
/// it.
pub const MAX_AGE: i64 = 24 * 60 * 60;

/// A bypass that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who goes past the rules.
    pub person: String,
    /// Why.
    pub reason: String,
    /// The signed tag that says so; `None` where the push itself does.
    pub tag: Option<SignedTag>,
}

/// Where a bypass was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedTag {
    /// The ref that holds it.
    pub source: BString,
    /// The tag object.
    pub id: ObjectId,
}

/// Why a bypass that someone claims does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Void {
    /// Nobody may.
    #[error("the policy has no `bypass`")]
    NotServed,
    /// It is over.
    #[error("nobody may since {}", crate::ledger::time(*.0))]
    Expired(i64),
    /// Nobody knows who pushes.
    #[error("the policy knows nobody as the pusher")]
    Nobody,
    /// Somebody else may.
    #[error("{person} is not among those who may ({})", people.join(", "))]
    NotNamed {
        /// Who claims it.
        person: String,
        /// Who may, as the policy says.
        people: Vec<String>,
    },
    /// Several reasons are given.
    #[error("several reasons are given; give one")]
    Several,
    /// No reason is given.
    #[error("no reason is given")]
    NoReason,
    /// The reason is too long.
    #[error("the reason has {0} bytes; {LONGEST_REASON} are enough")]
    TooLong(usize),
    /// The reason would not be read as it was written.
    #[error("the reason is no line of plain text")]
    NotPlain,
    /// The reason is not of the wanted form.
    #[error("the reason must match {0} as a whole")]
    Mismatch(String),
    /// The tag has let a change in before.
    #[error("it has let a change in before")]
    Spent,
    /// The tag is older than an emergency lasts.
    #[error("it is older than {} hours", MAX_AGE / (60 * 60))]
    TooOld,
    /// The tag is about another change than the one that is pushed.
    #[error("{path} is not pushed as it says")]
    OtherChange {
        /// A path at which the two differ.
        path: String,
    },
    /// It was done too often.
    #[error("{person} has done so {} within {}; the next is possible at {}", counted(rate.times, "time", "times"), span(rate.within), crate::ledger::time(*next))]
    TooOften {
        /// Who claims it.
        person: String,
        /// How often is allowed.
        rate: Rate,
        /// When it is possible again, in seconds since 1970.
        next: i64,
    },
}

/// What the options of a push claim; `None` if nothing.
pub fn by_option(policy: &Policy, push: &Push, memory: &Memory) -> Option<Result<Claim, Void>> {
    let mut reasons = push
        .options
        .iter()
        .filter_map(|option| option.strip_prefix(OPTION));
    let reason = reasons.next()?;
    if reasons.next().is_some() {
        return Some(Err(Void::Several));
    }
    let person = push.pusher.person.ok_or(Void::Nobody);
    Some(person.and_then(|person| check(policy, person, reason, push.now, memory)))
}

/// The bypass of `person` for this reason, if it counts.
///
/// # Errors
/// Why not.
pub fn check(
    policy: &Policy,
    person: PersonId,
    reason: &[u8],
    now: i64,
    memory: &Memory,
) -> Result<Claim, Void> {
    let bypass = policy.bypass.as_ref().ok_or(Void::NotServed)?;
    if let Some(expired) = bypass.expires.filter(|expires| *expires <= now) {
        return Err(Void::Expired(expired));
    }
    let name = &policy.people.person(person).name;
    if !bypass.names(person) {
        return Err(Void::NotNamed {
            person: name.clone(),
            people: bypass.people.names.clone(),
        });
    }
    let reason = plain(reason)?;
    if let Some(pattern) = &bypass.reason
        && !pattern.is_match(reason.as_bytes())
    {
        return Err(Void::Mismatch(pattern.text.clone()));
    }
    if let Some(rate) = bypass.rate
        && let Some(next) = memory.next_turn(name, rate, now)
    {
        return Err(Void::TooOften {
            person: name.clone(),
            rate,
            next,
        });
    }
    Ok(Claim {
        person: name.clone(),
        reason: reason.to_owned(),
        tag: None,
    })
}

/// The reason as one line that anyone can read.
fn plain(reason: &[u8]) -> Result<&str, Void> {
    if reason.len() > LONGEST_REASON {
        return Err(Void::TooLong(reason.len()));
    }
    if reason.trim_ascii().is_empty() {
        return Err(Void::NoReason);
    }
    let text = std::str::from_utf8(reason);
    text.ok()
        .filter(|_| Name(reason).is_plain())
        .ok_or(Void::NotPlain)
}

/// `7 days`
fn span(time: std::time::Duration) -> String {
    const HOUR: u64 = 60 * 60;
    let seconds = time.as_secs();
    match seconds {
        _ if seconds.is_multiple_of(24 * HOUR) => counted(seconds / (24 * HOUR), "day", "days"),
        _ if seconds.is_multiple_of(HOUR) => counted(seconds / HOUR, "hour", "hours"),
        _ => counted(seconds, "second", "seconds"),
    }
}
