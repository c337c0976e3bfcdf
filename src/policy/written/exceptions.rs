//! Exceptions as written: rules that are off for a while, and break glass.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Date, Duration, OneOrMany, written_as_text};

/// A rule that does not hold for a while.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The id of the rule.
    #[schemars(required)]
    pub rule: Option<String>,
    /// Repositories, as patterns on `owner/name`; every one if not given.
    pub repos: Option<OneOrMany<String>>,
    /// Refs, as in rules; all that the rule governs if not given.
    pub refs: Option<OneOrMany<String>>,
    /// The last day, or the moment, until which the rule is off.
    #[schemars(required)]
    pub until: Option<Date>,
    /// Why.
    #[schemars(required)]
    pub reason: Option<String>,
}

/// Break glass: `git push -o break-glass=REASON`, or a signed tag with `Bypasses:` and `Reason:`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bypass {
    /// People and groups who may. Bots and agents may not.
    #[schemars(required)]
    pub people: Option<OneOrMany<String>>,
    /// What the whole reason must match, as a regular expression; anything that is not empty if not given.
    pub reason: Option<String>,
    /// Ids of rules that hold nevertheless.
    pub except: Option<OneOrMany<String>>,
    /// The last day, or the moment, on which the glass may be broken; always if not given.
    pub expires: Option<Date>,
    /// How many pushes of one person to one repository within which time, such as `3/7d`; any number if not given.
    pub rate: Option<Rate>,
    /// Within which time the change must be approved afterwards; never if not given.
    pub debt: Option<Duration>,
}

/// `3/7d`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How often.
    pub times: usize,
    /// Within which time.
    pub within: std::time::Duration,
}
written_as_text!(Rate, "a rate", "^[0-9]+/[0-9]+ ?(s|m|h|d)$", "3/7d");

impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("`{text}` is no rate: write how many in which time, such as `3/7d` or `1/24h`")
        };
        let (times, within) = text.split_once('/').ok_or_else(wrong)?;
        let Duration(within) = within.parse().map_err(|_| wrong())?;
        let times = times.parse().map_err(|_| wrong())?;
        if times == 0 || within.is_zero() {
            return Err(wrong());
        }
        Ok(Rate { times, within })
    }
}
