//! People and agents as written.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::super::people::Kind;
use super::values::{OneOrMany, Table};

/// `people:`, which is a map from names, and may also name a file.
#[derive(Debug, Default)]
pub struct Persons(pub Table<Person>);

/// One human or bot.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// `human` (if not given), `bot` or `agent`.
    pub kind: Option<Kind>,
    /// All e-mail addresses; compared without case.
    pub emails: Option<OneOrMany<String>>,
    /// All accounts on the server.
    pub accounts: Option<OneOrMany<String>>,
    /// Signing keys: SSH public keys, and `openpgp:` with the fingerprint of a certificate in the files of `keys`.
    pub keys: Option<OneOrMany<String>>,
    /// Who answers for a bot or an agent.
    pub operator: Option<String>,
}

/// A program that writes code.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent {
    /// All e-mail addresses; compared without case.
    pub emails: Option<OneOrMany<String>>,
    /// All accounts on the server.
    pub accounts: Option<OneOrMany<String>>,
    /// Signing keys: SSH public keys, and `openpgp:` with the fingerprint of a certificate in the files of `keys`.
    pub keys: Option<OneOrMany<String>>,
    /// Who answers for it.
    pub operator: Option<String>,
}

/// Files with more keys, relative to the policy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// SSH keys, as `gpg.ssh.allowedSignersFile` has them; the principals are e-mail addresses of `people`.
    pub allowed_signers: Option<OneOrMany<String>>,
    /// OpenPGP certificates, as `gpg --export` writes them; the user ids have e-mail addresses of `people`.
    pub openpgp: Option<OneOrMany<String>>,
    /// SSH keys that no longer count, as `gpg.ssh.revocationFile` has them: one public key a line, or a list that
    /// `ssh-keygen -k` made.
    pub revoked: Option<OneOrMany<String>>,
}

/// The one name in `people` that is no person.
const INCLUDE: &str = "include";

impl<'de> Deserialize<'de> for Persons {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PersonsVisitor;

        impl<'de> Visitor<'de> for PersonsVisitor {
            type Value = Persons;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map from names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Persons, A::Error> {
                let mut people = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == INCLUDE {
                        // What names files is gone by now, with the people in their place; this says what is wrong with it.
                        map.next_value::<OneOrMany<String>>()?;
                        continue;
                    }
                    people.push((name, map.next_value()?));
                }
                Ok(Persons(Table(people)))
            }
        }

        deserializer.deserialize_map(PersonsVisitor)
    }
}

impl JsonSchema for Persons {
    fn schema_name() -> Cow<'static, str> {
        "Persons".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let person = generator.subschema_for::<Person>();
        let mut include = generator.subschema_for::<OneOrMany<String>>();
        let description = "Files with more people, relative to the file that names them. Each may have `people`, `groups`, \
                           `agents` and `forge_identities`, as the policy has them.";
        include.insert("description".to_owned(), description.into());
        json_schema!({
            "type": "object",
            "properties": { INCLUDE: include },
            "additionalProperties": person,
        })
    }
}
