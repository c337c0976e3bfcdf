//! Collects the facts of a push from its repository: here the histories of its updates, one after the other over one
//! commit graph; then, in [`views`](super::views), all trees and commits in parallel.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind;

use super::histories::{self, History, Trusted};
use super::names::Names;
use super::prior::Prior;
use super::provenance::Asked;
use super::states::States;
use super::views::{Group, look};
use super::{Facts, Objection, Push, UpdateFacts, View, applies};
use crate::git::graph::{CommitIdx, Depth, Graph, Known};
use crate::git::refs::Resolved;
use crate::git::walk::Excerpts;
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::policy::rule::{Rule, Scope, Trusts, UpdateKind};
use crate::push::RefUpdate;
use crate::state::records::{Observed, Records, can_be_recorded};

/// Collects what the rules of `policy` ask about `push`, where refs have held what `records` say.
///
/// # Errors
/// When something that is needed cannot be read, or a limit is reached.
pub fn collect(
    repository: &Repository,
    policy: &Policy,
    push: &Push,
    records: &Records,
    depth: Depth,
) -> Result<Facts, Error> {
    Collection::new(repository, policy, push, records, depth).facts()
}

/// What has been read of a repository for one push, and need not be read again for the next.
#[derive(Default)]
pub struct Reading {
    commits: Known,
    excerpts: Excerpts,
}

/// Collects the facts of one push, more than once if need be, and keeps what has been read.
pub struct Collection<'a> {
    pub(super) repository: &'a Repository,
    pub(super) policy: &'a Policy,
    pub(super) push: &'a Push,
    pub(super) records: &'a Records,
    pub(super) graph: Graph<'a>,
    pub(super) excerpts: Excerpts,
    /// Refs on which reviews are overdue, with the rules that ask for them: whether these are touched is looked at
    /// whatever their conditions say.
    pub(crate) overdue: BTreeSet<(BString, usize)>,
}

impl<'a> Collection<'a> {
    /// Nothing is read yet.
    pub fn new(
        repository: &'a Repository,
        policy: &'a Policy,
        push: &'a Push,
        records: &'a Records,
        depth: Depth,
    ) -> Self {
        Self::going_on(repository, policy, push, records, depth, Reading::default())
    }

    /// The same, with what has been read of this repository for other pushes.
    pub fn going_on(
        repository: &'a Repository,
        policy: &'a Policy,
        push: &'a Push,
        records: &'a Records,
        depth: Depth,
        reading: Reading,
    ) -> Self {
        let Reading { commits, excerpts } = reading;
        let Repository {
            layout, objects, ..
        } = repository;
        Collection {
            repository,
            policy,
            push,
            records,
            graph: Graph::going_on(objects, layout, depth, commits),
            excerpts,
            overdue: BTreeSet::new(),
        }
    }

    /// What has been read.
    pub fn into_reading(self) -> Reading {
        Reading {
            commits: self.graph.into_known(),
            excerpts: self.excerpts,
        }
    }

    /// What the rules ask about the push.
    ///
    /// # Errors
    /// As [`collect`].
    pub fn facts(&mut self) -> Result<Facts, Error> {
        let (repository, policy, push) = (self.repository, self.policy, self.push);
        let names = Names::new(repository, policy, push);
        let mut collector = Collector::new(repository, policy, push, self.records, &mut self.graph);
        collector.overdue.clone_from(&self.overdue);
        let mut updates = Vec::with_capacity(push.updates.len());
        for (position, update) in push.updates.iter().enumerate() {
            collector.position = position;
            let facts = collector.trace_update(update, &names)?;
            updates.push(facts);
        }
        let groups = std::mem::take(&mut collector.groups);
        let observed = std::mem::take(&mut collector.observed);
        let views = self.look(&groups)?;
        let pushed = pushed_commits(policy, &groups);
        for (group, view) in groups.iter().zip(views) {
            let update = &mut updates[group.update];
            for &rule in &group.rules {
                update.views.insert(rule, Arc::clone(&view));
                let count = pushed.get(&rule).map(|commits| commits.len() as u64);
                update
                    .pushed_commits
                    .extend(count.map(|count| (rule, count)));
            }
        }
        let mut facts = Facts {
            updates,
            observed: observed.into_values().collect(),
            bypasses: Arc::default(),
            debts: Vec::new(),
            took_shortcuts: self.graph.took_shortcuts(),
        };
        facts.trace_provenance(repository, policy, push, Asked::ByRules)?;
        facts.read_contents(repository, policy, push)?;
        Ok(facts)
    }

    /// What each group of rules sees.
    pub(super) fn look(&mut self, groups: &[Group]) -> Result<Vec<Arc<View>>, Error> {
        let (graph, excerpts) = (&mut self.graph, &mut self.excerpts);
        look(
            self.repository,
            self.policy,
            self.push.now,
            graph,
            excerpts,
            groups,
        )
    }
}

