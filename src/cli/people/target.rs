//! The file that is written: only over what this verb has written before, and whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use crate::people::text;
use crate::policy::include::{Files as _, OnDisk};
use crate::state::place::folder_of;

/// Bytes that such a file may have; a policy takes less.
const MOST_BYTES: u64 = 16 << 20;

/// How open a new file is: the account that runs git must be able to read it.
const MODE: u32 = 0o644;

/// Why the file cannot be written over.
#[derive(Debug, thiserror::Error)]
pub(super) enum TargetError {
    #[error("{} cannot be {doing}: {source}", file.display())]
    Io {
        file: PathBuf,
        doing: &'static str,
        source: io::Error,
    },
    #[error(
        "{} was not written by `portcullis people`, and is not written over; move it away, or choose another --output",
        file.display()
    )]
    NotOurs { file: PathBuf },
}

/// What the file holds; `None` if it is not there.
///
/// # Errors
/// When it cannot be read, or somebody else has written it.
pub(super) fn read(file: &Path) -> Result<Option<String>, TargetError> {
    let failed = |source| TargetError::Io {
        file: file.to_owned(),
        doing: "read",
        source,
    };
    let content = match OnDisk.read(file, MOST_BYTES) {
        Ok(content) => content,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let not_ours = || TargetError::NotOurs {
        file: file.to_owned(),
    };
    let content = String::from_utf8(content).map_err(|_| not_ours())?;
    if text::is_ours(&content) {
        Ok(Some(content))
    } else {
        Err(not_ours())
    }
}

/// Puts the text in its place. What it takes the place of gives it its owner and its mode.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(file: &Path, text: &str) -> Result<(), TargetError> {
    let failed = |source| TargetError::Io {
        file: file.to_owned(),
        doing: "written",
        source,
    };
    // A link stays, and leads to what is new.
    let place = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let mut staged = tempfile::NamedTempFile::new_in(folder_of(&place)).map_err(failed)?;
    let fill = |staged: &mut tempfile::NamedTempFile| {
        staged.write_all(text.as_bytes())?;
        match fs::metadata(&place) {
            Ok(before) => {
                let now = staged.as_file().metadata()?;
                if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
                    chown(staged.path(), Some(before.uid()), Some(before.gid()))?;
                }
                staged.as_file().set_permissions(before.permissions())?;
            }
            Err(_) => {
                let permissions = fs::Permissions::from_mode(MODE);
                staged.as_file().set_permissions(permissions)?;
            }
        }
        staged.as_file().sync_all()
    };
    fill(&mut staged).map_err(failed)?;
    staged
        .persist(&place)
        .map_err(|error| failed(error.error))?;
    Ok(())
}
