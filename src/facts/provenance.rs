//! What is known of agents' part in the commits of a push, where someone asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gix::hash::ObjectId;

use super::notes::{Note, Notes};
use super::shares::{Counter, touched_by_commits};
use super::{Commit, Facts, Push, UpdateFacts};
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::provenance::note::{self, AgentLines};
use crate::provenance::{Evidence, Provenance, Reader, Share};

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The rules that look at it: of the commits that they could charge.
    ByRules,
    /// A person: of every commit that any rule could charge.
    ByPeople,
}

impl Facts {
    /// Adds what is known of agents' part in the commits that someone asks about.
    ///
    /// # Errors
    /// When notes cannot be read, or a limit is reached.
    pub fn trace_provenance(
        &mut self,
        repository: &Repository,
        policy: &Policy,
        push: &Push,
        asked: Asked,
    ) -> Result<(), Error> {
        let wanted: Vec<_> = self
            .updates
            .iter()
            .map(|update| commits(policy, update, asked))
            .collect();
        if wanted.iter().all(BTreeMap::is_empty) {
            return Ok(());
        }
        let reader = Reader {
            people: &policy.people,
            catalogue: policy.markers.catalogue(),
        };
        let notes = Notes::open(repository, push, note::REF.into())?;
        let of_pusher = reader.pusher(push.pusher.account.as_deref(), push.pusher.person);
        let mut counter = Counter::new(&repository.objects);
        // A commit that comes to several refs is read once.
        let mut of_commits: BTreeMap<ObjectId, Known> = BTreeMap::new();
        for (update, commits) in self.updates.iter_mut().zip(wanted) {
            for (id, commit) in &commits {
                if !of_commits.contains_key(id) {
                    of_commits.insert(*id, Known::of(&reader, &notes, commit)?);
                }
            }
            let known: Vec<_> = commits.keys().map(|id| (*id, &of_commits[id])).collect();
            let shares = shares(policy, update, asked, &known, &mut counter)?;
            let names: BTreeSet<_> = update.names().cloned().collect();
            let around: Vec<Evidence> = names
                .iter()
                .filter_map(|name| reader.branch(name.as_ref()))
                .chain(of_pusher.clone())
                .collect();
            for (id, known) in known {
                let mut provenance = Arc::clone(&known.provenance);
                let share = shares.get(&id).copied();
                if !around.is_empty() || share.is_some() {
                    let more = Arc::make_mut(&mut provenance);
                    more.evidence.extend(around.iter().cloned());
                    more.share = share;
                }
                update.provenance.insert(id, provenance);
            }
        }
        Ok(())
    }
}

/// What a commit and the notes on it say.
struct Known {
    provenance: Arc<Provenance>,
    lines: Vec<AgentLines>,
}

impl Known {
    fn of(reader: &Reader<'_>, notes: &Notes<'_>, commit: &Commit) -> Result<Self, Error> {
        let mut provenance = reader.commit(commit);
        let mut lines = Vec::new();
        for found in notes.on(commit.id)? {
            let note = match found {
                Note::Text(text) => note::read(&text),
                Note::NoText => note::unreadable("it is no text"),
                Note::TooMuch => note::unreadable("there are too many to read all"),
            };
            provenance.evidence.extend(note.evidence);
            lines.extend(Some(note.lines).filter(|lines| !lines.is_empty()));
        }
        Ok(Known {
            provenance: Arc::new(provenance),
            lines,
        })
    }
}

/// How much of what each commit adds is an agent's; nothing, where no note on any of them says so.
fn shares(
    policy: &Policy,
    update: &UpdateFacts,
    asked: Asked,
    known: &[(ObjectId, &Known)],
    counter: &mut Counter<'_>,
) -> Result<BTreeMap<ObjectId, Share>, Error> {
    let mut shares = BTreeMap::new();
    if known.iter().all(|(_, known)| known.lines.is_empty()) {
        return Ok(shares);
    }
    let touched = touched_by_commits(policy, update, |rule| asked.is_asked(policy, rule));
    for (id, known) in known {
        let touched = touched
            .get(id)
            .into_iter()
            .flat_map(BTreeMap::values)
            .copied();
        shares.insert(*id, counter.count(touched, &known.lines)?);
    }
    Ok(shares)
}

impl Asked {
    /// Does it look at the commits that the rule at this position could charge?
    fn is_asked(self, policy: &Policy, rule: usize) -> bool {
        self == Asked::ByPeople || policy.rules[rule].asks_about_provenance()
    }
}

/// The commits of an update that someone asks about.
fn commits(policy: &Policy, update: &UpdateFacts, asked: Asked) -> BTreeMap<ObjectId, Arc<Commit>> {
    let is_asked = |(rule, _): &(&usize, _)| asked.is_asked(policy, **rule);
    let views = update.views.iter().filter(is_asked);
    views
        .flat_map(|(_, view)| {
            let charged = view.commits.iter().map(|new| &new.commit);
            charged.chain(&view.tip)
        })
        .map(|commit| (commit.id, Arc::clone(commit)))
        .collect()
}
