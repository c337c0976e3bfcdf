//! All cases of a policy, run: what came of each, what they leave untried, and which mutants they would not notice.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::coverage::Coverage;
use super::mutants::{Mutation, Stock};
use super::outcome::Outcome;
use super::stage::{Stage, StageError};
use super::{Case, Cases};
use crate::policy::{Loaded, Policy};

/// A file of cases, and the policy that they are about.
pub struct Suite {
    /// The file of the cases.
    pub file: PathBuf,
    /// The cases.
    pub cases: Cases,
    /// The policy.
    pub loaded: Loaded,
}

/// What came of the cases of a file.
pub struct Ran<'s> {
    /// The file of the cases.
    pub file: &'s Path,
    /// Their policy.
    pub loaded: &'s Loaded,
    /// What came of each, in their order.
    pub results: Vec<CaseResult<'s>>,
    /// What they have tried.
    pub coverage: Coverage,
    stages: Vec<Stage<'s>>,
}

/// What came of a case.
pub struct CaseResult<'s> {
    /// The case.
    pub case: &'s Case,
    /// The line at which it begins, from 1.
    pub line: usize,
    /// What was to come of it.
    pub expected: Outcome,
    /// What did, as far as that was asked.
    pub actual: Outcome,
}

/// What became of mutants.
#[derive(Debug, Default)]
pub struct Mutants {
    /// How many there were.
    pub made: usize,
    /// Those that no case notices.
    pub unnoticed: Vec<Mutation>,
}

/// A case that cannot be tried.
#[derive(Debug, thiserror::Error)]
#[error("{}:{line}: the case `{name}` cannot be tried", file.display())]
pub struct CaseError {
    file: PathBuf,
    line: usize,
    name: String,
    source: Box<StageError>,
}

impl Suite {
    /// Runs all cases, as they would be `now`, in seconds since 1970.
    ///
    /// # Errors
    /// When one of them cannot be tried, which is no result.
    pub fn run(&mut self, now: i64) -> Result<Ran<'_>, CaseError> {
        let Suite {
            file,
            cases,
            loaded,
        } = self;
        let cases: &Cases = cases;
        let policy = &mut loaded.policy;
        let mut coverage = Coverage::default();
        let (mut results, mut stages) = (Vec::new(), Vec::new());
        for (case, &line) in cases.cases.iter().zip(&cases.lines) {
            let failed = |source| CaseError {
                file: file.clone(),
                line,
                name: case.name.clone(),
                source: Box::new(source),
            };
            let stage = Stage::set(cases, case, now).map_err(failed)?;
            let decision = stage.judge(policy).map_err(failed)?;
            coverage.note(policy, &decision);
            let expected = Outcome::expected(case);
            results.push(CaseResult {
                case,
                line,
                actual: Outcome::decided(&decision).as_asked_by(&expected),
                expected,
            });
            stages.push(stage);
        }
        Ok(Ran {
            file,
            loaded,
            results,
            coverage,
            stages,
        })
    }
}

impl Ran<'_> {
    /// The cases that came out otherwise than expected.
    pub fn failures(&self) -> impl Iterator<Item = &CaseResult<'_>> {
        self.results
            .iter()
            .filter(|result| !result.is_as_expected())
    }

    /// Tries all mutants of the policy, as many at once as there are processors. A case that fails as it is notices
    /// nothing.
    pub fn mutants(&self) -> Mutants {
        let stock = Stock::of(self.loaded);
        let verdicts: Vec<Option<(Mutation, bool)>> = stock
            .mutations()
            .into_par_iter()
            .map(|mutation| {
                let mut mutant = stock.mutant(&mutation)?;
                let is_noticed = self.notice(&mut mutant);
                Some((mutation, is_noticed))
            })
            .collect();
        let verdicts: Vec<_> = verdicts.into_iter().flatten().collect();
        Mutants {
            made: verdicts.len(),
            unnoticed: verdicts
                .into_iter()
                .filter(|(_, is_noticed)| !is_noticed)
                .map(|(mutation, _)| mutation)
                .collect(),
        }
    }

    fn notice(&self, mutant: &mut Policy) -> bool {
        let good = self.results.iter().zip(&self.stages);
        let mut good = good.filter(|(result, _)| result.is_as_expected());
        good.any(|(result, stage)| match stage.judge(mutant) {
            Ok(decision) => {
                let outcome = Outcome::decided(&decision).as_asked_by(&result.expected);
                outcome != result.expected
            }
            // A policy by which a case cannot be judged any more would not go unnoticed.
            Err(_) => true,
        })
    }
}

impl CaseResult<'_> {
    /// Did it come out as expected?
    pub fn is_as_expected(&self) -> bool {
        self.expected == self.actual
    }
}

impl Mutants {
    /// The share of mutants that are noticed, in whole percent, rounded down; 100 where there are none.
    pub fn score(&self) -> usize {
        let noticed = self.made - self.unnoticed.len();
        (noticed * 100).checked_div(self.made).unwrap_or(100)
    }
}

/// The policy that a file of cases is about: `shop.yml` for `shop.cases.yml`.
pub fn policy_of(cases: &Path) -> Option<PathBuf> {
    let name = cases.file_name()?.to_str()?;
    let stem = name.strip_suffix(SUFFIX)?;
    Some(cases.with_file_name(format!("{stem}.yml")))
}

/// How the name of a file of cases ends.
pub const SUFFIX: &str = ".cases.yml";
