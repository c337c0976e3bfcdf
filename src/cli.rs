//! The command line: one file for each subcommand, whose doc comment is its help.

pub mod approvals;
pub mod approve;
pub mod audit;
pub mod check;
mod clone;
pub mod completions;
pub mod doctor;
pub mod explain;
pub mod hook;
mod imagined;
pub mod init;
pub mod man;
pub mod map;
pub mod people;
mod progress;
pub mod repositories;
mod revision;
pub mod risk;
pub mod schema;
pub mod simulate;
pub mod source;
pub mod test;
pub mod verify;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::git::{self, Repository};
use crate::origin::Origin;
use crate::origin::own::Own;
use crate::policy::{Loaded, PolicyError};
use crate::report::text;

/// Where a policy is unless someone says otherwise. No environment variable chooses it: a pusher may set those.
pub const DEFAULT_POLICY: &str = "/etc/portcullis/policy.yml";

/// Guards the load-bearing paths of a codebase at the moment of the push
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "\
A first hour:
  portcullis init > policy.yml        a policy to begin with, from what is here
  portcullis check policy.yml         is the policy right?
  portcullis explain --policy policy.yml --repo DIR main~20..main
                                      what would it have said of these commits?
  ./install.sh --repo DIR.git --policy policy.yml
                                      make it the repository's hook

`portcullis VERB --help` has the rest, with examples.

Exit codes: 0 accepted or fine, 1 refused, 2 the policy or the usage is wrong, 3 the \
program failed."
)]
pub struct Cli {
    /// Log to standard error, to see what the program does
    #[arg(long, global = true, value_enum, default_value_t, value_name = "LEVEL")]
    log: LogLevel,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Hook(hook::Hook),
    Init(init::Init),
    Check(check::Check),
    Test(test::Test),
    Explain(explain::Explain),
    Simulate(simulate::Simulate),
    Approve(approve::Approve),
    Approvals(approvals::Approvals),
    Map(map::Map),
    Risk(risk::Risk),
    Verify(verify::Verify),
    Audit(audit::Audit),
    Doctor(doctor::Doctor),
    People(people::People),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum LogLevel {
    #[default]
    Off,
    Error,
    Warn,
    Info,
    Debug,
}

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Allowed, or fine.
    Fine,
    /// Refused, or findings.
    Findings,
    /// The user's own input is wrong: the usage, or the policy.
    WrongInput,
    /// The program failed.
    Failed,
}

impl Exit {
    /// The exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::WrongInput => 2,
            Exit::Failed => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

impl Cli {
    /// Reads a command line. A program that is called `pre-receive` is the hook: so git calls a link or a copy of it.
    ///
    /// # Errors
    /// What is wrong with it, or the help that was asked for.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let mut arguments: Vec<OsString> = arguments.into_iter().collect();
        let called = arguments.first().map(Path::new).and_then(Path::file_name);
        if called.is_some_and(|name| name == "pre-receive") {
            arguments.insert(1, "hook".into());
        }
        Cli::try_parse_from(arguments)
    }

    /// Does what was asked.
    pub fn run(&self) -> Exit {
        start_log(self.log);
        match &self.command {
            Command::Hook(hook) => hook.run(),
            Command::Init(init) => init.run(),
            Command::Check(check) => check.run(),
            Command::Test(test) => test.run(),
            Command::Explain(explain) => explain.run(),
            Command::Simulate(simulate) => simulate.run(),
            Command::Approve(approve) => approve.run(),
            Command::Approvals(approvals) => approvals.run(),
            Command::Map(map) => map.run(),
            Command::Risk(risk) => risk.run(),
            Command::Verify(verify) => verify.run(),
            Command::Audit(audit) => audit.run(),
            Command::Doctor(doctor) => doctor.run(),
            Command::People(people) => people.run(),
            Command::Schema(schema) => schema.run(),
            Command::Completions(completions) => completions.run(),
            Command::Man(man) => man.run(),
        }
    }
}

fn start_log(level: LogLevel) {
    let level = match level {
        LogLevel::Off => return,
        LogLevel::Error => tracing::Level::ERROR,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Debug => tracing::Level::DEBUG,
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(false)
        // A log that cannot be written is no reason to print about it, where that cannot be written either.
        .log_internal_errors(false)
        .init();
}

/// Seconds since 1970: the one look at the clock.
#[expect(clippy::disallowed_methods, reason = "the clock enters here")]
fn now() -> i64 {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Prints what was asked for. Whoever closes the pipe (`| head`) has seen enough.
fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// A page that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written", path.display())]
struct Unwritable {
    path: PathBuf,
    source: io::Error,
}

/// Writes a page to where it was asked for.
fn write(path: &Path, page: &str) -> Result<(), Unwritable> {
    std::fs::write(path, page).map_err(|source| Unwritable {
        path: path.to_owned(),
        source,
    })
}

/// Says what went wrong.
fn complain(text: &str) {
    let _ = writeln!(io::stderr().lock(), "error: {text}");
}

/// Does something by a policy, and says what goes wrong.
fn by_policy(
    origin: &Origin,
    act: impl FnOnce(Loaded) -> Result<Exit, Box<dyn std::error::Error>>,
) -> Exit {
    let loaded = match origin.load() {
        Ok(loaded) => loaded,
        Err(error) => return wrong_policy(&error, origin),
    };
    act(loaded).unwrap_or_else(|error| failed(&*error))
}

/// Adds the rules that the repository has of its own to the policy, as the hook does. What is wrong with them is told, and
/// left out.
fn tighten(loaded: &mut Loaded, repository: &Repository) -> Result<(), git::Error> {
    let own = Own::tighten(loaded, repository)?;
    if let Some(wrong) = own.as_ref().and_then(Own::wrong) {
        complain(&format!(
            "{wrong}; what this repository adds to the policy is left out"
        ));
    }
    Ok(())
}

/// Says what went wrong, and tells the user's own mistakes from the program's.
fn failed(error: &(dyn std::error::Error + 'static)) -> Exit {
    complain(&text::chain(error));
    let is_wrong_input = error.is::<revision::RevisionError>()
        || error.is::<init::InitError>()
        || error.is::<risk::WrongInput>()
        || error.is::<simulate::Unanswerable>();
    if is_wrong_input {
        Exit::WrongInput
    } else {
        Exit::Failed
    }
}

/// Says that the policy cannot be used; what is wrong with it is `portcullis check`'s to say.
fn wrong_policy(error: &PolicyError, origin: &Origin) -> Exit {
    complain(&text::chain(error));
    match error {
        PolicyError::Invalid { .. } => {
            complain(&format!("`{}` shows each mistake", origin.check()));
            Exit::WrongInput
        }
        PolicyError::Unreadable { source, .. } => {
            if source.kind() == io::ErrorKind::NotFound {
                complain(
                    "`--policy FILE` says where it is; on a clone, that is a copy of the server's",
                );
            }
            Exit::Failed
        }
    }
}
