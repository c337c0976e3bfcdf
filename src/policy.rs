//! What is allowed: the policy as it is *meant*, after names are resolved and patterns compiled.
//!
//! Two types for every concept: what the admin writes ([`written`]) and what the engine reads (this file and
//! [`rule`]). [`compile`] leads from one to the other and reports everything that is wrong at once, each as a
//! [`diagnostic::Diagnostic`] with its place. Nothing here looks at a repository.

pub mod compile;
pub mod condition;
pub mod diagnostic;
pub mod exceptions;
pub mod forge;
pub mod include;
pub(crate) mod load;
pub mod markers;
pub mod own;
pub mod pattern;
pub mod people;
pub mod place;
pub mod quorum;
pub mod rule;
pub mod schema;
mod select;
pub mod source;
pub mod written;
pub mod yaml;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use compile::{built_in_path_set, is_email};
pub use exceptions::{Bypass, Waiver};
pub use forge::{ForgeApi, ForgeKind};
pub use load::{Loaded, PolicyError};
pub use markers::Markers;
pub use people::{People, PersonId};
pub use rule::Rule;
pub use written::RepoPolicy;

use crate::codeowners;
use crate::paths::names::RefPatterns;
use crate::paths::{Automaton, SetId, SetMask};
use crate::signature::Keyring;

/// A policy that has been read, checked and compiled.
#[derive(Debug)]
pub struct Policy {
    /// Where it was read from.
    pub file: PathBuf,
    /// SHA-256 of its text, in hex, with that of all files that it includes: which policy decided.
    pub digest: String,
    /// Who is who.
    pub people: People,
    /// Whose key is whose.
    pub keyring: Keyring,
    /// Named sets of paths with their tier, in the order of the file.
    pub zones: Vec<Zone>,
    /// The tier of a path in no zone.
    pub default_tier: Tier,
    /// Every path pattern of the policy, compiled into one automaton.
    pub paths: Automaton,
    /// The expressions on lines that conditions ask about, by [`LinePatternId`](condition::LinePatternId).
    pub line_patterns: Vec<condition::LinePattern>,
    /// Which paths a rule is about, each distinct one once; rules refer to them by [`SelectorId`].
    pub selectors: Vec<Selector>,
    /// The rules, in the order of the file (which has no meaning).
    pub rules: Vec<Rule>,
    /// Commits, in hex, that are trusted states everywhere.
    pub baseline: Vec<String>,
    /// Rules that are off for a while, in the order of the file.
    pub waivers: Vec<Arc<Waiver>>,
    /// Who may go past rules in an emergency, if anyone.
    pub bypass: Option<Bypass>,
    /// Where approvals are found, and what each must say.
    pub approvals: Approvals,
    /// Whether the `.mailmap` of the state before a push says who else an address is.
    pub mailmap: bool,
    /// How agents show in commits.
    pub markers: Markers,
    /// Which file of a repository names its owners, where a rule asks for them.
    pub codeowners: codeowners::Source,
    /// What is done with reference namespaces that no rule is about.
    pub namespaces: Namespaces,
    /// The forge whose reviews count.
    pub forge: Option<ForgeApi>,
    /// Bounds on time, memory and input.
    pub limits: Limits,
    /// What pushers are told beside the findings.
    pub output: Output,
    /// The ledger of decisions, if there is one.
    pub audit: Option<Audit>,
    /// Where what must be remembered is kept, if the policy says.
    pub state_dir: Option<PathBuf>,
    /// Whether the repository may add rules of its own.
    pub repo_policy: RepoPolicy,
}

/// A named set of paths with a blast radius.
#[derive(Debug)]
pub struct Zone {
    /// Its name in the policy.
    pub name: String,
    /// How far damage in it reaches.
    pub tier: Tier,
    /// Its paths.
    pub set: SetId,
    /// Who answers for it.
    pub owners: people::Eligible,
}

