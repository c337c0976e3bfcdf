//! The `portcullis` program.

use std::process::ExitCode;

use portcullis::cli::Cli;

fn main() -> ExitCode {
    match Cli::read(std::env::args_os()) {
        Ok(cli) => cli.run().into(),
        Err(usage) => {
            // Help and version are printed the same way, and are no mistake. A closed pipe is nobody's to be told.
            let _ = usage.print();
            ExitCode::from(if usage.use_stderr() { 2 } else { 0 })
        }
    }
}
