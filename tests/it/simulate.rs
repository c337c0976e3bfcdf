//! `portcullis simulate`: a history of known outcome, told as text, JSON and a page.

#[path = "simulate/input.rs"]
mod input;
#[path = "simulate/refs.rs"]
mod refs;

use crate::support::{Server, WorkingClone, in_one_line, portcullis};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

const POLICY: &str = r"
version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
  bob: { emails: [bob@shop.example], accounts: [bob] }
  carol: { emails: [carol@shop.example], accounts: [carol] }
zones:
  payments: { tier: critical, paths: [services/payments/**], owners: [alice, carol] }
rules:
  - id: payments-ticket
    refs: [main, release/*]
    trusts: [release/*]
    zones: [payments]
    require: { trailers: [{ key: Change-Ticket }] }
  - id: payments-approved
    refs: [main]
    trusts: [release/*]
    zones: [payments]
    require: { approvals: [{ count: 1, from: [owners], by: [trailer] }] }
  - id: docs-ticket
    mode: warn
    refs: [main]
    paths: [docs/**]
    require: { trailers: [{ key: Change-Ticket }] }
";

/// What a pusher would like to have run in the browser of whoever reads the page.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";

/// A repository with this history, oldest first:
///
/// | step | by | what | outcome |
/// | --- | --- | --- | --- |
/// | January | alice | a README | accepted |
/// | January | bob | payments without a ticket | refused |
/// | February | bob | payments with a ticket | needs an approval |
/// | February | alice | docs | warned |
/// | March | alice | merges what is hostile in every name | refused |
/// | March | alice | a style | accepted |
struct Scene {
    server: Server,
    clone: WorkingClone,
}

impl Scene {
    fn new() -> Self {
        let server = Server::new(POLICY);
        let clone = server.working_clone();
        let scene = Scene { server, clone };
        let file = "services/payments/charge.rs";
        scene.step("alice", "2026-01-10", "README.md", "Begin");
        scene.step("bob", "2026-01-20", file, "Charge twice");
        scene.step(
            "bob",
            "2026-02-01",
            file,
            "Charge once\n\nChange-Ticket: PAY-1",
        );
        scene.step("alice", "2026-02-20", "docs/guide.md", "Explain");
        scene.git(["checkout", "--quiet", "-b", "topic", "main~1"]);
        let hostile = format!("services/payments/{}", HOSTILE.replace('/', "\u{202e}"));
        scene.step("e\"&'ve", "2026-03-01", &hostile, HOSTILE);
        scene.git(["checkout", "--quiet", "main"]);
        scene
            .as_of("alice", "2026-03-02")
            .run(["merge", "--quiet", "--no-ff", "-m", HOSTILE, "topic"]);
        scene.step("alice", "2026-03-03", "style.css", "Paint");
        scene
    }

    fn as_of(&self, who: &str, day: &str) -> crate::support::Git {
        let (email, date) = (
            format!("{who}@shop.example"),
            format!("{day}T12:00:00+0000"),
        );
        self.clone.git().clone().by(who, &email, &date)
    }

    fn step(&self, who: &str, day: &str, file: &str, message: &str) {
        self.clone.write(file, message);
        let git = self.as_of(who, day);
        git.run(["add", "--all"]);
        git.run(["commit", "--quiet", "-m", message]);
    }

    fn git<const N: usize>(&self, arguments: [&str; N]) -> String {
        self.clone.git().run(arguments)
    }

    /// Writes another policy beside the first.
    fn other_policy(&self, text: &str) -> String {
        let path = self.server.folder().join("other.yml");
        fs::write(&path, text).expect("it is ours");
        path.display().to_string()
    }

    fn page(&self) -> PathBuf {
        self.server.folder().join("report.html")
    }

    /// The exit code, and what is said.
    fn simulate(&self, arguments: &[&str]) -> (i32, String) {
        let policy = self.server.policy();
        let policy = policy.to_str().expect("a path of ours");
        self.simulate_by(policy, arguments)
    }

    fn simulate_by(&self, policy: &str, arguments: &[&str]) -> (i32, String) {
        let asked = ["simulate", "--repository", "shop/web", "--policy", policy];
        let run = portcullis(self.clone.git().folder(), [&asked, arguments].concat());
        let said = run.said();
        assert!(
            !said.contains('\u{1b}'),
            "a bar where nobody watches:\n{said}"
        );
        (run.code.expect("no signal"), said)
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let (code, said) = self.simulate(&[arguments, &["--json"]].concat());
        assert_eq!(code, 1, "{said}");
        let json: Value = serde_json::from_str(&said).expect("JSON");
        assert_eq!(json["schema"], "portcullis/simulation/v1");
        json
    }
}

fn outcomes() -> Value {
    json!({ "steps": 6, "accepted": 2, "warned": 1, "approval": 1, "refused": 2, "failed": 0 })
}

/// Rows by name, with some of their numbers.
fn numbers(rows: &Value, keys: &[&str]) -> Vec<(String, Vec<u64>)> {
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| {
        let name = row["name"].as_str().expect("a name").to_owned();
        let number = |key: &&str| row[*key].as_u64().expect("a number");
        (name, keys.iter().map(number).collect())
    })
    .collect()
}

#[test]
fn every_step_is_counted_once() {
    let scene = Scene::new();
    let json = scene.json(&["--last", "6"]);
    assert_eq!(json["outcomes"], outcomes());
    let shares = |key: &str| numbers(&json[key], &["refused", "approval", "warned"]);
    let row = |name: &str, counts: [u64; 3]| (name.to_owned(), counts.to_vec());
    assert_eq!(
        shares("rules"),
        [
            row("payments-ticket", [2, 0, 0]),
            // Whoever eve is could be an approver.
            row("payments-approved", [1, 2, 0]),
            row("docs-ticket", [0, 0, 1]),
        ]
    );
    assert_eq!(shares("zones"), [row("payments", [2, 1, 0])]);
    assert_eq!(
        numbers(&json["reviewers"], &["asked"])[0],
        ("carol".to_owned(), vec![3])
    );
    let months = json["months"].as_array().expect("a list");
    let months: Vec<_> = months
        .iter()
        .map(|month| {
            (
                month["month"].as_str(),
                month["steps"].as_u64(),
                month["refused"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        months,
        [
            (Some("2026-01"), Some(2), Some(1)),
            (Some("2026-02"), Some(2), Some(0)),
            (Some("2026-03"), Some(2), Some(1)),
        ]
    );
    // A step is explained by the command that stands beside it.
    let bobs = &json["pushes"][3];
    assert_eq!(
        (&bobs["pusher"], &bobs["outcome"]),
        (&json!("bob"), &json!("refused"))
    );
    let command = bobs["explain"].as_str().expect("a command");
    assert!(command.contains("--pusher bob"), "{command}");
    let command = command.replacen("portcullis", env!("CARGO_BIN_EXE_portcullis"), 1);
    let explained = scene.clone.shell(&command);
    let explained = String::from_utf8_lossy(&explained.stdout);
    assert!(
        explained.contains("payments-ticket    VIOLATED"),
        "{explained}"
    );
}

#[test]
fn people_read_columns() {
    let scene = Scene::new();
    let (code, said) = scene.simulate(&["--since", "2026-01-01"]);
    assert_eq!(code, 1, "{said}");
    let line = in_one_line(&said);
    for words in [
        "refs/heads/main of shop/web: 6 steps from 2026-01-10 to 2026-03-03",
        "2 33.3 % accepted 1 16.6 % accepted with a warning 1 16.6 % would have needed an approval 2 33.3 % refused",
        "payments-ticket 2 0 0 0",
        "bob 1 1 0 0",
        "services/payments 2 1 0 0",
        "2026-02 2 0 1 1",
        "carol 3",
        "Reviews on a forge are not replayed",
        "taken to be the committer",
    ] {
        assert!(line.contains(words), "{words:?} is not said:\n{said}");
    }
    let commands = said
        .lines()
        .filter(|line| line.contains("portcullis explain"));
    assert_eq!(commands.count(), 1, "{said}");
    let is_long = |line: &&str| line.chars().count() > 100 && !line.contains("portcullis explain");
    assert_eq!(said.lines().find(is_long), None);
    assert!(!said.contains('\u{202e}'), "{said}");
}

#[test]
fn the_page_holds_the_same_and_runs_nothing_else() {
    let scene = Scene::new();
    let path = scene.page();
    let (code, said) = scene.simulate(&["--last", "6", "--html", &path.display().to_string()]);
    assert_eq!(code, 1, "{said}");
    let html = fs::read_to_string(&path).expect("it was written");
    let (_, rest) = html.split_once(r#"id="data">"#).expect("it has data");
    let (data, _) = rest.split_once("</script>").expect("they end");
    let data: Value = serde_json::from_str(data).expect("they are JSON");
    assert_eq!(data["outcomes"], outcomes());
    let told = data["pushes"].as_array().expect("a list");
    assert_eq!(told.len(), 4);
    let text = |push: &Value| push["explanation"].as_str().expect("a text").to_owned();
    assert!(
        text(&told[3]).contains("error: payments-ticket"),
        "{}",
        told[3]
    );
    // The names are there, as text.
    assert_eq!(told[0]["subject"], HOSTILE);
    let hostile = told[0]["found"][0]["paths"][0].as_str().expect("a path");
    assert!(
        hostile.contains("<img src=x") && hostile.contains(r"\u{202e}"),
        "{hostile}"
    );
    assert!(!html.contains("<img src=x") && !html.contains("<script>alert"));
    assert_eq!(html.matches("<script").count(), 4);
    for words in [
        "default-src 'none'",
        "script-src 'sha256-",
        "base-uri 'none'",
    ] {
        assert!(html.contains(&words.replace('\'', "&#39;")), "{words}");
    }
    assert!(!html.contains("src=\"http") && !html.contains("href=\"http"));
}

#[test]
fn merges_are_the_branches_that_came() {
    let scene = Scene::new();
    let json = scene.json(&["--last", "6", "--as", "merges"]);
    assert_eq!(
        (&json["kind"], &json["end"]),
        (&json!("merges"), &json!("root"))
    );
    assert_eq!(json["outcomes"]["steps"], 1);
    assert_eq!(json["outcomes"]["refused"], 1);
    assert_eq!(
        json["pushes"][0]["found"][0]["authors"],
        json!(["e\"&'ve@shop.example"])
    );
}

#[test]
fn two_policies_differ_in_what_turns() {
    let scene = Scene::new();
    let other =
        scene.other_policy("version: 1\nrules: [{ id: css, paths: ['*.css'], deny: 'no' }]\n");
    let json = scene.json(&["--last", "6", "--against", &other]);
    let turns =
        json!({ "newly_refused": 2, "newly_asked": 1, "newly_accepted": 1, "otherwise": 0 });
    assert_eq!(json["turns"], turns);
    let rule = |name: &str| {
        let rules = json["rules"].as_array().expect("a list");
        rules
            .iter()
            .find(|rule| rule["rule"] == name)
            .expect("it is told")
            .clone()
    };
    assert_eq!(rule("payments-ticket")["newly_refused"], 2);
    assert_eq!(rule("payments-approved")["newly_asked"], 1);
    assert_eq!(rule("css")["newly_accepted"], 1);
    let (code, said) = scene.simulate(&["--last", "6", "--against", &other]);
    assert_eq!(code, 1, "{said}");
    let line = in_one_line(&said);
    for words in [
        "2 newly refused",
        "1 would newly need an approval",
        "1 newly accepted",
        "2 as before",
    ] {
        assert!(line.contains(words), "{words:?} is not said:\n{said}");
    }
    let policy = scene.server.policy().display().to_string();
    let (code, said) = scene.simulate(&["--last", "6", "--against", &policy]);
    assert_eq!(code, 0, "nothing changes: {said}");
}
