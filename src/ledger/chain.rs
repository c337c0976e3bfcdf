//! Reads a ledger from its first line to its last, and proves its chain.
//!
//! What was done to a ledger shows in the line after: its number and the hash that it carries tell whether lines are gone,
//! were put in, or were changed. The last line has none after it, so it is the one to compare with a copy elsewhere.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::line::Line;
use super::{BEGINNING, Link};
use crate::digest::sha256;
use crate::state::place::folder_of;

/// How far back it is looked for the line that a put-in one was put behind.
const REMEMBERED: usize = 10_000;

/// What the chain proves.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// How many lines there are.
    pub lines: u64,
    /// The number of the last line.
    pub last: u64,
    /// The hash of the last line: whoever keeps it elsewhere can tell later whether the ledger still holds that line.
    pub hash: String,
    /// Lines that were cut off by a crash, each with the one that says so.
    pub sealed: u64,
    /// The last line is cut off, and no push has come since.
    pub is_torn: bool,
    /// The ledger goes on from this file, which is not among those that were read.
    pub begins_after: Option<String>,
    /// Where the chain is broken, in the order of the file.
    pub breaks: Vec<Break>,
}

/// Where the chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The file.
    pub file: PathBuf,
    /// The line in it, counted from 1.
    pub line: u64,
    /// What happened there.
    pub what: Tampering,
}

/// What was done to a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tampering {
    /// It is not as it was written.
    Changed,
    /// It was put in.
    Inserted,
    /// These numbers are missing before it.
    Removed {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
}

/// The files of the ledger in `path`: those that were put aside, the oldest first, and the one that is written to.
///
/// # Errors
/// When their folder cannot be read.
pub fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let mut aside = Vec::new();
    for entry in fs::read_dir(folder_of(path))? {
        let entry = entry?;
        let other = entry.file_name();
        let suffix = other.as_encoded_bytes().strip_prefix(name);
        let number = suffix.and_then(|suffix| suffix.strip_prefix(b"."));
        if number.is_some_and(|number| number.len() == 12 && number.iter().all(u8::is_ascii_digit))
        {
            aside.push(entry.path());
        }
    }
    aside.sort();
    // A crash in the middle of putting it aside leaves one file under both names.
    let current = fs::metadata(path)?;
    aside.retain(|aside| {
        fs::metadata(aside).map_or(true, |about| {
            (about.dev(), about.ino()) != (current.dev(), current.ino())
        })
    });
    aside.push(path.to_owned());
    Ok(aside)
}

/// Reads `files` as one ledger. `visit` is told each decision, and how many bytes have been read.
///
/// # Errors
/// When one cannot be read, with its name.
pub fn read(
    files: &[PathBuf],
    mut visit: impl FnMut(Option<Line>, u64),
) -> Result<Proof, (PathBuf, io::Error)> {
    let mut reader = Reader::default();
    let mut bytes = 0;
    for path in files {
        let failed = |error| (path.clone(), error);
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let mut number = 0;
        let mut line = Vec::new();
        while file.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            number += 1;
            bytes += line.len() as u64;
            reader.proof.is_torn = line.pop_if(|last| *last == b'\n').is_none();
            visit(reader.read(&line, path, number), bytes);
            line.clear();
        }
    }
    Ok(reader.finish())
}

/// A line that was read, and where.
#[derive(Clone)]
struct Seen {
    number: u64,
    hash: String,
    file: PathBuf,
    line: u64,
}

#[derive(Default)]
struct Reader {
    proof: Proof,
    /// The last lines of the chain, the newest at the end.
    seen: VecDeque<Seen>,
    /// Lines behind the last of these that are none of a ledger: their hash, and where they are.
    pieces: Vec<Seen>,
}

/// The part of a line that is read beside its link.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Content {
    Decision(Box<Line>),
    Sealed { whole: String },
    Continued { from: String },
}

impl Reader {
    fn read(&mut self, line: &[u8], file: &Path, at: u64) -> Option<Line> {
        self.proof.lines += 1;
        let content: Option<Content> = serde_json::from_slice(line).ok();
        let mut seen = Seen {
            number: 0,
            hash: sha256(line),
            file: file.to_owned(),
            line: at,
        };
        let (Some(link), Some(content)) = (Link::of(line), content) else {
            self.pieces.push(seen);
            return None;
        };
        seen.number = link.number;
        self.check(&link, &content, &seen);
        self.pieces.clear();
        self.proof.last = link.number;
        self.proof.hash.clone_from(&seen.hash);
        self.seen.push_back(seen);
        if self.seen.len() > REMEMBERED {
            self.seen.pop_front();
        }
        match content {
            Content::Decision(line) => Some(*line),
            Content::Sealed { .. } | Content::Continued { .. } => None,
        }
    }

    fn check(&mut self, link: &Link, content: &Content, seen: &Seen) {
        let (number, hash) = match self.seen.back() {
            Some(last) => (last.number, last.hash.as_str()),
            None => (0, BEGINNING),
        };
        let follows = link.number == number + 1 && link.previous == hash;
        if let Content::Sealed { whole } = content {
            let before = self.pieces.last().map_or(hash, |piece| piece.hash.as_str());
            if link.number == number + 1 && link.previous == before && whole == hash {
                self.proof.sealed += 1;
                return;
            }
        }
        if follows && self.pieces.is_empty() {
            return;
        }
        if let (true, Content::Continued { from }) = (self.seen.is_empty(), content) {
            self.proof.begins_after = Some(from.clone());
            return;
        }
        let broken = self.explain(link, number, follows, seen);
        self.proof.breaks.push(broken);
    }

    /// What was done so that a line does not fit those before it.
    fn explain(&self, link: &Link, number: u64, follows: bool, seen: &Seen) -> Break {
        let at = |place: &Seen, what| Break {
            file: place.file.clone(),
            line: place.line,
            what,
        };
        if let Some(piece) = self.pieces.first() {
            let what = if follows {
                Tampering::Inserted
            } else {
                Tampering::Changed
            };
            return at(piece, what);
        }
        if link.number > number + 1 {
            let (first, last) = (number + 1, link.number - 1);
            return at(seen, Tampering::Removed { first, last });
        }
        // Where it says that it belongs: what stands between that place and here was put in.
        let behind = self
            .seen
            .iter()
            .rposition(|seen| seen.hash == link.previous);
        let is_beginning = link.previous == BEGINNING;
        let inserted = match behind {
            Some(behind) => self.seen.get(behind + 1),
            None => self.seen.front().filter(|_| is_beginning),
        };
        match (inserted, self.seen.back()) {
            (Some(inserted), _) => at(inserted, Tampering::Inserted),
            (None, Some(changed)) if link.number == number + 1 && behind.is_none() => {
                at(changed, Tampering::Changed)
            }
            // It fits, but for its number; or nothing is before it that it could fit.
            (None, _) => at(seen, Tampering::Changed),
        }
    }

    fn finish(mut self) -> Proof {
        // What stands at the end and is no line was cut off, unless others came after it.
        let is_torn = self.proof.is_torn;
        let whole = self.pieces.len() - usize::from(is_torn && !self.pieces.is_empty());
        if let Some(piece) = self.pieces.first().filter(|_| whole > 0) {
            self.proof.breaks.push(Break {
                file: piece.file.clone(),
                line: piece.line,
                what: Tampering::Changed,
            });
        }
        self.proof
    }
}
