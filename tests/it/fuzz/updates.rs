//! Standard input of the hook: any bytes are a list of updates, or a clear refusal.

use std::collections::BTreeSet;

use gix::hash::Kind;
use portcullis::push::{InputError, RefUpdate, read_updates};

const MOST: usize = 64;

/// The first byte chooses the hash, the rest is the input.
pub(crate) fn run(data: &[u8]) {
    let Some((&choice, input)) = data.split_first() else {
        return;
    };
    let hash = if choice & 1 == 0 {
        Kind::Sha1
    } else {
        Kind::Sha256
    };
    match read_updates(input, hash, MOST) {
        Ok(updates) => accepted(&updates, input, hash),
        Err(error) => refused(&error),
    }
}

/// What was read, written as git writes it, is the input, but for capitals in ids and a missing line feed.
fn accepted(updates: &[RefUpdate], input: &[u8], hash: Kind) {
    assert!(!updates.is_empty() && updates.len() <= MOST);
    let mut written = Vec::new();
    for update in updates {
        assert_eq!((update.old.kind(), update.new.kind()), (hash, hash));
        assert!(update.name.starts_with(b"refs/"));
        assert!(
            !update.old.is_null() || !update.new.is_null(),
            "nothing to do"
        );
        written.extend_from_slice(format!("{} {} ", update.old, update.new).as_bytes());
        written.extend_from_slice(&update.name);
        written.push(b'\n');
    }
    let input = input.strip_suffix(b"\n").unwrap_or(input);
    assert!(written[..written.len() - 1].eq_ignore_ascii_case(input));
    let names: BTreeSet<_> = updates.iter().map(|update| &update.name).collect();
    assert_eq!(names.len(), updates.len(), "a ref twice");
    let again = read_updates(&*written, hash, MOST).expect("it was read before");
    assert_eq!(again, updates);
}

/// A refusal is one line of plain text, however odd the input.
fn refused(error: &InputError) {
    let said = error.to_string();
    assert!(!said.is_empty() && said.len() < 1_000, "{said:?}");
    assert!(!said.chars().any(char::is_control), "{said:?}");
}
