//! Marks of agents as written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{OneOrMany, Table};

/// Marks by which agents are known, beyond the built-in catalogue and in place of it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Markers {
    /// Further ones, by the agent's name.
    pub add: Option<Table<Marker>>,
    /// Names of built-in ones that do not count.
    pub off: Option<OneOrMany<String>>,
}

/// How one agent shows in commits.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// Exact e-mail addresses; compared without case.
    pub emails: Option<OneOrMany<String>>,
    /// Accounts on this server, and on GitHub as its no-reply addresses have them.
    pub accounts: Option<OneOrMany<String>>,
    /// Keys of trailers that only this agent writes.
    pub trailers: Option<OneOrMany<String>>,
}
