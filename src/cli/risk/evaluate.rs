//! `portcullis risk evaluate`

use std::path::PathBuf;

use super::{Done, Fixes, WrongInput, open, read, tip};
use crate::cli::{Exit, complain, print};
use crate::forge;
use crate::report::risk::evaluation;
use crate::risk::evaluate::{evaluate, ranked};
use crate::risk::learn::prior;
use crate::risk::learn::stumps::Row;
use crate::risk::mine::past::Past;
use crate::risk::model;
use crate::state::place;

/// Measure what can be learned from a history
///
/// Learns from the first part of a history as it was known then, puts the rest in order, and holds that against the fixes that
/// came later; beside the simplest measure there is, the lines of code that a change adds. Nothing is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis risk evaluate --repo /srv/git/shop/web.git

  Several histories, with how sure the differences are:
    portcullis risk evaluate --repo a.git --repo b.git --repo c.git --json

AUC: how often a change that was mended later stands above one that was not; 0.5 is chance. \
Within size: the same among changes that add about the same lines of code.

Exit codes: 0 done, 1 a history has too little to measure, 2 the usage is wrong, 3 the \
program failed.")]
pub(super) struct Evaluate {
    /// The repository, bare or not; several can be given
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: Vec<PathBuf>,
    /// The branch; by default each repository's default branch
    #[arg(long, value_name = "REF")]
    r#ref: Option<String>,
    #[command(flatten)]
    fixes: Fixes,
    /// For each of the repositories, use a prior that was learned from the others, in place of the one that is compiled in
    #[arg(long)]
    cross: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A history that was read.
struct Read {
    name: String,
    past: Past,
    rows: Vec<Row>,
}

impl Evaluate {
    /// Measures.
    pub(super) fn run(&self) -> Done {
        let finder = self.fixes.finder()?;
        let mut histories = Vec::new();
        for path in &self.repo {
            let repository = open(path)?;
            let folder = place::of_repository(&repository.layout.common_dir);
            let name = forge::repository_name(&repository.layout.git_dir);
            let mut past = model::stored_past(&folder, &finder).unwrap_or_default();
            if let Some(tip) = tip(&repository, self.r#ref.as_deref())? {
                read(&repository, tip, &finder, &mut past)?;
            }
            let rows = prior::rows(&ranked(&past), past.last());
            histories.push(Read { name, past, rows });
        }
        let mut reports = Vec::new();
        let mut exit = Exit::Fine;
        for (place, history) in histories.iter().enumerate() {
            let others = || {
                let others = histories
                    .iter()
                    .enumerate()
                    .filter(|(other, _)| *other != place);
                let rows: Vec<_> = others
                    .flat_map(|(_, other)| other.rows.iter().copied())
                    .collect();
                prior::learn(&rows)
            };
            let measured = if self.cross {
                evaluate(&history.past, &others())
            } else {
                evaluate(&history.past, prior::prior())
            };
            match measured {
                Ok(report) => reports.push((history.name.clone(), report)),
                Err(why) => {
                    exit = Exit::Findings;
                    let repository = history.name.clone();
                    let why = why.to_string();
                    complain(&WrongInput::NotMeasurable { repository, why }.to_string());
                }
            }
        }
        if self.json {
            print(&format!("{}\n", evaluation::json(&reports)));
        } else {
            print(&evaluation::table(&reports));
        }
        Ok(exit)
    }
}
