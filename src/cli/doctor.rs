//! `portcullis doctor`

use std::path::PathBuf;
use std::sync::Arc;

use super::Exit;
use super::progress::Progress;
use super::repositories::Repositories;
use super::source::Source;
use crate::doctor::repository::{Looked, closed};
use crate::doctor::server::Server;
use crate::doctor::{Check, Status, worst};
use crate::forge;
use crate::git::Repository;
use crate::git::budget::Budget;
use crate::policy::Limits;
use crate::report::doctor::{self as report, Counts};
use crate::report::text;
use crate::verify::find::FindError;

/// Look whether an installation does what it should
///
/// Whether git calls the hook in every repository, and the hook this program; whether the policy is right, can be read, and
/// can be changed by nobody else; whether what must be remembered can be written; whether the ledger's chain is whole;
/// whether the forge answers; and what git should be told. Each finding comes with what it means and what to do.
///
/// Run it as the account that runs git: what that may read and write is what counts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  One repository:
    sudo -u git portcullis doctor --repo /srv/git/shop/web.git

  Every repository of a forge:
    sudo -u git portcullis doctor --root /var/lib/gitea/git/repositories

  For Prometheus, from cron, into the folder of node_exporter's textfile collector:
    portcullis doctor --root /srv/git --metrics >portcullis.prom.new &&
      mv portcullis.prom.new /var/lib/node_exporter/portcullis.prom

Exit codes: 0 no errors (warnings do not count), 1 errors, 2 the usage is wrong, 3 the \
program failed.")]
pub struct Doctor {
    /// Where the policy is.
    #[command(flatten)]
    pub source: Source,
    /// Which repositories.
    #[command(flatten)]
    pub repositories: Repositories,
    /// Hooks that the server calls for all repositories, such as GitLab's custom_hooks_dir
    #[arg(long, value_name = "DIR")]
    pub hooks: Option<PathBuf>,
    /// Where the last good policy is kept, as `portcullis hook` is told
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
    /// Print JSON (`schema` is portcullis/doctor/v1)
    #[arg(long, conflicts_with = "metrics")]
    pub json: bool,
    /// Print metrics in the text format of Prometheus: of the checks, and of the ledger
    #[arg(long)]
    pub metrics: bool,
}

impl Doctor {
    /// Looks.
    pub fn run(&self) -> Exit {
        let origin = self.source.origin();
        let server = Server {
            origin: &origin,
            state_dir: self.state_dir.as_deref(),
            now: super::now(),
        };
        let mut counts = Counts::default();
        let (mut checks, proof) = server.examine(|line| counts.add(line));
        match self.repositories() {
            Ok(of_repositories) => checks.extend(of_repositories),
            Err(error) => {
                super::complain(&text::chain(&error));
                return Exit::Failed;
            }
        }
        if self.metrics {
            let ledger = proof.as_ref().map(|proof| (&counts, proof));
            super::print(&report::metrics(&checks, ledger, super::now()));
        } else if self.json {
            super::print(&format!("{}\n", report::json(&checks)));
        } else {
            super::print(&report::report(&checks));
        }
        match worst(&checks) {
            Status::Ok | Status::Warn => Exit::Fine,
            Status::Fail => Exit::Findings,
        }
    }

    fn repositories(&self) -> Result<Vec<Check>, FindError> {
        let origin = self.source.origin();
        let paths = self.repositories.paths()?;
        let progress = Progress::of("looking at repositories");
        let mut checks = Vec::new();
        for (done, path) in paths.iter().enumerate() {
            progress.show(done as u64, paths.len() as u64);
            let budget = Arc::new(Budget::new(Limits::default()));
            let repository = match Repository::at(path, &budget) {
                Ok(repository) => repository,
                Err(error) => {
                    checks.push(closed(forge::repository_name(path), &error));
                    continue;
                }
            };
            let looked = Looked {
                name: forge::repository_name(&repository.layout.git_dir),
                repository: &repository,
                hooks: self.hooks.as_deref(),
                origin: &origin,
            };
            checks.extend(looked.examine());
        }
        Ok(checks)
    }
}
