//! Collects the facts of a push from its repository: histories one after the other over one commit graph, then all
//! trees and commits in parallel.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind;
use gix::refs::Target;

use super::compare::read_commits;
use super::histories::{self, History};
use super::merges;
use super::names::Names;
use super::prior::{Prior, Question, answer};
use super::range::Range;
use super::{CommitTouches, Facts, Push, Touched, UpdateFacts, View};
use crate::engine::applies;
use crate::facts::Objection;
use crate::git::graph::{CommitIdx, Depth, Graph};
use crate::git::objects::Objects;
use crate::git::refs::Resolved;
use crate::git::walk::Filter;
use crate::git::{Error, Repository};
use crate::paths::SetMask;
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
    let mut graph = Graph::new(&repository.objects, &repository.layout, depth);
    let names = Names::new(repository, policy, push);
    let mut collector = Collector {
        repository,
        policy,
        push,
        graph: &mut graph,
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
    let views = look(repository, policy, &mut graph, &groups)?;
    for (group, view) in groups.iter().zip(views) {
        for &rule in &group.rules {
            updates[group.update].views.insert(rule, Arc::clone(&view));
        }
    }
    Ok(Facts {
        updates,
        took_shortcuts: graph.took_shortcuts(),
    })
}

/// Rules that see the same of an update.
#[derive(Debug)]
struct Group {
    /// The update, by its position in the push.
    update: usize,
    /// The rules, by their position in the policy.
    rules: Vec<usize>,
    scope: Scope,
    /// The new tip; `None` if the ref is deleted.
    tip: Option<CommitIdx>,
    history: History,
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
        let mut by_trust: BTreeMap<(Vec<CommitIdx>, ScopeKey), Vec<usize>> = BTreeMap::new();
        for &position in rules {
            if self.meets_conditions(position, facts) {
                let rule = &self.policy.rules[position];
                let key = (self.trusted_tips(rule, facts)?, ScopeKey(rule.scope));
                by_trust.entry(key).or_default().push(position);
            }
        }
        for ((trusted, ScopeKey(scope)), rules) in by_trust {
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

/// [`Scope`] as a key, so that rules of one scope are looked at together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ScopeKey(Scope);

impl Ord for ScopeKey {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0 as u8).cmp(&(other.0 as u8))
    }
}

impl PartialOrd for ScopeKey {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// How the tree of a commit is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Against {
    /// Its parents.
    Parents,
    /// Its first parent alone.
    FirstParent,
}

/// The views of all groups: every comparison of the push in one go, each commit once however many updates bring it.
fn look(
    repository: &Repository,
    policy: &Policy,
    graph: &mut Graph<'_>,
    groups: &[Group],
) -> Result<Vec<Arc<View>>, Error> {
    let objects = &repository.objects;
    let filter = filter_of(policy, groups);
    let mut wanted: Vec<(CommitIdx, Against)> = groups
        .iter()
        .flat_map(|group| {
            commits_of(group, graph)
                .into_iter()
                .map(|commit| (commit, against(group.scope)))
        })
        .collect();
    wanted.sort_unstable_by_key(|&(commit, against)| (commit, against == Against::FirstParent));
    wanted.dedup();

    let mut questions = Vec::with_capacity(wanted.len());
    for &(commit, against) in &wanted {
        questions.push(Question {
            found: Some(graph.tree(commit)),
            prior: first_look(graph, commit, against)?,
        });
    }
    let touched = answer(graph, objects, &filter, &questions)?;
    let mut touched: HashMap<_, _> = wanted
        .into_iter()
        .zip(touched)
        .filter(|(_, touched)| !touched.is_empty())
        .collect();
    look_again_at_merges(graph, objects, &filter, groups, &mut touched)?;

    let net: Vec<Question> = groups
        .iter()
        .flat_map(|group| {
            let found = group.tip.map(|tip| graph.tree(tip));
            group.history.prior.iter().map(move |prior| Question {
                found,
                prior: prior.clone(),
            })
        })
        .collect();
    let mut net = answer(graph, objects, &filter, &net)?.into_iter();

    let drafts: Vec<Draft> = groups
        .iter()
        .map(|group| {
            draft(
                group,
                graph,
                &touched,
                net.by_ref().take(group.history.prior.len()),
            )
        })
        .collect();
    let ids: BTreeSet<ObjectId> = drafts
        .iter()
        .flat_map(|draft| draft.named_commits(graph))
        .collect();
    let ids: Vec<ObjectId> = ids.into_iter().collect();
    let commits = ids
        .iter()
        .copied()
        .zip(read_commits(objects, &ids)?)
        .collect();
    Ok(drafts
        .into_iter()
        .map(|draft| Arc::new(draft.finish(graph, &commits)))
        .collect())
}

