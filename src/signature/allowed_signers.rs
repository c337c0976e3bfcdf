//! Files that list who may sign with which SSH key, as ssh-keygen(1) has them under "ALLOWED SIGNERS".
//!
//! ```text
//! # principals            options                                        key
//! alice@shop.example      namespaces="git",valid-before="20300131Z"      ssh-ed25519 AAAA… alice
//! *@shop.example          cert-authority                                 ssh-ed25519 AAAA… authority
//! ```
//!
//! Two things are told apart that ssh-keygen does not: a date without `Z` is one of the machine's time zone there, and
//! of UTC here, so that a file means the same on every server; and a line that cannot be read is a mistake of the policy,
//! not passed over.

use std::collections::BTreeSet;
use std::fmt;

use super::ssh::PublicKey;
use crate::policy::people::{People, PersonId};

/// A line that lists a key.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whose it is.
    pub principals: Patterns,
    /// The key.
    pub key: PublicKey,
    /// What else must hold.
    pub conditions: Conditions,
}

/// What must hold for a listed key to count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The key does not sign; it certifies the keys that do.
    pub is_authority: bool,
    /// For what it signs; `None`: for anything.
    pub namespaces: Option<Patterns>,
    /// The first second, since 1970, at which it counts.
    pub valid_after: Option<i64>,
    /// The last second, since 1970, at which it counts.
    pub valid_before: Option<i64>,
    /// A date does not say that it is of UTC.
    pub has_local_time: bool,
}

/// A list of patterns with `*`, `?` and `!`, as ssh_config(5) has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns(String);

/// Why a line cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct LineError {
    /// Where, in characters from 1.
    pub column: usize,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// Reads all lines of a file, each with its number from 1; empty lines and comments are left out.
pub fn read(text: &str) -> impl Iterator<Item = (usize, Result<Line, LineError>)> {
    (1..)
        .zip(text.lines())
        .filter(|(_, line)| {
            let content = line.trim_start_matches([' ', '\t', '\r']);
            !content.is_empty() && !content.starts_with('#')
        })
        .map(|(number, line)| (number, Line::read(line)))
}

impl Line {
    fn read(line: &str) -> Result<Self, LineError> {
        let at = |rest: &str, reason: &dyn fmt::Display| LineError {
            column: line[..line.len() - rest.len()].chars().count() + 1,
            reason: reason.to_string(),
        };
        let (principals, rest) = first_word(line)
            .ok_or_else(|| at(line, &"a quote is not closed, or nothing follows it"))?;
        let (conditions, key) = match PublicKey::from_line(rest) {
            Ok(key) => (Conditions::default(), key),
            Err(not_at_once) => {
                let options = Options { rest };
                let key = options
                    .end()
                    .ok_or_else(|| at(rest, &"a quote is not closed"))?;
                if key.trim_ascii().is_empty() {
                    return Err(at(rest, &not_at_once));
                }
                let looks_like_a_key = rest.starts_with("ssh-")
                    || rest.starts_with("ecdsa-")
                    || rest.starts_with("sk-");
                if looks_like_a_key {
                    return Err(at(rest, &not_at_once));
                }
                let conditions = options.read().map_err(|(rest, reason)| at(rest, &reason))?;
                let key = key.trim_ascii_start();
                let parsed = PublicKey::from_line(key).map_err(|error| at(key, &error))?;
                (conditions, parsed)
            }
        };
        if principals.is_empty() {
            return Err(at(line, &"no principal is named"));
        }
        Ok(Line {
            principals: Patterns(principals),
            key,
            conditions,
        })
    }
}

/// The first word and what follows it; quotes keep blanks together (OpenSSH: `strdelimw`).
fn first_word(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start_matches(BLANKS);
    let end = line.find(|one| BLANKS.contains(&one) || one == '"')?;
    let (word, rest) = line.split_at(end);
    let (word, rest) = match rest.strip_prefix('"') {
        Some(quoted) => {
            let (quoted, rest) = quoted.split_once('"')?;
            (format!("{word}{quoted}"), rest)
        }
        None => (word.to_owned(), rest),
    };
    let rest = rest.trim_start_matches(BLANKS);
    (!rest.is_empty()).then_some((word, rest))
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The options of a line, and all that follows them.
#[derive(Debug, Clone, Copy)]
struct Options<'a> {
    rest: &'a str,
}

