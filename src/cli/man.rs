//! `portcullis man`

use std::path::PathBuf;

use clap::CommandFactory as _;

use super::{Cli, Exit};

/// Write the manual: a page for the program, and one for each verb
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  For everyone on the machine; then `man portcullis-explain`:
    portcullis man /usr/local/share/man/man1")]
pub struct Man {
    /// The folder into which the pages are written; it must be there
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

impl Man {
    /// Writes them.
    pub fn run(&self) -> Exit {
        match clap_mangen::generate_to(Cli::command(), &self.dir) {
            Ok(()) => Exit::Fine,
            Err(error) => {
                let folder = self.dir.display();
                super::complain(&format!("no manual can be written to {folder}: {error}"));
                Exit::Failed
            }
        }
    }
}
