//! Patterns for the names of references and repositories. They look like path patterns and are simpler: nothing lies
//! below a reference, and a whole name is matched at once.

use gix::glob::wildmatch::Mode;

use super::component::{Glob, wildmatch};
use super::pattern::{PatternError, parse_components, parse_sign};

/// Where branches are, and so what a short name means.
const BRANCHES: &str = "refs/heads/";

/// The full name of a reference that is written as in a policy.
pub fn full_name(name: &str) -> String {
    if name.starts_with("refs/") {
        name.to_owned()
    } else {
        format!("{BRANCHES}{name}")
    }
}

/// A list of patterns for references.
///
/// `main` and `release/*` are branches, what begins with `refs/` is a full name. `*` also matches `/`. `!` excludes, and
/// the last entry that matches wins. A list with nothing but exclusions, or with nothing at all, starts from every branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefPatterns {
    entries: Vec<RefPattern>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct RefPattern {
    exclusion: bool,
    glob: Box<[u8]>,
    /// What each name that matches begins with.
    prefix: String,
    /// The prefix is the whole name.
    literal: bool,
}

impl RefPatterns {
    /// Reads the patterns, or says which of them is wrong and how.
    pub fn parse<S: AsRef<str>>(patterns: &[S]) -> Result<Self, (usize, PatternError)> {
        let mut entries = parse_each(patterns, RefPattern::parse)?;
        if entries.iter().all(|entry| entry.exclusion) {
            entries.insert(0, RefPattern::every_branch());
        }
        Ok(RefPatterns { entries })
    }

    /// Whether the reference of this full name is in the list.
    pub fn matches(&self, full_name: &[u8]) -> bool {
        let last = self
            .entries
            .iter()
            .rev()
            .find(|entry| wildmatch(&entry.glob, full_name, Mode::empty()));
        last.is_some_and(|entry| !entry.exclusion)
    }

    /// The full names that are included without wildcards. A later `!` may have excluded them again.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.inclusions()
            .filter(|entry| entry.literal)
            .map(|entry| &*entry.prefix)
    }

    /// Whether [`literals`](Self::literals) are all that can match, so that no reference need be listed to know them.
    pub fn is_literal(&self) -> bool {
        self.inclusions().all(|entry| entry.literal)
    }

    /// With what the full names of all references that can match begin, for listing no more than these. Bytes, which
    /// may end within a component; none begins with another.
    pub fn prefixes(&self) -> Vec<&str> {
        let mut prefixes: Vec<_> = self.inclusions().map(|entry| &*entry.prefix).collect();
        prefixes.sort_unstable();
        prefixes.dedup_by(|next, before| next.starts_with(*before));
        prefixes
    }

    fn inclusions(&self) -> impl Iterator<Item = &RefPattern> {
        self.entries.iter().filter(|entry| !entry.exclusion)
    }
}

impl RefPattern {
    fn parse(text: &str) -> Result<Self, PatternError> {
        let (exclusion, body) = parse_sign(text)?;
        check_components(body)?;
        let glob = Glob::parse(&full_name(body))?;
        Ok(RefPattern {
            exclusion,
            prefix: glob.literal_prefix().to_owned(),
            literal: glob.literal().is_some(),
            glob: glob.exact(),
        })
    }

    fn every_branch() -> Self {
        RefPattern {
            exclusion: false,
            glob: b"refs/heads/*"[..].into(),
            prefix: BRANCHES.to_owned(),
            literal: false,
        }
    }
}

/// A list of patterns for repositories, `owner/name`.
///
/// `*` does not match `/`, `**` does; a pattern without a `/` is about the last component, so that `*` is every
/// repository. Case makes no difference, as it makes none to forges. `!` excludes, and the last entry that matches wins. A
/// list with nothing but exclusions, or with nothing at all, starts from every repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoPatterns {
    entries: Vec<RepoPattern>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct RepoPattern {
    exclusion: bool,
    glob: Box<str>,
}

impl RepoPatterns {
    /// Reads the patterns, or says which of them is wrong and how.
    pub fn parse<S: AsRef<str>>(patterns: &[S]) -> Result<Self, (usize, PatternError)> {
        let mut entries = parse_each(patterns, RepoPattern::parse)?;
        if entries.iter().all(|entry| entry.exclusion) {
            entries.insert(
                0,
                RepoPattern {
                    exclusion: false,
                    glob: "*".into(),
                },
            );
        }
        Ok(RepoPatterns { entries })
    }

    /// Whether the repository of this name is in the list.
    pub fn matches(&self, name: &[u8]) -> bool {
        let last = self.entries.iter().rev().find(|entry| entry.matches(name));
        last.is_some_and(|entry| !entry.exclusion)
    }
}

impl RepoPattern {
    fn parse(text: &str) -> Result<Self, PatternError> {
        let (exclusion, body) = parse_sign(text)?;
        check_components(body)?;
        // As one piece, too, because it is matched as one piece: the number of stars counts.
        Glob::parse(body)?;
        Ok(RepoPattern {
            exclusion,
            glob: body.into(),
        })
    }

    fn matches(&self, name: &[u8]) -> bool {
        let last = name
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |slash| slash + 1);
        let name = if self.glob.contains('/') {
            name
        } else {
            &name[last..]
        };
        wildmatch(
            self.glob.as_bytes(),
            name,
            Mode::NO_MATCH_SLASH_LITERAL | Mode::IGNORE_CASE,
        )
    }
}

