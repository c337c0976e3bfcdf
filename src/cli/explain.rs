//! `portcullis explain`: the whole way to a decision.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;

use super::imagined::Imagined;
use super::source::Source;
use super::{Exit, audit, revision};
use crate::facts::provenance::Asked;
use crate::forge::repository_name;
use crate::git::budget::Budget;
use crate::git::{Error, Repository};
use crate::judging::Judgement;
use crate::ledger::line::Line;
use crate::paths::names::full_name;
use crate::policy::Policy;
use crate::push::RefUpdate;
use crate::report::paths::{self, Target};
use crate::report::{json, ledger, pipeline, trace};

/// Explain what the policy says of a range of commits, as if it were pushed, or of a push that was
///
/// Prints what the update brings, which paths it touches in which zones, what each rule says and why, and what the pusher
/// would see. It is decided by the same code as in the hook, with the other refs as they stand now. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  What would a policy have said of the last three steps of main?
    portcullis explain --policy policy.yml --repo /srv/git/shop/web.git \\
      main~3..main

  May alice bring topic to a release branch?
    portcullis explain --ref release/1.2 --pusher alice release/1.2..topic

  Why was this push refused? Its decision id is what the pusher was shown:
    portcullis explain --repo /srv/git/shop/web.git 4f1c09b2aa37

  What would these files meet, before there is a commit?
    git diff --name-only -z | portcullis explain --ref main --paths -

  For a program or a pipeline (`schema` is portcullis/decision/v1):
    portcullis explain --json HEAD~1..HEAD | jq '.findings[].rule'
    portcullis explain --format sarif origin/main..HEAD > portcullis.sarif

Each end is a full object id, a branch, a tag or HEAD, with ~N or ^N behind it. OLD is \
empty for a ref that does not exist yet (`..topic`), NEW for one that is deleted \
(`topic..`).

Exit codes: 0 the push would be accepted, 1 refused, 2 the policy or the usage is wrong, \
3 the program failed.")]
pub struct Explain {
    /// Where the policy is.
    #[command(flatten)]
    pub source: Source,
    /// The repository, bare or not
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repo: PathBuf,
    /// The ref that would be updated, `main` or `refs/tags/v1`; by default the repository's default branch
    #[arg(long, value_name = "REF")]
    pub r#ref: Option<String>,
    /// The account that would push; unknown if not given
    #[arg(long, value_name = "ACCOUNT")]
    pub pusher: Option<String>,
    /// `owner/name`, as rules know the repository; by default the end of its path
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// Print JSON: the decision, with what every rule says
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
    /// Print it as continuous integration reads it
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with = "paths")]
    pub format: Option<Format>,
    /// A file with paths, one a line or each ended by NUL, `-` for standard input: say which zones and rules they would meet
    #[arg(long, value_name = "FILE", conflicts_with = "push")]
    pub paths: Option<PathBuf>,
    /// What the ref holds and what it would hold, a commit, or a decision's id
    #[arg(value_name = "OLD..NEW", required_unless_present = "paths")]
    pub push: Option<String>,
}

/// A format that continuous integration reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// SARIF 2.1.0: findings on files.
    Sarif,
    /// JUnit: what each rule says.
    Junit,
}

/// As many bytes of paths are read as anyone would push at once.
const MOST_BYTES: u64 = 64 << 20;

impl Explain {
    /// Explains the push or the paths.
    pub fn run(&self) -> Exit {
        super::by_policy(&self.source.origin(), |mut loaded| {
            let repository = self.open(&loaded.policy);
            if let Ok(repository) = &repository {
                super::tighten(&mut loaded, repository)?;
            }
            match (&self.paths, &self.push) {
                // Before a repository is there, the names that are usual have to do.
                (Some(paths), _) => self.explain_paths(&loaded.policy, repository.ok(), paths),
                // What the ledger has of it can be told without one.
                (None, Some(id)) if is_decision(id) => self.explain_decision(&loaded.policy, id),
                (None, _) => self.explain(&loaded.policy, repository?),
            }
        })
    }

    fn explain(
        &self,
        policy: &Policy,
        mut repository: Repository,
    ) -> Result<Exit, Box<dyn std::error::Error>> {
        let push = self.push.as_deref().unwrap_or_default();
        let (old, new) = if push.contains("..") {
            revision::range(&repository, push)?
        } else {
            revision::step(&repository, push)?
        };
        let name = self.name_of_ref(&repository)?;
        let judged = self.judge(policy, &mut repository, (name, old, new), None)?;
        self.show(policy, &judged)
    }

