//! Rules, from written to meant.

use std::collections::HashMap;

use super::super::Zone;
use super::super::condition::{Condition, LinePattern};
use super::super::people::{Eligible, Reserved};
use super::super::place::Place;
use super::super::rule::{
    ApprovalRequirement, Asks, Mode, Modes, Requirement, Requirements, Rule, Trusts, UpdateKind,
};
use super::super::written::approval::Defaults;
use super::super::written::condition::When;
use super::super::written::rule as written;
use super::super::written::values::{Date, Either, OneOrMany};
use super::conditions::Reader;
use super::names::Names;
use super::problems::Problems;
use super::quorums::Quorums;
use super::requirements::requirements;
use super::sets::Sets;
use crate::paths::PatternError;
use crate::paths::names::{RefPatterns, RepoPatterns};

/// Names of branches from which others are usually cut.
const USUAL_DEFAULTS: [&str; 5] = ["main", "master", "trunk", "develop", "default"];

/// What rules are read with.
pub(super) struct Rules<'a, 'w> {
    pub(super) names: &'a Names,
    /// What approvals are held to where a rule does not say.
    pub(super) approvals: &'a Defaults,
    /// Where a file may be that names owners.
    pub(super) owners_files: &'a [String],
    pub(super) sets: &'a mut Sets<'w>,
    /// What conditions look for on lines.
    pub(super) line_patterns: &'a mut Vec<LinePattern>,
    pub(super) problems: &'a mut Problems,
    pub(super) mode: Mode,
    pub(super) ids: HashMap<&'w str, Place>,
    /// What ids are given in front, to tell these rules from others.
    pub(super) namespace: &'static str,
}

