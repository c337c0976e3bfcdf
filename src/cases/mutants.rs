//! Policies that differ from a policy by one small thing each: a mistake that someone could make. Most protect less, some
//! refuse more. Cases that are worth something notice each of them.
//!
//! Mutants are made of what is written, whatever that means: each entry of a map and of a list is left out in turn, and
//! what has an order is taken a step down. What then is no policy any more is none of them; `check` would say so.

use crate::policy::diagnostic::Source;
use crate::policy::place::Place;
use crate::policy::yaml::{Document, Entry, Node, Value};
use crate::policy::{Loaded, Policy};

/// A small thing that is changed.
#[derive(Debug, Clone)]
pub struct Mutation {
    /// The rule, the zone or the set of paths that is changed, such as `rule payments-ticket`.
    pub of: String,
    /// What is changed, in words.
    pub change: String,
    /// The line of the policy, from 1.
    pub line: usize,
    place: Place,
    edit: Edit,
}

#[derive(Debug, Clone)]
enum Edit {
    /// It is left out.
    Drop,
    /// It has another value.
    Set(Value),
    /// The map here has this entry in addition.
    Add(&'static str, &'static str),
}

/// A policy as it is written, for mutants to be made of.
pub struct Stock<'l> {
    loaded: &'l Loaded,
    document: Document,
}

impl<'l> Stock<'l> {
    /// Reads again what `loaded` was read from.
    ///
    /// # Panics
    /// Never: what was read once can be read again.
    pub fn of(loaded: &'l Loaded) -> Self {
        let mut document = loaded.document();
        document.mark(&loaded.source);
        Stock { loaded, document }
    }

    /// All that can be changed.
    pub fn mutations(&self) -> Vec<Mutation> {
        let root = &self.document.root;
        let mut seeker = Seeker {
            source: &self.loaded.source,
            root,
            of: String::new(),
            found: Vec::new(),
        };
        let mode = root.entry("mode").and_then(Node::text);
        for (index, rule) in root
            .entry("rules")
            .into_iter()
            .flat_map(Node::elements)
            .enumerate()
        {
            let place = Place::top().key("rules").index(index);
            let id = rule
                .entry("id")
                .and_then(Node::text)
                .unwrap_or("without an id");
            seeker.of = format!("rule {id}");
            seeker.rule(rule, &place, mode);
        }
        for (table, what) in [("zones", "zone"), ("path_sets", "path set")] {
            for Entry { key, node, .. } in root.entry(table).into_iter().flat_map(Node::entries) {
                let place = Place::top().key(table).key(key);
                seeker.of = format!("{what} {key}");
                match node.entry("paths") {
                    Some(paths) => seeker.list(paths, &place.key("paths"), "paths"),
                    None => seeker.list(node, &place, "paths"),
                }
            }
        }
        seeker.found
    }

    /// The policy with that change; `None` if it then is no policy, or the very same.
    pub fn mutant(&self, mutation: &Mutation) -> Option<Policy> {
        let mut document = self.document.clone();
        let node = mutation.place.find_mut(&mut document.root)?;
        match &mutation.edit {
            Edit::Drop => node.removed = true,
            Edit::Set(value) => node.value = value.clone(),
            Edit::Add(key, value) => {
                let Value::Map(entries) = &mut node.value else {
                    return None;
                };
                entries.push(Entry {
                    key: (*key).to_owned(),
                    mark: None,
                    node: Node::new(Value::Text((*value).to_owned()), None),
                });
            }
        }
        prune(&mut document.root);
        self.loaded.rewritten(document)
    }
}

struct Seeker<'a> {
    source: &'a Source,
    root: &'a Node,
    of: String,
    found: Vec<Mutation>,
}

