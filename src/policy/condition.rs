//! When a rule applies: conditions as they are meant, each of the unit that meets it or does not.
//!
//! The enums are the registry of what a rule can ask: `when` of a policy is one [`Condition`], and
//! [`conditions`](crate::conditions) answers it.

pub mod comparison;
pub mod window;

pub use comparison::Comparison;
pub use window::Window;

use super::pattern::Pattern;
use super::people::Eligible;
use super::rule::{Change, UpdateKind};
use crate::paths::SetId;
use crate::provenance::Ai;
use crate::risk::score::Band;

/// One condition, or several put together.
#[derive(Debug)]
pub enum Condition {
    /// All of these hold; where there are none, nothing is asked.
    All(Vec<Condition>),
    /// Any of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// Asked of the push.
    OfPush(OfPush),
    /// Asked of an update.
    OfUpdate(OfUpdate),
    /// Asked of each new commit.
    OfCommit(OfCommit),
    /// Asked of each changed path.
    OfPath(OfPath),
}

/// What can be asked of a push.
#[derive(Debug)]
pub enum OfPush {
    /// Who pushes.
    Pusher(Eligible),
    /// When it is decided: within any of these.
    Time(Vec<Window>),
    /// How many commits it brings to refs that the rule governs.
    Commits(Comparison),
}

/// What can be asked of an update.
#[derive(Debug)]
pub enum OfUpdate {
    /// What it does to its ref.
    Kind(Vec<UpdateKind>),
    /// Where every path of the net change and of every new commit lies.
    Only(Only),
    /// How many lines the net change adds and removes in the rule's paths.
    Lines(Comparison),
    /// How many files the net change touches in the rule's paths.
    Files(Comparison),
    /// How risky the whole net change is: any of these.
    Risk(Vec<Band>),
    /// How many files the whole net change reaches, with those that usually move with them.
    Spread(Comparison),
}

/// What can be asked of a commit.
#[derive(Debug)]
pub enum OfCommit {
    /// Who wrote it, as it says.
    Author(Eligible),
    /// Who made it, as it says.
    Committer(Eligible),
    /// Whose good signature it has.
    Signer(Eligible),
    /// What is known of agents' part in it; `assisted` includes `authored`.
    Ai(Vec<Ai>),
    /// What is found in its message.
    Message(Pattern),
    /// Whether it is a merge.
    Merge(bool),
}

/// What can be asked of a changed path.
#[derive(Debug)]
pub enum OfPath {
    /// What happens to it: any of these.
    Change(Vec<Change>),
    /// What is found on a line that comes or goes.
    Line(LinePatternId),
    /// How large the file then is, in bytes.
    Size(Comparison),
}

/// The same patterns twice: what lies among them as file systems see it and not byte for byte, is in and out.
#[derive(Debug, Clone, Copy)]
pub struct Only {
    /// As written.
    pub exact: SetId,
    /// With what file systems take for the same.
    pub folded: SetId,
}

/// Index into [`Policy::line_patterns`](super::Policy::line_patterns).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinePatternId(pub u32);

/// An expression on lines that come or go.
#[derive(Debug)]
pub struct LinePattern {
    /// Which lines.
    pub side: Side,
    /// What is found on them.
    pub pattern: Pattern,
}

/// A side of a line diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Lines that come.
    Added,
    /// Lines that go.
    Removed,
}

impl Default for Condition {
    /// Nothing is asked.
    fn default() -> Self {
        Condition::All(Vec::new())
    }
}

impl Condition {
    /// Is a condition anywhere in it of which this holds?
    pub fn has(&self, is_it: &dyn Fn(&Condition) -> bool) -> bool {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().any(|part| part.has(is_it))
            }
            Condition::Not(part) => part.has(is_it),
            leaf => is_it(leaf),
        }
    }

    /// Does it ask what happens to the ref?
    pub fn asks_for_kind(&self) -> bool {
        self.has(&|leaf| matches!(leaf, Condition::OfUpdate(OfUpdate::Kind(_))))
    }

    /// Does it ask what a single commit meets or not?
    pub fn asks_about_commits(&self) -> bool {
        self.has(&|leaf| matches!(leaf, Condition::OfCommit(_)))
    }

    /// Does it ask about agents' part in commits?
    pub fn asks_about_agents(&self) -> bool {
        self.has(&|leaf| matches!(leaf, Condition::OfCommit(OfCommit::Ai(_))))
    }

    /// Does it ask who signed a commit?
    pub fn asks_for_signers(&self) -> bool {
        self.has(&|leaf| matches!(leaf, Condition::OfCommit(OfCommit::Signer(_))))
    }

    /// Does it ask how many commits a push brings?
    pub fn counts_commits(&self) -> bool {
        self.has(&|leaf| matches!(leaf, Condition::OfPush(OfPush::Commits(_))))
    }

    /// Does it ask about every path, in the rule's paths or not?
    pub fn asks_about_every_path(&self) -> bool {
        self.asks_where_paths_lie() || self.asks_about_risk()
    }

    /// Does it ask whether every path is among some patterns?
    pub fn asks_where_paths_lie(&self) -> bool {
        self.has(&|leaf| matches!(leaf, Condition::OfUpdate(OfUpdate::Only(_))))
    }

    /// Does it ask what history says of the change?
    pub fn asks_about_risk(&self) -> bool {
        self.has(&|leaf| {
            matches!(
                leaf,
                Condition::OfUpdate(OfUpdate::Risk(_) | OfUpdate::Spread(_))
            )
        })
    }

    /// Does it ask about paths, one by one or all together?
    pub fn asks_about_paths(&self) -> bool {
        self.has(&|leaf| match leaf {
            Condition::OfPath(_) => true,
            Condition::OfUpdate(asked) => !matches!(asked, OfUpdate::Kind(_)),
            _ => false,
        })
    }

    /// Does it ask how many lines come and go?
    pub fn counts_lines(&self) -> bool {
        self.has(&|leaf| matches!(leaf, Condition::OfUpdate(OfUpdate::Lines(_))))
    }

    /// Does it ask how large files are?
    pub fn asks_for_sizes(&self) -> bool {
        self.has(&|leaf| matches!(leaf, Condition::OfPath(OfPath::Size(_))))
    }

    /// The expressions on lines that it asks about.
    pub fn line_patterns(&self) -> Vec<LinePatternId> {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().flat_map(Condition::line_patterns).collect()
            }
            Condition::Not(part) => part.line_patterns(),
            Condition::OfPath(OfPath::Line(id)) => vec![*id],
            _ => Vec::new(),
        }
    }

    /// Does it ask about the content of files?
    pub fn asks_about_content(&self) -> bool {
        self.counts_lines() || self.asks_for_sizes() || !self.line_patterns().is_empty()
    }

    /// Could it hold whatever a commit is like?
    pub fn can_hold_of_any_commit(&self) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(Condition::can_hold_of_any_commit),
            Condition::Any(parts) => parts.iter().any(Condition::can_hold_of_any_commit),
            Condition::Not(part) => part.has(&|leaf| !matches!(leaf, Condition::OfCommit(_))),
            leaf => !matches!(leaf, Condition::OfCommit(_)),
        }
    }
}
