//! The states of a ref (SPEC 2.1): what it holds, what it is recorded to have held, and of the time before the first
//! record its first parents.
//!
//! Records come in runs, each value containing the one before, so the newest state that a commit contains is searched by
//! halves, and the newest of each run stands for all of it.

use std::ops::Range;

use gix::bstr::BStr;
use gix::hash::ObjectId;

use crate::git::Error;
use crate::git::graph::{CommitIdx, Graph};
use crate::state::records::{Observed, Record, Records};

/// The states of one ref.
#[derive(Debug)]
pub(super) struct States {
    tip: Option<CommitIdx>,
    record: Record,
    /// The tip contains the value that was recorded last.
    follows: bool,
}

impl States {
    /// The states of the ref `name`, which holds `value`, and what there is to be recorded of it.
    pub(super) fn of(
        graph: &mut Graph<'_>,
        records: &Records,
        name: &BStr,
        value: Option<ObjectId>,
    ) -> Result<(Self, Option<Observed>), Error> {
        let record = records.of(name)?;
        let tip = match value {
            Some(id) => graph.commit_behind(id)?,
            None => None,
        };
        let last = record.last().and_then(|last| last.value);
        let last_commit = match last {
            Some(id) => graph.commit_if_kept(id)?,
            None => None,
        };
        let follows = match (tip, last_commit) {
            (Some(tip), Some(last)) => graph.contains(tip, last)?,
            _ => false,
        };
        // That a ref is gone again says nothing that its last value does not; that it began as nothing does.
        let is_known = if value.is_some() {
            last == value
        } else {
            record.length() > 0
        };
        let observed = (!is_known).then(|| Observed {
            name: name.to_owned(),
            value,
            after: record.length(),
            follows,
        });
        let states = States {
            tip,
            record,
            follows,
        };
        Ok((states, observed))
    }

    /// The same without the tip, and without what the tip contains: the past that is no more in it.
    pub(super) fn without_tip(self) -> Self {
        States { tip: None, ..self }
    }

    /// The tip, where nothing is recorded: all that tells such a ref from another.
    pub(super) fn tip_if_unrecorded(&self) -> Option<CommitIdx> {
        self.tip.filter(|_| self.record.length() == 0)
    }

    /// Is this very value recorded, be it kept or not?
    pub(super) fn was_recorded(&self, value: ObjectId) -> Result<bool, Error> {
        Ok(self.record.has(value)?)
    }

    /// Is the commit contained in one of them?
    pub(super) fn have_held(
        &self,
        graph: &mut Graph<'_>,
        commit: CommitIdx,
    ) -> Result<bool, Error> {
        for held in self.ends(graph)? {
            if graph.contains(held, commit)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// States of which each other is contained in one; the newest first.
    pub(super) fn ends(&self, graph: &mut Graph<'_>) -> Result<Vec<CommitIdx>, Error> {
        let mut ends: Vec<_> = self.tip.into_iter().collect();
        for run in self.runs_beside_the_tip()? {
            ends.extend(self.newest(&run, |id| graph.commit_if_kept(id))?);
        }
        Ok(ends)
    }

    /// The newest states that `new` contains: those of each run, and perhaps more that these contain.
    pub(super) fn newest_within(
        &self,
        graph: &mut Graph<'_>,
        new: CommitIdx,
    ) -> Result<Vec<CommitIdx>, Error> {
        if self.record.length() == 0 {
            let Some(tip) = self.tip else {
                return Ok(Vec::new());
            };
            return Ok(graph.newest_state_within(tip, new)?.into_iter().collect());
        }
        let mut found = Vec::new();
        let runs = match self.tip {
            Some(tip) if !graph.contains(new, tip)? => self.record.runs()?,
            tip => {
                found.extend(tip);
                self.runs_beside_the_tip()?
            }
        };
        for run in runs {
            let contained = |id| match graph.commit_if_kept(id)? {
                Some(state) if graph.contains(new, state)? => Ok(Some(state)),
                _ => Ok(None),
            };
            match self.newest(&run, contained)? {
                Some(state) => found.push(state),
                None if run.start == 0 => found.extend(self.before_all_records(graph, new)?),
                None => {}
            }
        }
        Ok(found)
    }

    /// Before the first record, the states are the first parents of what that record holds.
    fn before_all_records(
        &self,
        graph: &mut Graph<'_>,
        new: CommitIdx,
    ) -> Result<Option<CommitIdx>, Error> {
        let Some(first) = self.record.get(0)?.value else {
            return Ok(None);
        };
        match graph.commit_if_kept(first)? {
            Some(first) => graph.newest_state_within(first, new),
            None => Ok(None),
        }
    }

    fn runs_beside_the_tip(&self) -> Result<Vec<Range<u32>>, Error> {
        let mut runs = self.record.runs()?;
        if self.follows && !runs.is_empty() {
            runs.remove(0);
        }
        Ok(runs)
    }

    /// The newest value of a run for which `holds` finds a commit. Where it does for one, it does for those before.
    fn newest(
        &self,
        run: &Range<u32>,
        mut holds: impl FnMut(ObjectId) -> Result<Option<CommitIdx>, Error>,
    ) -> Result<Option<CommitIdx>, Error> {
        let mut found = None;
        // All from `end` on do not hold. What is asked for is mostly near the end.
        let (mut start, mut end) = (run.start, run.end);
        let mut step = 1;
        while start < end {
            let at = match found {
                None => end.saturating_sub(step).max(start),
                Some(_) => u32::midpoint(start, end),
            };
            step *= 2;
            let held = match self.record.get(at)?.value {
                Some(id) => holds(id)?,
                None => None,
            };
            if held.is_some() {
                (found, start) = (held, at + 1);
            } else {
                end = at;
            }
        }
        Ok(found)
    }
}
