//! `portcullis risk train`

use std::path::PathBuf;

use super::{Done, Fixes, open, read, tip};
use crate::cli::{Exit, print};
use crate::report::risk::training;
use crate::risk::model;
use crate::state::place;

/// Learn from the history of a branch
///
/// Reads the history along first parents, finds what was fixed or reverted later, and which earlier changes that mended. The
/// result is one file below portcullis/ in the git directory, which the hook reads. Run it again every night: it goes on from
/// where it was. A history that was rewritten is read anew.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis risk train --repo /srv/git/shop/web.git

  Fixes that only the tracker knows, by their keys in messages:
    portcullis risk train --fixes bugs.txt

Exit codes: 0 done, 2 the usage is wrong, 3 the program failed.")]
pub(super) struct Train {
    /// The repository, bare or not
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// The branch; by default the repository's default branch
    #[arg(long, value_name = "REF")]
    r#ref: Option<String>,
    #[command(flatten)]
    fixes: Fixes,
    /// Read the whole history again
    #[arg(long)]
    anew: bool,
}

impl Train {
    /// Trains.
    pub(super) fn run(&self) -> Done {
        let finder = self.fixes.finder()?;
        let repository = open(&self.repo)?;
        let folder = place::of_repository(&repository.layout.common_dir);
        let Some(tip) = tip(&repository, self.r#ref.as_deref())? else {
            print("The branch has no commit yet, so there is nothing to learn.\n");
            return Ok(Exit::Fine);
        };
        let stored = (!self.anew).then(|| model::stored_past(&folder, &finder));
        let mut past = stored.flatten().unwrap_or_default();
        let effort = read(&repository, tip, &finder, &mut past)?;
        let made = model::make(&mut past, &finder);
        model::store(&folder, &made.bytes)?;
        print(&training::trained(&made, effort, &model::path(&folder)));
        Ok(Exit::Fine)
    }
}
