//! Brings what was said on a change, for the rules that ask for approvals: signed tags below the refs for approvals, as they stood
//! before the push or came with it, each with the change that it approves.
//!
//! Only tags that name the updated ref are looked into, and only those whose signature is good and of someone who may
//! approve have their commits read: nobody else's tag can cost more than its own bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind;
use gix::refs::Target;

use super::collect::Collector;
use super::histories::{self, History, Trusted};
use super::prior::Prior;
use super::views::{Group, look};
use super::{Facts, Push, UpdateFacts};
use crate::approval::memory::Memory;
use crate::approval::record::Record;
use crate::approval::{Approval, Discounted, Veto, Votes};
use crate::decision::Decision;
use crate::git::graph::{CommitIdx, Depth, Graph};
use crate::git::mailmap::{self, Mailmap};
use crate::git::tag::{self, Tag};
use crate::git::{Error, Repository, commit, file};
use crate::policy::rule::{Means, Scope};
use crate::policy::{PersonId, Policy};
use crate::signature::{Good, Signed};
use crate::state::records::Records;

/// Clocks differ; a tag dated further ahead does not count.
const TOLERATED_FUTURE: i64 = 5 * 60;

/// A rule that lacks approvals of an update; both by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The update, in the push.
    pub update: usize,
    /// The rule, in the policy.
    pub rule: usize,
}

/// Adds to `facts` what signed tags say of the changes that `wanted` asks about.
///
/// # Errors
/// When the refs, or what a good approval leads to, cannot be read.
pub fn add_signed(
    repository: &Repository,
    policy: &Policy,
    push: &Push,
    records: &Records,
    memory: &Memory,
    wanted: &[Wanted],
    facts: &mut Facts,
    depth: Depth,
) -> Result<(), Error> {
    let mut graph = Graph::new(&repository.objects, &repository.layout, depth);
    let words = Words::read(repository, policy, push, memory)?;
    let mut drafts = Drafts {
        collector: Collector::new(repository, policy, push, records, &mut graph),
        words: &words,
        memory,
        groups: Vec::new(),
        approvals: Vec::new(),
        votes: BTreeMap::new(),
    };
    for (&Wanted { update, .. }, rules) in by_update(wanted) {
        drafts.update(update, &facts.updates[update], &rules)?;
    }
    let Drafts {
        groups,
        approvals,
        mut votes,
        ..
    } = drafts;
    let views = look(repository, policy, push.now, &mut graph, &groups)?;
    for draft in approvals {
        let (approved, reapplied) = (&views[draft.group], &views[draft.group + 1]);
        let approval = Approval {
            approved: Arc::clone(approved),
            reapplied: reapplied.net.clone().into(),
            ..draft.approval
        };
        for wanted in draft.wanted {
            let votes = votes.entry(wanted).or_default();
            votes.approvals.push(approval.clone());
        }
    }
    for &Wanted { update, .. } in wanted {
        if policy.mailmap {
            facts.updates[update].mailmap = mailmap(repository, &facts.updates[update])?;
        }
    }
    for (wanted, votes) in votes {
        facts.updates[wanted.update]
            .votes
            .insert(wanted.rule, Arc::new(votes));
    }
    facts.took_shortcuts |= graph.took_shortcuts();
    Ok(())
}

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
    let mut new = Memory::default();
    let mut buffer = Vec::new();
    for update in &push.updates {
        if update.new.is_null() || !policy.approvals.refs.matches(&update.name) {
            continue;
        }
        let Some(tag) = tag::read(&repository.objects, update.new, &mut buffer)? else {
            continue;
        };
        let Ok(record) = Record::read(&tag) else {
            continue;
        };
        // Nobody can fill the memory with what does not count.
        if author(&tag, &record, policy, push, push.now).is_ok() {
            new.seen.insert(tag.id, push.now);
            if !record.vetoes.is_empty() {
                new.vetoes.insert(tag.id, (update.name.clone(), tag.raw));
            }
        }
    }
    for outcome in &decision.updates {
        let Some(tip) = outcome.new else { continue };
        for counted in outcome.rules.iter().flat_map(|rule| rule.verdict.counted()) {
            if let Some(tag) = counted.tag {
                let of_ref = new.spent.entry((tag, outcome.resolved.clone()));
                of_ref.or_default().insert(tip);
            }
        }
    }
    Ok(new)
}

/// The `.mailmap` of what the ref held: what a push brings says nothing about who made it.
fn mailmap(repository: &Repository, update: &UpdateFacts) -> Result<Option<Arc<Mailmap>>, Error> {
    let Some(old) = update.old else {
        return Ok(None);
    };
    let tree = match repository.objects.peel(&old)? {
        (commit, Kind::Commit) => {
            commit::read_links(&repository.objects, commit, &mut Vec::new())?.tree
        }
        _ => return Ok(None),
    };
    let content = file::read(&repository.objects, Some(tree), mailmap::FILE)?;
    Ok(content.map(|content| Arc::new(Mailmap::parse(&content))))
}

