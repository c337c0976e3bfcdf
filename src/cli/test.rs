//! `portcullis test`

use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use super::Exit;
use crate::cases::suite::{self, Mutants, Ran, Suite};
use crate::cases::{Cases, CasesError};
use crate::origin::Origin;
use crate::policy::PolicyError;
use crate::report::cases::{self, Said};
use crate::report::text;

/// Run a policy's own cases: pushes that it must accept or refuse
///
/// Cases stand in `*.cases.yml` beside the policy that they are about (`shop.cases.yml` beside `shop.yml`). Each becomes a
/// repository of its own, and its push is decided by the same code as in the hook. No key is needed: who has signed or
/// approved what is told in the case. Whatever comes out otherwise is shown beside what was expected, and rules that no
/// case violates or passes are named.
///
/// With `--mutate`, each rule is weakened in turn, by one small thing at a time: a rule less, a path, a condition or an
/// approval less. What no case notices is what a mistake in the policy could do without anyone being told.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  The cases beside a policy:
    portcullis test

  Would they notice if the policy were another? In a pipeline, insist:
    portcullis test --mutate --min-score 90 policies/

  For a program (`schema` is portcullis/test/v1):
    portcullis test --json | jq '.files[].cases[] | select(.passed | not)'

Exit codes: 0 all cases came out as expected, 1 some did not (or the score is too low), 2 a policy \
or a case is wrong, 3 the program failed.")]
pub struct Test {
    /// A file of cases, or a folder: those in it, and in the folders below
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// The policy, in place of the one beside the cases
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Weaken each rule in turn, and name what no case notices
    #[arg(long)]
    pub mutate: bool,
    /// Fail where less than so many percent of the changes are noticed
    #[arg(long, value_name = "PERCENT", requires = "mutate", value_parser = clap::value_parser!(u8).range(..=100))]
    pub min_score: Option<u8>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Why cases cannot be run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{} cannot be read", file.display())]
    Unreadable { file: PathBuf, source: io::Error },
    #[error(
        "there are no cases in {}: they stand in files named *{}, beside the policy",
        .0.display(),
        suite::SUFFIX
    )]
    NoCases(PathBuf),
    #[error(transparent)]
    Cases(#[from] CasesError),
    #[error(transparent)]
    Case(#[from] suite::CaseError),
}

impl Test {
    /// Runs the cases.
    pub fn run(&self) -> Exit {
        let mut suites = Vec::new();
        for file in match self.files() {
            Ok(files) => files,
            Err(failure) => return failure.tell(),
        } {
            match self.suite(file) {
                Ok(Ok(suite)) => suites.push(suite),
                Ok(Err((error, origin))) => return super::wrong_policy(&error, &origin),
                Err(failure) => return failure.tell(),
            }
        }
        let now = super::now();
        let ran: Result<Vec<Ran<'_>>, _> = suites.iter_mut().map(|suite| suite.run(now)).collect();
        match ran {
            Ok(ran) => self.report(&ran),
            Err(error) => Failure::from(error).tell(),
        }
    }

    fn report(&self, ran: &[Ran<'_>]) -> Exit {
        let mutants: Vec<Option<Mutants>> = ran
            .iter()
            .map(|ran| self.mutate.then(|| ran.mutants()))
            .collect();
        let files = ran.iter().zip(&mutants);
        let files: Vec<Said<'_>> = files
            .map(|(ran, mutants)| Said {
                ran,
                mutants: mutants.as_ref(),
            })
            .collect();
        if self.json {
            super::print(&format!("{}\n", cases::json(&files)));
        } else {
            super::print(&cases::report(&files, io::stdout().is_terminal()));
        }
        let least = usize::from(self.min_score.unwrap_or(0));
        let is_noticed = mutants
            .iter()
            .flatten()
            .all(|mutants| mutants.score() >= least);
        if is_noticed && ran.iter().all(|ran| ran.failures().next().is_none()) {
            Exit::Fine
        } else {
            Exit::Findings
        }
    }

    /// A file of cases with its policy, or what is wrong with one of them.
    fn suite(&self, file: PathBuf) -> Result<Result<Suite, (PolicyError, Origin)>, Failure> {
        let bytes = fs::read(&file).map_err(|source| Failure::unreadable(&file, source))?;
        let cases = Cases::parse(&bytes, &file)?;
        let policy = self.policy.clone().or_else(|| suite::policy_of(&file));
        let origin = Origin::File(policy.unwrap_or_else(|| file.with_file_name("policy.yml")));
        Ok(match origin.load() {
            Ok(loaded) => Ok(Suite {
                file,
                cases,
                loaded,
            }),
            Err(error) => Err((error, origin)),
        })
    }

    fn files(&self) -> Result<Vec<PathBuf>, Failure> {
        let about = fs::metadata(&self.dir);
        let about = about.map_err(|source| Failure::unreadable(&self.dir, source))?;
        if about.is_file() {
            return Ok(vec![self.dir.clone()]);
        }
        let mut files = Vec::new();
        add_files(&self.dir, &mut files)?;
        if files.is_empty() {
            return Err(Failure::NoCases(self.dir.clone()));
        }
        files.sort();
        Ok(files)
    }
}

impl Failure {
    fn unreadable(file: &Path, source: io::Error) -> Self {
        Failure::Unreadable {
            file: file.to_owned(),
            source,
        }
    }

    fn tell(&self) -> Exit {
        match self {
            Failure::Cases(error) => super::complain(&format!("the cases are wrong\n{error}")),
            _ => super::complain(&text::chain(self)),
        }
        match self {
            Failure::Unreadable { source, .. } if source.kind() != io::ErrorKind::NotFound => {
                Exit::Failed
            }
            _ => Exit::WrongInput,
        }
    }
}

/// Adds the files of cases in `folder` and below. Links are not followed, which could lead in a circle.
fn add_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |source| Failure::unreadable(folder, source);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            if !name.starts_with('.') {
                add_files(&entry.path(), files)?;
            }
        } else if name.ends_with(suite::SUFFIX) {
            let path = entry.path();
            files.push(path.strip_prefix(".").unwrap_or(&path).to_owned());
        }
    }
    Ok(())
}
