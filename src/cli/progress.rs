//! How far long work has come, where somebody watches.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// A line on a terminal that is written over and over.
pub(super) struct Progress {
    what: &'static str,
    shown: Instant,
    is_watched: bool,
}

impl Progress {
    /// Nothing is shown before the work has taken a moment, or where standard error is no terminal.
    pub(super) fn of(what: &'static str) -> Self {
        Progress {
            what,
            shown: Instant::now(),
            is_watched: io::stderr().is_terminal(),
        }
    }

    /// So much of `all` is done.
    pub(super) fn show(&mut self, done: u64, all: u64) {
        const PAUSE: Duration = Duration::from_millis(200);
        if self.is_watched && self.shown.elapsed() >= PAUSE && all > 0 {
            self.shown = Instant::now();
            let percent = done.saturating_mul(100) / all;
            let _ = write!(io::stderr().lock(), "\r{}: {percent}%", self.what);
        }
    }
}

impl Drop for Progress {
    /// The line makes room for what comes.
    fn drop(&mut self) {
        if self.is_watched {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}
