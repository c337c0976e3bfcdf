//! A slow and obvious reading of the dialect, one pattern and one path at a time, to which the automaton is held.

use portcullis::paths::EntryKind;
use portcullis::paths::fold::fold;

/// Whether a list of patterns contains the entry.
pub(crate) fn contains<S: AsRef<str>>(
    list: &[S],
    fold: bool,
    path: &[u8],
    kind: EntryKind,
) -> bool {
    let entries: Vec<_> = list
        .iter()
        .map(|text| Entry::new(text.as_ref(), fold))
        .collect();
    let path: Vec<_> = path.split(|&byte| byte == b'/').collect();
    let winner = entries.iter().rev().find(|entry| entry.covers(&path, kind));
    winner.is_some_and(|entry| !entry.exclusion)
        || entries.iter().any(|entry| entry.needs_directory(&path))
}

/// Whether the pattern needs a directory at `path`.
pub(crate) fn needs_directory(pattern: &str, path: &[u8]) -> bool {
    Entry::new(pattern, false)
        .needs_directory(&path.split(|&byte| byte == b'/').collect::<Vec<_>>())
}

struct Entry<'a> {
    exclusion: bool,
    directories_only: bool,
    /// A pattern for any depth begins with `**`.
    components: Vec<&'a str>,
    fold: bool,
}

impl<'a> Entry<'a> {
    fn new(text: &'a str, fold: bool) -> Self {
        let (exclusion, body) = text
            .strip_prefix('!')
            .map_or((false, text), |body| (true, body));
        let (directories_only, body) = body
            .strip_suffix('/')
            .map_or((false, body), |body| (true, body));
        let mut components: Vec<_> = body.strip_prefix('/').unwrap_or(body).split('/').collect();
        if !body.contains('/') {
            components.insert(0, "**");
        }
        Entry {
            exclusion,
            directories_only,
            components,
            fold: fold && !exclusion,
        }
    }

    /// Whether it matches the path, or a directory above it.
    fn covers(&self, path: &[&[u8]], kind: EntryKind) -> bool {
        (1..=path.len()).any(|length| {
            let directory = length < path.len() || kind == EntryKind::Submodule;
            (directory || !self.directories_only) && self.matches(&self.components, &path[..length])
        })
    }

    fn matches(&self, components: &[&str], path: &[&[u8]]) -> bool {
        match (components, path) {
            ([], _) => path.is_empty(),
            ([stars], _) if is_any_depth(stars) => !path.is_empty(),
            ([stars, rest @ ..], _) if is_any_depth(stars) => {
                (0..=path.len()).any(|skipped| self.matches(rest, &path[skipped..]))
            }
            ([component, rest @ ..], [name, below @ ..]) => {
                self.matches_name(component, name) && self.matches(rest, below)
            }
            (_, []) => false,
        }
    }

    fn matches_name(&self, component: &str, name: &[u8]) -> bool {
        let exact = wildmatch(component.as_bytes(), name);
        if exact || !self.fold {
            return exact;
        }
        if is_literal(component) {
            return fold(unescape(component).as_bytes()) == fold(name);
        }
        let component = fold_part(component.as_bytes());
        wildmatch(&component, &fold(name)) || wildmatch(&component, &fold_part(name))
    }

    /// Whether the path is one at which a directory must stand.
    fn needs_directory(&self, path: &[&[u8]]) -> bool {
        let named = self
            .components
            .iter()
            .skip_while(|component| is_any_depth(component))
            .copied()
            .collect::<Vec<_>>();
        if named.len() < self.components.len() {
            let [name] = named[..] else { return false };
            let last = path.last().expect("a path has a name");
            return !self.exclusion
                && self.directories_only
                && is_literal(name)
                && self.matches_name(name, last);
        }
        let proper = path.len() < named.len() || path.len() == named.len() && self.directories_only;
        !self.exclusion
            && proper
            && named.iter().zip(path).all(|(component, name)| {
                is_literal(component) && self.matches_name(component, name)
            })
    }
}

fn is_any_depth(component: &str) -> bool {
    component.len() > 1 && component.chars().all(|character| character == '*')
}

fn is_literal(component: &str) -> bool {
    let mut characters = component.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '*' | '?' | '[' => return false,
            _ => {}
        }
    }
    true
}

fn unescape(component: &str) -> String {
    let mut characters = component.chars();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        let is_escape = character == '\\';
        text.extend(if is_escape {
            characters.next()
        } else {
            Some(character)
        });
    }
    text
}

/// Folds without trimming.
fn fold_part(text: &[u8]) -> Vec<u8> {
    let mut folded = fold(&[text, b"/"].concat()).into_owned();
    folded.pop();
    folded
}

/// git's `wildmatch`, for one component.
fn wildmatch(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], _) => text.is_empty(),
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|skipped| wildmatch(rest, &text[skipped..])),
        ([b'?', rest @ ..], [_, text @ ..]) => wildmatch(rest, text),
        ([b'[', rest @ ..], [byte, text @ ..]) => {
            let (matched, rest) = bracket(rest, *byte);
            matched && wildmatch(rest, text)
        }
        ([b'\\', escaped, rest @ ..], [byte, text @ ..]) => {
            escaped == byte && wildmatch(rest, text)
        }
        ([literal, rest @ ..], [byte, text @ ..]) => literal == byte && wildmatch(rest, text),
        (_, []) => false,
    }
}

/// Whether a bracket expression matches `byte`, and what follows it. Of the classes, only `[:lower:]`.
fn bracket(text: &[u8], byte: u8) -> (bool, &[u8]) {
    let negated = matches!(text[0], b'!' | b'^');
    let mut rest = &text[usize::from(negated)..];
    let mut matched = false;
    let mut first = true;
    while first || rest[0] != b']' {
        first = false;
        if let Some(after) = rest.strip_prefix(b"[:lower:]") {
            matched |= byte.is_ascii_lowercase();
            rest = after;
        } else if rest[1] == b'-' && rest[2] != b']' {
            // To git, the first of a range stands for itself too, where the range is empty.
            matched |= rest[0] == byte || (rest[0]..=rest[2]).contains(&byte);
            rest = &rest[3..];
        } else {
            matched |= rest[0] == byte;
            rest = &rest[1..];
        }
    }
    (matched != negated, &rest[1..])
}
