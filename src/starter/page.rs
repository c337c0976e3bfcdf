//! The text of a starter policy.

use std::collections::BTreeSet;

use askama::Template;

use super::hands::{Author, Hands};
use super::signals::{Signal, Signals};
use super::survey::{Spot, Survey, Why};
use crate::policy::Tier;
use crate::policy::people::Reserved;
use crate::policy::yaml::scalar;
use crate::report::escape::Name;
use crate::report::words::{self, counted};

/// Patterns of a zone that are listed; the rest is left to whoever knows the code.
const MOST_PATHS: usize = 6;

/// Owners that are suggested for a zone.
const FEWEST_OWNERS: usize = 2;
const MOST_OWNERS: usize = 3;

/// Addresses of a person that are listed: whoever has more has the rest in a `.mailmap`.
const MOST_EMAILS: usize = 6;

/// The template, filled.
#[derive(Template)]
#[template(path = "policy.yml", config = "src/starter/askama.toml")]
struct Page {
    of: String,
    survey: String,
    history: String,
    branch: String,
    people: Vec<Person>,
    zones: Vec<Zone>,
}

struct Person {
    key: String,
    about: String,
    emails: String,
}

struct Zone {
    name: String,
    about: String,
    tier: Tier,
    paths: Vec<Path>,
    has_folders: bool,
    more: usize,
    owners: String,
    why_owners: String,
}

struct Path {
    pattern: String,
    why: String,
}

impl Page {
    fn has(&self, tier: Tier) -> bool {
        self.zones.iter().any(|zone| zone.tier == tier)
    }

    fn has_zone(&self, name: &str) -> bool {
        self.zones.iter().any(|zone| zone.name == name)
    }
}

impl Zone {
    fn tier(&self) -> &'static str {
        words::tier(self.tier)
    }
}

/// A zone that is proposed, with the patterns that are listed.
pub(super) struct Proposal<'a> {
    signal: &'a Signal,
    paths: Vec<(&'a str, &'a Spot)>,
    more: usize,
}

/// The zones that the survey has found, each with its largest paths.
pub(super) fn proposals<'a>(survey: &'a Survey, signals: &'a Signals) -> Vec<Proposal<'a>> {
    let zones = survey.found.iter().map(|(&zone, spots)| {
        let mut paths: Vec<(&str, &Spot)> = spots
            .iter()
            .map(|(text, spot)| (text.as_str(), spot))
            .collect();
        paths.sort_by_key(|(text, spot)| (std::cmp::Reverse(spot.files), *text));
        let more = paths.len().saturating_sub(MOST_PATHS);
        paths.truncate(MOST_PATHS);
        Proposal {
            signal: &signals.zones[zone],
            paths,
            more,
        }
    });
    zones.collect()
}

impl Proposal<'_> {
    /// The patterns of its paths.
    pub(super) fn patterns(&self) -> Vec<String> {
        self.paths
            .iter()
            .map(|(text, _)| (*text).to_owned())
            .collect()
    }

    fn carries_weight(&self) -> bool {
        self.signal.tier >= Tier::High
    }
}

