//! `portcullis simulate`: what a policy would have said of the past.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Exit;
use super::progress::Progress;
use super::source::Source;
use crate::forge;
use crate::git::budget::Budget;
use crate::git::{Error, Repository};
use crate::origin::Origin;
use crate::paths::names::full_name;
use crate::policy::{Limits, Loaded, Policy};
use crate::report::escape::Name;
use crate::report::simulation::{Report, json, page, text};
use crate::simulation::Judged;
use crate::simulation::against::Against;
use crate::simulation::others::Others;
use crate::simulation::replay::Replay;
use crate::simulation::tally::Tally;
use crate::simulation::way::{As, Question, Span, Step, Way};

/// Show what a policy would have said of the history of a ref
///
/// Takes the steps of a ref, each from one first parent to the next, for pushes, and judges each by the same code as the
/// hook, with other refs where they stood then. Counts what would have been refused, by rule, zone, person and month, and
/// who would have been asked to approve how often. Nothing is changed.
///
/// Who pushed is taken to be the committer, or the author where only that one is in the policy; when, to be the committer's
/// date. Approvals by signed tags count where the repository has them; the forge is not asked for reviews, so steps that
/// lack nothing but approvals are counted apart. What a repository adds of its own (`repo_policy`) is left out.
#[derive(Debug, clap::Args)]
#[command(
    group(clap::ArgGroup::new("span").required(true).args(["last", "since"])),
    after_help = "\
Examples:
  What would have become of the last thousand steps of main?
    portcullis simulate --policy policy.yml --repo /srv/git/shop/web.git --ref main \\
      --last 1000

  A page with charts, and the explanation of each refusal:
    portcullis simulate --policy policy.yml --ref main --since 2025-01-01 \\
      --html report.html

  What changes with a new policy?
    portcullis simulate --policy new.yml --against policy.yml --ref main --last 1000

  For a program (`schema` is portcullis/simulation/v1):
    portcullis simulate --ref main --since '6 months ago' --json | jq .outcomes

Exit codes: 0 every step is let in as it is (with --against: nothing changes), 1 not every \
one, 2 a policy or the usage is wrong, 3 the program failed."
)]
pub struct Simulate {
    /// Where the policy is.
    #[command(flatten)]
    pub source: Source,
    /// Another policy, such as the one in force: show only what --policy changes
    #[arg(long, value_name = "OTHER")]
    pub against: Option<PathBuf>,
    /// The repository, bare or not
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repo: PathBuf,
    /// The ref whose steps are replayed; by default the repository's default branch
    #[arg(long, value_name = "REF")]
    pub r#ref: Option<String>,
    /// So many steps, the newest
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub last: Option<u32>,
    /// The steps since a date, as git reads dates: 2026-01-31, '3 months ago'
    #[arg(long, value_name = "DATE")]
    pub since: Option<String>,
    /// What counts as a step
    #[arg(long = "as", value_enum, default_value_t, value_name = "KIND")]
    pub kind: As,
    /// `owner/name`, as rules know the repository; by default the end of its path
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Write a page for a browser, which needs nothing but itself
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    pub html: Option<PathBuf>,
}

/// A question that has no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unanswerable {
    #[error("there is no {0} in this repository; `git for-each-ref` shows the refs that it has")]
    NoRef(String),
    #[error("this repository is empty: its default branch, {0}, does not exist yet")]
    Empty(String),
    #[error("HEAD names no branch; say which ref is replayed with --ref")]
    NoDefault,
    #[error("{0} leads to no commit, and so has taken no steps; name a branch")]
    NoCommit(String),
    #[error("`{0}` is no date; write 2026-01-31, or '3 months ago'")]
    Date(String),
}

impl Simulate {
    /// Replays.
    pub fn run(&self) -> Exit {
        super::by_policy(&self.source.origin(), |Loaded { policy, .. }| {
            let Some(file) = &self.against else {
                return self.report(&policy);
            };
            match Policy::load(file) {
                Ok(other) => self.compare(&policy, &other.policy),
                Err(error) => Ok(super::wrong_policy(&error, &Origin::File(file.clone()))),
            }
        })
    }

    fn report(&self, policy: &Policy) -> Result<Exit, Box<dyn std::error::Error>> {
        let past = self.past(&[policy])?;
        let (replay, started) = (past.replay(policy), Instant::now());
        let judged = past.judge(&replay, "judging")?;
        let report = past.report(policy, self.kind, &judged, started.elapsed());
        let tally = Tally::of(&judged);
        if let Some(path) = &self.html {
            let told: Vec<Step> = report
                .worth_telling()
                .take(page::EXPLAINED)
                .map(|judged| judged.step.clone())
                .collect();
            let progress = Progress::of("explaining");
            let explanations = replay.explain(&told, &|| progress.step(told.len() as u64))?;
            drop(progress);
            super::write(path, &page::render(&report, &tally, &explanations))?;
        }
        if self.json {
            super::print(&format!("{}\n", json::document(&report, &tally)));
        } else {
            super::print(&text::report(&report, &tally));
        }
        Ok(if tally.outcomes.are_fine() {
            Exit::Fine
        } else {
            Exit::Findings
        })
    }

