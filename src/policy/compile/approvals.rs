//! Approvals, from written to meant: the entries of a rule, and the defaults of all.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::Approvals;
use super::super::people::{Kind, Reserved};
use super::super::place::Place;
use super::super::rule::{ApprovalRequirement, Means};
use super::super::written::approval::{Approval, Defaults, Presence};
use super::super::written::values::OneOrMany;
use super::names::Names;
use super::problems::Problems;
use crate::paths::names::RefPatterns;

/// Who may stand in an approval's `from` beside people and groups.
const FROM: [Reserved; 3] = [Reserved::Owners, Reserved::Codeowners, Reserved::Anyone];

/// Where approval tags are found if the policy does not say. (`*` crosses `/` in patterns of refs.)
const REFS: [&str; 2] = ["refs/approvals/*", "refs/tags/approved/*"];

const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Reads the entries of one rule.
pub(super) fn entries(
    written: &OneOrMany<Approval>,
    defaults: &Defaults,
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) -> Vec<ApprovalRequirement> {
    if written.0.is_empty() {
        problems
            .error("empty-list", place.clone().at_key(), "`approvals` is empty")
            .help("name who has to approve: `{ count: 1, from: [owners] }`");
    }
    written
        .0
        .iter()
        .enumerate()
        .filter_map(|(index, approval)| {
            entry(approval, defaults, names, &place.index(index), problems)
        })
        .collect()
}

fn entry(
    written: &Approval,
    defaults: &Defaults,
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) -> Option<ApprovalRequirement> {
    let count = written.count.unwrap_or(1);
    if count == 0 {
        problems
            .error(
                "count-zero",
                place.key("count"),
                "a count of 0 asks nothing",
            )
            .help("remove the entry, or ask for at least 1");
    }
    let by = kinds(
        written.by.as_ref().or(defaults.by.as_ref()),
        &place.key("by"),
        problems,
    );
    let presence = written.presence.unwrap_or(false);
    if presence && !by.contains(&Means::Signature) {
        problems
            .error(
                "unsatisfiable",
                place.key("presence"),
                "only signatures tell that a person was present, and `by` leaves them out",
            )
            .help("add `signature` to `by`, or remove `presence`");
    }
    let Some(from) = &written.from else {
        problems
            .error("missing-key", place.clone(), "the approval has no `from`")
            .help("add `from: [owners]`, or name people and groups");
        return None;
    };
    let from = names.eligible(from, &FROM, &place.key("from"), problems);
    if from.reserved.is_empty() && !from.names.is_empty() {
        let human = |person: &&_| names.people.person(**person).kind == Kind::Human;
        let most = from.persons.iter().filter(human).count();
        if most < count {
            let persons = if most == 1 { "person" } else { "persons" };
            problems
                .error(
                    "quorum-too-large",
                    place.key("from"),
                    format!("{count} are asked for, of {most} {persons}"),
                )
                .help("name more people, or ask for fewer; bots and agents cannot approve");
        }
    }
    Some(ApprovalRequirement {
        count,
        from,
        by,
        presence,
        max_age: max_age(written, defaults, place, problems),
        carry: written.carry.unwrap_or_default(),
    })
}

fn max_age(
    written: &Approval,
    defaults: &Defaults,
    place: &Place,
    problems: &mut Problems,
) -> Duration {
    let age = written
        .max_age
        .or(defaults.max_age)
        .map_or(MAX_AGE, |age| age.0);
    if age.is_zero() {
        problems
            .error(
                "unsatisfiable",
                place.key("max_age"),
                "every approval is older than that",
            )
            .help("write how old an approval may be, such as `30d`");
    }
    age
}

fn kinds(
    written: Option<&OneOrMany<Means>>,
    place: &Place,
    problems: &mut Problems,
) -> BTreeSet<Means> {
    let Some(written) = written else {
        return BTreeSet::from([Means::Signature, Means::Review]);
    };
    if written.0.is_empty() {
        problems
            .error(
                "empty-list",
                place.clone().at_key(),
                "`by` is empty, so nothing counts as an approval",
            )
            .help("list `signature`, `review` or both");
    }
    if written.0.contains(&Means::Trailer) {
        problems
            .warning(
                "honour-system",
                place.clone(),
                "whoever writes a commit writes its trailers, and so approves alone",
            )
            .help("use `trailer` in rules with `mode: warn`; for others, `signature` and `review`");
    }
    written.0.iter().copied().collect()
}

/// Reads what is not of a single rule.
pub(super) fn defaults(written: &Defaults, problems: &mut Problems) -> Approvals {
    let place = Place::top().key("approvals").key("refs");
    let refs = match &written.refs {
        None => RefPatterns::parse(&REFS),
        Some(refs) => {
            if refs.0.is_empty() {
                problems
                    .error(
                        "empty-list",
                        place.clone().at_key(),
                        "`refs` is empty, so no approval is ever found",
                    )
                    .help("remove it to mean refs/approvals/** and refs/tags/approved/**");
            }
            RefPatterns::parse(&refs.0)
        }
    };
    let refs = refs.unwrap_or_else(|(index, error)| {
        problems.error("bad-pattern", place.index(index), error.to_string());
        RefPatterns::parse(&REFS).expect("these are patterns")
    });
    Approvals {
        refs,
        names_repository: written.repository != Some(Presence::Optional),
    }
}
