//! People from a forge's API.
//!
//! Only an administrator is told which accounts are suspended and which addresses are proven, so the token must be one's:
//! an account that is known in part would be let in by the part that is missing.

use std::collections::BTreeSet;
use std::time::Instant;

use super::gather::Gathering;
use super::{Corrections, Error, Findings};
use crate::policy::{ForgeApi, ForgeKind};
use crate::reviews::http::{Errand, Http};

/// What the token must have, and what bounds the time.
const ERRAND: Errand = Errand {
    rights: "an administrator's, with the scopes read:admin, read:user and read:organization (Gitea, Forgejo) or read_api, \
             and admin_mode where that is on (GitLab)",
    bound: "--timeout",
};

/// What is asked of the forge.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Where it is, and by what right it is asked. Its time bounds all answers together.
    pub api: &'a ForgeApi,
    /// Groups to take over, whose members are then all the people: of Gitea an organisation with all its teams, or one of
    /// its teams (`organisation/team`), of GitLab a group by its full path. If there are none, everyone is taken over.
    pub groups: &'a [String],
    /// Seconds since 1970, for keys that expire.
    pub now: i64,
}

/// Whose accounts are taken over.
#[derive(Debug)]
pub(super) enum Who {
    Everyone,
    These(BTreeSet<String>),
}

/// Hears how many accounts of how many have been read.
pub type Progressing<'a> = dyn Fn(u64, u64) + 'a;

/// Asks the forge.
///
/// # Errors
/// When it does not answer or tells too little, and when two people would share something.
pub fn read(
    wanted: &Wanted<'_>,
    progress: &Progressing<'_>,
    corrections: &Corrections,
) -> Result<Findings, Error> {
    let until = Instant::now() + wanted.api.timeout;
    let http = Http::new(wanted.api, ERRAND, until)?;
    let mut gathering = Gathering::default();
    match wanted.api.kind {
        ForgeKind::Gitea | ForgeKind::Forgejo => {
            super::gitea::read(&http, wanted, progress, &mut gathering)?;
        }
        ForgeKind::Gitlab => super::gitlab::read(&http, wanted, progress, &mut gathering)?,
    }
    gathering.finish(corrections)
}

impl Who {
    /// Those whom groups name, if any are wanted.
    pub(super) fn of(groups: &[String], members: BTreeSet<String>) -> Self {
        if groups.is_empty() {
            Who::Everyone
        } else {
            Who::These(members)
        }
    }

    pub(super) fn contains(&self, account: &str) -> bool {
        match self {
            Who::Everyone => true,
            Who::These(accounts) => accounts.contains(account),
        }
    }
}
