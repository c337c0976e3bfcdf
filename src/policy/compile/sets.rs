//! Lists of path patterns: path sets resolved, each distinct list one set of the automaton.

use std::collections::HashMap;

use super::super::people::Reserved;
use super::super::place::Place;
use super::super::written::read::closest;
use super::super::written::values::{OneOrMany, Table};
use super::super::written::{self, Policy};
use super::super::{Clause, Selector, SelectorId, Tier, Zone};
use super::builtin;
use super::names::{Names, suggestion};
use super::problems::Problems;
use crate::paths::{Automaton, AutomatonBuilder, Pattern, SetId, SetMask};

/// Everything that paths are selected by.
pub(super) struct Sets<'w> {
    builder: AutomatonBuilder,
    /// By the patterns, each on a line.
    distinct: HashMap<(String, bool), SetId>,
    /// `path_sets` of the policy.
    named: HashMap<&'w str, &'w [String]>,
    pub(super) zones: Vec<Zone>,
    pub(super) default_tier: Tier,
    selectors: Vec<Selector>,
    known_selectors: HashMap<Selector, SelectorId>,
}

impl<'w> Sets<'w> {
    /// Reads `path_sets`, `zones` and `default_tier`.
    pub(super) fn read(written: &'w Policy, names: &Names, problems: &mut Problems) -> Self {
        let mut sets = Sets {
            builder: AutomatonBuilder::new(),
            distinct: HashMap::new(),
            named: HashMap::new(),
            zones: Vec::new(),
            default_tier: written.default_tier.unwrap_or(Tier::Medium),
            selectors: Vec::new(),
            known_selectors: HashMap::new(),
        };
        sets.read_path_sets(written.path_sets.as_ref(), problems);
        for (name, zone) in written.zones.iter().flat_map(|zones| &zones.0) {
            sets.read_zone(name, zone, names, problems);
        }
        sets
    }

    pub(super) fn build(self) -> (Automaton, Vec<Zone>, Vec<Selector>) {
        (self.builder.build(), self.zones, self.selectors)
    }

    /// Reads `path_sets`. What was read before them keeps the sets that it had.
    pub(super) fn read_path_sets(
        &mut self,
        written: Option<&'w Table<OneOrMany<String>>>,
        problems: &mut Problems,
    ) {
        let top = Place::top().key("path_sets");
        let entries = || written.into_iter().flat_map(|sets| &sets.0);
        for (name, list) in entries() {
            let place = top.key(name).at_key();
            if builtin::path_set(name).is_some() {
                problems
                    .error(
                        "name-taken",
                        place,
                        format!("the path set `{name}` is built in"),
                    )
                    .help("choose another name; it may use the built-in one: `\"@…\"`");
            } else if let Some(bare) = name.strip_prefix('@') {
                problems
                    .error(
                        "bad-name",
                        place,
                        format!("the `@` belongs where `{name}` is used"),
                    )
                    .help(format!("write `{bare}:` here"));
            } else {
                self.named.insert(name, &list.0);
            }
        }
        for (name, list) in entries() {
            // Checked here as well as where it is used: a mistake in a set is shown even if nothing uses it yet.
            self.patterns(list, &top.key(name), problems);
        }
    }

    fn read_zone(
        &mut self,
        name: &str,
        zone: &written::Zone,
        names: &Names,
        problems: &mut Problems,
    ) {
        let place = Place::top().key("zones").key(name);
        let missing = |key: &str, example: &str, problems: &mut Problems| {
            problems
                .error(
                    "missing-key",
                    place.clone().at_key(),
                    format!("the zone `{name}` has no `{key}`"),
                )
                .help(format!("add `{example}`"));
        };
        if zone.tier.is_none() {
            missing("tier", "tier: critical", problems);
        }
        let Some(paths) = &zone.paths else {
            missing("paths", "paths: [services/payments/**]", problems);
            return;
        };
        let set = self.set(paths, zone.fold, &place.key("paths"), problems);
        let owners = zone.owners.as_ref().map(|owners| {
            let allowed: &[Reserved] = &[];
            names.eligible(owners, allowed, &place.key("owners"), problems)
        });
        self.zones.push(Zone {
            name: name.to_owned(),
            tier: zone.tier.unwrap_or(self.default_tier),
            set,
            owners: owners.unwrap_or_default(),
        });
    }

