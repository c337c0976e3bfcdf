//! What signed tags say, below the refs for approvals and in memory.
//!
//! Approvals are never deleted, and anyone who can push can add tags to them. So a tag is read no further than it
//! matters: one that nobody could make count is passed over by its age, one that is about other refs by its trailers,
//! and a signature is verified only then.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::{Candidate, Drafts, Seen, Sight};
use crate::approval::memory::Memory;
use crate::approval::record::{Record, Unclear};
use crate::approval::{ApprovalId, Veto};
use crate::facts::{Push, UpdateFacts};
use crate::git::tag::{self, Tag};
use crate::git::{Error, Repository};
use crate::policy::rule::Means;
use crate::policy::{PersonId, Policy};
use crate::signature::{CLOCK_SKEW, Good, Signed};

/// Approvals that can no longer count are told, so that nobody wonders, and no more of them than anyone reads.
const MOST_DEAD: usize = 20;

/// What approval tags say of some refs.
#[derive(Default)]
pub(super) struct Words {
    /// The newest first.
    all: Vec<Word>,
    /// Those about each ref, by their positions.
    on: BTreeMap<BString, BTreeSet<usize>>,
    /// Refs that hold tags too long to be read: some of them, where there are very many.
    too_long: Vec<BString>,
}

/// What they are read for.
pub(super) struct Asked {
    /// The names of the refs that are updated.
    pub names: BTreeSet<BString>,
    /// Approvals from before count nowhere, in seconds since 1970.
    pub not_before: i64,
}

/// A tag that approves, vetoes or goes past rules, and who made it.
struct Word {
    source: BString,
    tag: ObjectId,
    /// The approved commit, if it is one.
    head: ObjectId,
    base: Result<Option<ObjectId>, Unclear>,
    /// Those of the asked refs that it approves.
    approves: BTreeSet<BString>,
    /// Those against whose changes it speaks.
    vetoes: BTreeSet<BString>,
    /// Those into which the change may go past rules.
    bypasses: BTreeSet<BString>,
    /// Why it may.
    reasons: Arc<[BString]>,
    /// Whose it is, or why it is nobody's.
    by: Result<Good, String>,
    /// When it was made, as its maker says.
    time: i64,
    /// The same, and not later than it was first seen.
    since: i64,
}

impl Words {
    /// Reads them.
    pub(super) fn read(sight: Sight<'_>, memory: &Memory, asked: &Asked) -> Result<Self, Error> {
        let Sight {
            repository,
            policy,
            push,
            ..
        } = sight;
        let mut all: BTreeMap<ObjectId, Word> = BTreeMap::new();
        let mut buffer = Vec::new();
        let mut too_long = Vec::new();
        // An old approval matters as long as it may take a veto back.
        let is_forgotten = |id: &ObjectId| {
            let seen = memory.seen.get(id);
            memory.vetoes.is_empty() && seen.is_some_and(|&seen| seen < asked.not_before)
        };
        for (source, id) in refs(repository, policy, push)? {
            if all.contains_key(&id) || is_forgotten(&id) {
                continue;
            }
            if let Some(tag) = tag::read(&repository.objects, id, &mut buffer)? {
                all.extend(word(sight, memory, asked, source, &tag).map(|word| (id, word)));
            } else if too_long.len() < MOST_DEAD && tag::is_too_long(&repository.objects, id)? {
                too_long.push(source);
            }
        }
        for (&id, (source, raw)) in &memory.vetoes {
            if all.contains_key(&id) {
                continue;
            }
            if let Some(tag) = tag::parse(repository.objects.hash(), id, raw) {
                let source = source.clone();
                all.extend(word(sight, memory, asked, source, &tag).map(|word| (id, word)));
            }
        }
        let mut all: Vec<Word> = all.into_values().collect();
        all.sort_by_key(|word| Reverse(word.since));
        let mut on: BTreeMap<BString, BTreeSet<usize>> = BTreeMap::new();
        for (position, word) in all.iter().enumerate() {
            for name in [&word.approves, &word.vetoes, &word.bypasses]
                .into_iter()
                .flatten()
            {
                on.entry(name.clone()).or_default().insert(position);
            }
        }
        Ok(Words { all, on, too_long })
    }

    /// The words on an update, the newest first.
    fn on<'a>(&'a self, update: &UpdateFacts) -> impl Iterator<Item = &'a Word> + use<'a> {
        let positions: BTreeSet<usize> = update
            .names()
            .filter_map(|name| self.on.get(name))
            .flatten()
            .copied()
            .collect();
        positions.into_iter().map(|position| &self.all[position])
    }
}

impl Word {
    fn approves(&self, update: &UpdateFacts) -> bool {
        update.names().any(|name| self.approves.contains(name))
    }

    fn vetoes(&self, update: &UpdateFacts) -> bool {
        update.names().any(|name| self.vetoes.contains(name))
    }

