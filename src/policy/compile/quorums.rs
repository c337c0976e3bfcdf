//! Tries the quorums of a rule, before someone waits for an approval in vain.

use std::collections::BTreeSet;

use super::super::Zone;
use super::super::people::{Kind, PersonId, Reserved};
use super::super::place::Place;
use super::super::quorum::{Entry, Outlook};
use super::super::rule::{ApprovalRequirement, Requirements};
use super::names::Names;
use super::problems::Problems;

/// What quorums are tried with.
pub(super) struct Quorums<'a> {
    /// The zones that the rule can be about: where an entry asks for owners, each is tried by itself.
    pub(super) zones: &'a [&'a Zone],
    pub(super) names: &'a Names,
    pub(super) problems: &'a mut Problems,
}

/// Persons whose own changes a quorum cannot let in, each with the zone where that is so (a position; `None`: outside).
type Hanging = BTreeSet<(Option<usize>, PersonId)>;

impl Quorums<'_> {
    /// Tries what `requirements`, at `place`, ask of people in any case, and each alternative together with that.
    pub(super) fn check(&mut self, requirements: &Requirements, place: &Place) {
        let own: Vec<_> = requirements.approvals.iter().collect();
        let approvals = place.key("approvals").at_key();
        let in_any_case = self.hanging(&own, &approvals);
        self.warn(&in_any_case, &approvals);
        let whichever = self.hanging_in_each(&requirements.any, &own, place);
        let only_there = whichever.difference(&in_any_case).copied().collect();
        self.warn(&only_there, &place.key("any").at_key());
    }

    /// Those who hang on every alternative; what is impossible in any is told.
    fn hanging_in_each(
        &mut self,
        alternatives: &[Requirements],
        around: &[&ApprovalRequirement],
        place: &Place,
    ) -> Hanging {
        let mut in_each: Option<Hanging> = None;
        for (index, alternative) in alternatives.iter().enumerate() {
            let place = place.key("any").index(index);
            let own = alternative.approvals.iter();
            let asked: Vec<_> = around.iter().copied().chain(own).collect();
            let mut hanging = Hanging::new();
            if asked.len() > around.len() {
                hanging = self.hanging(&asked, &place.key("approvals").at_key());
            }
            hanging.extend(self.hanging_in_each(&alternative.any, &asked, &place));
            in_each = Some(match in_each {
                None => hanging,
                Some(others) => &others & &hanging,
            });
        }
        in_each.unwrap_or_default()
    }

    /// Those who hang on a quorum; that it is impossible is told. Whom a file of a repository names is not known here.
    fn hanging(&mut self, asked: &[&ApprovalRequirement], place: &Place) -> Hanging {
        let mut hanging = Hanging::new();
        if asked.is_empty() || asked.iter().any(|asked| asked.asks_codeowners()) {
            return hanging;
        }
        let zones = self.zones;
        let asks_owners =
            |asked: &&ApprovalRequirement| asked.from.reserved.contains(&Reserved::Owners);
        if !asked.iter().any(asks_owners) {
            let persons = self.try_for(asked, None, place);
            let everywhere = std::iter::once(None).chain((0..zones.len()).map(Some));
            for zone in everywhere {
                hanging.extend(persons.iter().map(|&person| (zone, person)));
            }
            return hanging;
        }
        for (position, zone) in zones.iter().enumerate() {
            if !zone.owners.persons.is_empty() {
                let persons = self.try_for(asked, Some(zone), place);
                hanging.extend(persons.into_iter().map(|person| (Some(position), person)));
            }
        }
        hanging
    }

    fn try_for(
        &mut self,
        asked: &[&ApprovalRequirement],
        zone: Option<&Zone>,
        place: &Place,
    ) -> Vec<PersonId> {
        let entries = entries(asked, zone, self.names);
        let is_short = |entry: &Entry| entry.eligible.len() < entry.count;
        if let Some(short) = entries.iter().find(|entry| is_short(entry)) {
            // Without a zone it is told where it stands.
            if let Some(zone) = zone {
                let message = format!(
                    "more approvals are asked for in the zone `{}` than people can give: {} where {} can",
                    zone.name,
                    short.count,
                    short.eligible.len()
                );
                self.problems
                    .error("unsatisfiable", place.clone(), message)
                    .help("name more owners of it, or ask for fewer");
            }
            return Vec::new();
        }
        match Outlook::of(&entries) {
            Outlook::Impossible { .. } => {
                let message = format!(
                    "these entries cannot all be met{}: a person stands for one of them only",
                    of_zone(zone)
                );
                self.problems
                    .error("unsatisfiable", place.clone(), message)
                    .help("name more people, or ask for fewer");
                Vec::new()
            }
            Outlook::Possible { hangs_on } => hangs_on,
        }
    }

    fn warn(&mut self, hanging: &Hanging, place: &Place) {
        let everywhere: BTreeSet<PersonId> = persons(hanging, None).collect();
        for position in std::iter::once(None).chain((0..self.zones.len()).map(Some)) {
            let is_told = |person: &PersonId| position.is_some() && everywhere.contains(person);
            let who: Vec<&str> = persons(hanging, position)
                .filter(|person| !is_told(person))
                .map(|person| &*self.names.people.person(person).name)
                .collect();
            if who.is_empty() {
                continue;
            }
            let zone = position.map(|position| self.zones[position]);
            let message = format!(
                "a change of {}{} can never be approved",
                who.join(", "),
                of_zone(zone)
            );
            self.problems
                .warning("nobody-left", place.clone(), message)
                .help("whoever has a hand in a change cannot approve it; name more people");
        }
    }
}

fn persons(hanging: &Hanging, zone: Option<usize>) -> impl Iterator<Item = PersonId> {
    let there = hanging
        .iter()
        .filter(move |(position, _)| *position == zone);
    there.map(|(_, person)| *person)
}

fn of_zone(zone: Option<&Zone>) -> String {
    zone.map_or_else(String::new, |zone| format!(" in the zone `{}`", zone.name))
}

/// The entries of a rule, with the owners of a zone in their place.
fn entries(asked: &[&ApprovalRequirement], zone: Option<&Zone>, names: &Names) -> Vec<Entry> {
    let entry = |asked: &&ApprovalRequirement| {
        let is_asked = |reserved| asked.from.reserved.contains(&reserved);
        let is_owner =
            |person: &PersonId| zone.is_some_and(|zone| zone.owners.persons.contains(person));
        let humans = names.people.of_kind(Kind::Human);
        Entry {
            count: asked.count,
            eligible: humans
                .filter(|person| {
                    is_asked(Reserved::Anyone)
                        || asked.from.persons.contains(person)
                        || (is_asked(Reserved::Owners) && is_owner(person))
                })
                .collect(),
        }
    };
    asked.iter().map(entry).collect()
}
