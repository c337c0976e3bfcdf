//! Rules as written: conditions, and what they then ask.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Tier;
use super::super::rule::{Change, Mode, Party, Scope, UpdateKind};
use super::approval;
use super::later::{self, Comparison, Later};
use super::values::{Date, Either, OneOrMany, Table};
use crate::provenance::Ai;

/// Which updates, commits and paths a rule is about, and what it then asks.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A stable, unique name in kebab-case.
    #[schemars(required, regex(pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$"))]
    pub id: Option<String>,
    /// One sentence on what it is for.
    pub description: Option<String>,
    /// What the pusher should do, in your words.
    pub message: Option<String>,
    /// What a violation does: one word, or by repository, first match: `{ "shop/*": enforce, "*": warn }`.
    pub mode: Option<Either<Mode, Table<Mode>>>,
    /// Repositories, as patterns on `owner/name`; every one if not given.
    pub repos: Option<OneOrMany<String>>,
    /// Refs that it governs: `main` is a branch, `refs/tags/v*` a full name, `!` excludes; every branch if not given.
    pub refs: Option<OneOrMany<String>>,
    /// Patterns of paths: `*` and `?` do not cross `/`, `**` does, `!` excludes, `@name` is a path set.
    pub paths: Option<OneOrMany<String>>,
    /// Names of zones.
    pub zones: Option<OneOrMany<String>>,
    /// Tiers of zones.
    pub tiers: Option<OneOrMany<Tier>>,
    /// Further conditions, all of which must hold.
    pub when: Option<When>,
    /// The first day, or moment, at which it holds.
    pub from: Option<Date>,
    /// The last day, or the moment, until which it holds.
    pub until: Option<Date>,
    /// Which new commits are asked; `every_commit` if not given.
    pub scope: Option<Scope>,
    /// Refs whose content need not be judged again; the default branch, where the rule governs it, if not given.
    pub trusts: Option<OneOrMany<String>>,
    /// Whether `paths` also match what only differs in ways that file systems ignore; `true` if not given.
    pub fold: Option<bool>,
    /// What must be there.
    pub require: Option<Require>,
    /// Refuse, and say why.
    pub deny: Option<String>,
}

/// Conditions, all of which must hold; a list means any of its entries.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// Who pushes: people, groups, `bots`, `agents`, `deploy_keys`, `unknown`, `anyone`.
    pub pusher: Option<OneOrMany<String>>,
    /// When the push happens.
    pub time: Option<Later<later::Time>>,
    /// How many new commits, such as `"> 400"`.
    pub commits: Option<Later<Comparison>>,
    /// What happens to the ref.
    pub update: Option<OneOrMany<UpdateKind>>,
    /// Learned risk of the change.
    pub risk: Option<Later<OneOrMany<later::Risk>>>,
    /// Predicted blast radius in files, such as `"> 20"`.
    pub spread: Option<Later<Comparison>>,
    /// Every changed path is among these patterns.
    pub only: Option<Later<OneOrMany<String>>>,
    /// Lines of the net change, such as `"> 500"`.
    pub lines: Option<Later<Comparison>>,
    /// Files of the net change, such as `"> 50"`.
    pub files: Option<Later<Comparison>>,
    /// Who wrote the commit, as it says.
    pub author: Option<Later<OneOrMany<String>>>,
    /// Who made the commit, as it says.
    pub committer: Option<Later<OneOrMany<String>>>,
    /// Whose key signed the commit.
    pub signer: Option<Later<OneOrMany<String>>>,
    /// What is known of an agent's part in the commit.
    pub ai: Option<OneOrMany<Ai>>,
    /// A regular expression on the commit's message.
    pub message: Option<Later<String>>,
    /// Only merges, or only other commits.
    pub merge: Option<bool>,
    /// What happens to the path.
    pub change: Option<OneOrMany<Change>>,
    /// A regular expression on added lines.
    pub added: Option<Later<String>>,
    /// A regular expression on removed lines.
    pub removed: Option<Later<String>>,
    /// Size of the file, such as `"> 5MiB"`.
    pub size: Option<Later<Comparison>>,
    /// Any of these holds.
    pub any: Option<Later<Vec<When>>>,
    /// All of these hold.
    pub all: Option<Later<Vec<When>>>,
    /// This does not hold.
    pub not: Option<Later<Box<When>>>,
}

/// Requirements, all of which must be met.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Require {
    /// Trailers of every commit that touches the rule's paths.
    pub trailers: Option<OneOrMany<Trailer>>,
    /// Approvals of the change.
    pub approvals: Option<OneOrMany<approval::Approval>>,
    /// A signature of every such commit.
    pub signature: Option<Either<AnySignature, SignatureFrom>>,
    /// What the whole message of every such commit matches, as a regular expression; or `{ not: … }`.
    pub message: Option<Either<String, MessageLacks>>,
    /// Who may have written every such commit.
    pub author: Option<Either<KnownIdentity, Identity>>,
    /// Who may have made every such commit.
    pub committer: Option<Either<KnownIdentity, Identity>>,
    /// What every such commit must say about the part of agents.
    pub provenance: Option<Provenance>,
    /// One of these is enough.
    pub any: Option<Later<Vec<Require>>>,
}

/// A trailer that must be there.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trailer {
    /// Its key, such as `Change-Ticket`; compared without case.
    #[schemars(required)]
    pub key: Option<String>,
    /// What its whole value matches, as a regular expression; anything that is not empty if not given.
    pub value: Option<String>,
    /// Whose e-mail address the value must name: people, groups, `owners`, `author`, `committer`, `anyone`.
    pub from: Option<OneOrMany<String>>,
    /// Who does not count.
    pub not: Option<OneOrMany<Party>>,
    /// How many; 1 if not given.
    pub count: Option<usize>,
}

/// `signature: valid`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnySignature {
    /// Anyone's whom the policy knows.
    Valid,
}

/// `signature: { from: […] }`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureFrom {
    /// People, groups, `owners`, `author`, `committer`, `pusher`, `bots`, `agents`, `anyone`.
    pub from: OneOrMany<String>,
}

/// What a message must not contain.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageLacks {
    /// A regular expression that matches nowhere in it.
    #[serde(rename = "not")]
    pub lacks: String,
}

/// `author: known`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KnownIdentity {
    /// Someone in `people` or `agents`.
    Known,
}

/// `author: { is: pusher }`, `author: { email: … }`
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The same person as this party.
    pub is: Option<SamePerson>,
    /// What the whole e-mail address matches, as a regular expression.
    pub email: Option<String>,
}

/// Whom an identity is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SamePerson {
    /// The person that pushes.
    Pusher,
}

/// `provenance: declared`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Each commit says whether an agent helped.
    Declared,
}