    /// Says what the ledger has of a decision, and decides again what can still be read.
    fn explain_decision(
        &self,
        policy: &Policy,
        id: &str,
    ) -> Result<Exit, Box<dyn std::error::Error>> {
        let file = match audit::file_of(policy) {
            Ok(file) => file,
            Err(exit) => return Ok(exit),
        };
        let mut found: Option<Line> = None;
        let read = audit::read(&file, |decided| {
            if decided.id.as_deref() == Some(id) {
                found = Some(decided);
            }
        });
        if read.is_none() {
            return Ok(Exit::Failed);
        }
        let Some(decided) = found else {
            super::complain(&format!(
                "the ledger {} has no decision {id}; is it that of another server or policy?",
                file.display()
            ));
            return Ok(Exit::WrongInput);
        };
        if !self.json && self.format.is_none() {
            super::print(&ledger::decided(&decided));
        }
        let mut exit = Exit::Fine;
        for moved in decided.moves() {
            let mut repository = self.open(policy)?;
            let ids = [moved.old, moved.new].into_iter().flatten();
            let gone: Vec<ObjectId> = ids.filter(|id| !repository.objects.exists(id)).collect();
            if let Some(gone) = gone.first() {
                super::complain(&format!(
                    "{} cannot be judged again: {gone} is not in this repository, as after a push that was refused",
                    crate::report::escape::Name(&moved.name)
                ));
                exit = Exit::Findings;
                continue;
            }
            let update = (moved.name.clone(), moved.old, moved.new);
            let judged = self.judge(policy, &mut repository, update, Some(&decided))?;
            if self.show(policy, &judged)? != Exit::Fine {
                exit = Exit::Findings;
            }
        }
        Ok(exit)
    }

    fn explain_paths(
        &self,
        policy: &Policy,
        repository: Option<Repository>,
        file: &Path,
    ) -> Result<Exit, Box<dyn std::error::Error>> {
        let mut bytes = Vec::new();
        let input: Box<dyn Read> = if file == Path::new("-") {
            Box::new(std::io::stdin().lock())
        } else {
            Box::new(File::open(file)?)
        };
        input.take(MOST_BYTES).read_to_end(&mut bytes)?;
        let end = if bytes.contains(&0) { "\0" } else { "\n" };
        let all = bytes.split_str(end).filter(|path| !path.is_empty());
        let all: Vec<BString> = all.map(BString::from).collect();
        let name = match (&self.r#ref, &repository) {
            (None, None) => full_name("main").into(),
            (None, Some(repository)) => self.name_of_ref(repository)?,
            (Some(name), _) => full_name(name).into(),
        };
        let of_path = || repository.map(|found| repository_name(&found.layout.git_dir));
        let repository = self.repository.clone().or_else(of_path);
        let target = Target {
            name: name.as_bstr(),
            repository: repository.as_deref().unwrap_or_default(),
        };
        if self.json {
            super::print(&format!("{}\n", paths::json(policy, target, &all)));
        } else {
            super::print(&paths::page(policy, target, &all));
        }
        Ok(Exit::Fine)
    }

    fn open(&self, policy: &Policy) -> Result<Repository, Error> {
        Repository::at(&self.repo, &Arc::new(Budget::new(policy.limits)))
    }

    fn judge(
        &self,
        policy: &Policy,
        repository: &mut Repository,
        (name, old, new): (BString, Option<ObjectId>, Option<ObjectId>),
        decided: Option<&Line>,
    ) -> Result<Judgement, Box<dyn std::error::Error>> {
        repository.refs.pretend(name.clone(), old);
        let null = ObjectId::null(repository.layout.hash);
        let of_ledger = |said: fn(&Line) -> Option<&str>| decided.and_then(said);
        let judged = Imagined {
            repository: self
                .repository
                .as_deref()
                .or_else(|| of_ledger(|decided| decided.repository.as_deref())),
            pusher: self
                .pusher
                .as_deref()
                .or_else(|| of_ledger(|decided| decided.pusher.account.as_deref())),
            provenance: Asked::ByPeople,
            // What the ref has held since is no past of a push that may have been made long ago.
            without_past: Some(name.clone()),
            update: RefUpdate {
                old: old.unwrap_or(null),
                new: new.unwrap_or(null),
                name,
            },
        };
        Ok(judged.judge(repository, policy)?)
    }

    fn show(
        &self,
        policy: &Policy,
        judged: &Judgement,
    ) -> Result<Exit, Box<dyn std::error::Error>> {
        let decision = &judged.decision;
        let text = match self.format {
            Some(Format::Sarif) => format!("{}\n", pipeline::sarif(decision, policy)),
            Some(Format::Junit) => pipeline::junit(decision)?,
            None if self.json => format!("{}\n", json::decision(decision, true)),
            None => trace::explain(decision, &judged.facts, policy),
        };
        super::print(&text);
        Ok(if decision.is_accepted() {
            Exit::Fine
        } else {
            Exit::Findings
        })
    }

    fn name_of_ref(&self, repository: &Repository) -> Result<BString, Error> {
        match &self.r#ref {
            Some(name) => Ok(full_name(name).into()),
            None => repository
                .refs
                .default_branch()?
                .ok_or_else(no_default_branch),
        }
    }
}

/// Is it a decision's id? Object ids are written whole.
fn is_decision(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn no_default_branch() -> Error {
    Error::Format("HEAD names no branch; say which ref would be updated with --ref".into())
}
