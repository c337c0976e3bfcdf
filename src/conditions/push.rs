//! Conditions on the push: who pushes, when, and how much.

use super::{Subject, Truth};
use crate::policy::condition::OfPush;
use crate::policy::people::{Eligible, Reserved};

pub(super) fn meets(asked: &OfPush, subject: &Subject<'_>) -> Truth {
    match asked {
        OfPush::Pusher(eligible) => is_pusher(eligible, subject).into(),
        OfPush::Time(windows) => {
            let now = subject.push.now;
            windows.iter().any(|window| window.contains(now)).into()
        }
        OfPush::Commits(bound) => match subject.extent.and_then(|extent| extent.commits) {
            Some(commits) => bound.holds(commits).into(),
            None => Truth::Unknown,
        },
    }
}

/// A deploy key is no person, and not someone unknown either.
fn is_pusher(eligible: &Eligible, subject: &Subject<'_>) -> bool {
    let pusher = &subject.push.pusher;
    if pusher.deploy_key {
        return eligible.reserved.contains(&Reserved::DeployKeys);
    }
    subject.is_among(eligible, pusher.person)
}
