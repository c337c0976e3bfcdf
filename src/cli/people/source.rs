//! Where people come from, on a command line.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::people::{Corrections, Error, Findings, allowed_signers, forge, mailmap, table};
use crate::policy::forge::Address;
use crate::policy::written::values::Duration;
use crate::policy::{ForgeApi, ForgeKind};
use crate::reviews::token;

use super::super::progress::Progress;

/// Bytes of a file that people are read from.
const MOST_BYTES: u64 = 64 << 20;

/// The longest that anybody may want to wait for a forge.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// The options that say where people come from.
#[derive(Debug, clap::Args)]
pub struct From {
    /// Ask the API of a forge of this kind
    #[arg(long, value_enum, value_name = "KIND", group = "from", requires_all = ["url", "token_file"])]
    pub forge: Option<ForgeKind>,
    /// Read a file of allowed signers; the first address of a line is the name of whose key it is
    #[arg(long, value_name = "FILE", group = "from")]
    pub allowed_signers: Option<PathBuf>,
    /// Read a table with the columns name, called, kind, emails, accounts, keys, groups and operator, of which only the
    /// first must be there; `;` is between several values
    #[arg(long, value_name = "FILE", group = "from")]
    pub csv: Option<PathBuf>,
    /// Read a .mailmap; the address that stands for somebody is their name
    #[arg(long, value_name = "FILE", group = "from")]
    pub mailmap: Option<PathBuf>,

    /// The forge's address, such as https://git.shop.example/
    #[arg(long, value_name = "URL", value_parser = address, requires = "forge")]
    pub url: Option<Address>,
    /// The file that holds an administrator's token (Gitea, Forgejo: read:admin, read:user and read:organization;
    /// GitLab: read_api)
    #[arg(long, value_name = "FILE", requires = "forge")]
    pub token_file: Option<PathBuf>,
    /// The certificates that the forge's is signed by, as PEM [default: the system's]
    #[arg(long, value_name = "FILE", requires = "forge")]
    pub ca_file: Option<PathBuf>,
    /// How long all answers of the forge may take together
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration, requires = "forge")]
    pub timeout: std::time::Duration,
    /// Take over this group, and of all people only its members: an organisation or one of its teams (shop, shop/payments)
    /// of Gitea or Forgejo, a group of GitLab by its full path; can be given several times
    #[arg(long = "group", value_name = "GROUP", requires = "forge")]
    pub groups: Vec<String>,
}

impl From {
    /// What the file is said to come from.
    pub(super) fn name(&self) -> String {
        match (self.api(), self.file()) {
            (Some(api), _) => api.url.as_str().to_owned(),
            (None, Some(file)) => file.display().to_string(),
            (None, None) => String::new(),
        }
    }

    /// What somebody should know who gives these options.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let Some(api) = self.api() else {
            return warnings;
        };
        if !api.url.is_encrypted && !api.url.is_loopback() {
            warnings.push(
                "the token goes over the network unencrypted, to whoever answers there; use https"
                    .to_owned(),
            );
        }
        if let Err(problem @ token::Problem::Exposed { .. }) = token::inspect(&api.token_file) {
            let file = api.token_file.display();
            warnings.push(format!(
                "the token in {file}: {problem}; `chmod 600` mends that"
            ));
        }
        warnings
    }

    /// Reads them.
    pub(super) fn read(&self, corrections: &Corrections) -> Result<Findings, Error> {
        if let Some(api) = self.api() {
            let progress = Progress::of("asking the forge for accounts");
            let wanted = forge::Wanted {
                api: &api,
                groups: &self.groups,
                now: super::super::now(),
            };
            return forge::read(&wanted, &|done, all| progress.show(done, all), corrections);
        }
        let file = self.file().expect("the usage asks for one of them");
        let content = read_file(file)?;
        if self.mailmap.is_some() {
            return mailmap::read(&content, corrections);
        }
        let line_error = |line, problem| Error::Line {
            file: file.to_owned(),
            line,
            problem,
        };
        let text = String::from_utf8(content).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = before.split(|byte| *byte == b'\n').count() as u64;
            line_error(line, "this is not UTF-8; save the file as UTF-8".to_owned())
        })?;
        if self.csv.is_some() {
            table::read(&text, line_error, corrections)
        } else {
            allowed_signers::read(&text, line_error, corrections)
        }
    }

    fn file(&self) -> Option<&Path> {
        let files = [&self.allowed_signers, &self.csv, &self.mailmap];
        files.into_iter().find_map(|file| file.as_deref())
    }

    fn api(&self) -> Option<ForgeApi> {
        Some(ForgeApi {
            kind: self.forge?,
            url: self.url.clone()?,
            token_file: self.token_file.clone()?,
            ca_file: self.ca_file.clone(),
            timeout: self.timeout,
        })
    }
}

fn read_file(file: &Path) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(MOST_BYTES + 1).read_to_end(&mut content))
        .map_err(|source| Error::Unreadable {
            file: file.to_owned(),
            source,
        })?;
    if content.len() as u64 > MOST_BYTES {
        return Err(Error::TooLong {
            file: file.to_owned(),
            most: MOST_BYTES,
        });
    }
    Ok(content)
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).map_err(|wrong| format!("it {wrong}"))
}

fn duration(text: &str) -> Result<std::time::Duration, String> {
    let Duration(duration) = text.parse()?;
    if duration.is_zero() {
        return Err("the forge can never answer in no time".to_owned());
    }
    if duration > LONGEST {
        return Err("whoever waits longer than a day waits for nothing".to_owned());
    }
    Ok(duration)
}
