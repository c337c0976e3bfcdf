//! A proposal, written into the text of a policy: as little as is needed, with everything else as it stands.
//!
//! Only what is plainly laid out is written, a rule whose `id` has a line of its own or begins a rule of one line, and a map
//! of zones in lines; and only if the text that comes out is a policy that says just that. Anything else stays words.

use std::path::Path;

use regex::Regex;

use crate::policy::rule::Mode;
use crate::policy::{Policy, Tier};

/// A change of a policy's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A rule that only warns.
    Warn {
        /// The rule.
        rule: String,
    },
    /// A new zone of the tier `high`.
    Zone {
        /// Its name.
        name: String,
        /// Its one pattern.
        pattern: String,
        /// Why, as a comment.
        why: String,
    },
}

/// The text with a change made, if it can be made.
pub fn amended(text: &str, file: &Path, change: &Change) -> Option<String> {
    let amended = match change {
        Change::Warn { rule } => warn(text, rule),
        Change::Zone { name, pattern, why } => zone(text, name, pattern, why),
    }?;
    let policy = Policy::parse(amended.as_bytes(), file).ok()?.policy;
    let is_made = match change {
        Change::Warn { rule } => policy
            .rules
            .iter()
            .any(|found| found.id == *rule && found.mode.in_repository("any/other") == Mode::Warn),
        Change::Zone { name, .. } => policy
            .zones
            .iter()
            .any(|zone| zone.name == *name && zone.tier == Tier::High),
    };
    is_made.then_some(amended)
}

fn warn(text: &str, rule: &str) -> Option<String> {
    let id = regex::escape(rule);
    let alone = format!(r#"(?m)^(?P<before>[ ]*(?:-[ ]+)?)id:[ ]*["']?{id}["']?[ ]*(?:#.*)?$"#);
    let alone = Regex::new(&alone).ok()?;
    if let Some(found) = alone.captures(text) {
        let column = found["before"].len();
        let end = found.get(0)?.end();
        return match own_mode(text, end, column) {
            Some(line) => Some(format!(
                "{}{}mode: warn{}",
                &text[..line.start],
                " ".repeat(column),
                &text[line.end..]
            )),
            None => Some(format!(
                "{}\n{}mode: warn{}",
                &text[..end],
                " ".repeat(column),
                &text[end..]
            )),
        };
    }
    let begins = format!(r#"(?m)^[ ]*-[ ]*\{{[ ]*id:[ ]*["']?{id}["']?[ ]*,"#);
    let found = Regex::new(&begins).ok()?.find(text)?;
    let says_mode = text[found.end()..].lines().next()?.contains("mode:");
    (!says_mode).then(|| {
        format!(
            "{} mode: warn,{}",
            &text[..found.end()],
            &text[found.end()..]
        )
    })
}

/// The line behind a place that says the mode of the same rule: at the same column, before anything further left.
fn own_mode(text: &str, from: usize, column: usize) -> Option<std::ops::Range<usize>> {
    let mut start = from + text[from..].find('\n')? + 1;
    for line in text[start..].split_inclusive('\n') {
        let bare = line.trim_end();
        let indent = bare.len() - bare.trim_start().len();
        let is_empty = bare.trim_start().is_empty() || bare.trim_start().starts_with('#');
        if !is_empty && indent < column {
            return None;
        }
        if indent == column && bare.trim_start().starts_with("mode:") {
            return Some(start..start + bare.len());
        }
        start += line.len();
    }
    None
}

fn zone(text: &str, name: &str, pattern: &str, why: &str) -> Option<String> {
    let pattern = serde_json::to_string(pattern).ok()?;
    let entry = |indent: &str| {
        format!(
            "{indent}# {why}\n{indent}{name}:\n{indent}  tier: high\n{indent}  paths: [{pattern}]\n"
        )
    };
    let heads = Regex::new(r"(?m)^zones:[ ]*(?:#.*)?\n").ok()?;
    if let Some(head) = heads.find(text) {
        let first = text[head.end()..]
            .lines()
            .find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'))?;
        let indent = &first[..first.len() - first.trim_start().len()];
        let (before, after) = text.split_at(head.end());
        return Some(format!("{before}{}{after}", entry(indent)));
    }
    if Regex::new(r"(?m)^zones:").ok()?.is_match(text) {
        return None;
    }
    let line_end = if text.ends_with('\n') { "" } else { "\n" };
    Some(format!("{text}{line_end}\nzones:\n{}", entry("  ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = "version: 1\n# who asks\nrules:\n  - id: ticket # of payments\n    paths: [pay/**]\n    require: { trailers: [{ key: T }] }\n  - { id: css, paths: [\"*.css\"], deny: no }\n";

    #[track_caller]
    fn becomes(text: &str, change: &Change, from: &str, to: &str) {
        assert!(text.contains(from), "{text}");
        let found = amended(text, Path::new("policy.yml"), change);
        assert_eq!(found, Some(text.replacen(from, to, 1)));
    }

    fn warn(rule: &str) -> Change {
        Change::Warn {
            rule: rule.to_owned(),
        }
    }

    #[test]
    fn a_rule_is_made_to_warn_where_it_stands() {
        becomes(
            POLICY,
            &warn("ticket"),
            "# of payments\n",
            "# of payments\n    mode: warn\n",
        );
        becomes(POLICY, &warn("css"), "{ id: css,", "{ id: css, mode: warn,");
        let enforced = POLICY.replace("    require:", "    mode: enforce\n    require:");
        becomes(&enforced, &warn("ticket"), "mode: enforce", "mode: warn");
        assert_eq!(
            amended(POLICY, Path::new("policy.yml"), &warn("other")),
            None
        );
    }

    #[test]
    fn a_zone_comes_first_or_at_the_end() {
        let change = Change::Zone {
            name: "hot".to_owned(),
            pattern: "/a b/**".to_owned(),
            why: "because".to_owned(),
        };
        let entry = "  # because\n  hot:\n    tier: high\n    paths: [\"/a b/**\"]\n";
        let found = amended(POLICY, Path::new("policy.yml"), &change);
        assert_eq!(found, Some(format!("{POLICY}\nzones:\n{entry}")));
        let with_zones = format!("{POLICY}zones:\n  looks: {{ tier: low, paths: [x] }}\n");
        becomes(
            &with_zones,
            &change,
            "zones:\n",
            &format!("zones:\n{entry}"),
        );
        let in_flow = format!("{POLICY}zones: {{ looks: {{ tier: low, paths: [x] }} }}\n");
        assert_eq!(amended(&in_flow, Path::new("policy.yml"), &change), None);
    }
}
