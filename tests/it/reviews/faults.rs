//! A forge that is slow, ill, gone, or someone else.

use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use portcullis::policy::ForgeKind;
use portcullis::reviews::{ChangeRequest, Client, Error};
use serde_json::json;
use tempfile::TempDir;

use super::server::{Request, Response, Server};
use super::{Gate, TOKEN, api, far_off, sample};

/// Asks a Gitea that answers like this for its open pull requests.
fn ask(
    answer: impl Fn(&Request) -> Response + Send + Sync + 'static,
) -> Result<Vec<ChangeRequest>, Error> {
    Gate::to(&Server::start(answer), ForgeKind::Gitea).ask(None, &[])
}

/// The error, after a look at whether it keeps the secret.
#[track_caller]
fn refused(answer: Result<Vec<ChangeRequest>, Error>) -> Error {
    let error = answer.expect_err("it must refuse");
    let told = format!("{error} {error:?}");
    assert!(!told.contains(TOKEN), "{told}");
    assert!(!told.contains(['\n', '\u{1b}']), "{told:?}");
    error
}

/// Answers each question with the next of these, and the last again and again.
fn in_turn(answers: Vec<Response>) -> impl Fn(&Request) -> Response + Send + Sync {
    let asked = AtomicUsize::new(0);
    move |_| {
        let turn = asked.fetch_add(1, Ordering::SeqCst);
        answers[turn.min(answers.len() - 1)].clone()
    }
}

fn none() -> Response {
    Response::json(&json!([]))
}

#[test]
fn a_forge_that_is_too_slow_is_not_waited_for() {
    let server = Server::start(|_| none().after(Duration::from_mins(2)));
    let gate = Gate::within(&server, ForgeKind::Gitea, Duration::from_millis(300));
    let started = Instant::now();
    let error = refused(gate.ask(None, &[]));
    assert!(matches!(error, Error::Late { .. }), "{error}");
    assert!(
        started.elapsed() < Duration::from_mins(1),
        "{:?}",
        started.elapsed()
    );
    assert!(error.to_string().contains("longer than 0.3 s"), "{error}");
}

