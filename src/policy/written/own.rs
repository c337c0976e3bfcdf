//! What a repository adds to the policy of its server, as written.

use serde::Deserialize;

use super::rule::Rule;
use super::values::{OneOrMany, Table};

/// `.portcullis.yml`: rules on top of the server's, in the same words. It names people, groups, zones and path sets of the
/// server's policy, and can define none but path sets of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Own {
    /// The version of this format: 1.
    pub version: Option<u32>,
    /// Named lists of patterns, used as `paths: ["@name"]`.
    pub path_sets: Option<Table<OneOrMany<String>>>,
    /// What is asked, of which change, beside all that the server asks.
    pub rules: Option<Vec<Rule>>,
}
