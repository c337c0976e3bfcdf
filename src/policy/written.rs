//! The policy as its author writes it: every key of it, in the types that read it.
//!
//! The types are the registry. The YAML reader, the JSON Schema and the suggestions for a mistyped key are made from
//! them, so a key stands in one place. A key that is not known is refused, since a condition or requirement that is
//! ignored would be a hole.

pub mod approval;
pub mod condition;
pub mod exceptions;
pub mod markers;
pub mod own;
pub mod people;
pub mod read;
pub mod rule;
pub mod values;

use schemars::JsonSchema;
use serde::Deserialize;

use self::markers::Markers;
use self::people::{Agent, Keys, Persons};
use self::rule::Rule;
use self::values::{Duration, OneOrMany, Size, Table};
use super::forge::ForgeKind;
use super::rule::Mode;
use super::{JsonLine, LogKind, Tier};
use crate::codeowners::Dialect;

/// What a git server accepts, and what it asks of a push to load-bearing paths.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "portcullis policy")]
pub struct Policy {
    /// The version of this format: 1.
    #[schemars(required, range(min = 1, max = 1))]
    pub version: Option<u32>,
    /// What a violation does in every rule that does not say otherwise.
    pub mode: Option<Mode>,
    /// Who is who: one entry for each human or bot, with all addresses and accounts.
    pub people: Option<Persons>,
    /// Named groups of people and of other groups.
    pub groups: Option<Table<OneOrMany<String>>>,
    /// Programs that write code, each with the person who answers for it.
    pub agents: Option<Table<Agent>>,
    /// No-reply addresses of the forge, which are nobody's.
    pub forge_identities: Option<OneOrMany<String>>,
    /// Whether a `.mailmap` of the repository is followed.
    pub mailmap: Option<bool>,
    /// Files with more keys, in the formats of git.
    pub keys: Option<Keys>,
    /// Named sets of paths with their blast radius.
    pub zones: Option<Table<Zone>>,
    /// The tier of a path in no zone; `medium` if not given.
    pub default_tier: Option<Tier>,
    /// Named lists of patterns, used as `paths: ["@name"]`.
    pub path_sets: Option<Table<OneOrMany<String>>>,
    /// What is asked, of which change.
    pub rules: Option<Vec<Rule>>,
    /// More files of this policy, relative to the file that names them. Each may have `people`, `groups`, `agents`,
    /// `forge_identities`, `zones`, `path_sets`, `rules`, `baseline` and `include`.
    // They are in place by the time that anything is read: see `include` in the room above.
    pub include: Option<OneOrMany<String>>,
    /// Whether a repository may add rules of its own, in a file `.portcullis.yml` on its default branch; `ignore` if not
    /// given.
    pub repo_policy: Option<RepoPolicy>,
    /// Commits, by full id, that are trusted as they are: an import, or an old repository's state at adoption.
    pub baseline: Option<OneOrMany<String>>,
    /// Rules that do not hold for a while.
    pub waivers: Option<Vec<exceptions::Waiver>>,
    /// Break glass: who may push past the rules, saying why.
    pub bypass: Option<exceptions::Bypass>,
    /// What every approval is held to, unless a rule says otherwise.
    pub approvals: Option<approval::Defaults>,
    /// The file that `codeowners` stands for as approvers.
    pub codeowners: Option<Codeowners>,
    /// What is done with refs that are neither branches, tags, proposals nor approvals.
    pub namespaces: Option<Namespaces>,
    /// Marks of agents, beyond the built-in catalogue.
    pub markers: Option<Markers>,
    /// The forge whose reviews count.
    pub forge: Option<Forge>,
    /// What pushers are told beside the findings.
    pub output: Option<Output>,
    /// The ledger of decisions.
    pub audit: Option<Audit>,
    /// Where portcullis keeps what it must remember; `/var/lib/portcullis` if that is there, else the git directory.
    pub state_dir: Option<String>,
    /// Bounds of one decision. Exceeding one refuses the push.
    pub limits: Option<Limits>,
}