fn against(scope: Scope) -> Against {
    match scope {
        Scope::EveryCommit | Scope::Tip => Against::Parents,
        Scope::FirstParent => Against::FirstParent,
    }
}

/// The new commits that a group asks about, one by one.
fn commits_of(group: &Group, graph: &mut Graph<'_>) -> Vec<CommitIdx> {
    match group.scope {
        Scope::EveryCommit => group.history.commits.clone(),
        Scope::Tip => Vec::new(),
        Scope::FirstParent => {
            let new: BTreeSet<_> = group.history.commits.iter().copied().collect();
            let way = std::iter::successors(group.tip, |&commit| {
                let first = graph.parents(commit).first().copied()?;
                // A parent that cannot be read is not among the new commits, which all were.
                graph.commit(first).ok()
            });
            way.take_while(|commit| new.contains(commit)).collect()
        }
    }
}

/// What a commit is held against before anything is known of merges: an ordinary commit against its parent, a merge
/// against all of its parents, which settles those that touch nothing without looking for merge bases.
fn first_look(graph: &mut Graph<'_>, commit: CommitIdx, against: Against) -> Result<Prior, Error> {
    let parents = graph.known_parents(commit)?;
    Ok(match (parents, against) {
        ([], _) => Prior::Empty,
        (&[first], _) | (&[first, ..], Against::FirstParent) => Prior::Commit(first),
        (parents, Against::Parents) => Prior::All(parents.to_vec()),
    })
}

/// Looks again at the merges that differ from a parent, now against git's own merge.
fn look_again_at_merges(
    graph: &mut Graph<'_>,
    objects: &Objects,
    filter: &Filter<'_>,
    groups: &[Group],
    touched: &mut HashMap<(CommitIdx, Against), Arc<[Touched]>>,
) -> Result<(), Error> {
    let mut settled = BTreeSet::new();
    let mut again = Vec::new();
    let mut questions = Vec::new();
    for group in groups
        .iter()
        .filter(|group| group.scope == Scope::EveryCommit)
    {
        let History {
            commits, hidden, ..
        } = &group.history;
        let differs = |commit: &CommitIdx| touched.contains_key(&(*commit, Against::Parents));
        let loud: Vec<_> = commits.iter().copied().filter(differs).collect();
        let is_merge = |commit: &CommitIdx| graph.parents(*commit).len() > 1;
        let merges: Vec<_> = loud
            .iter()
            .copied()
            .filter(is_merge)
            .filter(|&merge| settled.insert(merge))
            .collect();
        if merges.is_empty() {
            continue;
        }
        let range = Range::new(graph, commits, hidden)?;
        for (&merge, prior) in merges
            .iter()
            .zip(merges::priors(graph, &range, &merges, &loud)?)
        {
            questions.push(Question {
                found: Some(graph.tree(merge)),
                prior,
            });
        }
        again.extend(merges);
    }
    for (merge, result) in again
        .into_iter()
        .zip(answer(graph, objects, filter, &questions)?)
    {
        if result.is_empty() {
            touched.remove(&(merge, Against::Parents));
        } else {
            touched.insert((merge, Against::Parents), result);
        }
    }
    Ok(())
}

