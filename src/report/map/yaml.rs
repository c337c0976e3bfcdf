//! The map as zones of a policy, each path with its reason.

use std::fmt::Write as _;

use super::text::percent;
use super::{LIMITS, Report, known_by, reasons};
use crate::git::short;
use crate::report::escape::Name;
use crate::report::layout::{COLUMNS, wrap};
use crate::report::words::{self, counted};
use crate::risk::map::zones::{Place, What, Zone, of};

/// A policy of zones, and of nothing else, each of at most so many paths.
pub fn policy(report: &Report<'_>, most: usize) -> String {
    let map = report.map;
    let mut page = String::new();
    let mut comment = |text: &str| {
        page += &wrap(text, "# ", "# ", COLUMNS);
        page.push('\n');
    };
    comment(&format!(
        "Zones to start from, drawn by `portcullis map --yaml` from the history of {} ({}) up to {}: {}.",
        Name(report.repository.as_bytes()),
        Name(report.name.as_bytes()),
        short(&map.tip),
        report.basis()
    ));
    for note in report.notes() {
        comment(&note);
    }
    comment("");
    comment(LIMITS);
    comment(
        "What a break would cost is in no history: payments that never broke are critical all the same. So read each line, \
         add what you know, give each zone `owners:`, and let rules ask for something by `zones:` or `tiers:`. \
         `portcullis init` writes a policy by names of paths, which finds what this cannot.",
    );
    page += "version: 1\n";
    let zones = of(map, most);
    if zones.is_empty() {
        page += "\n# No path carries so much more than the others, as far as this history tells, that it should be a zone.\n";
        page += "zones: {}\n";
        return page;
    }
    page += "\nzones:\n";
    for zone in &zones {
        page += &self::zone(zone);
    }
    page
}

fn zone(zone: &Zone<'_>) -> String {
    let band = words::band(zone.band);
    let held = format!(
        "{} of the trouble of late, {} of the code",
        percent(zone.of_trouble),
        percent(zone.of_code)
    );
    let mut text = format!("  # {held}\n  load-bearing-{band}:\n    tier: {band}\n    paths:\n");
    for place in &zone.places {
        let _ = writeln!(text, "      - {}  # {}", quoted(place), reason(place));
    }
    if zone.more > 0 {
        let more = counted(zone.more, "path", "paths");
        let _ = writeln!(
            text,
            "      # {more} more of this band carry less than these: --top lists them."
        );
    }
    text
}

fn reason(place: &Place<'_>) -> String {
    match place.what {
        What::File(file) => reasons(&file.facts).join("; "),
        What::Directory(directory) => {
            let sum = &directory.sum;
            format!(
                "{}, mended {}, {} of them of late; {}",
                counted(sum.files, "file", "files"),
                counted(sum.fixes, "time", "times"),
                sum.fixes_of_late,
                known_by(sum.people, sum.people_of_late)
            )
        }
    }
}

/// The pattern of a place, as YAML.
fn quoted(place: &Place<'_>) -> String {
    let mut pattern = pattern(place.path);
    if matches!(place.what, What::Directory(_)) {
        pattern += "/**";
    }
    serde_json::to_string(&pattern).expect("a text always makes JSON")
}

/// A pattern, anchored at the root, that matches a path: what patterns take for something else, and what is no text, is any
/// one byte.
pub(in crate::report) fn pattern(path: &[u8]) -> String {
    let mut pattern = String::from("/");
    for chunk in path.utf8_chunks() {
        for character in chunk.valid().chars() {
            let is_plain = !character.is_control() && !r"*?[]{}\".contains(character);
            if is_plain && Name(character.to_string().as_bytes()).is_plain() {
                pattern.push(character);
            } else {
                pattern.extend(std::iter::repeat_n('?', character.len_utf8()));
            }
        }
        pattern.extend(chunk.invalid().iter().map(|_| '?'));
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::pattern;
    use crate::paths::Pattern;

    #[test]
    fn names_become_patterns_that_match_them() {
        for (path, expected) in [
            (&b"src/a b.rs"[..], "/src/a b.rs"),
            (b"!x", "/!x"),
            (b"a/{x}*[y]\\", "/a/?x???y??"),
            ("a/\u{e9}\u{202e}".as_bytes(), "/a/\u{e9}???"),
            (b"a\n\xff", "/a??"),
        ] {
            assert_eq!(pattern(path), expected);
            Pattern::parse(&pattern(path)).expect("it can be read");
        }
    }
}
