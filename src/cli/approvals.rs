//! `portcullis approvals`: who has approved a change, and what still counts.

use std::path::PathBuf;
use std::sync::Arc;

use gix::bstr::BString;
use gix::hash::ObjectId;
use gix::refs::Target;

use super::clone::WorkingClone;
use super::imagined::Imagined;
use super::source::Source;
use super::{Exit, revision};
use crate::facts::provenance::Asked;
use crate::git::Repository;
use crate::git::budget::Budget;
use crate::paths::names::full_name;
use crate::policy::Loaded;
use crate::push::RefUpdate;
use crate::report::{json, standing};

/// Show who has approved a change, what counts, what does not and why
///
/// Decides the change as the server would, were it pushed now, and shows for each rule that asks for approvals who has
/// given one, what is lacking, who could give it, and which approvals do not count and why. Works in the server's
/// repository and in an ordinary clone: there the branches of the remote are taken for the server's, and the approvals
/// are those that were fetched (`git fetch --tags`).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  Is what I have here approved for main?
    git fetch --tags origin
    portcullis approvals --for main --policy policy.yml --pusher alice

  A colleague's branch, as a program reads it:
    portcullis approvals topic --for release/1.2 --policy policy.yml --json

Exit codes: 0 enough approvals, 1 not enough, 2 the policy or the usage is wrong, \
3 the program failed.")]
pub struct Approvals {
    /// The ref into which the change would go
    #[arg(long = "for", value_name = "REF")]
    pub r#ref: String,
    /// Where the policy of the server is.
    #[command(flatten)]
    pub source: Source,
    /// The repository or clone
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repo: PathBuf,
    /// `owner/name`, as rules and approvals know the repository; by default the end of the remote's address, or without
    /// one of the path
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// The account that would push: it cannot approve. Unknown if not given
    #[arg(long, value_name = "ACCOUNT")]
    pub pusher: Option<String>,
    /// The remote whose branches are the server's, in a clone
    #[arg(long, value_name = "NAME", default_value = "origin")]
    pub remote: String,
    /// Print JSON: the decision, with what every rule says
    #[arg(long)]
    pub json: bool,
    /// What would be pushed, or OLD..NEW to say what the ref holds
    #[arg(value_name = "RANGE", default_value = "HEAD")]
    pub range: String,
}

impl Approvals {
    /// Shows them.
    pub fn run(&self) -> Exit {
        super::by_policy(&self.source.origin(), |loaded| self.show(loaded))
    }

    fn show(&self, mut loaded: Loaded) -> Result<Exit, Box<dyn std::error::Error>> {
        let budget = Arc::new(Budget::new(loaded.policy.limits));
        let mut repository = Repository::at(&self.repo, &budget)?;
        let name = BString::from(full_name(&self.r#ref));
        // What is asked about is the clone's own; only what it is held against is the server's.
        let says_old = self.range.contains("..");
        let range = if says_old {
            self.range.clone()
        } else {
            format!("..{}", self.range)
        };
        let (old, new) = revision::range(&repository, &range)?;
        self.take_remote_for_server(&mut repository)?;
        super::tighten(&mut loaded, &repository)?;
        let policy = &loaded.policy;
        let old = if says_old {
            old
        } else {
            repository.refs.resolve(name.as_ref())?.id
        };
        repository.refs.pretend(name.clone(), old);
        let null = ObjectId::null(repository.layout.hash);
        // The server's own repository has no such remote, and goes by its path.
        let of_remote = || {
            let clone = WorkingClone::at(&self.repo);
            clone.repository_at(&self.remote).ok().flatten()
        };
        let of_server = self.repository.clone().or_else(of_remote);
        let judged = Imagined {
            repository: of_server.as_deref(),
            pusher: self.pusher.as_deref(),
            update: RefUpdate {
                old: old.unwrap_or(null),
                new: new.unwrap_or(null),
                name,
            },
            provenance: Asked::ByRules,
            without_past: None,
        }
        .judge(&repository, policy)?;
        if self.json {
            super::print(&format!("{}\n", json::decision(&judged.decision, true)));
        } else {
            super::print(&standing::page(&judged.decision, policy));
            if self.pusher.is_none() {
                super::print("nobody was said to push this: --pusher ACCOUNT says who would\n");
            }
        }
        Ok(if standing::is_lacking(&judged.decision) {
            Exit::Findings
        } else {
            Exit::Fine
        })
    }

    /// In a clone, what stands at the remote is what the server holds.
    fn take_remote_for_server(
        &self,
        repository: &mut Repository,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let prefix = format!("refs/remotes/{}/", self.remote);
        let branches: Vec<(BString, ObjectId)> = repository
            .refs
            .with_prefix(prefix.as_bytes())?
            .filter_map(|(name, target)| match target {
                Target::Object(id) => {
                    let short = name.strip_prefix(prefix.as_bytes())?;
                    Some(([b"refs/heads/", short].concat().into(), id.to_owned()))
                }
                Target::Symbolic(_) => None,
            })
            .collect();
        for (name, id) in branches {
            repository.refs.pretend(name, Some(id));
        }
        Ok(())
    }
}
