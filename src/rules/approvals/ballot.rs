//! One approval, as a rule sees it.

use super::ChangeCase;
use crate::approval::Approval;
use crate::approval::contributors::Contributors;
use crate::approval::cover::{self, Change};
use crate::facts::Touched;

/// An approval, with what it approves of the rule's paths.
pub(super) struct Ballot<'a> {
    pub(super) approval: &'a Approval,
    pub(super) change: Change<'a>,
    /// Those who made the approved commits: nobody approves their own work, squashed into another's commit or not.
    pub(super) authors: Contributors,
    /// Re-applied, it is exactly what is pushed.
    pub(super) is_carried: bool,
}

impl<'a> Ballot<'a> {
    pub(super) fn of(approval: &'a Approval, case: &ChangeCase<'_>) -> Self {
        let is_meant = |touched: &&Touched| case.selector.selects(&touched.sets);
        let mut authors = Contributors::default();
        for new in &approval.approved.commits {
            if new.touched.iter().any(|touched| is_meant(&touched)) {
                authors.add_commit(&new.commit, case.directory());
            }
        }
        Ballot {
            approval,
            change: cover::change(approval.approved.net.iter().filter(is_meant)),
            authors,
            is_carried: !approval.reapplied.iter().any(|touched| is_meant(&touched)),
        }
    }
}
