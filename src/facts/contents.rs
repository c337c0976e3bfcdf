//! What is known of the content of changed files, where a rule asks: which lines come and go, and how large a file then is.
//! Files are read once for each change, however many commits and rules it is in, and only numbers and answers are kept.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use super::{Facts, Push, Touched, UpdateFacts};
use crate::conditions::scope::InScope;
use crate::git::lines::{Line, each_line};
use crate::git::objects::Objects;
use crate::git::parallel::for_each;
use crate::git::tree::Entry;
use crate::git::{Error, Repository, size};
use crate::policy::Policy;
use crate::policy::condition::{LinePatternId, Side};

/// What a path held, and what it then holds.
type Change = (Option<Entry>, Option<Entry>);

/// What is known of changes, by what they change.
#[derive(Debug, Default)]
pub struct Contents(HashMap<Change, Content>);

/// What is known of one change. What nobody asked for is `None`.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Content {
    /// The lines that come and go; `None` too if they cannot be told.
    pub lines: Option<Lines>,
    /// The size of the file after it, in bytes.
    pub size: Option<u64>,
}

/// Lines that come and go.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lines {
    /// How many come.
    pub added: u64,
    /// How many go.
    pub removed: u64,
    /// Expressions of the policy that are found on one of them, among those that were asked about.
    pub found: BTreeSet<LinePatternId>,
}

/// What is asked of a change.
#[derive(Debug, Default)]
struct Asked {
    lines: bool,
    size: bool,
    patterns: BTreeSet<LinePatternId>,
}

impl Contents {
    /// What is known of the change at a path.
    pub fn of(&self, path: &Touched) -> Option<&Content> {
        self.0.get(&(path.expected, path.found))
    }
}

impl Facts {
    /// Reads what rules ask about the content of changes.
    ///
    /// # Errors
    /// When a file cannot be read, or a limit is reached.
    pub fn read_contents(
        &mut self,
        repository: &Repository,
        policy: &Policy,
        push: &Push,
    ) -> Result<(), Error> {
        let mut asked: HashMap<Change, Asked> = HashMap::new();
        for update in &self.updates {
            ask(policy, push, update, &mut asked);
        }
        if asked.is_empty() {
            return Ok(());
        }
        let asked: Vec<_> = asked.into_iter().collect();
        let contents = for_each(
            &repository.objects,
            &Mutex::default(),
            &asked,
            |objects| objects,
            |objects, (change, asked)| read(objects, policy, *change, asked),
        )?;
        let changes = asked.into_iter().map(|(change, _)| change);
        let contents = Arc::new(Contents(changes.zip(contents).collect()));
        for update in &mut self.updates {
            update.contents = Arc::clone(&contents);
        }
        Ok(())
    }
}

/// Adds what the rules ask about the changes of an update of which they could hold.
fn ask(policy: &Policy, push: &Push, update: &UpdateFacts, asked: &mut HashMap<Change, Asked>) {
    for (&position, view) in &update.views {
        let rule = &policy.rules[position];
        if !rule.when.asks_about_content() {
            continue;
        }
        let scope = InScope::of(policy, push, update, position, view);
        // What no commit meets may still be met by the net change, once its content is known.
        let is_settled = scope.is_met_by_none && !rule.when.can_hold_of_any_commit();
        if is_settled || scope.is_empty() {
            continue;
        }
        let change = |path: &Touched| (path.expected, path.found);
        if rule.when.counts_lines() {
            let selector = policy.selector(rule.selector);
            for path in view.net_in(selector) {
                asked.entry(change(path)).or_default().lines = true;
            }
        }
        let size = rule.when.asks_for_sizes();
        let patterns = rule.when.line_patterns();
        if !size && patterns.is_empty() {
            continue;
        }
        let of_commits = scope.charged.iter().flat_map(|(_, touched)| touched);
        for path in of_commits.chain(&scope.net).chain(&scope.nobodys) {
            let asked = asked.entry(change(path)).or_default();
            asked.size |= size;
            asked.patterns.extend(&patterns);
        }
    }
}

fn read(
    objects: &Objects,
    policy: &Policy,
    (before, after): Change,
    asked: &Asked,
) -> Result<Content, Error> {
    let mut content = Content::default();
    if asked.lines || !asked.patterns.is_empty() {
        let mut lines = Lines::default();
        let can_be_told = each_line(objects, before, after, |line| {
            lines.add(line, policy, &asked.patterns);
        })?;
        content.lines = can_be_told.then_some(lines);
    }
    if let (true, Some(entry)) = (asked.size, after)
        && !entry.mode.is_submodule()
    {
        content.size = Some(size::of(objects, entry)?);
    }
    Ok(content)
}

impl Lines {
    fn add(&mut self, line: Line<'_>, policy: &Policy, asked: &BTreeSet<LinePatternId>) {
        let (side, text) = match line {
            Line::Added { text, .. } => (Side::Added, text),
            Line::Removed(text) => (Side::Removed, text),
        };
        match side {
            Side::Added => self.added += 1,
            Side::Removed => self.removed += 1,
        }
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        for id in asked {
            let asked = policy.line_pattern(*id);
            if asked.side != side || self.found.contains(id) {
                continue;
            }
            // `$` is meant to be the end of the line, and so it is where another system's line break comes before it.
            let pattern = &asked.pattern;
            let is_found = pattern.is_match(text)
                || text
                    .strip_suffix(b"\r")
                    .is_some_and(|text| pattern.is_match(text));
            if is_found {
                self.found.insert(*id);
            }
        }
    }
}
