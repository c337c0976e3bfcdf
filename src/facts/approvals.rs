//! Brings what was said on a change, for the rules that ask for approvals: signed tags as they stood before the push or
//! came with it ([`words`]), reviews on the forge ([`forge`]), and with each the change that it approves, and whether it
//! has let that in before ([`spent`]). Beside that, what the repository itself says of people and owners ([`base_state`]).
//!
//! Nobody's word can cost more than its own bytes before it is known to be of someone who may approve: only then are
//! the commits read that it leads to.

mod base_state;
mod forge;
mod source;
mod spent;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;

use super::collect::{Collection, Collector};
use super::histories::{self, History, Trusted};
use super::prior::Prior;
use super::views::Group;
use super::{Facts, Push, UpdateFacts};
use crate::approval::{Approval, ApprovalId, Bypassing, Discounted, Merging, Votes};
use crate::git::graph::{CommitIdx, Graph};
use crate::git::{Error, Repository};
use crate::policy::rule::{Means, Scope};
use crate::policy::{PersonId, Policy};
use crate::reviews;
pub use source::Source;
pub use spent::to_remember;
use words::{Asked, Words};

/// A rule that asks for approvals of an update; both by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The update, in the push.
    pub update: usize,
    /// The rule, in the policy.
    pub rule: usize,
}

/// Why it cannot be said who has approved.
#[derive(Debug, thiserror::Error)]
pub enum VotesError {
    /// The repository cannot be read.
    #[error(transparent)]
    Git(#[from] Error),
    /// The forge cannot be asked.
    #[error(transparent)]
    Reviews(#[from] reviews::Error),
}

impl VotesError {
    /// Is it the pusher who can mend it?
    pub fn is_the_pushers(&self) -> bool {
        match self {
            VotesError::Git(error) => error.is_the_pushers(),
            VotesError::Reviews(_) => false,
        }
    }
}

/// What a push is looked at with.
#[derive(Clone, Copy)]
struct Sight<'a> {
    repository: &'a Repository,
    policy: &'a Policy,
    push: &'a Push,
}

/// Adds to `facts` what `source` says of the changes that `wanted` asks about, and what is remembered of it.
///
/// # Errors
/// When the source, or what a good approval leads to, cannot be read.
pub fn add_votes(
    collection: &mut Collection<'_>,
    source: Source<'_>,
    wanted: &[Wanted],
    facts: &mut Facts,
) -> Result<(), VotesError> {
    let Collection {
        repository,
        policy,
        push,
        records,
        ..
    } = *collection;
    let sight = Sight {
        repository,
        policy,
        push,
    };
    let asked = asked(sight, source, wanted, facts);
    let words = match source {
        Source::Reviews(..) => Words::default(),
        _ => Words::read(sight, source.memory(), &asked)?,
    };
    let mut drafts = Drafts {
        collector: Collector::new(repository, policy, push, records, &mut collection.graph),
        push,
        source,
        words: &words,
        not_before: asked.not_before,
        groups: Vec::new(),
        approvals: Vec::new(),
        merging: Vec::new(),
        makers: Vec::new(),
        votes: BTreeMap::new(),
        base_trees: BTreeMap::new(),
    };
    for (position, rules) in by_update(wanted) {
        drafts.update(position, &facts.updates[position], &rules)?;
    }
    let Drafts {
        groups,
        approvals,
        merging,
        makers,
        mut votes,
        base_trees,
        ..
    } = drafts;
    let views = collection.look(&groups)?;
    for draft in approvals {
        let (approved, reapplied) = (&views[draft.group], &views[draft.group + 1]);
        let approval = Approval {
            approved: Arc::clone(approved),
            reapplied: reapplied.net.clone().into(),
            ..draft.approval
        };
        for wanted in draft.wanted {
            let votes = votes.entry(wanted).or_default();
            match &draft.reasons {
                None => votes.approvals.push(approval.clone()),
                Some(reasons) => votes.bypasses.push(Bypassing {
                    word: approval.clone(),
                    reasons: Arc::clone(reasons),
                }),
            }
        }
    }
    for draft in merging {
        for wanted in draft.wanted {
            votes.entry(wanted).or_default().merging.push(Merging {
                own: Arc::clone(&views[draft.group]),
                author: draft.author.clone(),
            });
        }
    }
    for (wanted, group) in makers {
        votes.entry(wanted).or_default().made = Some(Arc::clone(&views[group]));
    }
    if let Source::Tags(_) | Source::Reviewing(_) = source {
        for (position, tree) in base_trees {
            base_state::read(sight, &mut facts.updates[position], tree)?;
        }
    }
    for (wanted, votes) in votes {
        let all = facts.updates[wanted.update].votes.entry(wanted.rule);
        Arc::make_mut(all.or_default()).extend(votes);
    }
    Ok(())
}

/// What tags are read for.
fn asked(sight: Sight<'_>, source: Source<'_>, wanted: &[Wanted], facts: &Facts) -> Asked {
    let Sight { policy, push, .. } = sight;
    let names = |wanted: &Wanted| facts.updates[wanted.update].names().cloned();
    let max_age = wanted
        .iter()
        .map(|wanted| source.max_age(&policy.rules[wanted.rule], policy))
        .max();
    Asked {
        names: wanted.iter().flat_map(names).collect(),
        not_before: push.now.saturating_sub(max_age.unwrap_or_default()),
    }
}

fn by_update(wanted: &[Wanted]) -> impl Iterator<Item = (usize, Vec<usize>)> {
    wanted
        .chunk_by(|one, next| one.update == next.update)
        .map(|chunk| {
            let rules = chunk.iter().map(|wanted| wanted.rule);
            (chunk[0].update, rules.collect())
        })
}

/// Approvals of which the change is not known yet.
struct Drafts<'a, 'g, 'w> {
    collector: Collector<'a, 'g>,
    push: &'a Push,
    source: Source<'w>,
    words: &'w Words,
    /// Approvals from before count nowhere.
    not_before: i64,
    groups: Vec<Group>,
    approvals: Vec<Draft>,
    merging: Vec<MergingDraft>,
    /// Rules that look at some of the new commits only, with the group of all.
    makers: Vec<(Wanted, usize)>,
    votes: BTreeMap<Wanted, Votes>,
    /// What each update was to be expected to start from.
    base_trees: BTreeMap<usize, Option<ObjectId>>,
}

