//! `require: { any: […] }`: one of several alternatives is enough.
//!
//! Each commit goes its own way: it meets an alternative if it has all that this asks of commits, and the change has all
//! the approvals that it asks for. What commits have is never put together from several of them, and an alternative of
//! which nothing could be asked is not met. Where no alternative asks anything of commits, the change is asked as a whole.

use super::Case;
use crate::decision::Missing;
use crate::policy::rule::{ApprovalRequirement, Requirement, Requirements};

/// A choice, with what each alternative lacks of the change as a whole: that is the same for every commit.
pub struct Choice<'a> {
    alternatives: Vec<Alternative<'a>>,
}

struct Alternative<'a> {
    of_commits: &'a [Requirement],
    /// What its approvals lack.
    of_change: Vec<Missing>,
    within: Option<Choice<'a>>,
}

/// Approvals that are asked for together, so that a person stands for one entry of all of them.
#[derive(Clone)]
pub struct Approvals<'a> {
    /// The entries.
    pub entries: Vec<&'a ApprovalRequirement>,
    /// How many of the first are asked for in any case: what these lack is told there.
    pub in_any_case: usize,
}

impl<'a> Approvals<'a> {
    /// All of these.
    pub fn all_of(entries: &'a [ApprovalRequirement]) -> Self {
        Approvals {
            entries: entries.iter().collect(),
            in_any_case: 0,
        }
    }

    /// Those of an alternative, beside these.
    fn beside(&self, alternative: &'a Requirements) -> Self {
        let own = alternative.approvals.iter();
        Approvals {
            entries: self.entries.iter().copied().chain(own).collect(),
            in_any_case: self.entries.len(),
        }
    }
}

impl<'a> Choice<'a> {
    /// The choice that `requirements` leave, beside the approvals `around` it; `lacking` says what approvals lack.
    pub fn of(
        requirements: &'a Requirements,
        around: &Approvals<'a>,
        lacking: &mut impl FnMut(&Approvals<'a>) -> Vec<Missing>,
    ) -> Option<Self> {
        if requirements.any.is_empty() {
            return None;
        }
        let mut alternatives = Vec::with_capacity(requirements.any.len());
        for written in &requirements.any {
            let approvals = around.beside(written);
            let of_change = if written.approvals.is_empty() {
                Vec::new()
            } else {
                lacking(&approvals)
            };
            alternatives.push(Alternative {
                of_commits: &written.of_commits,
                of_change,
                within: Choice::of(written, &approvals, lacking),
            });
        }
        Some(Choice { alternatives })
    }

    /// What every alternative lacks, asked of a commit or of what no commit answers for; `None` if one lacks nothing.
    pub fn lacks(&self, commit: Option<&Case<'_>>) -> Option<Missing> {
        let mut alternatives = Vec::with_capacity(self.alternatives.len());
        for alternative in &self.alternatives {
            let missing = alternative.lacks(commit);
            if missing.is_empty() {
                return None;
            }
            alternatives.push(missing);
        }
        Some(Missing::Any { alternatives })
    }
}

impl Alternative<'_> {
    fn lacks(&self, commit: Option<&Case<'_>>) -> Vec<Missing> {
        let mut missing: Vec<Missing> = match commit {
            Some(case) => {
                let asked = self.of_commits.iter();
                asked
                    .filter_map(|asked| super::check(asked, case))
                    .collect()
            }
            None if self.of_commits.is_empty() => Vec::new(),
            None => vec![Missing::NobodyToCharge],
        };
        missing.extend(self.of_change.iter().cloned());
        missing.extend(self.within.as_ref().and_then(|choice| choice.lacks(commit)));
        missing
    }
}
