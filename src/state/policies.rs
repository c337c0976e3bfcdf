//! The last policy that was right, for when the file no longer is (SPEC 8).
//!
//! A copy is kept for each policy file, also where it is looked for without the policy's own word: one that does not parse
//! cannot say where its state directory was. It begins with a line about itself; the rest is the policy with all files that it
//! includes, to the last byte, and counts only if its digest is the one in that line. It is replaced as a whole, and only by
//! another text.
//!
//! Only a policy that does not parse is stood in for. One that is gone, or may not be read, is an installation that was
//! taken apart, perhaps on purpose: pushes are refused until somebody says which policy is meant.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{StateError, place};
use crate::digest::sha256;
use crate::policy::include::{Files, plain};
use crate::policy::{Loaded, Policy};

const SCHEMA: &str = "portcullis/policy-copy/v1";

/// A policy that was right, and when it was last installed.
#[derive(Debug)]
pub struct LastGood {
    /// The policy; it still goes by the name of its file.
    pub loaded: Loaded,
    /// When the copy was made, in seconds since 1970.
    pub since: i64,
}

/// What the first line of a copy says.
#[derive(Serialize, Deserialize)]
struct Head {
    schema: String,
    file: String,
    sha256: String,
    since: i64,
    /// The files that it includes, and how long each is; they follow the policy itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    includes: Vec<(PathBuf, usize)>,
}

/// The files of a copy.
struct Kept<'a> {
    /// By their full path: the policy may have been called by another when it was kept.
    texts: BTreeMap<PathBuf, &'a str>,
    /// Keys are not kept, and are read where they are.
    keys: &'a dyn Files,
}

impl Files for Kept<'_> {
    fn read(&self, file: &Path, _: u64) -> io::Result<Vec<u8>> {
        let text = self.texts.get(&full(file)).ok_or(io::ErrorKind::NotFound)?;
        Ok(text.as_bytes().to_vec())
    }

    fn read_keys(&self, file: &Path, most: u64) -> io::Result<Vec<u8>> {
        self.keys.read_keys(file, most)
    }
}

/// Keeps a copy of a policy in the first of `folders` that takes it.
///
/// # Errors
/// When it is kept in none of them.
pub fn keep(loaded: &Loaded, now: i64, folders: &[PathBuf]) -> Result<(), StateError> {
    let mut failure = None;
    for folder in folders {
        match keep_in(&path(folder, &loaded.policy.file), loaded, now) {
            Ok(()) => return Ok(()),
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(()), Err)
}

/// The newest copy of the policy `file` in any of `folders` that is whole, and that this program can use; its keys are
/// where `keys` has them.
pub fn last_good(file: &Path, folders: &[PathBuf], keys: &dyn Files) -> Option<LastGood> {
    let copies = folders.iter().filter_map(|folder| {
        let (head, text) = read(&path(folder, file))?;
        let mut end = text.len();
        let mut texts = BTreeMap::new();
        for (name, length) in head.includes.iter().rev() {
            let start = end.checked_sub(*length)?;
            texts.insert(full(name), text.get(start..end)?);
            end = start;
        }
        let main = text.get(..end)?.as_bytes();
        let loaded = Policy::parse_beside(main, file, &Kept { texts, keys }).ok()?;
        (head.sha256 == loaded.policy.digest).then_some(LastGood {
            loaded,
            since: head.since,
        })
    });
    copies.max_by_key(|copy| copy.since)
}

fn keep_in(path: &Path, loaded: &Loaded, now: i64) -> Result<(), StateError> {
    let Loaded { policy, source, .. } = loaded;
    if head_of(path).is_some_and(|head| head.sha256 == policy.digest) {
        return Ok(());
    }
    let head = Head {
        schema: SCHEMA.to_owned(),
        file: policy.file.display().to_string(),
        sha256: policy.digest.clone(),
        since: now,
        includes: source
            .files()
            .skip(1)
            .map(|(name, text)| (name.into(), text.len()))
            .collect(),
    };
    let text: String = source.files().map(|(_, text)| text).collect();
    let head = serde_json::to_string(&head).expect("texts and numbers always make JSON");
    place::replace(path, format!("{head}\n{text}").as_bytes()).map_err(|source| StateError::Io {
        path: path.to_owned(),
        doing: "written",
        source,
    })
}

fn head_of(path: &Path) -> Option<Head> {
    let mut line = String::new();
    BufReader::new(File::open(path).ok()?)
        .read_line(&mut line)
        .ok()?;
    let head: Head = serde_json::from_str(&line).ok()?;
    (head.schema == SCHEMA).then_some(head)
}

/// A copy; whether it is what was kept, its digest says.
fn read(path: &Path) -> Option<(Head, String)> {
    let all = fs::read_to_string(path).ok()?;
    let (line, text) = all.split_once('\n')?;
    let head: Head = serde_json::from_str(line).ok()?;
    (head.schema == SCHEMA).then(|| (head, text.to_owned()))
}

/// The copy of `file`: its own name for people, and a digest of its whole path to tell it from its namesakes.
fn path(folder: &Path, file: &Path) -> PathBuf {
    let key = &sha256(&*full(file).to_string_lossy())[..12];
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    folder.join("policies").join(format!("{name}-{key}.kept"))
}

fn full(file: &Path) -> PathBuf {
    plain(&std::path::absolute(file).unwrap_or_else(|_| file.to_owned()))
}