impl<'w> Rules<'_, 'w> {
    /// Reads the rule at `place`; `None` if that cannot be one.
    pub(super) fn read(
        &mut self,
        rule: &'w written::Rule,
        place: &Place,
        line: usize,
    ) -> Option<Rule> {
        let id = self.id(rule, place);
        for (key, text) in [
            ("message", &rule.message),
            ("description", &rule.description),
            ("deny", &rule.deny),
        ] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
                let message = format!("`{key}` is empty");
                self.problems
                    .error("empty-text", place.key(key), message)
                    .help("say something that helps whoever is refused, or remove the key");
            }
        }
        let refs = self.refs(rule, place);
        let trusts = self.trusts(rule, place);
        let when = self.when(rule, place);
        let mut selector = self.sets.selector(rule, place, self.problems);
        let zones = self.sets.zones_of(rule);
        let asks = self.asks(rule, place);
        if let Some(Asks::Require(requirements)) = &asks {
            let place = place.key("require");
            self.check_owners(rule, requirements, &place);
            let mut approvals = requirements
                .parts()
                .into_iter()
                .flat_map(|part| &part.approvals);
            if approvals.any(ApprovalRequirement::asks_codeowners) {
                // Whoever could change the file could make themselves the owner of all that it names.
                selector = self.sets.and_also(selector, self.owners_files);
            }
            // A rule that selects its paths otherwise need not be about all of any zone.
            let named = zones.iter().filter(|_| rule.paths.is_none()).flatten();
            let zones: Vec<&Zone> = named.map(|&zone| &self.sets.zones[zone]).collect();
            let mut quorums = Quorums {
                zones: &zones,
                names: self.names,
                problems: self.problems,
            };
            quorums.check(requirements, &place);
        }
        let (from, until) = self.dates(rule, place);
        let repos = rule
            .repos
            .as_ref()
            .and_then(|repos| self.repos(repos, &place.key("repos")));
        let mode = self.modes(rule, place);
        if let Some(refs) = &refs {
            self.check_trust(rule, refs, place);
        }
        Some(Rule {
            id: id?,
            line,
            description: rule.description.clone(),
            message: rule.message.clone(),
            mode,
            repos,
            refs: refs?,
            selector,
            zones,
            when,
            scope: rule.scope.unwrap_or_default(),
            trusts,
            from,
            until,
            asks: asks?,
        })
    }

    fn id(&mut self, rule: &'w written::Rule, place: &Place) -> Option<String> {
        let Some(id) = &rule.id else {
            self.problems
                .error("missing-key", place.clone(), "the rule has no `id`")
                .help(
                    "add `id: …`, a stable name in kebab-case that refusals and records can cite",
                );
            return None;
        };
        let at = place.key("id");
        if !is_kebab(id) {
            let help = format!("write `{}`", kebab(id));
            self.problems
                .error("bad-id", at.clone(), format!("`{id}` is not in kebab-case"))
                .help(help);
        }
        if let Some(first) = self.ids.insert(id, at.clone()) {
            self.problems
                .error("duplicate-id", at, format!("two rules have the id `{id}`"))
                .other(first, "the first")
                .help("ids are how refusals and records cite a rule; choose another");
        }
        Some(format!("{}{id}", self.namespace))
    }

    fn refs(&mut self, rule: &written::Rule, place: &Place) -> Option<RefPatterns> {
        let place = place.key("refs");
        let Some(refs) = &rule.refs else {
            return self.ref_patterns(&["refs/heads/*"], &place);
        };
        if refs.0.is_empty() {
            self.problems
                .error(
                    "empty-list",
                    place.at_key(),
                    "`refs` is empty, so the rule governs nothing",
                )
                .help("list some, or remove `refs` to mean every branch");
            return None;
        }
        self.ref_patterns(&refs.0, &place)
    }

    fn trusts(&mut self, rule: &written::Rule, place: &Place) -> Trusts {
        match &rule.trusts {
            None => Trusts::DefaultBranch,
            Some(trusts) if trusts.0.is_empty() => Trusts::Nothing,
            // Patterns that cannot be read are reported, and the policy is not used.
            Some(trusts) => self
                .ref_patterns(&trusts.0, &place.key("trusts"))
                .map_or(Trusts::Nothing, Trusts::Refs),
        }
    }

    fn ref_patterns<S: AsRef<str>>(&mut self, texts: &[S], place: &Place) -> Option<RefPatterns> {
        RefPatterns::parse(texts)
            .map_err(|(index, error)| self.bad_pattern(place.index(index), &error))
            .ok()
    }

    fn repos(&mut self, repos: &OneOrMany<String>, place: &Place) -> Option<RepoPatterns> {
        if repos.0.is_empty() {
            self.problems
                .error(
                    "empty-list",
                    place.clone().at_key(),
                    "`repos` is empty, so the rule holds nowhere",
                )
                .help("list some, or remove `repos` to mean every repository");
            return None;
        }
        RepoPatterns::parse(&repos.0)
            .map_err(|(index, error)| self.bad_pattern(place.index(index), &error))
            .ok()
    }

    fn bad_pattern(&mut self, place: Place, error: &PatternError) {
        self.problems.error("bad-pattern", place, error.to_string());
    }

    fn modes(&mut self, rule: &written::Rule, place: &Place) -> Modes {
        let table = match &rule.mode {
            None => return Modes::Everywhere(self.mode),
            Some(Either::Short(mode)) => return Modes::Everywhere(*mode),
            Some(Either::Long(table)) => table,
        };
        let place = place.key("mode");
        if table.0.is_empty() {
            self.problems
                .error(
                    "empty-list",
                    place.clone().at_key(),
                    "`mode` names no repository",
                )
                .help("write one word, or `{ \"shop/*\": enforce, \"*\": warn }`");
        }
        let mut entries = Vec::new();
        for (pattern, mode) in &table.0 {
            match RepoPatterns::parse(&[pattern]) {
                Ok(repos) => entries.push((repos, *mode)),
                Err((_, error)) => self.bad_pattern(place.key(pattern).at_key(), &error),
            }
        }
        Modes::ByRepository(entries, self.mode)
    }

    fn when(&mut self, rule: &'w written::Rule, place: &Place) -> Condition {
        let Some(when) = &rule.when else {
            return Condition::default();
        };
        let mut reader = Reader {
            names: self.names,
            sets: self.sets,
            line_patterns: self.line_patterns,
            problems: self.problems,
        };
        reader.read(when, &place.key("when"))
    }

    fn asks(&mut self, rule: &written::Rule, place: &Place) -> Option<Asks> {
        match (&rule.require, &rule.deny) {
            (Some(require), None) => {
                let place = place.key("require");
                Some(Asks::Require(requirements(
                    require,
                    self.approvals,
                    self.names,
                    &place,
                    self.problems,
                )))
            }
            (None, Some(deny)) => Some(Asks::Deny(deny.clone())),
            (None, None) => {
                self.problems
                    .error(
                        "asks-nothing",
                        place.key("id"),
                        "the rule has neither `require` nor `deny`",
                    )
                    .help("add `require: …`, or `deny: \"why\"`");
                None
            }
            (Some(_), Some(_)) => {
                self.problems
                    .error(
                        "asks-twice",
                        place.key("deny").at_key(),
                        "the rule has both `require` and `deny`",
                    )
                    .other(place.key("require").at_key(), "what nobody could meet")
                    .help("remove one, or make two rules of it");
                None
            }
        }
    }

    /// The owners of a zone that has none are nobody.
    fn check_owners(&mut self, rule: &written::Rule, requirements: &Requirements, place: &Place) {
        for (index, alternative) in requirements.any.iter().enumerate() {
            self.check_owners(rule, alternative, &place.key("any").index(index));
        }
        let Some((key, index)) = asks_owners(requirements) else {
            return;
        };
        let named = |name: &str| {
            rule.zones
                .as_ref()
                .is_none_or(|zones| zones.0.iter().any(|zone| zone == name))
        };
        let (owned, unowned): (Vec<_>, Vec<_>) = self
            .sets
            .zones
            .iter()
            .filter(|zone| named(&zone.name))
            .partition(|zone| !zone.owners.names.is_empty());
        // Of zones that the rule names each needs owners; of all zones some do, and `tiers` may select these.
        let (message, help) = match unowned.first() {
            Some(zone) if rule.zones.is_some() || owned.is_empty() => (
                format!("the zone `{}` has no owners", zone.name),
                "add `owners: [...]` to the zone, or name people and groups here",
            ),
            None if owned.is_empty() && rule.zones.is_none() => (
                "there are no zones, and so no owners".to_owned(),
                "add a zone with `owners: [...]`, or name people and groups here",
            ),
            _ => return,
        };
        self.problems
            .error(
                "no-owners",
                place.key(key).index(index).key("from"),
                message,
            )
            .help(help);
    }

    fn dates(&mut self, rule: &written::Rule, place: &Place) -> (Option<i64>, Option<i64>) {
        let from = rule.from.map(|date| date.seconds);
        let until = rule.until.map(Date::end);
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            self.problems
                .error(
                    "never-holds",
                    place.key("until"),
                    "the rule ends before it begins",
                )
                .other(place.key("from"), "where it begins")
                .help("swap the two");
        }
        (from, until)
    }

    /// A branch is cut from another, and with it comes everything that was judged there. A rule on such branches that
    /// trusts nothing would judge all of it again, and refuse the next branch of a repository with any past.
    fn check_trust(&mut self, rule: &written::Rule, refs: &RefPatterns, place: &Place) {
        let governs = |branch: &&str| refs.matches(format!("refs/heads/{branch}").as_bytes());
        let of_branches = refs
            .prefixes()
            .iter()
            .any(|prefix| prefix.starts_with("refs/heads/") || "refs/heads/".starts_with(prefix));
        if rule.trusts.is_some() || !of_branches || USUAL_DEFAULTS.iter().any(governs) {
            return;
        }
        if !asks_for_content(rule) {
            return;
        }
        self.problems
            .error("trusts-nothing", place.key("refs").at_key(), "the rule trusts no branch, so what comes from another is judged again")
            .label("governs none of the branches that others are usually cut from")
            .help(
                "add `trusts: [main]` if what is on main may flow here, or `trusts: []` if it is to be judged again",
            );
    }
}

