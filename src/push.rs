//! Who pushes what: the ref updates that git writes to the hook's standard input.
//!
//! The format is `<old> SP <new> SP <ref> LF` for each update ([githooks], pre-receive). Nothing in it is to be trusted:
//! `receive-pack` hands on what the client sent and checks ids and names only after the hook has spoken. A name may even
//! hold a line feed and so pretend to be several updates. That can only add updates to be judged; the one with the odd
//! name is refused by git in any case.
//!
//! [githooks]: https://git-scm.com/docs/githooks#pre-receive

use std::collections::HashSet;
use std::io::{self, BufRead};

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice};

use crate::report::escape::Name;
use crate::report::layout::clip;

/// The longest ref name. File systems take paths of 4,096 bytes, and what a ref has held is recorded in a file below a
/// longer one.
const MAX_NAME: usize = 3500;

/// All input together, so that many long names cannot fill the memory.
const MAX_INPUT: u64 = 64 << 20;

/// What of an odd name or id goes into a message.
const SHOWN_COLUMNS: usize = 60;

/// One ref that the push wants to create, move or delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// Where the *client* says that the ref is; the null id if it says that there is none. Git compares it with the ref
    /// only after the hook.
    pub old: ObjectId,
    /// Where the ref shall be; the null id to delete it. The object may be missing.
    pub new: ObjectId,
    /// The full name, such as `refs/heads/main`: well-formed by git's rules, below `refs/`, not always UTF-8.
    pub name: BString,
}

/// Why standard input is no list of ref updates.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The pipe from git broke.
    #[error("cannot read the ref updates from standard input")]
    Read(#[from] io::Error),
    /// Git does not call the hook without updates, so something else did.
    #[error(
        "no ref updates on standard input; git writes `<old> <new> <ref>` lines there when it runs this as its pre-receive hook"
    )]
    Empty,
    /// Not three words.
    #[error(
        "line {line} of standard input is not `<old> <new> <ref>`; run this as git's pre-receive hook"
    )]
    Malformed {
        /// Counted from 1.
        line: usize,
    },
    /// Not an object id of this repository's hash.
    #[error("line {line} of standard input: `{}` is no object id of {digits} hex digits; check the repository's object format", shown(.id))]
    ObjectId {
        /// Counted from 1.
        line: usize,
        /// What stands there.
        id: BString,
        /// The length of this repository's ids.
        digits: usize,
    },
    /// More updates than the limit.
    #[error("more than {max} ref updates; push fewer refs at a time")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// More bytes than the limit.
    #[error("the ref updates are longer than {} MiB; push fewer refs at a time", MAX_INPUT >> 20)]
    TooLong,
    /// One name beyond the limit.
    #[error("line {line} of standard input is too long; ref names may have {MAX_NAME} bytes")]
    NameTooLong {
        /// Counted from 1.
        line: usize,
    },
    /// A name that git does not accept either.
    #[error("`{}` is no valid ref name; choose a name below `refs/` that `git check-ref-format` accepts", shown(.name))]
    Name {
        /// What the client asked for.
        name: BString,
        /// What is wrong with it, if anything beyond standing outside `refs/`.
        source: Option<gix::validate::reference::name::Error>,
    },
    /// One ref, two updates: which one git would apply is not for the gate to guess.
    #[error("`{}` is updated twice in one push; push it once", shown(.name))]
    Duplicate {
        /// The ref.
        name: BString,
    },
    /// Neither an old nor a new value.
    #[error("`{}` is to be moved from nothing to nothing; push an object, or delete a ref that exists", shown(.name))]
    Nothing {
        /// The ref.
        name: BString,
    },
}

