//! Which decisions somebody asks about, how many of them there are, and which reviews they leave owed. What is kept of a
//! ledger for that grows with the kinds of answers, not with its lines.

use std::collections::BTreeMap;

use super::entry::Verdict;
use super::line::Line;
use crate::paths::names::{RefPatterns, RepoPatterns};
use crate::report::exceptions::Owed;

/// What all lines that are meant have in common; empty, it means every decision.
#[derive(Debug, Default)]
pub struct Query {
    /// Not before this time, as [`Line::time`] has it.
    pub since: Option<String>,
    /// Before this time.
    pub until: Option<String>,
    /// In one of these repositories.
    pub repos: Option<RepoPatterns>,
    /// Of one of these refs.
    pub refs: Option<RefPatterns>,
    /// With a finding of this rule.
    pub rule: Option<String>,
    /// Pushed, or let past rules, by this person or account.
    pub person: Option<String>,
    /// That ended so.
    pub verdict: Option<Verdict>,
    /// That went past rules.
    pub bypassed: bool,
}

/// By what decisions are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The rules that were not satisfied.
    Rule,
    /// Who pushed.
    Person,
    /// The month.
    Month,
    /// The repository.
    Repo,
}

/// How many decisions of a kind there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Counts {
    /// All.
    pub decisions: u64,
    /// Accepted.
    pub accepted: u64,
    /// Accepted, past rules.
    pub bypassed: u64,
    /// Refused.
    pub refused: u64,
    /// Refused because they could not be judged.
    pub failed: u64,
}

/// Reviews that are owed, as the lines so far have it.
#[derive(Debug, Default)]
pub struct Debts {
    open: BTreeMap<Key, Owed>,
}

/// The repository, the decision, the rule, and the ref as it is written.
type Key = (String, String, String, String);

impl Query {
    /// Is this line meant?
    pub fn matches(&self, line: &Line) -> bool {
        let Query {
            since,
            until,
            repos,
            refs,
            rule,
            person,
            verdict,
            bypassed,
        } = self;
        let repository = line.repository.as_deref().unwrap_or_default();
        since.as_ref().is_none_or(|since| *since <= line.time)
            && until.as_ref().is_none_or(|until| line.time < *until)
            && verdict.is_none_or(|verdict| verdict == line.verdict)
            && repos
                .as_ref()
                .is_none_or(|repos| repos.matches(repository.as_bytes()))
            && refs
                .as_ref()
                .is_none_or(|refs| line.refs().iter().any(|name| refs.matches(name)))
            && rule
                .as_deref()
                .is_none_or(|rule| line.rules().contains(rule))
            && person
                .as_deref()
                .is_none_or(|person| has_hand(line, person))
            && (!bypassed || line.bypass().is_some())
    }

    /// Is this debt of a repository meant? Of a debt, only where it is and whose is asked.
    pub fn means(&self, repository: &str, debt: &Owed) -> bool {
        let Query {
            repos,
            refs,
            rule,
            person,
            ..
        } = self;
        let name = debt.r#ref.clone().into_bytes().unwrap_or_default();
        repos
            .as_ref()
            .is_none_or(|repos| repos.matches(repository.as_bytes()))
            && refs.as_ref().is_none_or(|refs| refs.matches(&name))
            && rule.as_ref().is_none_or(|rule| *rule == debt.rule)
            && person.as_ref().is_none_or(|person| *person == debt.person)
    }
}

fn has_hand(line: &Line, person: &str) -> bool {
    let pusher = [&line.pusher.person, &line.pusher.account];
    let bypasses = line
        .findings
        .iter()
        .filter_map(|found| found.bypass.as_ref());
    pusher.into_iter().flatten().any(|name| name == person)
        || bypasses.into_iter().any(|bypass| bypass.person == person)
}

impl By {
    /// Under what a line is counted.
    pub fn keys(self, line: &Line) -> Vec<String> {
        let or_unknown = |name: Option<&str>| vec![name.unwrap_or("(unknown)").to_owned()];
        match self {
            By::Rule => line.rules().into_iter().map(str::to_owned).collect(),
            By::Person => or_unknown(line.pushed_by()),
            By::Month => or_unknown(line.time.get(.."2030-01".len())),
            By::Repo => or_unknown(line.repository.as_deref()),
        }
    }
}

impl Counts {
    /// Counts one.
    pub fn add(&mut self, line: &Line) {
        self.decisions += 1;
        match line.verdict {
            Verdict::Allow => self.accepted += 1,
            Verdict::Deny => self.refused += 1,
            Verdict::Failed => self.failed += 1,
        }
        self.bypassed += u64::from(line.bypass().is_some());
    }
}

impl Debts {
    /// Takes a line into account.
    pub fn add(&mut self, line: &Line) {
        let repository = line.repository.clone().unwrap_or_default();
        let key = |debt: &Owed| {
            let name = format!("{:?}", debt.r#ref);
            let (decision, rule) = (debt.decision.clone(), debt.rule.clone());
            (repository.clone(), decision, rule, name)
        };
        for debt in &line.debts_opened {
            self.open.insert(key(debt), debt.clone());
        }
        for debt in &line.debts_paid {
            self.open.remove(&key(debt));
        }
    }

    /// Those that are left with their repositories, the first due first.
    pub fn open(&self) -> Vec<(&str, &Owed)> {
        let mut open: Vec<_> = self
            .open
            .iter()
            .map(|((repository, ..), debt)| (&**repository, debt))
            .collect();
        open.sort_by(|(_, one), (_, other)| one.due.cmp(&other.due));
        open
    }
}