fn filter_of<'a>(policy: &'a Policy, groups: &[Group]) -> Filter<'a> {
    let mut sets = SetMask::default();
    let mut everything = false;
    for group in groups {
        for &rule in &group.rules {
            let selector = policy.selector(policy.rules[rule].selector);
            // A deletion is the whole content of the ref: who asks about every path need not have it read.
            everything |=
                group.tip.is_some() && (selector.is_everything() || selector.needs_everything());
            sets.union_with(&selector.interest());
        }
    }
    Filter {
        automaton: &policy.paths,
        sets,
        everything,
    }
}

/// A view whose commits are not read yet.
struct Draft {
    new_commits: usize,
    commits: Vec<(CommitIdx, Arc<[Touched]>)>,
    net: Vec<Touched>,
    uncharged: Vec<Touched>,
    /// The new tip, if it is new and must answer for something.
    tip: Option<CommitIdx>,
}

fn draft(
    group: &Group,
    graph: &mut Graph<'_>,
    touched: &HashMap<(CommitIdx, Against), Arc<[Touched]>>,
    net: impl Iterator<Item = Arc<[Touched]>>,
) -> Draft {
    let net = union(net);
    let tip = group.tip.filter(|tip| group.history.commits.contains(tip));
    let mut commits: Vec<_> = commits_of(group, graph)
        .into_iter()
        .filter_map(|commit| {
            Some((
                commit,
                Arc::clone(touched.get(&(commit, against(group.scope)))?),
            ))
        })
        .collect();
    let mut uncharged = Vec::new();
    match (group.scope, tip) {
        (Scope::Tip, Some(tip)) if !net.is_empty() => commits.push((tip, net.clone().into())),
        (Scope::Tip, Some(_)) => {}
        _ => {
            let charged: BTreeSet<&BString> = commits
                .iter()
                .flat_map(|(_, touched)| touched.iter().map(|touched| &touched.path))
                .collect();
            uncharged.extend(
                net.iter()
                    .filter(|touched| !charged.contains(&touched.path))
                    .cloned(),
            );
        }
    }
    // A commit that is not new answers for nothing. Where one might be among these, all is left to nobody, which no rule
    // accepts; then it is worked out again, exactly.
    let (uncharged, tip) = if group.history.certain {
        (uncharged, tip)
    } else {
        (net.clone(), None)
    };
    Draft {
        new_commits: group.history.commits.len(),
        commits,
        net,
        uncharged,
        tip,
    }
}

/// The paths of all changes; where there are several expected states, a path counts that differs from one of them.
fn union(changes: impl Iterator<Item = Arc<[Touched]>>) -> Vec<Touched> {
    let mut by_path: BTreeMap<BString, Touched> = BTreeMap::new();
    for touched in changes.flat_map(|touched| touched.to_vec()) {
        by_path.entry(touched.path.clone()).or_insert(touched);
    }
    by_path.into_values().collect()
}

impl Draft {
    fn named_commits(&self, graph: &Graph<'_>) -> Vec<ObjectId> {
        let tip = self.tip.filter(|_| !self.uncharged.is_empty());
        self.commits
            .iter()
            .map(|&(commit, _)| commit)
            .chain(tip)
            .map(|commit| graph.id(commit))
            .collect()
    }

    fn finish(self, graph: &Graph<'_>, commits: &HashMap<ObjectId, Arc<super::Commit>>) -> View {
        let read = |commit: CommitIdx| commits.get(&graph.id(commit)).map(Arc::clone);
        View {
            new_commits: self.new_commits,
            commits: self
                .commits
                .into_iter()
                .filter_map(|(commit, touched)| {
                    Some(CommitTouches {
                        commit: read(commit)?,
                        touched,
                    })
                })
                .collect(),
            net: self.net,
            tip: self
                .tip
                .filter(|_| !self.uncharged.is_empty())
                .and_then(read),
            uncharged: self.uncharged,
        }
    }
}