impl InputError {
    /// Whether the pusher's client asked for something that cannot be, as opposed to a caller of the hook that does not
    /// write what git writes.
    pub fn is_from_pusher(&self) -> bool {
        match self {
            Self::Read(_) | Self::Empty | Self::Malformed { .. } | Self::ObjectId { .. } => false,
            Self::TooMany { .. }
            | Self::TooLong
            | Self::NameTooLong { .. }
            | Self::Name { .. }
            | Self::Duplicate { .. }
            | Self::Nothing { .. } => true,
        }
    }
}

/// Reads all updates of a push in their order, at most `max_updates`, with ids of `hash_kind`.
///
/// Memory is bounded whatever the input is. An update from a value to the same value is returned like any other.
pub fn read_updates(
    mut reader: impl BufRead,
    hash_kind: gix::hash::Kind,
    max_updates: usize,
) -> Result<Vec<RefUpdate>, InputError> {
    let max_line = 2 * (hash_kind.len_in_hex() + 1) + MAX_NAME;
    // One byte more, for the line feed, or to tell a line that is too long from one that just fits.
    let limit = u64::try_from(max_line + 1).unwrap_or(u64::MAX);
    let mut updates = Vec::new();
    let mut read = 0;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        io::Read::take(&mut reader, limit).read_until(b'\n', &mut buffer)?;
        if buffer.is_empty() {
            break;
        }
        let line = updates.len() + 1;
        if line > max_updates {
            return Err(InputError::TooMany { max: max_updates });
        }
        read += u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        if read > MAX_INPUT {
            return Err(InputError::TooLong);
        }
        let text = buffer.strip_suffix(b"\n").unwrap_or(&buffer);
        if text.len() > max_line {
            return Err(InputError::NameTooLong { line });
        }
        updates.push(parse_line(text, line, hash_kind)?);
    }
    if updates.is_empty() {
        return Err(InputError::Empty);
    }
    reject_duplicates(&updates)?;
    Ok(updates)
}

fn parse_line(
    text: &[u8],
    line: usize,
    hash_kind: gix::hash::Kind,
) -> Result<RefUpdate, InputError> {
    let mut words = text.splitn(3, |byte| *byte == b' ');
    let (Some(old), Some(new), Some(name)) = (words.next(), words.next(), words.next()) else {
        return Err(InputError::Malformed { line });
    };
    let update = RefUpdate {
        old: parse_id(old, line, hash_kind)?,
        new: parse_id(new, line, hash_kind)?,
        name: parse_name(name.as_bstr())?,
    };
    if update.old.is_null() && update.new.is_null() {
        return Err(InputError::Nothing { name: update.name });
    }
    Ok(update)
}

fn parse_id(hex: &[u8], line: usize, hash_kind: gix::hash::Kind) -> Result<ObjectId, InputError> {
    match ObjectId::from_hex(hex) {
        Ok(id) if id.kind() == hash_kind => Ok(id),
        _ => Err(InputError::ObjectId {
            line,
            id: hex.into(),
            digits: hash_kind.len_in_hex(),
        }),
    }
}

fn parse_name(name: &BStr) -> Result<BString, InputError> {
    let invalid = |source| InputError::Name {
        name: name.to_owned(),
        source,
    };
    if !name.starts_with(b"refs/") {
        return Err(invalid(None));
    }
    gix::validate::reference::name(name).map_err(|source| invalid(Some(source)))?;
    Ok(name.to_owned())
}

fn reject_duplicates(updates: &[RefUpdate]) -> Result<(), InputError> {
    let mut seen = HashSet::with_capacity(updates.len());
    for update in updates {
        if !seen.insert(&update.name) {
            return Err(InputError::Duplicate {
                name: update.name.clone(),
            });
        }
    }
    Ok(())
}