/// The new commits that all updates bring to refs that a rule governs, of the rules that count them: whoever brings many
/// to several refs brings as many.
fn pushed_commits(policy: &Policy, groups: &[Group]) -> BTreeMap<usize, BTreeSet<CommitIdx>> {
    let mut pushed: BTreeMap<usize, BTreeSet<CommitIdx>> = BTreeMap::new();
    for group in groups {
        let counting = |rule: &&usize| policy.rules[**rule].when.counts_commits();
        for &rule in group.rules.iter().filter(counting) {
            let commits = pushed.entry(rule).or_default();
            commits.extend(&group.history.commits);
        }
    }
    pushed
}

/// Traces updates over one commit graph.
pub(super) struct Collector<'a, 'g> {
    pub(super) repository: &'a Repository,
    pub(super) policy: &'a Policy,
    push: &'a Push,
    records: &'a Records,
    pub(super) graph: &'g mut Graph<'a>,
    /// Of the update that is being traced, in the push.
    position: usize,
    groups: Vec<Group>,
    /// The states of refs that were asked for as trusted ones, by name.
    trusted: BTreeMap<BString, Rc<States>>,
    /// What there is to be recorded, by name.
    observed: BTreeMap<BString, Observed>,
    /// As in [`Collection`].
    overdue: BTreeSet<(BString, usize)>,
}

impl<'a, 'g> Collector<'a, 'g> {
    pub(super) fn new(
        repository: &'a Repository,
        policy: &'a Policy,
        push: &'a Push,
        records: &'a Records,
        graph: &'g mut Graph<'a>,
    ) -> Self {
        Collector {
            repository,
            policy,
            push,
            records,
            graph,
            position: 0,
            groups: Vec::new(),
            trusted: BTreeMap::new(),
            observed: BTreeMap::new(),
            overdue: BTreeSet::new(),
        }
    }

    fn trace_update(
        &mut self,
        update: &RefUpdate,
        names: &Names<'_>,
    ) -> Result<UpdateFacts, Error> {
        let Resolved {
            name: resolved,
            id: old,
        } = self.repository.refs.resolve(update.name.as_bstr())?;
        let new = (!update.new.is_null()).then_some(update.new);
        let kind = match (old, new) {
            (_, None) => UpdateKind::Delete,
            (None, _) => UpdateKind::Create,
            _ => UpdateKind::FastForward,
        };
        let mut facts = UpdateFacts {
            name: update.name.clone(),
            aliases: self.repository.refs.aliases(resolved.as_bstr())?,
            ..UpdateFacts::bare(resolved, kind, old, new)
        };
        facts.objections.extend(names.objections(&facts)?);
        let claim_is_true = update.old == old.unwrap_or(update.old.kind().null());
        if old == new && old.is_some() && claim_is_true && facts.objections.is_empty() {
            // Nothing moves, so there is nothing for a rule to look at.
            return Ok(facts);
        }
        let rules: Vec<usize> = applies::governing(self.policy, self.push, &facts).collect();
        if rules.is_empty() || !facts.objections.is_empty() {
            return Ok(facts);
        }
        if !claim_is_true {
            facts.objections.push(Objection::Stale);
            return Ok(facts);
        }
        let past = self.states(facts.resolved.as_bstr(), old)?.without_tip();
        let held = old;
        let old = old
            .map(|old| self.graph.commit_behind(old))
            .transpose()?
            .flatten();
        let Some(new) = new else {
            self.trace_deletion(&facts, old, &rules);
            return Ok(facts);
        };
        let gets = new;
        let Some(new) = self.new_commit(gets, &mut facts)? else {
            return Ok(facts);
        };
        if let Some(held) = held
            && !self.is_kept((held, old), (gets, new))?
        {
            facts.kind = UpdateKind::Rewind;
        }
        self.trace_histories(&facts, &past, old, new, &rules)?;
        Ok(facts)
    }

    /// The states of a ref, and notes what is to be recorded of it.
    pub(super) fn states(&mut self, name: &BStr, value: Option<ObjectId>) -> Result<States, Error> {
        let (states, observed) = States::of(self.graph, self.records, name, value)?;
        self.observed
            .extend(observed.map(|seen| (name.to_owned(), seen)));
        Ok(states)
    }

    /// Is what a ref held still within what it gets? Each is an object and the commit behind it. A tag has words and a
    /// signature of its own: where another takes its place it is gone, though its commit is not.
    fn is_kept(
        &mut self,
        (held, old): (ObjectId, Option<CommitIdx>),
        (gets, new): (ObjectId, CommitIdx),
    ) -> Result<bool, Error> {
        let Some(old) = old else { return Ok(false) };
        let is_tag = held != self.graph.id(old);
        if is_tag && !self.repository.objects.leads_past(&gets, &held)? {
            return Ok(false);
        }
        self.graph.contains(new, old)
    }

    /// The commit that a governed ref would lead to; anything else is an objection.
    fn new_commit(
        &mut self,
        id: ObjectId,
        facts: &mut UpdateFacts,
    ) -> Result<Option<CommitIdx>, Error> {
        let is_branch = facts.resolved.starts_with(b"refs/heads/");
        let (found, kind) = if is_branch {
            let mut buffer = Vec::new();
            (
                id,
                self.repository
                    .objects
                    .read(&id, "the new tip of a ref", &mut buffer)?,
            )
        } else {
            self.repository.objects.peel(&id)?
        };
        if kind == Kind::Commit {
            return self.graph.commit(found).map(Some);
        }
        facts.objections.push(Objection::NotACommit {
            found: crate::git::objects::name_of(kind),
        });
        Ok(None)
    }

