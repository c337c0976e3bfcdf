//! Whether a policy can be used with a file of people: before the file is written, since a policy that names somebody
//! whom the file no longer has would be wrong, and the last good one would stay in force.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};

use crate::policy::include::{Files, OnDisk};
use crate::policy::yaml::MAX_BYTES;
use crate::policy::{Loaded, Policy, PolicyError};
use crate::state::place::folder_of;

/// A policy that says nothing but who is who.
const ALONE: &str = "version: 1\npeople: { include: people.yml }\nrules: []\n";

/// A policy that was tried with the file.
#[derive(Debug)]
pub struct Tried {
    /// It, and its warnings.
    pub loaded: Loaded,
    /// Whether it includes the file at all.
    pub is_included: bool,
}

/// Files of which one is not yet written.
struct With<'a> {
    file: PathBuf,
    text: &'a str,
    is_asked_for: Cell<bool>,
}

impl Files for With<'_> {
    fn read(&self, file: &Path, most: u64) -> io::Result<Vec<u8>> {
        if full(file) != self.file {
            return OnDisk.read(file, most);
        }
        self.is_asked_for.set(true);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let bytes = self.text.as_bytes();
        Ok(bytes[..bytes.len().min(most)].to_owned())
    }
}

/// Tries the text by itself.
///
/// # Errors
/// What is wrong with it.
pub fn alone(text: &str) -> Result<Loaded, PolicyError> {
    let main = Path::new("policy.yml");
    let files = With {
        file: full(Path::new("people.yml")),
        text,
        is_asked_for: Cell::new(false),
    };
    Policy::parse_beside(ALONE.as_bytes(), main, &files)
}

/// Tries the policy with this text as `file`.
///
/// # Errors
/// When the policy cannot be read, or is wrong.
pub fn within(policy: &Path, file: &Path, text: &str) -> Result<Tried, PolicyError> {
    let files = With {
        file: full(file),
        text,
        is_asked_for: Cell::new(false),
    };
    let bytes = OnDisk
        .read(policy, MAX_BYTES as u64 + 1)
        .map_err(|source| PolicyError::Unreadable {
            file: policy.to_owned(),
            source,
        })?;
    let loaded = Policy::parse_beside(&bytes, policy, &files)?;
    Ok(Tried {
        loaded,
        is_included: files.is_asked_for.get(),
    })
}

/// Where a file is that need not be there, whichever way its folder is reached.
fn full(file: &Path) -> PathBuf {
    let folder = folder_of(file);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    file.file_name()
        .map_or_else(|| folder.clone(), |name| folder.join(name))
}
