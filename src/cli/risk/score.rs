//! `portcullis risk score`

use std::path::PathBuf;

use super::{Done, open};
use crate::cli::{Exit, print, revision};
use crate::report::{json, risk::reasons};
use crate::risk::mine::diff;
use crate::risk::model::Model;
use crate::risk::score::{Risk, score};
use crate::state::place;

/// Say how risky a range of commits is, as one change, and why
///
/// The change is put among the last ones that landed, by the model that `portcullis risk train` has made. The signed numbers
/// say how far each reason moves the change up or down among them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  The last step of main:
    portcullis risk score main~1..main

  A branch, for a program:
    portcullis risk score --json main..topic | jq .band

Each end is a full object id, a branch, a tag or HEAD, with ~N or ^N behind it.

Exit codes: 0 done, whatever the risk, 2 the usage is wrong, 3 the program failed.")]
pub(super) struct Score {
    /// The repository, bare or not
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The state before the change, and the one after it
    #[arg(value_name = "OLD..NEW")]
    range: String,
}

impl Score {
    /// Scores.
    pub(super) fn run(&self) -> Done {
        let repository = open(&self.repo)?;
        let (before, after) = revision::range(&repository, &self.range)?;
        let touched = diff::between(&repository.objects, before, after)?;
        let folder = place::of_repository(&repository.layout.common_dir);
        let risk = match Model::below(&folder, &repository) {
            Ok(model) => {
                let now = crate::cli::now();
                Risk::Known(Box::new(score(&model, &repository.objects, &touched, now)))
            }
            Err(why) => Risk::Unknown(why),
        };
        if self.json {
            print(&format!("{}\n", json::risk(&risk)));
        } else {
            let reasons = reasons::reasons(&risk).into_iter();
            let reasons: String = reasons.map(|reason| format!("  {reason}\n")).collect();
            print(&format!("risk: {}\n{reasons}", reasons::band(&risk)));
        }
        Ok(Exit::Fine)
    }
}
