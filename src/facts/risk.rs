//! What history says of the updates of a push, where someone asks. The whole change counts, in the rule's paths or not, so
//! that it is no less risky in pieces.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::provenance::Asked;
use super::{Facts, Push, Touched, UpdateFacts, View};
use crate::conditions::scope::InScope;
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::policy::rule::UpdateKind;
use crate::risk::mine::diff;
use crate::risk::model::{Model, NoModel};
use crate::risk::score::{Risk, score};

impl Facts {
    /// Adds what history says of the updates that someone asks about. `model` is asked for no sooner than that.
    ///
    /// # Errors
    /// When a tree cannot be read. That there is no model is none.
    pub fn score_risk<'m>(
        &mut self,
        repository: &Repository,
        policy: &Policy,
        push: &Push,
        asked: Asked,
        model: impl Fn() -> &'m Result<Model, NoModel>,
    ) -> Result<(), Error> {
        for update in &mut self.updates {
            let scorer = Scorer {
                repository,
                push,
                model: &model,
            };
            let mut risks = BTreeMap::new();
            // Rules that trust the same refs share what they see.
            let mut scored: BTreeMap<*const View, Arc<Risk>> = BTreeMap::new();
            for (&position, view) in &update.views {
                if asks(policy, push, update, position, view) {
                    let risk = scored
                        .entry(Arc::as_ptr(view))
                        .or_insert_with(|| Arc::new(scorer.risk(update.kind, &view.net)));
                    risks.insert(position, Arc::clone(risk));
                }
            }
            let highest = risks
                .values()
                .max_by(|one, other| one.rank().total_cmp(&other.rank()));
            update.risk = highest.cloned();
            update.risks = risks;
            if update.risk.is_none() && asked == Asked::ByPeople && !update.views.is_empty() {
                let touched = diff::between(&repository.objects, update.old, update.new)?;
                update.risk = Some(Arc::new(scorer.risk(update.kind, &touched)));
            }
        }
        Ok(())
    }
}

/// Does the rule ask, and could it hold?
fn asks(policy: &Policy, push: &Push, update: &UpdateFacts, position: usize, view: &View) -> bool {
    let rule = &policy.rules[position];
    if !rule.when.asks_about_risk() {
        return false;
    }
    let scope = InScope::of(policy, push, update, position, view);
    !scope.is_empty() && !scope.is_met_by_none
}

struct Scorer<'a, 'm, M: Fn() -> &'m Result<Model, NoModel>> {
    repository: &'a Repository,
    push: &'a Push,
    model: &'a M,
}

impl<'m, M: Fn() -> &'m Result<Model, NoModel>> Scorer<'_, 'm, M> {
    fn risk(&self, kind: UpdateKind, touched: &[Touched]) -> Risk {
        if kind == UpdateKind::Delete {
            return Risk::Unknown(NoModel::NothingLands);
        }
        match (self.model)() {
            Ok(model) => {
                let objects = &self.repository.objects;
                Risk::Known(Box::new(score(model, objects, touched, self.push.now)))
            }
            Err(why) => Risk::Unknown(why.clone()),
        }
    }
}
