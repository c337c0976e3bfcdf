//! Keys whose meaning this version does not serve yet: known to the schema, refused by the reader.
//!
//! To serve one, take the [`Later`] around it away, derive `Deserialize` for its type and move that beside its kin.

use std::borrow::Cow;
use std::convert::Infallible;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::super::people::Kind;
use super::values::{Date, Duration, OneOrMany, Table};

/// A value of the shape `T` that cannot be read yet, and so never exists.
#[derive(Debug)]
pub enum Later<T> {
    #[doc(hidden)]
    Never(Infallible, PhantomData<T>),
}

/// What the reader is told where a [`Later`] is written.
pub(super) const NOT_SERVED: &str = "not served by this version of portcullis yet";

/// The keyword of the schema that marks a [`Later`].
pub(in super::super) const SCHEMA_MARK: &str = "x-not-served-yet";

impl<'de, T> Deserialize<'de> for Later<T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(NOT_SERVED))
    }
}

impl<T: JsonSchema> JsonSchema for Later<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<T>();
        schema.insert(SCHEMA_MARK.to_owned(), true.into());
        schema
    }
}

/// Files with keys.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Keys {
    /// SSH keys, as `gpg.ssh.allowedSignersFile` has them.
    pub allowed_signers: Option<OneOrMany<String>>,
    /// OpenPGP keyrings.
    pub openpgp: Option<OneOrMany<String>>,
}

/// What a repository may add to the policy.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum RepoPolicy {
    /// Nothing.
    Ignore,
    /// Rules that ask for more.
    Tighten,
}

/// A rule that does not hold for a while.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Waiver {
    /// The id of the rule.
    pub rule: String,
    /// Repositories.
    pub repos: Option<OneOrMany<String>>,
    /// Refs.
    pub refs: Option<OneOrMany<String>>,
    /// The last day.
    pub until: Date,
    /// Why.
    pub reason: String,
}

/// Break glass.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Bypass {
    /// Who may.
    pub people: OneOrMany<String>,
    /// What the reason must match.
    pub reason: Option<String>,
    /// Rules that hold nevertheless.
    pub except: Option<OneOrMany<String>>,
    /// When the right ends.
    pub expires: Option<Date>,
    /// How often.
    pub rate: Option<String>,
    /// What is owed afterwards.
    pub debt: Option<String>,
}

/// What an approval is held to.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ApprovalDefaults {
    /// Which kinds of evidence count.
    pub by: Option<OneOrMany<Evidence>>,
    /// How old it may be.
    pub max_age: Option<Duration>,
    /// Whether it must name the repository.
    pub repository: Option<Presence>,
    /// Where approval tags live.
    pub refs: Option<OneOrMany<String>>,
}

/// Whether something must be there.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Presence {
    /// It must.
    Required,
    /// It may.
    Optional,
}

/// What can stand for an approval.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Evidence {
    /// A signed tag.
    Signature,
    /// A review on the forge.
    Review,
    /// A trailer, on the honour system.
    Trailer,
}

/// `require: { approvals: [ … ] }`, one entry.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Approval {
    /// How many distinct persons.
    pub count: Option<u32>,
    /// From whom: people, groups, `owners`, `codeowners`.
    pub from: Option<OneOrMany<String>>,
    /// Which kinds of evidence count.
    pub by: Option<OneOrMany<Evidence>>,
    /// Only security keys that were touched.
    pub presence: Option<bool>,
    /// How old it may be.
    pub max_age: Option<Duration>,
    /// Whether it follows a change that was cleanly re-applied.
    pub carry: Option<Carry>,
}

/// What an approval survives.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Carry {
    /// Only what leaves the change identical.
    None,
    /// A clean merge onto protected files that moved on.
    CleanMerge,
}

/// Whose signature.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct SignatureFrom {
    /// People and groups.
    pub from: OneOrMany<String>,
}

/// `signature: valid`
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum AnySignature {
    /// Anyone's whom the policy knows.
    Valid,
}

/// `provenance: declared`
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Provenance {
    /// Each commit says whether an agent helped.
    Declared,
}

/// What is known of an agent's part in a commit.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Ai {
    /// An agent helped, or wrote it.
    Assisted,
    /// An agent wrote it.
    Authored,
    /// The commit says that none did.
    DeclaredNone,
    /// The commit says nothing.
    Unknown,
}

/// A band of risk: a tier, or unknown.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum Risk {
    /// Below the median of the last changes.
    Low,
    /// Below four of five.
    Medium,
    /// Below nineteen of twenty.
    High,
    /// Above.
    Critical,
    /// There is no model.
    Unknown,
}

/// When a push happens.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Time {
    /// Days of the week.
    pub days: Option<OneOrMany<Day>>,
    /// Hours of the day, such as `18:00-06:00`.
    pub between: Option<String>,
    /// The time zone, such as `Europe/Berlin`.
    pub zone: Option<String>,
}

/// A day of the week.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
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

/// Marks by which agents are known.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Markers {
    /// Further ones, by name.
    pub add: Option<Table<Marker>>,
    /// Built-in ones that do not count.
    pub off: Option<OneOrMany<String>>,
}

/// One mark.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Marker {
    /// What it marks.
    pub kind: Option<Kind>,
    /// E-mail addresses.
    pub emails: Option<OneOrMany<String>>,
    /// Accounts.
    pub accounts: Option<OneOrMany<String>>,
    /// Trailer keys.
    pub trailers: Option<OneOrMany<String>>,
}

/// The forge whose reviews count.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Forge {
    /// What it is.
    pub kind: Option<ForgeKind>,
    /// Its address.
    pub url: Option<String>,
    /// The file that holds the token.
    pub token_file: Option<String>,
    /// How long to wait for it.
    pub timeout: Option<Duration>,
}

/// Kinds of forge.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "snake_case")]
pub enum ForgeKind {
    /// Gitea or Forgejo.
    Gitea,
    /// GitLab.
    Gitlab,
}

/// A learned or computed bound, such as `"> 20"`.
pub type Comparison = String;