fn shown(bytes: &BString) -> String {
    clip(&Name(bytes).to_string(), SHOWN_COLUMNS).into_owned()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use gix::hash::Kind;
    use proptest::prelude::*;

    use super::*;

    const ZERO: &str = "0000000000000000000000000000000000000000";
    const ONE: &str = "1111111111111111111111111111111111111111";
    const HEX: &str = "0123456789abcdefABCDEF0123456789abcdef01";

    fn read(input: impl AsRef<[u8]>) -> Result<Vec<RefUpdate>, InputError> {
        read_updates(input.as_ref(), Kind::Sha1, 100_000)
    }

    fn message(input: impl AsRef<[u8]>) -> String {
        read(input).expect_err("refused").to_string()
    }

    #[test]
    fn reads_updates_in_order() {
        let updates = read(format!(
            "{ZERO} {ONE} refs/heads/b\n{HEX} {ZERO} refs/heads/a\n{ONE} {ONE} refs/tags/t"
        ))
        .expect("three updates, the last without line feed");
        let names: Vec<_> = updates
            .iter()
            .map(|update| update.name.to_string())
            .collect();
        assert_eq!(names, ["refs/heads/b", "refs/heads/a", "refs/tags/t"]);
        assert!(updates[0].old.is_null() && updates[1].new.is_null());
        assert_eq!(updates[1].old.to_string(), HEX.to_lowercase());
    }

    #[test]
    fn names_need_not_be_utf8() {
        let line = [
            format!("{ZERO} {ONE} refs/heads/").as_bytes(),
            b"\xff\xe9\n",
        ]
        .concat();
        assert_eq!(
            read(line).expect("one update")[0].name,
            b"refs/heads/\xff\xe9".as_bstr()
        );
    }

    #[test]
    fn reads_sha256() {
        let line = format!("{} {} refs/heads/a\n", "0".repeat(64), "2".repeat(64));
        assert_eq!(
            read_updates(line.as_bytes(), Kind::Sha256, 1).expect("one update")[0]
                .new
                .kind(),
            Kind::Sha256
        );
        assert!(message(line).contains("no object id of 40 hex digits"));
        let short = format!("{ZERO} {ONE} refs/heads/a\n");
        assert!(matches!(
            read_updates(short.as_bytes(), Kind::Sha256, 1),
            Err(InputError::ObjectId { digits: 64, .. })
        ));
    }

    #[test]
    fn refuses_what_git_does_not_write() {
        assert!(matches!(read(""), Err(InputError::Empty)));
        for line in ["\n", "hello\n", "\0", " ", ZERO, "a b"] {
            assert!(
                matches!(read(line), Err(InputError::Malformed { line: 1 })),
                "{line:?}"
            );
        }
        for line in [
            format!("{ZERO}  {ONE} refs/heads/a\n"),
            format!(" {ZERO} {ONE} refs/heads/a\n"),
            format!("{ZERO}\t{ONE} refs/heads/a b\n"),
            format!("{ZERO}0 {ONE} refs/heads/a\n"),
            format!("{} {ONE} refs/heads/a\n", &ZERO[1..]),
            format!("{} {ONE} refs/heads/a\n", ZERO.replace('0', "g")),
            format!("{ZERO} {ONE}\0 refs/heads/a\n"),
        ] {
            let error = read(&line).expect_err(&line);
            assert!(
                matches!(error, InputError::ObjectId { line: 1, .. }),
                "{line:?}: {error}"
            );
            assert!(!error.is_from_pusher());
        }
        let error = read(format!("{ZERO} {ONE} refs/heads/a\n\n")).expect_err("an empty line");
        assert!(matches!(error, InputError::Malformed { line: 2 }));
    }

    #[test]
    fn refuses_odd_names() {
        for name in [
            "",
            "main",
            "HEAD",
            "refs/",
            "refs",
            "/refs/heads/a",
            "refs/heads/a b",
            " refs/heads/a",
            "refs/heads/a ",
            "refs/heads/a\r",
            "refs/heads/a\0",
            "refs/heads//a",
            "refs/heads/a..b",
            "refs/heads/a.lock",
            "refs/heads/.a",
            "refs/heads/\x1b[2J",
            "refs/../a",
        ] {
            let error = read(format!("{ZERO} {ONE} {name}\n")).expect_err(name);
            assert!(
                matches!(error, InputError::Name { .. }),
                "{name:?}: {error}"
            );
            assert!(error.is_from_pusher());
            assert!(!error.to_string().contains(char::is_control));
        }
        assert_eq!(
            message(format!("{ZERO} {ONE} refs/heads/\x1b[2J\n")),
            r"`refs/heads/\x1b[2J` is no valid ref name; choose a name below `refs/` that `git check-ref-format` accepts"
        );
    }

    #[test]
    fn refuses_duplicates_and_nothing() {
        let line = format!("{ZERO} {ONE} refs/heads/a\n");
        assert_eq!(
            message(format!("{line}{ZERO} {ONE} refs/heads/b\n{line}")),
            "`refs/heads/a` is updated twice in one push; push it once"
        );
        assert!(matches!(
            read(format!("{ZERO} {ZERO} refs/heads/a\n")),
            Err(InputError::Nothing { .. })
        ));
    }

    #[test]
    fn names_have_a_longest() {
        let line = |length: usize| {
            let name = format!("refs/heads/{}", "a".repeat(length - "refs/heads/".len()));
            format!("{ZERO} {ONE} {name}\n{ZERO} {ONE} refs/heads/b\n")
        };
        assert_eq!(read(line(MAX_NAME)).expect("just fits").len(), 2);
        assert!(matches!(
            read(line(MAX_NAME + 1)),
            Err(InputError::NameTooLong { line: 1 })
        ));
        let endless = io::BufReader::new(io::repeat(b'a'));
        assert!(matches!(
            read_updates(endless, Kind::Sha1, 10),
            Err(InputError::NameTooLong { line: 1 })
        ));
    }

    #[test]
    fn pushes_have_a_largest() {
        let lines = |count: usize, filler: &str| {
            let mut lines = String::new();
            for number in 0..count {
                writeln!(lines, "{ZERO} {ONE} refs/heads/{filler}{number}").expect("memory");
            }
            lines
        };
        assert_eq!(
            read(lines(100_000, "")).expect("as many as allowed").len(),
            100_000
        );
        assert!(matches!(
            read(lines(100_001, "")),
            Err(InputError::TooMany { max: 100_000 })
        ));
        assert!(matches!(
            read_updates(lines(1, "").as_bytes(), Kind::Sha1, 0),
            Err(InputError::TooMany { max: 0 })
        ));
        assert!(matches!(
            read(lines(20_000, &"a".repeat(3400))),
            Err(InputError::TooLong)
        ));
    }

    #[test]
    fn a_broken_pipe_is_not_the_end() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::ConnectionReset.into())
            }
        }
        let start = format!("{ZERO} {ONE} refs/heads/a\n");
        let reader = io::BufReader::new(io::Read::chain(start.as_bytes(), Broken));
        assert!(matches!(
            read_updates(reader, Kind::Sha1, 10),
            Err(InputError::Read(_))
        ));
    }

    proptest! {
            #[test]
            fn any_bytes_get_an_answer(input: Vec<u8>) {
                if let Err(error) = read(&input) {
                    prop_assert!(!error.to_string().contains(char::is_control));
                }
            }

            #[test]
            fn almost_updates_get_an_answer(input in "([01]{40}[ \t]){1,2}(refs/)?[a-z./@{ \\\\\u{202e}\u{1b}é]{0,12}\n?") {
                match read(&input) {
                    Ok(updates) => {
                        let update = &updates[0];
                        let line = format!("{} {} {}", update.old, update.new, update.name);
                        prop_assert_eq!(line, input.trim_end_matches('\n'));
                    }
                    Err(error) => {
     let message = error.to_string();
     let hidden = ['\u{1b}', '\u{202e}'];
    prop_assert!(!message.contains(hidden));
    },
                }
            }
        }
}
