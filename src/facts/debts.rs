//! Brings the changes for which a review is owed, as they were when they went past a rule, and who has approved them
//! since.

use std::collections::BTreeSet;

use gix::bstr::ByteSlice as _;

use super::approvals::{Source, VotesError, Wanted, add_votes};
use super::collect::{Collection, Collector};
use super::histories::{self, Trusted};
use super::states::States;
use super::views::Group;
use super::{Facts, Push, UpdateFacts, applies};
use crate::approval::memory::Memory;
use crate::bypass::{self, Debt};
use crate::git::Error;
use crate::git::graph::Depth;
use crate::policy::Policy;
use crate::policy::rule::{Rule, Scope, UpdateKind};
use crate::state::records::Records;

/// A review that is owed, and what it is about.
#[derive(Debug)]
pub struct DebtFacts {
    /// What is owed.
    pub debt: Debt,
    /// The rule that was gone past, by its position in the policy.
    pub rule: usize,
    /// The change as it was, with what was said of it; `None` where its commits are gone from the repository.
    pub change: Option<UpdateFacts>,
}

/// The debts that a push has to do with, and the rules that ask for them: those that are overdue on its refs, and all
/// others if it brings something that could pay them. What a rule no longer asks is owed no longer.
pub fn in_question<'a>(
    policy: &Policy,
    push: &Push,
    memory: &'a bypass::Memory,
) -> Vec<(&'a Debt, usize)> {
    let approvals = &policy.approvals.refs;
    let pays = push
        .updates
        .iter()
        .any(|update| !update.new.is_null() && approvals.matches(&update.name));
    let rule_of = |debt: &Debt| {
        let mut rules = policy.rules.iter();
        rules.position(|rule| rule.id == debt.id.rule && is_enforced(policy, rule, push, debt))
    };
    memory
        .open()
        .filter(|debt| pays || debt.is_overdue(push.now))
        .filter_map(|debt| Some((debt, rule_of(debt)?)))
        .collect()
}

/// Does the rule still hold where the debt was made?
fn is_enforced(policy: &Policy, rule: &Rule, push: &Push, debt: &Debt) -> bool {
    let update = bare(debt);
    rule.is_enforced_in(&push.repository)
        && applies::scope(rule, push, &update).is_ok()
        && policy.waiver_of(rule, push, &update).is_none()
}

impl Collection<'_> {
    /// The changes behind these debts. Those whose push git has not carried out after all are none.
    ///
    /// # Errors
    /// When something that is needed cannot be read.
    pub fn debts(
        &mut self,
        debts: &[(&Debt, usize)],
        memory: &Memory,
    ) -> Result<Vec<DebtFacts>, VotesError> {
        let mut real = Vec::new();
        for &(debt, rule) in debts {
            if self.was_held(debt)? {
                real.push((debt, rule));
            }
        }
        let objects = &self.repository.objects;
        let is_there = |debt: &Debt| {
            let mut ends = debt.base.iter().chain([&debt.head]);
            ends.all(|id| objects.exists(id))
        };
        let (there, gone): (Vec<_>, Vec<_>) =
            real.into_iter().partition(|(debt, _)| is_there(debt));
        let gone = gone.into_iter().map(|(debt, rule)| DebtFacts {
            debt: debt.clone(),
            rule,
            change: None,
        });
        let changes = self.changes(&there, memory)?;
        let there = there
            .into_iter()
            .zip(changes)
            .map(|((debt, rule), change)| DebtFacts {
                debt: debt.clone(),
                rule,
                change: Some(change),
            });
        Ok(there.chain(gone).collect())
    }

    /// Has the ref ever held what it was to hold?
    fn was_held(&mut self, debt: &Debt) -> Result<bool, Error> {
        let value = self.repository.refs.resolve(debt.id.name.as_bstr())?.id;
        let graph = &mut self.graph;
        let Some(head) = graph.commit_if_kept(debt.head)? else {
            // It cannot be told, and nobody gains by having it thrown away.
            return Ok(true);
        };
        let (states, _) = States::of(graph, self.records, debt.id.name.as_bstr(), value)?;
        states.have_held(graph, head)
    }

    /// The changes as they were: what the refs have held since is no past of theirs.
    fn changes(
        &self,
        debts: &[(&Debt, usize)],
        memory: &Memory,
    ) -> Result<Vec<UpdateFacts>, VotesError> {
        if debts.is_empty() {
            return Ok(Vec::new());
        }
        let (repository, policy, push) = (self.repository, self.policy, self.push);
        let names: BTreeSet<_> = debts.iter().map(|(debt, _)| &debt.id.name).collect();
        let records = names
            .into_iter()
            .fold(self.records.clone(), Records::forgetting);
        let mut then = Collection::new(repository, policy, push, &records, Depth::Exact);
        let mut updates: Vec<UpdateFacts> = debts.iter().map(|(debt, _)| bare(debt)).collect();
        let groups = {
            let mut collector = Collector::new(repository, policy, push, &records, &mut then.graph);
            let mut groups = Vec::new();
            for (position, (update, (_, rule))) in updates.iter().zip(debts).enumerate() {
                groups.extend(collector.group_of_change(position, update, *rule)?);
            }
            groups
        };
        let views = then.look(&groups)?;
        for (group, view) in groups.iter().zip(views) {
            let update = &mut updates[group.update];
            update.views.insert(group.rules[0], view);
        }
        let mut facts = Facts {
            updates,
            ..Facts::default()
        };
        let wanted: Vec<Wanted> = debts
            .iter()
            .enumerate()
            .map(|(update, &(_, rule))| Wanted { update, rule })
            .collect();
        add_votes(&mut then, Source::Reviewing(memory), &wanted, &mut facts)?;
        Ok(facts.updates)
    }
}

impl Collector<'_, '_> {
    /// What a rule sees of a change that is in already; `None` if there is no commit.
    fn group_of_change(
        &mut self,
        position: usize,
        update: &UpdateFacts,
        rule: usize,
    ) -> Result<Option<Group>, Error> {
        let commit_behind = |this: &mut Self, id: Option<_>| match id {
            Some(id) => this.graph.commit_behind(id),
            None => Ok(None),
        };
        let (old, new) = (
            commit_behind(self, update.old)?,
            commit_behind(self, update.new)?,
        );
        let Some(new) = new else { return Ok(None) };
        let past = self.states(update.resolved.as_bstr(), update.old)?;
        let names = self.trusted_refs(&self.policy.rules[rule], update)?;
        let trusted = Trusted {
            refs: &self.trusted_states(&names),
            past: &past.without_tip(),
            baseline: &self.baseline()?,
        };
        let history = histories::trace(self.graph, old, new, &trusted)?;
        Ok(Some(Group {
            update: position,
            rules: vec![rule],
            scope: Scope::EveryCommit,
            tip: Some(new),
            history,
        }))
    }
}

/// The update that has opened a debt, before anything is read of it.
fn bare(debt: &Debt) -> UpdateFacts {
    let kind = match debt.base {
        Some(_) => UpdateKind::FastForward,
        None => UpdateKind::Create,
    };
    UpdateFacts::bare(debt.id.name.clone(), kind, debt.base, Some(debt.head))
}
