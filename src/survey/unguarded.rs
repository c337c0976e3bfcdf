//! Rules that take the owners of a CODEOWNERS file for approvers, and do not always look at the file.
//!
//! A rule that asks for owners is also about the file itself, whatever paths it names. Where the rule has conditions, a
//! push that meets none of them could make its author an owner, and the next one would count on that.

use gix::bstr::{BString, ByteSlice as _};

use super::Content;
use crate::facts::applies;
use crate::paths::EntryKind;
use crate::policy::Loaded;
use crate::policy::Policy;
use crate::policy::condition::Condition;
use crate::policy::place::Place;
use crate::policy::rule::Rule;

/// Warns of each such rule that governs a ref of the repository on which no other rule guards the file.
pub(super) fn warn(loaded: &mut Loaded, content: &Content, now: i64) {
    let policy = &loaded.policy;
    let mut found = Vec::new();
    for (index, rule) in policy.rules.iter().enumerate() {
        if !rule.asks_codeowners() || !rule.is_enforced_in(&content.repository) {
            continue;
        }
        let governs = |name: &&BString| {
            applies::is_governed_by(rule, &content.repository, now, name.as_bstr())
        };
        let mut refs = content.refs.iter().filter(governs);
        if let Some((name, file)) =
            refs.find_map(|name| Some((name, open(policy, content, now, name)?)))
        {
            let message = format!(
                "`{}` asks the owners that CODEOWNERS names, and no rule guards {file} on {name} in every push: whoever may \
                 push there can name themselves an owner first",
                rule.id
            );
            found.push((Place::top().key("rules").index(index).key("when"), message));
        }
    }
    let help = "add a rule on that file without `when`: `require: { approvals: [{ from: [codeowners] }] }`";
    let found = found
        .iter()
        .map(|(place, message)| (place, "unguarded-owners", message.clone(), help));
    loaded.warn_of(found);
}

/// A place of the file at which no rule looks in every push to this ref.
fn open(policy: &Policy, content: &Content, now: i64, name: &BString) -> Option<String> {
    let in_force: Vec<&Rule> = policy
        .rules
        .iter()
        .filter(|rule| {
            rule.is_enforced_in(&content.repository)
                && applies::is_governed_by(rule, &content.repository, now, name.as_bstr())
                && matches!(&rule.when, Condition::All(all) if all.is_empty())
        })
        .collect();
    policy.codeowners.files().into_iter().find(|file| {
        let sets = policy.paths.matches_path(file.as_bytes(), EntryKind::File);
        let guards = |rule: &&Rule| policy.selector(rule.selector).selects(&sets);
        !in_force.iter().any(guards)
    })
}
