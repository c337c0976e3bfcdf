//! Compares what the refs of a repository hold with what was decided, and finds what moved one round the hook (SPEC 5,
//! `verify`): changes made in a web page, on the disk, or while the hook was off.
//!
//! [`history`] follows the decisions on one ref, [`hook`] looks whether git would call the hook at all, and [`baseline`]
//! keeps what was there before the ledger was. Nothing is written but the baseline.

pub mod baseline;
pub mod find;
pub mod history;
pub mod hook;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::refs::Target;

use crate::facts::applies;
use crate::git::{Error, Repository};
use crate::ledger::entry::Verdict;
use crate::ledger::line::Line;
use crate::policy::Policy;
use baseline::Baseline;
use history::{Gap, Step};
use hook::HookProblem;

/// The accepted decisions of a ledger, by repository and ref, in their order.
#[derive(Debug, Default)]
pub struct Decisions(BTreeMap<String, BTreeMap<BString, Vec<Step>>>);

/// What was found in one repository.
#[derive(Debug)]
pub struct Verified {
    /// `owner/name`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// How many governed refs were looked at.
    pub governed: usize,
    /// What git would not call, or not find.
    pub hook: Option<HookProblem>,
    /// What moved round the hook.
    pub gaps: Vec<(BString, Gap)>,
    /// Refs that no decision is about, taken as they are because nobody has looked before.
    pub first_seen: usize,
    /// What is to be kept as the baseline, if it is another one than before.
    pub baseline: Option<Baseline>,
}

/// What is done about refs that the ledger does not explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unexplained {
    /// They are findings.
    Report,
    /// They are taken as they are from now on.
    Accept,
}

impl Decisions {
    /// Takes note of a decision. What was refused moved nothing.
    pub fn add(&mut self, decided: &Line) {
        let (Verdict::Allow, Some(repository)) = (decided.verdict, &decided.repository) else {
            return;
        };
        let refs = self.0.entry(repository.to_ascii_lowercase()).or_default();
        for moved in decided.moves().filter(|moved| moved.old != moved.new) {
            refs.entry(moved.name).or_default().push(Step {
                number: decided.number,
                id: decided.id.clone(),
                time: decided.time.clone(),
                old: moved.old,
                new: moved.new,
            });
        }
    }

    /// Forges write names of repositories in the case that people like, and folders in small letters.
    fn of(&self, repository: &str) -> Option<&BTreeMap<BString, Vec<Step>>> {
        self.0.get(&repository.to_ascii_lowercase())
    }
}

/// What is asked about one repository.
pub struct Question<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// `owner/name`, as the ledger knows it.
    pub name: &'a str,
    /// Whose rules say which refs are governed.
    pub policy: &'a Policy,
    /// What was decided.
    pub decisions: &'a Decisions,
    /// The number of the ledger's last line.
    pub last: u64,
    /// What was there before; `None` if nobody has looked yet.
    pub baseline: Option<Baseline>,
    /// What is done about refs that the ledger does not explain.
    pub unexplained: Unexplained,
    /// When this is asked, in seconds since 1970.
    pub now: i64,
    /// A folder with hooks for all repositories.
    pub hooks: Option<&'a std::path::Path>,
}

impl Question<'_> {
    /// Looks at every governed ref.
    ///
    /// # Errors
    /// When the refs cannot be read.
    pub fn answer(self) -> Result<Verified, Error> {
        let refs = self.refs()?;
        let none = BTreeMap::new();
        let decided = self.decisions.of(self.name).unwrap_or(&none);
        let is_first_look = self.baseline.is_none();
        let mut baseline = self.baseline.clone().unwrap_or_default();
        let mut verified = Verified {
            name: self.name.to_owned(),
            path: self.repository.layout.git_dir.clone(),
            governed: 0,
            hook: hook::problem(&self.repository.layout, self.hooks),
            gaps: Vec::new(),
            first_seen: 0,
            baseline: None,
        };
        for name in self.governed(&refs, decided, &baseline) {
            verified.governed += 1;
            let now = refs.get(&name).copied();
            let steps = decided.get(&name).map_or(&[][..], Vec::as_slice);
            let start = baseline.start(&name);
            if is_first_look && steps.is_empty() {
                verified.first_seen += 1;
                baseline.set(name, self.last, now);
                continue;
            }
            let gaps = history::follow(start, steps, now);
            if !gaps.is_empty() && self.unexplained == Unexplained::Accept {
                baseline.set(name.clone(), self.last, now);
            }
            let gaps = gaps.into_iter();
            verified.gaps.extend(gaps.map(|gap| (name.clone(), gap)));
        }
        verified.baseline = (self.baseline.as_ref() != Some(&baseline)).then_some(baseline);
        Ok(verified)
    }

    /// What each ref holds. A symbolic one holds nothing of its own.
    fn refs(&self) -> Result<BTreeMap<BString, ObjectId>, Error> {
        let all = self.repository.refs.with_prefix(b"refs/")?;
        let objects = all.filter_map(|(name, target)| match target {
            Target::Object(id) => Some((name.to_owned(), id.to_owned())),
            Target::Symbolic(_) => None,
        });
        Ok(objects.collect())
    }

    /// The governed refs that there are, or were.
    fn governed(
        &self,
        refs: &BTreeMap<BString, ObjectId>,
        decided: &BTreeMap<BString, Vec<Step>>,
        baseline: &Baseline,
    ) -> BTreeSet<BString> {
        let names = refs.keys().chain(decided.keys()).chain(baseline.names());
        names
            .filter(|name| applies::is_governed(self.policy, self.name, self.now, name.as_bstr()))
            .cloned()
            .collect()
    }
}

impl Verified {
    /// Is there anything to be done?
    pub fn has_findings(&self) -> bool {
        self.hook.is_some() || !self.gaps.is_empty()
    }
}
