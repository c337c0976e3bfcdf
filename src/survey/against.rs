//! What a change of a policy opens and closes: two policies as they are written, held against each other, and both against
//! the files of a repository.
//!
//! Whether a word opens or closes hangs on where it stands. A path more in a rule closes, a person more who may approve
//! opens, and under `not` everything is the other way round. What cannot be told (another expression, another member of a
//! group) is told as a change.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BString, ByteSlice as _};
use serde::Serialize;

use super::{Content, guarded};
use crate::policy::Loaded;
use crate::policy::yaml::{Node, Value};
use crate::report::words::counted;

/// Where files that are told together lie: so many directories down.
const DEPTH: usize = 2;

/// Tables of the policy in which things have names, and what one of them is called.
const TABLES: [(&str, &str); 5] = [
    ("zones", "zone"),
    ("path_sets", "path set"),
    ("groups", "group"),
    ("people", "person"),
    ("agents", "agent"),
];

/// What a change does.
#[derive(Debug, Default, Serialize)]
pub struct Differences {
    /// Pushes that were refused pass now.
    pub opens: BTreeSet<String>,
    /// Pushes that passed are refused now.
    pub closes: BTreeSet<String>,
    /// Either, or both.
    pub changes: BTreeSet<String>,
}

/// Which way something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Opens,
    Closes,
    Either,
}

impl std::ops::Not for Way {
    type Output = Way;

    fn not(self) -> Way {
        match self {
            Way::Opens => Way::Closes,
            Way::Closes => Way::Opens,
            Way::Either => Way::Either,
        }
    }
}

impl Differences {
    /// What becomes different with `new` in place of `old`, also in the files of a repository.
    pub fn between(old: &Loaded, new: &Loaded, content: Option<&Content>) -> Self {
        let mut found = Differences::default();
        if let Some(content) = content {
            found.files(old, new, content);
        }
        let (old, new) = (old.document().root, new.document().root);
        found.named(&rules(&old), &rules(&new), "rule", Way::Closes);
        for (table, what) in TABLES {
            found.named(
                &table_of(&old, table),
                &table_of(&new, table),
                what,
                Way::Either,
            );
        }
        let is_told = |key: &str| key == "rules" || TABLES.iter().any(|(table, _)| *table == key);
        for key in keys(&old, &new).into_iter().filter(|key| !is_told(key)) {
            let way = way_of(key, Way::Either);
            found.values("the policy", key, old.entry(key), new.entry(key), way);
        }
        found
    }

    /// Is it the same?
    pub fn is_empty(&self) -> bool {
        self.opens.is_empty() && self.closes.is_empty() && self.changes.is_empty()
    }

    /// Files that are no longer guarded, or are now.
    fn files(&mut self, old: &Loaded, new: &Loaded, content: &Content) {
        let before = guarded(&old.policy, content, &content.sets(&old.policy));
        let after = guarded(&new.policy, content, &content.sets(&new.policy));
        let branch = content.branch.as_bstr();
        let branch = branch
            .strip_prefix(b"refs/heads/")
            .unwrap_or(branch)
            .as_bstr();
        let below = |positions: BTreeSet<&usize>| {
            let mut folders: BTreeMap<BString, usize> = BTreeMap::new();
            for position in positions {
                *folders
                    .entry(folder(&content.files[*position].0))
                    .or_default() += 1;
            }
            folders
        };
        for (folder, count) in below(before.difference(&after).collect()) {
            let files = counted(count, "file", "files");
            self.opens
                .insert(format!("stops protecting {files} {folder} on {branch}"));
        }
        for (folder, count) in below(after.difference(&before).collect()) {
            let files = counted(count, "file", "files");
            self.closes
                .insert(format!("protects {files} more {folder} on {branch}"));
        }
    }

    /// What is known by its name: added, gone, or changed. `added` is the way in which one more goes.
    fn named(
        &mut self,
        old: &BTreeMap<String, &Node>,
        new: &BTreeMap<String, &Node>,
        what: &str,
        added: Way,
    ) {
        for (name, node) in new {
            match old.get(name) {
                None => self.tell(added, format!("adds the {what} {name}{}", about(node))),
                Some(before) => {
                    let subject = format!("{what} {name}");
                    self.within(&subject, "", before, node, Way::Either);
                }
            }
        }
        for (name, node) in old {
            if !new.contains_key(name) {
                self.tell(!added, format!("drops the {what} {name}{}", about(node)));
            }
        }
    }

