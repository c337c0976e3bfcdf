//! `portcullis people`

mod source;
mod target;

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use self::source::From;
use super::Exit;
use crate::people::changes::Changes;
use crate::people::{Corrections, Error, Findings, Roster, proof, text as written};
use crate::policy::PolicyError;
use crate::policy::diagnostic::{self, Diagnostic, Severity};
use crate::report::escape::Name;
use crate::report::people::{self as report, Outcome, Verdict};
use crate::report::text;

/// Write who is who from a forge or a file, as a part of the policy
///
/// Reads people, groups, accounts and keys from the API of Gitea, Forgejo or GitLab, from a file of allowed signers, from a
/// table or from a .mailmap, and writes them as a file that the policy includes (`people: { include: people.yml }`). Says
/// what is not as before; run it by hand or each hour, never from the hook.
///
/// Nothing is guessed: what two people would share is an error, and so is somebody who is gone without a word (then say
/// `--remove`). Accounts that are suspended are left out at once, bots are marked where the forge says so, and deploy keys
/// are nobody. A file that this verb did not write is not touched.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  Everyone in the organisation `shop`, its teams as groups:
    portcullis people --forge gitea --url https://git.shop.example/ \\
      --token-file /etc/portcullis/people-token --group shop \\
      --output /etc/portcullis/people.yml --policy /etc/portcullis/policy.yml

  What would change?
    portcullis people --csv people.csv --output people.yml --dry-run

  Two accounts of one person, and one of a program:
    portcullis people … --same bob,bob-admin --bot mender

Exit codes: 0 the file is up to date, 1 it was changed (with --dry-run: it would be), \
2 nothing was written: the usage, the source or the policy is wrong, or people would go without \
a word, 3 the program or the forge failed.")]
#[command(group = clap::ArgGroup::new("from").required(true))]
pub struct People {
    /// Where they come from.
    #[command(flatten)]
    pub from: From,
    /// The file to write [default: print it]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The policy that includes the file: it must be right with what is new in it, or nothing is written
    #[arg(long, value_name = "FILE", requires = "output")]
    pub policy: Option<PathBuf>,
    /// Names that are one person's, the first of which stays; can be given several times
    #[arg(long, value_name = "NAME,NAME", value_parser = names)]
    pub same: Vec<Names>,
    /// The name of a program's account; can be given several times
    #[arg(long = "bot", value_name = "NAME")]
    pub bots: Vec<String>,
    /// A name or an e-mail address to leave out; can be given several times
    #[arg(long, value_name = "NAME")]
    pub leave_out: Vec<String>,
    /// Let people go who are gone from the source
    #[arg(long, requires = "output")]
    pub remove: bool,
    /// Say what would change, and write nothing
    #[arg(long, requires = "output")]
    pub dry_run: bool,
    /// Print JSON (`schema` is portcullis/people/v1)
    #[arg(long, requires = "output")]
    pub json: bool,
}

/// Names of one person.
#[derive(Debug, Clone)]
pub struct Names(Vec<String>);

impl People {
    /// Reads, compares, and writes.
    pub fn run(&self) -> Exit {
        for warning in self.from.warnings() {
            warn(&warning);
        }
        match self.from.read(&self.corrections()) {
            Ok(findings) => self.take_over(&findings),
            Err(error) => complain_of(&error),
        }
    }

    fn take_over(&self, findings: &Findings) -> Exit {
        let source = self.from.name();
        let new = written::write(&findings.roster, &source);
        let Some(file) = &self.output else {
            if let Err(exit) = try_alone(&new) {
                return exit;
            }
            for note in &findings.notes {
                warn(note);
            }
            super::print(&new);
            return Exit::Fine;
        };
        let (old_text, old) = match old(file) {
            Ok(old) => old,
            Err(exit) => return exit,
        };
        let changes = Changes::between(&old, &findings.roster);
        let verdict = if old_text.as_deref() == Some(&*new) {
            Verdict::Unchanged
        } else if !self.remove && changes.vanished().next().is_some() {
            Verdict::Refused
        } else if self.dry_run {
            Verdict::WouldChange
        } else {
            Verdict::Changed
        };
        if let Err(exit) = self.try_policy(file, &new) {
            return exit;
        }
        if verdict == Verdict::Changed
            && let Err(error) = target::write(file, &new)
        {
            super::complain(&error.to_string());
            return Exit::Failed;
        }
        self.tell(&Outcome {
            file: &file.display().to_string(),
            source: &source,
            findings,
            changes: &changes,
            verdict,
        })
    }

