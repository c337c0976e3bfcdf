//! `portcullis schema`

use std::io::Write as _;

use clap::Args;

use super::Exit;
use crate::policy::schema;

/// Print the JSON Schema of the policy, for editors
///
/// With it, an editor completes keys, shows what they mean, and underlines mistakes while you type. Keys that this
/// version does not serve yet are in it too, marked as deprecated and described as such.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  Write it beside the policy:
    portcullis schema > policy.schema.json

  Tell the editor, in the first line of the policy (VS Code with the YAML
  extension, Neovim, Helix, Emacs: whatever runs yaml-language-server):
    # yaml-language-server: $schema=policy.schema.json

`portcullis check` sees more than a schema can say: run it before a policy is installed.")]
pub struct Schema {}

impl Schema {
    /// Prints it.
    pub fn run(&self) -> Exit {
        match std::io::stdout().write_all(schema::text().as_bytes()) {
            Ok(()) => Exit::Fine,
            Err(_) => Exit::Failed,
        }
    }
}
