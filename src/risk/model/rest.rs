//! What the next training needs beside the files, to go on as if it had read the whole history.

use std::collections::BTreeMap;

use gix::hash::ObjectId;
use serde::{Deserialize, Serialize};

use super::files::Files;
use super::sections::{decode, encode};
use crate::risk::companions::Trial;
use crate::risk::mine::owners::StepNo;
use crate::risk::mine::past::{FileNo, Landed, Past, Unit, Warmth};

#[derive(Serialize, Deserialize)]
struct Rest {
    /// The ids of the steps, one behind the other.
    steps: Vec<u8>,
    brought: BTreeMap<u64, StepNo>,
    units: Vec<Unit>,
    unit_of_step: Vec<Option<u32>>,
    trials: Vec<Trial>,
    fixes: u32,
    reverts: u32,
    people: BTreeMap<u32, i64>,
    landed: BTreeMap<Vec<u8>, Landed>,
}

/// The section of a past.
pub(super) fn pack(past: &Past) -> Vec<u8> {
    encode(&Rest {
        steps: past
            .steps
            .iter()
            .flat_map(|id| id.as_bytes())
            .copied()
            .collect(),
        brought: past.brought.clone(),
        units: past.units.clone(),
        unit_of_step: past.unit_of_step.clone(),
        trials: past.trials.clone(),
        fixes: past.fixes,
        reverts: past.reverts,
        people: past.people.clone(),
        landed: past
            .landed
            .iter()
            .map(|(path, landed)| (path.to_vec(), *landed))
            .collect(),
    })
}

/// The past of a section and of the files beside it; `None` if they do not make one.
pub(super) fn unpack(
    bytes: &[u8],
    files: &Files,
    directories: &BTreeMap<Vec<u8>, Warmth>,
) -> Option<Past> {
    let rest: Rest = decode(bytes).ok()?;
    let count = rest.unit_of_step.len();
    let width = rest.steps.len().checked_div(count)?;
    let steps = rest.steps.chunks_exact(width).map(ObjectId::try_from);
    let steps: Vec<ObjectId> = steps.collect::<Result<_, _>>().ok()?;
    let mut past = Past {
        expected: StepNo::try_from(steps.len()).ok()?,
        steps,
        brought: rest.brought,
        units: rest.units,
        unit_of_step: rest.unit_of_step,
        trials: rest.trials,
        fixes: rest.fixes,
        reverts: rest.reverts,
        people: rest.people,
        landed: rest
            .landed
            .into_iter()
            .map(|(path, landed)| (path.into(), landed))
            .collect(),
        directories: directories
            .iter()
            .map(|(path, warmth)| (path.as_slice().into(), *warmth))
            .collect(),
        ..Past::default()
    };
    for no in 0..FileNo::try_from(files.len()).ok()? {
        let file = files.get(no)?;
        past.by_path.insert(file.path.as_slice().into(), no);
        past.files.push(Some(file));
    }
    Some(past)
}
