//! `portcullis verify`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::progress::Progress;
use super::repositories::Repositories;
use super::source::Source;
use super::{Exit, audit};
use crate::forge;
use crate::git::Repository;
use crate::git::budget::Budget;
use crate::ledger::chain::Proof;
use crate::origin::own::Own;
use crate::policy::{Policy, PolicyError, RepoPolicy};
use crate::report::{text, verify as report};
use crate::state::place;
use crate::verify::baseline::{self, Baseline};
use crate::verify::find::FindError;
use crate::verify::{Decisions, Question, Unexplained, Verified};

/// Find what moved a governed ref round the hook
///
/// For a nightly run. Compares what each governed ref holds with the ledger: refs that were moved, made or deleted without
/// a decision, be it in a web page, on the disk, or while the hook was off; breaks in the ledger's chain; and repositories
/// where git would not call the hook. A decision that git did not carry out because another push won is no finding; one that
/// it did not carry out for another reason is, as it cannot be told from a move back.
///
/// The first run takes refs that no decision is about as they are, and says so; it writes them down in `portcullis/` of
/// the git directory, so that later runs see them move.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  One repository:
    portcullis verify --repo /srv/git/shop/web.git

  Every repository of a forge, each night, with a mail if there is something:
    portcullis verify --root /var/lib/gitea/git/repositories >report || mail -s refs admin <report

  It was right that this tag was made on the disk:
    portcullis verify --repo /srv/git/shop/web.git --accept

Exit codes: 0 fine, 1 findings, 2 the policy or the usage is wrong, 3 the program failed.")]
pub struct Verify {
    /// The policy that names the ledger, and the refs that are governed
    #[command(flatten)]
    pub source: Source,
    /// Which repositories.
    #[command(flatten)]
    pub repositories: Repositories,
    /// `owner/name`, as the ledger knows the repository; by default the end of its path
    #[arg(long, value_name = "NAME", conflicts_with = "root")]
    pub repository: Option<String>,
    /// Hooks that the server calls for all repositories, such as GitLab's custom_hooks_dir
    #[arg(long, value_name = "DIR")]
    pub hooks: Option<PathBuf>,
    /// Take the refs that the ledger does not explain as they are, from now on
    #[arg(long)]
    pub accept: bool,
    /// Print JSON (`schema` is portcullis/verify/v1)
    #[arg(long)]
    pub json: bool,
}

/// Why a repository could not be looked at.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{} cannot be looked at", path.display())]
    Git {
        path: PathBuf,
        source: crate::git::Error,
    },
    #[error("{} cannot be {doing}; run as the account that runs git", path.display())]
    Io {
        path: PathBuf,
        doing: &'static str,
        source: std::io::Error,
    },
    #[error(transparent)]
    Find(#[from] FindError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Verify {
    /// Verifies.
    pub fn run(&self) -> Exit {
        let origin = self.source.origin();
        let policy = match origin.load() {
            Ok(loaded) => loaded.policy,
            Err(error) => return super::wrong_policy(&error, &origin),
        };
        let file = match audit::file_of(&policy) {
            Ok(file) => file,
            Err(exit) => return exit,
        };
        let mut decisions = Decisions::default();
        let Some(proof) = audit::read(&file, |line| decisions.add(&line)) else {
            return Exit::Failed;
        };
        let all = match self.verify_all(&policy, &decisions, &proof) {
            Ok(all) => all,
            Err(failure) => {
                super::complain(&text::chain(&failure));
                return Exit::Failed;
            }
        };
        if self.json {
            super::print(&format!("{}\n", report::json(&all, &proof, &file)));
        } else {
            super::print(&report::report(&all, &proof, &file));
        }
        if report::is_fine(&all, &proof) {
            Exit::Fine
        } else {
            Exit::Findings
        }
    }

    fn verify_all(
        &self,
        policy: &Policy,
        decisions: &Decisions,
        proof: &Proof,
    ) -> Result<Vec<Verified>, Failure> {
        let paths = self.repositories.paths()?;
        let progress = Progress::of("looking at repositories");
        let mut all = Vec::with_capacity(paths.len());
        for (done, path) in paths.iter().enumerate() {
            progress.show(done as u64, paths.len() as u64);
            all.push(self.verify(path, policy, decisions, proof)?);
        }
        Ok(all)
    }

    fn verify(
        &self,
        path: &Path,
        policy: &Policy,
        decisions: &Decisions,
        proof: &Proof,
    ) -> Result<Verified, Failure> {
        let failed = |source| Failure::Git {
            path: path.to_owned(),
            source,
        };
        let budget = Arc::new(Budget::new(policy.limits));
        let repository = Repository::at(path, &budget).map_err(failed)?;
        // What one repository adds is not the next one's.
        let mut tightened = None;
        if policy.repo_policy == RepoPolicy::Tighten {
            let mut loaded = self.source.origin().load()?;
            Own::tighten(&mut loaded, &repository).map_err(failed)?;
            tightened = Some(loaded.policy);
        }
        let policy = tightened.as_ref().unwrap_or(policy);
        let layout = &repository.layout;
        let folder = place::of_repository(&layout.common_dir);
        let io = |doing| {
            let path = baseline::path(&folder);
            move |source| Failure::Io {
                path,
                doing,
                source,
            }
        };
        let name = self
            .repository
            .clone()
            .unwrap_or_else(|| forge::repository_name(&layout.git_dir));
        let verified = Question {
            repository: &repository,
            name: &name,
            policy,
            decisions,
            last: proof.last,
            baseline: Baseline::read(&folder).map_err(io("read"))?,
            unexplained: if self.accept {
                Unexplained::Accept
            } else {
                Unexplained::Report
            },
            now: super::now(),
            hooks: self.hooks.as_deref(),
        }
        .answer()
        .map_err(failed)?;
        if let Some(baseline) = &verified.baseline {
            baseline
                .write(&folder, layout.hash)
                .map_err(io("written"))?;
        }
        Ok(verified)
    }
}
