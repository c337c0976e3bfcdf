//! GitLab, by the fields of its `UserWithAdmin`, `Email`, `SSHKey` and `Member`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Desk, KEYS, Request, Response, Server, TOKEN, listed};

/// What a GitLab knows.
#[derive(Default)]
struct Known {
    users: Vec<Value>,
    /// By the number of the account.
    emails: BTreeMap<u64, Vec<Value>>,
    keys: BTreeMap<u64, Vec<Value>>,
    /// Of the group `shop/payments`.
    members: Vec<Value>,
}

impl Known {
    fn answer(&self, request: &Request) -> Response {
        const TOTAL: &str = "X-Total";
        assert_eq!(request.headers["private-token"], TOKEN);
        let Some(path) = request.path.strip_prefix("/api/v4/") else {
            return Response::refusal(404);
        };
        let of = |lists: &BTreeMap<u64, Vec<Value>>, id: &str| {
            let id: u64 = id.parse().unwrap();
            lists.get(&id).cloned().unwrap_or_default()
        };
        match path.split('/').collect::<Vec<_>>()[..] {
            ["users"] => {
                assert_eq!(request.query["exclude_internal"], "true");
                listed(request, TOTAL, &self.users)
            }
            ["users", id, "emails"] => listed(request, TOTAL, &of(&self.emails, id)),
            ["users", id, "keys"] => listed(request, TOTAL, &of(&self.keys, id)),
            ["groups", "shop%2Fpayments", "members", "all"] => {
                listed(request, TOTAL, &self.members)
            }
            _ => Response::refusal(404),
        }
    }
}

fn user(id: u64, username: &str) -> Value {
    let mut user = json!({
        "id": id, "username": username, "name": username, "state": "active", "locked": false,
        "avatar_url": null, "web_url": format!("https://gitlab.shop.example/{username}"),
        "created_at": "2026-01-01T08:00:00.000Z", "bio": "", "location": "", "public_email": null,
        "linkedin": "", "website_url": "", "organization": "", "job_title": "", "pronouns": null, "bot": false,
        "work_information": null, "followers": 0, "following": 0, "is_followed": false, "local_time": null,
    });
    let admin = json!({
        "last_sign_in_at": null, "confirmed_at": "2026-01-01T08:00:00.000Z", "last_activity_on": null,
        "email": format!("{username}@shop.example"), "theme_id": 3, "color_scheme_id": 1,
        "projects_limit": 100_000, "current_sign_in_at": null, "identities": [], "can_create_group": true,
        "can_create_project": true, "two_factor_enabled": false, "external": false, "private_profile": false,
        "commit_email": format!("{username}@shop.example"), "is_admin": false, "note": null,
        "namespace_id": id, "created_by": null, "email_reset_offered_at": null,
    });
    let more = admin.as_object().unwrap().clone();
    user.as_object_mut().unwrap().extend(more);
    user
}

fn key(text: &str, usage: &str) -> Value {
    json!({
        "id": 1, "title": "laptop", "created_at": "2026-01-01T08:00:00.000Z", "expires_at": null,
        "last_used_at": null, "key": text, "usage_type": usage,
    })
}

fn member(username: &str, access_level: u64) -> Value {
    json!({
        "access_level": access_level, "created_at": "2026-01-01T08:00:00.000Z", "expires_at": null, "id": 1,
        "username": username, "public_email": null, "name": username, "state": "active", "locked": false,
        "avatar_url": null, "web_url": "https://gitlab.shop.example/x", "membership_state": "active",
    })
}

fn shop() -> Known {
    let mut bob = user(2, "bob");
    bob["commit_email"] = "2-bob@users.noreply.gitlab.shop.example".into();
    bob["confirmed_at"] = Value::Null;
    let mut carol = user(3, "carol");
    carol["state"] = "blocked".into();
    let mut token = user(4, "project_9_bot_4ffca233d8298ea1");
    token["bot"] = true.into();
    let mut expired = key(KEYS[2], "auth_and_signing");
    expired["expires_at"] = "2020-01-01T00:00:00.000Z".into();
    Known {
        users: vec![token, carol, bob, user(1, "alice")],
        emails: BTreeMap::from([(
            1,
            vec![
                json!({ "id": 1, "email": "alice@home.example", "confirmed_at": "2026-01-01T08:00:00.000Z" }),
                json!({ "id": 2, "email": "carol@shop.example", "confirmed_at": null }),
            ],
        )]),
        keys: BTreeMap::from([
            (1, vec![key(KEYS[0], "signing"), expired]),
            (2, vec![key(KEYS[1], "auth")]),
        ]),
        members: vec![member("alice", 40), member("carol", 30), member("bob", 20)],
    }
}

#[test]
fn accounts_with_their_addresses_and_signing_keys_become_people() {
    let desk = Desk::new();
    let known = shop();
    let server = Server::start(move |request| known.answer(request));
    desk.ask_forge("gitlab", &server, "")
        .assert(1, &["2 addresses that nobody has proven"]);
    let expected = format!(
        r#"# Made by `portcullis people` from {}.
# What is changed here is gone with the next run: change it there.
people:
  alice:
    emails: [alice@home.example, alice@shop.example]
    accounts: [alice]
    keys:
      - "{}"
  bob:
    emails: [2-bob@users.noreply.gitlab.shop.example]
    accounts: [bob]
  project_9_bot_4ffca233d8298ea1:
    kind: bot
    emails: [project_9_bot_4ffca233d8298ea1@shop.example]
    accounts: [project_9_bot_4ffca233d8298ea1]
# Left out:
#   carol: it is blocked
"#,
        server.url().trim_end_matches('/'),
        KEYS[0]
    );
    assert_eq!(desk.read("people.yml"), expected);
    desk.assert_is_part_of_a_policy();
    desk.ask_forge("gitlab", &server, "")
        .assert(0, &["up to date"]);
}

#[test]
fn of_a_group_those_count_who_may_push() {
    let desk = Desk::new();
    let known = shop();
    let server = Server::start(move |request| known.answer(request));
    let run = desk.ask_forge("gitlab", &server, "--group shop/payments");
    run.assert(
        1,
        &["~ group shop/payments: +alice", "1 person and 1 group"],
    );
    desk.assert_is_part_of_a_policy();
}

#[test]
fn who_is_no_administrator_is_told_too_little() {
    let desk = Desk::new();
    let mut known = shop();
    for user in &mut known.users {
        user.as_object_mut().unwrap().remove("email");
    }
    let server = Server::start(move |request| known.answer(request));
    let run = desk.ask_forge("gitlab", &server, "");
    run.assert(2, &["must be an administrator's"]);
    assert!(!desk.path("people.yml").exists());
}
