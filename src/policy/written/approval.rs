//! Approvals as written: what a rule asks for, and the defaults of all rules.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::rule::{Carry, Means};
use super::values::{Duration, OneOrMany};

/// `require: { approvals: [ … ] }`, one entry. Each entry needs different persons.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// How many distinct persons; 1 if not given.
    pub count: Option<usize>,
    /// From whom: people, groups, `owners` (of each touched zone), `anyone`.
    #[schemars(required)]
    pub from: Option<OneOrMany<String>>,
    /// Given by which means it counts; those of the policy's `approvals` if not given.
    pub by: Option<OneOrMany<Means>>,
    /// Whether only security keys count that were touched for it.
    pub presence: Option<bool>,
    /// How old it may be; that of the policy's `approvals` if not given.
    pub max_age: Option<Duration>,
    /// Whether it follows a change that was cleanly re-applied; `none` if not given.
    pub carry: Option<Carry>,
}

/// What every approval is held to, unless a rule says otherwise.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// Given by which means it counts; `signature` and `review` if not given.
    pub by: Option<OneOrMany<Means>>,
    /// How old it may be; `30d` if not given.
    pub max_age: Option<Duration>,
    /// Whether an approval tag must name the repository; `required` if not given.
    pub repository: Option<Presence>,
    /// Refs that hold approval tags; `refs/approvals/**` and `refs/tags/approved/**` if not given.
    pub refs: Option<OneOrMany<String>>,
}

/// Whether something must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It must.
    Required,
    /// It may.
    Optional,
}
