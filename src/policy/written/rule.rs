//! Rules as written: what they are about, and what they then ask.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Tier;
use super::super::rule::{Mode, Party, Scope};
use super::approval;
use super::condition::When;
use super::values::{Date, Either, OneOrMany, Table};

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
    /// One of these is enough: of a commit, where any of them asks something of commits, else of the change.
    pub any: Option<Vec<Require>>,
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
