//! GitLab's dialect: sections, and in each the last match, but for what the section excludes.
//!
//! As documented in "Syntax of CODEOWNERS file". What the documentation leaves open is as in `Gitlab::CodeOwners::File`:
//! patterns go to Ruby's `File.fnmatch` with `FNM_PATHNAME`, so that `docs` is no directory, and a `**` without a `/`
//! behind it a mere `*`; words behind a `#` further on in a line are owners, and an exclusion counts wherever in its
//! section it stands. GitLab approves by itself where no owner is left; here nobody can.

use std::collections::HashMap;

use gix::bstr::ByteSlice;

use super::sections::{Section, Sections};
use super::{Demand, Dialect, Found, Owner, ProblemKind, numbered, pattern_and_owners};
use crate::paths::Pattern;

/// Reads the lines of a file.
pub(super) fn read(file: &[u8], found: &mut Found) -> Sections {
    let mut reader = Reader {
        sections: vec![NamedSection::default()],
        by_name: HashMap::new(),
        heading: Heading::default(),
        section: 0,
        found,
    };
    for (number, line) in numbered(file) {
        if !line.is_empty() && !line.starts_with_str("#") {
            reader.read(number, &String::from_utf8_lossy(line));
        }
    }
    reader.finish()
}

struct Reader<'f> {
    /// First the one above all headings.
    sections: Vec<NamedSection>,
    /// Where each is, by its name without case.
    by_name: HashMap<String, usize>,
    /// The heading above the line, and which section it stands for.
    heading: Heading,
    section: usize,
    found: &'f mut Found,
}

#[derive(Default)]
struct NamedSection {
    name: Option<String>,
    section: Section,
    /// One line at least stands below a heading without `^`.
    required: bool,
}

/// What a heading says of the lines below it.
#[derive(Default)]
struct Heading {
    optional: bool,
    count: usize,
    owners: Option<Vec<Owner>>,
}

impl Reader<'_> {
    fn read(&mut self, number: usize, line: &str) {
        let opening = line.strip_prefix('^').unwrap_or(line);
        if let Some(opened) = opening.strip_prefix('[') {
            if let Some((name, rest)) = opened.split_once(']') {
                self.heading(number, name, rest, opening.len() < line.len());
                return;
            }
            // As documented, it is then read as an entry of the section above.
            self.found.problem(number, ProblemKind::UnclosedHeading);
        }
        let (pattern, owners) = pattern_and_owners(line);
        match pattern.strip_prefix('!') {
            Some(excluded) => self.exclusion(number, excluded, owners),
            None => self.entry(number, pattern, owners),
        }
    }

    fn heading(&mut self, number: usize, name: &str, rest: &str, optional: bool) {
        if name.trim().is_empty() {
            self.found.problem(number, ProblemKind::NamelessSection);
        }
        let (count, rest) = count(rest);
        let owners = match rest.chars().next() {
            Some(first) if first.is_whitespace() => {
                // The server stops at the first sign that no owner has.
                let end = rest.find(|one| !is_of_owners(one)).unwrap_or(rest.len());
                if end < rest.len() {
                    self.found.problem(number, ProblemKind::AfterHeading);
                }
                Some(self.found.owners(&rest[..end], number, Dialect::Gitlab))
            }
            Some(_) => {
                self.found.problem(number, ProblemKind::AfterHeading);
                None
            }
            None => None,
        };
        if optional && count > 0 {
            self.found.problem(number, ProblemKind::OptionalCount);
        }
        self.heading = Heading {
            optional: optional && count == 0,
            count: count.max(1),
            owners,
        };
        let new = self.sections.len();
        self.section = *self.by_name.entry(name.to_lowercase()).or_insert(new);
        if self.section == new {
            self.sections.push(NamedSection {
                name: Some(name.to_owned()),
                ..NamedSection::default()
            });
        }
    }

    fn exclusion(&mut self, number: usize, text: &str, owners: &str) {
        if !owners.trim().is_empty() {
            self.found.problem(number, ProblemKind::OwnersOfExclusion);
        }
        match pattern(text) {
            Ok(pattern) => self.sections[self.section].section.exclude(pattern),
            // An exclusion that cannot be read excludes nothing.
            Err(kind) => self.found.problem(number, kind),
        }
        self.sections[self.section].required |= !self.heading.optional;
    }

    fn entry(&mut self, number: usize, text: &str, owners: &str) {
        let owners = if owners.trim().is_empty() {
            self.heading.owners.clone().unwrap_or_default()
        } else {
            self.found.owners(owners, number, Dialect::Gitlab)
        };
        if owners.is_empty() {
            self.found.problem(number, ProblemKind::Nobody);
        }
        let section = &mut self.sections[self.section];
        section.required |= !self.heading.optional;
        let demand = Demand {
            section: section.name.clone(),
            owners,
            count: self.heading.count.max(1),
            optional: self.heading.optional,
            line: number,
        };
        match pattern(text) {
            Ok(pattern) => section.section.add(pattern, Some(demand)),
            Err(kind) => {
                self.found.problem(number, kind);
                // Whatever becomes of its section.
                self.found.everywhere.push(Demand {
                    optional: false,
                    ..demand
                });
            }
        }
    }

    /// A section is optional only if all its lines are.
    fn finish(self) -> Sections {
        Sections::new(self.sections.into_iter().map(|mut named| {
            if named.required {
                for demand in named.section.demands_mut() {
                    demand.optional = false;
                }
            }
            named.section
        }))
    }
}

/// The number in `[2]`, 0 if there is none, and what follows.
fn count(text: &str) -> (usize, &str) {
    let bracketed = text
        .strip_prefix('[')
        .and_then(|inside| inside.split_once(']'));
    match bracketed {
        Some((digits, rest)) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let count = if digits.is_empty() {
                Ok(0)
            } else {
                digits.parse()
            };
            // More than can be counted is more than there are persons.
            (count.unwrap_or(usize::MAX), rest)
        }
        _ => (0, text),
    }
}

fn is_of_owners(one: char) -> bool {
    one.is_ascii_alphanumeric() || one.is_whitespace() || "@_.-/+".contains(one)
}

/// The pattern as GitLab hands it to `fnmatch`, for a path with a `/` in front.
fn pattern(text: &str) -> Result<Pattern, ProblemKind> {
    if text.contains('\u{fffd}') {
        return Err(ProblemKind::NotUtf8);
    }
    if text == "*" {
        return Pattern::parse_whole("/**/*").map_err(ProblemKind::Pattern);
    }
    let text = text
        .strip_prefix("\\#")
        .map_or_else(|| text.to_owned(), |rest| format!("#{rest}"));
    let text = text.replace("\\ ", " ").replace("\\\t", " ");
    let anchor = if text.starts_with('/') { "" } else { "/**/" };
    let below = if text.ends_with('/') { "**/*" } else { "" };
    Pattern::parse_whole(&format!("{anchor}{text}{below}")).map_err(ProblemKind::Pattern)
}
