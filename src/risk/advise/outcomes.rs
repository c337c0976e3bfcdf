//! What became of what the rules said, as far as the ledger and the history know.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::BString;
use gix::hash::ObjectId;
use jiff::Timestamp;

use crate::git::Error;
use crate::git::objects::Objects;
use crate::ledger::entry::Verdict;
use crate::ledger::line::{Finding, Line, Move};
use crate::policy::rule::Mode;
use crate::risk::features::directory;
use crate::risk::mine::diff;
use crate::risk::mine::past::Past;

/// Whoever was refused and has not pushed the paths again for so long, in seconds, has given up: thirty days.
const ABANDONED: i64 = 30 * 86_400;

/// What became of what a rule said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Changes that it refused; one that was pushed again while refused counts once.
    pub refused: u64,
    /// Of these, those that went in later, with what was asked for.
    pub met: u64,
    /// Of these, those that went in past the rule.
    pub broken: u64,
    /// Of these, those that nobody pushed again.
    pub abandoned: u64,
    /// Pushes that went past it, by `bypass`.
    pub bypassed: u64,
    /// Of these, those with a commit that was mended or taken back later.
    pub bypassed_and_mended: u64,
    /// Pushes that it warned of, and let in.
    pub warned: u64,
    /// Of these, those with a commit that was mended or taken back later.
    pub warned_and_mended: u64,
    /// Approvals that let changes in.
    pub approved: u64,
    /// Refusals because of a veto.
    pub vetoed: u64,
}

/// What became of what all rules said.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// By rule.
    pub rules: BTreeMap<String, Tally>,
    /// By rule, and directory of the paths in question.
    pub directories: BTreeMap<(String, BString), Tally>,
    /// Decisions that were looked at.
    pub decisions: u64,
    /// Accepted pushes of which the repository has lost a commit, so that what they changed is not known.
    pub lost: u64,
    waiting: Vec<Waiting>,
    last: i64,
}

/// A change that was refused, and of which nothing has been seen since.
#[derive(Debug)]
struct Waiting {
    rule: String,
    name: BString,
    account: Option<String>,
    paths: BTreeSet<BString>,
    since: i64,
}

/// How a change that was refused ended.
#[derive(Debug, Clone, Copy)]
enum End {
    Met,
    Broken,
    Abandoned,
}

impl Outcomes {
    /// Takes the next decision into account.
    ///
    /// # Errors
    /// When the repository cannot be read.
    pub fn add(&mut self, line: &Line, objects: &Objects, past: &Past) -> Result<(), Error> {
        let time = line.time.parse::<Timestamp>();
        self.last = time.map_or(self.last, |time| time.as_second().max(self.last));
        self.decisions += 1;
        match line.verdict {
            Verdict::Allow => self.accept(line, objects, past)?,
            Verdict::Deny => self.refuse(line),
            Verdict::Failed => {}
        }
        Ok(())
    }

    /// Settles what will not be settled by any push.
    pub fn end(&mut self) {
        let limit = self.last - ABANDONED;
        let is_old = |waiting: &mut Waiting| waiting.since <= limit;
        let old: Vec<Waiting> = self.waiting.extract_if(.., is_old).collect();
        for waiting in old {
            self.settle(&waiting, End::Abandoned);
        }
    }

    /// Counts something of a rule, and of each directory of these paths.
    fn count(&mut self, rule: &str, paths: &BTreeSet<BString>, add: impl Fn(&mut Tally)) {
        add(self.rules.entry(rule.to_owned()).or_default());
        let directories: BTreeSet<&[u8]> = paths.iter().map(|path| directory(path)).collect();
        for directory in directories {
            let key = (rule.to_owned(), directory.into());
            add(self.directories.entry(key).or_default());
        }
    }

    fn settle(&mut self, waiting: &Waiting, end: End) {
        self.count(&waiting.rule, &waiting.paths, |tally| match end {
            End::Met => tally.met += 1,
            End::Broken => tally.broken += 1,
            End::Abandoned => tally.abandoned += 1,
        });
    }

    fn refuse(&mut self, line: &Line) {
        for finding in line
            .findings
            .iter()
            .filter(|finding| finding.mode == Mode::Enforce)
        {
            let Some(name) = finding.name() else { continue };
            let paths = finding.paths();
            if finding.is_vetoed() {
                self.count(&finding.rule, &paths, |tally| tally.vetoed += 1);
            }
            // Pushed again as it was, or not yet as it should be: the same refusal.
            let again = self.waiting.iter_mut().find(|waiting| {
                waiting.rule == finding.rule
                    && waiting.name == name
                    && waiting.account == line.pusher.account
                    && !waiting.paths.is_disjoint(&paths)
            });
            match again {
                Some(waiting) => {
                    waiting.since = self.last;
                    waiting.paths.extend(paths);
                }
                None => {
                    self.count(&finding.rule, &paths, |tally| tally.refused += 1);
                    self.waiting.push(Waiting {
                        rule: finding.rule.clone(),
                        name,
                        account: line.pusher.account.clone(),
                        paths,
                        since: self.last,
                    });
                }
            }
        }
    }

    fn accept(&mut self, line: &Line, objects: &Objects, past: &Past) -> Result<(), Error> {
        for moved in line.moves() {
            self.look_for_refused(line, moved, objects)?;
        }
        for finding in &line.findings {
            let paths = finding.paths();
            let was_mended = finding.commits().any(|commit| past.was_mended(&commit));
            if finding.bypass.is_some() {
                self.count(&finding.rule, &paths, |tally| {
                    tally.bypassed += 1;
                    tally.bypassed_and_mended += u64::from(was_mended);
                });
            } else if finding.mode == Mode::Warn {
                self.count(&finding.rule, &paths, |tally| {
                    tally.warned += 1;
                    tally.warned_and_mended += u64::from(was_mended);
                });
            }
        }
        for evidence in &line.evidence {
            self.count(&evidence.rule, &BTreeSet::new(), |tally| {
                tally.approved += 1;
            });
        }
        Ok(())
    }

    /// Does an update bring what was refused before?
    fn look_for_refused(
        &mut self,
        line: &Line,
        moved: Move,
        objects: &Objects,
    ) -> Result<(), Error> {
        let Move { name, old, new } = moved;
        let Some(new) = new else {
            return Ok(());
        };
        let is_own =
            |waiting: &Waiting| waiting.name == name && waiting.account == line.pusher.account;
        if !self.waiting.iter().any(is_own) {
            return Ok(());
        }
        let Some(paths) = paths(objects, old, new)? else {
            self.lost += 1;
            return Ok(());
        };
        let is_brought = |waiting: &mut Waiting| {
            is_own(waiting) && (waiting.paths.is_empty() || !waiting.paths.is_disjoint(&paths))
        };
        let brought: Vec<Waiting> = self.waiting.extract_if(.., is_brought).collect();
        for waiting in brought {
            let past_it =
                |finding: &Finding| finding.rule == waiting.rule && finding.bypass.is_some();
            let end = if line.findings.iter().any(past_it) {
                End::Broken
            } else {
                End::Met
            };
            self.settle(&waiting, end);
        }
        Ok(())
    }
}

/// What an update changed; `None` if its commits are gone.
fn paths(
    objects: &Objects,
    old: Option<ObjectId>,
    new: ObjectId,
) -> Result<Option<BTreeSet<BString>>, Error> {
    if !objects.exists(&new) || old.is_some_and(|old| !objects.exists(&old)) {
        return Ok(None);
    }
    let touched = diff::between(objects, old, Some(new))?;
    Ok(Some(
        touched.into_iter().map(|touched| touched.path).collect(),
    ))
}
