//! The policy that decides: the one in its file, or the last good one in its place.

use std::path::{Path, PathBuf};

use crate::origin::Origin;
use crate::policy::{Loaded, PolicyError};
use crate::report::text;
use crate::state::policies::{self, LastGood};

/// A policy to judge by.
pub(super) struct InForce {
    pub loaded: Loaded,
    /// Since when it is in force, if it stands in for one that is wrong.
    pub stands_in_since: Option<i64>,
}

/// The policy at `origin`. If that does not parse, the last that did, from one of `folders`; one that is right is kept
/// there for that day.
pub(super) fn load(origin: &Origin, folders: &[PathBuf], now: i64) -> Result<InForce, PolicyError> {
    if let Origin::File(file) = origin {
        refuse_endless(file)?;
    }
    match origin.load() {
        Ok(loaded) => {
            keep(&loaded, folders, now);
            Ok(InForce {
                loaded,
                stands_in_since: None,
            })
        }
        Err(wrong @ PolicyError::Invalid { .. }) => {
            let Some(LastGood { loaded, since }) = origin.last_good(folders) else {
                return Err(wrong);
            };
            tracing::error!(
                "{}; the last good policy stands in: {} of {}",
                text::chain(&wrong),
                loaded.policy.digest,
                crate::ledger::time(since)
            );
            Ok(InForce {
                loaded,
                stands_in_since: Some(since),
            })
        }
        Err(unreadable) => Err(unreadable),
    }
}

/// A policy that cannot be kept decides all the same: the copy is for a day that may never come.
fn keep(loaded: &Loaded, folders: &[PathBuf], now: i64) {
    let own = loaded
        .policy
        .state_dir
        .clone()
        .into_iter()
        .collect::<Vec<_>>();
    for folders in [&own, folders] {
        if let Err(error) = policies::keep(loaded, now, folders) {
            tracing::warn!("no copy of the policy is kept: {}", text::chain(&error));
        }
    }
}

/// A pipe or a device need not end.
fn refuse_endless(file: &Path) -> Result<(), PolicyError> {
    let is_endless = std::fs::metadata(file).is_ok_and(|about| !about.is_file() && !about.is_dir());
    if is_endless {
        return Err(PolicyError::Unreadable {
            file: file.to_owned(),
            source: std::io::Error::other("it is no regular file"),
        });
    }
    Ok(())
}
