//! Messages of commits and tags: subject, body and trailers, as git itself reads them.
//!
//! `BodyRef::trailers()` of gix is not used, because a gate has to see exactly the trailers that everybody else sees and
//! gix differs from git where an author can choose to be: it counts comment lines as text, reads a trailing `Conflicts:`
//! block as a trailer, sees no body below a title that ends in a line of blanks, trims Unicode blanks (an empty value
//! becomes a name, or the other way round) and form feeds, and squeezes the blanks of folded values. No filter in front
//! of it would do: a comment that is taken away joins the lines on its two sides. So this is what git's `trailer.c`
//! (`find_trailer_block_start`, `trailer_block_get`) and `commit.c` (`ignored_log_message_bytes`) do under default
//! configuration, and `tests/it/message.rs` holds it against git.
//!
//! Everything here is linear in the length of the message, whatever the message is.

use std::borrow::Cow;

use gix::bstr::{BStr, BString, ByteSlice};
use gix::objs::signature;

use super::commit::Identity;

/// Lines that git writes itself. With one of them, a block may be up to three quarters prose.
const GENERATED_PREFIXES: [&[u8]; 2] = [b"Signed-off-by: ", b"(cherry picked from commit "];

/// The line below which `git commit --verbose` puts the diff ("scissors").
const CUT_LINE: &[u8] = b"# ------------------------ >8 ------------------------";

/// One `Key: value` line of a message's last paragraph, with the lines folded into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trailer<'a> {
    /// The key as written, without the blanks before the colon. Never empty.
    pub key: &'a BStr,
    /// The value in one line, without blanks at its ends. It may be empty, and the same key may come again.
    pub value: Cow<'a, BStr>,
}

impl Trailer<'_> {
    /// Whether this is a trailer of that `key`; like git, without regard to the case of ASCII letters.
    pub fn is(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key.as_bytes())
    }
}

/// The trailers of a `message` in their order: what `git interpret-trailers --parse --no-divider` prints for it under
/// default configuration.
///
/// The message of a signed tag goes through [`without_signature()`] first.
pub fn trailers(message: &[u8]) -> Vec<Trailer<'_>> {
    let log = &message[..log_end(message)];
    let mut rest = &log[block_start(log)..];
    let mut found = Vec::new();
    while !rest.is_empty() {
        let mut end = line_len(rest);
        if let Some(separator) = separator(rest) {
            while rest.get(end).copied().is_some_and(is_space) {
                end += line_len(&rest[end..]);
            }
            found.push(Trailer {
                key: trim(&rest[..separator]).as_bstr(),
                value: unfold(trim(&rest[separator + 1..end])),
            });
        }
        rest = &rest[end..];
    }
    found
}

/// The e-mail address that a trailer's value such as `Alice <alice@shop.example>` names.
pub fn address(value: &BStr) -> Option<&BStr> {
    let start = value.rfind_byte(b'<')? + 1;
    let end = start + value[start..].find_byte(b'>')?;
    let address = value[start..end].trim().as_bstr();
    (!address.is_empty()).then_some(address)
}

/// The name and the address in a trailer's value; a value that names no address is all address, and so nobody's.
pub fn identity(value: &BStr) -> Identity {
    let name = value.find_byte(b'<').map_or(&b""[..], |end| &value[..end]);
    Identity {
        name: name.trim().into(),
        email: address(value).unwrap_or(value).to_owned(),
    }
}

/// The title paragraph in one line, as `git log --format=%s` shows it. Empty if the message is.
pub fn subject(message: &[u8]) -> Cow<'_, BStr> {
    let (title, _) = title_and_rest(message);
    let mut lines = title.lines_with_terminator().map(trim_end);
    let first = lines.next().unwrap_or_default();
    let mut subject = Cow::Borrowed(first.as_bstr());
    for line in lines {
        let joined: &mut BString = subject.to_mut();
        joined.push(b' ');
        joined.extend_from_slice(line);
    }
    subject
}

/// What follows the title paragraph, trailers included, as `git log --format=%b` shows it.
pub fn body(message: &[u8]) -> &BStr {
    let (_, rest) = title_and_rest(message);
    skip_blank_lines(rest).as_bstr()
}

/// A tag's `message` without the signature at its end, cut where git cuts before it verifies: at the last line that
/// begins a signature of a kind known to git (OpenPGP, X.509, SSH).
///
/// What is left is the signed part. Only that may be read as what the signer said.
pub fn without_signature(message: &[u8]) -> &BStr {
    let mut end = message.len();
    let mut start = 0;
    for line in message.lines_with_terminator() {
        if signature::Format::from_signature(line.as_bstr()).is_some() {
            end = start;
        }
        start += line.len();
    }
    message[..end].as_bstr()
}