    fn within(&mut self, subject: &str, path: &str, old: &Node, new: &Node, way: Way) {
        if let (Value::Map(_), Value::Map(_)) = (&old.value, &new.value) {
            for key in keys(old, new) {
                let is_for_people = path.is_empty() && ["description", "message"].contains(&key);
                if !is_for_people {
                    let inner = if path.is_empty() {
                        key.to_owned()
                    } else {
                        format!("{path}.{key}")
                    };
                    let way = way_of(key, way);
                    self.values(subject, &inner, old.entry(key), new.entry(key), way);
                }
            }
        } else {
            self.values(subject, path, Some(old), Some(new), way);
        }
    }

    /// Two values at the same place. `way` is the way in which more of it goes.
    fn values(
        &mut self,
        subject: &str,
        path: &str,
        old: Option<&Node>,
        new: Option<&Node>,
        way: Way,
    ) {
        // Of a list without which a rule is about everything, the first entry limits it.
        let limits = ["refs", "paths", "zones", "tiers", "repos", "when"].contains(&last(path));
        // One condition more is met less often.
        let is_condition = path.starts_with("when.") && !path.ends_with(']');
        let added = match (limits, is_condition) {
            (true, _) => Way::Opens,
            (false, true) => !way,
            (false, false) => way,
        };
        match (old, new) {
            (None, None) => {}
            (None, Some(new)) => {
                self.tell(added, format!("{subject} has `{path}{}` now", shown(new)));
            }
            (Some(old), None) => {
                self.tell(
                    !added,
                    format!("{subject} has no `{path}{}` any more", shown(old)),
                );
            }
            (Some(old), Some(new)) => self.changed(subject, path, (old, new), way),
        }
    }

    fn changed(&mut self, subject: &str, path: &str, (old, new): (&Node, &Node), way: Way) {
        let number = |node: &Node| match node.value {
            Value::Unsigned(number) => Some(number),
            _ => None,
        };
        if let (Some(before), Some(after)) = (number(old), number(new)) {
            if before != after {
                let way = if after > before { way } else { !way };
                let what = what_is_counted(path, after);
                self.tell(way, format!("{subject} asks {what} in place of {before}"));
            }
            return;
        }
        if let (Value::Map(_), Value::Map(_)) = (&old.value, &new.value) {
            self.within(subject, path, old, new, way);
            return;
        }
        let (before, after) = (texts(old), texts(new));
        match (before, after) {
            (Some(before), Some(after)) if is_list(old) || is_list(new) || before == after => {
                for text in after.difference(&before) {
                    let way = if text.starts_with('!') { !way } else { way };
                    self.tell(way, format!("{subject} has `{text}`{} now", among(path)));
                }
                for text in before.difference(&after) {
                    let way = if text.starts_with('!') { way } else { !way };
                    self.tell(
                        way,
                        format!("{subject} has `{text}` no more{}", among(path)),
                    );
                }
            }
            (Some(_), Some(_)) => {
                let way = match (rank(old), rank(new)) {
                    (Some(before), Some(after)) if after > before => Way::Closes,
                    (Some(_), Some(_)) => Way::Opens,
                    _ => Way::Either,
                };
                let (before, after) = (shown(old), shown(new));
                let text = format!("{subject} has `{path}{after}` in place of `{path}{before}`");
                self.tell(way, text);
            }
            _ => self.lists(subject, path, (old, new), way),
        }
    }

    /// Lists of what is no single word, place by place; one map stands for a list of one.
    fn lists(&mut self, subject: &str, path: &str, (old, new): (&Node, &Node), way: Way) {
        let (old, new) = (old.items(), new.items());
        let several = old.len().max(new.len()) > 1;
        for index in 0..old.len().max(new.len()) {
            let path = if several {
                format!("{path}[{index}]")
            } else {
                path.to_owned()
            };
            match (old.get(index), new.get(index)) {
                (Some(old), Some(new)) => self.within(subject, &path, old, new, way),
                (old, new) => {
                    self.values(subject, &path, old, new, way);
                }
            }
        }
    }

