//! How much of what commits add agents wrote, line by line, as the notes on them say.

use std::ops::Add;

use serde::Serialize;

/// Lines that come in the paths that are looked at. A note is a claim, so those of agents are at least that many; whose the
/// others are, nobody has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Share {
    /// All lines.
    pub added: u64,
    /// Those that agents wrote.
    pub by_agents: u64,
    /// Changed files whose lines are in neither: they cannot be told, or it would take too long to.
    #[serde(skip_serializing_if = "is_none")]
    pub uncounted_files: u64,
}

impl Add for Share {
    type Output = Share;

    fn add(self, other: Share) -> Share {
        Share {
            added: self.added + other.added,
            by_agents: self.by_agents + other.by_agents,
            uncounted_files: self.uncounted_files + other.uncounted_files,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
fn is_none(count: &u64) -> bool {
    *count == 0
}
