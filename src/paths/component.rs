//! One component of a pattern, between two slashes: its syntax, and the names that it matches.
//!
//! The syntax is that of git's `wildmatch.c`, which also does the matching (as `gix::glob`). What git takes for a pattern
//! that never matches is refused here, and so is what would only seem to match: to a guard, a silent pattern is a hole.

use gix::bstr::BStr;
use gix::glob::wildmatch::Mode;

use super::fold::{Name, fold_untrimmed};
use super::pattern::PatternError;

/// How many `*` one component may hold: `wildmatch` gives up, and reports no match, when it nests 64 deep.
const MAX_STARS: usize = 32;

/// The names that git's `wildmatch.c` knows for `[[:name:]]`.
const CLASSES: [&str; 12] = [
    "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space",
    "upper", "xdigit",
];

/// What stands between two slashes of a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Component {
    /// `**`: any number of directories, none included.
    AnyDepth,
    /// A name without wildcards, its escapes resolved.
    Literal(Box<[u8]>),
    /// A name with wildcards.
    Glob(Glob),
}

impl Component {
    /// Reads what stands between two slashes.
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        // git takes any number of stars beyond one for two.
        if text.len() > 1 && text.bytes().all(|byte| byte == b'*') {
            return Ok(Component::AnyDepth);
        }
        // Nearly every component is a name that means just itself.
        if !text.contains(['*', '?', '[', '\\', '{']) {
            return Component::literal(text);
        }
        let glob = Glob::parse(text)?;
        match glob.literal() {
            Some(literal) => Component::literal(literal),
            None => Ok(Component::Glob(glob)),
        }
    }

    fn literal(name: &str) -> Result<Self, PatternError> {
        match name {
            "" => Err(PatternError::EmptyComponent),
            "." | ".." => Err(PatternError::DotComponent(name.to_owned())),
            _ => Ok(Component::Literal(name.as_bytes().into())),
        }
    }

    /// Whether this is `*`, which matches any one name.
    pub(super) fn is_star(&self) -> bool {
        matches!(self, Component::Glob(glob) if glob.tokens == [Token::Star])
    }

    /// `*`.
    pub(super) fn star() -> Self {
        Component::Glob(Glob {
            tokens: vec![Token::Star],
        })
    }
}

/// Text with wildcards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Glob {
    tokens: Vec<Token>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    /// Literal text, its escapes resolved.
    Text(String),
    /// `*`, or several, which mean no more within a component.
    Star,
    /// `?`: one byte.
    AnyByte,
    /// A bracket expression as it was written.
    Bracket(String),
}

impl Glob {
    /// Reads text with wildcards, in which `/` has no meaning of its own.
    pub(super) fn parse(text: &str) -> Result<Self, PatternError> {
        let mut glob = Glob { tokens: Vec::new() };
        if has_alternatives(text) {
            return Err(PatternError::Alternatives);
        }
        let mut rest = text.chars();
        while let Some(character) = rest.next() {
            match character {
                '*' if glob.tokens.last() == Some(&Token::Star) => {}
                '*' => glob.tokens.push(Token::Star),
                '?' => glob.tokens.push(Token::AnyByte),
                '[' => {
                    let (inside, after) = rest.as_str().split_at(bracket_length(rest.as_str())?);
                    glob.tokens.push(Token::Bracket(format!("[{inside}")));
                    rest = after.chars();
                }
                '\\' => glob.push_text(rest.next().ok_or(PatternError::DanglingBackslash)?),
                _ => glob.push_text(character),
            }
        }
        if glob
            .tokens
            .iter()
            .filter(|token| **token == Token::Star)
            .count()
            > MAX_STARS
        {
            return Err(PatternError::TooManyStars);
        }
        Ok(glob)
    }

    fn push_text(&mut self, character: char) {
        if let Some(Token::Text(text)) = self.tokens.last_mut() {
            text.push(character);
        } else {
            self.tokens.push(Token::Text(character.into()));
        }
    }

