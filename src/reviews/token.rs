//! The token by which the forge knows the gate, and its file.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Bytes of a file that may hold a token; those that are in use have a hundred at most.
const MOST_BYTES: u64 = 4096;

/// What is wrong with the file of a token.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be read.
    #[error("{0}; the account that runs the hook must be able to read it")]
    Unreadable(#[from] io::Error),
    /// It is a folder, a pipe or a device.
    #[error("it is no regular file")]
    NoFile,
    /// It holds nothing.
    #[error("it is empty; write the token into it, and nothing else")]
    Empty,
    /// It holds something else.
    #[error("it does not hold a token and nothing else: one line of letters, digits and signs")]
    NoToken,
    /// Others than its owner can read it.
    #[error("others than its owner can read it (its mode is {:04o})", .mode & 0o7777)]
    Exposed {
        /// Its permissions.
        mode: u32,
    },
}

/// A token. It shows itself to the forge only.
pub(super) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// Reads it. A file that others can read is no reason to refuse pushes: that is told by [`inspect`].
    pub(super) fn read(file: &Path) -> Result<Self, Problem> {
        // Opening a pipe would wait for whoever writes into it.
        if !file.metadata()?.is_file() {
            return Err(Problem::NoFile);
        }
        let mut text = String::new();
        File::open(file)?
            .take(MOST_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| match error.kind() {
                io::ErrorKind::InvalidData => Problem::NoToken,
                _ => Problem::Unreadable(error),
            })?;
        let token = text.trim();
        if token.is_empty() {
            return Err(Problem::Empty);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) || text.len() as u64 == MOST_BYTES {
            return Err(Problem::NoToken);
        }
        Ok(Token(token.to_owned()))
    }

    /// For the header that is sent to the forge.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

/// Looks at the file of a token as the hook would, and at who else can: for `check`.
pub fn inspect(file: &Path) -> Result<(), Problem> {
    Token::read(file)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(Problem::Exposed { mode });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", Token("secret".into())), "Token(…)");
    }
}
