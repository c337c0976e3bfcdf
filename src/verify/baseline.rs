//! What refs held that no decision is about, when somebody first looked: where the ledger begins for them.
//!
//! A text file in the repository's folder of portcullis, one line for each ref: after which line of the ledger, what it
//! held (zeros: it did not exist), its name. Whoever can write there can hide a move; so can whoever can write the refs.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::{Kind, ObjectId};

use super::history::Start;

/// How a file of this format begins.
const HEAD: &str = "# portcullis baseline v1: ledger line, value, ref";

/// Where refs began, by their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline(BTreeMap<BString, (u64, Option<ObjectId>)>);

impl Baseline {
    /// The baseline in `folder`, if there is one.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn read(folder: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read(path(folder)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut lines = text.lines();
        let is_ours = lines.next() == Some(HEAD.as_bytes());
        let entries: Option<BTreeMap<_, _>> = lines.map(entry).collect();
        match entries.filter(|_| is_ours) {
            Some(entries) => Ok(Some(Baseline(entries))),
            None => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "it is no baseline of portcullis; move it away to take a new one",
            )),
        }
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, folder: &Path, hash: Kind) -> io::Result<()> {
        let mut text = format!("{HEAD}\n").into_bytes();
        for (name, (after, value)) in &self.0 {
            let value = value.unwrap_or(hash.null());
            text.extend(format!("{after} {value} ").bytes());
            text.extend_from_slice(name);
            text.push(b'\n');
        }
        fs::create_dir_all(folder)?;
        let staged = folder.join("baseline.new");
        fs::write(&staged, text)?;
        fs::rename(staged, path(folder))
    }

    /// Where a ref began.
    pub(super) fn start(&self, name: &BString) -> Option<Start> {
        let &(after, value) = self.0.get(name)?;
        Some(Start { after, value })
    }

    pub(super) fn set(&mut self, name: BString, after: u64, value: Option<ObjectId>) {
        self.0.insert(name, (after, value));
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &BString> {
        self.0.keys()
    }
}

/// Where the baseline is.
pub fn path(folder: &Path) -> PathBuf {
    folder.join("baseline")
}

fn entry(line: &[u8]) -> Option<(BString, (u64, Option<ObjectId>))> {
    let mut words = line.splitn(3, |byte| *byte == b' ');
    let after = words.next()?.to_str().ok()?.parse().ok()?;
    let value = ObjectId::from_hex(words.next()?).ok()?;
    let name = words.next()?;
    Some((name.into(), (after, (!value.is_null()).then_some(value))))
}
