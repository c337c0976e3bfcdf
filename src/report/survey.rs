//! What a policy means in a repository, and what a change of it does, in words.

use super::escape::Name;
use super::words::{self, counted};
use crate::survey::Survey;
use crate::survey::against::Differences;

/// How many files each zone holds, and who and what is left out.
pub fn survey(survey: &Survey) -> String {
    let name = |text: &str| Name(text.as_bytes()).to_string();
    let mut text = format!(
        "{} at {}: {}\n",
        name(&survey.repository),
        name(&survey.branch),
        counted(survey.files, "file", "files")
    );
    let none = "(in no zone)";
    let zones = survey.zones.iter();
    let mut rows: Vec<(String, &str, usize)> = zones
        .map(|zone| (name(&zone.zone), words::tier(zone.tier), zone.files))
        .collect();
    rows.push((none.to_owned(), "", survey.in_no_zone));
    let width = rows
        .iter()
        .map(|row| row.0.chars().count())
        .max()
        .unwrap_or(0);
    for (zone, tier, files) in rows {
        text += &format!("  {zone:width$}  {tier:8}  {files:>8}\n");
    }
    text += &format!(
        "no rule that refuses looks at {} of them\n",
        survey.in_no_rule
    );
    if !survey.in_no_group.is_empty() {
        let people: Vec<_> = survey
            .in_no_group
            .iter()
            .map(|person| name(person))
            .collect();
        text += &format!("in no group: {}\n", people.join(", "));
    }
    text
}

/// What a change opens and closes.
pub fn differences(found: &Differences) -> String {
    if found.is_empty() {
        return "nothing is decided otherwise\n".to_owned();
    }
    let mut text = String::new();
    for (title, list) in [
        ("opens", &found.opens),
        ("closes", &found.closes),
        ("changes", &found.changes),
    ] {
        if !list.is_empty() {
            text += &format!("{title}:\n");
            for line in list {
                text += &format!("  {}\n", Name(line.as_bytes()));
            }
        }
    }
    text
}
