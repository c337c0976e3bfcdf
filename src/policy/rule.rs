//! A rule as it is meant: which updates, commits and paths it is about, and what it then asks.

use std::collections::BTreeSet;
use std::time::Duration;

use super::condition::Condition;
use super::pattern::Pattern;
use super::people::{Eligible, Kind, PersonId, Reserved};
use super::{Policy, SelectorId, Zone};
use crate::paths::names::{RefPatterns, RepoPatterns};

/// How old an approval may be, if nobody says.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Stable name in kebab-case, unique in the policy.
    pub id: String,
    /// Line of its file at which the rule begins, counted from 1: what a refusal can cite.
    pub line: usize,
    /// One sentence on what it is for.
    pub description: Option<String>,
    /// What the pusher should do, in the admin's words.
    pub message: Option<String>,
    /// What a violation does, by repository.
    pub mode: Modes,
    /// Which repositories; `None`: every one.
    pub repos: Option<RepoPatterns>,
    /// Which refs it governs.
    pub refs: RefPatterns,
    /// Which paths it is about.
    pub selector: SelectorId,
    /// The zones that it names, directly or by their tiers, by their positions in the policy; `None`: it names none.
    pub zones: Option<Vec<usize>>,
    /// When it applies.
    pub when: Condition,
    /// Which new commits a commit-level requirement is asked of.
    pub scope: Scope,
    /// Refs whose content need not be judged again.
    pub trusts: Trusts,
    /// The second, since the epoch, from which it holds.
    pub from: Option<i64>,
    /// The second, since the epoch, at which it holds no longer; of a whole day, the first of the next.
    pub until: Option<i64>,
    /// What it asks.
    pub asks: Asks,
}

/// What a violated rule does.
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
pub enum Mode {
    /// Nothing; the rule is not evaluated.
    Off,
    /// It is recorded, and the pusher is not told.
    Audit,
    /// The pusher is told, and the push accepted.
    Warn,
    /// The push is refused.
    Enforce,
}

/// The mode of a rule: one for all, or by repository (first match).
#[derive(Debug)]
pub enum Modes {
    /// The same everywhere.
    Everywhere(Mode),
    /// By repository; a repository that none matches has the policy's `mode` (the second field).
    ByRepository(Vec<(RepoPatterns, Mode)>, Mode),
}

/// Refs whose content a rule need not judge again on its way to another ref.
#[derive(Debug, Default)]
pub enum Trusts {
    /// The repository's default branch, where the rule governs it.
    #[default]
    DefaultBranch,
    /// These.
    Refs(RefPatterns),
    /// None: everything is judged again.
    Nothing,
}

/// What an update does to its ref.
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
pub enum UpdateKind {
    /// The ref did not exist.
    Create,
    /// The new tip contains the old one.
    FastForward,
    /// The new tip does not contain the old one.
    Rewind,
    /// The ref goes away.
    Delete,
}

/// What happens to a path.
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
pub enum Change {
    /// It was not there.
    Add,
    /// Its content differs.
    Modify,
    /// It is gone.
    Delete,
    /// Its type or its executable bit differs.
    Mode,
    /// A symbolic link appears, changes or goes away.
    Symlink,
    /// A submodule pointer appears, moves or goes away.
    Submodule,
}

/// Which new commits a commit-level requirement is asked of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Each of them.
    #[default]
    EveryCommit,
    /// Those on the first-parent way from the new tip, each against its first parent.
    FirstParent,
    /// The new tip alone, which answers for the whole net change.
    Tip,
}

/// What a rule asks.
#[derive(Debug)]
pub enum Asks {
    /// Nothing would do.
    Deny(String),
    /// All of these.
    Require(Requirements),
}

/// What a rule requires, by what it is asked of.
#[derive(Debug, Default)]
pub struct Requirements {
    /// Asked of every charged commit.
    pub of_commits: Vec<Requirement>,
    /// Asked of the net change. A person stands for one entry only.
    pub approvals: Vec<ApprovalRequirement>,
    /// One of these is enough, beside all of that; where there are none, no choice is left.
    pub any: Vec<Requirements>,
}

