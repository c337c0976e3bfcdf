//! The ledger: one line of JSON for each decision, in the order in which they were taken (SPEC 7).
//!
//! ```text
//! entry (what happened) ─► file (lock, chain, sync) ─► audit.jsonl ─┬► chain (reads and proves) ─► `audit --verify`, `verify`
//!                       │                                           └► tail (reads as lines come) ─► line ─► query ─► `audit`
//!                       └► log (journald or syslog, where the policy asks)
//! ```
//!
//! Each line has a number and carries the SHA-256 of the line before it, so that none can be changed, removed or put in
//! without a trace in the next. Whoever can write the file can also write a new one: a ledger proves as much as the
//! account that owns it is worth, or the place where its last hash is kept.

pub mod chain;
pub mod entry;
pub mod file;
pub mod line;
pub mod log;
pub mod query;
pub mod tail;

use serde::{Deserialize, Serialize};

/// The format of the lines.
pub const SCHEMA: &str = "portcullis/ledger/v1";

/// What stands for the hash of the line before the first.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What makes a line a link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    schema: String,
    /// Counted from 1, over all files of a ledger.
    number: u64,
    /// SHA-256 of the line before, without its line feed.
    previous: String,
}

impl Link {
    /// What a line says of its place in the chain; `None` if it is no line of a ledger.
    fn of(line: &[u8]) -> Option<Self> {
        let link: Link = serde_json::from_slice(line).ok()?;
        (link.schema == SCHEMA).then_some(link)
    }
}

/// A time as people and programs read it.
pub(crate) fn time(seconds: i64) -> String {
    gix::date::Time::new(seconds, 0).format_or_unix(gix::date::time::format::ISO8601_STRICT)
}
