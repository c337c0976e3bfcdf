//! `portcullis explain`: the whole way to a decision.

use std::path::PathBuf;
use std::sync::Arc;

use gix::hash::ObjectId;

use super::imagined::Imagined;
use super::source::Source;
use super::{Exit, revision};
use crate::facts::provenance::Asked;
use crate::git::budget::Budget;
use crate::git::{Error, Repository};
use crate::origin::own::Own;
use crate::paths::names::full_name;
use crate::policy::Loaded;
use crate::push::RefUpdate;
use crate::report::{json, trace};

/// Explain what the policy says of a range of commits, as if it were pushed
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

  For a program or a pipeline (`schema` is portcullis/decision/v1):
    portcullis explain --json HEAD~1..HEAD | jq '.findings[].rule'

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
    #[arg(long)]
    pub json: bool,
    /// What the ref holds, and what it would hold
    #[arg(value_name = "OLD..NEW")]
    pub range: String,
}

impl Explain {
    /// Explains the range.
    pub fn run(&self) -> Exit {
        super::by_policy(&self.source.origin(), |loaded| self.explain(loaded))
    }

    fn explain(&self, mut loaded: Loaded) -> Result<Exit, Box<dyn std::error::Error>> {
        let budget = Arc::new(Budget::new(loaded.policy.limits));
        let mut repository = Repository::at(&self.repo, &budget)?;
        let own = Own::tighten(&mut loaded, &repository)?;
        if let Some(wrong) = own.as_ref().and_then(Own::wrong) {
            super::complain(&format!(
                "{wrong}; what this repository adds to the policy is left out"
            ));
        }
        let policy = &loaded.policy;
        let update = self.update(&repository)?;
        repository.refs.pretend(
            update.name.clone(),
            (!update.old.is_null()).then_some(update.old),
        );
        let judged = Imagined {
            repository: self.repository.as_deref(),
            pusher: self.pusher.as_deref(),
            provenance: Asked::ByPeople,
            // What the ref has held since is no past of a push that may have been made long ago.
            without_past: Some(update.name.clone()),
            update,
        }
        .judge(&repository, policy)?;
        if self.json {
            super::print(&format!("{}\n", json::decision(&judged.decision, true)));
        } else {
            super::print(&trace::explain(&judged.decision, &judged.facts, policy));
        }
        Ok(if judged.decision.is_accepted() {
            Exit::Fine
        } else {
            Exit::Findings
        })
    }

    fn update(&self, repository: &Repository) -> Result<RefUpdate, Box<dyn std::error::Error>> {
        let (old, new) = revision::range(repository, &self.range)?;
        let name = match &self.r#ref {
            Some(name) => full_name(name).into(),
            None => repository
                .refs
                .default_branch()?
                .ok_or_else(no_default_branch)?,
        };
        let null = ObjectId::null(repository.layout.hash);
        Ok(RefUpdate {
            old: old.unwrap_or(null),
            new: new.unwrap_or(null),
            name,
        })
    }
}

fn no_default_branch() -> Error {
    Error::Format("HEAD names no branch; say which ref would be updated with --ref".into())
}
