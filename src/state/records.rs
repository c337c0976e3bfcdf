//! The values that refs have had (SPEC 2.1), as portcullis has seen them.
//!
//! A value is written down when a push that moves the ref is accepted, and it is the one *before* the push: that it was
//! there is certain. What comes after may still fail in git; the next push will see.
//!
//! One file for each ref, `states/<ref>~` (no ref name has a `~`, so none is in another's way): a head, then records of
//! one length, which are only ever added. So a record is found by its number, however many there are, and a last one
//! that a crash cut off is told by the file's length: readers pass over it, the next writer removes it.
//!
//! Values mostly follow each other, each containing the one before. Such a *run* can be searched by halves, and its
//! newest value stands for all of it. Each record therefore says where its run began.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::hash::{Kind, ObjectId};

use super::{StateError, place};

/// What a file begins with: its format, and the hash of its ids.
const HEAD_LENGTH: usize = 32;

/// After the id: where the run began, and the first bytes of a hash over all of it.
const TAIL_LENGTH: usize = 8;

/// The longest part of a file's name that file systems take.
const LONGEST_PART: usize = 255;

/// The recorded values of a repository's refs.
#[derive(Debug, Clone)]
pub struct Records {
    folder: PathBuf,
    hash: Kind,
    forgotten: Forgotten,
}

/// Refs of whose past nothing is known.
#[derive(Debug, Clone)]
enum Forgotten {
    These(BTreeSet<BString>),
    All,
}

/// What is recorded of one ref.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    name: BString,
    hash: Kind,
    length: u32,
    last: Option<Entry>,
}

/// One recorded value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The object; `None` where the ref was seen not to exist.
    pub value: Option<ObjectId>,
    /// The number of the first record of its run.
    run: u32,
}

/// A value that a ref was seen to have, to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The ref that holds it.
    pub name: BString,
    /// The value.
    pub value: Option<ObjectId>,
    /// How many records there were when it was seen.
    pub after: u32,
    /// It contains the value that was recorded last.
    pub follows: bool,
}

impl Records {
    /// The records in a repository's folder (see [`place`]), with ids of this hash. Nothing is read yet.
    pub fn below(folder: &Path, hash: Kind) -> Self {
        Records {
            folder: folder.join("states"),
            hash,
            forgotten: Forgotten::These(BTreeSet::new()),
        }
    }

    /// As if nothing had ever been recorded, for questions about pushes that were made long ago to refs that were then
    /// elsewhere.
    pub fn unknown(folder: &Path, hash: Kind) -> Self {
        Records {
            forgotten: Forgotten::All,
            ..Self::below(folder, hash)
        }
    }

    /// From now on nothing is known of the past of `name`, for questions about a push that was made long ago.
    pub fn forget(&mut self, name: BString) {
        if let Forgotten::These(names) = &mut self.forgotten {
            names.insert(name);
        }
    }

    /// The same, where nothing is known of the past of `name`.
    #[must_use]
    pub fn forgetting(mut self, name: &BString) -> Self {
        self.forget(name.clone());
        self
    }

    /// What is recorded of the ref `name`.
    ///
    /// # Errors
    /// When its file cannot be read, or is damaged.
    pub fn of(&self, name: &BStr) -> Result<Record, StateError> {
        let mut record = Record {
            path: self.path(name),
            name: name.to_owned(),
            hash: self.hash,
            length: 0,
            last: None,
        };
        let is_forgotten = match &self.forgotten {
            Forgotten::These(names) => names.contains(name),
            Forgotten::All => true,
        };
        if is_forgotten || !can_be_recorded(name) {
            return Ok(record);
        }
        let file = match File::open(&record.path) {
            Ok(file) => file,
            // No file can be where no file can be named.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename
                ) =>
            {
                return Ok(record);
            }
            Err(source) => return Err(record.unreadable(source)),
        };
        record.length = record.measure(&file)?;
        if let Some(last) = record.length.checked_sub(1) {
            record.last = Some(record.read(&file, last)?);
        }
        Ok(record)
    }

    /// Writes down what was seen.
    ///
    /// # Errors
    /// When a file cannot be written, or is damaged.
    pub fn append(&self, observed: &[Observed]) -> Result<(), StateError> {
        for seen in observed {
            self.append_one(seen)?;
        }
        Ok(())
    }

    fn append_one(&self, seen: &Observed) -> Result<(), StateError> {
        let path = self.path(seen.name.as_bstr());
        let unwritable = |source| StateError::Io {
            path: path.clone(),
            doing: "written",
            source,
        };
        let file = place::open_for_writing(&path).map_err(unwritable)?;
        file.lock().map_err(unwritable)?;
        let mut record = Record {
            path: path.clone(),
            name: seen.name.clone(),
            hash: self.hash,
            length: 0,
            last: None,
        };
        record.length = record.measure(&file)?;
        // It may be the last one already, or another push may have recorded it since it was seen.
        if record.has_from(&file, seen.after.saturating_sub(1), seen.value)? {
            return Ok(());
        }
        // Where another push has written in between, it is not known what this value follows.
        let before = record.length.checked_sub(1);
        let run = match before.filter(|_| seen.follows && record.length == seen.after) {
            Some(before) => record.read(&file, before)?.run,
            None => record.length,
        };
        let entry = Entry {
            value: seen.value,
            run,
        };
        record.write(&file, entry).map_err(unwritable)
    }

    fn path(&self, name: &BStr) -> PathBuf {
        let file = [name.as_bytes(), b"~"].concat();
        self.folder.join(OsString::from_vec(file))
    }
}

impl Record {
    /// How many values are recorded.
    pub fn length(&self) -> u32 {
        self.length
    }

