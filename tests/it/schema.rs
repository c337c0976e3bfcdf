//! The JSON Schema that is committed is the one that the types make, and the examples keep to it.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::policy::{Policy, schema};
use serde_json::Value;

#[test]
fn the_committed_schema_is_current() {
    let committed = fs::read_to_string(examples().join("policy.schema.json")).unwrap();
    assert!(
        committed == schema::text(),
        "run `portcullis schema > examples/policy.schema.json`"
    );
}

#[test]
fn every_example_is_a_policy_without_warnings() {
    let mut seen = 0;
    for example in policies() {
        let mut loaded =
            Policy::load(&example).unwrap_or_else(|error| panic!("{}: {error}", example.display()));
        assert!(
            loaded.warnings().is_empty(),
            "{}: {:?}",
            example.display(),
            loaded.warnings()
        );
        seen += 1;
    }
    assert!(seen >= 4);
}

#[test]
fn every_key_of_an_example_is_in_the_schema() {
    let schema: Value = serde_json::from_str(&schema::text()).unwrap();
    for example in policies() {
        let text = fs::read_to_string(&example).unwrap();
        let policy: Value = serde_yaml::from_str(&text).unwrap();
        let unknown = unknown_keys(&policy, &schema, &schema);
        assert!(unknown.is_empty(), "{}: {unknown:?}", example.display());
    }
}

#[test]
fn every_example_tells_editors_where_the_schema_is() {
    for example in policies() {
        let text = fs::read_to_string(&example).unwrap();
        let named = text
            .lines()
            .next()
            .unwrap()
            .strip_prefix("# yaml-language-server: $schema=")
            .unwrap();
        assert!(
            example.parent().unwrap().join(named).is_file(),
            "{}",
            example.display()
        );
    }
}

#[test]
fn every_key_is_described_and_null_is_no_value() {
    let schema: Value = serde_json::from_str(&schema::text()).unwrap();
    let mut without = Vec::new();
    let definitions = schema["$defs"].as_object().unwrap().iter();
    for (name, definition) in definitions.chain([(&"policy".to_owned(), &schema)]) {
        for (key, property) in definition["properties"].as_object().into_iter().flatten() {
            if property["description"].as_str().is_none_or(str::is_empty) {
                without.push(format!("{name}.{key}"));
            }
        }
    }
    assert!(without.is_empty(), "without a description: {without:?}");
    assert!(!schema.to_string().contains("\"null\""));
}

/// Keys of `value` that no alternative of `schema` knows.
fn unknown_keys(value: &Value, schema: &Value, root: &Value) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return unknown_keys(value, root.pointer(&reference[1..]).unwrap(), root);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let tried = choices.iter().filter(|choice| fits(value, choice, root));
        return tried
            .map(|choice| unknown_keys(value, choice, root))
            .min_by_key(Vec::len)
            .unwrap_or_default();
    }
    match value {
        Value::Array(values) => values
            .iter()
            .flat_map(|value| unknown_keys(value, &schema["items"], root))
            .collect(),
        Value::Object(entries) => entries
            .iter()
            .flat_map(|(key, value)| {
                match (
                    schema["properties"].get(key),
                    &schema["additionalProperties"],
                ) {
                    (Some(property), _) => unknown_keys(value, property, root),
                    (None, Value::Object(_)) => {
                        unknown_keys(value, &schema["additionalProperties"], root)
                    }
                    (None, _) => vec![key.clone()],
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    if let Some(reference) = schema["$ref"].as_str() {
        return fits(value, root.pointer(&reference[1..]).unwrap(), root);
    }
    match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some(_) => !value.is_object() && !value.is_array(),
        None => true,
    }
}

fn policies() -> impl Iterator<Item = PathBuf> {
    let folders = fs::read_dir(examples())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    folders
        .filter(|path| path.is_dir())
        .map(|folder| folder.join("policy.yml"))
        .filter(|policy| policy.is_file())
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}
