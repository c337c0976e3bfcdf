//! Collects the facts of a push from its repository: here the histories of its updates, one after the other over one
//! commit graph; then, in [`views`](super::views), all trees and commits in parallel.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gix::bstr::{BStr, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind;
use gix::refs::Target;

use super::histories::{self, History};
use super::names::Names;
use super::prior::Prior;
use super::views::{Group, look};
use super::{Facts, Objection, Push, UpdateFacts, applies};
use crate::git::graph::{CommitIdx, Depth, Graph};
use crate::git::refs::Resolved;
use crate::git::walk::Excerpts;
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::policy::rule::{Rule, Scope, Trusts, UpdateKind};
use crate::push::RefUpdate;

/// Collects what the rules of `policy` ask about `push`.
///
/// # Errors
/// When something that is needed cannot be read, or a limit is reached.
pub fn collect(
    repository: &Repository,
    policy: &Policy,
    push: &Push,
    depth: Depth,
) -> Result<Facts, Error> {
    Collection::new(repository, policy, push, depth).facts()
}

/// Collects the facts of one push, more than once if need be, and keeps what has been read.
pub struct Collection<'a> {
    repository: &'a Repository,
    policy: &'a Policy,
    push: &'a Push,
    graph: Graph<'a>,
    excerpts: Excerpts,
}

impl<'a> Collection<'a> {
    /// Nothing is read yet.
    pub fn new(
        repository: &'a Repository,
        policy: &'a Policy,
        push: &'a Push,
        depth: Depth,
    ) -> Self {
        Collection {
            repository,
            policy,
            push,
            graph: Graph::new(&repository.objects, &repository.layout, depth),
            excerpts: Excerpts::default(),
        }
    }

    /// From now on no date is believed.
    pub fn deepen(&mut self) {
        self.graph.deepen();
    }

    /// What the rules ask about the push.
    ///
    /// # Errors
    /// As [`collect`].
    pub fn facts(&mut self) -> Result<Facts, Error> {
        let (repository, policy, push) = (self.repository, self.policy, self.push);
        let names = Names::new(repository, policy, push);
        let mut collector = Collector {
            repository,
            policy,
            push,
            graph: &mut self.graph,
            position: 0,
            groups: Vec::new(),
        };
        let mut updates = Vec::with_capacity(push.updates.len());
        for (position, update) in push.updates.iter().enumerate() {
            collector.position = position;
            let facts = collector.trace_update(update, &names)?;
            updates.push(facts);
        }
        let groups = std::mem::take(&mut collector.groups);
        let excerpts = &mut self.excerpts;
        let views = look(repository, policy, &mut self.graph, excerpts, &groups)?;
        for (group, view) in groups.iter().zip(views) {
            for &rule in &group.rules {
                updates[group.update].views.insert(rule, Arc::clone(&view));
            }
        }
        Ok(Facts {
            updates,
            took_shortcuts: self.graph.took_shortcuts(),
        })
    }
}

struct Collector<'a, 'g> {
    repository: &'a Repository,
    policy: &'a Policy,
    push: &'a Push,
    graph: &'g mut Graph<'a>,
    /// Of the update that is being traced, in the push.
    position: usize,
    groups: Vec<Group>,
}

