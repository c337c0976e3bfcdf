//! References as they stood before the push: the only `old` that decides. What the client claims is not read.
//!
//! Each name is read once, so that a decision is made against one state even while other pushes land.

mod files;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::refs::Target;
use once_cell::sync::OnceCell;

use super::Error;
use super::layout::{Layout, RefStorage};
use crate::paths::names::RefPatterns;
use files::Files;

/// Symbolic references lead to others at most this often (git: `SYMREF_MAXDEPTH`).
const MAX_SYMREF_DEPTH: usize = 5;

/// The references of a repository.
#[derive(Debug)]
pub struct Refs {
    storage: Storage,
    seen: Mutex<HashMap<BString, Option<Target>>>,
    /// What is only said to be, by name.
    pretended: BTreeMap<BString, Option<Target>>,
    listed: OnceCell<Listing>,
    symbolic: OnceCell<Vec<BString>>,
}

#[derive(Debug)]
enum Storage {
    Files(Files),
    /// gix would find no reference at all in a reftable, silently: git is asked for them, once.
    AskGit {
        git_dir: PathBuf,
    },
}

/// All references with what they point at.
type Listing = BTreeMap<BString, Target>;

/// Where a name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The reference that holds the object: another one than was asked for if that was symbolic.
    pub name: BString,
    /// The object (a tag is not peeled); `None` if there is no such reference.
    pub id: Option<ObjectId>,
}

impl Refs {
    pub(super) fn open(layout: &Layout) -> Self {
        let storage = match layout.ref_storage {
            RefStorage::Files => Storage::Files(Files::of(layout)),
            RefStorage::Reftable => Storage::AskGit {
                git_dir: layout.git_dir.clone(),
            },
        };
        Refs {
            storage,
            seen: Mutex::default(),
            pretended: BTreeMap::new(),
            listed: OnceCell::new(),
            symbolic: OnceCell::new(),
        }
    }

    /// Follows `name` to the reference that holds an object.
    ///
    /// # Errors
    /// When a reference cannot be read, or symbolic references go in a circle.
    pub fn resolve(&self, name: &BStr) -> Result<Resolved, Error> {
        self.follow(name)?
            .ok_or_else(|| unreadable(name, "symbolic references that lead in a circle"))
    }

    /// As [`resolve`](Self::resolve); `None` for a circle.
    fn follow(&self, name: &BStr) -> Result<Option<Resolved>, Error> {
        let mut name = name.to_owned();
        for _ in 0..=MAX_SYMREF_DEPTH {
            match self.read(name.as_bstr())? {
                Some(Target::Symbolic(target)) => name = target.into_inner(),
                Some(Target::Object(id)) => return Ok(Some(Resolved { name, id: Some(id) })),
                None => return Ok(Some(Resolved { name, id: None })),
            }
        }
        Ok(None)
    }

    /// The symbolic references, below `refs/`, that lead to `name` by one step or more.
    ///
    /// # Errors
    /// When the references cannot be listed, or one of them cannot be read.
    pub fn aliases(&self, name: &BStr) -> Result<Vec<BString>, Error> {
        let mut aliases = Vec::new();
        for symbolic in self.symbolic.get_or_try_init(|| self.list_symbolic())? {
            // One that leads in a circle leads nowhere.
            let resolved = self.follow(symbolic.as_bstr())?;
            if resolved.is_some_and(|resolved| resolved.name == name) {
                aliases.push(symbolic.clone());
            }
        }
        Ok(aliases)
    }

    /// The branch that `HEAD` names, whether or not it exists yet; `None` if `HEAD` is detached.
    ///
    /// # Errors
    /// When `HEAD` cannot be read.
    pub fn default_branch(&self) -> Result<Option<BString>, Error> {
        let resolved = self.resolve("HEAD".into())?;
        Ok((resolved.name != "HEAD").then_some(resolved.name))
    }

    /// All references whose full name begins with `prefix`, with what they point at, in no particular order.
    ///
    /// # Errors
    /// When the references cannot be listed: a list that leaves out what it cannot read would fail open.
    pub fn with_prefix(
        &self,
        prefix: &[u8],
    ) -> Result<impl Iterator<Item = (&BStr, &Target)>, Error> {
        let listing = self.listed.get_or_try_init(|| self.list())?;
        let is_real = |(name, _): &(&BString, _)| !self.pretended.contains_key(*name);
        let pretended = with_prefix(&self.pretended, prefix)
            .filter_map(|(name, target)| Some((name, target.as_ref()?)));
        Ok(with_prefix(listing, prefix)
            .filter(is_real)
            .chain(pretended)
            .map(|(name, target)| (name.as_bstr(), target)))
    }

    /// The references that match, with the objects that they hold.
    ///
    /// # Errors
    /// As [`with_prefix`](Self::with_prefix).
    pub fn matching(&self, patterns: &RefPatterns) -> Result<Vec<(BString, ObjectId)>, Error> {
        let mut matching = Vec::new();
        for prefix in patterns.prefixes() {
            for (name, target) in self.with_prefix(prefix.as_bytes())? {
                if let (true, Target::Object(id)) = (patterns.matches(name), target) {
                    matching.push((name.to_owned(), id.to_owned()));
                }
            }
        }
        Ok(matching)
    }

    /// From now on `name` is taken to hold `id`, for questions about a push that was made long ago or not yet.
    pub fn pretend(&mut self, name: BString, id: Option<ObjectId>) {
        let seen = self.seen.get_mut().unwrap_or_else(PoisonError::into_inner);
        let target = id.map(Target::Object);
        seen.insert(name.clone(), target.clone());
        self.pretended.insert(name, target);
    }

