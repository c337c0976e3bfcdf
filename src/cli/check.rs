//! `portcullis check`

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::Exit;
use super::source::Source;
use crate::git::Repository;
use crate::git::budget::Budget;
use crate::origin::Origin;
use crate::policy::diagnostic::{self, Diagnostic, Report, Severity};
use crate::policy::own;
use crate::policy::place::Place;
use crate::policy::{Loaded, PolicyError};
use crate::report::words::counted;
use crate::report::{survey as report, text};
use crate::reviews::token;
use crate::survey::against::Differences;
use crate::survey::{Content, Survey};

/// Validate a policy, and show every mistake with its place and a way out
///
/// Nothing is passed over: unknown and duplicate keys, names that nobody has, patterns and expressions that do not
/// compile, groups within themselves, counts that nobody can meet, rules that could never apply, keys that cannot be
/// read or that two persons would have. Each mistake is shown with file, line and column, the text marked, and what to
/// do.
///
/// With `--repo`, the policy is held against the files and refs of a repository too: patterns that match nothing or never
/// have the last word, rules that are about nothing, approvals that none of the owners in CODEOWNERS could give, people in
/// no group, and how many files each zone holds. With
/// `--against`, it says in words what this policy opens and closes in place of another.
///
/// Exits with 0 if the policy can be used (warnings are printed, and do not count), with 2 if it is wrong, and with 3
/// if it cannot be read.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  The installed policy:
    portcullis check

  A draft, before it is installed:
    portcullis check policy.yml &&
      sudo install -D -m 644 policy.yml /etc/portcullis/policy.yml

  What a repository adds, before it is pushed:
    portcullis check --policy policy.yml --own .portcullis.yml
  Does it hold what it was written for?
    portcullis check policy.yml --repo /srv/git/shop/web.git

  What would a change of it open?
    portcullis check new.yml --against /etc/portcullis/policy.yml --repo web.git

  For a program or a pipeline (`schema` is portcullis/check/v1):
    portcullis check --json policy.yml |
      jq -r '.diagnostics[] | \"\\(.line):\\(.column) \\(.message)\"'")]
pub struct Check {
    /// The policy file [default: /etc/portcullis/policy.yml]
    #[arg(value_name = "FILE", conflicts_with_all = ["policy", "policy_repo"])]
    file: Option<PathBuf>,

    #[command(flatten)]
    source: Source,

    /// A `.portcullis.yml` that a repository is to add to that policy: shows its mistakes
    #[arg(long, value_name = "FILE")]
    own: Option<PathBuf>,

    /// A repository, bare or not, to hold it against
    #[arg(long, value_name = "DIR")]
    repo: Option<PathBuf>,

    /// The policy that it would replace
    #[arg(long, value_name = "OLD")]
    against: Option<PathBuf>,

    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
}

impl Check {
    /// Checks, and prints what is wrong on standard error, or the verdict on standard output.
    pub fn run(&self) -> Exit {
        let origin = match &self.file {
            Some(file) => Origin::File(file.clone()),
            None => self.source.origin(),
        };
        let name = diagnostic::sanitised(&origin.name().display().to_string());
        let printed = match origin
            .load()
            .and_then(|loaded| loaded.examine_keys(super::now()))
        {
            Ok(loaded) if self.own.is_some() => self.check_own(&loaded),
            Ok(mut loaded) => {
                look_at_token(&mut loaded);
                look_at_dates(&mut loaded, super::now());
                look_at_guard(&mut loaded, &origin);
                let seen = match self.look_further(&mut loaded) {
                    Ok(seen) => seen,
                    Err(exit) => return exit,
                };
                let counts = [
                    counted(loaded.policy.rules.len(), "rule", "rules"),
                    counted(loaded.policy.zones.len(), "zone", "zones"),
                    counted(loaded.policy.people.len(), "person", "people"),
                ];
                let warnings = std::mem::take(loaded.warnings());
                let verdict = if warnings.is_empty() {
                    format!("{name}: fine ({})", counts.join(", "))
                } else {
                    format!("{name}: can be used, with {}", totals(&warnings))
                };
                self.print(&name, &warnings, &loaded.source, &verdict, &seen)
                    .map(|()| Exit::Fine)
            }
            Err(PolicyError::Invalid { text, diagnostics }) => {
                let verdict = format!("{name}: wrong, with {}", totals(&diagnostics));
                self.print(&name, &diagnostics, &text, &verdict, &Seen::default())
                    .map(|()| Exit::WrongInput)
            }
            Err(PolicyError::Unreadable { source, .. }) => {
                let help = match source.kind() {
                    io::ErrorKind::NotFound => "; name the file: `portcullis check FILE`",
                    io::ErrorKind::PermissionDenied => {
                        "; run as the user that the git server runs as"
                    }
                    _ => "",
                };
                writeln!(
                    io::stderr(),
                    "error: the policy {name} cannot be read: {source}{help}"
                )
                .map(|()| {
                    if source.kind() == io::ErrorKind::NotFound {
                        Exit::WrongInput
                    } else {
                        Exit::Failed
                    }
                })
            }
        };
        printed.unwrap_or(Exit::Failed)
    }