    /// A deletion removes all that the ref held, for rules that ask about deletions; no commit is new.
    fn trace_deletion(&mut self, facts: &UpdateFacts, old: Option<CommitIdx>, rules: &[usize]) {
        let rules: Vec<_> = rules
            .iter()
            .copied()
            .filter(|&rule| self.is_looked_at(rule, facts))
            .collect();
        let history = History {
            commits: Vec::new(),
            hidden: Vec::new(),
            certain: true,
            prior: vec![old.map_or(Prior::Empty, Prior::Commit)],
        };
        self.groups.push(Group {
            update: self.position,
            rules,
            scope: Scope::EveryCommit,
            tip: None,
            history,
        });
    }

    fn trace_histories(
        &mut self,
        facts: &UpdateFacts,
        past: &States,
        old: Option<CommitIdx>,
        new: CommitIdx,
        rules: &[usize],
    ) -> Result<(), Error> {
        let baseline = self.baseline()?;
        let mut by_trust: BTreeMap<(Vec<BString>, Scope), Vec<usize>> = BTreeMap::new();
        for &position in rules {
            if self.is_looked_at(position, facts) {
                let rule = &self.policy.rules[position];
                let key = (self.trusted_refs(rule, facts)?, rule.scope);
                by_trust.entry(key).or_default().push(position);
            }
        }
        for ((names, scope), rules) in by_trust {
            let refs = self.trusted_states(&names);
            let trusted = Trusted {
                refs: &refs,
                past,
                baseline: &baseline,
            };
            let history = histories::trace(self.graph, old, new, &trusted)?;
            self.groups.push(Group {
                update: self.position,
                rules,
                scope,
                tip: Some(new),
                history,
            });
        }
        Ok(())
    }

    /// Does the rule want to know what the update touches?
    fn is_looked_at(&self, rule: usize, facts: &UpdateFacts) -> bool {
        applies::conditions(self.policy, &self.policy.rules[rule], self.push, facts)
            || self.overdue.contains(&(facts.resolved.clone(), rule))
    }

    /// The refs that a rule trusts, as they stood before the push. The updated ref is not among them: it trusts its own
    /// past in any case.
    pub(super) fn trusted_refs(
        &mut self,
        rule: &Rule,
        facts: &UpdateFacts,
    ) -> Result<Vec<BString>, Error> {
        let refs = &self.repository.refs;
        let mut found = BTreeMap::new();
        match &rule.trusts {
            Trusts::Nothing => {}
            Trusts::DefaultBranch => {
                let default = refs
                    .default_branch()?
                    .filter(|branch| rule.refs.matches(branch));
                if let Some(Resolved { name, id: Some(id) }) = default
                    .map(|branch| refs.resolve(branch.as_bstr()))
                    .transpose()?
                {
                    found.insert(name, id);
                }
            }
            Trusts::Refs(patterns) if patterns.is_literal() => {
                for name in patterns
                    .literals()
                    .filter(|name| patterns.matches(name.as_bytes()))
                {
                    if let Resolved { name, id: Some(id) } = refs.resolve(name.into())? {
                        found.insert(name, id);
                    }
                }
            }
            Trusts::Refs(patterns) => {
                found.extend(refs.matching(patterns)?);
            }
        }
        found.remove(&facts.resolved);
        for (name, &id) in &found {
            // A ref that no file can be named after trusts as far as it stands, and is not a reason to refuse others.
            if !self.trusted.contains_key(name) {
                let states = self.states(name.as_bstr(), Some(id))?;
                self.trusted.insert(name.clone(), Rc::new(states));
                if !can_be_recorded(name.as_bstr()) {
                    self.observed.remove(name);
                }
            }
        }
        Ok(found.into_keys().collect())
    }

    /// The states of these refs. Of those that have nothing but the same tip, one.
    pub(super) fn trusted_states(&self, names: &[BString]) -> Vec<Rc<States>> {
        let mut tips = BTreeSet::new();
        let all = names.iter().filter_map(|name| self.trusted.get(name));
        all.filter(|states| {
            states
                .tip_if_unrecorded()
                .is_none_or(|tip| tips.insert(tip))
        })
        .cloned()
        .collect()
    }

    /// The commits of `baseline` that this repository has.
    pub(super) fn baseline(&mut self) -> Result<Vec<CommitIdx>, Error> {
        let ids: Vec<_> = self
            .policy
            .baseline
            .iter()
            .filter_map(|hex| ObjectId::from_hex(hex.as_bytes()).ok())
            .collect();
        let objects = &self.repository.objects;
        // A policy serves many repositories; a commit of another one is no error here. One that is only being pushed
        // is trusted all the same: the admin has named it.
        ids.into_iter()
            .filter(|id| id.kind() == objects.hash() && objects.exists(id))
            .map(|id| self.graph.commit(id))
            .collect()
    }
}
