//! `portcullis completions`

use std::io;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Exit};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  For everyone on the machine:
    portcullis completions bash > /usr/share/bash-completion/completions/portcullis
    portcullis completions zsh > /usr/share/zsh/site-functions/_portcullis
    portcullis completions fish > /usr/share/fish/vendor_completions.d/portcullis.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: Shell,
}

impl Completions {
    /// Prints them.
    pub fn run(&self) -> Exit {
        let mut command = Cli::command();
        clap_complete::generate(self.shell, &mut command, "portcullis", &mut io::stdout());
        Exit::Fine
    }
}