/// One requirement on a commit: the registry of what a rule can ask of it.
#[derive(Debug)]
pub enum Requirement {
    /// A trailer in every charged commit.
    Trailer(TrailerRequirement),
    /// The message of every charged commit.
    Message(MessageRequirement),
    /// The author of every charged commit.
    Author(IdentityRequirement),
    /// The committer of every charged commit.
    Committer(IdentityRequirement),
    /// A signature of every charged commit.
    Signature(SignatureRequirement),
    /// That every charged commit says whether an agent helped.
    Provenance,
}

/// `require: { approvals: [ … ] }`, one entry.
#[derive(Debug, Clone)]
pub struct ApprovalRequirement {
    /// How many distinct persons; where `from` names owners, of each touched zone. At least 1.
    pub count: usize,
    /// From whom.
    pub from: Eligible,
    /// Given by which means it counts.
    pub by: BTreeSet<Means>,
    /// Only security keys count that were touched for it.
    pub presence: bool,
    /// How old it may be.
    pub max_age: Duration,
    /// What it survives.
    pub carry: Carry,
}

/// By what means an approval is given.
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
pub enum Means {
    /// A signed tag.
    Signature,
    /// A review on the forge.
    Review,
    /// A trailer of the new commits, on the honour system.
    Trailer,
}

/// What an approval survives.
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
pub enum Carry {
    /// Only what leaves the approved change identical.
    #[default]
    None,
    /// That too which re-applies it cleanly onto protected files that moved on.
    CleanMerge,
}

/// `require: { trailers: [ … ] }`, one entry.
#[derive(Debug)]
pub struct TrailerRequirement {
    /// The key, compared without case.
    pub key: String,
    /// What the whole value must match, with the text as written for messages; `None`: any value that is not empty.
    pub value: Option<Pattern>,
    /// Whose e-mail address the value must name.
    pub from: Option<Eligible>,
    /// Who does not count: reserved names only.
    pub not: Vec<Party>,
    /// How many: distinct persons where `from` is given, else distinct values. At least 1.
    pub count: usize,
}

/// A party to a change, by its part in it.
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
pub enum Party {
    /// The commit's author.
    Author,
    /// The commit's committer.
    Committer,
    /// The account that pushes.
    Pusher,
    /// Anyone who had a hand in it: author, committer, co-authors, pusher.
    Contributor,
}

/// `require: { message: … }`.
#[derive(Debug)]
pub enum MessageRequirement {
    /// The whole message (without its trailing newlines) matches.
    Matches(Pattern),
    /// The message does not contain a match (here the pattern is searched for, not anchored).
    Lacks(Pattern),
}

/// `require: { author: … }` and `committer`.
#[derive(Debug)]
pub enum IdentityRequirement {
    /// The e-mail address belongs to someone in `people`.
    Known,
    /// It is the person that pushes.
    IsPusher,
    /// The whole e-mail address matches.
    Email(Pattern),
}

/// `require: { signature: … }`.
#[derive(Debug)]
pub struct SignatureRequirement {
    /// Whose; `None`: anyone's whom the policy knows.
    pub from: Option<Eligible>,
}

impl Modes {
    /// The mode in `repository` (`owner/name`).
    pub fn in_repository(&self, repository: &str) -> Mode {
        match self {
            Modes::Everywhere(mode) => *mode,
            Modes::ByRepository(entries, otherwise) => entries
                .iter()
                .find_map(|(repos, mode)| repos.matches(repository.as_bytes()).then_some(*mode))
                .unwrap_or(*otherwise),
        }
    }
}

