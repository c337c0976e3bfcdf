//! Where a change lies among the last ones that landed.

use serde::{Deserialize, Serialize};

/// A band of risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Below the median of the last changes.
    Low,
    /// Below four of five.
    Medium,
    /// Below nineteen of twenty.
    High,
    /// Above.
    Critical,
}

impl Band {
    /// The band of a rank between 0 and 1.
    pub fn of_rank(rank: f32) -> Self {
        match rank {
            rank if rank < 0.5 => Band::Low,
            rank if rank < 0.8 => Band::Medium,
            rank if rank < 0.95 => Band::High,
            _ => Band::Critical,
        }
    }
}