impl Seeker<'_> {
    fn rule(&mut self, rule: &Node, place: &Place, mode_of_policy: Option<&str>) {
        self.add(place, Edit::Drop, "left out".to_owned());
        match rule.entry("mode").and_then(Node::text) {
            Some("enforce") => {
                let warn = Edit::Set(Value::Text("warn".to_owned()));
                self.add(&place.key("mode"), warn, "only warns".to_owned());
            }
            None if rule.entry("mode").is_none() && mode_of_policy != Some("warn") => {
                let warn = Edit::Add("mode", "warn");
                self.add(place, warn, "only warns".to_owned());
            }
            _ => {}
        }
        for Entry { key, node, .. } in rule.entries() {
            // Words for people decide nothing, and a `mode` that is one word is seen to above.
            let is_of_no_weight = matches!(key.as_str(), "id" | "description" | "message" | "deny")
                || (key == "mode" && node.text().is_some());
            if !is_of_no_weight {
                self.entry(key, node, &place.key(key), key);
            }
        }
    }

    /// An entry of a map: without it, and with less in it.
    fn entry(&mut self, key: &str, node: &Node, place: &Place, path: &str) {
        let shown = shown(node);
        // One is what is asked for where no number is given.
        if !(key == "count" && matches!(node.value, Value::Unsigned(1))) {
            self.add(place, Edit::Drop, format!("without `{path}{shown}`"));
        }
        self.within(key, node, place, path);
    }

    /// What is changed within a value.
    fn within(&mut self, key: &str, node: &Node, place: &Place, path: &str) {
        match &node.value {
            Value::List(_) => self.list(node, place, path),
            Value::Map(entries) => {
                for Entry { key, node, .. } in entries {
                    self.entry(key, node, &place.key(key), &format!("{path}.{key}"));
                }
            }
            Value::Unsigned(count @ 2..) if key == "count" => {
                let change = format!("with `{path}: {}` in place of {count}", count - 1);
                self.add(place, Edit::Set(Value::Unsigned(count - 1)), change);
            }
            Value::Text(bound) => {
                if let Some(shifted) = shifted(bound) {
                    let change = format!("with `{path}: {shifted}` in place of `{bound}`");
                    self.add(place, Edit::Set(Value::Text(shifted)), change);
                }
            }
            _ => {}
        }
    }

    /// A list: without each of its entries, unless that leaves none, and with less in each.
    fn list(&mut self, node: &Node, place: &Place, path: &str) {
        let Value::List(nodes) = &node.value else {
            return;
        };
        for (index, node) in nodes.iter().enumerate() {
            let place = place.index(index);
            if nodes.len() > 1 {
                let shown = shown(node);
                let entry = if shown.is_empty() {
                    format!("without entry {} of `{path}`", index + 1)
                } else {
                    format!("without `{path}{shown}`")
                };
                self.add(&place, Edit::Drop, entry);
            }
            let path = if nodes.len() > 1 {
                format!("{path}[{index}]")
            } else {
                path.to_owned()
            };
            self.within("", node, &place, &path);
        }
    }

    fn add(&mut self, place: &Place, edit: Edit, change: String) {
        self.found.push(Mutation {
            of: self.of.clone(),
            change,
            line: place.span(self.root, self.source).line,
            place: place.clone(),
            edit,
        });
    }
}

/// Takes out what is marked so. What was found to be wrong is only marked, and what follows from that is not reported;
/// here it is to be.
fn prune(node: &mut Node) {
    match &mut node.value {
        Value::List(nodes) => {
            nodes.retain(|node| !node.removed);
            for node in nodes {
                prune(node);
            }
        }
        Value::Map(entries) => {
            entries.retain(|entry| !entry.node.removed);
            for entry in entries {
                prune(&mut entry.node);
            }
        }
        _ => {}
    }
}

/// A bound on a number that is a step further off: `> 21` for `> 20`.
fn shifted(bound: &str) -> Option<String> {
    let digits = bound.find(|character: char| character.is_ascii_digit())?;
    let (operator, number) = bound.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let number = match operator.trim_end() {
        ">" | ">=" => number.checked_add(1)?,
        "<" | "<=" => number.checked_sub(1)?,
        _ => return None,
    };
    Some(format!("{operator}{number}"))
}

/// `: value` for a scalar; nothing for what is longer than a few words.
fn shown(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => format!(": {text}"),
        Value::Bool(value) => format!(": {value}"),
        Value::Unsigned(value) => format!(": {value}"),
        Value::Signed(value) => format!(": {value}"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::shifted;

    #[test]
    fn bounds_are_shifted_to_let_more_through() {
        assert_eq!(shifted("> 20").as_deref(), Some("> 21"));
        assert_eq!(shifted("<=5").as_deref(), Some("<=4"));
        assert_eq!(shifted("> 5MiB"), None);
        assert_eq!(shifted("PAY-[0-9]+"), None);
    }
}
