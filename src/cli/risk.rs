//! `portcullis risk`: what the repository's own history says of a change.

mod advise;
mod evaluate;
pub(super) mod past;
mod prior;
mod score;
mod train;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use gix::bstr::ByteSlice as _;
use gix::hash::ObjectId;

use super::Exit;
use super::progress::Progress;
use crate::git::budget::Budget;
use crate::git::{Error, Repository};
use crate::paths::names::full_name;
use crate::policy::Limits;
use crate::risk::mine::fixes::{Finder, Listed};
use crate::risk::mine::past::Past;
use crate::risk::mine::{Effort, mine};

/// Learn from history which changes are risky
///
/// Reads which changes of the repository later had to be mended or taken back, and what usually moves together. With a
/// trained model, rules can ask `when: { risk: [high, critical] }` and `spread: "> 20"`. It all happens on this machine.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  portcullis risk evaluate --repo /srv/git/shop/web.git    is there something to learn?
  portcullis risk train --repo /srv/git/shop/web.git       learn it; nightly is often enough
  portcullis risk score main~1..main                       how risky is this, and why?
  portcullis risk advise --repo /srv/git/shop/web.git      what has the policy come to?")]
pub struct Risk {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Train(train::Train),
    Score(score::Score),
    Evaluate(evaluate::Evaluate),
    Advise(advise::Advise),
    Prior(prior::Prior),
}

impl Risk {
    /// Does what was asked.
    pub fn run(&self) -> Exit {
        let done = match &self.command {
            Command::Train(train) => train.run(),
            Command::Score(score) => score.run(),
            Command::Evaluate(evaluate) => evaluate.run(),
            Command::Advise(advise) => Ok(advise.run()),
            Command::Prior(prior) => prior.run(),
        };
        done.unwrap_or_else(|error| super::failed(&*error))
    }
}

pub(super) type Done = Result<Exit, Box<dyn std::error::Error>>;

/// What is wrong with what was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum WrongInput {
    #[error("`{text}` is no regular expression")]
    Expression {
        text: String,
        source: Box<regex::Error>,
    },
    #[error("the list of fixes {file} cannot be read")]
    List {
        file: String,
        source: std::io::Error,
    },
    #[error("there is no branch `{0}`; name one with --ref")]
    NoBranch(String),
    #[error("{0}")]
    Nothing(&'static str),
    #[error("{repository}: {why}")]
    NotMeasurable { repository: String, why: String },
}

/// Which fixes count.
#[derive(Debug, clap::Args)]
pub(super) struct Fixes {
    /// A regular expression: a commit in whose title it is found is a fix, beside those that portcullis finds itself
    #[arg(long, value_name = "REGEX")]
    fix_pattern: Option<String>,
    /// A list of fixes, such as the tracker can give it: the id of a commit or the key of an issue a line
    #[arg(long, value_name = "FILE")]
    fixes: Option<PathBuf>,
}

impl Fixes {
    /// Is nothing said of them?
    pub(super) fn are_default(&self) -> bool {
        self.fix_pattern.is_none() && self.fixes.is_none()
    }

    pub(super) fn finder(&self) -> Result<Finder, WrongInput> {
        let expression = self.fix_pattern.as_ref().map(|text| {
            regex::bytes::Regex::new(text).map_err(|source| WrongInput::Expression {
                text: text.clone(),
                source: Box::new(source),
            })
        });
        let listed = self.fixes.as_ref().map(|file| {
            std::fs::read(file).map_err(|source| WrongInput::List {
                file: file.display().to_string(),
                source,
            })
        });
        Ok(Finder {
            expression: expression.transpose()?,
            listed: Listed::parse(&listed.transpose()?.unwrap_or_default()),
        })
    }
}

/// Opens a repository for reading all of it. Files that are larger than people write are not read.
pub(super) fn open(path: &Path) -> Result<Repository, Error> {
    let limits = Limits {
        time: Duration::MAX,
        memory: u64::MAX,
        commits: usize::MAX,
        object: 8 << 20,
        tree_entries: u64::MAX,
        ..Limits::default()
    };
    Repository::at(path, &Arc::new(Budget::new(limits)))
}

/// The tip of a branch, by default of the default one; `None` if it has no commit yet.
pub(super) fn tip(
    repository: &Repository,
    name: Option<&str>,
) -> Result<Option<ObjectId>, Box<dyn std::error::Error>> {
    let refs = &repository.refs;
    let branch = match name {
        Some(name) => full_name(name).into(),
        None => refs
            .default_branch()?
            .ok_or_else(|| WrongInput::NoBranch("HEAD".to_owned()))?,
    };
    let Some(id) = refs.resolve(branch.as_bstr())?.id else {
        return match name {
            Some(name) => Err(WrongInput::NoBranch(name.to_owned()).into()),
            None => Ok(None),
        };
    };
    let commit = repository.objects.commit_behind(&id)?;
    let commit = commit.ok_or_else(|| WrongInput::NoBranch(branch.to_string()))?;
    Ok(Some(commit))
}

/// Reads a history into `past`, and shows how far it is.
pub(super) fn read(
    repository: &Repository,
    tip: ObjectId,
    finder: &Finder,
    past: &mut Past,
) -> Result<Effort, Error> {
    let progress = Progress::of("reading the history");
    mine(repository, tip, finder, past, |done, all| {
        progress.show(done as u64, all as u64);
    })
}
