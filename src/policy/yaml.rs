//! The one place where YAML is read: text into a tree of nodes that keeps what serde would lose.
//!
//! A policy decides who may change what, so nothing in it may be dropped in silence: the tree keeps duplicate keys,
//! keys without a value, tags and merge keys, and [`Document::read`] reports all of them. What remains is handed to
//! serde by [`de`]. Input is bounded before and while it is read, since aliases let a small file stand for a large one.

pub mod de;
pub(super) mod join;
mod node;
mod scalar;
mod syntax;

pub use node::{Entry, Mark, Node, Value};
pub use scalar::scalar;
pub use syntax::quoted;

use super::diagnostic::{Diagnostic, Source};
use node::{Marks, Trouble};

/// Longest policy file, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Most values of a policy, after its aliases are followed.
pub const MAX_VALUES: usize = 250_000;

/// A policy's text as a tree, in which everything that serde would swallow is marked as removed.
#[derive(Debug, Clone)]
pub struct Document {
    /// The top of the tree.
    pub root: Node,
    marked: bool,
}

impl Document {
    /// Reads the only document of each file of `source` into one, and reports everything that is wrong with it as YAML.
    ///
    /// `None` where there is nothing to go on with.
    pub fn read(source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Document> {
        Document::read_within(source, MAX_VALUES, diagnostics)
    }

    /// As [`Document::read`], with no more values than `most`.
    pub(super) fn read_within(
        source: &Source,
        most: usize,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Document> {
        let root = read_all(source, &Files::new(Marks::OfRules, most));
        let root = root.map_err(|found| diagnostics.extend(found)).ok()?;
        Document::of(root, source, diagnostics)
    }

    /// The document of these trees of the files of `source`, as [`Document::read`] has it.
    pub(super) fn joined(
        trees: Vec<Node>,
        source: &Source,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Document> {
        Document::of(join::join(trees, source), source, diagnostics)
    }

    fn of(root: Node, source: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Document> {
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
        let mut root = read_all(source, &Files::marked())
            .map_err(|found| diagnostics.extend(found))
            .ok()?;
        node::each_trouble(&mut root, &mut |trouble| {
            diagnostics.push(explain(source, &trouble));
        });
        (!root.removed).then_some(Document { root, marked: true })
    }

    /// The line of its file at which the rule `index` begins, from 1.
    pub fn line_of_rule(&self, index: usize, source: &Source) -> usize {
        let rules = self.root.entry("rules").map_or(&[][..], Node::elements);
        let rule = rules.iter().filter(|rule| !rule.removed).nth(index);
        let mark = rule.and_then(|rule| rule.entries().iter().find_map(|entry| entry.mark));
        mark.map_or(1, |mark| source.span_of(Some(mark), "").line)
    }

    /// Sees to it that the tree knows the place of every key and value, for when there is something to report.
    pub fn mark(&mut self, source: &Source) {
        if self.marked {
            return;
        }
        self.marked = true;
        // What could be read once can be read again, and nothing has been removed yet: the first removal needs a place.
        if let Ok(root) = read_all(source, &Files::marked()) {
            self.root = root;
        }
    }
}

fn read_all(source: &Source, files: &Files) -> Result<Node, Vec<Diagnostic>> {
    let trees = (0..source.files().len()).map(|number| files.read(source, number));
    Ok(join::join(trees.collect::<Result<_, _>>()?, source))
}

/// Reads the files of a policy one by one, within bounds that hold for all together.
pub(super) struct Files(node::Reader);

impl Files {
    /// For when nothing is to be reported.
    pub(super) fn unmarked() -> Self {
        Files::new(Marks::OfRules, MAX_VALUES)
    }

    /// For when every place is wanted.
    pub(super) fn marked() -> Self {
        Files::new(Marks::OfAll, MAX_VALUES)
    }

    fn new(marks: Marks, most: usize) -> Self {
        Files(node::Reader::new(marks, most))
    }

    /// The tree of the file `number` of `source`, or what is wrong with it.
    pub(super) fn read(&self, source: &Source, number: usize) -> Result<Node, Vec<Diagnostic>> {
        let (name, text) = source.file(number);
        self.0
            .read(text, source.lines_before(number))
            .map_err(|error| {
                // The parser knows of this file only.
                let alone = Source::new(name, text);
                let mut found = self.explain(&alone, error);
                for diagnostic in &mut found {
                    diagnostic.span = source.span_in(number, &diagnostic.span);
                    if let Some((span, _)) = &mut diagnostic.other {
                        *span = source.span_in(number, span);
                    }
                }
                found
            })
    }

    fn explain(&self, source: &Source, error: serde_yaml::Error) -> Vec<Diagnostic> {
        if !self.0.too_many() {
            return syntax::explain(source, error, |text| {
                node::Reader::new(Marks::OfRules, MAX_VALUES)
                    .read(text, 0)
                    .err()
            });
        }
        let message = format!("the policy stands for more than {} values", self.0.most());
        let diagnostic = Diagnostic::error("policy-too-large", message, source.start());
        vec![
            diagnostic.help(
                "aliases (`*name`) repeat what they name; write fewer of them, or shorter lists",
            ),
        ]
    }
}

fn explain(source: &Source, trouble: &Trouble<'_>) -> Diagnostic {
    match trouble {
        Trouble::Duplicate { key, first, again } => {
            let (first, again) = (source.span_of(*first, key), source.span_of(*again, key));
            let message = if first.file == again.file {
                format!("`{key}` is written twice in one map")
            } else {
                format!("`{key}` is written in two files")
            };
            Diagnostic::error("duplicate-key", message, again)
                .label("the second time")
                .other(first, "the first time")
                .help("join the two, or remove one")
        }
        Trouble::Misplaced { key, mark } => Diagnostic::error(
            "misplaced-key",
            format!("`{key}` may not stand in this file"),
            source.span_of(*mark, key),
        )
        .help(join::where_it_may_stand(key)),
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
