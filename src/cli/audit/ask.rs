//! What decisions the ledger has, in a list, a table, or counted; line by line, so that its length does not matter.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Stdout, Write as _};
use std::path::Path;
use std::time::Duration;

use super::{Audit, Exit};
use crate::ledger::line::Line;
use crate::ledger::query::{By, Counts, Debts, Query};
use crate::ledger::tail::Tail;
use crate::paths::names::{RefPatterns, RepoPatterns};
use crate::policy::written::values;
use crate::report::audit;

impl Audit {
    /// Answers what is asked of the decisions.
    pub(super) fn answer(&self, file: &Path) -> Exit {
        let query = match self.query() {
            Ok(query) => query,
            Err(wrong) => {
                super::super::complain(&wrong);
                return Exit::WrongInput;
            }
        };
        match self.ask(file, &query) {
            Ok(exit) => exit,
            Err(Failure::Ledger(error)) => {
                super::complain(file, &error);
                Exit::Failed
            }
            // Whoever closes the pipe (`| head`) has seen enough.
            Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Fine,
            Err(Failure::Output(error)) => {
                super::super::complain(&format!("the answer cannot be written: {error}"));
                Exit::Failed
            }
        }
    }

    fn query(&self) -> Result<Query, String> {
        let patterns = |wrong: &dyn std::fmt::Display| format!("no such pattern: {wrong}");
        let repos = self.repo.as_ref().map(|repo| RepoPatterns::parse(&[repo]));
        let refs = self.r#ref.as_ref().map(|name| RefPatterns::parse(&[name]));
        Ok(Query {
            since: self.since.as_deref().map(moment).transpose()?,
            until: self.until.as_deref().map(moment).transpose()?,
            repos: repos.transpose().map_err(|(_, wrong)| patterns(&wrong))?,
            refs: refs.transpose().map_err(|(_, wrong)| patterns(&wrong))?,
            rule: self.rule.clone(),
            person: self.person.clone(),
            verdict: self.verdict,
            bypassed: self.bypassed,
        })
    }

    fn ask(&self, file: &Path, query: &Query) -> Result<Exit, Failure> {
        let reading = Reading {
            from_start: !self.follow || query.since.is_some(),
            waits: self.follow,
        };
        let mut counts = Counts::default();
        let mut output = Output::of(self)?;
        if let Some(by) = self.by {
            let mut table: BTreeMap<String, Counts> = BTreeMap::new();
            read(file, reading, |line, _| {
                if query.matches(line) {
                    counts.add(line);
                    for key in by.keys(line) {
                        table.entry(key).or_default().add(line);
                    }
                }
                Ok(())
            })?;
            output.table(by, &table, &counts)?;
        } else if self.debt {
            let mut debts = Debts::default();
            read(file, reading, |line, _| {
                debts.add(line);
                Ok(())
            })?;
            return output.debts(query, &debts);
        } else {
            read(file, reading, |line, raw| {
                if query.matches(line) {
                    counts.add(line);
                    output.decision(line, raw)?;
                }
                Ok(())
            })?;
            output.end(&counts)?;
        }
        Ok(Exit::Fine)
    }
}

/// Which lines are read.
#[derive(Clone, Copy)]
struct Reading {
    /// Those too that are there already.
    from_start: bool,
    /// Those too that are still to come: there is no end.
    waits: bool,
}

/// Tells `visit` each decision, with its line as it stands in the file.
fn read(
    file: &Path,
    reading: Reading,
    mut visit: impl FnMut(&Line, &[u8]) -> Result<(), Failure>,
) -> Result<(), Failure> {
    /// How often it is looked whether there is more.
    const PAUSE: Duration = Duration::from_millis(250);
    let tail = if reading.from_start {
        Tail::at_start(file)
    } else {
        Tail::at_end(file)
    };
    let mut tail = tail.map_err(Failure::Ledger)?;
    loop {
        match tail.next_line().map_err(Failure::Ledger)? {
            Some(raw) => {
                if let Some(line) = Line::read(&raw) {
                    visit(&line, &raw)?;
                }
            }
            None if reading.waits => std::thread::sleep(PAUSE),
            None => return Ok(()),
        }
    }
}

