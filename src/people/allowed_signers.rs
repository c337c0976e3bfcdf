//! People from a file of allowed signers (ssh-keygen(1), "ALLOWED SIGNERS").
//!
//! A line names a person by the addresses of its principals, of which the first is their name here. What a line says beside
//! whose key it is (dates, namespaces, authorities) has no place among the keys of a person; such keys are left where they
//! are, and the note says how the policy gets them.

use super::gather::Gathering;
use super::{Corrections, Error, Findings};
use crate::policy::is_email;
use crate::signature::allowed_signers::{self, Conditions, Line};

/// Reads the text of such a file.
///
/// # Errors
/// At the first line that says nothing, with its number, and when two people would share something.
pub fn read(
    text: &str,
    line_error: impl Fn(u64, String) -> Error,
    corrections: &Corrections,
) -> Result<Findings, Error> {
    let mut gathering = Gathering::default();
    for (number, line) in allowed_signers::read(text) {
        let number = number as u64;
        let line = line.map_err(|error| line_error(number, error.to_string()))?;
        add(&mut gathering, number, &line);
    }
    gathering.finish(corrections)
}

fn add(gathering: &mut Gathering, number: u64, line: &Line) {
    let principals = line.principals.to_string();
    let addresses: Vec<String> = principals
        .split(',')
        .filter(|principal| is_email(principal) && !principal.contains(['*', '?', '!']))
        .map(str::to_ascii_lowercase)
        .collect();
    let Some(name) = addresses.first() else {
        gathering.note(format!(
            "line {number} names nobody by an e-mail address; its key can be listed as a file, with \
             `keys: {{ allowed_signers: … }}` in the policy"
        ));
        return;
    };
    for address in &addresses {
        gathering.email(name, address);
    }
    if line.conditions == Conditions::default() {
        gathering.key(name, &line.key.to_line());
    } else {
        gathering.note(format!(
            "line {number}: the key has options, which only the file itself can have; list that too, with \
             `keys: {{ allowed_signers: … }}` in the policy"
        ));
    }
}