    fn tell(&mut self, way: Way, text: String) {
        match way {
            Way::Opens => self.opens.insert(text),
            Way::Closes => self.closes.insert(text),
            Way::Either => self.changes.insert(text),
        };
    }
}

/// The way in which more of what stands at `key` goes, within what goes the way `outer`.
fn way_of(key: &str, outer: Way) -> Way {
    match key {
        "refs" | "paths" | "zones" | "tiers" | "repos" | "require" | "deny" | "count"
        | "trailers" | "approvals" | "signature" | "provenance" | "presence" | "value" | "when" => {
            Way::Closes
        }
        "not" => !outer,
        "from" | "by" | "carry" | "trusts" | "baseline" | "max_age" | "bypass" | "waivers" => {
            Way::Opens
        }
        "mode" | "tier" | "owners" | "scope" | "until" | "fold" => Way::Either,
        _ => outer,
    }
}

/// What has an order: a higher mode or tier closes.
fn rank(node: &Node) -> Option<usize> {
    const MODES: [&str; 4] = ["off", "audit", "warn", "enforce"];
    const TIERS: [&str; 4] = ["low", "medium", "high", "critical"];
    let text = node.text()?;
    let of = |words: &[&str]| words.iter().position(|word| *word == text);
    of(&MODES).or_else(|| of(&TIERS))
}

/// `1 approval`
fn what_is_counted(path: &str, number: u64) -> String {
    let noun = ["approval", "trailer"];
    let noun = noun.into_iter().find(|noun| path.contains(noun));
    match (noun, number) {
        (Some(noun), 1) => format!("1 {noun}"),
        (Some(noun), many) => format!("{many} {noun}s"),
        (None, number) => format!("`{path}: {number}`"),
    }
}

/// Where one of several stands: in a list of that name, or in what is a list itself.
fn among(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!(" among its `{path}`")
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The directories of a path, as far down as they are told.
fn folder(path: &BString) -> BString {
    let folders: Vec<&[u8]> = path.split_str("/").collect();
    let shown = folders.len().saturating_sub(1).min(DEPTH);
    if shown == 0 {
        return "at the top".into();
    }
    let mut text = BString::from("under ");
    text.extend(folders[..shown].join(&b"/"[..]));
    text
}

fn rules(root: &Node) -> BTreeMap<String, &Node> {
    let rules = root.entry("rules").into_iter().flat_map(Node::elements);
    rules
        .filter_map(|rule| Some((rule.entry("id")?.text()?.to_owned(), rule)))
        .collect()
}

fn table_of<'n>(root: &'n Node, table: &str) -> BTreeMap<String, &'n Node> {
    let entries = root.entry(table).into_iter().flat_map(Node::entries);
    entries
        .map(|entry| (entry.key.clone(), &entry.node))
        .collect()
}

/// The keys of either map, each once.
fn keys<'n>(old: &'n Node, new: &'n Node) -> BTreeSet<&'n str> {
    let entries = old.entries().iter().chain(new.entries());
    entries.map(|entry| entry.key.as_str()).collect()
}

/// The words of a list of words, or the one word; `None` for anything else.
fn texts(node: &Node) -> Option<BTreeSet<String>> {
    match &node.value {
        Value::List(nodes) => nodes.iter().map(scalar).collect(),
        _ => scalar(node).map(|text| BTreeSet::from([text])),
    }
}

fn is_list(node: &Node) -> bool {
    matches!(node.value, Value::List(_))
}

fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Unsigned(value) => Some(value.to_string()),
        Value::Signed(value) => Some(value.to_string()),
        _ => None,
    }
}

/// `: value` for a word or a list of words.
fn shown(node: &Node) -> String {
    let Some(texts) = texts(node) else {
        return String::new();
    };
    let texts: Vec<String> = texts.into_iter().collect();
    format!(": {}", texts.join(", "))
}

fn about(node: &Node) -> String {
    let description = node.entry("description").and_then(Node::text);
    description.map_or_else(String::new, |text| format!(": {text}"))
}
