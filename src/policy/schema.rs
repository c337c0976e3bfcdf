//! The JSON Schema of the policy, made from the types that read it, for editors.

use std::collections::BTreeSet;

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::Value;

use super::written::Policy;

/// Where the schema of this version lives, for its `$id`.
const ID: &str = "urn:portcullis:policy:v1";

/// The schema.
pub fn schema() -> Schema {
    let settings = SchemaSettings::draft2020_12()
        .for_deserialize()
        .with_transform(AsRead);
    let mut schema = settings.into_generator().into_root_schema_for::<Policy>();
    schema.insert("$id".to_owned(), ID.into());
    schema
}

/// The schema as text.
///
/// # Panics
///
/// Never: a schema has text keys only.
pub fn text() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).expect("a schema has text keys only");
    text.push('\n');
    text
}

/// Brings the schema in line with the reader where it is stricter than serde's types say.
#[derive(Clone)]
struct AsRead;

impl Transform for AsRead {
    fn transform(&mut self, schema: &mut Schema) {
        // From the outside in: what stands for an optional key wraps what it says about it.
        drop_null(schema);
        transform_subschemas(self, schema);
    }
}

/// A key without a value is refused, so `null` is no value.
fn drop_null(schema: &mut Schema) {
    let null = Value::from("null");
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|one| *one != null);
        if let [one] = types.as_slice() {
            let one = one.clone();
            schema.insert("type".to_owned(), one);
        }
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let Some(Value::Array(choices)) = schema.get_mut("anyOf") else {
        return;
    };
    choices.retain(|choice| choice.get("type") != Some(&null));
    if let [Value::Object(only)] = choices.as_slice() {
        let only = only.clone();
        schema.remove("anyOf");
        for (key, value) in only {
            let object = schema.ensure_object();
            object.entry(key).or_insert(value);
        }
    }
}

/// Where in a policy a key may stand, as `rules.when.update`, for whoever wrote it elsewhere.
pub fn places_of_key(key: &str) -> Vec<String> {
    let schema = schema();
    let mut places = BTreeSet::new();
    let mut search = Search {
        key,
        root: schema.as_value(),
        seen: Vec::new(),
        places: &mut places,
    };
    search.descend(schema.as_value(), "");
    places.into_iter().collect()
}

struct Search<'s> {
    key: &'s str,
    root: &'s Value,
    /// Definitions on the way here: conditions nest, the search does not.
    seen: Vec<&'s str>,
    places: &'s mut BTreeSet<String>,
}

impl<'s> Search<'s> {
    fn descend(&mut self, schema: &'s Value, way: &str) {
        if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
            let pointer = name.trim_start_matches('#');
            if let Some(target) = self
                .root
                .pointer(pointer)
                .filter(|_| !self.seen.contains(&name))
            {
                self.seen.push(name);
                self.descend(target, way);
                self.seen.pop();
            }
        }
        for (key, value) in schema
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let place = if way.is_empty() {
                key.clone()
            } else {
                format!("{way}.{key}")
            };
            if key == self.key {
                self.places.insert(place.clone());
            }
            self.descend(value, &place);
        }
        // `trailers: {…}` and `trailers: [{…}]` are one place to the reader, so lists leave no trace.
        if let Some(items) = schema.get("items") {
            self.descend(items, way);
        }
        if let Some(values) = schema
            .get("additionalProperties")
            .filter(|values| values.is_object())
        {
            self.descend(values, &format!("{way}.*"));
        }
        for choice in schema
            .get("anyOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.descend(choice, way);
        }
    }
}