    /// The text, if it has no wildcards.
    pub(super) fn literal(&self) -> Option<&str> {
        match &*self.tokens {
            [] => Some(""),
            [Token::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The text before the first wildcard.
    pub(super) fn literal_prefix(&self) -> &str {
        match self.tokens.first() {
            Some(Token::Text(text)) => text,
            _ => "",
        }
    }

    /// The text after a `*` that is the only wildcard and comes first: `.css` of `*.css`.
    pub(super) fn suffix(&self) -> Option<&str> {
        match &*self.tokens {
            [Token::Star, Token::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// As `wildmatch` reads it.
    pub(super) fn exact(&self) -> Box<[u8]> {
        self.written(|text| text.as_bytes().to_vec())
    }

    /// As `wildmatch` reads it, for folded names: its text is folded, but nothing at its end trimmed.
    pub(super) fn folded(&self) -> Box<[u8]> {
        self.written(|text| fold_untrimmed(text.as_bytes()).into_owned())
    }

    fn written(&self, text_as: impl Fn(&str) -> Vec<u8>) -> Box<[u8]> {
        let mut written = Vec::new();
        for token in &self.tokens {
            match token {
                Token::Star => written.push(b'*'),
                Token::AnyByte => written.push(b'?'),
                Token::Bracket(bracket) => written.extend_from_slice(bracket.as_bytes()),
                Token::Text(text) => {
                    for byte in text_as(text) {
                        if matches!(byte, b'*' | b'?' | b'[' | b'\\') {
                            written.push(b'\\');
                        }
                        written.push(byte);
                    }
                }
            }
        }
        written.into()
    }
}

/// Whether `name` matches the text with wildcards `exact`.
pub(super) fn matches_exact(exact: &[u8], name: &[u8]) -> bool {
    wildmatch(exact, name, Mode::NO_MATCH_SLASH_LITERAL)
}

/// Whether `name`, folded, matches the text with wildcards `folded`.
///
/// The dots and spaces at the end of a name are ignored by some file systems only, so both forms count.
pub(super) fn matches_folded(folded: &[u8], name: &Name<'_>) -> bool {
    // Only the text of the pattern is folded, its brackets are not.
    let mode = Mode::NO_MATCH_SLASH_LITERAL | Mode::IGNORE_CASE;
    let (untrimmed, trimmed) = (name.folded_untrimmed(), name.folded());
    wildmatch(folded, trimmed, mode)
        || (untrimmed.len() != trimmed.len() && wildmatch(folded, untrimmed, mode))
}

/// git's `wildmatch`, as it is.
pub(super) fn wildmatch(glob: &[u8], text: &[u8], mode: Mode) -> bool {
    gix::glob::wildmatch(BStr::new(glob), BStr::new(text), mode)
}

/// How long the bracket expression is that begins before `text`, up to and with its `]`.
fn bracket_length(text: &str) -> Result<usize, PatternError> {
    let mut rest = text.strip_prefix(['!', '^']).unwrap_or(text);
    // A `]` that comes first is a member.
    let mut first = true;
    loop {
        let member = rest.chars().next().ok_or(PatternError::UnclosedBracket)?;
        rest = &rest[member.len_utf8()..];
        match member {
            ']' if !first => return Ok(text.len() - rest.len()),
            '[' if rest.starts_with(':') => rest = after_class(&rest[1..])?,
            '\\' => {
                let escaped = rest.chars().next().ok_or(PatternError::UnclosedBracket)?;
                reject_wide(escaped)?;
                rest = &rest[1..];
            }
            _ => reject_wide(member)?,
        }
        first = false;
    }
}

/// What follows a class such as `[:alpha:]`, of which `text` begins with the name.
fn after_class(text: &str) -> Result<&str, PatternError> {
    let (class, rest) = text.split_once(']').ok_or(PatternError::UnclosedBracket)?;
    let known = class
        .strip_suffix(':')
        .is_some_and(|name| CLASSES.contains(&name));
    if known {
        Ok(rest)
    } else {
        Err(PatternError::UnknownClass(format!("[:{class}]")))
    }
}

/// A bracket matches one byte, and a character beyond ASCII is several.
fn reject_wide(member: char) -> Result<(), PatternError> {
    if member.is_ascii() {
        Ok(())
    } else {
        Err(PatternError::WideBracket(member))
    }
}

/// Whether `text` has braces with a comma inside, which are alternatives elsewhere and nothing special to git.
fn has_alternatives(text: &str) -> bool {
    let mut wanted = [b'{', b',', b'}'].into_iter().peekable();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' {
            bytes.next();
        } else if wanted.next_if_eq(&byte).is_some() && wanted.peek().is_none() {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glob(text: &str) -> Glob {
        Glob::parse(text).expect("valid")
    }

    #[track_caller]
    fn matches(text: &str, name: &str) -> bool {
        matches_exact(&glob(text).exact(), name.as_bytes())
    }

    #[test]
    fn escapes_are_resolved_in_literals_and_kept_in_globs() {
        assert_eq!(glob(r"a\*\b").literal(), Some("a*b"));
        assert_eq!(&*glob(r"\[a\]*").exact(), br"\[a]*");
        assert!(matches(r"\[a\]*", "[a]b"));
    }

    #[test]
    fn what_has_no_sign_means_itself() {
        for byte in 1..=u8::MAX {
            let text = format!("a{}b", char::from(byte));
            let read = Glob::parse(&text).map(|glob| glob.literal() == Some(text.as_str()));
            let is_itself =
                Component::parse(&text) == Ok(Component::Literal(text.as_bytes().into()));
            assert_eq!(is_itself, read == Ok(true), "{text}");
        }
    }

    #[test]
    fn brackets_are_those_of_wildmatch() {
        for (text, name) in [
            ("[]a]x", "]x"),
            ("[!]a]x", "bx"),
            ("[^a]x", "bx"),
            ("[a-c]x", "bx"),
            (r"[\]]x", "]x"),
            ("[[:digit:]-]x", "-x"),
            ("[[]x", "[x"),
            ("[a-]x", "-x"),
        ] {
            assert!(matches(text, name), "{text} {name}");
        }
    }

    #[test]
    fn what_could_never_match_is_refused() {
        let refused = |text| Component::parse(text).expect_err(text);
        assert_eq!(refused("a[b"), PatternError::UnclosedBracket);
        assert_eq!(refused("a[]"), PatternError::UnclosedBracket);
        assert_eq!(refused(r"[a\]"), PatternError::UnclosedBracket);
        assert_eq!(refused(r"a\"), PatternError::DanglingBackslash);
        assert_eq!(
            refused("[[:letter:]]"),
            PatternError::UnknownClass("[:letter:]".into())
        );
        assert_eq!(refused("[[:]a]"), PatternError::UnknownClass("[:]".into()));
        assert_eq!(refused("[äö]"), PatternError::WideBracket('ä'));
        assert_eq!(refused("*.{ts,tsx}"), PatternError::Alternatives);
        assert_eq!(refused(".."), PatternError::DotComponent("..".into()));
        assert_eq!(refused(&"*a".repeat(33)), PatternError::TooManyStars);
    }

    #[test]
    fn braces_without_alternatives_are_names() {
        for text in ["{{cookiecutter.name}}", r"\{a,b}", "a,b}", "}{,"] {
            assert!(Component::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn as_many_stars_as_allowed_still_match() {
        assert!(matches(&"*a".repeat(MAX_STARS), &"ba".repeat(MAX_STARS)));
        assert!(!matches(
            &"*a".repeat(MAX_STARS),
            &format!("{}b", "a".repeat(20_000))
        ));
    }

    #[test]
    fn folded_globs_ignore_case_and_what_is_trimmed() {
        let folded = |text: &str, name: &str| {
            matches_folded(&glob(text).folded(), &Name::new(name.as_bytes()))
        };
        assert!(folded("*.MD", "readme.md. "));
        assert!(folded("Foo*.", "fOOx."));
        assert!(folded("[A-C]x*", "Bx"));
        assert!(folded("[[:upper:]]x*", "bX"));
        assert!(folded("É*", "e\u{301}cole"));
        assert!(!folded("[A-C]x*", "Dx"));
    }
}
