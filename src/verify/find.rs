//! The repositories of a server.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why they are not known.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// A folder cannot be read.
    #[error("{} cannot be read; run as the account that runs git", path.display())]
    Io {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There are none.
    #[error("there is no bare repository below {}; name a folder that has some, or one with --repo", .0.display())]
    Nothing(PathBuf),
}

/// The bare repositories below `root`, as deep as forges and people put them. Links are not followed: they lead to
/// repositories that are found where they are, or in a circle.
///
/// # Errors
/// When a folder cannot be read, or there are none.
pub fn repositories_below(root: &Path) -> Result<Vec<PathBuf>, FindError> {
    const DEEPEST: usize = 8;
    let mut found = Vec::new();
    let mut open = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = open.pop() {
        if folder.join("HEAD").is_file() && folder.join("objects").is_dir() {
            found.push(folder);
            continue;
        }
        let failed = |source| FindError::Io {
            path: folder.clone(),
            source,
        };
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let is_folder = entry.file_type().map_err(failed)?.is_dir();
            if is_folder && depth < DEEPEST {
                open.push((entry.path(), depth + 1));
            }
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(FindError::Nothing(root.to_owned()));
    }
    Ok(found)
}