/// The first entry of `require` that names owners, by its key and its place in the list.
fn asks_owners(requirements: &Requirements) -> Option<(&'static str, usize)> {
    let names_owners = |from: &Eligible| from.reserved.contains(&Reserved::Owners);
    let mut trailers = requirements
        .of_commits
        .iter()
        .map(|requirement| match requirement {
            Requirement::Trailer(trailer) => trailer.from.as_ref(),
            _ => None,
        });
    let of_trailers = trailers
        .position(|from| from.is_some_and(names_owners))
        .map(|index| ("trailers", index));
    let of_approvals = || {
        let position = requirements
            .approvals
            .iter()
            .position(|approval| names_owners(&approval.from));
        position.map(|index| ("approvals", index))
    };
    of_trailers.or_else(of_approvals)
}

/// Does the rule look at commits or paths, and not only at what happens to the ref?
fn asks_for_content(rule: &written::Rule) -> bool {
    let selects = rule.paths.is_some() || rule.zones.is_some() || rule.tiers.is_some();
    let looks_within = rule.when.as_ref().is_some_and(When::looks_within);
    let only_moves_back = rule
        .when
        .as_ref()
        .and_then(|when| when.update.as_ref())
        .is_some_and(|kinds| {
            kinds
                .0
                .iter()
                .all(|kind| matches!(kind, UpdateKind::Delete | UpdateKind::Rewind))
        });
    (rule.require.is_some() || selects || looks_within) && !only_moves_back
}

pub(super) fn is_kebab(id: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    id.starts_with(|first: char| first.is_ascii_lowercase()) && id.split('-').all(word)
}

/// The kebab-case closest to `id`, for a suggestion.
fn kebab(id: &str) -> String {
    let mut words = vec![String::new()];
    let mut upper_before = true;
    for character in id.chars() {
        let splits =
            !character.is_ascii_alphanumeric() || character.is_ascii_uppercase() && !upper_before;
        upper_before = character.is_ascii_uppercase();
        if splits {
            words.push(String::new());
        }
        if character.is_ascii_alphanumeric() {
            words
                .last_mut()
                .expect("there is always a word")
                .push(character.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    let joined = words.join("-");
    if is_kebab(&joined) {
        joined
    } else {
        format!("rule-{joined}").trim_end_matches('-').to_owned()
    }
}