impl Collector<'_, '_> {
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
        let mut facts = UpdateFacts {
            name: update.name.clone(),
            aliases: self.repository.refs.aliases(resolved.as_bstr())?,
            resolved,
            kind: match (old, new) {
                (_, None) => UpdateKind::Delete,
                (None, _) => UpdateKind::Create,
                _ => UpdateKind::FastForward,
            },
            old,
            new,
            objections: Vec::new(),
            views: BTreeMap::new(),
        };
        facts.objections.extend(names.objections(&facts)?);
        if old == new && old.is_some() && facts.objections.is_empty() {
            // Nothing moves, so there is nothing for a rule to look at.
            return Ok(facts);
        }
        let rules: Vec<usize> = applies::governing(self.policy, self.push, &facts).collect();
        if rules.is_empty() || !facts.objections.is_empty() {
            return Ok(facts);
        }
        if update.old != old.unwrap_or(update.old.kind().null()) {
            facts.objections.push(Objection::Stale);
            return Ok(facts);
        }
        let old = self.old_commit(old)?;
        let Some(new) = new else {
            self.trace_deletion(&facts, old, &rules);
            return Ok(facts);
        };
        let Some(new) = self.new_commit(new, &mut facts)? else {
            return Ok(facts);
        };
        if facts.kind == UpdateKind::FastForward
            && !old.map_or(Ok(false), |old| self.graph.contains(new, old))?
        {
            facts.kind = UpdateKind::Rewind;
        }
        self.trace_histories(&facts, old, new, &rules)?;
        Ok(facts)
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
                    .read(&id, "the new tip of a ref", &mut buffer)?
                    .0,
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

    /// The commit that a ref led to; a tag of a tree or a blob led to none.
    fn old_commit(&mut self, id: Option<ObjectId>) -> Result<Option<CommitIdx>, Error> {
        let Some(id) = id else { return Ok(None) };
        match self.repository.objects.peel(&id)? {
            (commit, Kind::Commit) => self.graph.commit(commit).map(Some),
            _ => Ok(None),
        }
    }

    /// A deletion removes all that the ref held, for rules that ask about deletions; no commit is new.
    fn trace_deletion(&mut self, facts: &UpdateFacts, old: Option<CommitIdx>, rules: &[usize]) {
        let rules: Vec<_> = rules
            .iter()
            .copied()
            .filter(|&rule| self.meets_conditions(rule, facts))
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
        old: Option<CommitIdx>,
        new: CommitIdx,
        rules: &[usize],
    ) -> Result<(), Error> {
        let baseline = self.baseline()?;
        let mut by_trust: BTreeMap<(Vec<CommitIdx>, Scope), Vec<usize>> = BTreeMap::new();
        for &position in rules {
            if self.meets_conditions(position, facts) {
                let rule = &self.policy.rules[position];
                let key = (self.trusted_tips(rule, facts)?, rule.scope);
                by_trust.entry(key).or_default().push(position);
            }
        }
        for ((trusted, scope), rules) in by_trust {
            let history = histories::trace(self.graph, old, new, &trusted, &baseline)?;
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

    fn meets_conditions(&self, rule: usize, facts: &UpdateFacts) -> bool {
        applies::conditions(self.policy, &self.policy.rules[rule], self.push, facts)
    }

    /// The tips of the refs that a rule trusts, as they stood before the push. The updated ref is not among them: it
    /// trusts its own past in any case.
    fn trusted_tips(&mut self, rule: &Rule, facts: &UpdateFacts) -> Result<Vec<CommitIdx>, Error> {
        let refs = &self.repository.refs;
        let mut ids = BTreeSet::new();
        let mut trust = |name: &BStr, id: ObjectId| {
            if name != facts.resolved {
                ids.insert(id);
            }
        };
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
                    trust(name.as_bstr(), id);
                }
            }
            Trusts::Refs(patterns) if patterns.is_literal() => {
                for name in patterns
                    .literals()
                    .filter(|name| patterns.matches(name.as_bytes()))
                {
                    if let Resolved { name, id: Some(id) } = refs.resolve(name.into())? {
                        trust(name.as_bstr(), id);
                    }
                }
            }
            Trusts::Refs(patterns) => {
                for prefix in patterns.prefixes() {
                    for (name, target) in refs.with_prefix(prefix.as_bytes())? {
                        if let (true, Target::Object(id)) = (patterns.matches(name), target) {
                            trust(name, id.to_owned());
                        }
                    }
                }
            }
        }
        let mut tips = Vec::with_capacity(ids.len());
        for id in ids {
            tips.extend(self.old_commit(Some(id))?);
        }
        tips.sort_unstable();
        tips.dedup();
        Ok(tips)
    }

    /// The commits of `baseline` that this repository has.
    fn baseline(&mut self) -> Result<Vec<CommitIdx>, Error> {
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
