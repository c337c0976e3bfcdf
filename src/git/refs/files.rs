//! References in files: one below `refs/` for each, and `packed-refs` for those that have none (gitrepository-layout(5)).
//!
//! gix reads `packed-refs`. It is not asked for the files, because it sees fewer symbolic references than git, which
//! follows them: those that are symbolic links (`core.preferSymlinkRefs`), those without a blank after `ref:`, and those in
//! a folder behind a link, which are written where the link leads. And a directory that cannot be read is an empty one to
//! it.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::refs::{FullName, Target};

use super::{Error, Listing, unreadable};
use crate::git::layout::Layout;

/// These belong to one work tree (gitglossary(7): per-worktree ref).
const OF_ONE_WORKTREE: [&[u8]; 3] = [b"refs/bisect/", b"refs/worktree/", b"refs/rewritten/"];

/// No content of a reference is longer than the longest name and what is around it.
const MAX_CONTENT: u64 = 8192;

/// Longer than an object id and a line break.
const USUAL_CONTENT: usize = 128;

/// The files of a repository's references.
#[derive(Debug)]
pub(super) struct Files {
    git_dir: PathBuf,
    common_dir: PathBuf,
    hash: gix::hash::Kind,
    packed: Box<gix::refs::file::Store>,
    /// Whether the disk takes names that differ in the case of letters for one.
    pub(super) ignores_case: bool,
}

/// What a file holds.
enum Content {
    /// A reference.
    Target(Target),
    /// Something that git would call broken.
    Broken(String),
}

/// A folder whose references are to be listed.
struct Folder {
    name: BString,
    /// A link leads to it, or to one that it is in: it may be another one than its name says.
    is_behind_link: bool,
}

impl Files {
    pub(super) fn of(layout: &Layout) -> Self {
        let packed = gix::refs::file::Store::for_linked_worktree(
            layout.git_dir.clone(),
            layout.common_dir.clone(),
            layout.hash,
        );
        Files {
            git_dir: layout.git_dir.clone(),
            common_dir: layout.common_dir.clone(),
            hash: layout.hash,
            packed: Box::new(packed),
            ignores_case: ignores_case(&layout.common_dir),
        }
    }

    /// What `name` holds, in its file, or else in `packed-refs`.
    pub(super) fn read(&self, name: &BStr) -> Result<Option<Target>, Error> {
        let full = FullName::try_from(name).map_err(|error| unreadable(name, error))?;
        match self.read_name(name) {
            Ok(Some(Content::Target(target))) => return Ok(Some(target)),
            Ok(Some(Content::Broken(reason))) => return Err(unreadable(name, reason)),
            Err(error) => return Err(unreadable(name, error)),
            Ok(None) => {}
        }
        let Some(packed) = self.packed_refs()? else {
            return Ok(None);
        };
        let found = packed
            .try_find(full.as_ref().as_partial_name())
            .map_err(|error| unreadable(name, error))?;
        // A look-up in git's manner tries `refs/tags/<name>` and others when `<name>` itself is not there.
        let found = found.filter(|reference| reference.name == full.as_ref());
        Ok(found.map(|reference| Target::Object(reference.target())))
    }

    /// All references below `refs/`, and no broken one.
    pub(super) fn list(&self) -> Result<Listing, Error> {
        let all = "refs/*".into();
        let mut listing = Listing::new();
        let mut broken = None;
        self.each_file(|name, content| match content {
            Content::Target(target) => drop(listing.insert(name, target)),
            Content::Broken(reason) => broken = Some(unreadable(name.as_bstr(), reason)),
        })?;
        if let Some(error) = broken {
            return Err(error);
        }
        // After the files: one that is packed meanwhile is taken away only when it stands in there.
        if let Some(packed) = self.packed_refs()? {
            for reference in packed.iter().map_err(|error| unreadable(all, error))? {
                let reference = reference.map_err(|error| unreadable(all, error))?;
                listing
                    .entry(reference.name.as_bstr().to_owned())
                    .or_insert_with(|| Target::Object(reference.target()));
            }
        }
        Ok(listing)
    }

