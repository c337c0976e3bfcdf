//! Approvals, from written to meant: the entries of a rule, and the defaults of all.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::Approvals;
use super::super::people::{Kind, PersonId, Reserved};
use super::super::place::Place;
use super::super::quorum::{Entry, Outlook, Quorum};
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
    let can_be_read = |means: &Means| match means {
        Means::Signature => names.has_keys,
        Means::Review => names.has_forge,
        Means::Trailer => true,
    };
    if !by.is_empty() && !by.iter().any(can_be_read) {
        problems
            .error(
                "unsatisfiable",
                place.clone(),
                "no approval could ever be read: the policy lists no key, and names no forge",
            )
            .help("add `keys` to people for signatures, or `forge: { … }` for reviews");
    }
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

/// Do any of these ask for the owners that a file names?
pub(super) fn ask_codeowners(entries: &[ApprovalRequirement]) -> bool {
    entries
        .iter()
        .any(|asked| asked.from.reserved.contains(&Reserved::Codeowners))
}

/// Tries the quorum of a rule once for every possible contributor. What depends on the push is not tried: owners, and
/// whoever a file names.
pub(super) fn check_quorum(
    entries: &[ApprovalRequirement],
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) {
    let depends = |asked: &ApprovalRequirement| {
        asked
            .from
            .reserved
            .iter()
            .any(|reserved| *reserved != Reserved::Anyone)
    };
    if entries.is_empty() || entries.iter().any(depends) {
        return;
    }
    let people = &names.people;
    let entry = |asked: &ApprovalRequirement| {
        let anyone = asked.from.reserved.contains(&Reserved::Anyone);
        let humans = people.of_kind(Kind::Human);
        Entry {
            count: asked.count,
            eligible: humans
                .filter(|person| anyone || asked.from.persons.contains(person))
                .collect(),
        }
    };
    let quorum = Quorum::of(&entries.iter().map(entry).collect::<Vec<_>>());
    let list = |persons: Vec<PersonId>| {
        let names = persons
            .into_iter()
            .map(|id| people.person(id).name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    match &quorum.of_others {
        Outlook::Impossible { .. } => {
            problems
                .error(
                    "unsatisfiable",
                    place.clone().at_key(),
                    "these entries cannot all be met: a person stands for one of them only",
                )
                .help("name more people, or ask for fewer");
        }
        Outlook::Possible { hangs_on } => {
            let shut_out: Vec<_> = quorum.shut_out().collect();
            if !shut_out.is_empty() {
                problems
                    .warning(
                        "nobody-left",
                        place.clone().at_key(),
                        format!("a change of {} can never be approved", list(shut_out)),
                    )
                    .help("whoever has a hand in a change cannot approve it; name more people");
            } else if !hangs_on.is_empty() {
                problems
                    .warning(
                        "hangs-on-one",
                        place.clone().at_key(),
                        format!("every change waits for {}", list(hangs_on.clone())),
                    )
                    .help("name more people, so that one can be away");
            }
        }
    }
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