    fn read(&self, name: &BStr) -> Result<Option<Target>, Error> {
        if let Some(seen) = self.seen().get(name) {
            return Ok(seen.clone());
        }
        let target = self.look_up(name)?;
        Ok(self.seen().entry(name.to_owned()).or_insert(target).clone())
    }

    fn look_up(&self, name: &BStr) -> Result<Option<Target>, Error> {
        match &self.storage {
            // Under any spelling the disk finds a file. A reference is called as its file is.
            Storage::Files(files) if files.ignores_case && name.starts_with(b"refs/") => Ok(self
                .listed
                .get_or_try_init(|| self.list())?
                .get(name)
                .cloned()),
            Storage::Files(files) => files.read(name),
            Storage::AskGit { git_dir } => {
                match self.listed.get_or_try_init(|| self.list())?.get(name) {
                    Some(listed) => Ok(Some(listed.clone())),
                    None => ask_git::dangling(git_dir, name),
                }
            }
        }
    }

    /// Does the disk take names that differ in the case of letters for one?
    pub fn ignore_case(&self) -> bool {
        matches!(&self.storage, Storage::Files(files) if files.ignores_case)
    }

    fn list_symbolic(&self) -> Result<Vec<BString>, Error> {
        if let Storage::Files(files) = &self.storage {
            return files.list_symbolic();
        }
        let listing = self.listed.get_or_try_init(|| self.list())?;
        let symbolic = listing
            .iter()
            .filter(|(name, target)| {
                matches!(target, Target::Symbolic(_)) && name.starts_with(b"refs/")
            })
            .map(|(name, _)| name.clone());
        Ok(symbolic.collect())
    }

    /// All references, and those that were read or pretended before as they were then.
    fn list(&self) -> Result<Listing, Error> {
        let mut listing = match &self.storage {
            Storage::Files(files) => files.list(),
            Storage::AskGit { git_dir } => ask_git::list(git_dir),
        }?;
        for (name, target) in &*self.seen() {
            match target {
                Some(target) => drop(listing.insert(name.clone(), target.clone())),
                None => drop(listing.remove(name)),
            }
        }
        Ok(listing)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<BString, Option<Target>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entries whose name begins with `prefix`.
fn with_prefix<'a, T>(
    all: &'a BTreeMap<BString, T>,
    prefix: &[u8],
) -> impl Iterator<Item = (&'a BString, &'a T)> + use<'a, T> {
    let prefix = BString::from(prefix);
    all.range(prefix.clone()..)
        .take_while(move |(name, _)| name.starts_with(&prefix))
}

fn unreadable(name: &BStr, reason: impl std::fmt::Display) -> Error {
    Error::Reference {
        name: name.to_vec(),
        reason: reason.to_string(),
    }
}

/// References through `git for-each-ref`, for storage that gix cannot read.
mod ask_git {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::Path;
    use std::process::{Command, Output};

    use gix::bstr::{BStr, ByteSlice as _};
    use gix::hash::ObjectId;
    use gix::refs::{FullName, Target};

    use super::{Error, Listing, unreadable};

    pub(super) fn list(git_dir: &Path) -> Result<Listing, Error> {
        let mut listing = Listing::new();
        let output = run(
            git_dir,
            &[
                "for-each-ref",
                "--format=%(objectname) %(refname) %(symref)",
            ]
            .map(OsStr::new),
        )?;
        if !output.status.success() {
            return Err(failed("git for-each-ref failed"));
        }
        // git warns of what it leaves out because it is broken; a list without it would fail open.
        if let Some(warning) = output
            .stderr
            .lines()
            .find(|line| line.starts_with(b"warning: "))
        {
            return Err(failed(&warning.to_str_lossy()));
        }
        let output = output.stdout;
        for line in output.lines() {
            let mut fields = line.splitn(3, |&byte| byte == b' ');
            let (Some(id), Some(name), symref) = (fields.next(), fields.next(), fields.next())
            else {
                return Err(failed(
                    "git for-each-ref printed a line that is no reference",
                ));
            };
            let target = match symref.filter(|symref| !symref.is_empty()) {
                Some(symref) => symbolic(symref.as_bstr())?,
                None => Target::Object(
                    ObjectId::from_hex(id).map_err(|error| unreadable(name.as_bstr(), error))?,
                ),
            };
            listing.insert(name.into(), target);
        }
        // Where HEAD is detached it has no name that could matter.
        if let Some(branch) = dangling(git_dir, "HEAD".into())? {
            listing.insert("HEAD".into(), branch);
        }
        Ok(listing)
    }

    /// What `name` leads to if it is symbolic. `git for-each-ref` says nothing of those that lead to what is not there yet,
    /// and a push to them makes it.
    pub(super) fn dangling(git_dir: &Path, name: &BStr) -> Result<Option<Target>, Error> {
        let name = OsStr::from_bytes(name);
        let arguments = ["symbolic-ref", "--quiet"].map(OsStr::new);
        let found = run(git_dir, &[&arguments[..], &[name]].concat())?;
        if !found.status.success() {
            return Ok(None);
        }
        symbolic(found.stdout.trim_end().as_bstr()).map(Some)
    }

    fn symbolic(name: &BStr) -> Result<Target, Error> {
        Ok(Target::Symbolic(
            FullName::try_from(name).map_err(|error| unreadable(name, error))?,
        ))
    }

    /// What git answers, in English.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one program that is started, and only for references in a reftable"
    )]
    fn run(git_dir: &Path, arguments: &[&OsStr]) -> Result<Output, Error> {
        Command::new("git")
            .arg("--git-dir")
            .arg(git_dir)
            .args(arguments)
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("LC_ALL", "C")
            .output()
            .map_err(|error| failed(&format!("git cannot be started: {error}")))
    }

    fn failed(reason: &str) -> Error {
        unreadable("refs/*".into(), reason)
    }
}
