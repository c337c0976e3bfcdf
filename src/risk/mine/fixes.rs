//! What the message of a commit says of fixes: that it is one, and of what.
//!
//! "Is this a fix?" is where learning from history errs most. `Fixes:` and reverts name the mistake; a subject such as
//! `fix: …` or a word such as `regression` is a guess; an expression of the admin, and a list of commits or of issue keys
//! out of the tracker, are better than either.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// Finds fixes.
#[derive(Debug, Default)]
pub struct Finder {
    /// A subject in which this is found is that of a fix.
    pub expression: Option<Regex>,
    /// These are fixes.
    pub listed: Listed,
}

/// A list of fixes, such as a tracker can give it: one id of a commit, or key of an issue, a line.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Listed {
    commits: BTreeSet<Abbreviation>,
    keys: BTreeSet<Vec<u8>>,
}

/// What a message says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Said {
    /// The commit mends something.
    pub is_fix: bool,
    /// It takes an earlier commit back.
    pub is_revert: bool,
    /// The commits that it takes back or names as the mistake.
    pub mistakes: Vec<Abbreviation>,
}

/// The first hex digits of a commit's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Abbreviation {
    /// The first 16, with zeros for those that are not given.
    bits: u64,
    /// How many bits of these are not given.
    open: u32,
}

static NAMED: LazyLock<Regex> =
    LazyLock::new(|| expression(r"(?im)(?:This reverts commit|^\s*Fixes:?)\s+([0-9a-f]{7,64})\b"));

/// As git writes it, and as conventional commits do.
static REVERT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r#"(?x-u) \A Revert\x20" | \A (?i: revert) (?: \([^)]*\) )? !? : | This\x20reverts\x20commit\x20[0-9a-f]{7,64}\b "#,
    )
});

/// Conventional commits, reverts, and the words by which people say that something was wrong.
static SUBJECT: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?ix-u)
        ^ (?: \[ [^\]]* \] \s* | [\w./-]+ : \s* )? (?: (?: hot | bug\x20? )? fix (?: \( [^)]* \) )? !? : | revert \b )
        | \b (?: fix (?: e[sd] | ing | up )? | bug (?: s | fix (?: es )? )? | hotfix | regress (?: ions? | ed )? | crash (?: es | ed | ing )?
             | deadlocks? | segfaults? | panics? | overflows? | leaks? | leaking | races? | use-after-free | null\x20pointer
             | npe | broken | incorrect (?: ly )? | wrong (?: ly )? | corrupt (?: s | ed | ion )? ) \b",
    )
});

/// What is mended there is not the product's behaviour.
static NO_FIX: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?ix-u) \b (?: typos? | spelling | grammar | whitespace | indentation | formatting | lint (?: s | er | ing )? | clippy | rustfmt
             | warnings? | comments? | docs? | documentation | docstrings? | readme | changelog | ci | flaky | tests? | links? )\b",
    )
});

fn expression(text: &str) -> Regex {
    Regex::new(text).expect("it is right, or every test of fixes would fail")
}

impl Finder {
    /// What the message of `commit` says.
    pub fn read(&self, commit: &gix::oid, subject: &[u8], message: &[u8]) -> Said {
        let mistakes: Vec<_> = NAMED
            .captures_iter(message)
            .filter_map(|found| Abbreviation::parse(&found[1]))
            .collect();
        let is_revert = REVERT.is_match(subject) || REVERT.is_match(message);
        Said {
            is_revert,
            is_fix: !mistakes.is_empty() || self.is_fix(commit, subject, message),
            mistakes,
        }
    }

    fn is_fix(&self, commit: &gix::oid, subject: &[u8], message: &[u8]) -> bool {
        let by_admin = self.expression.as_ref();
        by_admin.is_some_and(|expression| expression.is_match(subject))
            || self.listed.has(commit, message)
            || (SUBJECT.is_match(subject) && !NO_FIX.is_match(subject))
    }

    /// By what this finds fixes, for comparing.
    pub fn digest(&self) -> String {
        let expression = self.expression.as_ref().map_or("", Regex::as_str);
        crate::digest::sha256(format!("{expression}\n{:?}", self.listed))
    }
}

impl Listed {
    /// Reads a list. Empty lines, and those that begin with `#`, say nothing.
    pub fn parse(text: &[u8]) -> Self {
        let mut listed = Listed::default();
        let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            match Abbreviation::parse(line) {
                Some(commit) => listed.commits.insert(commit),
                None => listed.keys.insert(line.to_vec()),
            };
        }
        listed
    }

    fn has(&self, commit: &gix::oid, message: &[u8]) -> bool {
        let bits = Abbreviation::of(commit);
        let mut commits = self.commits.iter();
        if commits.any(|listed| listed.fits(bits)) {
            return true;
        }
        let is_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'#');
        let mut words = message.split(|byte| !is_word(byte));
        !self.keys.is_empty() && words.any(|word| self.keys.contains(word))
    }
}