    /// The symbolic references below `refs/`. Only a file can be one: most references of a large repository are packed,
    /// and not read for this.
    pub(super) fn list_symbolic(&self) -> Result<Vec<BString>, Error> {
        let mut symbolic = Vec::new();
        self.each_file(|name, content| match content {
            Content::Target(Target::Symbolic(_)) => symbolic.push(name),
            // What holds no name can be no alias; whoever asks for it by its own name is told.
            Content::Target(Target::Object(_)) | Content::Broken(_) => {}
        })?;
        symbolic.sort();
        Ok(symbolic)
    }

    /// What the file of `name` holds, if it has one.
    fn read_name(&self, name: &BStr) -> io::Result<Option<Content>> {
        let base = self.base_of(name);
        let folder = name.rsplitn(2, |&byte| byte == b'/').nth(1);
        if let Some(folder) = folder.unwrap_or_default().strip_prefix(b"refs/")
            && let Some(real) = behind_links(base, folder)?
        {
            let last = &name[b"refs/".len() + folder.len()..];
            return Ok(Some(alias(&real, last)));
        }
        self.read_file(&base.join(OsStr::from_bytes(name)))
    }

    fn packed_refs(&self) -> Result<Option<gix::refs::file::packed::SharedBufferSnapshot>, Error> {
        self.packed
            .cached_packed_buffer()
            .map_err(|error| unreadable("packed-refs".into(), error))
    }

    fn base_of(&self, name: &BStr) -> &Path {
        let is_shared = name.starts_with(b"refs/")
            && !OF_ONE_WORKTREE
                .iter()
                .any(|prefix| name.starts_with(prefix));
        if is_shared {
            &self.common_dir
        } else {
            &self.git_dir
        }
    }

    /// Calls `found` with every reference that has a file.
    fn each_file(&self, mut found: impl FnMut(BString, Content)) -> Result<(), Error> {
        let mut bases = vec![&self.common_dir];
        if self.git_dir != self.common_dir {
            bases.push(&self.git_dir);
        }
        for base in bases {
            let mut open = vec![Folder {
                name: "refs".into(),
                is_behind_link: false,
            }];
            while let Some(folder) = open.pop() {
                self.each_in_folder(base, &folder, &mut open, &mut found)
                    .map_err(|error| unreadable(folder.name.as_bstr(), error))?;
            }
        }
        Ok(())
    }

