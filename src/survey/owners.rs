//! Tries the quorums of rules that ask for owners in CODEOWNERS, for each file of a repository as its file names them. A
//! policy by itself cannot tell: who owns what stands in the repository, and only whom the policy knows can approve.

use std::collections::BTreeMap;

use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::hash::ObjectId;

use super::Content;
use crate::codeowners::{self, CodeOwners, Demand};
use crate::forge::Forge;
use crate::git::Error;
use crate::git::objects::Objects;
use crate::paths::SetMask;
use crate::policy::forge::ForgeKind;
use crate::policy::people::{Kind, PersonId, Reserved};
use crate::policy::place::Place;
use crate::policy::quorum::{Entry, Outlook};
use crate::policy::rule::{ApprovalRequirement, Requirements, Rule};
use crate::policy::{Loaded, Policy};
use crate::report::escape::Name;
use crate::report::words::counted;

/// The file of a tree that names owners, as the policy has it read; `None`: there is none.
pub(super) fn read(
    policy: &Policy,
    objects: &Objects,
    tree: ObjectId,
) -> Result<Option<CodeOwners>, Error> {
    let source = &policy.codeowners;
    // The hook is told what server it is on. Here only the policy can tell.
    let forge = policy
        .forge
        .as_ref()
        .map_or(Forge::Plain, |forge| match forge.kind {
            ForgeKind::Gitea => Forge::Gitea,
            ForgeKind::Forgejo => Forge::Forgejo,
            ForgeKind::Gitlab => Forge::Gitlab,
        });
    let found = source.find(forge, objects, Some(tree))?;
    Ok(found.map(|(_, content)| CodeOwners::parse(&content, source.dialect(forge)).0))
}

/// Warns of files of which nobody, or one person not, could get a change approved.
pub(super) fn warn(loaded: &mut Loaded, content: &Content, sets: &[SetMask]) {
    let policy = &loaded.policy;
    let mut found = Vec::new();
    for (index, rule) in policy.rules.iter().enumerate() {
        if rule.asks_codeowners() && rule.applies_in(&content.repository) {
            let place = Place::top().key("rules").index(index).key("require");
            let trial = Trial {
                policy,
                rule,
                content,
            };
            found.extend(
                trial
                    .warnings(sets)
                    .into_iter()
                    .map(|told| (place.clone(), told)),
            );
        }
    }
    let found = found
        .iter()
        .map(|(place, told)| (place, told.code, told.message.clone(), told.help));
    loaded.warn_of(found);
}

/// A rule, tried on all files.
struct Trial<'a> {
    policy: &'a Policy,
    rule: &'a Rule,
    content: &'a Content,
}

struct Warning {
    code: &'static str,
    message: String,
    help: &'static str,
}

/// What the quorum of a file depends on: the zones that it is in, and the lines that name its owners.
type Case<'a> = (Vec<usize>, Vec<&'a Demand>);

/// The files of each case, by the numbers of its zones and lines.
type Kinds<'a> = BTreeMap<(Vec<usize>, Vec<usize>), (Case<'a>, Vec<&'a BString>)>;

/// How the changes of a file fare.
enum Chances {
    /// None can be approved, and why.
    None(String),
    /// These persons' cannot.
    NotOf(Vec<PersonId>),
}

