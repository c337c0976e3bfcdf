//! `portcullis risk prior`

use std::path::PathBuf;

use super::{Done, Fixes, open, read, tip};
use crate::cli::{Exit, print};
use crate::forge;
use crate::risk::evaluate::ranked;
use crate::risk::learn::prior::{self, Document, History};
use crate::risk::model;
use crate::state::place;

/// Make the prior that is compiled in, out of public histories
///
/// Prints src/risk/learn/prior.json of the sources of portcullis. `tests/bench/prior` says from what it was made.
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub(super) struct Prior {
    #[command(flatten)]
    fixes: Fixes,
    /// The repositories; of each, the default branch
    #[arg(value_name = "DIR", required = true)]
    repositories: Vec<PathBuf>,
}

impl Prior {
    /// Makes it.
    pub(super) fn run(&self) -> Done {
        let finder = self.fixes.finder()?;
        let mut histories = Vec::new();
        let mut rows = Vec::new();
        for path in &self.repositories {
            let repository = open(path)?;
            let Some(tip) = tip(&repository, None)? else {
                continue;
            };
            let folder = place::of_repository(&repository.layout.common_dir);
            let mut past = model::stored_past(&folder, &finder).unwrap_or_default();
            read(&repository, tip, &finder, &mut past)?;
            let of_history = prior::rows(&ranked(&past), past.last());
            histories.push(History {
                repository: forge::repository_name(&repository.layout.git_dir),
                tip: tip.to_string(),
                units: of_history.len(),
                faults: of_history.iter().filter(|row| row.is_at_fault()).count(),
            });
            rows.extend(of_history);
        }
        let made_by = "portcullis risk prior, as tests/bench/prior calls it".to_owned();
        let document = Document::of(&prior::learn(&rows), made_by, histories);
        print(&format!("{}\n", document.to_json()));
        Ok(Exit::Fine)
    }
}
