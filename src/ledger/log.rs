//! Tells the system's log of each decision too, where the policy asks for that (`audit.log`).
//!
//! A decision becomes one event of `tracing`, and a layer made for this event hands it to the daemon: one datagram, by
//! journald's own protocol (<https://systemd.io/JOURNAL_NATIVE_PROTOCOL/>) or by that of syslog (RFC 3164). What is told
//! has the number and the hash of the decision's line in the ledger, so that the log can prove later what the ledger held.
//!
//! The crates for this know one socket each, by a fixed path, and one of them calls C's `syslog`; neither could be tried
//! out. Nothing here waits: a log that is gone or full must not keep a push, and loses the record in place of that.

use std::fmt;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::subscriber::with_default;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::{Layer, Registry};

use super::entry::Verdict;
use super::file::Written;
use super::line::Line;
use crate::policy::{Log, LogKind};
use crate::report::audit;

/// Under this name the records are found.
const IDENTIFIER: &str = "portcullis";

/// The facility of syslog: `authpriv`, which common daemons write where not everybody may read.
const FACILITY: u8 = 10;

/// Tells `log` of a decision, and of its place in the ledger if it got one.
///
/// # Errors
/// When the record could not be handed over.
pub fn tell(log: &Log, line: &Line, written: Option<&Written>) -> io::Result<()> {
    /// What is told, as an event that is as severe as the decision.
    macro_rules! tell {
        ($level:expr) => {
            tracing::event!(
                $level,
                verdict = crate::report::words::recorded(line.verdict),
                decision = line.id.as_deref(),
                repository = line.repository.as_deref(),
                pusher = line.pushed_by(),
                bypassed_by = line.bypass().map(|bypass| &*bypass.person),
                line = written.map(|written| written.number),
                sha256 = written.map(|written| &*written.hash),
                "{}",
                audit::record(line, written)
            )
        };
    }
    let outcome = Arc::new(Mutex::new(Ok(())));
    let daemon = Daemon {
        log: log.clone(),
        outcome: Arc::clone(&outcome),
    };
    with_default(Registry::default().with(daemon), || match line.verdict {
        Verdict::Allow if line.bypass().is_none() => tell!(Level::INFO),
        Verdict::Allow | Verdict::Deny => tell!(Level::WARN),
        Verdict::Failed => tell!(Level::ERROR),
    });
    let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut outcome, Ok(()))
}

/// Does a daemon listen there?
///
/// # Errors
/// Why it cannot be reached.
pub fn reach(socket: &Path) -> io::Result<()> {
    UnixDatagram::unbound()?.connect(socket)
}

/// A layer that hands events to the daemon.
struct Daemon {
    log: Log,
    /// How that went: a layer has nobody to return it to.
    outcome: Arc<Mutex<io::Result<()>>>,
}

impl<S: Subscriber> Layer<S> for Daemon {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut record = Record::default();
        event.record(&mut record);
        let severity = severity(*event.metadata().level());
        let datagram = match self.log.kind {
            LogKind::Journald => record.for_journald(severity),
            LogKind::Syslog => record.for_syslog(severity),
        };
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        *outcome = send(&datagram, &self.log.socket);
    }
}

fn send(datagram: &[u8], path: &Path) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to(datagram, path).map(drop)
}

/// As syslog and journald number it.
fn severity(level: Level) -> u8 {
    match level {
        Level::ERROR => 3,
        Level::WARN => 4,
        _ => 6,
    }
}

/// The fields of an event, in its order.
#[derive(Default)]
struct Record {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl Visit for Record {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let value = format!("{value:?}");
        if field.name() == "message" {
            self.message = value;
        } else {
            self.fields.push((field.name(), value));
        }
    }
}

impl Record {
    fn for_journald(&self, severity: u8) -> Vec<u8> {
        let mut datagram = Vec::new();
        let mut put = |name: &str, value: &str| {
            datagram.extend(name.as_bytes());
            // With its length in front a value may hold anything, a line feed too.
            datagram.push(b'\n');
            datagram.extend((value.len() as u64).to_le_bytes());
            datagram.extend(value.as_bytes());
            datagram.push(b'\n');
        };
        put("MESSAGE", &self.message);
        put("PRIORITY", &severity.to_string());
        put("SYSLOG_FACILITY", &FACILITY.to_string());
        put("SYSLOG_IDENTIFIER", IDENTIFIER);
        for (name, value) in &self.fields {
            put(&format!("PORTCULLIS_{}", name.to_ascii_uppercase()), value);
        }
        datagram
    }

    /// Without a time: the daemon has its own, and that of the sender would be in a zone that it has to guess.
    fn for_syslog(&self, severity: u8) -> Vec<u8> {
        let priority = FACILITY * 8 + severity;
        let process = std::process::id();
        format!("<{priority}>{IDENTIFIER}[{process}]: {}", self.message).into_bytes()
    }
}
