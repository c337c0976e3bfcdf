//! Words of commands that people copy into their shell.

use std::fmt::Write;
use std::path::Path;

use gix::bstr::ByteSlice;

use crate::report::escape::Name;

/// Quotes one `word`, only where it needs it, so that a POSIX shell reads exactly these bytes.
///
/// The result is safe to print as it is: a word with hidden characters is spelled in ASCII as `$'\033'`, which
/// interactive shells (bash, zsh, ksh) and POSIX 2024 know. A word with a leading hyphen stays one: put `--` before it.
///
/// ```
/// use portcullis::report::shell::quote;
///
/// assert_eq!(quote(b"refs/heads/main"), "refs/heads/main");
/// assert_eq!(quote(b"it's here"), r"'it'\''s here'");
/// assert_eq!(quote(b"a\x1bb"), r"$'a\033b'");
/// ```
pub fn quote(word: &[u8]) -> String {
    if !word.is_empty() && word.iter().copied().all(needs_no_quotes) {
        return word.to_str_lossy().into_owned();
    }
    if Name(word).is_plain() {
        return gix::quote::single(word.as_bstr()).to_string();
    }
    let mut quoted = String::from("$'");
    for &byte in word {
        // `!` recalls history in some shells, even between these quotes.
        if matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'\\' | b'!') {
            quoted.push(char::from(byte));
        } else {
            write!(quoted, r"\{byte:03o}").expect("a string takes everything");
        }
    }
    quoted.push('\'');
    quoted
}

/// As [`quote`], of a path.
pub fn quote_path(path: &Path) -> String {
    quote(path.as_os_str().as_encoded_bytes())
}

/// No `=` or `~`, which zsh and assignments expand; no `^`, `{` or `#`, which mean something to some shell.
fn needs_no_quotes(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_./:@%+,".contains(&byte)
}
