//! Ends the program when its time is up, whatever it is doing: a gate that hangs is a gate that is switched off.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::scribe::Scribe;
use super::{Exit, say};
use crate::policy::Limits;
use crate::report::text;

#[derive(Debug, thiserror::Error)]
#[error("it took longer than {} seconds (limits.time in the policy); push in smaller parts, or ask the admin", .0.as_secs_f32())]
struct TimeIsUp(Duration);

/// Begins to watch. Until it is told how long the push may take, the default holds, for the policy too must be read.
#[expect(
    clippy::disallowed_methods,
    reason = "the watchdog must end the program from beside it"
)]
pub(super) fn watch(line_prefix: &'static str, scribe: &Arc<Scribe>) -> mpsc::Sender<Duration> {
    let (sender, receiver) = mpsc::channel();
    let started = Instant::now();
    let scribe = Arc::clone(scribe);
    let watchdog = move || {
        let default = Limits::default().time;
        let limit = match receiver.recv_timeout(default) {
            Ok(limit) => limit,
            Err(mpsc::RecvTimeoutError::Timeout) => default,
            // The policy could not be read, and the program is about to end.
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        };
        std::thread::sleep(limit.saturating_sub(started.elapsed()));
        let failure = TimeIsUp(limit);
        say(&text::failure(&failure, false, line_prefix));
        scribe.record_failure(&failure.to_string());
        std::process::exit(Exit::Failed.code().into());
    };
    if std::thread::Builder::new()
        .name("watchdog".into())
        .spawn(watchdog)
        .is_err()
    {
        tracing::warn!("no thread can be started to keep the time limit");
    }
    sender
}
