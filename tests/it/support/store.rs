//! Objects written straight into a repository, thousands a second, whatever git thinks of them.

use gix::{
    ObjectId,
    objs::{Kind, Write as _},
};
use std::path::Path;

/// The loose objects of a SHA-1 repository.
pub(crate) struct Store(gix::odb::loose::Store);

impl Store {
    /// That of a bare repository.
    pub(crate) fn of(repository: &Path) -> Self {
        let objects = repository.join("objects");
        Self(gix::odb::loose::Store::at(objects, gix::hash::Kind::Sha1))
    }

    /// Writes one object, and says its id.
    pub(crate) fn write(&self, kind: Kind, content: &[u8]) -> ObjectId {
        self.0.write_buf(kind, content).expect("it can be written")
    }

    /// Writes a tree with exactly these entries in exactly this order: mode, name, object.
    pub(crate) fn tree<Name: AsRef<[u8]>>(
        &self,
        entries: impl IntoIterator<Item = (&'static str, Name, ObjectId)>,
    ) -> ObjectId {
        self.write(Kind::Tree, &tree(entries))
    }

    /// Writes a commit.
    pub(crate) fn commit(
        &self,
        tree: ObjectId,
        parents: impl IntoIterator<Item = ObjectId>,
        message: &str,
    ) -> ObjectId {
        let mut content = format!("tree {tree}\n");
        for parent in parents {
            content += &format!("parent {parent}\n");
        }
        content += "author Alice <alice@shop.example> 1767323045 +0000\n";
        content += "committer Alice <alice@shop.example> 1767323045 +0000\n\n";
        content += message;
        self.write(Kind::Commit, content.as_bytes())
    }
}

/// The content of a tree with exactly these entries in exactly this order.
pub(crate) fn tree<Name: AsRef<[u8]>>(
    entries: impl IntoIterator<Item = (&'static str, Name, ObjectId)>,
) -> Vec<u8> {
    let mut content = Vec::new();
    for (mode, name, id) in entries {
        content.extend_from_slice(mode.as_bytes());
        content.push(b' ');
        content.extend_from_slice(name.as_ref());
        content.push(0);
        content.extend_from_slice(id.as_slice());
    }
    content
}
