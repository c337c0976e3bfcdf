//! Judges the steps, in parallel. Whoever works keeps what it has read: neighbours in a history share nearly all of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use gix::bstr::BString;

use super::others::Others;
use super::way::Step;
use super::{Judged, Outcome, found};
use crate::facts::approvals::VotesError;
use crate::facts::collect::Reading;
use crate::facts::provenance::Asked;
use crate::facts::{Commit, Identity, Push, Pusher};
use crate::forge::Forge;
use crate::git::budget::Budget;
use crate::git::{Error, Repository, commit, message};
use crate::judging::{Judgement, Judging};
use crate::policy::{PersonId, Policy};
use crate::push::RefUpdate;
use crate::report::text;
use crate::state::approvals::Approvals;
use crate::state::bypasses::Bypasses;
use crate::state::place;
use crate::state::records::Records;

/// Steps that are judged in one go by one worker: enough of them share what is read.
const AT_ONCE: usize = 64;

/// What is replayed, and where.
#[derive(Debug, Clone, Copy)]
pub struct Replay<'a> {
    /// Where the repository is.
    pub path: &'a Path,
    /// `owner/name`, as rules know it.
    pub repository: &'a str,
    /// The ref.
    pub name: &'a BString,
    /// Where other refs stood.
    pub others: &'a Others,
    /// The policy.
    pub policy: &'a Policy,
}

impl Replay<'_> {
    /// Judges `steps`, in order; `done` is called after each.
    ///
    /// # Errors
    /// When the repository cannot be opened. What keeps one step from being judged is said of that step.
    pub fn judge(&self, steps: &[Step], done: &(dyn Fn() + Sync)) -> Result<Vec<Judged>, Error> {
        self.for_each(steps, |worker, step| {
            let judged = worker.judge(step);
            done();
            judged
        })
    }

    /// What the pusher of each of `steps` would have been told, as `portcullis explain` prints it.
    ///
    /// # Errors
    /// Those of [`judge`](Self::judge).
    pub fn explain(&self, steps: &[Step], done: &(dyn Fn() + Sync)) -> Result<Vec<String>, Error> {
        self.for_each(steps, |worker, step| {
            let text = worker.explain(step);
            done();
            text
        })
    }

    /// Threads of its own: one that waits for the parallel work of its step must not begin another step meanwhile.
    fn for_each<T: Send>(
        &self,
        steps: &[Step],
        work: impl Fn(&mut Worker<'_>, &Step) -> T + Sync,
    ) -> Result<Vec<T>, Error> {
        let chunks = Mutex::new(steps.chunks(AT_ONCE).enumerate());
        let next = || {
            let mut chunks = chunks.lock().unwrap_or_else(PoisonError::into_inner);
            chunks.next()
        };
        let on_one_thread = || {
            let mut worker = Worker::open(self)?;
            let mut done = Vec::new();
            while let Some((position, chunk)) = next() {
                let results = chunk.iter().map(|step| work(&mut worker, step));
                done.push((position, results.collect::<Vec<T>>()));
            }
            Ok(done)
        };
        let mut done = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..rayon::current_num_threads())
                .map(|_| scope.spawn(on_one_thread))
                .collect();
            let results = threads
                .into_iter()
                .map(|thread| thread.join().expect("a panic ends the program"));
            results.collect::<Result<Vec<_>, Error>>()
        })?
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
        done.sort_by_key(|(position, _)| *position);
        Ok(done.into_iter().flat_map(|(_, results)| results).collect())
    }
}

/// A repository in which refs can be pretended to be elsewhere, and what has been read of it.
struct Worker<'a> {
    replay: &'a Replay<'a>,
    repository: Repository,
    reading: Reading,
    records: Records,
    approvals: Approvals,
    bypasses: Bypasses,
    /// Where the repository keeps what was learned from its history.
    folder: PathBuf,
    has_approvals: bool,
    buffer: Vec<u8>,
}

impl<'a> Worker<'a> {
    fn open(replay: &'a Replay<'a>) -> Result<Self, Error> {
        let budget = Arc::new(Budget::new(replay.policy.limits));
        let repository = Repository::at(replay.path, &budget)?;
        let folder = place::of_repository(&repository.layout.common_dir);
        let patterns = &replay.policy.approvals.refs;
        let mut has_approvals = false;
        for prefix in patterns.prefixes() {
            let mut found = repository.refs.with_prefix(prefix.as_bytes())?;
            has_approvals |= found.any(|(name, _)| patterns.matches(name));
        }
        Ok(Worker {
            replay,
            records: Records::unknown(&folder, repository.layout.hash),
            approvals: Approvals::below(&folder),
            bypasses: Bypasses::none(),
            has_approvals,
            folder,
            repository,
            reading: Reading::default(),
            buffer: Vec::new(),
        })
    }