struct Draft {
    wanted: Vec<Wanted>,
    /// It would go past rules, for these reasons.
    reasons: Option<Arc<[BString]>>,
    /// Without its change.
    approval: Approval,
    /// Where its change is: the approved one in this group, the re-applied one in the next.
    group: usize,
}

struct MergingDraft {
    wanted: Vec<Wanted>,
    author: Option<String>,
    group: usize,
}

/// An update as rules see it that trust the same.
struct Seen<'a> {
    position: usize,
    update: &'a UpdateFacts,
    rules: Vec<usize>,
    trusted: Trusted<'a>,
    old: Option<CommitIdx>,
    new: CommitIdx,
    /// What it brings.
    history: History,
}

/// Someone's word for a change, before it is known which change that is.
struct Candidate {
    person: PersonId,
    by: Means,
    source: BString,
    id: ApprovalId,
    since: i64,
    presence: bool,
    head: ObjectId,
    /// From where on, where that is said.
    base: Option<ObjectId>,
    spent: bool,
    /// It would go past rules, for these reasons.
    reasons: Option<Arc<[BString]>>,
}

impl Drafts<'_, '_, '_> {
    fn update(
        &mut self,
        position: usize,
        update: &UpdateFacts,
        rules: &[usize],
    ) -> Result<(), VotesError> {
        // What goes away is asked of `deny` rules; nobody can have approved that nothing is there.
        let Some(new) = update.new else { return Ok(()) };
        let collector = &mut self.collector;
        let Some(new) = collector.graph.commit_behind(new)? else {
            return Ok(());
        };
        let old = match update.old {
            Some(old) => collector.graph.commit_behind(old)?,
            None => None,
        };
        let past = collector
            .states(update.resolved.as_bstr(), update.old)?
            .without_tip();
        let baseline = collector.baseline()?;
        let mut by_trust: BTreeMap<Vec<BString>, Vec<usize>> = BTreeMap::new();
        for &rule in rules {
            let trusted = collector.trusted_refs(&collector.policy.rules[rule], update)?;
            by_trust.entry(trusted).or_default().push(rule);
        }
        for (names, rules) in by_trust {
            let refs = self.collector.trusted_states(&names);
            let trusted = Trusted {
                refs: &refs,
                past: &past,
                baseline: &baseline,
            };
            let history = histories::trace(self.collector.graph, old, new, &trusted)?;
            let base = history.prior.first().and_then(Prior::base);
            let tree = base.map(|base| self.collector.graph.tree(base));
            self.base_trees.entry(position).or_insert(tree);
            let seen = Seen {
                position,
                update,
                rules,
                trusted,
                old,
                new,
                history,
            };
            match self.source {
                Source::Tags(_) | Source::Reviewing(_) => {
                    self.makers(&seen);
                    self.tags(&seen)?;
                }
                Source::Bypassing(_) => self.bypasses(&seen)?,
                Source::Reviews(client, _) => self.reviews(&seen, client)?,
            }
        }
        Ok(())
    }

    /// Whoever made any of the new commits has a hand in the change, be the rule asked of the tip alone.
    fn makers(&mut self, seen: &Seen<'_>) {
        let rules = &self.collector.policy.rules;
        let looks_at_some = |wanted: &Wanted| rules[wanted.rule].scope != Scope::EveryCommit;
        let wanted: Vec<Wanted> = seen.wanted().filter(looks_at_some).collect();
        if !wanted.is_empty() {
            let group = self.groups.len();
            self.makers
                .extend(wanted.into_iter().map(|wanted| (wanted, group)));
            self.groups.push(seen.group(seen.new, seen.history.clone()));
        }
    }

    /// The rules for which this person's word can count.
    fn of(&self, seen: &Seen<'_>, person: PersonId) -> Vec<Wanted> {
        let policy = self.collector.policy;
        let hears = |wanted: &Wanted| {
            let rule = &policy.rules[wanted.rule];
            self.source.hears(rule, person, policy)
        };
        seen.wanted().filter(hears).collect()
    }

    /// Takes a word for a change into account; says why not, where it cannot be.
    fn add(&mut self, seen: &Seen<'_>, candidate: Candidate) -> Result<(), Error> {
        let wanted = self.of(seen, candidate.person);
        if wanted.is_empty() {
            let people = &self.collector.policy.people;
            let person = &people.person(candidate.person).name;
            let why = match self.source {
                Source::Bypassing(_) => format!("{person} is not among those who may"),
                _ => format!("{person} is not asked to approve this"),
            };
            self.discount(seen, &candidate.source, &why);
            return Ok(());
        }
        if !self.collector.repository.objects.exists(&candidate.head) {
            let why = "the commit that it approves is not in this repository";
            self.discount(seen, &candidate.source, why);
            return Ok(());
        }
        let graph = &mut *self.collector.graph;
        let head = graph.commit(candidate.head)?;
        let base = match base(graph, seen, candidate.base, head)? {
            Ok(base) => base,
            Err(why) => {
                self.discount(seen, &candidate.source, &why);
                return Ok(());
            }
        };
        if candidate.base.is_none() && base == Some(head) {
            // The ref has it all: an approval of long ago, of something that is long in.
            return Ok(());
        }
        let approved = histories::trace(graph, base, head, &seen.trusted)?;
        let reapplied = History {
            commits: Vec::new(),
            hidden: Vec::new(),
            certain: true,
            prior: Prior::carried(seen.history.prior.clone(), base, head),
        };
        self.approvals.push(Draft {
            wanted,
            reasons: candidate.reasons,
            approval: Approval {
                person: candidate.person,
                by: candidate.by,
                source: candidate.source,
                id: candidate.id,
                since: candidate.since,
                presence: candidate.presence,
                head: candidate.head,
                approved: Arc::default(),
                reapplied: Arc::default(),
                spent: candidate.spent,
            },
            group: self.groups.len(),
        });
        self.groups.push(seen.group(head, approved));
        self.groups.push(seen.group(seen.new, reapplied));
        Ok(())
    }

    fn discount(&mut self, seen: &Seen<'_>, source: &BString, why: &str) {
        /// Anyone can push tags that do not count, and nobody reads thousands of reasons.
        const MOST_DISCOUNTED: usize = 100;
        for wanted in seen.wanted() {
            let votes = self.votes.entry(wanted).or_default();
            let discounted = match self.source {
                Source::Bypassing(_) => &mut votes.void_bypasses,
                _ => &mut votes.discounted,
            };
            if discounted.len() < MOST_DISCOUNTED {
                discounted.push(Discounted {
                    source: source.clone(),
                    why: why.to_owned(),
                });
            }
        }
    }
}

