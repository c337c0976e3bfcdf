//! What is remembered of approvals ([`Memory`]), in one file of lines that are only ever added:
//!
//! ```text
//! seen TAG SECONDS
//! spent APPROVAL TIP REF
//! veto TAG REF CONTENT-IN-HEX
//! ```
//!
//! An approval is a tag, or `review:` and the digest of a review.
//!
//! It is read only for pushes that ask for approvals.

use std::path::Path;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;

use super::StateError;
use super::lines::Lines;
use crate::approval::ApprovalId;
use crate::approval::memory::Memory;

/// The file with a repository's memory of approvals.
#[derive(Debug)]
pub struct Approvals {
    lines: Lines,
}

impl Approvals {
    /// The memory in a repository's folder (see [`place`](super::place)). Nothing is read yet.
    pub fn below(folder: &Path) -> Self {
        Approvals {
            lines: Lines::at(folder.join("approvals")),
        }
    }

    /// What is remembered.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged: what is forgotten could be approved again.
    pub fn read(&self) -> Result<Memory, StateError> {
        self.lines.read(read_line)
    }

    /// Adds what is new.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&self, new: &Memory) -> Result<(), StateError> {
        if *new == Memory::default() {
            return Ok(());
        }
        self.lines.hold()?.append(&lines(new))
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
        [b"spent", approval, tip, name] => {
            let approval = ApprovalId::parse(approval.to_str().ok()?)?;
            let key = (approval, BString::from(name));
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
    for ((approval, name), tips) in &memory.spent {
        for tip in tips {
            lines.extend(format!("spent {approval} {tip} ").bytes());
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn id(digit: char) -> ObjectId {
        let hex: String = std::iter::repeat_n(digit, 40).collect();
        ObjectId::from_hex(hex.as_bytes()).expect("it is an id")
    }

    fn example() -> Memory {
        let mut memory = Memory::default();
        memory.seen.insert(id('a'), 1_700_000_000);
        let main = BString::from("refs/heads/main");
        let review = ApprovalId::of_review("https://git.example/1", "bob", id('b'), 1);
        for approval in [ApprovalId::Tag(id('a')), review] {
            let tips = memory.spent.entry((approval, main.clone())).or_default();
            tips.extend([id('b'), id('c')]);
        }
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
            fs::write(folder.path().join("approvals"), &whole[..length]).expect("written");
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
            fs::write(folder.path().join("approvals"), damage).expect("written");
            assert!(approvals.read().is_err(), "{damage:?}");
        }
    }
}
