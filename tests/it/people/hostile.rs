//! A forge that is ill, or lies, or is someone else.

use serde_json::{Value, json};

use super::gitea::{Known, email, key, shop, user};
use super::{Desk, Request, Response, Server};

/// Asks a Gitea that answers like this.
#[track_caller]
fn refused(answer: impl Fn(&Request) -> Response + Send + Sync + 'static, words: &[&str]) {
    let desk = Desk::new();
    let server = Server::start(answer);
    desk.ask_forge("gitea", &server, "").assert(3, words);
    assert!(!desk.path("people.yml").exists());
}

#[test]
fn a_token_that_is_refused_says_what_it_needs() {
    for status in [401, 403] {
        let words = format!("HTTP {status}");
        refused(
            move |_| Response::refusal(status),
            &[&words, "an administrator's", "read:admin"],
        );
    }
    refused(|_| Response::refusal(404), &["HTTP 404"]);
    refused(|_| Response::refusal(500), &["HTTP 500", "try again"]);
}

#[test]
fn what_is_no_answer_changes_nothing() {
    for text in [
        "<!DOCTYPE html><html>Sign in</html>",
        "",
        "{}",
        "[1]",
        "[[[[",
        "[{\"id\":\"\u{1b}[2J\"}]",
    ] {
        refused(
            move |_| Response::text(200, "text/html", text),
            &["cannot be understood"],
        );
    }
    refused(
        |_| Response::refusal(302).header("Location", &"http://127.0.0.1:1/\u{1b}[2J"),
        &[],
    );
}

#[test]
fn an_answer_that_breaks_off_half_way_changes_nothing() {
    let desk = Desk::new();
    let known = shop();
    let server = Server::start(move |request| {
        if request.path.ends_with("/users/bob/keys") {
            Response::refusal(503)
        } else {
            known.answer(request)
        }
    });
    desk.ask_forge("gitea", &server, "")
        .assert(3, &["users/bob/keys", "HTTP 503"]);
    assert!(!desk.path("people.yml").exists());
}

#[test]
fn a_list_without_end_is_not_read() {
    let endless: Vec<Value> = (0..50).map(|id| user(id, &format!("user-{id}"))).collect();
    refused(
        move |_| Response::json(&json!(endless)),
        &["more than 200 pages"],
    );
}

#[test]
fn more_people_than_a_policy_can_have_are_told() {
    let mut known = Known::default();
    for id in 0..1000 {
        let login = format!("user-{id:04}-{}", "x".repeat(500));
        known
            .emails
            .push(email(id, &format!("{login}@shop.example")));
        known.users.push(user(id, &login));
    }
    let desk = Desk::new();
    let server = Server::start(move |request| known.answer(request));
    desk.ask_forge("gitea", &server, "")
        .assert(2, &["longer than", "nothing was written"]);
    assert!(!desk.path("people.yml").exists());
}

#[test]
fn names_that_mean_something_to_yaml_or_a_terminal_mean_nothing_here() {
    let desk = Desk::new();
    let mut known = Known::default();
    for (id, login) in (0..).zip([
        "yes", "null", "0x10", "1e3", "a: b", "- x", "#c", "'q'", "\"", "*a", "{}", "é",
    ]) {
        let mut user = user(id, login);
        user["full_name"] = "\u{1b}[2J\n\u{85}\u{2028}x: {}".into();
        known.users.push(user);
        known
            .emails
            .push(email(id, &format!("{login}@shop.example")));
        known.emails.push(email(id, "not an address\u{1b}[2J"));
        known
            .keys
            .insert(login.to_owned(), vec![key("ssh-dss AAAAB3NzaC1kc3M= x")]);
    }
    // The loopback server does not decode, and has no keys for names that need it.
    let server = Server::start(move |request| known.answer(request));
    let run = desk.ask_forge("gitea", &server, "");
    run.assert(
        1,
        &[
            "12 people",
            "is no e-mail address",
            "keys of this kind do not count",
        ],
    );
    let text = desk.read("people.yml");
    assert!(!text.contains(['\u{1b}', '\u{85}', '\u{2028}']), "{text}");
    desk.assert_is_part_of_a_policy();
    desk.ask_forge("gitea", &server, "")
        .assert(0, &["up to date"]);

    let server = Server::start(|request| {
        let known = Known {
            users: vec![user(1, "x\u{1b}[2J\n")],
            ..Known::default()
        };
        known.answer(request)
    });
    desk.ask_forge("gitea", &server, "")
        .assert(2, &["cannot be a name in the policy"]);
}

#[test]
fn a_token_that_others_can_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let known = shop();
    let server = Server::start(move |request| known.answer(request));
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(desk.path("token"), readable).expect("it is ours");
    desk.ask_forge("gitea", &server, "")
        .assert(1, &["warning: the token in", "0644"]);
    std::fs::remove_file(desk.path("token")).expect("it is there");
    desk.ask_forge("gitea", &server, "")
        .assert(3, &["the token for the forge"]);
}
