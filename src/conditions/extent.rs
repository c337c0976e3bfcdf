//! How far an update reaches, as one rule sees it: what its conditions ask of all paths and commits together.

use super::Truth;
use crate::facts::{Touched, UpdateFacts, View};
use crate::git::tree::Entry;
use crate::git::walk::kind_of;
use crate::paths::SetMask;
use crate::policy::Policy;
use crate::policy::condition::Only;
use crate::risk::score::Risk;

/// The reach of an update. What is `None` is not known.
#[derive(Debug, Default)]
pub struct Extent<'a> {
    /// New commits that the push brings to refs that the rule governs.
    pub commits: Option<u64>,
    /// Files of the net change in the rule's paths.
    pub files: Option<u64>,
    /// Lines that the net change adds and removes in the rule's paths.
    pub lines: Option<u64>,
    /// What history says of the whole net change.
    pub risk: Option<&'a Risk>,
    /// Which pattern sets hold every path.
    within: Option<Within>,
}

/// Which pattern sets hold every path of the net change and of the new commits.
#[derive(Debug, Default)]
struct Within {
    exactly: SetMask,
    /// As file systems see it, or because something stands where their paths would be.
    folded: SetMask,
}

impl<'a> Extent<'a> {
    /// What the rule at `position` asks of the extent of an update. Where old commits may have been taken for new,
    /// nothing is known: more was found than there may be, which some condition could take for enough.
    pub fn of(policy: &Policy, update: &'a UpdateFacts, position: usize, view: &View) -> Self {
        if !view.certain {
            return Extent::default();
        }
        let rule = &policy.rules[position];
        let selector = policy.selector(rule.selector);
        let net = || view.net_in(selector);
        let lines = |path: &Touched| {
            let lines = update.contents.of(path)?.lines.as_ref()?;
            Some(lines.added + lines.removed)
        };
        Extent {
            commits: update.pushed_commits.get(&position).copied(),
            files: Some(net().count() as u64),
            lines: net().map(lines).sum(),
            risk: update.risks.get(&position).map(|risk| &**risk),
            within: rule
                .when
                .asks_where_paths_lie()
                .then(|| Within::of(policy, view)),
        }
    }

    /// Is every path among the patterns?
    pub(super) fn lies_within(&self, only: Only) -> Truth {
        match &self.within {
            None => Truth::Unknown,
            Some(within) if within.exactly.contains(only.exact) => Truth::Yes,
            Some(within) if within.folded.contains(only.folded) => Truth::Unknown,
            Some(_) => Truth::No,
        }
    }
}

impl Within {
    fn of(policy: &Policy, view: &View) -> Self {
        let of_commits = view.commits.iter().flat_map(|new| new.touched.iter());
        let mut paths = view.net.iter().chain(of_commits);
        // Nothing lies within anything where there is nothing.
        let Some(first) = paths.next() else {
            return Within::default();
        };
        let mut within = Within {
            exactly: exact_sets(policy, first),
            folded: first.sets.clone(),
        };
        for path in paths {
            within.folded.intersect_with(&path.sets);
            within.exactly.intersect_with(&exact_sets(policy, path));
        }
        within
    }
}

/// The sets that hold what was and what is at the path, by its own name.
fn exact_sets(policy: &Policy, path: &Touched) -> SetMask {
    let sets = |entry: &Entry| policy.paths.includes_path(&path.path, kind_of(entry.mode));
    let entries = [&path.expected, &path.found];
    let mut sets = entries.into_iter().flatten().map(sets);
    let mut both = sets.next().unwrap_or_default();
    for other in sets {
        both.intersect_with(&other);
    }
    both
}
