//! From the tree to serde: what is left of it after the nodes that were reported are taken out.
//!
//! The error keeps its parts (which key, which keys there are), so that a suggestion can be made from them.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{self, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::{Node, Value};

/// Why a tree does not fit a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A key that the type does not have.
    UnknownKey {
        /// The key.
        key: String,
        /// Those it has.
        known: &'static [&'static str],
    },
    /// A word that is none of those that may stand here.
    UnknownWord {
        /// The word.
        word: String,
        /// Those that may.
        known: &'static [&'static str],
    },
    /// A key that must be there is not.
    MissingKey(&'static str),
    /// Another kind of value is needed.
    WrongKind {
        /// What stands there.
        found: String,
        /// It is a number or a truth value, which quotes would make a text.
        quotable: bool,
        /// What is needed.
        expected: String,
    },
    /// Anything else, in words.
    Other(String),
}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error::Other(message.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Error::UnknownKey {
            key: field.to_owned(),
            known: expected,
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Error::UnknownWord {
            word: variant.to_owned(),
            known: expected,
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Error::MissingKey(field)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        let (found, quotable) = match found {
            Unexpected::Bool(value) => (format!("`{value}`"), true),
            Unexpected::Unsigned(value) => (format!("the number {value}"), true),
            Unexpected::Signed(value) => (format!("the number {value}"), true),
            Unexpected::Float(_) => ("a number".to_owned(), true),
            Unexpected::Str(_) => ("a text".to_owned(), false),
            Unexpected::Seq => ("a list".to_owned(), false),
            Unexpected::Map | Unexpected::StructVariant => ("a map".to_owned(), false),
            _ => ("this".to_owned(), false),
        };
        Error::WrongKind {
            found,
            quotable,
            expected: expected.to_string(),
        }
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::invalid_type(found, expected)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::UnknownKey { key, .. } => write!(formatter, "unknown key `{key}`"),
            Error::UnknownWord { word, .. } => write!(formatter, "unknown word `{word}`"),
            Error::MissingKey(key) => write!(formatter, "`{key}` is missing"),
            Error::WrongKind {
                found, expected, ..
            } => write!(formatter, "{found} where {expected} is needed"),
            Error::Other(message) => formatter.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl<'de> IntoDeserializer<'de, Error> for &'de Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.value {
            Value::Null | Value::Misplaced => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Unsigned(value) => visitor.visit_u64(*value),
            Value::Signed(value) => visitor.visit_i64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(value) | Value::Tagged(value) => visitor.visit_borrowed_str(value),
            Value::List(nodes) => visitor.visit_seq(SeqDeserializer::new(
                nodes.iter().filter(|node| !node.removed),
            )),
            Value::Map(entries) => visitor.visit_map(MapDeserializer::new(
                entries
                    .iter()
                    .filter(|entry| !entry.node.removed)
                    .map(|entry| (entry.key.as_str(), &entry.node)),
            )),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        // serde would also take a list, by position, which nobody could read.
        match &self.value {
            Value::Map(_) => self.deserialize_any(visitor),
            _ => Err(de::Error::invalid_type(self.unexpected(), &"a map")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.value {
            Value::Text(word) => {
                StrDeserializer::new(word).deserialize_enum(name, variants, visitor)
            }
            _ => Err(de::Error::invalid_type(self.unexpected(), &OneOf(variants))),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

impl Node {
    fn unexpected(&self) -> Unexpected<'_> {
        match &self.value {
            Value::Null | Value::Misplaced => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Unsigned(value) => Unexpected::Unsigned(*value),
            Value::Signed(value) => Unexpected::Signed(*value),
            Value::Float(value) => Unexpected::Float(*value),
            Value::Text(value) | Value::Tagged(value) => Unexpected::Str(value),
            Value::List(_) => Unexpected::Seq,
            Value::Map(_) => Unexpected::Map,
        }
    }
}

/// `one of a, b, c`, where a word is needed.
struct OneOf(&'static [&'static str]);

impl de::Expected for OneOf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "one of {}", self.0.join(", "))
    }
}
