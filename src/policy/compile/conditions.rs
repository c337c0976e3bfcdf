//! `when`, from words to conditions: one method for each unit that can be asked.

use jiff::civil::Weekday;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::super::condition::window::Hours;
use super::super::condition::{
    Comparison, Condition, LinePattern, LinePatternId, OfCommit, OfPath, OfPush, OfUpdate, Only,
    Side, Window,
};
use super::super::pattern::Pattern;
use super::super::people::{Eligible, Reserved};
use super::super::place::Place;
use super::super::written::condition::{Between, Bytes, Day, Number, Time, When};
use super::super::written::read::closest;
use super::super::written::values::OneOrMany;
use super::expressions::anywhere;
use super::names::{Names, suggestion};
use super::problems::Problems;
use super::sets::Sets;

/// Who may stand in `pusher` beside people and groups.
const PUSHERS: [Reserved; 5] = [
    Reserved::Bots,
    Reserved::Agents,
    Reserved::DeployKeys,
    Reserved::Unknown,
    Reserved::Anyone,
];

/// Who may stand in `author`, `committer` and `signer` beside people and groups.
const IDENTITIES: [Reserved; 5] = [
    Reserved::Pusher,
    Reserved::Bots,
    Reserved::Agents,
    Reserved::Unknown,
    Reserved::Anyone,
];

const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// What conditions are read with.
pub(super) struct Reader<'a, 'w> {
    pub(super) names: &'a Names,
    pub(super) sets: &'a mut Sets<'w>,
    pub(super) line_patterns: &'a mut Vec<LinePattern>,
    pub(super) problems: &'a mut Problems,
}