    /// The set of a list of patterns.
    pub(super) fn set(
        &mut self,
        list: &OneOrMany<String>,
        fold: Option<bool>,
        place: &Place,
        problems: &mut Problems,
    ) -> SetId {
        let patterns = self.patterns(list, place, problems);
        let texts: Vec<&str> = patterns.iter().map(Pattern::as_str).collect();
        let fold = fold.unwrap_or(true);
        let builder = &mut self.builder;
        *self
            .distinct
            .entry((texts.join("\n"), fold))
            .or_insert_with(|| builder.add(&patterns, fold))
    }

    /// Reads a list of patterns, with path sets put in where they are named.
    pub(super) fn patterns(
        &self,
        list: &OneOrMany<String>,
        place: &Place,
        problems: &mut Problems,
    ) -> Vec<Pattern> {
        let mut patterns = Vec::new();
        for (index, text) in list.0.iter().enumerate() {
            // Only asked for where something is wrong.
            let place = || place.index(index);
            let (excluded, name) = match text.strip_prefix('!') {
                Some(rest) => (true, rest.strip_prefix('@')),
                None => (false, text.strip_prefix('@')),
            };
            match name {
                Some(name) => self.expand(
                    name,
                    excluded,
                    &place(),
                    &mut Vec::new(),
                    &mut patterns,
                    problems,
                ),
                None => match Pattern::parse(text) {
                    Ok(pattern) => patterns.push(pattern),
                    Err(error) => {
                        problems.error("bad-pattern", place(), error.to_string());
                    }
                },
            }
        }
        check_list(list, &patterns, place, problems);
        patterns
    }

