//! What a commit says of itself: its author, its committer, the trailers and lines of its message.

use std::sync::LazyLock;

use gix::bstr::{BStr, ByteSlice as _};
use regex::bytes::{Captures, Regex};

use super::{Ai, Evidence, Provenance, Reader, Seen};
use crate::git::commit::{Commit, Identity};
use crate::git::message::{self, Trailer};
use crate::policy::people::Kind;

/// The trailer by which a commit says whether an agent helped: `no`, `yes`, or which.
pub const SAYS_WHETHER: &str = "AI-Assisted";

/// Trailers that are about nothing else: what does not deny it says so.
const ABOUT_AGENTS: [&str; 3] = [SAYS_WHETHER, "AI-Used-For", "Co-authored-by-AI"];

/// What denies it.
const NONE: [&str; 3] = ["no", "none", "false"];

/// Trailers that name whoever had a hand in the commit.
const CREDITS: [&str; 5] = [
    "Co-authored-by",
    "Assisted-by",
    "Generated-by",
    "Co-developed-by",
    "Signed-off-by",
];

/// Those of them that also name tools, which have no address.
const CREDITS_OF_TOOLS: [&str; 2] = ["Assisted-by", "Generated-by"];

/// So many of one kind are kept; a message can hold any number.
const MOST: usize = 16;

/// A line that reads like a credit, wherever it stands (a squashed commit has the trailers of what was squashed in the
/// middle of its message), or like a footer: `🤖 Generated with [Claude Code](https://claude.com/claude-code)`.
static LINE: LazyLock<Regex> = LazyLock::new(|| {
    let credit = format!(
        r"[ \t]*(?P<key>{})[ \t]*:[ \t]*(?P<value>[^\r\n]+)",
        CREDITS.join("|")
    );
    // Before it stand emoji, list marks, quotation marks.
    let footer = r"[^a-z0-9\r\n]{0,16}(?:generated|made|created|written|co-?authored)[ \t]+(?:with|by|using)[ \t]+\[?(?P<tool>[^\r\n]+)";
    Regex::new(&format!("(?im-u)^(?:{credit}|{footer})")).expect("it is fixed")
});

impl Reader<'_> {
    /// What the commit itself says.
    pub fn commit(&self, commit: &Commit) -> Provenance {
        let mut evidence = Vec::new();
        for (identity, seen, says) in [
            (&commit.author, Seen::Author, Ai::Authored),
            (&commit.committer, Seen::Committer, Ai::Assisted),
        ] {
            let found = self.agent_of(identity).map(|agent| {
                let text = [&identity.name[..], b" <", &identity.email, b">"].concat();
                Evidence::new(says, Some(agent), seen, &text)
            });
            evidence.extend(found);
        }
        for trailer in message::trailers(&commit.message) {
            add(&mut evidence, self.trailer(&trailer));
        }
        // Agents that quote for another shell than the one they use write `\n` where a line should end.
        let message = commit.message.replace(b"\\n", b"\n");
        for line in LINE.captures_iter(&message) {
            add(&mut evidence, self.line(&line));
        }
        Provenance {
            evidence,
            share: None,
        }
    }

    /// A line of a message: a credit or a footer.
    fn line(&self, line: &Captures<'_>) -> Option<Evidence> {
        if let (Some(key), Some(value)) = (line.name("key"), line.name("value")) {
            return self.credit(key.as_bytes(), value.as_bytes(), Seen::Message);
        }
        let agent = self
            .catalogue
            .agent_of_text(line.name("tool")?.as_bytes())?;
        let text = line.get(0)?.as_bytes();
        Some(Evidence::new(
            Ai::Assisted,
            Some(agent),
            Seen::Message,
            text,
        ))
    }

    /// The agent whose address or mark an identity has. Whom the policy knows by the address is what the policy says.
    fn agent_of(&self, identity: &Identity) -> Option<&str> {
        let by_suffix = || self.catalogue.agent_of_suffix(&identity.name);
        self.agent_of_email(&identity.email).or_else(by_suffix)
    }

    fn agent_of_email(&self, email: &[u8]) -> Option<&str> {
        match self.people.by_email(email) {
            Some(person) => {
                let person = self.people.person(person);
                (person.kind == Kind::Agent).then_some(&*person.name)
            }
            None => Some(&*self.catalogue.agent_of_email(email)?.name),
        }
    }

    fn trailer(&self, trailer: &Trailer<'_>) -> Option<Evidence> {
        let value = trailer.value.trim();
        if value.is_empty() {
            return None;
        }
        if let Some(agent) = self.catalogue.agent_of_trailer(trailer.key, value) {
            return Some(says(
                Ai::Assisted,
                Some(agent),
                Seen::Trailer,
                trailer.key,
                value,
            ));
        }
        if ABOUT_AGENTS.iter().any(|key| trailer.is(key)) {
            let is_none = NONE
                .iter()
                .any(|none| value.eq_ignore_ascii_case(none.as_bytes()));
            return Some(if is_none {
                says(Ai::DeclaredNone, None, Seen::Trailer, trailer.key, value)
            } else {
                let agent = self.catalogue.agent_of_text(value);
                says(Ai::Assisted, agent, Seen::Trailer, trailer.key, value)
            });
        }
        self.credit(trailer.key, value, Seen::Trailer)
    }

    /// A credit to an agent. Where it gives an address, that decides: people are called Claude.
    fn credit(&self, key: &[u8], value: &[u8], seen: Seen) -> Option<Evidence> {
        let is_one_of = |keys: &[&str]| {
            keys.iter()
                .any(|known| key.eq_ignore_ascii_case(known.as_bytes()))
        };
        if !is_one_of(&CREDITS) {
            return None;
        }
        let address = address(value);
        let by_address = address.and_then(|address| self.agent_of_email(address));
        let by_name = || match address {
            Some(_) => self.catalogue.agent_of_unmistakable_text(value),
            None => self.catalogue.agent_of_text(value),
        };
        let agent = match by_address {
            None if is_one_of(&CREDITS_OF_TOOLS) => by_name(),
            found => found,
        };
        Some(says(Ai::Assisted, Some(agent?), seen, key, value))
    }
}

/// Adds what is not said already: each trailer is a line too. Enough of one kind is enough, and hides no other kind.
fn add(all: &mut Vec<Evidence>, found: Option<Evidence>) {
    let Some(new) = found else { return };
    let alike = || all.iter().filter(|known| known.says == new.says);
    if alike().count() < MOST && alike().all(|known| known.text != new.text) {
        all.push(new);
    }
}

fn says(ai: Ai, agent: Option<&str>, seen: Seen, key: &[u8], value: &[u8]) -> Evidence {
    Evidence::new(ai, agent, seen, &[key, b": ", value].concat())
}

/// The e-mail address in a value such as `Alice <alice@shop.example>`, or without the brackets.
fn address(value: &[u8]) -> Option<&BStr> {
    let Some(start) = value.rfind_byte(b'<') else {
        let mut words = value.rsplit(u8::is_ascii_whitespace);
        return words.find(|word| word.contains(&b'@')).map(BStr::new);
    };
    let inner = &value[start + 1..];
    Some(inner[..inner.find_byte(b'>')?].trim().as_bstr())
}
