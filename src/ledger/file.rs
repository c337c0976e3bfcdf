//! Adds lines to the ledger's file: under a lock that every writer takes, chained to the last one, and on the disk before
//! the hook says that a push is accepted.
//!
//! A crash can leave a last line that is cut off. The next writer ends it, and adds one that says so: what is in a ledger
//! is never taken away, and the chain leads through what was torn. A writer that fails in the middle (a full disk) takes
//! its own half line back.
//!
//! A file that has grown too large is put aside under a name with the number of its last line, and the chain goes on in a
//! new one. The new one takes the place of the old in one step, so no writer can meet a ledger without a past.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::entry::{Entry, Event};
use super::{BEGINNING, Link, SCHEMA};
use crate::digest::sha256;

/// Only the account that runs git, and its group, may read who was refused what.
const MODE: u32 = 0o640;

/// A ledger that lines are added to.
#[derive(Debug, Clone)]
pub struct Ledger {
    path: PathBuf,
    rotate: Option<u64>,
}

/// A line that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its number.
    pub number: u64,
    /// Its SHA-256, which the next line will carry.
    pub hash: String,
}

/// Why a line could not be added.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file cannot be read or written.
    #[error("the ledger {} cannot be {doing}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
    /// Other writers took too long.
    #[error("the ledger {} was locked by others for {} ms", path.display(), waited.as_millis())]
    Busy {
        /// The file.
        path: PathBuf,
        /// For how long.
        waited: Duration,
    },
    /// Its last line is none that this program wrote.
    #[error(
        "the ledger {} ends with a line that is none of a ledger: `portcullis audit --verify` shows it; put the file aside to begin a new one",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
}

/// Where the chain ends.
struct End {
    number: u64,
    /// Of the last whole line.
    hash: String,
    /// What stands behind the last whole line, or that it has no line feed: something was cut off.
    torn: Option<Torn>,
}

/// What a crash left.
struct Torn {
    /// Of the last piece.
    hash: String,
    /// The last piece has no line feed.
    is_open: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    link: Link,
    #[serde(flatten)]
    event: &'a Event,
}

impl Ledger {
    /// The ledger in `path`, which need not be there yet. It is put aside once it has reached `rotate` bytes.
    pub fn at(path: &Path, rotate: Option<u64>) -> Self {
        Ledger {
            path: path.to_owned(),
            rotate,
        }
    }

    /// Adds an entry, after waiting for other writers at most that long. When it returns, the line is on the disk.
    pub fn append(&self, entry: Entry, now: i64, wait: Duration) -> Result<Written, LedgerError> {
        let mut file = self.lock(wait)?;
        let mut end = self.end(&mut file)?;
        let length = file
            .metadata()
            .map_err(|source| self.failed("read", source))?
            .len();
        let mut lines = Vec::new();
        seal(&mut end, now, &mut lines);
        if self.rotate.is_some_and(|most| length >= most) {
            self.write(&mut file, length, &lines)?;
            lines.clear();
            file = self.begin_anew(&mut end, now)?;
        }
        let start = file
            .metadata()
            .map_err(|source| self.failed("read", source))?
            .len();
        end.link(&Event::Decision(Box::new(entry)), &mut lines);
        self.write(&mut file, start, &lines)?;
        Ok(Written {
            number: end.number,
            hash: end.hash,
        })
    }

    /// The file with its lock. The lock is held on the file itself; one that was put aside while this waited is let go.
    fn lock(&self, wait: Duration) -> Result<File, LedgerError> {
        /// Writers hold it for the time of one write; who asks too often keeps the disk from them.
        const PAUSE: Duration = Duration::from_millis(2);
        let started = Instant::now();
        loop {
            let file = self
                .open()
                .map_err(|source| self.failed("written", source))?;
            loop {
                match file.try_lock() {
                    Ok(()) => break,
                    Err(TryLockError::WouldBlock) => {}
                    Err(TryLockError::Error(source)) => return Err(self.failed("written", source)),
                }
                if started.elapsed() >= wait {
                    return Err(LedgerError::Busy {
                        path: self.path.clone(),
                        waited: wait,
                    });
                }
                thread::sleep(PAUSE);
            }
            if is_at(&file, &self.path) {
                return Ok(file);
            }
        }
    }

    fn open(&self) -> io::Result<File> {
        // A pipe or a device would not be there for the next to read; opening one may never return.
        let is_file = fs::metadata(&self.path).map_or(true, |about| about.is_file());
        if !is_file {
            return Err(io::Error::other("it is no regular file"));
        }
        OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(MODE)
            .open(&self.path)
    }

    /// Reads the file from its end back to the last whole line.
    fn end(&self, file: &mut File) -> Result<End, LedgerError> {
        /// More is no line that was cut off.
        const FARTHEST: usize = 256 << 20;
        const CHUNK: u64 = 16 << 10;
        let foreign = || LedgerError::Foreign {
            path: self.path.clone(),
        };
        let read = |source| self.failed("read", source);
        let mut start = file.seek(SeekFrom::End(0)).map_err(read)?;
        let mut tail = Vec::new();
        loop {
            if let Some(end) = end_within(&tail, start == 0) {
                return end.ok_or_else(foreign);
            }
            if tail.len() > FARTHEST {
                return Err(foreign());
            }
            // Twice as much each time: a long line is read once or twice, not once for each chunk of it.
            let more = CHUNK.max(tail.len() as u64).min(start);
            start -= more;
            file.seek(SeekFrom::Start(start)).map_err(read)?;
            let mut longer = Vec::new();
            let mut part = io::Read::take(&mut *file, more);
            part.read_to_end(&mut longer).map_err(read)?;
            longer.extend(tail);
            tail = longer;
        }
    }

