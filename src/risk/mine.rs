//! Reads a history once, and replays it.
//!
//! [`steps`] are the commits of the first-parent way with what their messages say of fixes ([`fixes`]); [`diff`] says what
//! each changes, many of them in parallel; [`replay`] takes them in order into a [`Past`], which knows who wrote each
//! line that is alive ([`owners`]). So a fix leads to the changes that it mends without any call of `git blame`.

pub mod diff;
pub mod fixes;
pub mod kind;
pub mod owners;
pub mod past;
mod renames;
mod replay;
pub mod steps;
pub mod words;

use std::sync::Mutex;

use gix::hash::ObjectId;

use crate::git::parallel::for_each;
use crate::git::walk::Excerpts;
use crate::git::{Error, Repository};
use diff::{Differ, everything};
use fixes::Finder;
use past::Past;
use steps::Steps;

/// Steps that are compared at once: enough for all cores, few enough to hold what they change.
const AT_ONCE: usize = 1024;

/// What there is to know of how a history was read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Steps that were read now.
    pub read: usize,
    /// Files whose content could not be read: larger than the limit, or not there.
    pub unreadable: usize,
    /// The history that was known is no part of this one any more, so all of it was read again.
    pub started_over: bool,
}

/// Takes the history of `tip` into `past`, from where that ends. What led elsewhere is forgotten. `progress` is told how
/// many steps of how many are done.
///
/// # Errors
/// When a commit or a tree cannot be read.
pub fn mine(
    repository: &Repository,
    tip: ObjectId,
    finder: &Finder,
    past: &mut Past,
    mut progress: impl FnMut(usize, usize),
) -> Result<Effort, Error> {
    let mut effort = Effort::default();
    let mut steps = Steps::between(repository, past.tip(), tip)?;
    if steps.is_none() {
        effort.started_over = true;
        *past = Past::default();
        steps = Steps::between(repository, None, tip)?;
    }
    let Some(mut steps) = steps else {
        return Ok(effort);
    };
    let all = steps.len();
    let automaton = everything();
    let filter = diff::filter(&automaton);
    let mut excerpts = Excerpts::default();
    excerpts.fit(&filter);
    let idle = Mutex::default();
    loop {
        let chunk = steps.next_steps(AT_ONCE, finder, past)?;
        if chunk.is_empty() {
            break;
        }
        let diffs = for_each(
            &repository.objects,
            &idle,
            &chunk,
            |objects| Differ::new(objects, &filter, &excerpts),
            Differ::step,
        )?;
        effort.read += chunk.len();
        for (step, diff) in chunk.iter().zip(diffs) {
            effort.unreadable += diff.unreadable;
            past.take(step, diff);
        }
        progress(effort.read, all);
    }
    Ok(effort)
}
