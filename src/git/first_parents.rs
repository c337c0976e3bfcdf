//! The first-parent way of a commit.

use gix::hash::ObjectId;

use super::commit::{Links, read_links};
use super::objects::Objects;
use super::{Error, Repository};

/// A commit and its first parents, newest first. Where the repository is shallow they end with the last that is there.
pub struct FirstParents<'a> {
    objects: &'a Objects,
    is_shallow: bool,
    next: Option<ObjectId>,
    is_cut_off: bool,
    buffer: Vec<u8>,
}

impl<'a> FirstParents<'a> {
    /// From `tip` on.
    pub fn of(repository: &'a Repository, tip: ObjectId) -> Self {
        FirstParents {
            objects: &repository.objects,
            is_shallow: repository.layout.is_shallow(),
            next: Some(tip),
            is_cut_off: false,
            buffer: Vec::new(),
        }
    }

    /// Did the last commit have a parent that is not there?
    pub fn is_cut_off(&self) -> bool {
        self.is_cut_off
    }
}

impl Iterator for FirstParents<'_> {
    type Item = Result<(ObjectId, Links), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let id = self.next.take()?;
        let links = match read_links(self.objects, id, &mut self.buffer) {
            Ok(links) => links,
            Err(error) => return Some(Err(error)),
        };
        let parent = links.parents.first().copied();
        self.is_cut_off =
            self.is_shallow && parent.is_some_and(|parent| !self.objects.exists(&parent));
        self.next = parent.filter(|_| !self.is_cut_off);
        Some(Ok((id, links)))
    }
}