impl Seen<'_> {
    fn wanted(&self) -> impl Iterator<Item = Wanted> {
        self.rules.iter().map(|&rule| Wanted {
            update: self.position,
            rule,
        })
    }

    fn group(&self, tip: CommitIdx, history: History) -> Group {
        Group {
            update: self.position,
            rules: self.rules.clone(),
            scope: Scope::EveryCommit,
            tip: Some(tip),
            history,
        }
    }
}

/// From where on a change is approved: what is said, or where its commit and the ref parted. For a ref that is created
/// there is no such place, and the change is what creating it at the approved commit would be.
fn base(
    graph: &mut Graph<'_>,
    seen: &Seen<'_>,
    said: Option<ObjectId>,
    head: CommitIdx,
) -> Result<Result<Option<CommitIdx>, String>, Error> {
    if let Some(base) = said {
        return match graph.commit(base) {
            Ok(base) => Ok(Ok(Some(base))),
            Err(Error::Missing { .. }) => Ok(Err(format!(
                "its `Base`, {base}, is not in this repository"
            ))),
            Err(error) => Err(error),
        };
    }
    let Some(old) = seen.old else {
        return Ok(Ok(None));
    };
    let bases = graph.merge_bases(head, &[old])?;
    Ok(match bases.as_slice() {
        [] => Ok(None),
        &[base] => Ok(Some(base)),
        several => Err(format!(
            "its commit and the ref have {} merge bases; make a new one that says which, with `Base:`",
            several.len()
        )),
    })
}
