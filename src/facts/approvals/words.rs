//! What signed tags say, below the refs for approvals and in memory.

use std::collections::BTreeMap;

use gix::bstr::BString;
use gix::hash::ObjectId;
use gix::refs::Target;

use super::{Candidate, Drafts, Seen};
use crate::approval::Veto;
use crate::approval::memory::Memory;
use crate::approval::record::Record;
use crate::facts::{Push, UpdateFacts};
use crate::git::tag::{self, Tag};
use crate::git::{Error, Repository};
use crate::policy::rule::Means;
use crate::policy::{PersonId, Policy};
use crate::signature::{CLOCK_SKEW, Good, Signed};

/// What all approval tags say.
#[derive(Default)]
pub(super) struct Words(Vec<Word>);

/// A tag that approves or vetoes, and who made it.
struct Word {
    source: BString,
    tag: Tag,
    record: Record,
    /// Whose it is, or why it is nobody's.
    by: Result<Good, String>,
    /// When it was made, and not later than it was first seen.
    since: i64,
}

impl Words {
    /// Reads them.
    pub(super) fn read(
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
            if let Some(tag) = tag::parse(repository.objects.hash(), id, raw) {
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
                tag,
                record,
                by,
                since,
            })
        };
        Ok(Words(tags.into_values().filter_map(of_tag).collect()))
    }

    /// The words on an update.
    fn on<'a>(&'a self, update: &'a UpdateFacts) -> impl Iterator<Item = &'a Word> {
        self.0.iter().filter(|word| {
            word.record.approves(update.names()) || word.record.vetoes(update.names())
        })
    }
}

impl Drafts<'_, '_, '_> {
    /// What tags say on an update.
    pub(super) fn tags(&mut self, seen: &Seen<'_>) -> Result<(), Error> {
        self.vetoes(seen);
        let words = self.words;
        for word in words.on(seen.update) {
            if !word.record.approves(seen.update.names()) {
                continue;
            }
            match &word.by {
                Err(why) => self.discount(seen, &word.source, why),
                Ok(good) => self.add(
                    seen,
                    Candidate {
                        person: good.person,
                        by: Means::Signature,
                        source: word.source.clone(),
                        tag: Some(word.tag.id),
                        since: word.since,
                        presence: good.presence,
                        head: word.tag.target,
                        base: word.record.base,
                    },
                )?,
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
                self.votes.entry(wanted).or_default().vetoes.push(Veto {
                    person,
                    source: word.source.clone(),
                });
            }
        }
    }
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
        Some(time) if time > push.now + CLOCK_SKEW => {
            return Err("it is dated in the future".to_owned());
        }
        Some(_) => {}
    }
    let signed = Signed::of_tag(&tag.raw, tag.id.kind());
    let verified = policy.keyring.verify(&policy.people, &signed, first_seen);
    verified.map_err(|bad| bad.to_string())
}
