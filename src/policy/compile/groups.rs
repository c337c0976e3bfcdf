//! Groups of people and of groups, down to the persons in them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::people::{PersonId, Reserved};
use super::super::place::Place;
use super::super::written::values::{OneOrMany, Table};
use super::names::Names;
use super::problems::Problems;

impl Names {
    /// Reads `groups`, once all people are known.
    pub(super) fn groups(&mut self, groups: &Table<OneOrMany<String>>, problems: &mut Problems) {
        let top = Place::top().key("groups");
        let mut members = BTreeMap::new();
        for (name, list) in &groups.0 {
            if self.define(name, &top.key(name), problems) {
                members.insert(name.as_str(), list.0.as_slice());
            }
        }
        for (&name, list) in &members {
            let place = top.key(name);
            if list.is_empty() {
                problems
                    .error(
                        "empty-group",
                        place.clone().at_key(),
                        format!("the group `{name}` is empty"),
                    )
                    .help("name its members; nobody could ever act for an empty group");
            }
            for (index, member) in list.iter().enumerate() {
                if members.contains_key(member.as_str()) || self.people.by_name(member).is_some() {
                    continue;
                }
                let place = place.index(index);
                if Reserved::named(member).is_some() {
                    problems
                        .error(
                            "reserved-in-group",
                            place,
                            format!("`{member}` cannot be in a group"),
                        )
                        .help("write it beside the group, where the group is used");
                } else {
                    self.unknown_name(member, &[], place, problems);
                }
            }
        }
        report_cycles(&members, &top, problems);
        for &name in members.keys() {
            let mut persons = BTreeSet::new();
            self.collect(name, &members, &mut BTreeSet::new(), &mut persons);
            self.people.define_group(name, persons);
        }
    }

    fn collect<'w>(
        &self,
        name: &'w str,
        members: &BTreeMap<&'w str, &'w [String]>,
        visited: &mut BTreeSet<&'w str>,
        persons: &mut BTreeSet<PersonId>,
    ) {
        if !visited.insert(name) {
            return;
        }
        for member in members.get(name).copied().unwrap_or_default() {
            match self.people.by_name(member) {
                Some(person) => {
                    persons.insert(person);
                }
                None => self.collect(member, members, visited, persons),
            }
        }
    }
}

/// Reports each cycle once, at the member that closes it.
fn report_cycles(members: &BTreeMap<&str, &[String]>, top: &Place, problems: &mut Problems) {
    let mut done = BTreeSet::new();
    for &start in members.keys() {
        walk(start, members, &mut Vec::new(), &mut done, top, problems);
    }
}

fn walk<'w>(
    name: &'w str,
    members: &BTreeMap<&'w str, &'w [String]>,
    way: &mut Vec<&'w str>,
    done: &mut BTreeSet<&'w str>,
    top: &Place,
    problems: &mut Problems,
) {
    way.push(name);
    for (index, member) in members
        .get(name)
        .copied()
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        if let Some(from) = way.iter().position(|above| above == member) {
            let cycle: Vec<&str> = way[from..]
                .iter()
                .copied()
                .chain([member.as_str()])
                .collect();
            problems
                .error(
                    "group-cycle",
                    top.key(name).index(index),
                    format!("the group `{member}` contains itself"),
                )
                .label(cycle.join(" → "))
                .help("take one of these groups out of another");
        } else if !done.contains(member.as_str()) {
            walk(member, members, way, done, top, problems);
        }
    }
    way.pop();
    done.insert(name);
}
