//! `portcullis audit`

use std::path::{Path, PathBuf};

use super::progress::Progress;
use super::{DEFAULT_POLICY, Exit};
use crate::ledger::chain::{self, Decided, Proof};
use crate::policy::Policy;
use crate::report::ledger;

/// Prove that the ledger is whole
///
/// Reads the ledger with all files that were put aside, and shows the first line that was changed, removed or put in. A
/// chain cannot tell whether lines are missing at its end: keep the hash that this prints somewhere else, or run
/// `portcullis verify`, which finds refs that no line explains.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  The ledger of the installed policy:
    portcullis audit --verify

  A copy, for a program (`schema` is portcullis/audit/v1):
    portcullis audit --verify --json audit.jsonl | jq '.breaks[0]'

Exit codes: 0 it is whole, 1 it is not, 2 the policy or the usage is wrong, 3 it cannot be \
read.")]
pub struct Audit {
    /// Check the chain; nothing else is served yet
    #[arg(long, required = true)]
    pub verify: bool,
    /// The policy that names the ledger
    #[arg(long, value_name = "FILE", default_value = DEFAULT_POLICY)]
    pub policy: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The ledger [default: `audit.file` of the policy]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

impl Audit {
    /// Proves the chain.
    pub fn run(&self) -> Exit {
        let file = match &self.file {
            Some(file) => file.clone(),
            None => match ledger_of(&self.policy) {
                Ok(file) => file,
                Err(exit) => return exit,
            },
        };
        let Some(proof) = read(&file, |_| {}) else {
            return Exit::Failed;
        };
        if self.json {
            super::print(&format!("{}\n", ledger::json(&proof, &file)));
        } else {
            super::print(&ledger::report(&proof, &file));
        }
        if proof.breaks.is_empty() {
            Exit::Fine
        } else {
            Exit::Findings
        }
    }
}

/// The ledger that a policy names.
fn ledger_of(policy: &Path) -> Result<PathBuf, Exit> {
    let loaded = Policy::load(policy).map_err(|error| super::wrong_policy(&error))?;
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
pub(super) fn read(file: &Path, mut visit: impl FnMut(Decided)) -> Option<Proof> {
    let complain = |path: &Path, error: std::io::Error| {
        let path = path.display().to_string();
        super::complain(&format!(
            "the ledger {path} cannot be read: {error}; run as an account that may, or name the file"
        ));
    };
    let files = chain::files(file)
        .map_err(|error| complain(file, error))
        .ok()?;
    let sizes = files.iter().filter_map(|file| std::fs::metadata(file).ok());
    let all = sizes.map(|about| about.len()).sum();
    let mut progress = Progress::of("reading the ledger");
    let proof = chain::read(&files, |decided, done| {
        progress.show(done, all);
        if let Some(decided) = decided {
            visit(decided);
        }
    });
    drop(progress);
    proof.map_err(|(path, error)| complain(&path, error)).ok()
}
