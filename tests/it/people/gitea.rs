//! Gitea and Forgejo, by the fields of their `User`, `Email`, `PublicKey` and `Team`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{Desk, KEYS, Request, Response, Server, TOKEN, listed};

/// What a Gitea knows.
#[derive(Default)]
pub(super) struct Known {
    pub(super) users: Vec<Value>,
    pub(super) emails: Vec<Value>,
    /// By account.
    pub(super) keys: BTreeMap<String, Vec<Value>>,
    /// Teams of the organisation `shop`, with their members.
    pub(super) teams: Vec<(u64, &'static str, Vec<&'static str>)>,
}

impl Known {
    pub(super) fn answer(&self, request: &Request) -> Response {
        const TOTAL: &str = "X-Total-Count";
        assert_eq!(request.headers["authorization"], format!("token {TOKEN}"));
        let Some(path) = request.path.strip_prefix("/api/v1/") else {
            return Response::refusal(404);
        };
        match path.split('/').collect::<Vec<_>>()[..] {
            ["admin", "users"] => listed(request, TOTAL, &self.users),
            ["admin", "emails"] => listed(request, TOTAL, &self.emails),
            ["users", login, "keys"] => {
                let keys = self.keys.get(login).cloned().unwrap_or_default();
                listed(request, TOTAL, &keys)
            }
            ["orgs", "shop", "teams"] => {
                let teams: Vec<_> = self
                    .teams
                    .iter()
                    .map(|(id, name, _)| team(*id, name))
                    .collect();
                listed(request, TOTAL, &teams)
            }
            ["teams", id, "members"] => {
                let team = self.teams.iter().find(|(one, ..)| one.to_string() == id);
                let (_, _, members) = team.expect("only listed teams are asked for");
                let members: Vec<_> = members.iter().map(|login| user(0, login)).collect();
                listed(request, TOTAL, &members)
            }
            _ => Response::refusal(404),
        }
    }
}

pub(super) fn user(id: i64, login: &str) -> Value {
    json!({
        "id": id, "login": login, "login_name": "", "source_id": 0, "full_name": "", "username": login,
        "email": format!("{login}@shop.example"), "avatar_url": "https://git.shop.example/avatars/0",
        "html_url": format!("https://git.shop.example/{login}"), "language": "en-US", "is_admin": false,
        "last_login": "2026-11-01T08:00:00Z", "created": "2026-01-01T08:00:00Z", "restricted": false,
        "active": true, "prohibit_login": false, "location": "", "website": "", "description": "",
        "visibility": "public", "followers_count": 0, "following_count": 0, "starred_repos_count": 0,
    })
}

pub(super) fn email(user_id: i64, email: &str) -> Value {
    json!({ "email": email, "verified": true, "primary": true, "user_id": user_id, "username": "somebody" })
}

pub(super) fn key(text: &str) -> Value {
    json!({
        "id": 1, "key": text, "url": "https://git.shop.example/api/v1/user/keys/1", "title": "laptop",
        "fingerprint": "SHA256:x", "created_at": "2026-01-01T08:00:00Z", "last_used_at": "2026-01-01T08:00:00Z",
        "key_type": "user",
    })
}

fn team(id: u64, name: &str) -> Value {
    json!({
        "id": id, "name": name, "description": "", "organization": null, "includes_all_repositories": false,
        "permission": "write", "units": ["repo.code"], "can_create_org_repo": false,
    })
}

/// Alice, who has two addresses and a key, Bob, and Carol, who may not log in.
pub(super) fn shop() -> Known {
    let mut alice = user(1, "alice");
    alice["full_name"] = "Alice: \"A\" Doe # \u{202e}\n  mallory: {}".into();
    let mut carol = user(3, "carol");
    carol["prohibit_login"] = true.into();
    let mut dave = user(4, "dave");
    dave["active"] = false.into();
    let mut unproven = email(2, "alice@bank.example");
    unproven["verified"] = false.into();
    let mut deploy_key = key(KEYS[2]);
    deploy_key["key_type"] = "deploy".into();
    Known {
        users: vec![alice, user(2, "bob"), carol, dave],
        emails: vec![
            email(1, "alice@shop.example"),
            email(1, "Alice@Home.example"),
            email(2, "bob@shop.example"),
            email(3, "carol@shop.example"),
            unproven,
        ],
        keys: BTreeMap::from([
            (
                "alice".to_owned(),
                vec![key(&format!("{} alice@laptop", KEYS[0]))],
            ),
            ("bob".to_owned(), vec![key(KEYS[1]), deploy_key]),
        ]),
        teams: vec![
            (7, "Owners", vec!["alice"]),
            (8, "payments", vec!["alice", "bob", "carol"]),
        ],
    }
}