/// What a repository may add to the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepoPolicy {
    /// Nothing.
    #[default]
    Ignore,
    /// Rules that ask for more.
    Tighten,
}

/// A named set of paths with a blast radius.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    /// How far damage in it reaches.
    #[schemars(required)]
    pub tier: Option<Tier>,
    /// Its paths: `*` and `?` do not cross `/`, `**` does, `!` excludes, `@name` is a path set.
    #[schemars(required)]
    pub paths: Option<OneOrMany<String>>,
    /// People and groups who answer for it.
    pub owners: Option<OneOrMany<String>>,
    /// Whether its patterns also match what only differs in ways that file systems ignore; `true` if not given.
    pub fold: Option<bool>,
}

/// The file in which a repository names its owners, as it stood before the push.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Codeowners {
    /// Whose way of reading it counts; that of the server that runs the hook if not given, GitHub's if it has none.
    pub dialect: Option<Dialect>,
    /// Its path from the root of the repository; where its server looks for it if not given.
    pub file: Option<String>,
}

/// What is done with other namespaces than those of branches and tags.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Namespaces {
    /// Any namespace that has no meaning of its own; `accept` if not given.
    pub other: Option<Namespace>,
}

/// What is done with a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Namespace {
    /// Its refs may be pushed.
    Accept,
    /// They are refused.
    Deny,
}

/// Where the forge answers what was reviewed, and by what right it is asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// What it is.
    #[schemars(required)]
    pub kind: Option<ForgeKind>,
    /// Its address as the hook reaches it, such as `http://127.0.0.1:3000/`: what stands before `/api/` in its API.
    #[schemars(required)]
    pub url: Option<String>,
    /// The file that holds the token, by its full path. The token may read repositories and issues (Gitea, Forgejo:
    /// `read:repository` and `read:issue`), or the API (GitLab: `read_api`); no more is needed.
    #[schemars(required)]
    pub token_file: Option<String>,
    /// The certificates that the forge's is signed by, as PEM, by its full path; the system's if not given.
    pub ca_file: Option<String>,
    /// How long all answers that one push needs may take together; `5s` if not given.
    pub timeout: Option<Duration>,
}

/// What pushers are told beside the findings.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// When a line of JSON for programs is printed; `option` (on request) if not given.
    pub json: Option<JsonLine>,
    /// Whom to ask, shown with every refusal.
    pub contact: Option<String>,
    /// Where the rules are explained, shown with every refusal.
    pub docs: Option<String>,
}

/// The ledger of decisions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Where it is written.
    #[schemars(required)]
    pub file: Option<String>,
    /// Whether a push that cannot be recorded is refused; `false` if not given.
    pub required: Option<bool>,
    /// At which size the file is put aside and a new one begun; never if not given.
    pub rotate: Option<Size>,
    /// A log of the system that is told of each decision too; none if not given.
    pub log: Option<LogKind>,
    /// The socket of that log, where it is not `/run/systemd/journal/socket` (journald) or `/dev/log` (syslog).
    pub log_socket: Option<String>,
}

/// Bounds of one decision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Wall-clock time of the hook; `20s` if not given.
    pub time: Option<Duration>,
    /// Memory; `1GiB` if not given.
    pub memory: Option<Size>,
    /// New commits of one push; 200000 if not given.
    pub commits: Option<usize>,
    /// Ref updates of one push; 100000 if not given.
    pub updates: Option<usize>,
    /// Size of one object; `64MiB` if not given.
    pub object: Option<Size>,
    /// Tree entries read for one push; 50000000 if not given.
    pub tree_entries: Option<u64>,
    /// Directories within directories; 1024 if not given.
    pub depth: Option<usize>,
    /// Commits and paths shown for each finding; 10 if not given.
    pub findings_shown: Option<usize>,
}
