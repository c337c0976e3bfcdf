//! Conditions on the update: what it does to its ref, and how far it reaches.

use super::{Subject, Truth};
use crate::policy::condition::{Comparison, OfUpdate};

pub(super) fn meets(asked: &OfUpdate, subject: &Subject<'_>) -> Truth {
    let bounded = |bound: Comparison, number: Option<u64>| match number {
        Some(number) => bound.holds(number).into(),
        None => Truth::Unknown,
    };
    let extent = subject.extent;
    match asked {
        OfUpdate::Kind(kinds) => kinds.contains(&subject.update.kind).into(),
        OfUpdate::Only(only) => extent.map_or(Truth::Unknown, |extent| extent.lies_within(*only)),
        OfUpdate::Lines(bound) => bounded(*bound, extent.and_then(|extent| extent.lines)),
        OfUpdate::Files(bound) => bounded(*bound, extent.and_then(|extent| extent.files)),
        OfUpdate::Risk(bands) => match extent.and_then(|extent| extent.risk) {
            Some(risk) => bands.contains(&risk.band()).into(),
            None => Truth::Unknown,
        },
        // Where no model says how far the change reaches, nothing is said of it.
        OfUpdate::Spread(bound) => match extent.and_then(|extent| extent.risk) {
            Some(risk) => risk.spread().is_some_and(|files| bound.holds(files)).into(),
            None => Truth::Unknown,
        },
    }
}