#[test]
fn accounts_with_their_addresses_keys_and_teams_become_people() {
    let desk = Desk::new();
    let known = shop();
    let server = Server::start(move |request| known.answer(request));
    let run = desk.ask_forge("gitea", &server, "--group shop");
    run.assert(
        1,
        &[
            "+ alice",
            "1 address that nobody has proven",
            "2 people and 2 groups",
        ],
    );
    let expected = format!(
        r#"# Made by `portcullis people` from {}.
# What is changed here is gone with the next run: change it there.
people:
  alice: # Alice: "A" Doe # \u{{202e}}\n  mallory: {{}}
    emails: [alice@home.example, alice@shop.example]
    accounts: [alice]
    keys:
      - "{}"
  bob:
    emails: [bob@shop.example]
    accounts: [bob]
    keys:
      - "{}"
groups:
  shop/Owners: [alice]
  shop/payments: [alice, bob]
# Left out:
#   carol: it may not log in
"#,
        server.url().trim_end_matches('/'),
        KEYS[0],
        KEYS[1]
    );
    assert_eq!(desk.read("people.yml"), expected);
    desk.assert_is_part_of_a_policy();

    let again = desk.ask_forge("forgejo", &server, "--group shop");
    again.assert(0, &["up to date"]);
    assert_eq!(desk.read("people.yml"), expected);
}

#[test]
fn without_groups_everyone_is_taken_over() {
    let desk = Desk::new();
    let known = shop();
    let server = Server::start(move |request| known.answer(request));
    desk.ask_forge("gitea", &server, "")
        .assert(1, &["2 people and 0 groups"]);
    let text = desk.read("people.yml");
    assert!(text.contains("#   dave: it is not activated\n"), "{text}");
    desk.assert_is_part_of_a_policy();
}

#[test]
fn one_team_alone_can_be_wanted() {
    let desk = Desk::new();
    let known = shop();
    let server = Server::start(move |request| known.answer(request));
    desk.ask_forge("gitea", &server, "--group shop/Owners")
        .assert(1, &["1 person and 1 group"]);
    desk.ask_forge("gitea", &server, "--group shop/nobody")
        .assert(3, &["there is no team `nobody`"]);
    desk.ask_forge("gitea", &server, "--group else")
        .assert(3, &["orgs/else/teams", "404"]);
}

#[test]
fn a_suspended_account_goes_at_once_and_one_that_is_gone_only_if_it_may() {
    let desk = Desk::new();
    let known = Arc::new(Mutex::new(shop()));
    let shared = Arc::clone(&known);
    let server = Server::start(move |request| shared.lock().unwrap().answer(request));
    desk.ask_forge("gitea", &server, "").assert(1, &[]);

    known.lock().unwrap().users[1]["prohibit_login"] = true.into();
    let run = desk.ask_forge("gitea", &server, "");
    run.assert(1, &["- bob: it may not log in"]);
    assert!(!desk.read("people.yml").contains("bob@"));

    known.lock().unwrap().users.remove(0);
    let before = desk.read("people.yml");
    let run = desk.ask_forge("gitea", &server, "");
    run.assert(2, &["gone without a word: alice", "--remove"]);
    assert_eq!(desk.read("people.yml"), before);
    let run = desk.ask_forge("gitea", &server, "--remove");
    run.assert(1, &["- alice: no longer there"]);
    assert!(desk.read("people.yml").contains("people: {}\n"));
    desk.assert_is_part_of_a_policy();
}

#[test]
fn what_the_admin_knows_better_counts() {
    let desk = Desk::new();
    let mut known = shop();
    known
        .users
        .extend([user(5, "bob-admin"), user(6, "mender"), user(7, "anyone")]);
    let server = Server::start(move |request| known.answer(request));
    desk.ask_forge("gitea", &server, "")
        .assert(2, &["`anyone` cannot be a name", "--leave-out"]);
    let corrections = "--leave-out anyone --same bob,bob-admin --bot mender";
    desk.ask_forge("gitea", &server, corrections)
        .assert(1, &["3 people"]);
    let text = desk.read("people.yml");
    assert!(text.contains("accounts: [bob, bob-admin]"), "{text}");
    assert!(text.contains("  mender:\n    kind: bot\n"), "{text}");
    assert!(
        text.contains("#   bob-admin: the same person as bob\n"),
        "{text}"
    );
    desk.ask_forge("gitea", &server, corrections).assert(0, &[]);

    let misspelt = "--leave-out anyone --bot mendr";
    desk.ask_forge("gitea", &server, misspelt)
        .assert(2, &["did you mean `mender`?"]);
    let misspelt = "--leave-out anyone --same bob,bobadmin";
    desk.ask_forge("gitea", &server, misspelt)
        .assert(2, &["--same: there is no `bobadmin`"]);
}

#[test]
fn of_several_accounts_of_one_person_those_count_that_are_not_suspended() {
    let desk = Desk::new();
    let mut known = shop();
    known
        .users
        .extend([user(5, "carol-admin"), user(6, "carol-root")]);
    let server = Server::start(move |request| known.answer(request));
    let same = "--same carol,carol-admin,carol-root";
    desk.ask_forge("gitea", &server, same)
        .assert(1, &["3 people"]);
    let text = desk.read("people.yml");
    assert!(
        text.contains("accounts: [carol-admin, carol-root]"),
        "{text}"
    );
    assert!(text.contains("#   carol: it may not log in\n"), "{text}");
}

#[test]
fn many_pages_are_read_to_their_end() {
    let desk = Desk::new();
    let mut known = Known::default();
    for id in 0..120 {
        known.users.push(user(id, &format!("user-{id:03}")));
        known
            .emails
            .push(email(id, &format!("user-{id:03}@shop.example")));
    }
    let server = Server::start(move |request| known.answer(request));
    desk.ask_forge("gitea", &server, "")
        .assert(1, &["120 people"]);
    desk.assert_is_part_of_a_policy();
}
