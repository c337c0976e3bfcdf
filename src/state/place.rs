//! Where it is kept.
//!
//! What concerns one repository lies in it, below `portcullis/` of its git directory, so that it is copied, backed up and
//! removed with it. GitLab shows its hooks a snapshot that is thrown away (with the path of one); there it lies below the
//! state directory, by the project's path.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Component, Path, PathBuf};

use super::StateError;

/// The state directory, where nobody says another and it is there.
pub const DEFAULT: &str = "/var/lib/portcullis";

/// The folder's name within a git directory.
const FOLDER: &str = "portcullis";

/// The state directory of the server: the one that was said, or the default one where an admin has made it.
pub fn of_server(said: Option<&Path>) -> Option<PathBuf> {
    match said {
        Some(said) => Some(said.to_owned()),
        None => Some(PathBuf::from(DEFAULT)).filter(|folder| folder.is_dir()),
    }
}

/// The state directories that come into question, the best first: that of the server; and where none was said, for where
/// that is not ours to write, the git directory.
pub fn shared(said: Option<&Path>, git_dir: &Path) -> Vec<PathBuf> {
    let own = said.is_none().then(|| git_dir.join(FOLDER));
    of_server(said).into_iter().chain(own).collect()
}

/// The folder that a file is in, as it can be opened: that of a bare name is where the program runs.
pub fn folder_of(file: &Path) -> &Path {
    let folder = file.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Where one repository's own state lies.
pub fn of_repository(common_dir: &Path) -> PathBuf {
    common_dir.join(FOLDER)
}

/// Where the state of a GitLab project lies.
///
/// # Errors
/// When its path is none.
pub fn of_project(said: Option<&Path>, project: Option<&str>) -> Result<PathBuf, StateError> {
    let project = Path::new(project.unwrap_or_default());
    let is_plain = project
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    if project.as_os_str().is_empty() || !is_plain {
        return Err(StateError::NoProject);
    }
    // No project has a `~` in its name: one project's state is never within another's.
    let mut folder = said
        .unwrap_or(Path::new(DEFAULT))
        .join("repositories")
        .join(project)
        .into_os_string();
    folder.push("~");
    Ok(folder.into())
}

/// Makes a folder and those above it, each as open as the one that it is in: where several accounts push to one
/// repository, git has made that writable for all of them.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder.parent().unwrap_or(Path::new("."));
    make_folder(above)?;
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => fs::set_permissions(folder, fs::metadata(above)?.permissions()),
        // Another push was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Puts `content` in the place of what `path` holds, whole or not at all.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().expect("it is in a folder");
    make_folder(folder)?;
    // Two at once each write their own.
    let staged = path.with_extension(std::process::id().to_string());
    let written = File::create(&staged).and_then(|mut file| {
        file.set_permissions(permissions_in(folder)?)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&staged, path)
    });
    if written.is_err() {
        // What is left of it is in nobody's way, and of the two errors the first one matters.
        let _ = fs::remove_file(&staged);
    }
    written
}

/// How open a file in `folder` is made.
pub(super) fn permissions_in(folder: &Path) -> io::Result<Permissions> {
    let folder = fs::metadata(folder)?.permissions().mode();
    Ok(Permissions::from_mode(folder & 0o666))
}

/// Opens a file for reading and writing, and makes it, with the folders above it, if it is not there.
pub(super) fn open_for_writing(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        opened => return opened,
    }
    let folder = path.parent().expect("it is in a folder");
    make_folder(folder)?;
    match options.clone().create_new(true).open(path) {
        Ok(file) => {
            file.set_permissions(permissions_in(folder)?)?;
            Ok(file)
        }
        // Another push was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_has_a_folder_of_its_own() {
        let said = Some(Path::new("/state"));
        let of = |project| of_project(said, project).map(|path| path.display().to_string());
        assert_eq!(
            of(Some("shop/web")).expect("a path"),
            "/state/repositories/shop/web~"
        );
        for none in [None, Some(""), Some("/etc"), Some("a/../b"), Some("..")] {
            assert!(of(none).is_err(), "{none:?}");
        }
    }
}
