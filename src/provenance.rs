//! Where a change comes from: what is known of the part that agents, programs that write code, had in a commit.
//!
//! All of it is declared by someone: by the commit's author (`commit`), by a note on it (`note`), by the account that
//! pushes or the name of the branch (`circumstances`). So it only raises: what marks an agent counts whoever says it, a
//! claim that there was none does not undo it, and silence is [`Ai::Unknown`], never "a human wrote this".
//!
//! The [`Catalogue`] knows how agents show: by exact addresses, accounts, trailers and footers, each with the source that
//! it was learned from. Everything here is a pure function of what it is given.

mod catalogue;
mod circumstances;
mod commit;
mod marker;
pub mod note;
mod share;
mod wording;

pub use catalogue::Catalogue;
pub use commit::SAYS_WHETHER;
pub use marker::{Kind, Marker, TrailerMark};
pub use share::Share;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::policy::People;

/// What is known of agents' part in a commit. The later, the more it asks for: a claim that there was none covers one
/// commit, so that among several the silent one decides.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Ai {
    /// The commit says that none helped, and nothing speaks against it.
    DeclaredNone,
    /// The commit says nothing.
    #[default]
    Unknown,
    /// An agent helped, or wrote it.
    Assisted,
    /// An agent wrote it.
    Authored,
}

/// What is known of agents' part in one commit, and from what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provenance {
    /// In the order in which it was found.
    pub evidence: Vec<Evidence>,
    /// How much of what it adds is an agent's, where notes on this or its neighbours say so.
    pub share: Option<Share>,
}

/// One thing that says something of agents' part in a commit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Evidence {
    /// What it says.
    pub says: Ai,
    /// Which agent, by its name in the catalogue or the policy; `None` where that is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Where it was seen.
    pub seen: Seen,
    /// What stands there. Whoever made the commit chose it: escape it before it is shown.
    pub text: String,
}

/// Where evidence was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// The commit's author.
    Author,
    /// The commit's committer.
    Committer,
    /// A trailer of its message.
    Trailer,
    /// Another line of its message.
    Message,
    /// A note on it.
    Note,
    /// A note on it that cannot be read as what it should be.
    UnreadableNote,
    /// The account that pushes it.
    Pusher,
    /// The name of the branch that it is pushed to.
    Branch,
}

/// What evidence is read with.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    /// Who is known: a person's own address is no agent's, whatever the catalogue says of it.
    pub people: &'a People,
    /// How agents show.
    pub catalogue: &'a Catalogue,
}

impl Ai {
    /// What all of this comes to: the strongest that any of it says.
    pub fn of(evidence: &[Evidence]) -> Self {
        let strongest = evidence.iter().map(|evidence| evidence.says).max();
        strongest.unwrap_or_default()
    }

    /// Is this what a condition on `asked` means? Whoever asks about `assisted` means `authored` too.
    pub fn is_among(self, asked: &[Ai]) -> bool {
        asked.contains(&self) || (self == Ai::Authored && asked.contains(&Ai::Assisted))
    }
}

impl Provenance {
    /// What it comes to.
    pub fn ai(&self) -> Ai {
        Ai::of(&self.evidence)
    }

    /// Does the commit, or whoever brings it, say whether an agent helped?
    pub fn is_declared(&self) -> bool {
        self.evidence
            .iter()
            .any(|evidence| !matches!(evidence.seen, Seen::Branch | Seen::UnreadableNote))
    }
}

impl Evidence {
    /// Longer texts are cut: a page of a message is no more convincing than a line.
    const LONGEST: usize = 200;

    fn new(says: Ai, agent: Option<&str>, seen: Seen, text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(&text[..text.len().min(4 * Self::LONGEST)]);
        Evidence {
            says,
            agent: agent.map(str::to_owned),
            seen,
            text: text.trim().chars().take(Self::LONGEST).collect(),
        }
    }
}
