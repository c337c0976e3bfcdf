//! Objects as `git receive-pack` sees them while its hook runs: the quarantine first, then every alternate.
//!
//! gix reads one object directory and its `info/alternates`, not git's environment (gix's crate-status lists the
//! quarantine as missing). So each directory that git names is opened by itself, and the first that has an object
//! answers. Replacement objects (`refs/replace/*`) and grafts are never followed: the server would hand out the
//! real ones.

mod recent;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::hash::{ObjectId, oid};
use gix::objs::{Exists as _, Kind};
use gix::odb::Header as _;
use gix::odb::pack::Find as _;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;

use super::Error;
use super::alternates;
use super::budget::Budget;
use super::environment::Environment;
use super::layout::Layout;
use recent::Recent;

/// Most bytes of what each thread keeps out of each database. Most trees are made from one that was read shortly before;
/// where that is forgotten, the whole chain to it is inflated and put together again.
const PACK_CACHE: usize = 4 << 20;

/// Read access to all objects of a push. Clone it to give a thread its own caches.
#[derive(Clone)]
pub struct Objects {
    /// In the order in which they are asked.
    databases: Vec<gix::odb::Handle>,
    /// How many of them are the quarantine (none or one).
    quarantined: usize,
    recent: RefCell<Recent>,
    budget: Arc<Budget>,
    hash: gix::hash::Kind,
}

impl Objects {
    pub(super) fn open(
        layout: &Layout,
        environment: &Environment,
        budget: &Arc<Budget>,
    ) -> Result<Self, Error> {
        let own = layout.objects_dir();
        let mut directories: Vec<&Path> = environment
            .object_directory
            .as_deref()
            .into_iter()
            .collect();
        directories.extend(environment.alternates.iter().map(PathBuf::as_path));
        // Without a quarantine (a push that only deletes) git sets nothing; with one it names the repository's own
        // directory among the alternates, but a hook that trusts this would be blind where a server leaves it out.
        if !directories.iter().any(|directory| is_same(directory, &own)) {
            directories.push(&own);
        }
        let mut borrowed = Vec::new();
        for directory in &directories {
            borrowed.extend(alternates::behind(directory)?);
        }
        directories.extend(borrowed.iter().map(PathBuf::as_path));
        let quarantined = usize::from(
            environment
                .object_directory
                .as_ref()
                .is_some_and(|directory| !is_same(directory, &own)),
        );
        let mut databases = Vec::with_capacity(directories.len());
        for (position, directory) in directories.into_iter().enumerate() {
            let mut database = open_database(directory, layout.hash, budget)?;
            if position < quarantined {
                // Nothing is added to the quarantine while pre-receive runs: a miss need not look again.
                database.refresh_never();
            }
            databases.push(database);
        }
        Ok(Objects {
            databases,
            quarantined,
            recent: RefCell::default(),
            budget: Arc::clone(budget),
            hash: layout.hash,
        })
    }

    /// The hash of object names.
    pub fn hash(&self) -> gix::hash::Kind {
        self.hash
    }

    /// What this decision may still cost.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Reads the content of the object `id` into `buffer`, and tells its kind.
    ///
    /// # Errors
    /// When it is missing, corrupt or too large.
    pub fn read(&self, id: &oid, role: &'static str, buffer: &mut Vec<u8>) -> Result<Kind, Error> {
        if let Some(kind) = self.recent.borrow().copy(id, buffer) {
            return Ok(kind);
        }
        for database in &self.databases {
            let found = database
                .try_find(id, buffer)
                .map_err(|error| unreadable(id, &error))?
                // An index instead of the slice: the borrow of `buffer` must end for the next round of the loop.
                .map(|(object, in_pack)| {
                    (
                        object.kind,
                        object.data.as_ptr() as usize,
                        object.data.len(),
                        in_pack.is_some(),
                    )
                });
            if let Some((kind, address, length, in_pack)) = found {
                // It is promised to be somewhere in the buffer, not to be all of it.
                let start = address - buffer.as_ptr() as usize;
                buffer.truncate(start + length);
                buffer.drain(..start);
                if !in_pack {
                    self.check_name(id, kind, buffer)?;
                    self.recent.borrow_mut().keep(id, kind, buffer);
                }
                return Ok(kind);
            }
        }
        Err(Error::Missing {
            id: id.to_owned(),
            role,
        })
    }

    /// Is this the object of that name, and no other that was put in the place of its file? (The objects of a pack got
    /// their names from git when it came in; to hash them all again would cost more than to judge them.)
    fn check_name(&self, id: &oid, kind: Kind, content: &[u8]) -> Result<(), Error> {
        let name = gix::objs::compute_hash(self.hash, kind, content)
            .map_err(|error| unreadable(id, &error))?;
        if name == id {
            Ok(())
        } else {
            Err(unreadable(id, &format!("it holds another one, {name}")))
        }
    }

