//! People from a `.mailmap` (gitmailmap(5)): the address that stands for somebody is their name here, too.

use gix::bstr::ByteSlice as _;

use super::gather::Gathering;
use super::{Corrections, Error, Findings};

/// Reads the text of such a file. Lines that make no sense are passed over, as git does, and noted.
///
/// # Errors
/// When two people would share an address.
pub fn read(content: &[u8], corrections: &Corrections) -> Result<Findings, Error> {
    let mut gathering = Gathering::default();
    for (number, line) in (1..).zip(content.lines()) {
        let entry = match gix::mailmap::parse(line).next() {
            None => continue,
            Some(Ok(entry)) => entry,
            Some(Err(_)) => {
                let number: u64 = number;
                gathering.note(format!(
                    "line {number} makes no sense, and git passes over it, too"
                ));
                continue;
            }
        };
        let old = entry.old_email().to_str_lossy();
        let own = entry.new_email().map(|email| email.to_str_lossy());
        let own = own.unwrap_or_else(|| old.clone());
        let name = own.to_ascii_lowercase();
        gathering.email(&name, &own);
        gathering.email(&name, &old);
        if let Some(called) = entry.new_name() {
            let called = called.to_str_lossy().into_owned();
            gathering.person(&name).called.get_or_insert(called);
        }
    }
    gathering.finish(corrections)
}
