//! An approval lets a change into a ref once: when that is undone, whoever wants it back asks again.

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::{Drafts, Seen, words};
use crate::approval::ApprovalId;
use crate::approval::memory::Memory;
use crate::decision::{Decision, Verdict};
use crate::facts::Push;
use crate::git::{Error, Repository};
use crate::policy::Policy;

/// What an accepted push adds to the memory: approvals that it brings are seen now, those that let it in are spent, and
/// vetoes outlive their refs.
///
/// # Errors
/// When a tag that it brings cannot be read.
pub fn to_remember(
    repository: &Repository,
    policy: &Policy,
    push: &Push,
    decision: &Decision,
) -> Result<Memory, Error> {
    let mut new = words::brought(repository, policy, push)?;
    let mut spend = |approval: ApprovalId, name: &BString, tip| {
        let of_ref = new.spent.entry((approval, name.clone()));
        of_ref.or_default().insert(tip);
    };
    for outcome in &decision.updates {
        let Some(tip) = outcome.new else { continue };
        let verdicts = outcome.rules.iter().map(|rule| &rule.verdict);
        for counted in verdicts.clone().flat_map(Verdict::counted) {
            spend(counted.id.clone(), &outcome.resolved, tip);
        }
        for tag in verdicts
            .filter_map(Verdict::bypass)
            .filter_map(|claim| claim.tag.as_ref())
        {
            spend(ApprovalId::Tag(tag.id), &outcome.resolved, tip);
        }
    }
    for paid in &decision.paid {
        for counted in &paid.by {
            spend(counted.id.clone(), &paid.debt.id.name, paid.debt.head);
        }
    }
    Ok(new)
}

impl Drafts<'_, '_, '_> {
    /// Has the approval let a change into this ref, be it gone again? One that git did not carry out after all did not: the
    /// ref has never held it.
    pub(super) fn is_spent(
        &mut self,
        seen: &Seen<'_>,
        approval: &ApprovalId,
    ) -> Result<bool, Error> {
        let key = (approval.clone(), seen.update.resolved.clone());
        let Some(tips) = self.source.memory().spent.get(&key) else {
            return Ok(false);
        };
        for &tip in tips {
            if self.has_held(seen, tip)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn has_held(&mut self, seen: &Seen<'_>, tip: ObjectId) -> Result<bool, Error> {
        let graph = &mut *self.collector.graph;
        let Some(tip) = graph.commit_if_kept(tip)? else {
            // Thrown away since the ref left it, or never taken in.
            return seen.trusted.past.was_recorded(tip);
        };
        let is_in_tip = seen.old.map_or(Ok(false), |old| graph.contains(old, tip))?;
        Ok(is_in_tip || seen.trusted.past.have_held(graph, tip)?)
    }
}
