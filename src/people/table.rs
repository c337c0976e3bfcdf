//! People from a table (CSV), as a spreadsheet or a directory service exports it.
//!
//! The first line names the columns: `name`, and any of `called`, `kind`, `emails`, `accounts`, `keys`, `groups` and
//! `operator`. A cell with several values has semicolons between them, and lines of the same name add up.

use std::collections::BTreeSet;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::gather::Gathering;
use super::{Corrections, Error, Findings, Kind};
use crate::policy::written::read::closest;
use crate::report::escape::Name;

/// The columns that there may be.
const COLUMNS: [&str; 8] = [
    "name", "called", "kind", "emails", "accounts", "keys", "groups", "operator",
];

/// Reads the text of such a table.
///
/// # Errors
/// At the first line that cannot be used, with its number, and when two people would share something.
pub fn read(
    text: &str,
    line_error: impl Fn(u64, String) -> Error,
    corrections: &Corrections,
) -> Result<Findings, Error> {
    // Spreadsheets begin UTF-8 with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = ReaderBuilder::new()
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let at = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        line_error(line, error.to_string())
    };
    let columns = reader.headers().map_err(at)?.clone();
    check_columns(&columns).map_err(|problem| line_error(1, problem))?;
    let mut gathering = Gathering::default();
    for record in reader.records() {
        let record = record.map_err(at)?;
        let line = record.position().map_or(0, csv::Position::line);
        let row = Row {
            columns: &columns,
            record: &record,
        };
        row.add(&mut gathering)
            .map_err(|problem| line_error(line, problem))?;
    }
    gathering.finish(corrections)
}

fn check_columns(columns: &StringRecord) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for column in columns {
        let shown = Name(column.as_bytes());
        if !COLUMNS.contains(&column) {
            let meant = closest(column, COLUMNS).map_or_else(
                || format!("there may be {}", COLUMNS.join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            return Err(format!("there is no column `{shown}`; {meant}"));
        }
        if !seen.insert(column) {
            return Err(format!("the column `{shown}` is there twice"));
        }
    }
    if seen.contains("name") {
        Ok(())
    } else {
        Err("the first line names the columns, and one of them must be `name`".to_owned())
    }
}

/// A line of the table.
struct Row<'a> {
    columns: &'a StringRecord,
    record: &'a StringRecord,
}

impl<'a> Row<'a> {
    fn cell(&self, column: &str) -> &'a str {
        let at = self.columns.iter().position(|one| one == column);
        at.and_then(|at| self.record.get(at)).unwrap_or_default()
    }

    fn values(&self, column: &str) -> impl Iterator<Item = &'a str> {
        let values = self.cell(column).split(';').map(str::trim);
        values.filter(|value| !value.is_empty())
    }

    fn add(&self, gathering: &mut Gathering) -> Result<(), String> {
        let name = self.cell("name");
        if name.is_empty() {
            return Err("the name is empty".to_owned());
        }
        let person = gathering.person(name);
        match self.cell("kind") {
            "" => {}
            "human" => person.kind = Kind::Human,
            "bot" => person.kind = Kind::Bot,
            "agent" => person.kind = Kind::Agent,
            other => {
                let other = Name(other.as_bytes());
                return Err(format!("`{other}` is no kind: human, bot or agent"));
            }
        }
        let set = |cell: &str| (!cell.is_empty()).then(|| cell.to_owned());
        person.called = set(self.cell("called")).or(person.called.take());
        person.operator = set(self.cell("operator")).or(person.operator.take());
        for account in self.values("accounts") {
            person.accounts.insert(account.to_owned());
        }
        for email in self.values("emails") {
            gathering.email(name, email);
        }
        for key in self.values("keys") {
            gathering.key(name, key);
        }
        for group in self.values("groups") {
            gathering.member(group, name);
        }
        Ok(())
    }
}
