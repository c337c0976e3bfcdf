//! Writes what becomes of a push into the ledger, and tells the system's log, from whichever thread comes to know it.

use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use crate::decision::Decision;
use crate::ledger::entry::{Circumstances, Entry, Pusher};
use crate::ledger::file::{Ledger, LedgerError};
use crate::ledger::line::Line;
use crate::ledger::log;
use crate::policy::{Audit, Policy};
use crate::push::RefUpdate;
use crate::report::text;

/// How long a push that is refused in any case waits for other writers.
const PATIENCE_OF_FAILURES: Duration = Duration::from_millis(500);

/// What is known of a push so far, and where it is written.
pub(super) struct Scribe {
    started: Instant,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    audit: Option<Audit>,
    /// How long the whole push may take.
    time: Duration,
    circumstances: Circumstances,
    updates: Vec<RefUpdate>,
    /// The ledger could not be written: a second try would only take more time.
    has_failed: bool,
}

impl Scribe {
    /// Begins with a push of which nothing is known but when it came.
    pub(super) fn new(now: i64) -> Self {
        let known = Known {
            circumstances: Circumstances {
                time: now,
                ..Circumstances::default()
            },
            ..Known::default()
        };
        Scribe {
            started: Instant::now(),
            known: Mutex::new(known),
        }
    }

    /// The policy decides, and says where the ledger is.
    pub(super) fn learn_policy(&self, policy: &Policy, is_last_good: bool) {
        self.learn(|known| {
            known.audit.clone_from(&policy.audit);
            known.time = policy.limits.time;
            known.circumstances.policy.clone_from(&policy.digest);
            known.circumstances.keys.clone_from(&policy.keyring.files);
            known.circumstances.policy_is_last_good = is_last_good;
        });
    }

    /// Who pushes, and to which repository.
    pub(super) fn learn_pusher(&self, repository: &str, pusher: Pusher) {
        self.learn(|known| {
            known.circumstances.repository = Some(repository.to_owned());
            known.circumstances.pusher = pusher;
        });
    }

    /// What is pushed.
    pub(super) fn learn_updates(&self, updates: &[RefUpdate]) {
        self.learn(|known| known.updates = updates.to_vec());
    }

    /// Records a decision.
    ///
    /// # Errors
    /// When it cannot be recorded, and the policy says that it must be. Otherwise that is logged.
    pub(super) fn record(&self, decision: &Decision) -> Result<(), LedgerError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Half of the time that is left: the other half is for what comes after.
        let wait = known.time.saturating_sub(self.started.elapsed()) / 2;
        known.circumstances.took = self.started.elapsed();
        let entry = Entry::of(decision, &known.circumstances);
        match known.append(entry, wait) {
            Err(error) if known.audit.as_ref().is_some_and(|audit| audit.required) => Err(error),
            Err(error) => {
                tracing::warn!("the decision is not in the ledger: {}", text::chain(&error));
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Records that the push could not be judged, if that can still be done: the thread that failed may be the one that
    /// was writing.
    pub(super) fn record_failure(&self, why: &str) {
        let mut known = match self.known.try_lock() {
            Ok(known) => known,
            Err(TryLockError::Poisoned(known)) => known.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        known.circumstances.took = self.started.elapsed();
        let entry = Entry::failed(why, &known.updates, &known.circumstances);
        if let Err(error) = known.append(entry, PATIENCE_OF_FAILURES) {
            tracing::error!("the failure is not in the ledger: {}", text::chain(&error));
        }
    }

    fn learn(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Known {
    fn append(&mut self, entry: Entry, wait: Duration) -> Result<(), LedgerError> {
        let Some(audit) = &self.audit else {
            return Ok(());
        };
        let told = audit.log.as_ref().map(|log| (log, Line::of(&entry)));
        let mut written = Ok(None);
        if !self.has_failed {
            let ledger = Ledger::at(&audit.file, audit.rotate);
            written = ledger
                .append(entry, self.circumstances.time, wait)
                .map(Some);
            self.has_failed = written.is_err();
        }
        // What must be recorded and is not becomes a failure, and that is what is told then.
        let is_void = written.is_err() && audit.required;
        if let Some((log, line)) = told.filter(|_| !is_void) {
            let place = written.as_ref().ok().and_then(Option::as_ref);
            if let Err(error) = log::tell(log, &line, place) {
                let name = log.kind.name();
                tracing::warn!("{name} is not told of the decision: {error}");
            }
        }
        written.map(drop)
    }
}