    /// Checks what a repository is to add to the policy.
    fn check_own(&self, loaded: &Loaded) -> io::Result<Exit> {
        let file = self.own.as_deref().unwrap_or(Path::new(own::FILE));
        let name = diagnostic::sanitised(&file.display().to_string());
        let bytes = match fs::read(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                writeln!(io::stderr(), "error: {name} cannot be read: {error}")?;
                return Ok(Exit::WrongInput);
            }
        };
        match loaded.check_own(&bytes) {
            Ok(()) => {
                let verdict = format!("{name}: fine, on top of that policy");
                self.print(&name, &[], &loaded.source, &verdict, &Seen::default())?;
                Ok(Exit::Fine)
            }
            Err(wrong) => {
                let verdict = format!("{name}: wrong, with {}", totals(&wrong.diagnostics));
                self.print(
                    &name,
                    &wrong.diagnostics,
                    &wrong.text,
                    &verdict,
                    &Seen::default(),
                )?;
                Ok(Exit::WrongInput)
            }
        }
    }

    fn print(
        &self,
        name: &str,
        diagnostics: &[Diagnostic],
        source: &diagnostic::Source,
        verdict: &str,
        seen: &Seen,
    ) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.json {
            let whole = Whole {
                report: Report::new(name, diagnostics),
                seen,
            };
            serde_json::to_writer_pretty(&mut stdout, &whole)?;
            return writeln!(stdout);
        }
        let mut stderr = io::stderr().lock();
        if diagnostics.is_empty() {
            writeln!(stdout, "{verdict}")?;
        } else {
            let colour = stderr.is_terminal();
            stderr.write_all(diagnostic::render_all(diagnostics, source, colour).as_bytes())?;
            writeln!(stderr, "{verdict}")?;
        }
        if let Some(survey) = &seen.repository {
            write!(stdout, "\n{}", report::survey(survey))?;
        }
        if let Some(differences) = &seen.against {
            write!(stdout, "\n{}", report::differences(differences))?;
        }
        Ok(())
    }

    /// Holds a policy that can be used against a repository and another policy, where that is asked.
    fn look_further(&self, loaded: &mut Loaded) -> Result<Seen, Exit> {
        let content = match &self.repo {
            None => None,
            Some(repo) => {
                let budget = Arc::new(Budget::new(loaded.policy.limits));
                let content = Repository::at(repo, &budget)
                    .and_then(|found| Content::of(&found, &loaded.policy));
                Some(content.map_err(|error| {
                    super::complain(&text::chain(&error));
                    Exit::Failed
                })?)
            }
        };
        let repository = content
            .as_ref()
            .map(|content| Survey::of(loaded, content, super::now()));
        let old = self.against.clone().map(Origin::File);
        let old = old
            .map(|origin| {
                origin
                    .load()
                    .map_err(|error| super::wrong_policy(&error, &origin))
            })
            .transpose()?;
        let against = old.map(|old| Differences::between(&old, loaded, content.as_ref()));
        Ok(Seen {
            repository,
            against,
        })
    }
}

/// What was seen beyond the policy itself.
#[derive(Debug, Default, Serialize)]
struct Seen {
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<Survey>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Differences>,
}

#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    report: Report<'a>,
    #[serde(flatten)]
    seen: &'a Seen,
}

/// Warns about a token that the hook could not use, or that others can. The policy may be meant for another machine, so
/// that is no error in it.
fn look_at_token(loaded: &mut Loaded) {
    let Some(forge) = &loaded.policy.forge else {
        return;
    };
    let file = &forge.token_file;
    if let Err(problem) = token::inspect(file) {
        let message = format!(
            "the token in {} cannot be used as it is: {problem}",
            file.display()
        );
        loaded.warn(
            &Place::top().key("forge").key("token_file"),
            "token-file",
            message,
            "it belongs to the account that runs the hook, with `chmod 600`",
        );
    }
}

/// Warns about exceptions that are over: nobody is waived or let past by them any more.
fn look_at_dates(loaded: &mut Loaded, now: i64) {
    const HELP: &str = "remove it, or write a later day if it is still needed";
    let top = Place::top();
    let waivers = loaded.policy.waivers.iter().enumerate();
    let mut over: Vec<(Place, String)> = waivers
        .filter(|(_, waiver)| waiver.until <= now)
        .map(|(index, waiver)| {
            let place = top.key("waivers").index(index).key("until");
            let since = crate::ledger::time(waiver.until);
            let message = format!("the waiver of `{}` is over since {since}", waiver.rule);
            (place, message)
        })
        .collect();
    let expires = loaded
        .policy
        .bypass
        .as_ref()
        .and_then(|bypass| bypass.expires);
    over.extend(expires.filter(|expires| *expires <= now).map(|expires| {
        let since = crate::ledger::time(expires);
        let message = format!("nobody can break the glass since {since}");
        (top.key("bypass").key("expires"), message)
    }));
    for (place, message) in over {
        loaded.warn(&place, "expired", message, HELP);
    }
}

/// Warns where whoever may push to the policy's repository can change the policy.
fn look_at_guard(loaded: &mut Loaded, origin: &Origin) {
    let Origin::Branch(branch) = origin else {
        return;
    };
    if branch.is_guarded(&loaded.policy, super::now()) {
        return;
    }
    let message = format!(
        "no rule refuses a change of {} on {}, so whoever may push there changes the policy",
        branch.path, branch.name
    );
    loaded.warn(
        &Place::top().key("rules").at_key(),
        "unguarded-policy",
        message,
        "add a rule on this path and branch, and make portcullis the hook of that repository too",
    );
}

/// `2 errors and 1 warning`
fn totals(diagnostics: &[Diagnostic]) -> String {
    let of = |severity| {
        diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.severity == severity)
            .count()
    };
    let errors = of(Severity::Error);
    let warnings = of(Severity::Warning);
    let parts = [
        (errors, "error", "errors"),
        (warnings, "warning", "warnings"),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|part| part.0 > 0)
        .map(|(n, one, many)| counted(n, one, many))
        .collect();
    parts.join(" and ")
}