    fn compare(&self, policy: &Policy, other: &Policy) -> Result<Exit, Box<dyn std::error::Error>> {
        let past = self.past(&[policy, other])?;
        let started = Instant::now();
        let before = past.judge(&past.replay(other), "judging by the other policy")?;
        let judged = past.judge(&past.replay(policy), "judging")?;
        let report = past.report(policy, self.kind, &judged, started.elapsed());
        let against = Against::of(&judged, &before);
        let file = other.file.display().to_string();
        if self.json {
            super::print(&format!("{}\n", json::against(&report, &against, &file)));
        } else {
            super::print(&text::against(&report, &against, &file));
        }
        Ok(if against.changes.is_empty() {
            Exit::Fine
        } else {
            Exit::Findings
        })
    }

    /// What there is to be judged.
    fn past(&self, policies: &[&Policy]) -> Result<Past<'_>, Box<dyn std::error::Error>> {
        let limits = policies
            .first()
            .map_or_else(Limits::default, |policy| policy.limits);
        let repository = Repository::at(&self.repo, &Arc::new(Budget::new(limits)))?;
        let (default, tip) = self.tips(&repository)?;
        let now = super::now();
        let question = Question {
            span: self.span(now)?,
            kind: self.kind,
            now,
        };
        let way = Way::find(&repository, tip, default, question)?;
        Ok(Past {
            path: &self.repo,
            repository: self
                .repository
                .clone()
                .unwrap_or_else(|| forge::repository_name(&repository.layout.git_dir)),
            others: Others::read(&repository, policies, &way)?,
            way,
        })
    }

    /// The default branch, if it exists, and the ref that is replayed.
    fn tips(
        &self,
        repository: &Repository,
    ) -> Result<(Option<Tip>, Tip), Box<dyn std::error::Error>> {
        let refs = &repository.refs;
        let commit = |id: ObjectId| repository.objects.commit_behind(&id);
        let default = match refs.default_branch()? {
            Some(name) => match refs.resolve(name.as_bstr())?.id {
                Some(id) => commit(id)?.map(|id| (name, id)),
                None if self.r#ref.is_none() => {
                    return Err(Unanswerable::Empty(Name(&name).to_string()).into());
                }
                None => None,
            },
            None => None,
        };
        let tip = match &self.r#ref {
            None => default.clone().ok_or(Unanswerable::NoDefault)?,
            Some(name) => {
                let name = full_name(name);
                let shown = Name(name.as_bytes()).to_string();
                let resolved = refs.resolve(name.as_bytes().as_bstr())?;
                let id = resolved
                    .id
                    .ok_or_else(|| Unanswerable::NoRef(shown.clone()))?;
                let id = commit(id)?.ok_or(Unanswerable::NoCommit(shown))?;
                (resolved.name, id)
            }
        };
        Ok((default, tip))
    }

    fn span(&self, now: i64) -> Result<Span, Unanswerable> {
        let Some(since) = &self.since else {
            let last = self.last.expect("the command line asks for one of the two");
            return Ok(Span::Last(last as usize));
        };
        let wrong = || Unanswerable::Date(Name(since.as_bytes()).to_string());
        let now = Timestamp::from_second(now).map_err(|_| wrong())?;
        let now = now.to_zoned(TimeZone::UTC);
        let since = gix::date::parse(since, Some(now)).map_err(|_| wrong())?;
        Ok(Span::Since(since.seconds))
    }
}

type Tip = (BString, ObjectId);

/// What is judged, whatever the policy.
struct Past<'a> {
    path: &'a Path,
    repository: String,
    way: Way,
    others: Others,
}

impl Past<'_> {
    fn replay<'a>(&'a self, policy: &'a Policy) -> Replay<'a> {
        Replay {
            path: self.path,
            repository: &self.repository,
            name: &self.way.name,
            others: &self.others,
            policy,
        }
    }

    fn judge(&self, replay: &Replay<'_>, doing: &'static str) -> Result<Vec<Judged>, Error> {
        let steps = &self.way.steps;
        let progress = Progress::of(doing);
        replay.judge(steps, &|| progress.step(steps.len() as u64))
    }

    fn report<'a>(
        &'a self,
        policy: &'a Policy,
        kind: As,
        judged: &'a [Judged],
        took: Duration,
    ) -> Report<'a> {
        Report {
            repository: &self.repository,
            path: self.path,
            way: &self.way,
            kind,
            policy,
            judged,
            took,
        }
    }
}