/// Where the log message ends and what git ignores begins: comments, empty lines and an old-style conflict list at the
/// end, or everything below the scissors.
fn log_end(message: &[u8]) -> usize {
    let text = until_nul(message);
    // As in git, 0 stands for "nothing to ignore so far", so that a conflict list in the first line is never over.
    let mut ignored_from = 0;
    let mut in_conflicts = false;
    let mut start = 0;
    for line in text.lines_with_terminator() {
        let end = start + line.len();
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        if content == CUT_LINE {
            break;
        }
        // Git completes a last line before it looks, though not one that a NUL cuts short.
        let is_complete = line.ends_with(b"\n") || end == message.len();
        let opens_conflicts = is_complete && content == b"Conflicts:";
        if content.is_empty() || is_comment(line) || opens_conflicts {
            in_conflicts |= opens_conflicts;
            if ignored_from == 0 {
                ignored_from = start;
            }
        } else if in_conflicts && line.starts_with(b"\t") {
            // A path of the list.
        } else if ignored_from != 0 {
            ignored_from = 0;
            in_conflicts = false;
        }
        start = end;
    }
    if ignored_from == 0 {
        start
    } else {
        ignored_from
    }
}

/// Where in the `log` message its trailer block begins; its end if it has none.
///
/// The block is the last paragraph other than the title, if it is all trailers, or if at least a quarter of it is and
/// git itself wrote one of them.
fn block_start(log: &[u8]) -> usize {
    let mut is_blank_so_far = true;
    let mut is_generated = false;
    let (mut trailer_lines, mut other_lines) = (0, 0);
    // Lines that belong to what stands above them, which this way round is still unknown.
    let mut folded_lines = 0;

    let below_title = &log[title_end(log)..];
    let mut start = log.len();
    for line in below_title.lines_with_terminator().rev() {
        if is_comment(line) {
            other_lines += folded_lines;
            folded_lines = 0;
        } else if is_blank(line) {
            if !is_blank_so_far {
                other_lines += folded_lines;
                let is_block = if is_generated {
                    trailer_lines * 3 >= other_lines
                } else {
                    trailer_lines > 0 && other_lines == 0
                };
                return if is_block { start } else { log.len() };
            }
        } else {
            is_blank_so_far = false;
            let has_prefix = GENERATED_PREFIXES
                .iter()
                .any(|prefix| line.starts_with(prefix));
            is_generated |= has_prefix;
            if has_prefix || separator(line).is_some() {
                trailer_lines += 1;
                folded_lines = 0;
            } else if is_space(line[0]) {
                folded_lines += 1;
            } else {
                other_lines += 1 + folded_lines;
                folded_lines = 0;
            }
        }
        start -= line.len();
    }
    log.len()
}

/// Where the title ends: at the first blank line.
fn title_end(log: &[u8]) -> usize {
    log.lines_with_terminator()
        .take_while(|line| !is_blank(line))
        .map(<[u8]>::len)
        .sum()
}

/// The position of the colon if the line at the start of `text` is a trailer: letters, digits and hyphens, then blanks,
/// then the colon.
fn separator(text: &[u8]) -> Option<usize> {
    let key_end = text
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')?;
    let blanks = text[key_end..]
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t'))?;
    let separator = key_end + blanks;
    (key_end > 0 && text[separator] == b':').then_some(separator)
}

/// Joins the lines of a folded `value`: a line end and all blanks after it become one space.
fn unfold(value: &[u8]) -> Cow<'_, BStr> {
    if !value.contains(&b'\n') {
        return Cow::Borrowed(value.as_bstr());
    }
    let mut unfolded = BString::new(Vec::with_capacity(value.len()));
    let mut rest = value;
    while let Some(newline) = rest.find_byte(b'\n') {
        unfolded.extend_from_slice(&rest[..newline]);
        unfolded.push(b' ');
        rest = trim_start(&rest[newline..]);
    }
    unfolded.extend_from_slice(rest);
    Cow::Owned(unfolded)
}

fn title_and_rest(message: &[u8]) -> (&[u8], &[u8]) {
    let text = skip_blank_lines(until_nul(message));
    let title_len = text
        .lines_with_terminator()
        .take_while(|line| !is_blank(line))
        .map(<[u8]>::len)
        .sum();
    text.split_at(title_len)
}

fn skip_blank_lines(text: &[u8]) -> &[u8] {
    let blank_len: usize = text
        .lines_with_terminator()
        .take_while(|line| is_blank(line))
        .map(<[u8]>::len)
        .sum();
    &text[blank_len..]
}

/// Git keeps messages in C strings: to it, a message ends at the first NUL.
fn until_nul(message: &[u8]) -> &[u8] {
    &message[..message.find_byte(0).unwrap_or(message.len())]
}

fn line_len(text: &[u8]) -> usize {
    text.find_byte(b'\n')
        .map_or(text.len(), |newline| newline + 1)
}

fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"#")
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().copied().all(is_space)
}

fn trim(text: &[u8]) -> &[u8] {
    trim_start(trim_end(text))
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text
        .iter()
        .position(|byte| !is_space(*byte))
        .unwrap_or(text.len());
    &text[start..]
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text
        .iter()
        .rposition(|byte| !is_space(*byte))
        .map_or(0, |last| last + 1);
    &text[..end]
}

/// Git's `isspace`: neither form feeds nor vertical tabs, and nothing beyond ASCII.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
