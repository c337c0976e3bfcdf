//! `portcullis audit`

mod ask;

use std::path::{Path, PathBuf};

use super::Exit;
use super::progress::Progress;
use super::source::Source;
use crate::ledger::chain::{self, Proof};
use crate::ledger::entry::Verdict;
use crate::ledger::line::Line;
use crate::ledger::query::By;
use crate::origin::Origin;
use crate::policy::Policy;
use crate::report::ledger;

/// Read the ledger: who was refused what, who went past rules, what is owed; and prove that it is whole
///
/// Lists the decisions that all filters mean, with their number, from all files of the ledger; or counts them (`--by`),
/// waits for more (`--follow`), or lists the reviews that are owed for broken glass (`--debt`).
///
/// `--verify` shows the first line that was changed, removed or put in. A chain cannot tell whether lines are missing at
/// its end: keep the hash that this prints somewhere else, or run `portcullis verify`, which finds refs that no line
/// explains.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  Is the ledger of the installed policy whole?
    portcullis audit --verify

  What was refused in the last week, and by which rule most?
    portcullis audit --since 7d --verdict deny
    portcullis audit --since 7d --verdict deny --by rule

  Tell somebody of each bypass (the program reads one line of JSON for each):
    portcullis audit --follow --bypassed --json | /usr/local/bin/tell-security

  For a spreadsheet:
    portcullis audit --repo 'shop/*' --csv > decisions.csv

  Which reviews are owed? (exit code 1 if one is overdue)
    portcullis audit --debt

Exit codes: 0 fine, 1 the chain is broken or a review is overdue, 2 the policy or the usage \
is wrong, 3 the ledger cannot be read.")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Audit {
    /// Check the chain
    #[arg(long, group = "mode", conflicts_with_all = ["since", "until", "repo", "ref", "rule", "person", "verdict", "bypassed"])]
    pub verify: bool,
    /// List the reviews that are owed for broken glass
    #[arg(long, group = "mode", conflicts_with_all = ["since", "until", "verdict", "bypassed"])]
    pub debt: bool,
    /// Count instead of listing
    #[arg(long, group = "mode", value_enum, value_name = "WHAT")]
    pub by: Option<By>,
    /// Wait for more; what is there already is shown with `--since` only
    #[arg(long, group = "mode")]
    pub follow: bool,
    /// From this day or moment on, or so long ago: `2030-01-31`, `2030-01-31T18:00:00Z`, `7d`, `12h`
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Before this day or moment, written in the same way
    #[arg(long, value_name = "WHEN")]
    pub until: Option<String>,
    /// In repositories that match, as in a policy: `shop/*`
    #[arg(long, value_name = "PATTERN")]
    pub repo: Option<String>,
    /// Of refs that match, as in a policy: `main`, `refs/tags/*`
    #[arg(long, value_name = "PATTERN")]
    pub r#ref: Option<String>,
    /// With a finding of this rule
    #[arg(long, value_name = "ID")]
    pub rule: Option<String>,
    /// Pushed, or let past rules, by this person or account
    #[arg(long, value_name = "NAME")]
    pub person: Option<String>,
    /// With this end
    #[arg(long, value_enum)]
    pub verdict: Option<Verdict>,
    /// That went past rules
    #[arg(long)]
    pub bypassed: bool,
    /// Where the policy is that names the ledger.
    #[command(flatten)]
    pub source: Source,
    /// Print JSON: of decisions, the lines as they stand in the ledger
    #[arg(long)]
    pub json: bool,
    /// Print a table for spreadsheets
    #[arg(long, conflicts_with_all = ["json", "verify", "debt", "by"])]
    pub csv: bool,
    /// The ledger [default: `audit.file` of the policy]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl Audit {
    /// Answers.
    pub fn run(&self) -> Exit {
        let file = match &self.file {
            Some(file) => file.clone(),
            None => match ledger_of(&self.source.origin()) {
                Ok(file) => file,
                Err(exit) => return exit,
            },
        };
        if self.verify {
            self.prove(&file)
        } else {
            self.answer(&file)
        }
    }

    /// Proves the chain.
    fn prove(&self, file: &Path) -> Exit {
        let Some(proof) = read(file, |_| {}) else {
            return Exit::Failed;
        };
        if self.json {
            super::print(&format!("{}\n", ledger::json(&proof, file)));
        } else {
            super::print(&ledger::report(&proof, file));
        }
        if proof.breaks.is_empty() {
            Exit::Fine
        } else {
            Exit::Findings
        }
    }
}

/// The ledger that a policy names.
fn ledger_of(origin: &Origin) -> Result<PathBuf, Exit> {
    let loaded = origin
        .load()
        .map_err(|error| super::wrong_policy(&error, origin))?;
    file_of(&loaded.policy)
}

/// The ledger of a policy, which must have one.
pub(super) fn file_of(policy: &Policy) -> Result<PathBuf, Exit> {
    match &policy.audit {
        Some(audit) => Ok(audit.file.clone()),
        None => {
            super::complain(&format!(
                "the policy {} has no `audit.file`, so there is no ledger; add one, and decisions are recorded from then on",
                policy.file.display()
            ));
            Err(Exit::WrongInput)
        }
    }
}

/// Reads a ledger with what was put aside of it; `None` if that fails, after it was said.
pub(super) fn read(file: &Path, mut visit: impl FnMut(Line)) -> Option<Proof> {
    let complain = |path: &Path, error: &std::io::Error| complain(path, error);
    let files = chain::files(file)
        .map_err(|error| complain(file, &error))
        .ok()?;
    let sizes = files.iter().filter_map(|file| std::fs::metadata(file).ok());
    let all = sizes.map(|about| about.len()).sum();
    let progress = Progress::of("reading the ledger");
    let proof = chain::read(&files, |line, done| {
        progress.show(done, all);
        if let Some(line) = line {
            visit(line);
        }
    });
    drop(progress);
    proof.map_err(|(path, error)| complain(&path, &error)).ok()
}

/// Says that a file of the ledger cannot be read.
fn complain(path: &Path, error: &std::io::Error) {
    let path = path.display().to_string();
    super::complain(&format!(
        "the ledger {path} cannot be read: {error}; run as an account that may, or name the file"
    ));
}