impl Trial<'_> {
    fn warnings(&self, sets: &[SetMask]) -> Vec<Warning> {
        // Files of the same zones and lines fare alike, and there are few kinds of them.
        let mut kinds = Kinds::new();
        let selector = self.policy.selector(self.rule.selector);
        for ((path, _), sets) in self.content.files.iter().zip(sets) {
            if selector.selects(sets) {
                let case = self.case(path.as_bstr(), sets);
                let lines = case.1.iter().map(|demand| demand.line).collect();
                let key = (case.0.clone(), lines);
                kinds.entry(key).or_insert((case, Vec::new())).1.push(path);
            }
        }
        let mut impossible: BTreeMap<String, Vec<&BString>> = BTreeMap::new();
        let mut hanging: BTreeMap<PersonId, Vec<&BString>> = BTreeMap::new();
        for (case, paths) in kinds.into_values() {
            match self.chances(&case) {
                Chances::None(why) => impossible.entry(why).or_default().extend(paths),
                Chances::NotOf(persons) => {
                    for person in persons {
                        hanging.entry(person).or_default().extend(&paths);
                    }
                }
            }
        }
        let id = &self.rule.id;
        let impossible = impossible.into_iter().map(|(why, paths)| Warning {
            code: "unsatisfiable",
            message: format!(
                "by `{id}`, a change of {} can never be approved: {why}",
                files(&paths)
            ),
            help: "name them among `people` or `groups` of the policy, or correct the file of the repository",
        });
        let hanging = hanging.into_iter().map(|(person, paths)| Warning {
            code: "nobody-left",
            message: format!(
                "by `{id}`, a change that {} makes to {} can never be approved",
                self.policy.people.person(person).name,
                files(&paths)
            ),
            help: "whoever has a hand in a change cannot approve it; name more owners",
        });
        impossible.chain(hanging).collect()
    }

    fn case(&self, path: &BStr, sets: &SetMask) -> Case<'_> {
        let zones = self.policy.zones.iter().enumerate();
        let named = self.rule.zones.as_ref();
        let zones = zones.filter(|(position, zone)| {
            sets.contains(zone.set) && named.is_none_or(|named| named.contains(position))
        });
        let owners = self.content.owners.as_ref();
        (
            zones.map(|(position, _)| position).collect(),
            owners.map_or_else(Vec::new, |owners| owners.owners_of(path)),
        )
    }

    /// Each way to meet the rule is tried: one is enough.
    fn chances(&self, case: &Case<'_>) -> Chances {
        let requirements = self.rule.requirements();
        let ways = requirements.first().map_or_else(Vec::new, |all| ways(all));
        let mut chances: Option<Chances> = None;
        for way in ways {
            let entries: Vec<Vec<Entry>> =
                way.iter().map(|asked| self.groups(asked, case)).collect();
            let next = match Outlook::of_groups(&entries) {
                Outlook::Possible { hangs_on } => Chances::NotOf(hangs_on),
                Outlook::Impossible { .. } => Chances::None(self.why(&way, case, &entries)),
            };
            chances = Some(match (chances, next) {
                (Some(Chances::NotOf(before)), Chances::NotOf(now)) => {
                    Chances::NotOf(before.into_iter().filter(|who| now.contains(who)).collect())
                }
                (Some(Chances::NotOf(before)), Chances::None(_)) => Chances::NotOf(before),
                (Some(Chances::None(_)) | None, next) => next,
            });
        }
        chances.unwrap_or(Chances::NotOf(Vec::new()))
    }

    /// Of whom an entry asks its count, as the hook does: of the owners of each zone, and of those in each line.
    fn groups(&self, asked: &ApprovalRequirement, (zones, demands): &Case<'_>) -> Vec<Entry> {
        let people = &self.policy.people;
        let is_asked = |reserved| asked.from.reserved.contains(&reserved);
        let humans = || people.of_kind(Kind::Human);
        let group = |count: usize, owners: &dyn Fn(PersonId) -> bool| Entry {
            count,
            eligible: humans()
                .filter(|person| {
                    is_asked(Reserved::Anyone)
                        || asked.from.persons.contains(person)
                        || owners(*person)
                })
                .collect(),
        };
        let nobody = || group(asked.count, &|_| false);
        let mut groups = Vec::new();
        if is_asked(Reserved::Owners) {
            groups.extend(zones.iter().map(|&zone| {
                let owners = &self.policy.zones[zone].owners.persons;
                group(asked.count, &|person| owners.contains(&person))
            }));
            // A path in no zone has no owners, and so nobody who could stand for them.
            groups.extend(zones.is_empty().then(nobody));
        }
        if is_asked(Reserved::Codeowners) {
            groups.extend(demands.iter().map(|demand| {
                let owners = codeowners::resolve(demand, people).persons;
                let count = demand.count.max(asked.count);
                group(count, &|person| owners.contains(&person))
            }));
            groups.extend(demands.is_empty().then(nobody));
        }
        if groups.is_empty() {
            groups.push(nobody());
        }
        groups
    }

    fn why(&self, way: &[&ApprovalRequirement], case: &Case<'_>, entries: &[Vec<Entry>]) -> String {
        if self.content.owners.is_none() {
            return "there is no CODEOWNERS".to_owned();
        }
        let asks_owners = way.iter().any(|asked| asked.asks_codeowners());
        if case.1.is_empty() && asks_owners {
            return "CODEOWNERS names no owner".to_owned();
        }
        for demand in &case.1 {
            let approvers = codeowners::resolve(demand, &self.policy.people);
            if !approvers.unknown.is_empty() && approvers.persons.len() < demand.count {
                return format!(
                    "the policy knows nobody as {}, in line {} of CODEOWNERS",
                    approvers.unknown.join(", "),
                    demand.line
                );
            }
        }
        let mut groups = entries.iter().flatten();
        match groups.find(|group| group.eligible.len() < group.count) {
            Some(short) => format!(
                "{} asked for, where {} can give one",
                counted(short.count, "approval is", "approvals are"),
                short.eligible.len()
            ),
            None => "a person stands for one entry only".to_owned(),
        }
    }
}

/// Every way to meet requirements, by the approvals that it asks for.
fn ways(requirements: &Requirements) -> Vec<Vec<&ApprovalRequirement>> {
    let own: Vec<_> = requirements.approvals.iter().collect();
    if requirements.any.is_empty() {
        return vec![own];
    }
    let alternatives = requirements.any.iter().flat_map(ways);
    alternatives.map(|way| [&own[..], &way].concat()).collect()
}

/// `3 files, such as src/a`
fn files(paths: &[&BString]) -> String {
    let first = paths.iter().min().expect("no kind is without a file");
    let first = Name(first.as_bytes());
    match paths.len() {
        1 => first.to_string(),
        count => format!("{count} files, such as {first}"),
    }
}
