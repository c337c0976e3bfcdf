//! Conditions on a changed path: what happens to it, which lines come and go, how large it then is.

use super::{Subject, Truth};
use crate::facts::{self, Touched};
use crate::policy::condition::OfPath;

pub(super) fn meets(asked: &OfPath, path: &Touched, subject: &Subject<'_>) -> Truth {
    let content = || subject.update.contents.of(path);
    match asked {
        OfPath::Change(asked) => {
            let changes = facts::changes(path);
            changes.iter().any(|change| asked.contains(change)).into()
        }
        OfPath::Line(pattern) => match content().and_then(|content| content.lines.as_ref()) {
            Some(lines) => lines.found.contains(pattern).into(),
            None => Truth::Unknown,
        },
        // What is gone, and what another repository holds, has no size here.
        OfPath::Size(_) if path.found.is_none_or(|entry| entry.mode.is_submodule()) => Truth::No,
        OfPath::Size(bound) => match content().and_then(|content| content.size) {
            Some(size) => bound.holds(size).into(),
            None => Truth::Unknown,
        },
    }
}