fn by_update(wanted: &[Wanted]) -> impl Iterator<Item = (&Wanted, Vec<usize>)> {
    wanted
        .chunk_by(|one, next| one.update == next.update)
        .map(|chunk| (&chunk[0], chunk.iter().map(|wanted| wanted.rule).collect()))
}

/// A tag that approves or vetoes, and who made it.
struct Word {
    source: BString,
    tag: Tag,
    record: Record,
    /// Whose it is, if it counts at all.
    by: Result<Good, String>,
    /// When it was made, and not later than it was first seen.
    since: i64,
}

/// What all approval tags say.
struct Words {
    words: Vec<Word>,
}

impl Words {
    fn read(
        repository: &Repository,
        policy: &Policy,
        push: &Push,
        memory: &Memory,
    ) -> Result<Self, Error> {
        let mut tags: BTreeMap<ObjectId, (BString, Tag)> = BTreeMap::new();
        let mut buffer = Vec::new();
        for (source, id) in refs(repository, policy, push)? {
            if let Some(tag) = tag::read(&repository.objects, id, &mut buffer)? {
                tags.entry(id).or_insert((source, tag));
            }
        }
        for (&id, (source, raw)) in &memory.vetoes {
            let hash = repository.objects.hash();
            if let Some(tag) = tag::parse(hash, id, raw) {
                tags.entry(id).or_insert((source.clone(), tag));
            }
        }
        let of_tag = |(source, tag): (BString, Tag)| {
            let record = Record::read(&tag).ok()?;
            let first_seen = memory.seen.get(&tag.id).copied().unwrap_or(push.now);
            let by = author(&tag, &record, policy, push, first_seen);
            let since = tag.time.unwrap_or(i64::MAX).min(first_seen);
            Some(Word {
                source,
                record,
                by,
                since,
                tag,
            })
        };
        Ok(Words {
            words: tags.into_values().filter_map(of_tag).collect(),
        })
    }

    /// The words on an update.
    fn on<'a>(&'a self, update: &'a UpdateFacts) -> impl Iterator<Item = &'a Word> {
        self.words.iter().filter(|word| {
            word.record.approves(update.names()) || word.record.vetoes(update.names())
        })
    }
}

/// The refs for approvals, as they stood before the push and as it creates them.
fn refs(
    repository: &Repository,
    policy: &Policy,
    push: &Push,
) -> Result<BTreeMap<BString, ObjectId>, Error> {
    let patterns = &policy.approvals.refs;
    let mut refs = BTreeMap::new();
    let created = push
        .updates
        .iter()
        .filter(|update| !update.new.is_null() && patterns.matches(&update.name));
    refs.extend(created.map(|update| (update.name.clone(), update.new)));
    for prefix in patterns.prefixes() {
        for (name, target) in repository.refs.with_prefix(prefix.as_bytes())? {
            if let (true, Target::Object(id)) = (patterns.matches(name), target) {
                refs.insert(name.to_owned(), id.to_owned());
            }
        }
    }
    Ok(refs)
}

/// Whose word a tag is, or why it is nobody's.
fn author(
    tag: &Tag,
    record: &Record,
    policy: &Policy,
    push: &Push,
    first_seen: i64,
) -> Result<Good, String> {
    let is_for_another = !record.is_for(push.repository.as_str().into())
        && (policy.approvals.names_repository || !record.repositories.is_empty());
    if is_for_another {
        return Err(format!(
            "it has no trailer `Repository: {}`",
            push.repository
        ));
    }
    match tag.time {
        None => return Err("it does not say when it was made".to_owned()),
        Some(time) if time > push.now + TOLERATED_FUTURE => {
            return Err("it is dated in the future".to_owned());
        }
        Some(_) => {}
    }
    let signed = Signed::of_tag(&tag.raw, tag.id.kind());
    let good = policy
        .keyring
        .verify(&policy.people, &signed, first_seen)
        .map_err(|bad| bad.to_string())?;
    Ok(good)
}

/// Approvals of which the change is not known yet.
struct Drafts<'a, 'g> {
    collector: Collector<'a, 'g>,
    words: &'a Words,
    memory: &'a Memory,
    groups: Vec<Group>,
    approvals: Vec<Draft>,
    votes: BTreeMap<Wanted, Votes>,
}

struct Draft {
    wanted: Vec<Wanted>,
    /// Without its change.
    approval: Approval,
    /// Where its change is: the approved one in this group, the re-applied one in the next.
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
}

impl Drafts<'_, '_> {
    fn update(
        &mut self,
        position: usize,
        update: &UpdateFacts,
        rules: &[usize],
    ) -> Result<(), Error> {
        let Some(new) = update.new else {
            // What goes away is asked of `deny` rules; nobody can have approved that nothing is there.
            return Ok(());
        };
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
        let words = self.words;
        for (names, rules) in by_trust {
            let refs = self.collector.trusted_states(&names);
            let seen = Seen {
                position,
                update,
                rules,
                trusted: Trusted {
                    refs: &refs,
                    past: &past,
                    baseline: &baseline,
                },
                old,
                new,
            };
            self.vetoes(&seen);
            for word in words.on(update) {
                if word.record.approves(update.names()) {
                    self.approval(&seen, word)?;
                }
            }
        }
        Ok(())
    }

