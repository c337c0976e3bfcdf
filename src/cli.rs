//! The command line: one file for each subcommand, whose doc comment is its help.

pub mod check;
pub mod schema;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Guards the load-bearing paths of a codebase at the moment of the push
#[derive(Debug, Parser)]
#[command(
    name = "portcullis",
    version,
    max_term_width = 100,
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Schema(schema::Schema),
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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::WrongInput => 2,
            Exit::Failed => 3,
        })
    }
}

impl Cli {
    /// Does what was asked.
    pub fn run(&self) -> Exit {
        match &self.command {
            Command::Check(check) => check.run(),
            Command::Schema(schema) => schema.run(),
        }
    }
}
