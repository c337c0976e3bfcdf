//! People as Gitea and Forgejo have them (`/api/v1`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Error;
use super::forge::{Progressing, Wanted, Who};
use super::gather::Gathering;
use crate::reviews;
use crate::reviews::http::{Http, Progress, escaped};

/// An account of a human being, or what the forge takes for one; organisations and bots are not listed.
#[derive(Debug, Deserialize)]
struct User {
    id: i64,
    login: String,
    full_name: String,
    /// Its address was confirmed once, or an administrator made it.
    active: bool,
    prohibit_login: bool,
}

/// An address of an account.
#[derive(Debug, Deserialize)]
struct Address {
    email: String,
    verified: bool,
    user_id: i64,
}

#[derive(Debug, Deserialize)]
struct Key {
    key: String,
    /// `user`; old versions do not say.
    #[serde(default)]
    key_type: String,
}

#[derive(Debug, Deserialize)]
struct Team {
    id: u64,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Member {
    login: String,
}

/// Reads everyone who is wanted.
pub(super) fn read(
    http: &Http,
    wanted: &Wanted<'_>,
    progress: &Progressing<'_>,
    gathering: &mut Gathering,
) -> Result<(), Error> {
    let members = teams(http, wanted.groups, gathering)?;
    let who = Who::of(wanted.groups, members);
    let mut users: Vec<User> = http.list("/admin/users", Progress::covers_total)?;
    users.retain(|user| who.contains(&user.login));
    let mut addresses: BTreeMap<i64, Vec<Address>> = BTreeMap::new();
    for address in http.list::<Address>("/admin/emails", Progress::covers_total)? {
        let of_user = addresses.entry(address.user_id).or_default();
        of_user.push(address);
    }
    for (done, user) in users.iter().enumerate() {
        progress(done as u64, users.len() as u64);
        let login = &user.login;
        if user.prohibit_login {
            gathering.leave_out(login, "it may not log in");
            continue;
        }
        if !user.active {
            gathering.leave_out(login, "it is not activated");
            continue;
        }
        let person = gathering.person(login);
        person.called = Some(user.full_name.clone());
        person.accounts.insert(login.clone());
        for address in addresses.remove(&user.id).unwrap_or_default() {
            if address.verified {
                gathering.email(login, &address.email);
            } else {
                gathering.unverified_email();
            }
        }
        let path = format!("/users/{}/keys", escaped(login.as_bytes()));
        for key in http.list::<Key>(&path, Progress::covers_total)? {
            // What lets a machine read a repository is nobody's.
            if matches!(key.key_type.as_str(), "" | "user") {
                gathering.key(login, &key.key);
            }
        }
    }
    Ok(())
}

/// Takes over the teams of these organisations, and these teams, and says who is in them.
fn teams(
    http: &Http,
    groups: &[String],
    gathering: &mut Gathering,
) -> Result<BTreeSet<String>, reviews::Error> {
    let mut everyone = BTreeSet::new();
    for group in groups {
        let (organisation, wanted) = match group.split_once('/') {
            Some((organisation, team)) => (organisation, Some(team)),
            None => (group.as_str(), None),
        };
        let path = format!("/orgs/{}/teams", escaped(organisation.as_bytes()));
        let mut teams: Vec<Team> = http.list(&path, Progress::covers_total)?;
        if let Some(wanted) = wanted {
            teams.retain(|team| team.name == wanted);
            if teams.is_empty() {
                return Err(http.nonsense(&path, format!("there is no team `{wanted}`")));
            }
        }
        for team in teams {
            let path = format!("/teams/{}/members", team.id);
            let members: Vec<Member> = http.list(&path, Progress::covers_total)?;
            for Member { login } in members {
                gathering.member(&format!("{organisation}/{}", team.name), &login);
                everyone.insert(login);
            }
        }
    }
    Ok(everyone)
}