impl<'a> Options<'a> {
    /// What follows the options; `None` if a quote is not closed (OpenSSH: `sshkey_advance_past_options`).
    fn end(&self) -> Option<&'a str> {
        let mut is_quoted = false;
        let mut characters = self.rest.char_indices();
        while let Some((at, one)) = characters.next() {
            match one {
                '\\' if self.rest[at..].starts_with("\\\"") => {
                    characters.next();
                }
                '"' => is_quoted = !is_quoted,
                ' ' | '\t' if !is_quoted => return Some(&self.rest[at..]),
                _ => {}
            }
        }
        (!is_quoted).then_some("")
    }

    /// Reads them all (OpenSSH: `sshsigopt_parse`); an error has the place as what follows it.
    fn read(mut self) -> Result<Conditions, (&'a str, String)> {
        let mut conditions = Conditions::default();
        loop {
            let start = self.rest;
            let wrong = |reason: String| (start, reason);
            let twice = |name: &str| wrong(format!("`{name}` is given twice; give it once"));
            if self.skip("cert-authority") {
                conditions.is_authority = true;
            } else if self.skip("namespaces=") {
                let patterns = Patterns(self.quoted().map_err(wrong)?);
                if conditions.namespaces.replace(patterns).is_some() {
                    return Err(twice("namespaces"));
                }
            } else if self.skip("valid-after=") {
                let date = self.quoted().map_err(wrong)?;
                let time = time(&date).ok_or_else(|| wrong(no_date(&date)))?;
                conditions.has_local_time |= !time.is_utc;
                if conditions.valid_after.replace(time.seconds).is_some() {
                    return Err(twice("valid-after"));
                }
            } else if self.skip("valid-before=") {
                let date = self.quoted().map_err(wrong)?;
                let time = time(&date).ok_or_else(|| wrong(no_date(&date)))?;
                conditions.has_local_time |= !time.is_utc;
                if conditions.valid_before.replace(time.seconds).is_some() {
                    return Err(twice("valid-before"));
                }
            } else {
                return Err(wrong(
                    "neither a key nor an option; options are `cert-authority`, `namespaces=\"…\"`, `valid-after=\"…\"` \
                     and `valid-before=\"…\"`, with commas between them and no blanks"
                        .to_owned(),
                ));
            }
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None if self.rest.starts_with([' ', '\t']) => break,
                None => return Err((self.rest, "a comma is missing between options".to_owned())),
            }
        }
        if let (Some(after), Some(before)) = (conditions.valid_after, conditions.valid_before)
            && before <= after
        {
            return Err((
                self.rest,
                "`valid-before` is not after `valid-after`, so the key never counts".to_owned(),
            ));
        }
        Ok(conditions)
    }

    fn skip(&mut self, name: &str) -> bool {
        match self.rest.split_at_checked(name.len()) {
            Some((start, rest)) if start.eq_ignore_ascii_case(name) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// A value in quotes, in which `\"` is a quote (OpenSSH: `opt_dequote`).
    fn quoted(&mut self) -> Result<String, String> {
        let not_quoted = || "the value must stand in double quotes".to_owned();
        let body = self.rest.strip_prefix('"').ok_or_else(not_quoted)?;
        let mut value = String::new();
        let mut characters = body.char_indices();
        while let Some((at, one)) = characters.next() {
            match one {
                '\\' if body[at..].starts_with("\\\"") => {
                    characters.next();
                    value.push('"');
                }
                '"' => {
                    self.rest = &body[at + 1..];
                    return Ok(value);
                }
                _ => value.push(one),
            }
        }
        Err("a quote is not closed".to_owned())
    }
}

fn no_date(text: &str) -> String {
    format!("`{text}` is no date; write `20300131Z` or `20300131235959Z`")
}

struct Time {
    seconds: i64,
    is_utc: bool,
}

/// `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, with `Z` or `UTC` behind it or not (OpenSSH: `parse_absolute_time`).
fn time(text: &str) -> Option<Time> {
    let lower = text.to_ascii_lowercase();
    let digits = lower
        .strip_suffix('z')
        .or_else(|| lower.strip_suffix("utc"));
    let is_utc = digits.is_some();
    let digits = digits.unwrap_or(&lower);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or("00");
    let date = format!("{}-{}-{}", digits.get(..4)?, part(4, 6), part(6, 8));
    let (hour, minute, second) = (part(8, 10), part(10, 12), part(12, 14));
    let is_time = hour < "24" && minute < "60" && second < "60";
    let text = match digits.len() {
        8 | 12 | 14 if is_time => format!("{date}T{hour}:{minute}:{second}+00:00"),
        _ => return None,
    };
    let seconds = gix::date::parse(&text, None).ok()?.seconds;
    (seconds > 0).then_some(Time { seconds, is_utc })
}

impl Conditions {
    /// May it sign for this?
    pub fn allow_namespace(&self, namespace: &str) -> bool {
        self.namespaces
            .as_ref()
            .is_none_or(|patterns| patterns.matches(namespace))
    }
}

impl Patterns {
    /// Does one of the patterns match, and none of those with `!`? (OpenSSH: `match_pattern_list`.)
    pub fn matches(&self, text: &str) -> bool {
        self.matches_as(text, str::to_owned)
    }

    /// Everyone of whom an e-mail address matches, without regard to case.
    pub fn persons(&self, people: &People) -> BTreeSet<PersonId> {
        let is_literal = |pattern: &str| !pattern.contains(['*', '?', '!']);
        if self.0.split(',').all(is_literal) {
            let one = |pattern: &str| people.by_email(pattern.as_bytes());
            return self.0.split(',').filter_map(one).collect();
        }
        people
            .emails()
            .filter(|(email, _)| self.matches_as(email, str::to_ascii_lowercase))
            .map(|(_, person)| person)
            .collect()
    }

    fn matches_as(&self, text: &str, fold: impl Fn(&str) -> String) -> bool {
        let text = fold(text);
        let mut is_matched = false;
        for pattern in self.0.split(',') {
            let (is_negated, pattern) = match pattern.strip_prefix('!') {
                Some(pattern) => (true, pattern),
                None => (false, pattern),
            };
            if wild(fold(pattern).as_bytes(), text.as_bytes()) {
                if is_negated {
                    return false;
                }
                is_matched = true;
            }
        }
        is_matched
    }
}

impl fmt::Display for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `*` is any number of bytes, `?` one; in the time of their product.
fn wild(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read) = (0, 0);
    // Where the last `*` stands, and how much of the text it takes so far.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(one) if *one == b'?' || *one == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((position, taken)) = star else {
                    return false;
                };
                star = Some((position, taken + 1));
                (at, read) = (position + 1, taken + 1);
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}