/// Blast radius, lowest first, so that the highest of several is their maximum.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Breaks nothing that matters: styles, prose.
    Low,
    /// Ordinary code.
    Medium,
    /// An outage of a part.
    High,
    /// An outage, or money or data lost.
    Critical,
}

/// Index into [`Policy::selectors`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SelectorId(pub u32);

/// Which paths a rule is about: every clause must hold. No clause: every path.
///
/// `paths`, `zones` and `tiers` give one clause each (union within a key, intersection across keys).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Selector {
    /// The clauses.
    pub clauses: Vec<Clause>,
}

/// One clause of a [`Selector`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Clause {
    /// A path in any of these sets satisfies the clause.
    pub any_of: SetMask,
    /// A path in none of these sets satisfies it too: the sets of all zones, where the default tier is among `tiers`.
    pub or_none_of: Option<SetMask>,
}

impl Selector {
    /// Is the rule about every path?
    pub fn is_everything(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Is a path that lies in exactly these sets selected?
    pub fn selects(&self, sets: &SetMask) -> bool {
        self.clauses.iter().all(|clause| {
            clause.any_of.intersects(sets)
                || clause
                    .or_none_of
                    .as_ref()
                    .is_some_and(|zones| !zones.intersects(sets))
        })
    }
}

/// `approvals:` of the policy, as far as it is not of a single rule.
#[derive(Debug)]
pub struct Approvals {
    /// Refs that hold approval tags. Whoever may push may create one, and nobody may move or delete it.
    pub refs: RefPatterns,
    /// An approval tag must name the repository that it is for.
    pub names_repository: bool,
}

/// What is done with names outside `refs/heads/`, `refs/tags/`, the proposals and the approvals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Namespaces {
    /// `namespaces.other: deny`.
    pub deny_other: bool,
}

/// Bounds of one decision. Exceeding one refuses the push, and says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock time of the hook.
    pub time: Duration,
    /// Bytes of memory.
    pub memory: u64,
    /// New commits of one push.
    pub commits: usize,
    /// Reference updates of one push.
    pub updates: usize,
    /// Bytes of one object.
    pub object: u64,
    /// Tree entries read for one push.
    pub tree_entries: u64,
    /// Directories within directories.
    pub depth: usize,
    /// Commits and paths shown for each finding.
    pub findings_shown: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            time: Duration::from_secs(20),
            memory: 1 << 30,
            commits: 200_000,
            updates: 100_000,
            object: 64 << 20,
            tree_entries: 50_000_000,
            depth: 1024,
            findings_shown: 10,
        }
    }
}

/// `audit:` of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The ledger's file.
    pub file: PathBuf,
    /// A push that cannot be recorded is refused.
    pub required: bool,
    /// The size in bytes at which the file is put aside.
    pub rotate: Option<u64>,
    /// Where decisions are told too.
    pub log: Option<Log>,
}

/// A log of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Which.
    pub kind: LogKind,
    /// The socket where its daemon takes records.
    pub socket: PathBuf,
}

/// What keeps the log of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogKind {
    /// systemd's.
    Journald,
    /// Whatever listens for it.
    Syslog,
}

impl LogKind {
    /// As a policy names it.
    pub fn name(self) -> &'static str {
        match self {
            LogKind::Journald => "journald",
            LogKind::Syslog => "syslog",
        }
    }

    /// Where its daemon listens, unless a policy says otherwise.
    fn socket(self) -> &'static Path {
        Path::new(match self {
            LogKind::Journald => "/run/systemd/journal/socket",
            LogKind::Syslog => "/dev/log",
        })
    }
}

/// `output:` of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// When the line for programs is printed.
    pub json: JsonLine,
    /// Whom to ask, shown with every refusal.
    pub contact: Option<String>,
    /// Where the rules are explained, shown with every refusal.
    pub docs: Option<String>,
}

/// When the `portcullis: {json}` line is printed.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum JsonLine {
    /// Never.
    Never,
    /// When the push carries the option `portcullis=json`.
    #[default]
    Option,
    /// With every push that has something to say.
    Always,
}
