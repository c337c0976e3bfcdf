//! Keys whose meaning this version does not serve yet: known to the schema, refused by the reader.
//!
//! To serve one, take the [`Later`] around it away, derive `Deserialize` for its type and move that beside its kin.

use std::borrow::Cow;
use std::convert::Infallible;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// A value of the shape `T` that cannot be read yet, and so never exists.
#[derive(Debug)]
pub enum Later<T> {
    #[doc(hidden)]
    Never(Infallible, PhantomData<T>),
}

/// What the reader is told where a [`Later`] is written.
pub(super) const NOT_SERVED: &str = "not served by this version of portcullis yet";

/// The keyword of the schema that marks a [`Later`].
pub(in super::super) const SCHEMA_MARK: &str = "x-not-served-yet";

impl<'de, T> Deserialize<'de> for Later<T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(NOT_SERVED))
    }
}

impl<T: JsonSchema> JsonSchema for Later<T> {
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = generator.subschema_for::<T>();
        schema.insert(SCHEMA_MARK.to_owned(), true.into());
        schema
    }
}