    /// Whether the policy would be right.
    fn try_policy(&self, file: &Path, new: &str) -> Result<(), Exit> {
        let Some(policy) = &self.policy else {
            return try_alone(new);
        };
        let tried = proof::within(policy, file, new).map_err(|error| {
            let policy = policy.display();
            let what = format!("with this, {policy} would be wrong; nothing was written");
            wrong_policy(&what, &error)
        })?;
        if !tried.is_included {
            let (policy, file) = (policy.display(), file.display());
            warn(&format!(
                "{policy} does not include {file}; add `include: …` to its `people`"
            ));
            try_alone(new)?;
        }
        Ok(())
    }

    fn tell(&self, outcome: &Outcome<'_>) -> Exit {
        if self.json {
            super::print(&format!("{}\n", report::json(outcome)));
        } else {
            super::print(&report::report(outcome));
        }
        match outcome.verdict {
            Verdict::Unchanged => Exit::Fine,
            Verdict::Changed | Verdict::WouldChange => Exit::Findings,
            Verdict::Refused => {
                let vanished: Vec<_> = outcome
                    .changes
                    .vanished()
                    .map(|name| Name(name.as_bytes()).to_string())
                    .collect();
                super::complain(&format!(
                    "gone without a word: {}; if they may go, say --remove, else look at the source",
                    vanished.join(", ")
                ));
                Exit::WrongInput
            }
        }
    }

    fn corrections(&self) -> Corrections {
        Corrections {
            same: self.same.iter().map(|names| names.0.clone()).collect(),
            bots: self.bots.clone(),
            left_out: self.leave_out.clone(),
        }
    }
}

/// What the file holds now.
fn old(file: &Path) -> Result<(Option<String>, Roster), Exit> {
    let old = target::read(file).map_err(|error| {
        super::complain(&error.to_string());
        match error {
            target::TargetError::NotOurs { .. } => Exit::WrongInput,
            target::TargetError::Io { .. } => Exit::Failed,
        }
    })?;
    let Some(old) = old else {
        return Ok((None, Roster::default()));
    };
    match written::read(&old) {
        Ok(roster) => Ok((Some(old), roster)),
        Err(error) => {
            let file = file.display();
            super::complain(&format!(
                "{file} was changed by hand into what cannot be read: {error}; mend it, or move it away"
            ));
            Err(Exit::WrongInput)
        }
    }
}

/// Whether the text is a part of a policy, whatever else that has.
fn try_alone(new: &str) -> Result<(), Exit> {
    let tried = proof::alone(new);
    let what = "what the source says cannot stand in a policy; nothing was written";
    tried.map(drop).map_err(|error| wrong_policy(what, &error))
}

fn names(text: &str) -> Result<Names, String> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    if names.len() < 2 || names.iter().any(String::is_empty) {
        return Err("write at least two names, with a comma between them".to_owned());
    }
    Ok(Names(names))
}

fn warn(text: &str) {
    let _ = writeln!(io::stderr().lock(), "warning: {text}");
}

/// Says what is wrong, and whose it is.
fn complain_of(error: &Error) -> Exit {
    match error {
        Error::Forge(error) => {
            super::complain(&text::chain(error));
            Exit::Failed
        }
        Error::Conflicts { conflicts } => {
            for conflict in conflicts {
                super::complain(&conflict.to_string());
            }
            Exit::WrongInput
        }
        other => {
            super::complain(&other.to_string());
            Exit::WrongInput
        }
    }
}

/// Shows why a policy cannot be used.
fn wrong_policy(what: &str, error: &PolicyError) -> Exit {
    match error {
        PolicyError::Invalid { text, diagnostics } => {
            let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
            let mistakes: Vec<_> = diagnostics.iter().filter(is_error).cloned().collect();
            let mut stderr = io::stderr().lock();
            let colour = stderr.is_terminal();
            let shown = diagnostic::render_all(&mistakes, text, colour);
            let _ = stderr.write_all(shown.as_bytes());
            drop(stderr);
            super::complain(what);
            Exit::WrongInput
        }
        PolicyError::Unreadable { .. } => {
            super::complain(&text::chain(error));
            Exit::Failed
        }
    }
}