    /// The newest word of each person counts.
    fn vetoes(&mut self, seen: &Seen<'_>) {
        let mut newest: BTreeMap<PersonId, &Word> = BTreeMap::new();
        for word in self.words.on(seen.update) {
            if let Ok(good) = &word.by {
                let known = newest.entry(good.person).or_insert(word);
                if word.tag.time > known.tag.time {
                    *known = word;
                }
            }
        }
        for (person, word) in newest {
            if !word.record.vetoes(seen.update.names()) {
                continue;
            }
            for wanted in self.of(seen, person) {
                let votes = self.votes.entry(wanted).or_default();
                votes.vetoes.push(Veto {
                    person,
                    source: word.source.clone(),
                });
            }
        }
    }

    /// The rules for which this person's word can count.
    fn of(&self, seen: &Seen<'_>, person: PersonId) -> Vec<Wanted> {
        let policy = self.collector.policy;
        let may_approve = |rule: &usize| policy.rules[*rule].may_approve(person, policy);
        let rules = seen.rules.iter().copied().filter(may_approve);
        rules
            .map(|rule| Wanted {
                update: seen.position,
                rule,
            })
            .collect()
    }

    fn approval(&mut self, seen: &Seen<'_>, word: &Word) -> Result<(), Error> {
        let good = match &word.by {
            Ok(good) => good,
            Err(why) => {
                self.discount(seen, word, why.clone());
                return Ok(());
            }
        };
        let wanted = self.of(seen, good.person);
        if wanted.is_empty() {
            let person = &self.collector.policy.people.person(good.person).name;
            let why = format!("it is {person}'s, who is not asked to approve this");
            self.discount(seen, word, why);
            return Ok(());
        }
        let objects = &self.collector.repository.objects;
        if !objects.exists(&word.tag.target) {
            let why = "the commit that it approves is not in this repository".to_owned();
            self.discount(seen, word, why);
            return Ok(());
        }
        let graph = &mut *self.collector.graph;
        let head = graph.commit(word.tag.target)?;
        let base = match base(graph, seen, word, head)? {
            Ok(base) => base,
            Err(why) => {
                self.discount(seen, word, why);
                return Ok(());
            }
        };
        let approved = histories::trace(graph, base, head, &seen.trusted)?;
        let expected = histories::trace(graph, seen.old, seen.new, &seen.trusted)?;
        let reapplied = History {
            commits: Vec::new(),
            hidden: Vec::new(),
            certain: true,
            prior: Prior::carried(expected.prior, base, head),
        };
        let spent = self.is_spent(seen, word.tag.id)?;
        self.approvals.push(Draft {
            wanted,
            approval: Approval {
                person: good.person,
                by: Means::Signature,
                source: word.source.clone(),
                tag: Some(word.tag.id),
                since: word.since,
                presence: good.presence,
                head: word.tag.target,
                approved: Arc::default(),
                reapplied: Arc::default(),
                spent,
            },
            group: self.groups.len(),
        });
        for (tip, history) in [(head, approved), (seen.new, reapplied)] {
            self.groups.push(Group {
                update: seen.position,
                rules: seen.rules.clone(),
                scope: Scope::EveryCommit,
                tip: Some(tip),
                history,
            });
        }
        Ok(())
    }

    /// Has the approval let a change into this ref, be it gone again? One that git did not carry out after all did not: the
    /// ref has never held it.
    fn is_spent(&mut self, seen: &Seen<'_>, tag: ObjectId) -> Result<bool, Error> {
        let Some(tips) = self.memory.spent.get(&(tag, seen.update.resolved.clone())) else {
            return Ok(false);
        };
        let graph = &mut *self.collector.graph;
        let mut held = seen.trusted.past.ends(graph)?;
        held.extend(seen.old);
        for &tip in tips {
            if let Some(tip) = graph.commit_if_kept(tip)? {
                for &held in &held {
                    if graph.contains(held, tip)? {
                        return Ok(true);
                    }
                }
            }
        }
        Ok(false)
    }

    fn discount(&mut self, seen: &Seen<'_>, word: &Word, why: String) {
        for &rule in &seen.rules {
            let wanted = Wanted {
                update: seen.position,
                rule,
            };
            self.votes
                .entry(wanted)
                .or_default()
                .discounted
                .push(Discounted {
                    source: word.source.clone(),
                    why: why.clone(),
                });
        }
    }
}

/// From where on a change is approved: what the tag says, or where its commit and the ref parted. For a ref that is
/// created there is no such place, and the change is what creating it at the approved commit would be.
fn base(
    graph: &mut Graph<'_>,
    seen: &Seen<'_>,
    word: &Word,
    head: CommitIdx,
) -> Result<Result<Option<CommitIdx>, String>, Error> {
    if let Some(base) = word.record.base {
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
