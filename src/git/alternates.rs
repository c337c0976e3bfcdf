//! Object directories that others borrow from: `info/alternates` (gitrepository-layout(5)).
//!
//! gix follows these files by itself, and takes a relative path in the file of a borrowed directory as relative to the
//! borrowing one; git takes it as relative to the directory whose file it is in. So what lies behind the first step is
//! found here.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use super::Error;

/// git follows no longer chain (object-file.c: `link_alt_odb_entry`).
const LONGEST_CHAIN: usize = 5;

/// The directories that the alternates of `directory` borrow from, by one more step or several.
///
/// # Errors
/// When a list of alternates is there and cannot be read.
pub(super) fn behind(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut known = vec![directory.to_owned()];
    let mut found = Vec::new();
    let mut step = of(directory)?;
    known.extend_from_slice(&step);
    for _ in 1..LONGEST_CHAIN {
        let mut next = Vec::new();
        for directory in &step {
            for alternate in of(directory)? {
                if !known.contains(&alternate) {
                    known.push(alternate.clone());
                    next.push(alternate);
                }
            }
        }
        found.extend_from_slice(&next);
        step = next;
    }
    Ok(found)
}

/// The alternates that `directory` names; those that are not there are none, as for git.
fn of(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    let file = directory.join("info/alternates");
    let text = match std::fs::read(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => {
            return Err(Error::Io {
                path: file.display().to_string(),
                source,
            });
        }
    };
    let lines = text
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    let paths = lines.map(|line| match gix::quote::ansi_c::undo(line.into()) {
        Ok((unquoted, _)) if line.starts_with(b"\"") => unquoted.to_vec(),
        _ => line.to_vec(),
    });
    // One name for each directory, or a circle would look endless.
    Ok(paths
        .filter_map(|path| directory.join(OsString::from_vec(path)).canonicalize().ok())
        .collect())
}