fn parse_each<S: AsRef<str>, T>(
    patterns: &[S],
    parse: impl Fn(&str) -> Result<T, PatternError>,
) -> Result<Vec<T>, (usize, PatternError)> {
    let parsed = patterns
        .iter()
        .enumerate()
        .map(|(index, text)| parse(text.as_ref()).map_err(|error| (index, error)));
    parsed.collect()
}

fn check_components(body: &str) -> Result<(), PatternError> {
    match parse_components(body) {
        Err(PatternError::EmptyComponent) if body.ends_with('/') => {
            Err(PatternError::TrailingSlash)
        }
        result => result.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refs(patterns: &[&str], inside: &[&str], outside: &[&str]) {
        let patterns = RefPatterns::parse(patterns).expect("valid");
        for name in inside {
            assert!(patterns.matches(name.as_bytes()), "{name} is not matched");
        }
        for name in outside {
            assert!(!patterns.matches(name.as_bytes()), "{name} is matched");
        }
    }

    #[test]
    fn short_names_are_branches() {
        refs(
            &["main"],
            &["refs/heads/main"],
            &[
                "refs/tags/main",
                "main",
                "refs/heads/main/x",
                "refs/heads/Main",
            ],
        );
        refs(
            &["refs/tags/v*"],
            &["refs/tags/v1", "refs/tags/v/1"],
            &["refs/heads/v1", "refs/heads/refs/tags/v1"],
        );
        refs(
            &["heads/main"],
            &["refs/heads/heads/main"],
            &["refs/heads/main"],
        );
    }

    #[test]
    fn a_star_crosses_slashes() {
        refs(
            &["release/*"],
            &["refs/heads/release/1", "refs/heads/release/1/x"],
            &["refs/heads/release"],
        );
        refs(&["*"], &["refs/heads/a/b"], &["refs/tags/a"]);
        refs(&["**"], &["refs/heads/a/b"], &["refs/tags/a"]);
        refs(&["refs/*"], &["refs/heads/a/b", "refs/tags/a"], &["HEAD"]);
        refs(&["v[0-9]"], &["refs/heads/v1"], &["refs/heads/vx"]);
    }

    #[test]
    fn the_last_match_wins() {
        refs(
            &["*", "!wip/*", "wip/keep"],
            &["refs/heads/a", "refs/heads/wip/keep"],
            &["refs/heads/wip/a"],
        );
        refs(
            &["!wip/*"],
            &["refs/heads/a"],
            &["refs/heads/wip/a", "refs/tags/a"],
        );
        refs(&[], &["refs/heads/a"], &["refs/tags/a"]);
    }

    #[test]
    fn literals_and_prefixes_say_what_to_look_up() {
        let patterns =
            RefPatterns::parse(&["main", "release/*", "release/1", "refs/tags/v*", "!x*"])
                .expect("valid");
        assert_eq!(
            patterns.literals().collect::<Vec<_>>(),
            ["refs/heads/main", "refs/heads/release/1"]
        );
        assert!(!patterns.is_literal());
        assert_eq!(
            patterns.prefixes(),
            ["refs/heads/main", "refs/heads/release/", "refs/tags/v"]
        );
        assert!(
            RefPatterns::parse(&["main", "!x*"])
                .expect("valid")
                .is_literal()
        );
        let every_branch = RefPatterns::parse(&["!main"]).expect("valid");
        assert!(!every_branch.is_literal());
        assert_eq!(every_branch.prefixes(), ["refs/heads/"]);
    }

    #[test]
    fn errors_say_which_entry() {
        let refused = |text| RefPatterns::parse(&["main", text]).expect_err(text);
        assert_eq!(refused(""), (1, PatternError::Empty));
        assert_eq!(refused("!"), (1, PatternError::NothingExcluded));
        assert_eq!(refused("release/"), (1, PatternError::TrailingSlash));
        assert_eq!(refused("refs/"), (1, PatternError::TrailingSlash));
        assert_eq!(refused("/main"), (1, PatternError::EmptyComponent));
        assert_eq!(refused("a[b"), (1, PatternError::UnclosedBracket));
        assert_eq!(
            refused(&"*a/".repeat(20).repeat(2).replace("a/", "a/b")),
            (1, PatternError::TooManyStars)
        );
        assert_eq!(
            RepoPatterns::parse(&["a//b"]).expect_err("empty"),
            (0, PatternError::EmptyComponent)
        );
    }

    #[test]
    fn repositories_are_matched_by_owner_and_name() {
        let matches = |patterns: &[&str], name: &str| {
            RepoPatterns::parse(patterns)
                .expect("valid")
                .matches(name.as_bytes())
        };
        assert!(matches(&["shop/*"], "shop/web"));
        assert!(matches(&["Shop/*"], "sHOP/Web"));
        assert!(!matches(&["shop/*"], "shop/team/web"));
        assert!(matches(&["shop/**"], "shop/team/web"));
        assert!(!matches(&["shop/**"], "shop2/web"));
        assert!(matches(&["*"], "shop/web"));
        assert!(matches(&["**"], "shop/team/web"));
        assert!(matches(&["web"], "shop/web"));
        assert!(!matches(&["web"], "web/shop"));
        assert!(!matches(&["shop/*", "!shop/web"], "shop/Web"));
        assert!(matches(&["!shop/*"], "other/web"));
        assert!(!matches(&["!shop/*"], "shop/web"));
    }
}
