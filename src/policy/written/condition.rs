//! Conditions as written: `when` of a rule.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::condition::comparison::Operator;
use super::super::condition::{self, window};
use super::super::rule::{Change, UpdateKind};
use super::values::{OneOrMany, Size, written_as_text};
use crate::provenance::Ai;
use crate::risk::score::Band;

/// Conditions, all of which must hold; a list means any of its entries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Who pushes: people, groups, `bots`, `agents`, `deploy_keys`, `unknown`, `anyone`.
    pub pusher: Option<OneOrMany<String>>,
    /// When the push happens.
    pub time: Option<OneOrMany<Time>>,
    /// How many commits the push brings to refs that the rule governs, such as `"> 400"`.
    pub commits: Option<Number>,
    /// What happens to the ref.
    pub update: Option<OneOrMany<UpdateKind>>,
    /// How risky the whole change is among the last ones that landed, as far as a model is trained (`portcullis risk train`);
    /// `unknown` where none is.
    pub risk: Option<OneOrMany<Band>>,
    /// How many files the change reaches, with those that usually move with them, such as `"> 20"`; never met without a
    /// model.
    pub spread: Option<Number>,
    /// Every path of the change and of each new commit, in the rule's paths or not, is among these patterns.
    pub only: Option<OneOrMany<String>>,
    /// Lines that the net change adds and removes in the rule's paths, such as `"> 500"`.
    pub lines: Option<Number>,
    /// Files that the net change touches in the rule's paths, such as `"> 50"`.
    pub files: Option<Number>,
    /// Who wrote the commit, as it says: people, groups, `pusher`, `bots`, `agents`, `unknown`, `anyone`.
    pub author: Option<OneOrMany<String>>,
    /// Who made the commit, as it says.
    pub committer: Option<OneOrMany<String>>,
    /// Whose good signature the commit has; `unknown` is none of anyone known.
    pub signer: Option<OneOrMany<String>>,
    /// What is known of an agent's part in the commit.
    pub ai: Option<OneOrMany<Ai>>,
    /// A regular expression that is found in the commit's message.
    pub message: Option<String>,
    /// Only merges, or only other commits.
    pub merge: Option<bool>,
    /// What happens to the path.
    pub change: Option<OneOrMany<Change>>,
    /// A regular expression that is found on an added line.
    pub added: Option<String>,
    /// A regular expression that is found on a removed line.
    pub removed: Option<String>,
    /// Size of the file after the change, such as `"> 5MiB"`; that of a Git LFS pointer is the size it names.
    pub size: Option<Bytes>,
    /// Any of these holds.
    pub any: Option<Vec<When>>,
    /// All of these hold.
    pub all: Option<Vec<When>>,
    /// This does not hold: of the same commit and path, where it asks about these.
    pub not: Option<Box<When>>,
}

/// When a push happens.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// Days of the week; every day if not given.
    pub days: Option<OneOrMany<Day>>,
    /// Hours of the day, such as `18:00-06:00`; those over midnight belong to the day on which they begin.
    pub between: Option<Between>,
    /// The time zone, such as `Europe/Berlin`; `UTC` if not given.
    pub zone: Option<String>,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "days of the week explain themselves")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// `18:00-06:00`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between(pub window::Hours);
written_as_text!(
    Between,
    "hours of the day",
    "^([01][0-9]|2[0-3]):[0-5][0-9] ?- ?(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
    "18:00-06:00"
);

impl FromStr for Between {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no time of the day: write `18:00-06:00`, from the first minute to the one after the last"
            )
        };
        let (start, end) = text.split_once('-').ok_or_else(wrong)?;
        let start = minute(start.trim_end()).ok_or_else(wrong)?;
        let end = minute(end.trim_start()).ok_or_else(wrong)?;
        if start == window::Hours::DAY {
            return Err(wrong());
        }
        if start == end {
            return Err(format!(
                "`{text}` ends where it begins: leave `between` out for the whole day"
            ));
        }
        Ok(Between(window::Hours { start, end }))
    }
}

/// `> 400`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number(pub condition::Comparison);
written_as_text!(
    Number,
    "a comparison",
    "^ *(>|>=|<|<=|=) *[0-9]+ *$",
    "> 400"
);

impl FromStr for Number {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no comparison: write `>`, `>=`, `<`, `<=` or `=` and a whole number, such as `> 400`"
            )
        };
        let (operator, number) = Operator::split(text).ok_or_else(wrong)?;
        // The parser also takes `+5`.
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let bound = number.parse().map_err(|_| wrong())?;
        Ok(Number(condition::Comparison { operator, bound }))
    }
}

/// `> 5MiB`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub condition::Comparison);
written_as_text!(
    Bytes,
    "a comparison of sizes",
    "^ *(>|>=|<|<=|=) *[0-9]+ ?(B|KB|KiB|MB|MiB|GB|GiB) *$",
    "> 5MiB"
);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (operator, size) = Operator::split(text).ok_or_else(|| {
            format!("`{text}` is no comparison: write `>`, `>=`, `<`, `<=` or `=` and a size, such as `> 5MiB`")
        })?;
        let Size(bound) = size.parse()?;
        Ok(Bytes(condition::Comparison { operator, bound }))
    }
}

impl When {
    /// This, and all conditions within it.
    pub fn parts(&self) -> Vec<&When> {
        let nested = self.any.iter().chain(&self.all).flatten();
        let nested = nested.chain(self.not.as_deref());
        std::iter::once(self)
            .chain(nested.flat_map(When::parts))
            .collect()
    }

    /// Does it look at commits or paths, and not only at the push and at what happens to the ref?
    pub fn looks_within(&self) -> bool {
        self.parts().iter().any(|part| {
            let When {
                pusher: _,
                time: _,
                update: _,
                commits,
                risk,
                spread,
                only,
                lines,
                files,
                author,
                committer,
                signer,
                ai,
                message,
                merge,
                change,
                added,
                removed,
                size,
                any: _,
                all: _,
                not: _,
            } = part;
            [commits.is_some(), lines.is_some(), files.is_some()].contains(&true)
                || [only, author, committer, signer]
                    .iter()
                    .any(|names| names.is_some())
                || [message, added, removed].iter().any(|text| text.is_some())
                || ai.is_some()
                || risk.is_some()
                || spread.is_some()
                || merge.is_some()
                || change.is_some()
                || size.is_some()
        })
    }
}

/// The minute of the day that `HH:MM` names.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| -> Option<u16> {
        let is_number = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let is_time = (hour < 24 && minute < 60) || (hour, minute) == (24, 0);
    is_time.then_some(hour * 60 + minute)
}