    /// Writes all of `lines` or nothing, and waits for the disk.
    fn write(&self, file: &mut File, start: u64, lines: &[u8]) -> Result<(), LedgerError> {
        let written = file.write_all(lines).and_then(|()| file.sync_data());
        written.map_err(|source| {
            // Where half a line cannot be taken back either, the next writer seals it.
            if let Err(error) = file.set_len(start) {
                tracing::warn!("half a line is left in the ledger: {error}");
            }
            self.failed("written", source)
        })
    }

    /// Puts the file aside and begins a new one, which is locked when this returns.
    fn begin_anew(&self, end: &mut End, now: i64) -> Result<File, LedgerError> {
        let failed = |source| self.failed("put aside", source);
        let aside = aside(&self.path, end.number);
        let mut lines = Vec::new();
        let from = aside.file_name().unwrap_or_default().to_string_lossy();
        let continued = Event::Continued {
            time: super::time(now),
            from: from.into_owned(),
        };
        end.link(&continued, &mut lines);
        let staged = with_suffix(&self.path, ".new");
        // Only who holds the lock is here: what is left of a crash is nobody's.
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(MODE)
            .open(&staged)
            .map_err(failed)?;
        file.set_len(0).map_err(failed)?;
        file.lock().map_err(failed)?;
        self.write(&mut file, 0, &lines)?;
        match fs::hard_link(&self.path, &aside) {
            // A crash came between this step and the next.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            linked => linked.map_err(failed)?,
        }
        fs::rename(&staged, &self.path).map_err(failed)?;
        Ok(file)
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> LedgerError {
        LedgerError::Io {
            path: self.path.clone(),
            doing,
            source,
        }
    }
}

impl End {
    /// Adds a line to `lines`, and is where that ends.
    fn link(&mut self, event: &Event, lines: &mut Vec<u8>) {
        let link = Link {
            schema: SCHEMA.to_owned(),
            number: self.number + 1,
            previous: self.hash.clone(),
        };
        let line = serde_json::to_vec(&Line { link, event });
        let line = line.expect("strings, numbers and lists always make JSON");
        self.number += 1;
        self.hash = sha256(&line);
        lines.extend(line);
        lines.push(b'\n');
    }
}

/// Ends a line that was cut off, and says so in the next.
fn seal(end: &mut End, now: i64, lines: &mut Vec<u8>) {
    let Some(torn) = end.torn.take() else {
        return;
    };
    if torn.is_open {
        lines.push(b'\n');
    }
    let whole = std::mem::replace(&mut end.hash, torn.hash);
    let sealed = Event::Sealed {
        time: super::time(now),
        whole,
        note: "the line before was cut off while it was written; whether its push was accepted, git knows",
    };
    end.link(&sealed, lines);
}

/// Where the chain ends, if `tail` tells: `None` if more of the file is needed, and within it if this is no ledger.
#[expect(clippy::option_option, reason = "the two answers are no cases of one")]
fn end_within(tail: &[u8], is_all: bool) -> Option<Option<End>> {
    let is_open = !tail.ends_with(b"\n");
    let pieces: Vec<&[u8]> = tail
        .strip_suffix(b"\n")
        .unwrap_or(tail)
        .split(|byte| *byte == b'\n')
        .collect();
    let is_torn = |behind: usize| behind > 0 || is_open;
    // The first piece is the end of a line, if there is more of the file before it.
    let whole = pieces.iter().enumerate().skip(usize::from(!is_all)).rev();
    for (at, piece) in whole {
        if let Some(link) = Link::of(piece) {
            let torn = is_torn(pieces.len() - 1 - at).then(|| Torn {
                hash: sha256(pieces[pieces.len() - 1]),
                is_open,
            });
            return Some(Some(End {
                number: link.number,
                hash: sha256(piece),
                torn,
            }));
        }
    }
    let first = is_all.then(|| End {
        number: 0,
        hash: BEGINNING.to_owned(),
        torn: (!tail.is_empty()).then(|| Torn {
            hash: sha256(tail),
            is_open,
        }),
    })?;
    // A first line that was cut off has no line feed; anything else was not written here.
    Some((tail.is_empty() || (is_open && pieces.len() == 1)).then_some(first))
}

/// Is it the file that is found under this name now?
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    let same = |one: fs::Metadata, other: fs::Metadata| {
        (one.dev(), one.ino()) == (other.dev(), other.ino())
    };
    match (file.metadata(), fs::metadata(path)) {
        (Ok(file), Ok(path)) => same(file, path),
        _ => false,
    }
}

/// The name of a file that was put aside with this line as its last: sorted by name is sorted by time.
fn aside(path: &Path, last: u64) -> PathBuf {
    with_suffix(path, &format!(".{last:012}"))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
