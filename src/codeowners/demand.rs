//! What one line of a file demands.

use super::Owner;

/// So many of these owners must say yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// The section of the line, as it is first written; only GitLab has them, and none stands above the first heading.
    pub section: Option<String>,
    /// Those who can satisfy it. None: nobody can.
    pub owners: Vec<Owner>,
    /// How many distinct ones.
    pub count: usize,
    /// The section is marked `^`: GitLab asks nothing in a merge request, and as much as ever of a direct push.
    pub optional: bool,
    /// The line, counted from 1.
    pub line: usize,
}

impl Demand {
    /// One of `owners`.
    pub(super) fn of(owners: Vec<Owner>, line: usize) -> Self {
        Demand {
            section: None,
            owners,
            count: 1,
            optional: false,
            line,
        }
    }

    /// What nobody can satisfy.
    pub(super) fn of_nobody(line: usize) -> Self {
        Demand::of(Vec::new(), line)
    }
}
