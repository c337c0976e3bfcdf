//! Which file of a repository is read, and how: what the policy says, or else the server's way.

use gix::hash::ObjectId;

use super::Dialect;
use crate::forge::Forge;
use crate::git::objects::Objects;
use crate::git::{Error, file};

/// `codeowners:` of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// How the file is read; `None`: as the server reads it that runs the hook.
    pub dialect: Option<Dialect>,
    /// Where the file is, from the root of the repository; `None`: where its dialect has it.
    pub file: Option<String>,
}

impl Source {
    /// How the file is read on this server.
    pub fn dialect(&self, forge: Forge) -> Dialect {
        self.dialect.unwrap_or_else(|| Dialect::of(forge))
    }

    /// Wherever the file may be, on any server.
    pub fn files(&self) -> Vec<String> {
        let of = |dialect: &Dialect| dialect.candidates().to_vec();
        let mut files: Vec<&str> = match (&self.file, self.dialect) {
            (Some(file), _) => vec![file],
            (None, Some(dialect)) => of(&dialect),
            (None, None) => Dialect::ALL.iter().flat_map(of).collect(),
        };
        files.sort_unstable();
        files.dedup();
        files.into_iter().map(str::to_owned).collect()
    }

    /// Where the file may be on this server. The first that is there counts.
    pub fn candidates(&self, forge: Forge) -> Vec<&str> {
        match &self.file {
            Some(file) => vec![file],
            None => self.dialect(forge).candidates().to_vec(),
        }
    }

    /// The file that counts on this server, with its path, if a tree has one.
    ///
    /// # Errors
    /// When the tree or the file cannot be read.
    pub fn find(
        &self,
        forge: Forge,
        objects: &Objects,
        tree: Option<ObjectId>,
    ) -> Result<Option<(&str, Vec<u8>)>, Error> {
        for path in self.candidates(forge) {
            if let Some(content) = file::read(objects, tree, path)? {
                return Ok(Some((path, content)));
            }
        }
        Ok(None)
    }
}