impl<'w> Reader<'_, 'w> {
    /// Reads the conditions at `place`.
    pub(super) fn read(&mut self, when: &'w When, place: &Place) -> Condition {
        let mut parts = Vec::new();
        // The cheapest and the most telling first: a rule that is not about a push says why.
        parts.extend(self.of_update(when, place).map(Condition::OfUpdate));
        parts.extend(self.of_push(when, place).map(Condition::OfPush));
        parts.extend(self.of_commit(when, place).map(Condition::OfCommit));
        parts.extend(self.of_path(when, place).map(Condition::OfPath));
        if let Some(any) = &when.any {
            parts.push(Condition::Any(self.list(any, &place.key("any"))));
        }
        if let Some(all) = &when.all {
            parts.push(Condition::All(self.list(all, &place.key("all"))));
        }
        if let Some(not) = &when.not {
            let part = self.nested(not, &place.key("not"));
            parts.push(Condition::Not(Box::new(part)));
        }
        Condition::All(parts)
    }

    fn list(&mut self, list: &'w [When], place: &Place) -> Vec<Condition> {
        if list.is_empty() {
            self.problems
                .error(
                    "empty-list",
                    place.clone().at_key(),
                    "no condition is listed",
                )
                .help("list some, or remove the key");
        }
        let read = |(index, when)| self.nested(when, &place.index(index));
        list.iter().enumerate().map(read).collect()
    }

    fn nested(&mut self, when: &'w When, place: &Place) -> Condition {
        let problems = self.problems.count();
        let condition = self.read(when, place);
        let asks_nothing = matches!(&condition, Condition::All(parts) if parts.is_empty());
        // What is written and wrong has its own diagnostic.
        if asks_nothing && self.problems.count() == problems {
            self.problems
                .error("empty-condition", place.clone(), "this asks nothing")
                .help("write a condition, such as `{ update: create }`");
        }
        condition
    }

    fn of_push(&mut self, when: &When, place: &Place) -> impl Iterator<Item = OfPush> + use<> {
        let pusher = self.people(when.pusher.as_ref(), &PUSHERS, place, "pusher");
        let time = when.time.as_ref().map(|windows| {
            let place = place.key("time");
            self.check_list(windows.0.is_empty(), &place, "time");
            let windows = windows.0.iter().enumerate();
            let read = |(index, time)| self.window(time, &place.index(index));
            OfPush::Time(windows.filter_map(read).collect())
        });
        let commits = self.number(when.commits, place, "commits");
        [
            pusher.map(OfPush::Pusher),
            time,
            commits.map(OfPush::Commits),
        ]
        .into_iter()
        .flatten()
    }

    fn of_update(
        &mut self,
        when: &'w When,
        place: &Place,
    ) -> impl Iterator<Item = OfUpdate> + use<'w> {
        let kind = when.update.as_ref().map(|kinds| {
            self.check_list(kinds.0.is_empty(), &place.key("update"), "update");
            OfUpdate::Kind(kinds.0.clone())
        });
        let only = when.only.as_ref().map(|list| {
            let place = place.key("only");
            let exact = self.sets.set(list, Some(false), &place, self.problems);
            // What is wrong with the list has been said.
            let mut said = Problems::default();
            let folded = self.sets.set(list, Some(true), &place, &mut said);
            OfUpdate::Only(Only { exact, folded })
        });
        let lines = self.number(when.lines, place, "lines");
        let files = self.number(when.files, place, "files");
        let risk = when.risk.as_ref().map(|bands| {
            self.check_list(bands.0.is_empty(), &place.key("risk"), "risk");
            OfUpdate::Risk(bands.0.clone())
        });
        let spread = self.number(when.spread, place, "spread");
        [
            kind,
            only,
            lines.map(OfUpdate::Lines),
            files.map(OfUpdate::Files),
            risk,
            spread.map(OfUpdate::Spread),
        ]
        .into_iter()
        .flatten()
    }

    fn of_commit(&mut self, when: &When, place: &Place) -> impl Iterator<Item = OfCommit> + use<> {
        let author = self.people(when.author.as_ref(), &IDENTITIES, place, "author");
        let committer = self.people(when.committer.as_ref(), &IDENTITIES, place, "committer");
        let signer = self.people(when.signer.as_ref(), &IDENTITIES, place, "signer");
        if signer.is_some() && !self.names.has_keys {
            self.problems
                .error(
                    "no-keys",
                    place.key("signer").at_key(),
                    "no key is listed, so nobody is known to sign",
                )
                .help("add `keys` to people, or files of them in `keys`");
        }
        let ai = when.ai.as_ref().map(|ai| {
            self.check_list(ai.0.is_empty(), &place.key("ai"), "ai");
            OfCommit::Ai(ai.0.clone())
        });
        let message = self.expression(when.message.as_ref(), place, "message");
        [
            author.map(OfCommit::Author),
            committer.map(OfCommit::Committer),
            signer.map(OfCommit::Signer),
            ai,
            message.map(OfCommit::Message),
            when.merge.map(OfCommit::Merge),
        ]
        .into_iter()
        .flatten()
    }

    fn of_path(&mut self, when: &When, place: &Place) -> impl Iterator<Item = OfPath> + use<> {
        let change = when.change.as_ref().map(|changes| {
            self.check_list(changes.0.is_empty(), &place.key("change"), "change");
            OfPath::Change(changes.0.clone())
        });
        let added = self.expression(when.added.as_ref(), place, "added");
        let added = added.map(|pattern| self.line(Side::Added, pattern));
        let removed = self.expression(when.removed.as_ref(), place, "removed");
        let removed = removed.map(|pattern| self.line(Side::Removed, pattern));
        let size = when.size.map(|Bytes(size)| {
            self.check_bound(size, &place.key("size"));
            OfPath::Size(size)
        });
        [change, added, removed, size].into_iter().flatten()
    }

    fn line(&mut self, side: Side, pattern: Pattern) -> OfPath {
        let id = u32::try_from(self.line_patterns.len()).expect("a policy is not that long");
        self.line_patterns.push(LinePattern { side, pattern });
        OfPath::Line(LinePatternId(id))
    }

    fn people(
        &mut self,
        names: Option<&OneOrMany<String>>,
        allowed: &[Reserved],
        place: &Place,
        key: &str,
    ) -> Option<Eligible> {
        let read = |names| {
            self.names
                .eligible(names, allowed, &place.key(key), self.problems)
        };
        names.map(read)
    }

    fn expression(&mut self, text: Option<&String>, place: &Place, key: &str) -> Option<Pattern> {
        let place = place.key(key);
        let pattern = anywhere(text?, &place, self.problems)?;
        if pattern.matches_empty() {
            self.problems
                .warning("finds-everything", place, "this is found everywhere")
                .help("write what must be there, without `*` or `?` around all of it");
        }
        Some(pattern)
    }

    fn number(&mut self, number: Option<Number>, place: &Place, key: &str) -> Option<Comparison> {
        number.map(|Number(comparison)| {
            self.check_bound(comparison, &place.key(key));
            comparison
        })
    }

    fn check_bound(&mut self, comparison: Comparison, place: &Place) {
        let message = if comparison.is_never_met() {
            "no number is below 0 or above the largest"
        } else if comparison.is_always_met() {
            "every number meets this, so it asks nothing"
        } else {
            return;
        };
        self.problems
            .error("useless-bound", place.clone(), message)
            .help("write `> 0` for some and `= 0` for none");
    }

    fn check_list(&mut self, is_empty: bool, place: &Place, key: &str) {
        if is_empty {
            self.problems
                .error(
                    "empty-list",
                    place.clone().at_key(),
                    format!("`{key}` is empty, so the rule never applies"),
                )
                .help(format!("list some, or remove `{key}`"));
        }
    }

    fn window(&mut self, time: &Time, place: &Place) -> Option<Window> {
        let Time {
            days,
            between,
            zone,
        } = time;
        if days.is_none() && between.is_none() {
            self.problems
                .error(
                    "empty-condition",
                    place.clone(),
                    "this is every day and hour",
                )
                .help("add `days: [sat, sun]`, or `between: 18:00-06:00`");
        }
        let days = days.as_ref().map_or(DAYS.to_vec(), |days| {
            self.check_list(days.0.is_empty(), &place.key("days"), "days");
            days.0.iter().map(|&day| weekday(day)).collect()
        });
        let hours = between.map_or(Hours::WHOLE_DAY, |Between(hours)| hours);
        let zone = match zone {
            None => TimeZone::UTC,
            Some(name) => self.zone(name, &place.key("zone"))?,
        };
        Some(Window { days, hours, zone })
    }

    fn zone(&mut self, name: &str, place: &Place) -> Option<TimeZone> {
        // What is built in, since a machine's own database may be missing, or where its environment says.
        let zones = TimeZoneDatabase::bundled();
        if let Ok(zone) = zones.get(name) {
            return Some(zone);
        }
        let known: Vec<_> = zones
            .available()
            .map(|zone| zone.as_str().to_owned())
            .collect();
        let close = closest(name, known.iter().map(String::as_str));
        self.problems
            .error(
                "unknown-time-zone",
                place.clone(),
                format!("there is no time zone `{name}`"),
            )
            .help(suggestion(
                close,
                "write the name of the tz database, such as `Europe/Berlin`, or `UTC`",
            ));
        None
    }
}

fn weekday(day: Day) -> Weekday {
    match day {
        Day::Mon => Weekday::Monday,
        Day::Tue => Weekday::Tuesday,
        Day::Wed => Weekday::Wednesday,
        Day::Thu => Weekday::Thursday,
        Day::Fri => Weekday::Friday,
        Day::Sat => Weekday::Saturday,
        Day::Sun => Weekday::Sunday,
    }
}
