//! The notes on commits below one ref: as it stood before the push, and as the push would leave it.
//!
//! Notes lie in trees under the ids of their commits, in folders of two digits each where there are many
//! (`ab/cdef…`). A push that takes a note away takes nothing from what the note said before. What is too much to be read
//! is told apart from what is not there.

use std::cell::{Cell, RefCell};
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

/// So many bytes of notes are read for a push, and so many of the trees that list them: anyone can write notes on anyone's
/// commits, as many and as long as they like, and these must cost nobody their push.
const MOST: u64 = 32 << 20;
const MOST_OF_TREES: u64 = 8 << 20;

/// What a note is called, in messages.
const ROLE: &str = "a note";

/// What stands in the place of a note.
enum Found {
    Entry(Entry),
    Nothing,
    /// So much has been read of trees that this is not known.
    TooMuch,
}

/// The notes on commits.
pub(super) struct Notes<'a> {
    objects: &'a Objects,
    /// The trees of the ref, before the push and after it.
    roots: Vec<ObjectId>,
    read: RefCell<HashMap<ObjectId, Rc<Folder>>>,
    /// How many bytes are still read: of notes, and of trees.
    left: Cell<u64>,
    left_of_trees: Cell<u64>,
}

type Folder = HashMap<Vec<u8>, Entry>;

/// A note.
pub(super) enum Note {
    /// Its text.
    Text(Vec<u8>),
    /// Something else stands in its place.
    NoText,
    /// So much has been read of notes that this one was not.
    TooMuch,
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
            left: Cell::new(MOST),
            left_of_trees: Cell::new(MOST_OF_TREES),
        })
    }

    /// The notes on a commit.
    pub(super) fn on(&self, commit: ObjectId) -> Result<Vec<Note>, Error> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut notes = Vec::new();
        for &root in &self.roots {
            match self.find(root, commit)? {
                Found::Entry(entry) if !entries.contains(&entry) => {
                    entries.push(entry);
                    notes.push(self.note(entry)?);
                }
                Found::TooMuch => notes.push(Note::TooMuch),
                Found::Entry(_) | Found::Nothing => {}
            }
        }
        Ok(notes)
    }

    fn find(&self, root: ObjectId, commit: ObjectId) -> Result<Found, Error> {
        let name = commit.to_string().into_bytes();
        let (mut rest, mut id) = (&name[..], root);
        loop {
            let Some(folder) = self.folder(id)? else {
                return Ok(Found::TooMuch);
            };
            if let Some(entry) = folder.get(rest) {
                return Ok(Found::Entry(*entry));
            }
            let deeper = rest.get(..2).and_then(|digits| folder.get(digits));
            let Some(deeper) = deeper.filter(|entry| entry.mode.is_tree()) else {
                return Ok(Found::Nothing);
            };
            (rest, id) = (&rest[2..], deeper.id);
        }
    }

    /// The entries of a tree; `None` if it is too large.
    fn folder(&self, id: ObjectId) -> Result<Option<Rc<Folder>>, Error> {
        if let Some(folder) = self.read.borrow().get(&id) {
            return Ok(Some(Rc::clone(folder)));
        }
        if !self.affords(&self.left_of_trees, id)? {
            return Ok(None);
        }
        let mut buffer = Vec::new();
        let data = self
            .objects
            .read_kind(&id, Kind::Tree, "a tree of notes", &mut buffer)?;
        let mut folder = Folder::new();
        for entry in tree::entries_of(data, id) {
            let entry = entry?;
            folder.insert(entry.name.to_owned(), entry.to_entry());
        }
        let folder = Rc::new(folder);
        self.read.borrow_mut().insert(id, Rc::clone(&folder));
        Ok(Some(folder))
    }

    /// Spends what it takes to read an object; `false` if that is not left.
    fn affords(&self, left: &Cell<u64>, id: ObjectId) -> Result<bool, Error> {
        let (_, size) = self.objects.header(&id, ROLE)?;
        let rest = left.get().checked_sub(size);
        let rest = rest.filter(|_| size <= self.objects.budget().limits().object);
        left.set(rest.unwrap_or(left.get()));
        Ok(rest.is_some())
    }

    fn note(&self, entry: Entry) -> Result<Note, Error> {
        if !entry.mode.is_file() {
            return Ok(Note::NoText);
        }
        if !self.affords(&self.left, entry.id)? {
            return Ok(Note::TooMuch);
        }
        let mut buffer = Vec::new();
        let kind = self.objects.read(&entry.id, ROLE, &mut buffer)?;
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
