//! `portcullis risk advise`

use std::path::PathBuf;

use super::past::past_at;
use super::{Done, Fixes, open, tip};
use crate::cli::source::Source;
use crate::cli::{Exit, audit, by_policy, print};
use crate::forge;
use crate::ledger::line::Line;
use crate::ledger::tail::Tail;
use crate::policy::Loaded;
use crate::report::risk::advice;
use crate::risk::advise::outcomes::Outcomes;
use crate::risk::advise::proposals;
use crate::risk::mine::past::Past;

/// Propose changes of the policy, from what became of its decisions
///
/// Counts, for each rule and directory, what the ledger says of one repository: changes that were refused and came back as
/// they should, those that nobody pushed again, bypasses and warnings whose commits were mended or taken back later, approvals
/// and vetoes. Where this tells surely enough that a rule refuses in vain, or that changes of a directory keep being taken
/// back and no zone guards it, it says so, with a diff of the policy for a person to accept.
///
/// Nothing is changed, and nothing loosens by itself: until somebody applies the diff, the policy is as it was.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  What has the installed policy come to in this repository?
    portcullis risk advise --repo /srv/git/shop/web.git

  Take the proposals over, and look at them before they count:
    portcullis risk advise --repo web.git --policy policy.yml --diff | patch policy.yml
    portcullis check policy.yml

  For a program (`schema` is portcullis/advice/v1):
    portcullis risk advise --json | jq -r '.proposals[].why'

Exit codes: 0 done, 2 the policy or the usage is wrong, 3 the program failed.")]
pub(super) struct Advise {
    #[command(flatten)]
    source: Source,
    /// The ledger [default: `audit.file` of the policy]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,
    /// The repository, bare or not
    #[arg(long, value_name = "DIR", default_value = ".")]
    repo: PathBuf,
    /// `owner/name`, as the ledger knows the repository; by default the end of its path
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// The branch whose history tells what was mended; by default the repository's default branch
    #[arg(long, value_name = "REF")]
    r#ref: Option<String>,
    #[command(flatten)]
    fixes: Fixes,
    /// Print JSON
    #[arg(long, conflicts_with = "diff")]
    json: bool,
    /// Print nothing but the diff
    #[arg(long)]
    diff: bool,
}

impl Advise {
    /// Advises.
    pub(super) fn run(&self) -> Exit {
        by_policy(&self.source.origin(), |loaded| self.advise(&loaded))
    }

    fn advise(&self, loaded: &Loaded) -> Done {
        let policy = &loaded.policy;
        let ledger = match &self.ledger {
            Some(file) => file.clone(),
            None => match audit::file_of(policy) {
                Ok(file) => file,
                Err(exit) => return Ok(exit),
            },
        };
        let repository = open(&self.repo)?;
        let name = self.repository.clone();
        let name = name.unwrap_or_else(|| forge::repository_name(&repository.layout.git_dir));
        let past = match tip(&repository, self.r#ref.as_deref())? {
            Some(tip) => past_at(&repository, tip, &self.fixes)?.0,
            None => Past::default(),
        };
        let mut outcomes = Outcomes::default();
        let unreadable = |error| format!("the ledger {} cannot be read: {error}", ledger.display());
        let mut tail = Tail::at_start(&ledger).map_err(unreadable)?;
        while let Some(line) = tail.next_line().map_err(unreadable)? {
            let line = Line::read(&line);
            let is_own = |line: &Line| {
                let of = line.repository.as_deref().unwrap_or_default();
                of.eq_ignore_ascii_case(&name)
            };
            if let Some(line) = line.filter(is_own) {
                outcomes.add(&line, &repository.objects, &past)?;
            }
        }
        outcomes.end();
        let proposals = proposals::of(policy, &name, &outcomes, &past);
        let (_, text) = loaded.source.files().next().unwrap_or_default();
        let advice = advice::Advice {
            repository: &name,
            policy,
            text,
            outcomes: &outcomes,
            proposals: &proposals,
        };
        if self.json {
            print(&format!("{}\n", advice::json(&advice)));
        } else if self.diff {
            print(&advice::diff(&advice));
        } else {
            print(&advice::report(&advice));
        }
        Ok(Exit::Fine)
    }
}