    fn judge(&mut self, step: &Step) -> Judged {
        let policy = self.replay.policy;
        let started = Instant::now();
        let tip = self.tip(step);
        let judged = tip.and_then(|tip| Ok((self.decide(step, &tip)?, tip)));
        let mut result = Judged {
            step: step.clone(),
            outcome: Outcome::Failed,
            failure: None,
            subject: BString::default(),
            pusher: String::new(),
            account: None,
            found: Vec::new(),
            asks: Vec::new(),
            new_commits: 0,
            took: started.elapsed(),
        };
        match judged {
            Ok((judgement, tip)) => {
                let decision = &judgement.decision;
                let by = By::of(policy, &tip);
                result.pusher = found::who(policy, by.identity);
                result.account = by.account(policy);
                result.found = found::all(policy, &judgement, &result.pusher);
                result.outcome = found::outcome(decision, &result.found);
                result.asks = found::asks(decision);
                let tallies = decision
                    .updates
                    .iter()
                    .map(|update| update.tally.new_commits);
                result.new_commits = tallies.sum();
                result.subject = message::subject(&tip.message).into_owned();
            }
            Err(error) => result.failure = Some(text::chain(&error)),
        }
        result
    }

    fn explain(&mut self, step: &Step) -> String {
        let judged = self.tip(step).and_then(|tip| self.decide(step, &tip));
        match judged {
            Ok(judgement) => text::decision(&judgement.decision, self.replay.policy, ""),
            Err(error) => text::failure(&error, error.is_the_pushers(), ""),
        }
    }

    fn tip(&mut self, step: &Step) -> Result<Commit, VotesError> {
        let objects = &self.repository.objects;
        Ok(commit::read(objects, step.new, None, &mut self.buffer)?)
    }

    /// Judges a step as a push at its date. Where it lacks approvals, it is given the time that it had: whoever signs what
    /// is pushed does so after it was committed.
    fn decide(&mut self, step: &Step, tip: &Commit) -> Result<Judgement, VotesError> {
        let judged = self.decide_at(step, tip, step.time)?;
        let mut verdicts = judged
            .decision
            .updates
            .iter()
            .flat_map(|update| &update.rules);
        if self.has_approvals && verdicts.any(|rule| rule.verdict.lacks_approval()) {
            let later = self.decide_at(step, tip, step.until)?;
            if later.decision.is_accepted() {
                return Ok(later);
            }
        }
        Ok(judged)
    }

    fn decide_at(&mut self, step: &Step, tip: &Commit, now: i64) -> Result<Judgement, VotesError> {
        let Replay {
            policy,
            repository,
            name,
            others,
            ..
        } = *self.replay;
        let refs = &mut self.repository.refs;
        others.pretend(refs, step);
        refs.pretend(name.clone(), step.old);
        self.repository.objects.budget().refill();
        let null = self.repository.layout.hash.null();
        let push = Push {
            repository: repository.to_owned(),
            pusher: By::of(policy, tip).pusher(policy),
            options: Vec::new(),
            now,
            forge: Forge::Plain,
            pull_request: None,
            is_merge: false,
            updates: vec![RefUpdate {
                old: step.old.unwrap_or(null),
                new: step.new,
                name: name.clone(),
            }],
        };
        Judging {
            repository: &self.repository,
            policy,
            push: &push,
            provenance: Asked::ByRules,
            records: &self.records,
            approvals: &self.approvals,
            bypasses: &self.bypasses,
            models: &self.folder,
            until: None,
        }
        .judge_going_on(&mut self.reading)
    }
}

/// Who is taken to have pushed a commit.
struct By<'a> {
    identity: &'a Identity,
    person: Option<PersonId>,
}

impl<'a> By<'a> {
    /// The committer, or the author where only that one is known to the policy, as where a forge commits for people.
    fn of(policy: &Policy, tip: &'a Commit) -> Self {
        let person = |identity: &'a Identity| By {
            identity,
            person: policy.people.by_email(&identity.email),
        };
        let (committer, author) = (person(&tip.committer), person(&tip.author));
        let is_nobody = policy.people.is_nobodys(&tip.committer.email);
        if committer.person.is_none() && (author.person.is_some() || is_nobody) {
            author
        } else {
            committer
        }
    }

    fn account(&self, policy: &Policy) -> Option<String> {
        let account = policy.people.account_of(self.person?)?;
        Some(account.to_owned())
    }

    fn pusher(&self, policy: &Policy) -> Pusher {
        let stand_in = || found::who(policy, self.identity);
        Pusher {
            account: Some(self.account(policy).unwrap_or_else(stand_in)),
            person: self.person,
            ..Pusher::default()
        }
    }
}