/// Writes the policy of `name`, whose branch is `branch`.
pub(super) fn write(
    name: &str,
    branch: &str,
    survey: &Survey,
    proposals: &[Proposal<'_>],
    hands: &Hands,
) -> String {
    let owners: Vec<Vec<&Author>> = proposals
        .iter()
        .enumerate()
        .map(|(zone, proposal)| {
            if proposal.carries_weight() {
                owners(hands, zone)
            } else {
                Vec::new()
            }
        })
        .collect();
    let keys = Keys::of(hands, owners.iter().flatten());
    let zones = proposals.iter().enumerate().map(|(zone, proposal)| {
        let owners = &owners[zone];
        self::zone(zone, proposal, owners, &keys)
    });
    let partial = if survey.is_partial {
        ", as far as it was looked at (it is very large)"
    } else {
        ""
    };
    let page = Page {
        of: Name(name.as_bytes()).to_string(),
        survey: format!("{}{partial}", counted(survey.files, "file", "files")),
        history: format!("the newest {}", counted(hands.commits, "commit", "commits")),
        branch: scalar(branch),
        people: keys.people(),
        zones: zones.collect(),
    };
    page.render()
        .expect("a string takes all that is written to it")
}

/// Those who changed a zone most often. One alone could let nobody's own work in, so whoever changes most of all else is
/// there too.
fn owners(hands: &Hands, zone: usize) -> Vec<&Author> {
    let of_zone = |author: &&Author| author.of_zone.get(&zone).copied().unwrap_or(0);
    let mut owners: Vec<&Author> = hands.authors.iter().collect();
    // Stable: those who changed nothing of it stay in the order of what they changed at all.
    owners.sort_by_key(|author| std::cmp::Reverse(of_zone(author)));
    let have = owners.iter().filter(|author| of_zone(author) > 0).count();
    owners.truncate(have.clamp(FEWEST_OWNERS, MOST_OWNERS));
    owners
}

fn zone(position: usize, proposal: &Proposal<'_>, owners: &[&Author], keys: &Keys<'_>) -> Zone {
    let of_zone = |author: &&Author| author.of_zone.get(&position).copied().unwrap_or(0);
    let counts: Vec<u64> = owners.iter().map(of_zone).collect();
    let made: Vec<String> = counts.iter().map(ToString::to_string).collect();
    let why_owners = format!("{} of the commits that changed it", made.join(", "));
    let is_folder =
        |(_, spot): &(&str, &Spot)| matches!(spot.why, Why::Folder(_) | Why::Folders(_));
    Zone {
        name: proposal.signal.name.clone(),
        about: proposal.signal.about.clone(),
        tier: proposal.signal.tier,
        has_folders: proposal.paths.iter().any(is_folder),
        paths: proposal
            .paths
            .iter()
            .map(|(text, spot)| path(text, spot))
            .collect(),
        more: proposal.more,
        owners: owners
            .iter()
            .map(|author| keys.key(author))
            .collect::<Vec<_>>()
            .join(", "),
        why_owners,
    }
}

fn path(pattern: &str, spot: &Spot) -> Path {
    let files = counted(spot.files, "file", "files");
    let why = match &spot.why {
        Why::Folder(word) => format!("{files}; `{word}` is in the name of the folder"),
        Why::Folders(count) => format!("{files}, in {count} folders of this name"),
        Why::File(word) => format!("{files}; `{word}` is in the name"),
        Why::Pattern(example) => format!("{files}, such as {}", Name(example.as_bytes())),
    };
    Path {
        pattern: scalar(pattern),
        why,
    }
}

/// Keys in the policy for the people that it names.
struct Keys<'a>(Vec<(&'a Author, String)>);

impl<'a> Keys<'a> {
    fn of<'o>(hands: &'a Hands, owners: impl Iterator<Item = &'o &'a Author>) -> Self
    where
        'a: 'o,
    {
        let named: Vec<&Author> = owners.copied().collect();
        let is_named = |author: &&Author| named.iter().any(|one| std::ptr::eq(*one, *author));
        let mut taken = BTreeSet::new();
        let mut keys = Vec::new();
        for author in hands.authors.iter().filter(is_named) {
            let words = latin_words(&author.name);
            let first = words.first().map_or("person", String::as_str);
            let numbered = (2..).map(|number| format!("{first}-{number}"));
            let mut candidates = [first.to_owned(), words.join("-")]
                .into_iter()
                .chain(numbered);
            let is_free = |key: &String| {
                !key.is_empty() && Reserved::named(key).is_none() && !taken.contains(key)
            };
            let key = candidates.find(is_free).expect("numbers do not end");
            taken.insert(key.clone());
            keys.push((author, key));
        }
        Keys(keys)
    }

    fn key(&self, author: &Author) -> &str {
        let known = self.0.iter().find(|(one, _)| std::ptr::eq(*one, author));
        &known.expect("every owner has one").1
    }

    fn people(&self) -> Vec<Person> {
        let person = |(author, key): &(&Author, String)| {
            let emails = author
                .emails
                .iter()
                .take(MOST_EMAILS)
                .map(|email| scalar(email));
            Person {
                key: scalar(key),
                about: format!(
                    "{}: {}",
                    Name(author.name.as_bytes()),
                    counted(author.commits, "commit", "commits")
                ),
                emails: emails.collect::<Vec<_>>().join(", "),
            }
        };
        self.0.iter().map(person).collect()
    }
}

/// The words of a name that can be in a key.
fn latin_words(name: &str) -> Vec<String> {
    let words = name.to_ascii_lowercase();
    words
        .split(|character: char| !character.is_ascii_alphanumeric())
        .filter(|word| word.starts_with(|first: char| first.is_ascii_alphabetic()))
        .map(str::to_owned)
        .collect()
}
