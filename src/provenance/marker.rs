//! One entry of the catalogue.

use serde::Deserialize;

/// How one program that writes code shows in commits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Marker {
    /// What it is called in policies and evidence.
    pub name: String,
    /// What it does.
    pub kind: Kind,
    /// Exact addresses.
    #[serde(default)]
    pub emails: Vec<String>,
    /// Numbers of its accounts on GitHub, as they stand in no-reply addresses.
    #[serde(default)]
    pub ids: Vec<u64>,
    /// Names of its accounts: on GitHub, and on the server where the policy adds them.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// What it puts behind the name of the person who works with it.
    #[serde(default)]
    pub name_suffixes: Vec<String>,
    /// Trailers that only it writes.
    #[serde(default)]
    pub trailers: Vec<TrailerMark>,
    /// What trailers and footers call it.
    #[serde(default)]
    pub names: Vec<String>,
    /// The same, where these are ordinary words or names that people have too.
    #[serde(default)]
    pub words: Vec<String>,
    /// Prefixes of the branches that it makes.
    #[serde(default)]
    pub branches: Vec<String>,
    /// Where all this was seen.
    pub sources: Vec<String>,
}

/// What an agent does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It writes code.
    Agent,
    /// It reviews, and writes what it suggests.
    Reviewer,
    /// It records what other agents do.
    Recorder,
    /// A model that many agents use.
    Model,
}

/// A trailer that only one program writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailerMark {
    /// Its key, in any letter case.
    pub key: String,
    /// Its whole value, in any letter case; none given: any.
    #[serde(default)]
    pub values: Vec<String>,
}
