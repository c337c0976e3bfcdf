//! A way into the policy, such as `rules[3].require.trailers[0].value`, and where that lies in its text.

use std::sync::Arc;

use super::diagnostic::{Source, Span};
use super::yaml::{Entry, Node, Value};

/// A way from the top of the policy to one of its values or keys.
///
/// Thousands are made of a policy, and if it is right none is shown. So a place shares its way with those around it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    last: Option<Arc<Link>>,
    at_key: bool,
}

/// The last step of a way, and the way to it.
#[derive(Debug, PartialEq, Eq)]
struct Link {
    before: Option<Arc<Link>>,
    step: Step,
}

/// One step of a [`Place`].
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Place {
    /// The top.
    pub fn top() -> Self {
        Place::default()
    }

    /// The value of `key` here.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// The entry `index` of the list here; where a single value stands for a list of one, that value.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }

    /// The key that leads here, in place of the value.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.at_key = true;
        self
    }

    /// What stands here, for messages: `mode`, or an entry of `rules`.
    pub fn name(&self) -> String {
        let steps = self.steps();
        let key = steps.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        });
        match (key, steps.last()) {
            (Some(key), Some(Step::Index(_))) => format!("an entry of `{key}`"),
            (Some(key), _) => format!("`{key}`"),
            (None, _) => "the policy".to_owned(),
        }
    }

    fn step(&self, step: Step) -> Self {
        let before = self.last.clone();
        Place {
            last: Some(Arc::new(Link { before, step })),
            at_key: false,
        }
    }

    /// The steps, from the top.
    fn steps(&self) -> Vec<&Step> {
        let links = std::iter::successors(self.last.as_deref(), |link| link.before.as_deref());
        let mut steps: Vec<_> = links.map(|link| &link.step).collect();
        steps.reverse();
        steps
    }

    /// Where the place lies in `source`, of which `root` is the tree with marks.
    ///
    /// A place that is not in the tree (a key that is missing) is the nearest that is.
    pub fn span(&self, root: &Node, source: &Source) -> Span {
        let mut node = root;
        let mut nearest = first_in(root, source).unwrap_or_else(|| source.start());
        let mut key_span = nearest.clone();
        for step in self.steps() {
            match (step, &node.value) {
                (Step::Key(key), Value::Map(entries)) => {
                    let Some(entry) = visible(entries).find(|entry| entry.key == *key) else {
                        break;
                    };
                    key_span = source.span_of(entry.mark, &entry.key);
                    nearest = value_span(&entry.node, source).unwrap_or_else(|| key_span.clone());
                    node = &entry.node;
                }
                (Step::Index(index), Value::List(nodes)) => {
                    let Some(element) = nodes.iter().filter(|node| !node.removed).nth(*index)
                    else {
                        break;
                    };
                    nearest = first_in(element, source).unwrap_or(nearest);
                    node = element;
                }
                (Step::Index(_), _) => {}
                (Step::Key(_), _) => break,
            }
        }
        if self.at_key { key_span } else { nearest }
    }

    /// The node here, for whoever takes it out.
    pub fn find_mut<'n>(&self, root: &'n mut Node) -> Option<&'n mut Node> {
        let mut node = root;
        for step in self.steps() {
            if matches!(
                (step, &node.value),
                (Step::Index(_), Value::Text(_) | Value::Map(_))
            ) {
                continue;
            }
            node = match (step, &mut node.value) {
                (Step::Key(key), Value::Map(entries)) => {
                    let entry = entries
                        .iter_mut()
                        .find(|entry| !entry.node.removed && entry.key == *key);
                    &mut entry?.node
                }
                (Step::Index(index), Value::List(nodes)) => {
                    nodes.iter_mut().filter(|node| !node.removed).nth(*index)?
                }
                _ => return None,
            };
        }
        Some(node)
    }

    /// Was anything taken out here or below? Then what seems to be wrong here may only follow from that.
    pub fn is_damaged(&self, root: &Node) -> bool {
        let mut node = root;
        for step in self.steps() {
            let next = match (step, &node.value) {
                (Step::Key(key), Value::Map(entries)) => visible(entries)
                    .find(|entry| entry.key == *key)
                    .map(|entry| &entry.node),
                (Step::Index(index), Value::List(nodes)) => {
                    nodes.iter().filter(|node| !node.removed).nth(*index)
                }
                _ => None,
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        has_removed(node)
    }
}

impl From<&serde_path_to_error::Path> for Place {
    fn from(path: &serde_path_to_error::Path) -> Self {
        use serde_path_to_error::Segment;
        path.iter()
            .fold(Place::top(), |place, segment| match segment {
                Segment::Seq { index } => place.index(*index),
                Segment::Map { key } => place.key(key),
                Segment::Enum { .. } | Segment::Unknown => place,
            })
    }
}

/// Every key in what was taken out: a name that is unknown only because of that is not reported.
pub fn removed_names(
    node: &Node,
    within_removed: bool,
    names: &mut std::collections::BTreeSet<String>,
) {
    match &node.value {
        Value::List(nodes) => {
            for node in nodes {
                removed_names(node, within_removed || node.removed, names);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let removed = within_removed || entry.node.removed;
                if removed {
                    names.insert(entry.key.clone());
                }
                removed_names(&entry.node, removed, names);
            }
        }
        _ => {}
    }
}

fn visible(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(|entry| !entry.node.removed)
}

fn has_removed(node: &Node) -> bool {
    match &node.value {
        Value::List(nodes) => nodes.iter().any(|node| node.removed || has_removed(node)),
        Value::Map(entries) => entries
            .iter()
            .any(|entry| entry.node.removed || has_removed(&entry.node)),
        _ => false,
    }
}

/// The span of a scalar; lists and maps have none of their own, and the key before them says more.
fn value_span(node: &Node, source: &Source) -> Option<Span> {
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::List(_) | Value::Map(_) => return None,
        _ => return Some(source.rest_of_value(node.mark)),
    };
    node.mark.map(|mark| source.span_of(Some(mark), &text))
}

/// The first key or scalar in `node`.
fn first_in(node: &Node, source: &Source) -> Option<Span> {
    match &node.value {
        Value::List(nodes) => nodes.iter().find_map(|node| first_in(node, source)),
        Value::Map(entries) => entries
            .first()
            .map(|entry| source.span_of(entry.mark, &entry.key)),
        _ => value_span(node, source),
    }
}
