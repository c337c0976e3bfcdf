//! Of whom an entry asks its count: one group, or where it names owners one for each touched zone and for each line of
//! the file that names them.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, ByteSlice as _};

use super::ChangeCase;
use crate::approval::cover::Change;
use crate::codeowners::{self, CodeOwners, Demand};
use crate::facts::Touched;
use crate::policy::people::{Kind, Reserved};
use crate::policy::rule::ApprovalRequirement;
use crate::policy::{PersonId, Zone};

/// Those of whom an entry asks some.
pub(super) struct Group {
    /// Who they are, in words.
    pub who: String,
    /// The zone whose owners they are.
    pub zone: Option<String>,
    /// How many of them.
    pub need: usize,
    /// They, whether or not they had a hand in the change.
    pub persons: BTreeSet<PersonId>,
}

/// The groups of which `asked` asks its count for `change`. None: there is nobody whom it could ask.
pub(super) fn of(
    asked: &ApprovalRequirement,
    change: &Change<'_>,
    case: &ChangeCase<'_>,
) -> Vec<Group> {
    let is_asked = |reserved| asked.from.reserved.contains(&reserved);
    let mut persons = asked.from.persons.clone();
    if is_asked(Reserved::Anyone) {
        persons.extend(case.policy.people.of_kind(Kind::Human));
    }
    let everyone = Everyone {
        asked,
        persons,
        case,
        change,
    };
    let mut groups = Vec::new();
    if is_asked(Reserved::Owners) {
        everyone.owners_of_zones(&mut groups);
    }
    if is_asked(Reserved::Codeowners) {
        everyone.owners_in_file(&mut groups);
    }
    if !is_asked(Reserved::Owners) && !is_asked(Reserved::Codeowners) {
        groups.push(everyone.group(None, asked.count, &BTreeSet::new()));
    }
    groups
}

/// The persons whom an entry names for whatever is touched, to whom owners are added.
struct Everyone<'a> {
    asked: &'a ApprovalRequirement,
    persons: BTreeSet<PersonId>,
    case: &'a ChangeCase<'a>,
    change: &'a Change<'a>,
}

impl Everyone<'_> {
    fn touched(&self) -> impl Iterator<Item = &Touched> {
        let touched = self.case.net.iter().copied();
        touched.filter(|touched| self.change.contains_key(touched.path.as_bstr()))
    }

    fn group(&self, owners: Option<String>, need: usize, persons: &BTreeSet<PersonId>) -> Group {
        let named = self.asked.from.names.iter().filter(|name| {
            let reserved = Reserved::named(name);
            !matches!(reserved, Some(Reserved::Owners | Reserved::Codeowners))
        });
        let who: Vec<String> = owners.into_iter().chain(named.cloned()).collect();
        Group {
            who: who.join(" or "),
            zone: None,
            need,
            persons: &self.persons | persons,
        }
    }

    fn owners_of_zones(&self, groups: &mut Vec<Group>) {
        let policy = self.case.policy;
        let is_asked =
            |position: &usize| self.case.zones.is_none_or(|zones| zones.contains(position));
        let zones: Vec<&Zone> = (0..policy.zones.len())
            .filter(is_asked)
            .map(|position| &policy.zones[position])
            .filter(|zone| {
                self.touched()
                    .any(|touched| touched.sets.contains(zone.set))
            })
            .collect();
        for zone in &zones {
            let owners = format!("the owners of {}", zone.name);
            groups.push(Group {
                zone: Some(zone.name.clone()),
                ..self.group(Some(owners), self.asked.count, &zone.owners.persons)
            });
        }
        // A path in no zone has no owners, and so nobody who could stand for them.
        let is_unowned =
            |touched: &Touched| !zones.iter().any(|zone| touched.sets.contains(zone.set));
        if self.touched().any(is_unowned) {
            let owners = "the owners of a zone (some of these paths are in none)".to_owned();
            groups.push(self.group(Some(owners), self.asked.count, &BTreeSet::new()));
        }
    }

    fn owners_in_file(&self, groups: &mut Vec<Group>) {
        let file = self.case.update.owners_file.as_deref();
        let mut demands: BTreeMap<(bool, usize, Option<&str>), &Demand> = BTreeMap::new();
        let mut nobodys = false;
        for touched in self.touched() {
            let path = touched.path.as_bstr();
            let file_paths = file.map_or(&[][..], |file| &file.paths);
            let before = file.and_then(|file| file.before.as_ref());
            // Whoever would own the file afterwards must agree to that too, and whoever owns the file that it replaces.
            let is_file = file_paths.iter().any(|name| path == name);
            let after = file
                .and_then(|file| file.after.as_ref())
                .filter(|_| is_file);
            let file_paths = file_paths.iter().filter(|_| is_file);
            let paths: BTreeSet<&BStr> = file_paths.map(BStr::new).chain([path]).collect();
            let owners_in = |owners| paths.iter().flat_map(move |path| owners_of(owners, path));
            let before: Vec<&Demand> = owners_in(before).collect();
            nobodys |= before.is_empty();
            let owners: Vec<(bool, &Demand)> = before
                .into_iter()
                .map(|demand| (false, demand))
                .chain(owners_in(after).map(|demand| (true, demand)))
                .collect();
            // A server asks nothing of a section that is marked as optional, when it merges; where a path has no other
            // owners, the rule that asks for owners still asks for these.
            let is_asked = |demand: &Demand| !(demand.optional && self.case.push.is_merge);
            let has_others = owners.iter().any(|(_, demand)| is_asked(demand));
            for (is_after, demand) in owners {
                if is_asked(demand) || !has_others {
                    let key = (is_after, demand.line, demand.section.as_deref());
                    demands.insert(key, demand);
                }
            }
        }
        for ((is_after, line, _), demand) in demands {
            let approvers = codeowners::resolve(demand, &self.case.policy.people);
            let when = if is_after { " as pushed" } else { "" };
            let unknown = match approvers.unknown.as_slice() {
                [] => String::new(),
                names => format!(", where the policy knows nobody as {}", names.join(", ")),
            };
            let owners = format!("the owners in line {line} of CODEOWNERS{when}{unknown}");
            let need = demand.count.max(self.asked.count);
            groups.push(self.group(Some(owners), need, &approvers.persons));
        }
        if nobodys {
            let owners =
                "the owners in CODEOWNERS (before the push, it names none for some of these paths)";
            groups.push(self.group(Some(owners.to_owned()), self.asked.count, &BTreeSet::new()));
        }
    }
}

fn owners_of<'a>(file: Option<&'a CodeOwners>, path: &BStr) -> Vec<&'a Demand> {
    file.map_or_else(Vec::new, |file| file.owners_of(path))
}
