//! A path pattern as it is written in a policy, read and checked.

use std::fmt;
use std::ops::Range;

use super::component::Component;

/// One entry of a list of path patterns, in the dialect that [`crate::paths`] describes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    text: String,
    exclusion: bool,
    directories_only: bool,
    /// Says nothing of what lies below a directory that it matches.
    whole: bool,
    /// From the root: a pattern for any depth begins with `**`. In the shortest form, see [`shorten`].
    components: Vec<Component>,
}

impl Pattern {
    /// Reads one pattern.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let (exclusion, body) = parse_sign(text)?;
        let (body, directories_only) = match body.strip_suffix('/') {
            Some(body) => (body, true),
            None => (body, false),
        };
        let anchored = body.contains('/');
        let body = body.strip_prefix('/').unwrap_or(body);
        if body.is_empty() && !anchored {
            // Nothing but a slash.
            return Err(PatternError::Empty);
        }
        let mut components = parse_components(body)?;
        if !anchored {
            components.insert(0, Component::AnyDepth);
        }
        Ok(Pattern {
            text: text.to_owned(),
            exclusion,
            directories_only,
            whole: false,
            components: shorten(components),
        })
    }

    /// Reads a pattern of another dialect, that of `fnmatch` with `FNM_PATHNAME`: anchored at the root, with no sign in
    /// front, it must match a path whole, and says nothing of what lies below a directory. A `**` at its end is a `*`.
    pub fn parse_whole(text: &str) -> Result<Self, PatternError> {
        reject_line_break(text)?;
        let body = text.strip_prefix('/').unwrap_or(text);
        if body.is_empty() {
            return Err(PatternError::Empty);
        }
        let mut components = parse_components(body)?;
        if let Some(last @ Component::AnyDepth) = components.last_mut() {
            *last = Component::star();
        }
        Ok(Pattern {
            text: text.to_owned(),
            exclusion: false,
            directories_only: false,
            whole: true,
            components: join_any_depths(components),
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it begins with `!`.
    pub fn is_exclusion(&self) -> bool {
        self.exclusion
    }

    /// Whether it ends with `/`, and so matches directories (and submodules) only.
    pub fn is_directories_only(&self) -> bool {
        self.directories_only
    }

    /// Whether it covers every path there is, as `**` and `*` do.
    pub fn matches_everything(&self) -> bool {
        !self.directories_only && matches!(&*self.components, [component] if component.is_star())
    }

    /// The path, if the pattern names just one: anchored and without wildcards.
    pub fn literal_path(&self) -> Option<Vec<u8>> {
        let names = self.components.iter().map(|component| match component {
            Component::Literal(name) => Some(&**name),
            Component::AnyDepth | Component::Glob(_) => None,
        });
        Some(names.collect::<Option<Vec<_>>>()?.join(&b'/'))
    }

    /// The directories, from the root down, that each path of this pattern lies in: what stands before the first wildcard,
    /// `services` and `payments` of `services/payments/**`. None for a pattern that matches at any depth.
    pub fn leading_dirs(&self) -> impl Iterator<Item = &[u8]> {
        self.components[..self.leading_literals()]
            .iter()
            .map_while(|component| match component {
                Component::Literal(name) => Some(&**name),
                Component::AnyDepth | Component::Glob(_) => None,
            })
    }

    /// Whether it says nothing of what lies below a directory that it matches.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    pub(super) fn components(&self) -> &[Component] {
        &self.components
    }

    /// The components of which each names a directory that this pattern needs: what stands there and is none, a symlink
    /// for instance, takes the place of all the paths that the pattern is about.
    ///
    /// These are the leading directories, and the very name of `payments/`, at any depth.
    pub(super) fn needed_directories(&self) -> Range<usize> {
        match &*self.components {
            _ if self.exclusion => 0..0,
            [Component::AnyDepth, Component::Literal(_)] if self.directories_only => 1..2,
            _ => 0..self.leading_literals(),
        }
    }

    fn leading_literals(&self) -> usize {
        let leading = self
            .components
            .iter()
            .take_while(|component| matches!(component, Component::Literal(_)))
            .count();
        if leading == self.components.len() && !self.directories_only {
            leading - 1
        } else {
            leading
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// Takes the `!` off, and refuses what no pattern of any kind may be.
pub(super) fn parse_sign(text: &str) -> Result<(bool, &str), PatternError> {
    reject_line_break(text)?;
    match text.strip_prefix('!') {
        Some("") => Err(PatternError::NothingExcluded),
        Some(body) => Ok((true, body)),
        None if text.is_empty() => Err(PatternError::Empty),
        None => Ok((false, text)),
    }
}

fn reject_line_break(text: &str) -> Result<(), PatternError> {
    if text.contains(['\0', '\n', '\r']) {
        return Err(PatternError::LineBreak);
    }
    Ok(())
}

/// Reads the components of `body`, which has no slash left at its ends that would mean something.
pub(super) fn parse_components(body: &str) -> Result<Vec<Component>, PatternError> {
    body.split('/')
        .map(|text| match Component::parse(text) {
            Err(PatternError::UnclosedBracket) if closes_after_slash(body, text) => {
                Err(PatternError::SlashInBracket)
            }
            Err(PatternError::DanglingBackslash) if !body.ends_with(text) => {
                Err(PatternError::EscapedSlash)
            }
            component => component,
        })
        .collect()
}

/// Whether the bracket that `component` leaves open is closed further on in `body`.
fn closes_after_slash(body: &str, component: &str) -> bool {
    body.split('/')
        .skip_while(|text| *text != component)
        .skip(1)
        .any(|text| text.contains(']'))
}

/// The shortest form with the same meaning, given that a pattern covers what is below the directories it matches: `**/**`
/// is `**`, and at the end `**` is `*`, and so is `**/*`.
fn shorten(components: Vec<Component>) -> Vec<Component> {
    let mut components = join_any_depths(components);
    if let Some(last @ Component::AnyDepth) = components.last_mut() {
        *last = Component::star();
    }
    if let [.., Component::AnyDepth, last] = &*components
        && last.is_star()
    {
        components.remove(components.len() - 2);
    }
    components
}

/// `**/**` is `**`, which would be two nodes of the automaton.
fn join_any_depths(mut components: Vec<Component>) -> Vec<Component> {
    components.dedup_by(|next, before| {
        (&*next, &*before) == (&Component::AnyDepth, &Component::AnyDepth)
    });
    components
}

/// Why a pattern is no pattern, and what to write in its place.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PatternError {
    /// Nothing, or nothing but a slash.
    #[error("the pattern is empty; write `**` for everything")]
    Empty,
    /// Nothing but `!`.
    #[error(
        "`!` excludes nothing here; write the pattern to exclude right after it, or `\\!` for a name with that sign"
    )]
    NothingExcluded,
    /// A bracket expression without an end.
    #[error("`[` has no `]`; close it, or write `\\[` for a bracket in a name")]
    UnclosedBracket,
    /// A bracket expression with a slash in it.
    #[error("a `/` in brackets matches nothing; take it out, no wildcard but `**` matches a `/`")]
    SlashInBracket,
    /// `[[:name:]]` with a name that git does not know.
    #[error(
        "`{0}` is no character class; write one of alnum, alpha, blank, cntrl, digit, graph, lower, print, punct, \
         space, upper and xdigit, as in `[[:digit:]]`, or `\\[` for a bracket"
    )]
    UnknownClass(String),
    /// A bracket expression with a character that is more than one byte.
    #[error(
        "`{0}` cannot stand in brackets, which match one byte; write a pattern for each such character"
    )]
    WideBracket(char),
    /// Braces as shells know them.
    #[error(
        "`{{..,..}}` is no choice here; write a pattern for each, or `\\{{` for a brace in a name"
    )]
    Alternatives,
    /// A backslash with nothing to escape.
    #[error(
        "the backslash at the end escapes nothing; take it off, or write `\\\\` for a backslash in a name"
    )]
    DanglingBackslash,
    /// A backslash before a slash.
    #[error(
        "a `/` cannot be escaped; write it without the backslash, or `\\\\` for a backslash in a name"
    )]
    EscapedSlash,
    /// Two slashes in a row.
    #[error(
        "an empty component never matches; write one `/`, or `/**/` for any directories between"
    )]
    EmptyComponent,
    /// A component that no tree may hold.
    #[error("`{0}` never matches; write the path from the root of the repository")]
    DotComponent(String),
    /// A NUL or a line break, which no policy means.
    #[error("a line break or NUL cannot be part of a pattern; write `?` to match such a character")]
    LineBreak,
    /// More stars than the matcher follows.
    #[error("more than 32 `*` in one name; write fewer, `*` matches any number of characters")]
    TooManyStars,
    /// The name of a reference or a repository with a slash at its end.
    #[error("a name does not end with `/`; write `/*` after it for everything below")]
    TrailingSlash,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).expect("valid")
    }

    #[test]
    fn errors_name_what_is_wrong() {
        let refused = |text| Pattern::parse(text).expect_err(text);
        assert_eq!(refused(""), PatternError::Empty);
        assert_eq!(refused("/"), PatternError::Empty);
        assert_eq!(refused("!/"), PatternError::Empty);
        assert_eq!(refused("!"), PatternError::NothingExcluded);
        assert_eq!(refused("a/[b"), PatternError::UnclosedBracket);
        assert_eq!(refused("a[b/c]"), PatternError::SlashInBracket);
        assert_eq!(refused("a[!/]"), PatternError::SlashInBracket);
        assert_eq!(refused("a\\"), PatternError::DanglingBackslash);
        assert_eq!(refused("a\\/b"), PatternError::EscapedSlash);
        for text in ["a//b", "//a", "a//", "//", "a/b//"] {
            assert_eq!(refused(text), PatternError::EmptyComponent, "{text}");
        }
        for text in ["./a", "a/../b", "..", "!a/.", "\\./a"] {
            assert!(
                matches!(refused(text), PatternError::DotComponent(_)),
                "{text}"
            );
        }
        assert_eq!(refused("a\nb"), PatternError::LineBreak);
        assert_eq!(refused("a\0b"), PatternError::LineBreak);
    }

    #[test]
    fn errors_read_as_sentences_with_a_remedy() {
        let text = Pattern::parse("*.{a,b}").expect_err("braces").to_string();
        assert_eq!(
            text,
            "`{..,..}` is no choice here; write a pattern for each, or `\\{` for a brace in a name"
        );
    }

    #[test]
    fn everything_has_many_names() {
        for text in ["*", "**", "/*", "/**", "**/*", "**/**", "***", "!**"] {
            assert!(pattern(text).matches_everything(), "{text}");
        }
        for text in ["*/", "**/", "*/*", "a", "?*", "/a/**"] {
            assert!(!pattern(text).matches_everything(), "{text}");
        }
    }

    #[test]
    fn leading_directories_end_at_the_first_wildcard() {
        let leading = |text: &str| {
            let pattern = pattern(text);
            pattern
                .leading_dirs()
                .map(|name| String::from_utf8_lossy(name).into_owned())
                .collect::<Vec<_>>()
                .join("/")
        };
        assert_eq!(leading("payments/**"), "payments");
        assert_eq!(leading("a/b/*.c"), "a/b");
        assert_eq!(leading("a/b/c"), "a/b");
        assert_eq!(leading("a/b/c/"), "a/b/c");
        assert_eq!(leading("/payments/"), "payments");
        assert_eq!(leading("/a"), "");
        assert_eq!(leading("a/x*/c"), "a");
        assert_eq!(leading("a/**/c"), "a");
        assert_eq!(leading("payments"), "");
        assert_eq!(leading("*/a"), "");
        assert_eq!(leading(r"a\*/b"), "a*");
    }

    #[test]
    fn literal_paths_are_anchored() {
        assert_eq!(pattern("a/b").literal_path().as_deref(), Some(&b"a/b"[..]));
        assert_eq!(pattern("/a").literal_path().as_deref(), Some(&b"a"[..]));
        assert_eq!(pattern("a").literal_path(), None);
        assert_eq!(pattern("a/*").literal_path(), None);
    }

    #[test]
    fn signs_are_taken_once() {
        assert!(pattern("!!a").is_exclusion());
        assert!(!pattern(r"\!a").is_exclusion());
        assert_eq!(pattern("!/!a").literal_path().as_deref(), Some(&b"!a"[..]));
    }
}
