//! What is known of agents' part in the commits of a push, where someone asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gix::hash::ObjectId;

use super::notes::{Note, Notes};
use super::{Commit, Facts, Push, UpdateFacts};
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::provenance::{Evidence, Provenance, Reader, note};

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
        // A commit that comes to several refs is read once.
        let mut of_commits: BTreeMap<ObjectId, Arc<Provenance>> = BTreeMap::new();
        for (update, commits) in self.updates.iter_mut().zip(wanted) {
            let names: BTreeSet<_> = update.names().cloned().collect();
            let around: Vec<Evidence> = names
                .iter()
                .filter_map(|name| reader.branch(name.as_ref()))
                .chain(of_pusher.clone())
                .collect();
            for (id, commit) in commits {
                let mut provenance = match of_commits.get(&id) {
                    Some(known) => Arc::clone(known),
                    None => {
                        let new = Arc::new(of_commit(&reader, &notes, &commit)?);
                        of_commits.insert(id, Arc::clone(&new));
                        new
                    }
                };
                if !around.is_empty() {
                    let more = Arc::make_mut(&mut provenance);
                    more.evidence.extend(around.iter().cloned());
                }
                update.provenance.insert(id, provenance);
            }
        }
        Ok(())
    }
}

/// The commits of an update that someone asks about.
fn commits(policy: &Policy, update: &UpdateFacts, asked: Asked) -> BTreeMap<ObjectId, Arc<Commit>> {
    let is_asked = |&(&rule, _): &(&usize, _)| {
        asked == Asked::ByPeople || policy.rules[rule].asks_about_provenance()
    };
    let views = update.views.iter().filter(is_asked);
    views
        .flat_map(|(_, view)| {
            let charged = view.commits.iter().map(|new| &new.commit);
            charged.chain(&view.tip)
        })
        .map(|commit| (commit.id, Arc::clone(commit)))
        .collect()
}

fn of_commit(reader: &Reader<'_>, notes: &Notes<'_>, commit: &Commit) -> Result<Provenance, Error> {
    let mut provenance = reader.commit(commit);
    for found in notes.on(commit.id)? {
        provenance.evidence.extend(match found {
            Note::Text(text) => note::read(&text),
            Note::NoText => Some(note::unreadable("it is no text")),
        });
    }
    Ok(provenance)
}