    fn each_in_folder(
        &self,
        base: &Path,
        folder: &Folder,
        open: &mut Vec<Folder>,
        found: &mut impl FnMut(BString, Content),
    ) -> io::Result<()> {
        let Folder {
            name: folder,
            is_behind_link,
        } = folder;
        let entries = match fs::read_dir(base.join(OsStr::from_bytes(folder))) {
            Ok(entries) => entries,
            // Its last reference was deleted meanwhile.
            Err(error) if is_absence(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        let real = match folder.strip_prefix(b"refs/") {
            Some(below) if *is_behind_link => behind_links(base, below)?,
            _ => None,
        };
        for entry in entries {
            let entry = entry?;
            let mut name = folder.clone();
            name.push(b'/');
            name.extend_from_slice(&entry.file_name().into_vec());
            let kind = entry.file_type()?;
            // git looks into a folder behind a link too; behind links in there is nothing that has no other name.
            let is_folder = || entry.path().is_dir();
            if kind.is_dir() || (kind.is_symlink() && real.is_none() && is_folder()) {
                open.push(Folder {
                    name,
                    is_behind_link: *is_behind_link || kind.is_symlink(),
                });
            } else if gix::validate::reference::name(name.as_bstr()).is_ok()
                && self.base_of(name.as_bstr()) == base
                && let Some(content) = self.read_file_or_link(&entry.path(), kind.is_symlink())?
            {
                let content = match &real {
                    Some(real) => alias(real, &name[folder.len()..]),
                    None => content,
                };
                found(name, content);
            }
        }
        Ok(())
    }

    /// Reads the file of a reference as git does (refs/files-backend.c: `files_read_raw_ref`); `None` if there is none.
    fn read_file(&self, path: &Path) -> io::Result<Option<Content>> {
        match fs::symlink_metadata(path) {
            Ok(about) if about.is_dir() => Ok(None),
            Ok(about) => self.read_file_or_link(path, about.is_symlink()),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// As [`Files::read_file`], of what is known to be no directory.
    fn read_file_or_link(&self, path: &Path, is_link: bool) -> io::Result<Option<Content>> {
        if is_link {
            let link = match fs::read_link(path) {
                Ok(link) => link,
                Err(error) if is_absence(&error) => return Ok(None),
                Err(error) => return Err(error),
            };
            let link = link.as_os_str().as_bytes();
            if link.starts_with(b"refs/")
                && let Ok(name) = FullName::try_from(link.as_bstr())
            {
                return Ok(Some(Content::Target(Target::Symbolic(name))));
            }
        }
        // Room for any object id: to grow takes more calls than to read it.
        let mut content = Vec::with_capacity(USUAL_CONTENT);
        let read =
            fs::File::open(path).and_then(|file| file.take(MAX_CONTENT).read_to_end(&mut content));
        match read {
            Ok(_) => Ok(Some(self.parse(content.trim_ascii_end()))),
            // Deleted meanwhile, or a link that leads nowhere.
            Err(error) if is_absence(&error) || error.kind() == ErrorKind::IsADirectory => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn parse(&self, content: &[u8]) -> Content {
        if let Some(name) = content.strip_prefix(b"ref:") {
            return match FullName::try_from(name.trim_ascii_start().as_bstr()) {
                Ok(name) => Content::Target(Target::Symbolic(name)),
                Err(error) => Content::Broken(error.to_string()),
            };
        }
        let hex = content
            .split(u8::is_ascii_whitespace)
            .next()
            .unwrap_or_default();
        match ObjectId::from_hex(hex) {
            Ok(id) if id.kind() == self.hash => Content::Target(Target::Object(id)),
            _ => Content::Broken("its file holds no object id".to_owned()),
        }
    }
}

/// Does the disk of a git directory find its `HEAD` by another spelling too? Where that cannot be told, it may.
fn ignores_case(git_dir: &Path) -> bool {
    let file = |name| {
        let about = fs::symlink_metadata(git_dir.join(name))?;
        Ok((about.dev(), about.ino()))
    };
    match (file("HEAD"), file("head")) {
        (_, Err(error)) if is_absence(&error) => false,
        (Ok(head), Ok(other)) => head == other,
        _ => true,
    }
}

/// Where git writes what is said to be in a folder below `refs/`, if a link leads to another one below it.
fn behind_links(base: &Path, folder: &[u8]) -> io::Result<Option<PathBuf>> {
    let root = base.join("refs");
    let (mut path, mut linked) = (root.clone(), None);
    let parts = Path::new(OsStr::from_bytes(folder));
    for (depth, part) in parts.iter().enumerate() {
        path.push(part);
        match fs::symlink_metadata(&path) {
            Ok(about) if about.is_symlink() => linked = Some((path.clone(), depth + 1)),
            Ok(_) => {}
            Err(error) if is_absence(&error) => break,
            Err(error) => return Err(error),
        }
    }
    let Some((link, depth)) = linked else {
        return Ok(None);
    };
    let real = match fs::canonicalize(link) {
        Ok(real) => real.join(parts.iter().skip(depth).collect::<PathBuf>()),
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let below = real.strip_prefix(fs::canonicalize(root)?);
    Ok(below.ok().map(|below| Path::new("refs").join(below)))
}

/// The reference that has `last` for the end of its name, in the folder where it is written.
fn alias(folder: &Path, last: &[u8]) -> Content {
    let name = [folder.as_os_str().as_bytes(), last].concat();
    match FullName::try_from(name.as_bstr()) {
        Ok(name) => Content::Target(Target::Symbolic(name)),
        Err(error) => Content::Broken(error.to_string()),
    }
}

/// Is nothing there, or can nothing be (below a file, or under a name that the file system does not take)?
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename
    )
}