#[test]
fn one_deadline_holds_for_all_answers() {
    // Each is quick enough, and there is no end to them.
    let server =
        Server::start(|_| Response::json(&json!([null])).after(Duration::from_millis(100)));
    let gate = Gate::within(&server, ForgeKind::Gitea, Duration::from_millis(500));
    let started = Instant::now();
    let error = refused(gate.ask(None, &[]));
    assert!(matches!(error, Error::Late { .. }), "{error}");
    assert!(
        started.elapsed() < Duration::from_mins(1),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn the_hook_may_have_less_time_than_the_forge() {
    let server = Server::start(|_| none().after(Duration::from_mins(2)));
    let folder = TempDir::new().unwrap();
    let forge = api(
        &server.url(),
        ForgeKind::Gitea,
        Duration::from_secs(60),
        &folder,
    );
    let until = Instant::now() + Duration::from_millis(200);
    let client = Client::new(&forge, until).unwrap();
    let gate = Gate {
        client,
        _folder: folder,
    };
    let error = refused(gate.ask(None, &[]));
    assert!(matches!(error, Error::Late { .. }), "{error}");
}

#[test]
fn a_fault_that_passes_is_waited_out() {
    let passing = [
        Response::refusal(500),
        Response::refusal(502),
        Response::refusal(429).header("Retry-After", &0),
        none().cut_at(1),
    ];
    for fault in passing {
        let told = format!("{fault:?}");
        let answer = ask(in_turn(vec![fault.clone(), fault, none()]));
        assert!(answer.is_ok(), "{told} gives {answer:?}");
    }
}

#[test]
fn a_fault_that_stays_refuses() {
    for status in [500, 503, 429] {
        let server = Server::start(move |_| Response::refusal(status));
        let error = refused(Gate::to(&server, ForgeKind::Gitea).ask(None, &[]));
        assert!(matches!(error, Error::Ailing { .. }), "{error}");
        assert!(
            error.to_string().contains(&format!("HTTP {status}")),
            "{error}"
        );
        assert_eq!(server.asked().len(), 3);
    }
    let error = refused(ask(|_| none().cut_at(1)));
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[test]
fn who_asks_for_patience_beyond_the_deadline_is_refused_at_once() {
    let server = Server::start(|_| Response::refusal(429).header("Retry-After", &3600));
    let started = Instant::now();
    let error = refused(Gate::to(&server, ForgeKind::Gitea).ask(None, &[]));
    assert!(matches!(error, Error::Ailing { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_mins(1));
}

#[test]
fn a_token_that_is_refused_says_what_it_needs() {
    for status in [401, 403] {
        let error = refused(ask(move |_| Response::refusal(status)));
        assert!(matches!(error, Error::Refused { .. }), "{error}");
        assert!(error.to_string().contains("read:issue"), "{error}");
    }
    let error = refused(ask(|_| Response::refusal(404)));
    assert!(matches!(error, Error::NotFound { .. }), "{error}");
    let error = refused(ask(|_| Response::refusal(418)));
    assert!(matches!(error, Error::Ailing { .. }), "{error}");
}

#[test]
fn a_page_for_people_is_no_answer() {
    let page = "<!DOCTYPE html><html><body>Sign in</body></html>";
    let error = refused(ask(|_| Response::text(200, "text/html", page)));
    assert!(matches!(error, Error::Nonsense { .. }), "{error}");
    for text in [
        "",
        "{}",
        "[1]",
        "[[[[",
        "true",
        "\u{1b}[2J",
        "[{\"id\":\"\u{1b}[2J\\n\"}]",
    ] {
        let error = refused(ask(move |_| Response::text(200, "application/json", text)));
        assert!(matches!(error, Error::Nonsense { .. }), "{text}: {error}");
    }
}

#[test]
fn an_answer_without_end_is_not_read() {
    let spaces = " ".repeat(17 << 20);
    let told = Response::text(200, "application/json", &spaces);
    for answer in [told.clone(), told.without_length()] {
        let server = Server::start(move |_| answer.clone());
        let gate = Gate::within(&server, ForgeKind::Gitea, Duration::from_secs(50));
        let error = refused(gate.ask(None, &[]));
        assert!(matches!(error, Error::TooMuch { .. }), "{error}");
    }
}

#[test]
fn a_redirect_takes_the_token_nowhere() {
    let elsewhere = Server::start(|_| none());
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}api/v1/\u{1b}[2J", elsewhere.url());
        let error = refused(ask(move |_| {
            Response::refusal(status).header("Location", &location)
        }));
        assert!(
            matches!(error, Error::Elsewhere { .. } | Error::Unreachable { .. }),
            "{error}"
        );
        let location = elsewhere.url();
        let error = refused(ask(move |_| {
            Response::refusal(status).header("Location", &location)
        }));
        assert!(matches!(error, Error::Elsewhere { .. }), "{error}");
    }
    assert_eq!(elsewhere.asked().len(), 0);
}

#[test]
fn no_variable_names_a_proxy() {
    let proxy = Server::start(|_| none());
    let variables = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    // What this process reads cannot be changed from within, so another runs a test that needs an answer.
    let output = Command::new(std::env::current_exe().unwrap())
        .arg("--exact")
        .arg("reviews::gitea::the_pull_request_that_is_merged_is_known_by_its_number")
        .envs(variables.map(|name| (name, proxy.url())))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    assert_eq!(proxy.asked().len(), 0);
}

#[test]
fn nobody_there_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let folder = TempDir::new().unwrap();
    let forge = api(&url, ForgeKind::Gitlab, Duration::from_secs(5), &folder);
    let client = Client::new(&forge, far_off()).unwrap();
    let gate = Gate {
        client,
        _folder: folder,
    };
    let error = refused(gate.ask(None, &[]));
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains(&url), "{error}");
}

#[test]
fn a_forge_is_known_by_its_certificate() {
    let server = Server::encrypted(|_| none());
    let folder = TempDir::new().unwrap();
    let mut forge = api(
        &server.url(),
        ForgeKind::Gitea,
        Duration::from_secs(10),
        &folder,
    );
    let ask = |forge: &_| {
        let gate = Gate {
            client: Client::new(forge, far_off())?,
            _folder: TempDir::new().unwrap(),
        };
        gate.ask(None, &[])
    };
    // The system may have no certificates at all.
    let error = refused(ask(&forge));
    assert!(
        matches!(
            error,
            Error::Unreachable { .. } | Error::Certificates { .. }
        ),
        "{error}"
    );
    assert_eq!(server.asked().len(), 0, "the token has not been sent");

    forge.ca_file = Some(sample("self-signed.crt"));
    assert_eq!(ask(&forge).unwrap(), []);
    assert_eq!(server.asked().len(), 1);

    for (file, text) in [
        ("missing", None),
        ("empty", Some("")),
        ("none", Some("no PEM")),
    ] {
        let file = folder.path().join(file);
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        forge.ca_file = Some(file);
        let error = refused(ask(&forge));
        assert!(matches!(error, Error::Certificates { .. }), "{error}");
    }
}