    fn expand<'s>(
        &'s self,
        name: &'s str,
        excluded: bool,
        place: &Place,
        within: &mut Vec<&'s str>,
        patterns: &mut Vec<Pattern>,
        problems: &mut Problems,
    ) {
        if within.contains(&name) {
            problems
                .error(
                    "path-set-cycle",
                    place.clone(),
                    format!("the path set `@{name}` contains itself"),
                )
                .label(
                    within
                        .iter()
                        .copied()
                        .chain([name])
                        .collect::<Vec<_>>()
                        .join(" → "),
                )
                .help("take one of these sets out of another");
            return;
        }
        let entries: Vec<&str> = match (builtin::path_set(name), self.named.get(name)) {
            (Some(entries), _) => entries.to_vec(),
            (None, Some(entries)) => entries.iter().map(String::as_str).collect(),
            (None, None) => {
                let mut known: Vec<&str> = builtin::names().collect();
                known.extend(self.named.keys());
                let help = match closest(name, known) {
                    Some(close) => format!("did you mean `@{close}`?"),
                    None => "add it to `path_sets`, or write `\\@` for a name that begins with that sign".to_owned(),
                };
                problems
                    .error(
                        "unknown-path-set",
                        place.clone(),
                        format!("there is no path set `@{name}`"),
                    )
                    .help(help)
                    .unknown(name);
                return;
            }
        };
        within.push(name);
        for entry in entries {
            if let Some(inner) = entry.strip_prefix('@') {
                self.expand(inner, excluded, place, within, patterns, problems);
                continue;
            }
            let text = match (excluded, entry.strip_prefix('!')) {
                (false, _) => entry.to_owned(),
                (true, None) => format!("!{entry}"),
                // What the set leaves out is not excluded. It is not included either, so it cannot be said in a list.
                (true, Some(_)) => continue,
            };
            if let Ok(pattern) = Pattern::parse(&text) {
                patterns.push(pattern);
            }
        }
        within.pop();
    }

    /// The selector of a rule.
    pub(super) fn selector(
        &mut self,
        rule: &written::rule::Rule,
        place: &Place,
        problems: &mut Problems,
    ) -> SelectorId {
        let mut clauses = Vec::new();
        if let Some(paths) = &rule.paths {
            let set = self.set(paths, rule.fold, &place.key("paths"), problems);
            clauses.push(Clause {
                any_of: SetMask::from_iter([set]),
                or_none_of: None,
            });
        } else if rule.fold.is_some() {
            problems
                .error(
                    "useless-key",
                    place.key("fold").at_key(),
                    "`fold` is about `paths`, and there are none",
                )
                .help("remove it, or say it in the zone");
        }
        if let Some(zones) = &rule.zones {
            clauses.push(Clause {
                any_of: self.zones_named(zones, &place.key("zones"), problems),
                or_none_of: None,
            });
        }
        if let Some(tiers) = &rule.tiers {
            clauses.push(self.tiers(&tiers.0, &place.key("tiers"), problems));
        }
        self.intern(Selector { clauses })
    }

    /// A selector that also selects these paths.
    pub(super) fn and_also(&mut self, selector: SelectorId, paths: &[String]) -> SelectorId {
        let patterns: Vec<Pattern> = paths
            .iter()
            .filter_map(|path| Pattern::parse(&format!("/{path}")).ok())
            .collect();
        let set = self.builder.add(&patterns, true);
        let mut widened = self.selectors[selector.0 as usize].clone();
        for clause in &mut widened.clauses {
            clause.any_of.insert(set);
        }
        self.intern(widened)
    }

    /// Selectors that are the same are looked at once for each path.
    fn intern(&mut self, selector: Selector) -> SelectorId {
        if let Some(&known) = self.known_selectors.get(&selector) {
            return known;
        }
        let index = u32::try_from(self.selectors.len());
        let id = SelectorId(index.expect("a policy has fewer rules than bytes"));
        self.selectors.push(selector.clone());
        self.known_selectors.insert(selector, id);
        id
    }

    /// The zones that a rule names, directly or by their tiers; `None` if it names none.
    pub(super) fn zones_of(&self, rule: &written::rule::Rule) -> Option<Vec<usize>> {
        if rule.zones.is_none() && rule.tiers.is_none() {
            return None;
        }
        let is_named = |zone: &Zone| {
            let by_name = rule
                .zones
                .as_ref()
                .is_none_or(|names| names.0.contains(&zone.name));
            let by_tier = rule
                .tiers
                .as_ref()
                .is_none_or(|tiers| tiers.0.contains(&zone.tier));
            by_name && by_tier
        };
        let positions = (0..self.zones.len()).filter(|&position| is_named(&self.zones[position]));
        Some(positions.collect())
    }

    fn zones_named(
        &self,
        names: &OneOrMany<String>,
        place: &Place,
        problems: &mut Problems,
    ) -> SetMask {
        let mut mask = SetMask::new();
        if names.0.is_empty() {
            nothing_listed(place, "zones", problems);
        }
        for (index, name) in names.0.iter().enumerate() {
            if let Some(zone) = self.zones.iter().find(|zone| zone.name == *name) {
                mask.insert(zone.set);
                continue;
            }
            let close = closest(name, self.zones.iter().map(|zone| zone.name.as_str()));
            problems
                .error(
                    "unknown-zone",
                    place.index(index),
                    format!("there is no zone `{name}`"),
                )
                .help(suggestion(close, "add it to `zones`"))
                .unknown(name);
        }
        mask
    }

    fn tiers(&self, tiers: &[Tier], place: &Place, problems: &mut Problems) -> Clause {
        let of_tier = |zone: &&Zone| tiers.contains(&zone.tier);
        let any_of: SetMask = self
            .zones
            .iter()
            .filter(of_tier)
            .map(|zone| zone.set)
            .collect();
        let or_none_of = tiers
            .contains(&self.default_tier)
            .then(|| self.zones.iter().map(|zone| zone.set).collect());
        if tiers.is_empty() {
            nothing_listed(place, "tiers", problems);
        } else if any_of.is_empty() && or_none_of.is_none() {
            problems
                .error(
                    "empty-tier",
                    place.clone(),
                    "no zone has such a tier, so the rule is about no path",
                )
                .help("give a zone this tier, or name another");
        }
        Clause { any_of, or_none_of }
    }
}

fn nothing_listed(place: &Place, key: &str, problems: &mut Problems) {
    problems
        .error(
            "empty-list",
            place.clone().at_key(),
            format!("`{key}` is empty, so the rule is about no path"),
        )
        .help(format!("list some, or remove `{key}` to mean any path"));
}

/// A list that can match nothing, or that says something in vain.
fn check_list(
    list: &OneOrMany<String>,
    patterns: &[Pattern],
    place: &Place,
    problems: &mut Problems,
) {
    let key = place.clone().at_key();
    if list.0.is_empty() {
        problems
            .error("empty-list", key, "the list of patterns is empty")
            .help("write `\"**\"` for every path");
    } else if patterns.len() >= list.0.len() && patterns.iter().all(Pattern::is_exclusion) {
        problems
            .error(
                "only-exclusions",
                key,
                "every pattern excludes, so the list matches nothing",
            )
            .help("begin with what to include, such as `\"**\"`");
    } else if patterns.first().is_some_and(Pattern::is_exclusion) && patterns.len() >= list.0.len()
    {
        problems
            .warning(
                "idle-exclusion",
                place.index(0),
                "nothing is included yet that this could exclude",
            )
            .help("later entries win: write it after what it is to exclude from");
    }
}