    fn bypasses(&self, update: &UpdateFacts) -> bool {
        update.names().any(|name| self.bypasses.contains(name))
    }
}

impl Drafts<'_, '_, '_> {
    /// What tags say for and against an update.
    pub(super) fn tags(&mut self, seen: &Seen<'_>) -> Result<(), Error> {
        self.vetoes(seen);
        self.candidates(seen, false)?;
        // New ones are refused; these were there before the gate was, or came round it.
        let words = self.words;
        for source in &words.too_long {
            self.discount(seen, source, &too_long());
        }
        Ok(())
    }

    /// The tags that would let an update go past rules.
    pub(super) fn bypasses(&mut self, seen: &Seen<'_>) -> Result<(), Error> {
        self.candidates(seen, true)
    }

    fn candidates(&mut self, seen: &Seen<'_>, is_bypass: bool) -> Result<(), Error> {
        let words = self.words;
        let mut dead = 0;
        for word in words.on(seen.update) {
            let is_meant = if is_bypass {
                word.bypasses(seen.update)
            } else {
                word.approves(seen.update)
            };
            if !is_meant {
                continue;
            }
            let (good, base) = match (&word.by, word.base) {
                (Ok(good), Ok(base)) => (good, base),
                (Err(why), _) => {
                    self.discount(seen, &word.source, why);
                    continue;
                }
                (_, Err(why)) => {
                    self.discount(seen, &word.source, &why.to_string());
                    continue;
                }
            };
            let id = ApprovalId::Tag(word.tag);
            let spent = self.is_spent(seen, &id)?;
            if spent || word.since < self.not_before {
                dead += 1;
                if dead > MOST_DEAD {
                    continue;
                }
            }
            let candidate = Candidate {
                person: good.person,
                by: Means::Signature,
                source: word.source.clone(),
                id,
                since: word.since,
                presence: good.presence,
                head: word.head,
                base,
                spent,
                reasons: is_bypass.then(|| Arc::clone(&word.reasons)),
            };
            self.add(seen, candidate)?;
        }
        Ok(())
    }

    /// The newest word of each person counts; of two from one second, the one that speaks against.
    fn vetoes(&mut self, seen: &Seen<'_>) {
        let rank = |word: &Word| (word.time, word.vetoes(seen.update));
        let mut newest: BTreeMap<PersonId, &Word> = BTreeMap::new();
        let speaks = |word: &&Word| word.approves(seen.update) || word.vetoes(seen.update);
        for word in self.words.on(seen.update).filter(speaks) {
            if let Ok(good) = &word.by {
                let known = newest.entry(good.person).or_insert(word);
                if rank(word) > rank(known) {
                    *known = word;
                }
            }
        }
        for (person, word) in newest {
            if !word.vetoes(seen.update) {
                continue;
            }
            for wanted in self.of(seen, person) {
                self.votes.entry(wanted).or_default().vetoes.push(Veto {
                    person,
                    source: word.source.clone(),
                });
            }
        }
    }
}

/// Why a tag is not read.
fn too_long() -> String {
    format!(
        "it is longer than {} KiB, and so not read; make a tag with a shorter message",
        tag::MAX_BYTES >> 10
    )
}

/// What a push brings that is to be remembered.
pub(super) fn brought(
    repository: &Repository,
    policy: &Policy,
    push: &Push,
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
        let Some(record) = Record::read(&tag) else {
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
    Ok(new)
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
    refs.extend(repository.refs.matching(patterns)?);
    Ok(refs)
}

/// What a tag says of the refs that are asked about; `None` if nothing.
fn word(
    sight: Sight<'_>,
    memory: &Memory,
    asked: &Asked,
    source: BString,
    tag: &Tag,
) -> Option<Word> {
    let record = Record::read(tag)?;
    let among = |names: &[BString]| -> BTreeSet<BString> {
        let names = names.iter().filter(|name| asked.names.contains(*name));
        names.cloned().collect()
    };
    let (approves, vetoes) = (among(&record.approves), among(&record.vetoes));
    let bypasses = among(&record.bypasses);
    if approves.is_empty() && vetoes.is_empty() && bypasses.is_empty() {
        return None;
    }
    let now = sight.push.now;
    let first_seen = memory.seen.get(&tag.id).copied().unwrap_or(now);
    let time = tag.time.unwrap_or(i64::MAX);
    Some(Word {
        source,
        tag: tag.id,
        head: tag.target,
        base: record.base,
        approves,
        vetoes,
        bypasses,
        reasons: record.reasons.clone().into(),
        by: author(tag, &record, sight.policy, sight.push, first_seen),
        time,
        since: time.min(first_seen),
    })
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
        Some(time) if time > push.now + CLOCK_SKEW => {
            return Err("it is dated in the future".to_owned());
        }
        Some(_) => {}
    }
    let signed = Signed::of_tag(&tag.raw, tag.id.kind());
    let verified = policy.keyring.verify(&policy.people, &signed, first_seen);
    verified.map_err(|bad| bad.to_string())
}