/// Could an approval of the person be one of those that are asked?
pub fn may_approve<'a>(
    asked: impl IntoIterator<Item = &'a ApprovalRequirement>,
    person: PersonId,
    policy: &Policy,
) -> bool {
    let owns = |zone: &Zone| zone.owners.persons.contains(&person);
    policy.people.person(person).kind == Kind::Human
        && asked.into_iter().any(|asked| {
            asked.from.persons.contains(&person)
                || asked.from.reserved.iter().any(|reserved| match reserved {
                    Reserved::Owners => policy.zones.iter().any(owns),
                    Reserved::Anyone | Reserved::Codeowners => true,
                    _ => false,
                })
        })
}

impl Requirements {
    /// This, and all alternatives within it.
    pub fn parts(&self) -> Vec<&Requirements> {
        let nested = self.any.iter().flat_map(Requirements::parts);
        std::iter::once(self).chain(nested).collect()
    }

    /// The approvals of one way to meet it: those that are asked for in any case, and those of the first alternative that
    /// asks for any.
    pub fn approvals_of_one_way(&self) -> Vec<&ApprovalRequirement> {
        let alternatives = self.any.iter().map(Requirements::approvals_of_one_way);
        let first = alternatives.into_iter().find(|asked| !asked.is_empty());
        self.approvals
            .iter()
            .chain(first.into_iter().flatten())
            .collect()
    }

    /// Does it, or any alternative within it, ask something of commits?
    pub fn asks_of_commits(&self) -> bool {
        let parts = self.parts();
        parts.iter().any(|part| !part.of_commits.is_empty())
    }
}

impl ApprovalRequirement {
    /// Does it ask for the owners that a file of the repository names?
    pub fn asks_codeowners(&self) -> bool {
        self.from.reserved.contains(&Reserved::Codeowners)
    }
}

impl Rule {
    /// Does it refuse what does not satisfy it, in this repository?
    pub fn is_enforced_in(&self, repository: &str) -> bool {
        self.mode.in_repository(repository) == Mode::Enforce
    }

    /// Does it look at the signatures of commits, which are only verified for a rule that does? Whoever signed a commit
    /// has a hand in it, and so cannot approve it.
    pub fn asks_for_signatures(&self) -> bool {
        let is_signature = |asked: &_| matches!(asked, Requirement::Signature(_));
        let requires = |part: &Requirements| {
            !part.approvals.is_empty() || part.of_commits.iter().any(is_signature)
        };
        self.requirements().into_iter().any(requires) || self.when.asks_for_signers()
    }

    /// What it requires, with every alternative; nothing, where it denies.
    pub fn requirements(&self) -> Vec<&Requirements> {
        match &self.asks {
            Asks::Deny(_) => Vec::new(),
            Asks::Require(asked) => asked.parts(),
        }
    }

    /// The approvals that it asks for, be it in one of several alternatives.
    pub fn approvals(&self) -> impl Iterator<Item = &ApprovalRequirement> {
        let parts = self.requirements().into_iter();
        parts.flat_map(|part| &part.approvals)
    }

    /// Does the rule hold at `now`, in seconds since the epoch?
    pub fn holds_at(&self, now: i64) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Does it ask for approvals?
    pub fn asks_for_approvals(&self) -> bool {
        self.approvals().next().is_some()
    }

    /// Can a review be one of the approvals that it asks for?
    pub fn asks_for_reviews(&self) -> bool {
        let by_review = |asked: &ApprovalRequirement| asked.by.contains(&Means::Review);
        self.approvals().any(by_review)
    }

    /// Does it ask for the owners that a file of the repository names?
    pub fn asks_codeowners(&self) -> bool {
        self.approvals().any(ApprovalRequirement::asks_codeowners)
    }

    /// Does it look at what is known of agents' part in a commit?
    pub fn asks_about_provenance(&self) -> bool {
        let is_it = |asked: &Requirement| matches!(asked, Requirement::Provenance);
        let requires = |part: &Requirements| part.of_commits.iter().any(is_it);
        self.when.asks_about_agents() || self.requirements().into_iter().any(requires)
    }

    /// Does the rule hold in `repository`?
    pub fn applies_in(&self, repository: &str) -> bool {
        self.repos
            .as_ref()
            .is_none_or(|repos| repos.matches(repository.as_bytes()))
    }
}
