//! What a history cannot tell, so that nobody trusts a map more than it deserves.

use std::collections::BTreeMap;

use gix::hash::ObjectId;

use super::{History, LeftOut};
use crate::risk::learn::ranks::FEWEST;
use crate::risk::mine::kind::Kind;
use crate::risk::mine::owners::{NOBODY, StepNo};
use crate::risk::mine::past::Past;

/// With fewer fixes, where they lie is chance.
pub const FEWEST_FIXES: u32 = 20;

/// What a history cannot tell.
#[derive(Debug, Clone, PartialEq)]
pub enum Doubt {
    /// No file of the commit is code of the product, as far as names tell.
    NoCode,
    /// Too little has landed.
    TooYoung {
        /// Changes of code.
        changes: usize,
    },
    /// Too little is known to have been mended.
    FewFixes {
        /// Fixes.
        fixes: u32,
    },
    /// Much of the code came in one step, and has no past before it: an import, or a rename or a new format of everything.
    OneStep {
        /// Its commit.
        commit: ObjectId,
        /// The share of the lines that it wrote.
        share: f64,
    },
    /// The history is cut off (a shallow clone).
    CutOff,
    /// Most files are copies of other projects, or made by programs.
    MostlyForeign,
}

impl Doubt {
    /// Does it leave nothing to tell risks by?
    pub fn is_serious(&self) -> bool {
        matches!(
            self,
            Doubt::NoCode | Doubt::TooYoung { .. } | Doubt::FewFixes { .. }
        )
    }
}

pub(super) fn of(
    past: &Past,
    history: &History,
    left_out: &LeftOut,
    files: usize,
    is_cut_off: bool,
) -> Vec<Doubt> {
    let (changes, fixes) = (history.changes, history.fixes);
    let mut doubts = Vec::new();
    if files == 0 {
        doubts.push(Doubt::NoCode);
    } else if changes < FEWEST {
        doubts.push(Doubt::TooYoung { changes });
    } else if fixes < FEWEST_FIXES {
        doubts.push(Doubt::FewFixes { fixes });
    }
    doubts.extend(is_cut_off.then_some(Doubt::CutOff));
    doubts.extend(one_step(past));
    let ours = files + left_out.tests + left_out.others;
    doubts.extend((left_out.foreign > ours).then_some(Doubt::MostlyForeign));
    doubts
}

/// The step, other than the first, that wrote at least half of the lines that are alive.
#[expect(clippy::cast_precision_loss, reason = "lines are counted")]
fn one_step(past: &Past) -> Option<Doubt> {
    let mut lines: BTreeMap<StepNo, u64> = BTreeMap::new();
    let mut all = 0;
    let sources = past
        .files()
        .filter(|file| Kind::of(&file.path) == Kind::Source);
    for (owner, count) in sources.flat_map(|file| file.owners.runs()) {
        *lines.entry(owner).or_default() += u64::from(count);
        all += u64::from(count);
    }
    let (step, most) = lines
        .into_iter()
        .filter(|&(step, _)| step != NOBODY && step > 0)
        .max_by_key(|&(_, count)| count)?;
    (2 * most >= all).then_some(Doubt::OneStep {
        commit: past.commit(step)?,
        share: most as f64 / all as f64,
    })
}