/// What is printed, and in which form.
struct Output {
    form: Form,
    /// Somebody waits for each line.
    is_live: bool,
}

enum Form {
    Text(BufWriter<Stdout>),
    Json(BufWriter<Stdout>),
    Csv(Box<csv::Writer<Stdout>>),
}

impl Output {
    fn of(asked: &Audit) -> Result<Self, Failure> {
        let form = if asked.csv {
            let mut table = Box::new(csv::Writer::from_writer(io::stdout()));
            table.write_record(audit::COLUMN_NAMES).map_err(broken)?;
            Form::Csv(table)
        } else if asked.json {
            Form::Json(BufWriter::new(io::stdout()))
        } else {
            Form::Text(BufWriter::new(io::stdout()))
        };
        Ok(Output {
            form,
            is_live: asked.follow,
        })
    }

    fn decision(&mut self, line: &Line, raw: &[u8]) -> Result<(), Failure> {
        let written = match &mut self.form {
            Form::Text(out) => out.write_all(audit::line(line).as_bytes()),
            Form::Json(out) => out.write_all(raw).and_then(|()| out.write_all(b"\n")),
            Form::Csv(table) => table
                .write_record(audit::row(line))
                .map_err(io::Error::from),
        };
        written.map_err(Failure::Output)?;
        if self.is_live { self.flush() } else { Ok(()) }
    }

    fn end(&mut self, counts: &Counts) -> Result<(), Failure> {
        if let Form::Text(out) = &mut self.form {
            let totals = audit::totals(counts);
            out.write_all(totals.as_bytes()).map_err(Failure::Output)?;
        }
        self.flush()
    }

    fn table(
        &mut self,
        by: By,
        table: &BTreeMap<String, Counts>,
        all: &Counts,
    ) -> Result<(), Failure> {
        let text = if self.is_json() {
            format!("{}\n", audit::json_table(by, table, all))
        } else {
            audit::table(by, table, all)
        };
        self.text(&text)
    }

    /// The reviews that are owed; one that is overdue is a finding.
    fn debts(&mut self, query: &Query, debts: &Debts) -> Result<Exit, Failure> {
        let now = crate::ledger::time(super::super::now());
        let mut open = debts.open();
        open.retain(|(repository, debt)| query.means(repository, debt));
        let text = if self.is_json() {
            format!("{}\n", audit::json_debts(&open, &now))
        } else {
            audit::debts(&open, &now)
        };
        self.text(&text)?;
        Ok(if open.iter().any(|(_, debt)| debt.is_overdue(&now)) {
            Exit::Findings
        } else {
            Exit::Fine
        })
    }

    fn is_json(&self) -> bool {
        matches!(self.form, Form::Json(_))
    }

    fn text(&mut self, text: &str) -> Result<(), Failure> {
        if let Form::Text(out) | Form::Json(out) = &mut self.form {
            out.write_all(text.as_bytes()).map_err(Failure::Output)?;
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let flushed = match &mut self.form {
            Form::Text(out) | Form::Json(out) => out.flush(),
            Form::Csv(table) => table.flush(),
        };
        flushed.map_err(Failure::Output)
    }
}

fn broken(error: csv::Error) -> Failure {
    Failure::Output(error.into())
}

/// Why there is no answer.
enum Failure {
    Ledger(io::Error),
    Output(io::Error),
}

/// `2030-01-31`, `2030-01-31T18:00:00Z`, or so long ago, as the ledger writes times.
fn moment(text: &str) -> Result<String, String> {
    let seconds = match text.parse::<values::Duration>() {
        Ok(ago) => {
            let ago = i64::try_from(ago.0.as_secs()).unwrap_or(i64::MAX);
            super::super::now().saturating_sub(ago)
        }
        Err(_) => text.parse::<values::Date>()?.seconds,
    };
    Ok(crate::ledger::time(seconds.max(0)))
}
