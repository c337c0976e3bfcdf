//! How far long work has come, where somebody watches.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A line on a terminal that is written over and over: a bar, the rate, and the time that is left. Where standard error is
/// no terminal, nothing is written.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Nothing of `what` is done yet.
    pub(super) fn of(what: &'static str) -> Self {
        const LOOK: &str = "{msg} {wide_bar} {percent}%, {per_sec}, {eta} left";
        let style = ProgressStyle::with_template(LOOK).expect("the template is well-formed");
        let bar = ProgressBar::no_length()
            .with_style(style)
            .with_message(what);
        // The time that is left goes down even while one piece of work takes long.
        bar.enable_steady_tick(Duration::from_millis(200));
        Progress { bar }
    }

    /// So much of `all` is done.
    pub(super) fn show(&self, done: u64, all: u64) {
        self.bar.set_length(all);
        self.bar.set_position(done);
    }

    /// One more of `all` is done.
    pub(super) fn step(&self, all: u64) {
        self.bar.set_length(all);
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    /// The line makes room for what comes.
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
