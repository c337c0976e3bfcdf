//! Which zones and rules paths would meet, before anything is pushed.

use gix::bstr::{BStr, BString, ByteSlice as _};
use serde::Serialize;

use super::escape::Name;
use super::json::{Text, text};
use super::words;
use crate::paths::EntryKind;
use crate::policy::rule::{Mode, Rule};
use crate::policy::{Policy, Tier};

/// What a path would meet.
#[derive(Serialize)]
struct Met<'p> {
    path: Text,
    tier: Tier,
    zones: Vec<&'p str>,
    rules: Vec<MetRule<'p>>,
}

#[derive(Serialize)]
struct MetRule<'p> {
    rule: &'p str,
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'p str>,
}

#[derive(Serialize)]
struct Document<'p> {
    schema: &'static str,
    r#ref: Text,
    paths: Vec<Met<'p>>,
}

/// Where the paths would go.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// The ref.
    pub name: &'a BStr,
    /// `owner/name` of the repository.
    pub repository: &'a str,
}

/// For programs, `portcullis/paths/v1`.
pub fn json(policy: &Policy, target: Target<'_>, paths: &[BString]) -> serde_json::Value {
    let met = paths.iter().map(|path| meet(policy, target, path));
    let document = Document {
        schema: "portcullis/paths/v1",
        r#ref: text(target.name),
        paths: met.collect(),
    };
    super::json::value(&document)
}

/// For people.
pub fn page(policy: &Policy, target: Target<'_>, paths: &[BString]) -> String {
    let mut page = String::new();
    for path in paths {
        let met = meet(policy, target, path);
        page += &format!("{}\n  tier   {}\n", Name(path), words::tier(met.tier));
        if !met.zones.is_empty() {
            page += &format!("  zones  {}\n", met.zones.join(", "));
        }
        for MetRule {
            rule,
            mode,
            description,
        } in met.rules
        {
            let description = description.map_or_else(String::new, |text| format!(": {text}"));
            page += &format!("  rule   {rule} ({}){description}\n", words::mode(mode));
        }
    }
    page
}

/// Rules that ask more than which path it is are among those that are met: what else a push would be is not known yet.
fn meet<'p>(policy: &'p Policy, target: Target<'_>, path: &BString) -> Met<'p> {
    let sets = policy.paths.matches_path(path, EntryKind::File);
    let zones = policy.zones_of(&sets);
    let is_met = |rule: &&Rule| {
        rule.mode.in_repository(target.repository) != Mode::Off
            && rule.applies_in(target.repository)
            && rule.refs.matches(target.name)
            && policy.selector(rule.selector).selects(&sets)
    };
    let rules = policy.rules.iter().filter(is_met);
    Met {
        path: text(path.as_bstr()),
        tier: policy.tier_of(&sets),
        zones: zones.map(|zone| zone.name.as_str()).collect(),
        rules: rules
            .map(|rule| MetRule {
                rule: &rule.id,
                mode: rule.mode.in_repository(target.repository),
                description: rule.description.as_deref(),
            })
            .collect(),
    }
}
