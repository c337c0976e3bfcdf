//! The tree of a YAML text, and its reader.
//!
//! serde has no notion of places, and the YAML crate tells the place of a node only in an error that was raised while
//! it visited the node. So where a place is wanted, the reader keeps the value aside, raises an error, and catches it
//! one level up: the parser has moved on by exactly that scalar, and reading continues. That costs a formatted string
//! for each scalar, which is why the hook asks for the rules' lines only, and for all places when there is something
//! to report.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize as _;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// Line and column of the text, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Line.
    pub line: usize,
    /// Column.
    pub column: usize,
}

/// A value of the tree.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where it begins: known for scalars when places were asked for.
    pub mark: Option<Mark>,
    /// It is wrong and was reported: serde must not see it.
    pub removed: bool,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing, or `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that is not negative.
    Unsigned(u64),
    /// A negative whole number.
    Signed(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// `[a, b]`
    List(Vec<Node>),
    /// `{a: 1}`, duplicates included.
    Map(Vec<Entry>),
    /// `!tag value`; the value is of no interest.
    Tagged(String),
    /// What stands in a file that may not say it.
    Misplaced,
}

/// One entry of a map.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Where the key begins.
    pub mark: Option<Mark>,
    /// Its value.
    pub node: Node,
}

impl Node {
    /// A value that begins at `mark`.
    pub fn new(value: Value, mark: Option<Mark>) -> Self {
        Node {
            value,
            mark,
            removed: false,
        }
    }

    /// The value of `key`, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&Node> {
        let found = self.entries().iter().find(|entry| entry.key == key);
        found.map(|entry| &entry.node)
    }

    /// The entries, if this is a map.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements, if this is a list.
    pub fn elements(&self) -> &[Node] {
        match &self.value {
            Value::List(nodes) => nodes,
            _ => &[],
        }
    }

    /// The elements of a list, for which a single value may stand.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(nodes) => nodes,
            _ => std::slice::from_ref(self),
        }
    }

    /// The text, if this is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// What is wrong with a tree before anyone asks what it means.
pub(super) enum Trouble<'a> {
    /// A key twice in a map.
    Duplicate {
        key: &'a str,
        first: Option<Mark>,
        again: Option<Mark>,
    },
    /// `<<:`
    Merge { mark: Option<Mark> },
    /// `key:` and nothing.
    Empty { key: &'a str, mark: Option<Mark> },
    /// `-` and nothing.
    EmptyElement { mark: Option<Mark> },
    /// A key that only the main file may have.
    Misplaced { key: &'a str, mark: Option<Mark> },
    /// `!text`
    Tag { tag: &'a str, mark: Option<Mark> },
}

/// Is anything wrong with the tree below `node`?
pub(super) fn has_trouble(node: &Node) -> bool {
    match &node.value {
        Value::Null | Value::Tagged(_) | Value::Misplaced => true,
        Value::List(nodes) => nodes.iter().any(has_trouble),
        Value::Map(entries) => {
            let mut seen = HashSet::with_capacity(entries.len());
            entries.iter().any(|entry| {
                entry.key == "<<" || !seen.insert(entry.key.as_str()) || has_trouble(&entry.node)
            })
        }
        _ => false,
    }
}

/// Calls `report` for everything that is wrong below `node`, in the order of the text, and takes it out.
pub(super) fn each_trouble(node: &mut Node, report: &mut dyn FnMut(Trouble<'_>)) {
    match &mut node.value {
        Value::List(nodes) => {
            for node in nodes {
                if matches!(node.value, Value::Null) {
                    report(Trouble::EmptyElement { mark: node.mark });
                    node.removed = true;
                }
                each_trouble(node, report);
            }
        }
        Value::Map(entries) => {
            let mut seen = HashMap::with_capacity(entries.len());
            for Entry { key, mark, node } in entries {
                if matches!(node.value, Value::Misplaced) {
                    report(Trouble::Misplaced { key, mark: *mark });
                    node.removed = true;
                    continue;
                }
                if let Some(first) = seen.get(key.as_str()) {
                    report(Trouble::Duplicate {
                        key,
                        first: *first,
                        again: *mark,
                    });
                    node.removed = true;
                }
                if key == "<<" {
                    report(Trouble::Merge { mark: *mark });
                    node.removed = true;
                } else if matches!(node.value, Value::Null) {
                    report(Trouble::Empty { key, mark: *mark });
                    node.removed = true;
                }
                each_trouble(node, report);
                seen.entry(key.as_str()).or_insert(*mark);
            }
        }
        Value::Tagged(tag) => {
            report(Trouble::Tag {
                tag,
                mark: node.mark,
            });
            node.removed = true;
        }
        _ => {}
    }
}

/// Which places the reader keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marks {
    /// That of the first key of each rule.
    OfRules,
    /// All.
    OfAll,
}

/// Reads a text into a tree.
pub(super) struct Reader {
    marks: Marks,
    most: usize,
    values: Cell<usize>,
    /// How many lines stand before the text that is being read.
    lines_before: Cell<usize>,
}

impl Reader {
    /// Reads no more values than `most`.
    pub(super) fn new(marks: Marks, most: usize) -> Self {
        Reader {
            marks,
            most,
            values: Cell::new(0),
            lines_before: Cell::new(0),
        }
    }

    /// Reads `text`, before which `lines_before` others stand. One reader may read several: their values are counted together.
    pub(super) fn read(&self, text: &str, lines_before: usize) -> Result<Node, serde_yaml::Error> {
        self.lines_before.set(lines_before);
        let top = Seed {
            reader: self,
            place: Place::Top,
        };
        top.deserialize(serde_yaml::Deserializer::from_str(text))
    }

    /// Did reading end because the document stands for too many values?
    pub(super) fn too_many(&self) -> bool {
        self.values.get() > self.most
    }

    /// How many values it reads.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Counts a value, and a long text as several: an alias repeats all of it.
    fn spend<E: serde::de::Error>(&self, values: usize) -> Result<(), E> {
        self.values.set(self.values.get() + values);
        if self.too_many() {
            return Err(E::custom("too many values"));
        }
        Ok(())
    }

    /// The YAML crate writes `… at line 3 column 7` after every error, except for one at the very beginning.
    fn mark_of(&self, error: &impl fmt::Display) -> Mark {
        let text = error.to_string();
        let place = text
            .rsplit_once(" at line ")
            .and_then(|(_, place)| place.split_once(" column "));
        let number = |text: &str| text.parse().ok();
        place
            .and_then(|(line, column)| {
                Some(Mark {
                    line: number(line)? + self.lines_before.get(),
                    column: number(column)?,
                })
            })
            .unwrap_or(Mark {
                line: 1 + self.lines_before.get(),
                column: 1,
            })
    }
}

/// As much of the way from the top as the reader needs to know a rule when it meets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Rules,
    Rule,
    Elsewhere,
}

#[derive(Clone, Copy)]
struct Seed<'r> {
    reader: &'r Reader,
    place: Place,
}

impl Seed<'_> {
    fn below(self, key: Option<&str>) -> Self {
        let place = match (self.place, key) {
            (Place::Top, Some("rules")) => Place::Rules,
            (Place::Rules, None) => Place::Rule,
            _ => Place::Elsewhere,
        };
        Seed { place, ..self }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        self.reader.spend(1)?;
        let aside = (self.reader.marks == Marks::OfAll).then(|| RefCell::new(None));
        let visitor = NodeVisitor {
            seed: self,
            aside: aside.as_ref(),
        };
        match deserializer.deserialize_any(visitor) {
            Ok(value) => Ok(Node::new(value, None)),
            Err(error) => match aside.and_then(RefCell::into_inner) {
                Some(value) => Ok(Node {
                    value,
                    mark: Some(self.reader.mark_of(&error)),
                    removed: false,
                }),
                None => Err(error),
            },
        }
    }
}

struct NodeVisitor<'r> {
    seed: Seed<'r>,
    /// Where a scalar is put before an error is raised for its place.
    aside: Option<&'r RefCell<Option<Value>>>,
}

impl NodeVisitor<'_> {
    fn scalar<E: serde::de::Error>(&self, value: Value) -> Result<Value, E> {
        match self.aside {
            Some(aside) => {
                aside.replace(Some(value));
                Err(E::custom("here"))
            }
            None => Ok(value),
        }
    }
}

impl<'de> Visitor<'de> for NodeVisitor<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.scalar(Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        // An empty stream; there is no event that could carry a place.
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        self.scalar(Value::Bool(value))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        self.scalar(Value::Unsigned(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        self.scalar(Value::Signed(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "no key takes such a number; it is read only to be refused"
    )]
    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Value, E> {
        self.scalar(Value::Float(value as f64))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "no key takes such a number; it is read only to be refused"
    )]
    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Value, E> {
        self.scalar(Value::Float(value as f64))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        self.scalar(Value::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.seed.reader.spend(value.len() >> 8)?;
        self.scalar(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element_seed(self.seed.below(None))? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        let reader = self.seed.reader;
        loop {
            // A rule begins with its first key.
            let begins_rule = self.seed.place == Place::Rule && entries.is_empty();
            let wanted = self.aside.is_some() || begins_rule;
            let Some((key, mark)) = map.next_key_seed(KeySeed { reader, wanted })? else {
                break;
            };
            let node = map.next_value_seed(self.seed.below(Some(&key)))?;
            entries.push(Entry { key, mark, node });
        }
        Ok(Value::Map(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (tag, content) = data.variant_seed(std::marker::PhantomData::<String>)?;
        content.newtype_variant_seed(self.seed.below(None))?;
        self.scalar(Value::Tagged(tag))
    }
}

/// Reads a key: any scalar, as it is written.
struct KeySeed<'r> {
    reader: &'r Reader,
    wanted: bool,
}

impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
    type Value = (String, Option<Mark>);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if !self.wanted {
            return String::deserialize(deserializer).map(|key| (key, None));
        }
        let aside = RefCell::new(None);
        match deserializer.deserialize_str(KeyVisitor { aside: &aside }) {
            Ok(never) => match never {},
            Err(error) => match aside.into_inner() {
                Some(key) => Ok((key, Some(self.reader.mark_of(&error)))),
                None => Err(error),
            },
        }
    }
}

struct KeyVisitor<'r> {
    aside: &'r RefCell<Option<String>>,
}

impl Visitor<'_> for KeyVisitor<'_> {
    type Value = std::convert::Infallible;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text as key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        self.aside.replace(Some(key.to_owned()));
        Err(E::custom("here"))
    }
}
