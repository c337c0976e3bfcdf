//! What is remembered of approvals ([`Memory`]), in one file of lines that are only ever added:
//!
//! ```text
//! seen TAG SECONDS
//! spent TAG TIP REF
//! veto TAG REF CONTENT-IN-HEX
//! ```
//!
//! It is read only for pushes that ask for approvals. A last line that a crash cut off has no end: readers pass over it,
//! and the next writer removes it.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;

use super::{StateError, place};
use crate::approval::memory::Memory;

/// The file with a repository's memory of approvals.
#[derive(Debug)]
pub struct Approvals {
    path: PathBuf,
}

impl Approvals {
    /// The memory in a repository's folder (see [`place`]). Nothing is read yet.
    pub fn below(folder: &Path) -> Self {
        Approvals {
            path: folder.join("approvals"),
        }
    }

    /// What is remembered.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged: what is forgotten could be approved again.
    pub fn read(&self) -> Result<Memory, StateError> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Memory::default()),
            Err(source) => return Err(self.failed("read", source)),
        };
        let mut memory = Memory::default();
        let whole = text.rfind_byte(b'\n').map_or(0, |end| end + 1);
        for (number, line) in text[..whole].lines().enumerate() {
            let damaged = || StateError::Damaged {
                path: self.path.clone(),
                record: u32::try_from(number + 1).unwrap_or(u32::MAX),
            };
            read_line(&mut memory, line).ok_or_else(damaged)?;
        }
        Ok(memory)
    }

    /// Adds what is new.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&self, new: &Memory) -> Result<(), StateError> {
        if *new == Memory::default() {
            return Ok(());
        }
        let write = || {
            let mut file = place::open_for_writing(&self.path)?;
            file.lock()?;
            cut_torn_line(&mut file)?;
            file.write_all(&lines(new))?;
            file.sync_data()
        };
        write().map_err(|source| self.failed("written", source))
    }

    fn failed(&self, doing: &'static str, source: io::Error) -> StateError {
        StateError::Io {
            path: self.path.clone(),
            doing,
            source,
        }
    }
}

fn read_line(memory: &mut Memory, line: &[u8]) -> Option<()> {
    let fields: Vec<&[u8]> = line.split_str(" ").collect();
    let id = |hex: &[u8]| ObjectId::from_hex(hex).ok();
    match *fields.as_slice() {
        [b"seen", tag, seconds] => {
            let seconds = seconds.to_str().ok()?.parse().ok()?;
            memory.seen.entry(id(tag)?).or_insert(seconds);
        }
        [b"spent", tag, tip, name] => {
            let key = (id(tag)?, BString::from(name));
            memory.spent.entry(key).or_default().insert(id(tip)?);
        }
        [b"veto", tag, name, content] => {
            memory
                .vetoes
                .insert(id(tag)?, (name.into(), hex::decode(content).ok()?));
        }
        _ => return None,
    }
    Some(())
}

fn lines(memory: &Memory) -> Vec<u8> {
    let mut lines = Vec::new();
    for (tag, seconds) in &memory.seen {
        lines.extend(format!("seen {tag} {seconds}\n").bytes());
    }
    for ((tag, name), tips) in &memory.spent {
        for tip in tips {
            lines.extend(format!("spent {tag} {tip} ").bytes());
            lines.extend_from_slice(name);
            lines.push(b'\n');
        }
    }
    for (tag, (name, content)) in &memory.vetoes {
        lines.extend(format!("veto {tag} ").bytes());
        lines.extend_from_slice(name);
        lines.extend(format!(" {}\n", hex::encode(content)).bytes());
    }
    lines
}

/// Goes to the end of the file, without the beginning of a line that was never finished.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    let whole = text.rfind_byte(b'\n').map_or(0, |end| end + 1);
    file.set_len(whole as u64)?;
    file.seek(SeekFrom::End(0))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(digit: char) -> ObjectId {
        let hex: String = std::iter::repeat_n(digit, 40).collect();
        ObjectId::from_hex(hex.as_bytes()).expect("it is an id")
    }

    fn example() -> Memory {
        let mut memory = Memory::default();
        memory.seen.insert(id('a'), 1_700_000_000);
        let main = BString::from("refs/heads/main");
        memory
            .spent
            .entry((id('a'), main.clone()))
            .or_default()
            .extend([id('b'), id('c')]);
        memory
            .vetoes
            .insert(id('d'), (main, b"object \xff\x00\n".to_vec()));
        memory
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let approvals = Approvals::below(folder.path());
        assert_eq!(approvals.read().expect("nothing yet"), Memory::default());
        approvals.append(&example()).expect("written");
        assert_eq!(approvals.read().expect("read"), example());
    }

    #[test]
    fn a_torn_line_is_passed_over_and_then_removed() {
        let folder = tempfile::tempdir().expect("a folder");
        let approvals = Approvals::below(folder.path());
        let whole = lines(&example());
        for length in 0..whole.len() {
            fs::write(&approvals.path, &whole[..length]).expect("written");
            approvals.read().expect("what is whole is read");
            approvals.append(&example()).expect("written");
            assert_eq!(approvals.read().expect("read"), example(), "{length}");
        }
    }

    #[test]
    fn damage_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let approvals = Approvals::below(folder.path());
        for damage in ["seen x 1\n", "seen\n", "\n", "other\n", "veto a b\n"] {
            fs::write(&approvals.path, damage).expect("written");
            assert!(approvals.read().is_err(), "{damage:?}");
        }
    }
}
