//! `.mailmap` (gitmailmap(5)): which addresses are of one person, as the repository itself says.

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::commit::Identity;
use super::objects::Objects;
use super::{Error, file};

/// The name of the file, at the root of the tree.
pub const FILE: &str = ".mailmap";

/// What a `.mailmap` says.
#[derive(Debug)]
pub struct Mailmap(gix::mailmap::Snapshot);

impl Mailmap {
    /// Reads the one at the root of a tree, if it is there.
    ///
    /// # Errors
    /// When the tree or the file cannot be read.
    pub fn of_tree(objects: &Objects, tree: Option<ObjectId>) -> Result<Option<Self>, Error> {
        let content = file::read(objects, tree, FILE)?;
        Ok(content.map(|content| Mailmap::parse(&content)))
    }

    /// Reads a file. As git does, it passes over lines that make no sense.
    pub fn parse(content: &[u8]) -> Self {
        Mailmap(gix::mailmap::Snapshot::from_bytes(content))
    }

    /// The address that stands for `identity`; `None` if that is its own.
    pub fn email_of(&self, identity: &Identity) -> Option<BString> {
        let signature = gix::actor::SignatureRef {
            name: identity.name.as_ref(),
            email: identity.email.as_ref(),
            time: "",
        };
        let resolved = self.0.try_resolve_ref(signature)?;
        resolved.email.map(Into::into)
    }
}
