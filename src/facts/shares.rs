//! Counts how many of the lines that commits add agents wrote, as the notes on them say, in the paths of the rules that
//! ask. It only informs, so it costs little however much is pushed, and what is too much is not counted, never refused.

use std::collections::{BTreeMap, HashMap};

use gix::bstr::{BStr, ByteSlice as _};
use gix::hash::ObjectId;

use super::{Touched, UpdateFacts};
use crate::git::Error;
use crate::git::lines::{Line, each_line};
use crate::git::objects::Objects;
use crate::git::tree::Entry;
use crate::policy::Policy;
use crate::provenance::Share;
use crate::provenance::note::AgentLines;

/// So many changed files of a push are looked into.
const MOST_FILES: u32 = 2000;

/// So many bytes of files of a push, before and after.
const MOST_BYTES: u64 = 64 << 20;

/// The role of a file, in messages.
const ROLE: &str = "a file of which a note says whose lines are whose";

/// What is left to spend on counting.
pub(super) struct Counter<'a> {
    objects: &'a Objects,
    files: u32,
    bytes: u64,
}

/// What each commit of an update touches, in the paths of these rules.
pub(super) fn touched_by_commits<'a>(
    policy: &Policy,
    update: &'a UpdateFacts,
    is_asked: impl Fn(usize) -> bool,
) -> HashMap<ObjectId, BTreeMap<&'a BStr, &'a Touched>> {
    let mut touched: HashMap<_, BTreeMap<_, _>> = HashMap::new();
    for (&rule, view) in update.views.iter().filter(|(rule, _)| is_asked(**rule)) {
        let selector = policy.selector(policy.rules[rule].selector);
        let of_commits = view
            .commits
            .iter()
            .map(|new| (new.commit.id, &*new.touched));
        let of_tip = view.tip.iter().map(|tip| (tip.id, &*view.uncharged));
        for (commit, paths) in of_commits.chain(of_tip) {
            let selected = paths.iter().filter(|path| selector.selects(&path.sets));
            let of_commit = touched.entry(commit).or_default();
            of_commit.extend(selected.map(|path| (path.path.as_bstr(), path)));
        }
    }
    touched
}

impl<'a> Counter<'a> {
    pub(super) fn new(objects: &'a Objects) -> Self {
        Counter {
            objects,
            files: MOST_FILES,
            bytes: MOST_BYTES,
        }
    }

    /// Counts the lines that come at these paths, and those of them that agents wrote.
    pub(super) fn count<'t>(
        &mut self,
        touched: impl Iterator<Item = &'t Touched>,
        lines: &[AgentLines],
    ) -> Result<Share, Error> {
        let mut share = Share::default();
        for path in touched {
            let (before, after) = (path.expected, path.found);
            if after.is_none() {
                continue;
            }
            if !self.affords(before, after)? {
                share.uncounted_files += 1;
                continue;
            }
            let (mut added, mut by_agents) = (0, 0);
            let can_be_told = each_line(self.objects, before, after, |line| {
                if let Line::Added { number, .. } = line {
                    added += 1;
                    let is_agents = |lines: &AgentLines| lines.has(path.path.as_bstr(), number);
                    by_agents += u64::from(lines.iter().any(is_agents));
                }
            })?;
            share.added += added;
            share.by_agents += by_agents;
            share.uncounted_files += u64::from(!can_be_told);
        }
        Ok(share)
    }

    /// Spends what it takes to look at a change; `false` if that is not left.
    fn affords(&mut self, before: Option<Entry>, after: Option<Entry>) -> Result<bool, Error> {
        let largest = self.objects.budget().limits().object;
        let mut bytes: u64 = 0;
        for entry in [before, after].into_iter().flatten() {
            // A state that is only to be expected need not be stored.
            if !entry.mode.is_submodule() && self.objects.exists(&entry.id) {
                let (_, size) = self.objects.header(&entry.id, ROLE)?;
                if size > largest {
                    return Ok(false);
                }
                bytes += size;
            }
        }
        let left = self.files.checked_sub(1).zip(self.bytes.checked_sub(bytes));
        if let Some((files, bytes)) = left {
            (self.files, self.bytes) = (files, bytes);
        }
        Ok(left.is_some())
    }
}
