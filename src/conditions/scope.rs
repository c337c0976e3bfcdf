//! What of an update a rule is about: the commits and paths of which its conditions may hold.

use std::collections::HashSet;
use std::sync::Arc;

use gix::bstr::BString;

use super::{Extent, Subject, Truth};
use crate::facts::{Commit, Push, Touched, UpdateFacts, View};
use crate::policy::Policy;

/// What of an update a rule is about.
#[derive(Debug)]
pub struct InScope<'a> {
    /// New commits that answer for something, with the paths they answer for.
    pub charged: Vec<(Arc<Commit>, Vec<&'a Touched>)>,
    /// Paths of the net change.
    pub net: Vec<&'a Touched>,
    /// Paths of the net change that no new commit answers for.
    pub nobodys: Vec<&'a Touched>,
    /// Those, and paths of the net change of which the conditions hold, though of no commit that touches them.
    pub unanswered: Vec<&'a Touched>,
    /// Whether there is a condition that some commit must meet, and none does.
    pub is_met_by_none: bool,
    /// Whether the conditions hold of the update as such, whatever its commits and paths.
    pub holds_of_update: bool,
}

impl<'a> InScope<'a> {
    /// What the rule at `position` is about.
    pub fn of(
        policy: &Policy,
        push: &Push,
        update: &UpdateFacts,
        position: usize,
        view: &'a View,
    ) -> Self {
        let rule = &policy.rules[position];
        let selector = policy.selector(rule.selector);
        let extent = Extent::of(policy, update, position, view);
        let all = Subject {
            extent: Some(&extent),
            ..Subject::new(policy, push, update)
        };
        let meets = |commit: Option<&Commit>, path: &Touched| {
            let (commit, path) = (commit, Some(path));
            Subject {
                commit,
                path,
                ..all
            }
            .meets(&rule.when)
        };
        let select = |commit: Option<&Commit>, touched: &'a [Touched]| {
            let touched = touched.iter();
            let mut touched: Vec<_> = touched
                .filter(|path| selector.selects(&path.sets))
                .collect();
            if !touched.is_empty() {
                // What does not hang on the path is worked out once, and most conditions do not.
                match (Subject { commit, ..all }).meets(&rule.when) {
                    Truth::No => touched.clear(),
                    Truth::Unknown => touched.retain(|path| meets(commit, path).may_be()),
                    Truth::Yes => {}
                }
            }
            touched
        };

        let mut charged: Vec<(Arc<Commit>, Vec<&Touched>)> = view
            .commits
            .iter()
            .map(|new| {
                let touched = select(Some(&new.commit), &new.touched);
                (Arc::clone(&new.commit), touched)
            })
            .filter(|(_, touched)| !touched.is_empty())
            .collect();
        let uncharged = select(view.tip.as_deref(), &view.uncharged);
        let mut nobodys = Vec::new();
        match &view.tip {
            _ if uncharged.is_empty() => {}
            None => nobodys = uncharged,
            Some(tip) => match charged.iter_mut().find(|(commit, _)| commit.id == tip.id) {
                Some((_, touched)) => touched.extend(uncharged),
                None => charged.push((Arc::clone(tip), uncharged)),
            },
        }
        let net = select(None, &view.net);
        let as_such = all.meets(&rule.when);
        let holds_of_update = as_such == Truth::Yes || (as_such.may_be() && !view.certain);
        // Where nobody answers for a change, it cannot be known that a condition on commits is not met.
        let is_met_by_none = rule.when.asks_about_commits()
            && as_such != Truth::Yes
            && charged.is_empty()
            && nobodys.is_empty()
            && !net.iter().any(|path| meets(None, path) == Truth::Yes);
        let mut unanswered = nobodys.clone();
        if rule.when.asks_about_paths() {
            let of_commits = charged.iter().flat_map(|(_, touched)| touched);
            let answered: HashSet<&BString> = of_commits
                .chain(&nobodys)
                .map(|touched| &touched.path)
                .collect();
            let is_unanswered = |path: &&&'a Touched| {
                !answered.contains(&path.path) && meets(None, path) == Truth::Yes
            };
            unanswered.extend(net.iter().filter(is_unanswered).copied());
        }
        InScope {
            charged,
            net,
            nobodys,
            unanswered,
            is_met_by_none,
            holds_of_update,
        }
    }

    /// Is there nothing?
    pub fn is_empty(&self) -> bool {
        self.charged.is_empty() && self.net.is_empty() && self.nobodys.is_empty()
    }
}
