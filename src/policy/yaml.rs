//! The one place where YAML is read: text into a tree of nodes that keeps what serde would lose.
//!
//! A policy decides who may change what, so nothing in it may be dropped in silence: the tree keeps duplicate keys,
//! keys without a value, tags and merge keys, and [`Document::read`] reports all of them. What remains is handed to
//! serde by [`de`]. Input is bounded before and while it is read, since aliases let a small file stand for a large one.

pub mod de;
mod node;
mod syntax;

pub use node::{Entry, Mark, Node, Value};
pub use syntax::quoted;

use super::diagnostic::{Diagnostic, Source};
use node::{Marks, Trouble};

/// Longest policy file, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Most values of a policy, after its aliases are followed.
pub const MAX_VALUES: usize = 250_000;

/// A policy's text as a tree, in which everything that serde would swallow is marked as removed.
#[derive(Debug)]
pub struct Document {
    /// The top of the tree.
    pub root: Node,
    marked: bool,
}

impl Document {
    /// Reads the only document of `source`, and reports everything that is wrong with it as YAML.
    ///
    /// `None` where there is nothing to go on with.
    pub fn read(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Document> {
        let mut root = read(source, Marks::OfRules)
            .map_err(|found| diagnostics.extend(found))
            .ok()?;
        if matches!(root.value, Value::Null) {
            let message = "the policy is empty".to_owned();
            let diagnostic = Diagnostic::error("empty-policy", message, source.start());
            diagnostics
                .push(diagnostic.help("start with `version: 1`; `examples/` has whole policies"));
            return None;
        }
        if !node::has_trouble(&root) {
            return Some(Document {
                root,
                marked: false,
            });
        }
        root = read(source, Marks::OfAll)
            .map_err(|found| diagnostics.extend(found))
            .ok()?;
        node::each_trouble(&mut root, &mut |trouble| {
            diagnostics.push(explain(source, &trouble));
        });
        (!root.removed).then_some(Document { root, marked: true })
    }

    /// The line at which the rule `index` begins, from 1.
    pub fn line_of_rule(&self, index: usize) -> usize {
        let top = match &self.root.value {
            Value::Map(entries) => entries
                .iter()
                .find(|entry| entry.key == "rules")
                .map(|entry| &entry.node.value),
            _ => None,
        };
        let rule = match top {
            Some(Value::List(rules)) => rules.iter().filter(|rule| !rule.removed).nth(index),
            _ => None,
        };
        match rule.map(|rule| &rule.value) {
            Some(Value::Map(entries)) => entries
                .iter()
                .find_map(|entry| entry.mark)
                .map_or(1, |mark| mark.line),
            _ => 1,
        }
    }

    /// Sees to it that the tree knows the place of every key and value, for when there is something to report.
    pub fn mark(&mut self, source: &Source) {
        if self.marked {
            return;
        }
        self.marked = true;
        // What could be read once can be read again, and nothing has been removed yet: the first removal needs a place.
        if let Ok(root) = read(source, Marks::OfAll) {
            self.root = root;
        }
    }
}

fn read(source: &Source, marks: Marks) -> Result<Node, Vec<Diagnostic>> {
    let reader = node::Reader::new(marks);
    reader.read(&source.text).map_err(|error| {
        if !reader.too_many() {
            return syntax::explain(source, error, |text| {
                node::Reader::new(marks).read(text).err()
            });
        }
        let message = format!("the policy stands for more than {MAX_VALUES} values");
        let diagnostic = Diagnostic::error("policy-too-large", message, source.start());
        vec![
            diagnostic.help(
                "aliases (`*name`) repeat what they name; write fewer of them, or shorter lists",
            ),
        ]
    })
}

fn explain(source: &Source, trouble: &Trouble<'_>) -> Diagnostic {
    match trouble {
        Trouble::Duplicate { key, first, again } => Diagnostic::error(
            "duplicate-key",
            format!("`{key}` is written twice in one map"),
            source.span_of(*again, key),
        )
        .label("the second time")
        .other(source.span_of(*first, key), "the first time")
        .help("join the two, or remove one"),
        Trouble::Merge { mark } => Diagnostic::error(
            "merge-key",
            "merge keys (`<<`) are not accepted".to_owned(),
            source.span_of(*mark, "<<"),
        )
        .help("write the keys out, so that a reader of the rule sees all of it"),
        Trouble::Empty { key, mark } => Diagnostic::error(
            "empty-value",
            format!("`{key}` has no value"),
            source.span_of(*mark, key),
        )
        .help(format!("give `{key}` a value, or leave the line out")),
        Trouble::EmptyElement { mark } => Diagnostic::error(
            "empty-value",
            "an entry of this list has no value".to_owned(),
            source.span_of(*mark, ""),
        )
        .help("write the value, or remove the entry"),
        Trouble::Tag { tag, mark } => {
            let span = source.rest_of_value(*mark);
            let text = source.text.get(span.range.clone()).unwrap_or(tag).trim();
            Diagnostic::error(
                "unquoted",
                "a value that begins with `!` is a YAML tag, not a text".to_owned(),
                span.clone(),
            )
            .help(format!("quote it: {}", quoted(text)))
        }
    }
}
