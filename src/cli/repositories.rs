//! Which repositories are meant, on a command line.

use std::path::PathBuf;

use crate::verify::find::{FindError, repositories_below};

/// The options that say so.
#[derive(Debug, clap::Args)]
pub struct Repositories {
    /// The repository, bare or not
    #[arg(long, value_name = "DIR", default_value = ".", conflicts_with = "root")]
    pub repo: PathBuf,
    /// Every bare repository below this folder
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

impl Repositories {
    /// Where they are.
    ///
    /// # Errors
    /// When the folder cannot be read, or has none.
    pub fn paths(&self) -> Result<Vec<PathBuf>, FindError> {
        match &self.root {
            Some(root) => repositories_below(root),
            None => Ok(vec![self.repo.clone()]),
        }
    }
}
