//! Who is who, as somebody else knows it: read from a forge or a file, outside the hook, and written as a file that the
//! policy includes.
//!
//! Each source has a file that knows its words: [`forge`] with `gitea` and `gitlab`, [`allowed_signers`], [`table`] and
//! [`mailmap`]. All of them fill a [`Roster`] through [`gather`], which refuses what two people would share; [`text`] writes
//! it and reads it again, and [`changes`] says in which way two of them differ.
//!
//! Nothing is guessed here. Approvals are counted by person, so whoever is two people by mistake could approve twice, and
//! whoever has another's address could approve in their name.

pub mod allowed_signers;
pub mod changes;
pub mod error;
pub mod forge;
pub mod gather;
mod gitea;
mod gitlab;
pub mod mailmap;
pub mod proof;
pub mod table;
pub mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

pub use self::error::Error;
pub use crate::policy::people::Kind;

/// Everyone that a source knows, by the names that they will have in the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Roster {
    /// The people, and the bots.
    pub people: BTreeMap<String, Person>,
    /// Groups, with the names of their members. None is empty: the policy has no use for it.
    pub groups: BTreeMap<String, BTreeSet<String>>,
    /// Whom the source knows and the policy must not, and why; for a comment only.
    #[serde(skip)]
    pub left_out: BTreeMap<String, String>,
}

/// One human, bot or agent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Person {
    /// What it is.
    pub kind: Kind,
    /// What people call them; for a comment only.
    #[serde(skip)]
    pub called: Option<String>,
    /// E-mail addresses, in lower case.
    pub emails: BTreeSet<String>,
    /// Accounts on the server.
    pub accounts: BTreeSet<String>,
    /// Signing keys, as the policy has them.
    pub keys: BTreeSet<String>,
    /// Who answers for a bot or an agent.
    pub operator: Option<String>,
}

/// What a source says, with all that cannot be taken over.
#[derive(Debug, Default)]
pub struct Findings {
    /// What can.
    pub roster: Roster,
    /// What cannot, one sentence for each, with no word of the source that is not escaped.
    pub notes: Vec<String>,
}

/// What the admin knows better than the source.
#[derive(Debug, Clone, Default)]
pub struct Corrections {
    /// Names that are one person's: the first is the one that stays.
    pub same: Vec<Vec<String>>,
    /// Names of programs.
    pub bots: Vec<String>,
    /// Names, and e-mail addresses, that are not taken over.
    pub left_out: Vec<String>,
}
