//! Objects with files of their own that were read last: each is inflated and hashed once, however often it is compared.
//!
//! That is not for speed alone. A tree that names another a hundred times, which names another, makes a gate read a few
//! files a million times, and what each reading allocates and frees leaves holes that the allocator does not fill again.

use gix::hash::{ObjectId, oid};
use gix::hashtable::HashMap;
use gix::objs::Kind;

/// All of them together.
const MOST_BYTES: usize = 4 << 20;

/// A larger one is read again.
const LARGEST: usize = 128 << 10;

/// What was read last.
#[derive(Clone, Default)]
pub(super) struct Recent {
    objects: HashMap<ObjectId, (Kind, Box<[u8]>)>,
    bytes: usize,
}

impl Recent {
    /// Keeps an object, and forgets all others if they become too many.
    pub(super) fn keep(&mut self, id: &oid, kind: Kind, content: &[u8]) {
        if content.len() > LARGEST {
            return;
        }
        if self.bytes + content.len() > MOST_BYTES {
            *self = Recent::default();
        }
        self.bytes += content.len();
        self.objects.insert(id.to_owned(), (kind, content.into()));
    }

    /// Copies an object into `buffer`, if it is known.
    pub(super) fn copy(&self, id: &oid, buffer: &mut Vec<u8>) -> Option<Kind> {
        let (kind, content) = self.objects.get(id)?;
        buffer.clear();
        buffer.extend_from_slice(content);
        Some(*kind)
    }
}