    /// The kind of the object `id`, and the length of its content, which is not unpacked.
    ///
    /// # Errors
    /// When it is missing or corrupt.
    pub fn header(&self, id: &oid, role: &'static str) -> Result<(Kind, u64), Error> {
        for database in &self.databases {
            let found = database
                .try_header(id)
                .map_err(|error| unreadable(id, &error))?;
            if let Some(header) = found {
                return Ok((header.kind(), header.size()));
            }
        }
        Err(Error::Missing {
            id: id.to_owned(),
            role,
        })
    }

    /// As [`Objects::read`], and the object must be of `kind`.
    ///
    /// # Errors
    /// Those of `read`, and when it is of another kind.
    pub fn read_kind<'b>(
        &self,
        id: &oid,
        kind: Kind,
        role: &'static str,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], Error> {
        let found = self.read(id, role, buffer)?;
        if found != kind {
            return Err(Error::WrongKind {
                id: id.to_owned(),
                found: name_of(found),
                expected: name_of(kind),
            });
        }
        Ok(buffer)
    }

    /// Is the object there, before the push or in it?
    pub fn exists(&self, id: &oid) -> bool {
        self.databases.iter().any(|database| database.exists(id))
    }

    /// Was the object in the repository before the push? (It need not be reachable from any ref.)
    pub fn existed_before(&self, id: &oid) -> bool {
        self.databases[self.quarantined..]
            .iter()
            // What is asked about is mostly not there; looking for new packs at each miss would cost far more.
            .any(|database| database.exists_without_refresh(id))
    }

    /// Follows annotated tags from `id` to what they finally point at.
    ///
    /// # Errors
    /// When an object is missing or malformed, or the chain of tags is longer than anyone would make it.
    pub fn peel(&self, id: &oid) -> Result<(ObjectId, Kind), Error> {
        self.peel_past(id, &mut |_| {})
    }

    /// The commit that `id` leads to; a tag of a tree or a blob leads to none.
    ///
    /// # Errors
    /// As [`peel`](Self::peel).
    pub fn commit_behind(&self, id: &oid) -> Result<Option<ObjectId>, Error> {
        let (id, kind) = self.peel(id)?;
        Ok((kind == Kind::Commit).then_some(id))
    }

    /// Is `target` the object `id`, or one that is met where `id` is [peeled](Self::peel)?
    ///
    /// # Errors
    /// As [`peel`](Self::peel).
    pub fn leads_past(&self, id: &oid, target: &oid) -> Result<bool, Error> {
        let mut is_met = false;
        self.peel_past(id, &mut |met| is_met |= met == target)?;
        Ok(is_met)
    }

    fn peel_past(&self, id: &oid, meet: &mut dyn FnMut(&oid)) -> Result<(ObjectId, Kind), Error> {
        const LONGEST_CHAIN: usize = 64;
        let mut id = id.to_owned();
        let mut buffer = Vec::new();
        for _ in 0..LONGEST_CHAIN {
            meet(&id);
            let kind = self.read(&id, "the target of a ref", &mut buffer)?;
            if kind != Kind::Tag {
                return Ok((id, kind));
            }
            id = gix::objs::TagRefIter::from_bytes(&buffer, self.hash)
                .target_id()
                .map_err(|error| Error::Malformed {
                    kind: "tag",
                    id,
                    reason: error.to_string(),
                })?;
        }
        Err(Error::Malformed {
            kind: "tag",
            id,
            reason: "a chain of tags that does not end".into(),
        })
    }
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects")
            .field("databases", &self.databases.len())
            .finish_non_exhaustive()
    }
}

fn unreadable(id: &oid, reason: &dyn std::fmt::Display) -> Error {
    Error::Unreadable {
        id: id.to_owned(),
        reason: reason.to_string(),
    }
}

/// The name of a kind of object in messages.
pub fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Tree => "tree",
        Kind::Blob => "blob",
        Kind::Commit => "commit",
        Kind::Tag => "tag",
    }
}

fn open_database(
    directory: &Path,
    hash: gix::hash::Kind,
    budget: &Budget,
) -> Result<gix::odb::Handle, Error> {
    let options = gix::odb::store::init::Options {
        alloc_limit_bytes: usize::try_from(budget.limits().object).ok(),
        ..Default::default()
    };
    let mut database = gix::odb::at_opts(directory, hash, None::<(ObjectId, ObjectId)>, options)
        .map_err(|source| Error::Io {
            path: directory.display().to_string(),
            source,
        })?;
    database.set_pack_cache(|| Box::new(MemoryCappedHashmap::new(PACK_CACHE)));
    Ok(database)
}

/// Compares paths as the file system does: `/srv/x.git/./objects` and `./objects` may be one directory.
fn is_same(one: &Path, other: &Path) -> bool {
    one == other
        || one
            .canonicalize()
            .is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}
