//! Where the parts of a repository lie and in which format they are (gitrepository-layout(5),
//! Documentation/technical/repository-version).

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;

use super::Error;

/// A repository's directories and format.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The git directory: `HEAD` and what belongs to one work tree.
    pub git_dir: PathBuf,
    /// The directory that linked work trees share; mostly the same.
    pub common_dir: PathBuf,
    /// The hash of its object names.
    pub hash: gix::hash::Kind,
    /// How its references are stored.
    pub ref_storage: RefStorage,
}

/// `extensions.refStorage`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefStorage {
    /// Loose files and `packed-refs`.
    Files,
    /// Reftable, which gix cannot read: it would look like a repository without references.
    Reftable,
}

/// Extensions of format version 1 that change nothing in how we read.
const HARMLESS_EXTENSIONS: [&str; 6] = [
    "noop",
    "noop-v1",
    "preciousobjects",
    "partialclone",
    "worktreeconfig",
    "relativeworktrees",
];

impl Layout {
    /// Reads the layout of the repository at `git_dir`.
    ///
    /// # Errors
    /// When a file cannot be read, or an extension is unknown: git refuses such a repository, and so do we.
    pub fn discover(git_dir: &Path) -> Result<Self, Error> {
        let common_dir = common_dir(git_dir)?;
        let path = common_dir.join("config");
        let config =
            gix::config::File::from_path_no_includes(path.clone(), gix::config::Source::Local)
                .map_err(|error| {
                    Error::Format(format!("{} cannot be read: {error}", path.display()))
                })?;
        let mut layout = Layout {
            git_dir: git_dir.to_owned(),
            common_dir,
            hash: gix::hash::Kind::Sha1,
            ref_storage: RefStorage::Files,
        };
        let version = config
            .string("core.repositoryFormatVersion")
            .unwrap_or_else(|| "0".into());
        match version.to_str_lossy().trim() {
            "0" => {}
            "1" => layout.read_extensions(&config)?,
            other => {
                return Err(Error::Format(format!(
                    "repository format version {other:?} is unknown"
                )));
            }
        }
        Ok(layout)
    }

    fn read_extensions(&mut self, config: &gix::config::File) -> Result<(), Error> {
        let Some(sections) = config.sections_by_name("extensions") else {
            return Ok(());
        };
        for name in sections.flat_map(|section| section.value_names().collect::<Vec<_>>()) {
            let value = config
                .string(format!("extensions.{name}").as_str())
                .unwrap_or_default();
            match (
                name.to_ascii_lowercase().as_str(),
                value.to_str_lossy().to_ascii_lowercase().as_str(),
            ) {
                ("objectformat", "sha1") | ("refstorage", "files") => {}
                ("objectformat", "sha256") => self.hash = gix::hash::Kind::Sha256,
                ("refstorage", "reftable") => self.ref_storage = RefStorage::Reftable,
                (known, _) if HARMLESS_EXTENSIONS.contains(&known) => {}
                (_, value) => {
                    return Err(Error::Format(format!(
                        "the repository needs extensions.{name} = {value}, which portcullis does not know"
                    )));
                }
            }
        }
        Ok(())
    }

    /// The object directory of the repository itself.
    pub fn objects_dir(&self) -> PathBuf {
        self.common_dir.join("objects")
    }

    /// Is the history of the repository cut off (gitglossary(7): shallow repository)?
    pub fn is_shallow(&self) -> bool {
        std::fs::metadata(self.common_dir.join("shallow")).is_ok_and(|file| file.len() > 0)
    }
}

/// The git directory of `path`, which may be a bare repository, a work tree, or a linked work tree's `.git` file.
pub(super) fn git_dir_of(path: &Path) -> Result<PathBuf, Error> {
    let dot_git = path.join(".git");
    let candidate = if dot_git.exists() {
        dot_git
    } else {
        path.to_owned()
    };
    if candidate.is_file() {
        let text = read(&candidate)?;
        let target = text
            .trim_end()
            .strip_prefix("gitdir: ")
            .ok_or_else(|| no_repository(path))?;
        return Ok(candidate.parent().unwrap_or(Path::new(".")).join(target));
    }
    if candidate.join("HEAD").exists() || candidate.join("objects").is_dir() {
        return Ok(candidate);
    }
    Err(no_repository(path))
}

fn no_repository(path: &Path) -> Error {
    Error::Format(format!("{} is not a git repository", path.display()))
}

fn common_dir(git_dir: &Path) -> Result<PathBuf, Error> {
    let file = git_dir.join("commondir");
    if !file.exists() {
        return Ok(git_dir.to_owned());
    }
    Ok(git_dir.join(read(&file)?.trim_end()))
}

fn read(path: &Path) -> Result<String, Error> {
    std::fs::read_to_string(path).map_err(|source| Error::Io {
        path: path.display().to_string(),
        source,
    })
}
