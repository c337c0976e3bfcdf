//! What paths look like that a starter policy gives a zone of their own: data, and how names are held against it.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::policy::Tier;

/// The signals as they are edited and reviewed.
const SIGNALS: &str = include_str!("signals.yml");

/// What `portcullis init` looks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signals {
    /// Words of folders below which no name proves anything.
    pub aside: HashSet<String>,
    /// Suffixes of code.
    pub code: HashSet<String>,
    /// The zones, in the order in which they claim paths.
    pub zones: Vec<Signal>,
}

/// How the paths of one zone show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signal {
    /// What the zone is called.
    pub name: String,
    /// How far a mistake in it reaches.
    pub tier: Tier,
    /// What is in it, for people.
    pub about: String,
    /// Words in the names of folders.
    #[serde(default)]
    pub directories: HashSet<String>,
    /// Words in the names of files.
    #[serde(default)]
    pub files: HashSet<String>,
    /// Patterns of paths; `@ci` is a path set.
    #[serde(default)]
    pub patterns: Vec<String>,
}

/// A word that shows a zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sign {
    /// The zone, by its position.
    pub zone: usize,
    /// The word.
    pub word: String,
}

impl Signals {
    /// What portcullis ships with.
    pub(super) fn built_in() -> &'static Signals {
        static BUILT_IN: LazyLock<Signals> =
            LazyLock::new(|| serde_yaml::from_str(SIGNALS).expect("the tests read this very text"));
        &BUILT_IN
    }

    /// What the name of a folder shows.
    pub(super) fn of_directory(&self, name: &str) -> Option<Sign> {
        self.find(&words(name), |signal| &signal.directories)
    }

    /// What the name of a file shows, if it is one of code.
    pub(super) fn of_file(&self, name: &str) -> Option<Sign> {
        let words = words(self.stem_of_code(name)?);
        self.find(&words, |signal| &signal.files)
            .filter(|_| !words.iter().any(|word| self.aside.contains(word)))
    }

    /// Is the word of a sign part of the name, as it is of `author`, and yet none of its words?
    pub(super) fn hides(name: &str, word: &str) -> bool {
        name.to_lowercase().contains(word) && !words(name).iter().any(|one| one == word)
    }

    /// Does nothing below a folder of this name prove anything?
    pub(super) fn is_aside(&self, name: &str) -> bool {
        words(name).iter().any(|word| self.aside.contains(word))
    }

    /// Is a file of this name code?
    pub(super) fn is_code(&self, name: &str) -> bool {
        self.stem_of_code(name).is_some()
    }

    fn stem_of_code<'n>(&self, name: &'n str) -> Option<&'n str> {
        let (stem, suffix) = name.rsplit_once('.')?;
        self.code.contains(suffix).then_some(stem)
    }

    fn find(&self, words: &[String], of: impl Fn(&Signal) -> &HashSet<String>) -> Option<Sign> {
        self.zones.iter().enumerate().find_map(|(zone, signal)| {
            let word = words.iter().find(|word| of(signal).contains(*word))?;
            Some(Sign {
                zone,
                word: word.clone(),
            })
        })
    }
}

/// The words of a name: `vault-client`, `vault_client` and `VaultClient` have the same two.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        let begins_word = character.is_uppercase() && was_lower;
        if !character.is_alphanumeric() || begins_word {
            words.push(String::new());
        }
        if character.is_alphanumeric() {
            let word = words.last_mut().expect("there is always a word");
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase() || character.is_ascii_digit();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::Pattern;
    use crate::policy::built_in_path_set;

    #[test]
    fn words_of_names() {
        for name in [
            "vault-client",
            "vault_client",
            "VaultClient",
            "vault.client",
        ] {
            assert_eq!(words(name), ["vault", "client"], "{name}");
        }
        assert_eq!(words("__OAuth2--"), ["oauth2"].map(str::to_owned));
    }

    #[test]
    fn the_signals_can_be_used() {
        let signals = Signals::built_in();
        let mut names = HashSet::new();
        for signal in &signals.zones {
            assert!(names.insert(&signal.name), "{}", signal.name);
            for pattern in &signal.patterns {
                let is_one = match pattern.strip_prefix('@') {
                    Some(set) => built_in_path_set(set).is_some(),
                    None => Pattern::parse(pattern).is_ok(),
                };
                assert!(is_one, "{pattern}");
            }
            for word in signal.directories.iter().chain(&signal.files) {
                assert_eq!(
                    words(word),
                    std::slice::from_ref(word),
                    "one word, in lower case"
                );
                assert!(!signals.aside.contains(word), "{word} is aside");
            }
        }
    }
}
