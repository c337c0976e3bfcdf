//! The notes on commits below one ref: as it stood before the push, and as the push would leave it.
//!
//! Notes lie in trees under the ids of their commits, in folders of two digits each where there are many
//! (`ab/cdef…`). A push that takes a note away takes nothing from what the note said before.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use gix::bstr::{BStr, BString};
use gix::hash::ObjectId;
use gix::objs::Kind;

use super::Push;
use crate::git::commit;
use crate::git::objects::Objects;
use crate::git::tree::{self, Entry};
use crate::git::{Error, Repository};

/// What one entry of a tree takes in memory, about.
const ENTRY: u64 = 160;

/// The notes on commits.
pub(super) struct Notes<'a> {
    objects: &'a Objects,
    /// The trees of the ref, before the push and after it.
    roots: Vec<ObjectId>,
    read: RefCell<HashMap<ObjectId, Rc<Folder>>>,
}

type Folder = HashMap<Vec<u8>, Entry>;

/// A note.
pub(super) enum Note {
    /// Its text.
    Text(Vec<u8>),
    /// Something else stands in its place.
    NoText,
}

impl<'a> Notes<'a> {
    pub(super) fn open(
        repository: &'a Repository,
        push: &Push,
        name: &BStr,
    ) -> Result<Self, Error> {
        let objects = &repository.objects;
        let before = repository.refs.resolve(name)?;
        let is_it = |pushed: &BString| *pushed == name || *pushed == before.name;
        let pushed = push.updates.iter().filter(|update| is_it(&update.name));
        let after = pushed.map(|update| update.new).filter(|id| !id.is_null());
        let mut roots = Vec::new();
        for id in before.id.into_iter().chain(after) {
            roots.extend(root(objects, id)?);
        }
        roots.dedup();
        Ok(Notes {
            objects,
            roots,
            read: RefCell::default(),
        })
    }

    /// The notes on a commit.
    pub(super) fn on(&self, commit: ObjectId) -> Result<Vec<Note>, Error> {
        let mut found: Vec<Entry> = Vec::new();
        for &root in &self.roots {
            let entry = self.find(root, commit)?;
            found.extend(entry.filter(|entry| !found.contains(entry)));
        }
        found.into_iter().map(|entry| self.note(entry)).collect()
    }

    fn find(&self, root: ObjectId, commit: ObjectId) -> Result<Option<Entry>, Error> {
        let name = commit.to_string().into_bytes();
        let (mut rest, mut folder) = (&name[..], self.folder(root)?);
        loop {
            if let Some(entry) = folder.get(rest) {
                return Ok(Some(*entry));
            }
            let deeper = rest.get(..2).and_then(|digits| folder.get(digits));
            let Some(deeper) = deeper.filter(|entry| entry.mode.is_tree()) else {
                return Ok(None);
            };
            rest = &rest[2..];
            folder = self.folder(deeper.id)?;
        }
    }

    fn folder(&self, id: ObjectId) -> Result<Rc<Folder>, Error> {
        if let Some(folder) = self.read.borrow().get(&id) {
            return Ok(Rc::clone(folder));
        }
        let mut buffer = Vec::new();
        let data = self
            .objects
            .read_kind(&id, Kind::Tree, "a tree of notes", &mut buffer)?;
        let mut folder = Folder::new();
        for entry in tree::entries(data, self.objects.hash()) {
            let entry = entry.map_err(|reason| Error::Malformed {
                kind: "tree",
                id,
                reason: reason.to_owned(),
            })?;
            folder.insert(entry.name.to_owned(), entry.to_entry());
        }
        let budget = self.objects.budget();
        budget.spend_entries(folder.len() as u64)?;
        budget.spend_memory(folder.len() as u64 * ENTRY)?;
        let folder = Rc::new(folder);
        self.read.borrow_mut().insert(id, Rc::clone(&folder));
        Ok(folder)
    }

    fn note(&self, entry: Entry) -> Result<Note, Error> {
        if !entry.mode.is_file() {
            return Ok(Note::NoText);
        }
        let mut buffer = Vec::new();
        let kind = self.objects.read(&entry.id, "a note", &mut buffer)?;
        Ok(match kind {
            Kind::Blob => Note::Text(buffer),
            _ => Note::NoText,
        })
    }
}

/// The tree of a ref of notes; what leads to none has no notes.
fn root(objects: &Objects, id: ObjectId) -> Result<Option<ObjectId>, Error> {
    let (id, kind) = objects.peel(&id)?;
    match kind {
        Kind::Commit => Ok(Some(commit::read_links(objects, id, &mut Vec::new())?.tree)),
        Kind::Tree => Ok(Some(id)),
        Kind::Blob | Kind::Tag => Ok(None),
    }
}
