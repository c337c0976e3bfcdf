//! People as GitLab has them (`/api/v4`).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use super::forge::{Progressing, Wanted, Who};
use super::gather::Gathering;
use super::{Error, Kind};
use crate::reviews;
use crate::reviews::http::{Http, Progress, escaped};

/// The least role of a member who may push, and so approve: Developer.
const DEVELOPER: u64 = 30;

/// An account, as an administrator is told of it.
#[derive(Debug, Deserialize)]
struct User {
    id: u64,
    username: String,
    name: String,
    state: String,
    /// Of a token of a project or group, of a service.
    #[serde(default)]
    bot: bool,
    /// Its main address; others than administrators are not told.
    email: Option<String>,
    /// What its commits in the web page have, which is always proven or GitLab's own.
    commit_email: Option<String>,
    /// When its main address was proven.
    confirmed_at: Option<Timestamp>,
}

/// One more address.
#[derive(Debug, Deserialize)]
struct Address {
    email: String,
    confirmed_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct SshKey {
    key: String,
    #[serde(default)]
    usage_type: Usage,
    expires_at: Option<Timestamp>,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Usage {
    Auth,
    Signing,
    /// Old versions know nothing else.
    #[default]
    AuthAndSigning,
}

#[derive(Debug, Deserialize)]
struct Member {
    username: String,
    access_level: u64,
}

/// Reads everyone who is wanted.
pub(super) fn read(
    http: &Http,
    wanted: &Wanted<'_>,
    progress: &Progressing<'_>,
    gathering: &mut Gathering,
) -> Result<(), Error> {
    let members = groups(http, wanted.groups, gathering)?;
    let who = Who::of(wanted.groups, members);
    let path = "/users?exclude_internal=true";
    let mut users: Vec<User> = http.list(path, Progress::covers_total)?;
    users.retain(|user| who.contains(&user.username));
    for (done, user) in users.iter().enumerate() {
        progress(done as u64, users.len() as u64);
        let Some(email) = &user.email else {
            let url = http.url(path);
            return Err(Error::NotAdministrator { url });
        };
        let username = &user.username;
        if user.state != "active" {
            gathering.leave_out(username, format!("it is {}", user.state));
            continue;
        }
        let person = gathering.person(username);
        person.called = Some(user.name.clone());
        person.accounts.insert(username.clone());
        if user.bot {
            person.kind = Kind::Bot;
        }
        if user.confirmed_at.is_some() {
            gathering.email(username, email);
        } else {
            gathering.unverified_email();
        }
        let commit_email = user.commit_email.as_ref();
        if let Some(commit_email) = commit_email.filter(|commit_email| *commit_email != email) {
            gathering.email(username, commit_email);
        }
        more_of(http, wanted.now, user, gathering)?;
    }
    Ok(())
}

/// Reads what each account has a list of its own for.
fn more_of(
    http: &Http,
    now: i64,
    user: &User,
    gathering: &mut Gathering,
) -> Result<(), reviews::Error> {
    let User { id, username, .. } = user;
    let addresses: Vec<Address> =
        http.list(&format!("/users/{id}/emails"), Progress::covers_total)?;
    for address in addresses {
        if address.confirmed_at.is_some() {
            gathering.email(username, &address.email);
        } else {
            gathering.unverified_email();
        }
    }
    let keys: Vec<SshKey> = http.list(&format!("/users/{id}/keys"), Progress::covers_total)?;
    for key in keys {
        let is_over = key.expires_at.is_some_and(|end| end.as_second() <= now);
        if key.usage_type != Usage::Auth && !is_over {
            gathering.key(username, &key.key);
        }
    }
    Ok(())
}

/// Takes over these groups, and says who is in them.
fn groups(
    http: &Http,
    groups: &[String],
    gathering: &mut Gathering,
) -> Result<BTreeSet<String>, reviews::Error> {
    let mut everyone = BTreeSet::new();
    for group in groups {
        let path = format!("/groups/{}/members/all", escaped(group.as_bytes()));
        let members: Vec<Member> = http.list(&path, Progress::covers_total)?;
        for member in members {
            if member.access_level >= DEVELOPER {
                gathering.member(group, &member.username);
                everyone.insert(member.username);
            }
        }
    }
    Ok(everyone)
}
