//! What each group of rules sees of an update: every comparison of the push in one go, each commit once however many
//! updates bring it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::compare::{Comparer, read_commits};
use super::histories::History;
use super::lines::by_lines;
use super::merges;
use super::prior::{Prior, Question, answer};
use super::range::Range;
use super::{CommitTouches, Touched, View};
use crate::git::graph::{CommitIdx, Graph};
use crate::git::walk::{Excerpts, Filter};
use crate::git::{Error, Repository};
use crate::paths::SetMask;
use crate::policy::Policy;
use crate::policy::rule::{Rule, Scope};
use crate::signature::Signed;

/// Rules that see the same of an update.
#[derive(Debug)]
pub(super) struct Group {
    /// The update, by its position in the push.
    pub update: usize,
    /// The rules, by their position in the policy.
    pub rules: Vec<usize>,
    pub scope: Scope,
    /// The new tip; `None` if the ref is deleted.
    pub tip: Option<CommitIdx>,
    pub history: History,
}

/// How the tree of a commit is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Against {
    /// Its parents.
    Parents,
    /// Its first parent alone.
    FirstParent,
}

/// The views of all groups: every comparison of the push in one go, each commit once however many updates bring it.
pub(super) fn look(
    repository: &Repository,
    policy: &Policy,
    now: i64,
    graph: &mut Graph<'_>,
    excerpts: &mut Excerpts,
    groups: &[Group],
) -> Result<Vec<Arc<View>>, Error> {
    let objects = &repository.objects;
    let filter = filter_of(policy, groups);
    excerpts.fit(&filter);
    let comparer = Comparer::new(objects, &filter, excerpts);
    let mut asked: HashMap<CommitIdx, BTreeSet<Against>> = HashMap::new();
    let mut commits = Vec::new();
    for group in groups {
        let of_group = commits_of(group, graph);
        for &commit in &of_group {
            asked
                .entry(commit)
                .or_default()
                .insert(against(group.scope));
        }
        commits.extend(of_group);
    }
    let wanted: Vec<(CommitIdx, Against)> = by_lines(graph, commits)?
        .into_iter()
        .flat_map(|commit| asked[&commit].iter().map(move |&against| (commit, against)))
        .collect();

    let mut questions = Vec::with_capacity(wanted.len());
    for &(commit, against) in &wanted {
        questions.push(Question {
            found: Some(graph.tree(commit)),
            prior: first_look(graph, commit, against)?,
        });
    }
    let touched = answer(graph, &comparer, &questions)?;
    let mut touched: HashMap<_, _> = wanted
        .into_iter()
        .zip(touched)
        .filter(|(_, touched)| !touched.is_empty())
        .collect();
    look_again_at_merges(graph, &comparer, groups, &mut touched)?;

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
    let mut net = answer(graph, &comparer, &net)?.into_iter();

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
    let asks = |group: &&Group| {
        let mut rules = group.rules.iter().map(|&rule| &policy.rules[rule]);
        rules.any(Rule::asks_for_signatures)
    };
    let signed: BTreeSet<ObjectId> = groups
        .iter()
        .zip(&drafts)
        .filter(|(group, _)| asks(group))
        .flat_map(|(_, draft)| draft.named_commits(graph))
        .collect();
    let verify = |signed: &Signed| policy.keyring.verify(&policy.people, signed, now);
    let commits = ids
        .iter()
        .copied()
        .zip(read_commits(objects, &ids, &signed, &verify)?)
        .collect();
    let has_shortcuts = graph.took_shortcuts();
    Ok(drafts
        .into_iter()
        .map(|draft| Arc::new(draft.finish(graph, &commits, !has_shortcuts)))
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
    comparer: &Comparer<'_>,
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
    for (merge, result) in again.into_iter().zip(answer(graph, comparer, &questions)?) {
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
            let Rule { selector, when, .. } = &policy.rules[rule];
            let selector = policy.selector(*selector);
            let is_everything = selector.is_everything() || selector.needs_everything();
            // A deletion is the whole content of the ref: who asks about every path need not have it read.
            let looks_at_paths = group.tip.is_some() || when.asks_about_paths();
            everything |= is_everything && looks_at_paths || when.asks_about_every_path();
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
    certain: bool,
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
        certain: group.history.certain,
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

    fn finish(
        self,
        graph: &Graph<'_>,
        commits: &HashMap<ObjectId, Arc<super::Commit>>,
        certain: bool,
    ) -> View {
        let read = |commit: CommitIdx| commits.get(&graph.id(commit)).map(Arc::clone);
        View {
            new_commits: self.new_commits,
            certain: certain && self.certain,
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