impl Abbreviation {
    /// The first 64 bits of an id.
    pub fn of(commit: &gix::oid) -> u64 {
        let first = commit.as_bytes().first_chunk();
        u64::from_be_bytes(*first.expect("an id is longer"))
    }

    /// At least seven hex digits, and nothing else.
    pub fn parse(hex: &[u8]) -> Option<Self> {
        let is_hex = hex.len() >= 7 && hex.iter().all(u8::is_ascii_hexdigit);
        let first = std::str::from_utf8(&hex[..hex.len().min(16)]).ok()?;
        let open = 64 - 4 * u32::try_from(first.len()).ok()?;
        let bits = u64::from_str_radix(first, 16).ok()?;
        is_hex.then_some(Abbreviation {
            bits: bits << open,
            open,
        })
    }

    fn fits(self, bits: u64) -> bool {
        bits >> self.open == self.bits >> self.open
    }

    /// The ids, as their first 64 bits, that begin so.
    pub fn range(self) -> std::ops::RangeInclusive<u64> {
        self.bits..=self.bits | ((1_u64 << self.open) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_fix(subject: &str) -> bool {
        let commit = gix::ObjectId::null(gix::hash::Kind::Sha1);
        let finder = Finder::default();
        finder
            .read(&commit, subject.as_bytes(), subject.as_bytes())
            .is_fix
    }

    #[test]
    fn subjects_tell_fixes() {
        for fix in [
            "fix: off by one",
            "fix(parser)!: off by one",
            "net: fix: off by one",
            "Fix crash when the list is empty",
            "Revert \"Add cache\"",
            "avoid a deadlock on shutdown",
        ] {
            assert!(is_fix(fix), "{fix}");
        }
        for other in [
            "fix typo",
            "docs: fix a link",
            "Fix flaky test",
            "add prefix option",
            "feat: retries",
        ] {
            assert!(!is_fix(other), "{other}");
        }
    }

    #[test]
    fn messages_tell_reverts() {
        let commit = gix::ObjectId::null(gix::hash::Kind::Sha1);
        let is_revert = |message: &str| {
            let subject = message.lines().next().unwrap_or_default();
            let finder = Finder::default();
            finder
                .read(&commit, subject.as_bytes(), message.as_bytes())
                .is_revert
        };
        for revert in [
            "Revert \"Add cache\"",
            "revert(cache)!: no cache",
            "No cache\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.\n",
        ] {
            assert!(is_revert(revert), "{revert}");
        }
        for other in [
            "Say how to revert a commit",
            "Reverting is easy",
            "fix: x\n\nFixes: 01234567",
        ] {
            assert!(!is_revert(other), "{other}");
        }
    }

    #[test]
    fn messages_name_mistakes() {
        let commit = gix::ObjectId::null(gix::hash::Kind::Sha1);
        let said = |message: &str| {
            let finder = Finder::default();
            finder.read(&commit, b"x", message.as_bytes()).mistakes
        };
        assert_eq!(
            said("x\n\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.\n"),
            [Abbreviation {
                bits: 0x0123_4567_89ab_cdef,
                open: 0
            }]
        );
        let short = Abbreviation {
            bits: 0x0123_4567_0000_0000,
            open: 32,
        };
        assert_eq!(said("x\n\nFixes: 01234567 (\"add cache\")\n"), [short]);
        assert_eq!(short.range(), 0x0123_4567_0000_0000..=0x0123_4567_ffff_ffff);
        assert_eq!(said("x\n\nFixes: #123\n"), []);
    }

    #[test]
    fn a_list_names_commits_and_issues() {
        let listed = Listed::parse(b"# from the tracker\nSHOP-17\n\n0000000\n");
        let finder = Finder {
            listed,
            expression: None,
        };
        let nothing = gix::ObjectId::null(gix::hash::Kind::Sha1);
        let other = gix::ObjectId::from_hex(&[b'1'; 40]).expect("an id");
        assert!(finder.read(&nothing, b"x", b"x").is_fix);
        assert!(finder.read(&other, b"x", b"SHOP-17: total").is_fix);
        assert!(!finder.read(&other, b"x", b"SHOP-171: total").is_fix);
    }
}
