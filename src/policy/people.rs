//! Who is who: persons, their e-mail addresses and accounts, and the groups that hold them.

use std::collections::{BTreeSet, HashMap};

/// A person of the policy, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub u32);

/// One human, bot or agent, however many addresses and accounts.
#[derive(Debug)]
pub struct Person {
    /// The name in the policy.
    pub name: String,
    /// Human, bot or agent.
    pub kind: Kind,
    /// Who answers for a bot or an agent.
    pub operator: Option<PersonId>,
}

/// What a person is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A human being.
    #[default]
    Human,
    /// A program with rules of its own making.
    Bot,
    /// A program that writes code.
    Agent,
}

/// Everyone the policy knows.
#[derive(Debug, Default)]
pub struct People {
    persons: Vec<Person>,
    by_email: HashMap<Vec<u8>, PersonId>,
    by_account: HashMap<String, PersonId>,
}

/// A list of names where people may stand, resolved.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Eligible {
    /// As written, for messages.
    pub names: Vec<String>,
    /// The persons named, directly or through groups.
    pub persons: BTreeSet<PersonId>,
    /// The reserved names among them.
    pub reserved: BTreeSet<Reserved>,
}

/// A name that the policy cannot give to a person or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reserved {
    /// The owners of each touched zone.
    Owners,
    /// The owners of a CODEOWNERS file.
    Codeowners,
    /// The commit's author.
    Author,
    /// The commit's committer.
    Committer,
    /// The account that pushes.
    Pusher,
    /// Everyone of kind bot.
    Bots,
    /// Everyone of kind agent.
    Agents,
    /// Deploy keys, which are no person.
    DeployKeys,
    /// Whoever the policy does not know.
    Unknown,
    /// Any known person.
    Anyone,
}
