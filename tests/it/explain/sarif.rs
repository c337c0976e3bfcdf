//! Whether a report is SARIF 2.1.0, as far as its JSON schema says anything of the objects that are in it
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json>).
//!
//! What is asked is written down here by hand: the schema itself would be a file of somebody else's, and what tries a
//! document by such a schema would bring some twenty crates for this one test.

use serde_json::Value;

/// An object of the schema: what it must have, and what it may have beside that as far as it is written here. It may
/// have nothing that the schema does not name.
struct Object {
    required: &'static [(&'static str, Kind)],
    optional: &'static [(&'static str, Kind)],
}

/// What stands behind a name.
enum Kind {
    Text,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A relative or an absolute URI.
    Uri,
    Object(&'static Object),
    /// Of such objects.
    List(&'static Object),
    /// Of such objects, of which no two are the same.
    Set(&'static Object),
}

use Kind::{List, OneOf, Set, Text, Uri};

const LOG: Object = Object {
    required: &[("version", OneOf(&["2.1.0"])), ("runs", List(&RUN))],
    optional: &[("$schema", Uri)],
};
const RUN: Object = Object {
    required: &[("tool", Kind::Object(&TOOL))],
    optional: &[("results", List(&RESULT))],
};
const TOOL: Object = Object {
    required: &[("driver", Kind::Object(&TOOL_COMPONENT))],
    optional: &[],
};
const TOOL_COMPONENT: Object = Object {
    required: &[("name", Text)],
    optional: &[("version", Text), ("rules", Set(&REPORTING_DESCRIPTOR))],
};
const REPORTING_DESCRIPTOR: Object = Object {
    required: &[("id", Text)],
    optional: &[("shortDescription", Kind::Object(&MESSAGE))],
};
/// A `message` or a `multiformatMessageString`.
const MESSAGE: Object = Object {
    required: &[("text", Text)],
    optional: &[],
};
const RESULT: Object = Object {
    required: &[("message", Kind::Object(&MESSAGE))],
    optional: &[
        ("ruleId", Text),
        ("level", OneOf(&["none", "note", "warning", "error"])),
        ("locations", List(&LOCATION)),
    ],
};
const LOCATION: Object = Object {
    required: &[],
    optional: &[("physicalLocation", Kind::Object(&PHYSICAL_LOCATION))],
};
const PHYSICAL_LOCATION: Object = Object {
    required: &[("artifactLocation", Kind::Object(&ARTIFACT_LOCATION))],
    optional: &[],
};
const ARTIFACT_LOCATION: Object = Object {
    required: &[],
    optional: &[("uri", Uri)],
};

/// The report is valid.
#[track_caller]
pub(super) fn assert_valid(report: &Value) {
    let mut wrong = Vec::new();
    LOG.check(report, "", &mut wrong);
    assert!(wrong.is_empty(), "{}\nin {report:#}", wrong.join("\n"));
}

impl Object {
    fn check(&self, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let Some(object) = value.as_object() else {
            wrong.push(format!("{place}: no object"));
            return;
        };
        for (name, _) in self.required {
            if !object.contains_key(*name) {
                wrong.push(format!("{place}: no `{name}`"));
            }
        }
        for (name, value) in object {
            let place = format!("{place}/{name}");
            let mut known = self.required.iter().chain(self.optional);
            match known.find(|(known, _)| known == name) {
                Some((_, kind)) => kind.check(value, &place, wrong),
                None => wrong.push(format!("{place}: has no place there")),
            }
        }
    }
}

impl Kind {
    fn check(&self, value: &Value, place: &str, wrong: &mut Vec<String>) {
        let list = |object: &Object, wrong: &mut Vec<String>| match value.as_array() {
            Some(list) => {
                for (index, value) in list.iter().enumerate() {
                    object.check(value, &format!("{place}/{index}"), wrong);
                }
            }
            None => wrong.push(format!("{place}: no list")),
        };
        let is_right = match self {
            Text => value.is_string(),
            OneOf(texts) => value.as_str().is_some_and(|text| texts.contains(&text)),
            Uri => value.as_str().is_some_and(is_uri),
            Kind::Object(object) => {
                object.check(value, place, wrong);
                true
            }
            List(object) => {
                list(object, wrong);
                true
            }
            Set(object) => {
                list(object, wrong);
                let elements = value.as_array().map_or(&[][..], Vec::as_slice);
                let is_first = |(at, one)| !elements[..at].contains(one);
                elements.iter().enumerate().all(is_first)
            }
        };
        if !is_right {
            wrong.push(format!("{place}: {value}"));
        }
    }
}

/// Is every sign one that a URI has (RFC 3986), and every `%` the beginning of a byte?
fn is_uri(text: &str) -> bool {
    let is_sign =
        |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let mut escapes = text.split('%').skip(1).map(str::as_bytes);
    text.bytes().all(is_sign)
        && escapes.all(|rest| rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit))
}

#[test]
fn what_is_none_is_told_apart() {
    let right = serde_json::json!({ "version": "2.1.0", "runs": [{
        "tool": { "driver": { "name": "portcullis", "rules": [{ "id": "a" }, { "id": "b" }] } },
        "results": [{ "message": { "text": "no" }, "level": "error", "locations": [
            { "physicalLocation": { "artifactLocation": { "uri": "a%20b" } } },
        ] }],
    }] });
    assert_valid(&right);
    for (place, value) in [
        ("/version", "2.0.0".into()),
        ("/runs", Value::Null),
        ("/runs/0/tool", serde_json::json!({})),
        ("/runs/0/tool/driver/rules/1/id", "a".into()),
        ("/runs/0/results/0/level", "fatal".into()),
        ("/runs/0/results/0/message", serde_json::json!({ "id": 1 })),
        (
            "/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri",
            "a b".into(),
        ),
    ] {
        let mut report = right.clone();
        *report.pointer_mut(place).expect("it is there") = value;
        let mut wrong = Vec::new();
        LOG.check(&report, "", &mut wrong);
        assert!(!wrong.is_empty(), "{place}");
    }
}