    /// The newest.
    pub fn last(&self) -> Option<Entry> {
        self.last
    }

    /// A recorded value by its number, from 0.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged there.
    pub fn get(&self, number: u32) -> Result<Entry, StateError> {
        if let Some(last) = self.last.filter(|_| number + 1 == self.length) {
            return Ok(last);
        }
        // Not kept open: a push may ask about more refs than a process may have files.
        let file = File::open(&self.path).map_err(|source| self.unreadable(source))?;
        self.read(&file, number)
    }

    /// Is the value recorded?
    ///
    /// # Errors
    /// Those of [`Record::get`].
    pub fn has(&self, value: ObjectId) -> Result<bool, StateError> {
        if self.length == 0 {
            return Ok(false);
        }
        let file = File::open(&self.path).map_err(|source| self.unreadable(source))?;
        self.has_from(&file, 0, Some(value))
    }

    /// The runs, by the numbers of their records, the newest first.
    ///
    /// # Errors
    /// Those of [`Record::get`].
    pub fn runs(&self) -> Result<Vec<Range<u32>>, StateError> {
        let mut runs = Vec::new();
        let mut end = self.length;
        while let Some(last) = end.checked_sub(1) {
            let start = self.get(last)?.run;
            runs.push(start..end);
            end = start;
        }
        Ok(runs)
    }

    /// Is the value recorded with this number, or a later one?
    fn has_from(
        &self,
        file: &File,
        number: u32,
        value: Option<ObjectId>,
    ) -> Result<bool, StateError> {
        for number in number..self.length {
            if self.read(file, number)?.value == value {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How many whole records the file has. A head that a crash cut off leaves none.
    fn measure(&self, file: &File) -> Result<u32, StateError> {
        let bytes = file
            .metadata()
            .map_err(|source| self.unreadable(source))?
            .len();
        let Some(records) = bytes.checked_sub(HEAD_LENGTH as u64) else {
            return Ok(0);
        };
        let mut head = [0; HEAD_LENGTH];
        file.read_exact_at(&mut head, 0)
            .map_err(|source| self.unreadable(source))?;
        if head != self.head() {
            return Err(self.damaged(0));
        }
        u32::try_from(records / self.width() as u64).map_err(|_| self.damaged(u32::MAX))
    }

    fn read(&self, file: &File, number: u32) -> Result<Entry, StateError> {
        let mut bytes = vec![0; self.width()];
        file.read_exact_at(&mut bytes, self.offset(number))
            .map_err(|source| self.unreadable(source))?;
        let (id, tail) = bytes.split_at(self.hash.len_in_bytes());
        let (run, check) = tail.split_at(TAIL_LENGTH / 2);
        let run = u32::from_be_bytes(run.try_into().expect("it was split there"));
        let id = ObjectId::try_from(id).expect("it has the hash's length");
        let entry = Entry {
            value: (!id.is_null()).then_some(id),
            run,
        };
        if check != self.check(number, entry) || run > number {
            return Err(self.damaged(number + 1));
        }
        Ok(entry)
    }

    /// Adds a record behind the last whole one. The disk is not waited for, which would cost more than the whole decision,
    /// and for a push of many refs minutes: a power failure in the seconds before can take the record of a value, mostly
    /// together with the move that it was written for. A value less is trusted then.
    fn write(&self, file: &File, entry: Entry) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(HEAD_LENGTH + self.width());
        let mut offset = self.offset(self.length);
        if self.length == 0 {
            bytes.extend(self.head());
            offset = 0;
        }
        bytes.extend(self.id(entry).as_bytes());
        bytes.extend(entry.run.to_be_bytes());
        bytes.extend(self.check(self.length, entry));
        file.set_len(offset)?;
        file.write_all_at(&bytes, offset)
    }

    fn id(&self, entry: Entry) -> ObjectId {
        entry.value.unwrap_or(self.hash.null())
    }

    /// What tells a record from anything else that may come to stand in its place.
    fn check(&self, number: u32, entry: Entry) -> [u8; TAIL_LENGTH / 2] {
        let mut hasher = gix::hash::hasher(Kind::Sha256);
        hasher.update(&self.name);
        hasher.update(&number.to_be_bytes());
        hasher.update(self.id(entry).as_bytes());
        hasher.update(&entry.run.to_be_bytes());
        let digest = hasher.try_finalize();
        let digest = digest.expect("only SHA-1 has collisions to be found");
        let first = digest.as_bytes().first_chunk();
        *first.expect("a hash is longer")
    }

    fn head(&self) -> [u8; HEAD_LENGTH] {
        let mut head = [b' '; HEAD_LENGTH];
        let text = format!("portcullis/states/v1 {}", self.hash);
        head[..text.len()].copy_from_slice(text.as_bytes());
        head[HEAD_LENGTH - 1] = b'\n';
        head
    }

    fn width(&self) -> usize {
        self.hash.len_in_bytes() + TAIL_LENGTH
    }

    fn offset(&self, number: u32) -> u64 {
        HEAD_LENGTH as u64 + u64::from(number) * self.width() as u64
    }

    fn damaged(&self, record: u32) -> StateError {
        StateError::Damaged {
            path: self.path.clone(),
            record,
        }
    }

    fn unreadable(&self, source: io::Error) -> StateError {
        StateError::Io {
            path: self.path.clone(),
            doing: "read",
            source,
        }
    }
}

/// Can a file be named after the ref? git's own files of refs need as much room, so only a reftable has others.
pub fn can_be_recorded(name: &BStr) -> bool {
    name.split_str("/").all(|part| part.len() < LONGEST_PART)
}
