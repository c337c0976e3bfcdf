//! A [`Roster`] as a file that a policy includes.
//!
//! The same roster is always the same bytes, so that a run that finds nothing new changes nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{Kind, Person, Roster};
use crate::policy::yaml::scalar;
use crate::report::escape::Name;

/// What the first line begins with: no other file is written over.
const MARK: &str = "# Made by `portcullis people`";

/// The text of the file; `source` says where the roster comes from.
pub fn write(roster: &Roster, source: &str) -> String {
    let mut text = format!(
        "{MARK} from {}.\n# What is changed here is gone with the next run: change it there.\n",
        Name(source.as_bytes())
    );
    if roster.people.is_empty() {
        text += "people: {}\n";
    } else {
        text += "people:\n";
    }
    for (name, person) in &roster.people {
        write_person(&mut text, name, person);
    }
    if !roster.groups.is_empty() {
        text += "groups:\n";
    }
    for (name, members) in &roster.groups {
        let _ = writeln!(text, "  {}: {}", scalar(name), list(members));
    }
    if !roster.left_out.is_empty() {
        text += "# Left out:\n";
    }
    for (name, why) in &roster.left_out {
        let _ = writeln!(
            text,
            "#   {}: {}",
            Name(name.as_bytes()),
            Name(why.as_bytes())
        );
    }
    text
}

fn write_person(text: &mut String, name: &str, person: &Person) {
    let called = person.called.as_deref().map(str::trim);
    let comment = called
        .filter(|called| !called.is_empty() && *called != name)
        .map(|called| format!(" # {}", Name(called.as_bytes())));
    let _ = writeln!(text, "  {}:{}", scalar(name), comment.unwrap_or_default());
    match person.kind {
        Kind::Human => {}
        Kind::Bot => text.push_str("    kind: bot\n"),
        Kind::Agent => text.push_str("    kind: agent\n"),
    }
    if let Some(operator) = &person.operator {
        let _ = writeln!(text, "    operator: {}", scalar(operator));
    }
    for (key, texts) in [("emails", &person.emails), ("accounts", &person.accounts)] {
        // Without any of them there would be no value at all.
        if !texts.is_empty() || key == "emails" {
            let _ = writeln!(text, "    {key}: {}", list(texts));
        }
    }
    if !person.keys.is_empty() {
        text.push_str("    keys:\n");
    }
    for key in &person.keys {
        let _ = writeln!(text, "      - {}", scalar(key));
    }
}

fn list(texts: &BTreeSet<String>) -> String {
    let texts: Vec<String> = texts.iter().map(|text| scalar(text)).collect();
    format!("[{}]", texts.join(", "))
}

/// Has this program written the file?
pub fn is_ours(text: &str) -> bool {
    text.starts_with(MARK)
}

/// What the file says, without its comments.
///
/// # Errors
/// When somebody has changed it into what this program does not write.
pub fn read(text: &str) -> Result<Roster, serde_yaml::Error> {
    serde_yaml::from_str(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let set = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect();
        let odd = [
            "yes", "0x10", "a: b", "# c", "- d", "", "\"", "'", "{", "!x", "é", "~", "1e3",
        ];
        let mut roster = Roster::default();
        for name in odd {
            let person = Person {
                kind: Kind::Bot,
                called: Some("x\n  evil: {}\u{85}\u{2028}".to_owned()),
                emails: set(&[name, "b@shop.example"]),
                accounts: set(&[name]),
                keys: set(&[name]),
                operator: Some(name.to_owned()),
            };
            roster.people.insert(name.to_owned(), person);
            roster.groups.insert(format!("g/{name}"), set(&[name]));
            roster
                .left_out
                .insert(format!("{name}\nx"), "b\nad".to_owned());
        }
        let text = write(&roster, "a\nforge");
        assert!(is_ours(&text));
        for person in roster.people.values_mut() {
            person.called = None;
        }
        roster.left_out.clear();
        assert_eq!(read(&text).expect("it is ours"), roster);
    }
}
