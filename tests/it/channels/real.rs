//! The same on a real Gitea or Forgejo, where there is one: [`Gitea::here`] says what it needs to be told.
//!
//! It runs on this machine, as the account that runs the tests, and keeps its repositories where the tests can write.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::POLICY;
use super::row::Change;
use crate::support::gitea::write_program;
use crate::support::{ObjectFormat, PORTCULLIS, WorkingClone};

/// A Gitea, and a repository on it that the hook guards.
struct Gitea {
    url: String,
    token: String,
    login: String,
    repository: String,
    /// The policy and the ledger.
    folder: TempDir,
}

impl Gitea {
    /// `None` unless these are set: `PORTCULLIS_GITEA`, its address; `PORTCULLIS_GITEA_TOKEN`, of an account whose
    /// repositories are made and deleted, with all scopes; `PORTCULLIS_GITEA_ROOT`, the folder of all repositories.
    fn here() -> Option<Self> {
        let Ok(url) = std::env::var("PORTCULLIS_GITEA") else {
            println!("skipped: no real Gitea, since PORTCULLIS_GITEA is not set");
            return None;
        };
        let get = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("PORTCULLIS_GITEA needs {name}, too"))
        };
        let mut gitea = Self {
            url: url.trim_end_matches('/').to_owned(),
            token: get("PORTCULLIS_GITEA_TOKEN"),
            login: String::new(),
            repository: format!("portcullis-{}", std::process::id()),
            folder: TempDir::new().expect("a temporary folder"),
        };
        let (_, user) = gitea.ask("GET", "/user", &Value::Null);
        let login = user["login"].as_str().expect("it knows us");
        gitea.login.push_str(login);
        let (_, version) = gitea.ask("GET", "/version", &Value::Null);
        println!("{} is {version}", gitea.url);
        let name = &gitea.repository;
        let asked = json!({ "name": name, "auto_init": true, "default_branch": "main" });
        assert_eq!(gitea.ask("POST", "/user/repos", &asked).0, 201);
        gitea.guard(&PathBuf::from(get("PORTCULLIS_GITEA_ROOT")));
        Some(gitea)
    }

    /// Puts the hook into the repository below `root`.
    fn guard(&self, root: &std::path::Path) {
        let account = format!("accounts: [alice, {}]", self.login);
        let policy = self.folder.path().join("policy.yml");
        fs::write(&policy, POLICY.replace("accounts: [alice]", &account)).expect("written");
        let hook = include_str!("../../../hooks/pre-receive")
            .replace("@BINARY@", PORTCULLIS)
            .replace("@POLICY@", &policy.to_string_lossy())
            .replace("@FORGE@", "gitea")
            .replace("@STATE_DIR@", &self.folder.path().to_string_lossy());
        let owner = root.join(self.login.to_lowercase());
        let folder = owner.join(format!("{}.git/hooks/pre-receive.d", self.repository));
        assert!(folder.is_dir(), "{} is not there", folder.display());
        write_program(&folder.join("50-portcullis"), &hook);
    }

    /// Asks the API; the status, and what it says.
    fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}/api/v1{path}", self.url))
            .header("Authorization", format!("token {}", self.token))
            .header("Content-Type", "application/json")
            .body(body.to_string())
            .expect("it is a request");
        let mut answer = agent.run(request).expect("the Gitea answers");
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().expect("it is text");
        println!("{method} {path}: {status} {text}");
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Asks about the repository.
    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/repos/{}/{}{path}", self.login, self.repository);
        self.ask("POST", &path, body)
    }

    fn clone(&self) -> WorkingClone {
        let (scheme, host) = self.url.split_once("://").expect("it is an address");
        let user = format!("{}:{}", self.login, self.token);
        let url = format!(
            "{scheme}://{user}@{host}/{}/{}.git",
            self.login, self.repository
        );
        WorkingClone::of(&url, ObjectFormat::Sha1, |git| git)
    }

    /// Opens a pull request of a change, and has it merged in this style; the status of that.
    fn merge(&self, style: &str, has_ticket: bool) -> u16 {
        let clone = self.clone();
        let branch = format!("{style}-{has_ticket}");
        Change::Commits.make(&clone, style, has_ticket);
        // Nor is what comes on a branch of its own for the policy to judge.
        clone
            .push([format!("HEAD:refs/heads/{branch}")])
            .assert_silent();
        let asked = json!({ "title": "Charge", "head": branch, "base": "main" });
        let (status, pull) = self.post("/pulls", &asked);
        // It has pushed refs/pull/N/head.
        assert_eq!(status, 201);
        let message = if has_ticket {
            "Change-Ticket: PAY-7"
        } else {
            ""
        };
        let asked =
            json!({ "Do": style, "MergeTitleField": "Charge", "MergeMessageField": message });
        self.post(&format!("/pulls/{}/merge", pull["number"]), &asked)
            .0
    }

    /// The last decision is about us, and says this.
    #[track_caller]
    fn assert_decided(&self, verdict: &str) {
        let ledger = fs::read_to_string(self.folder.path().join("audit.jsonl")).expect("written");
        let last: Value =
            serde_json::from_str(ledger.lines().last().expect("a decision")).expect("it is JSON");
        assert_eq!(last["verdict"], verdict, "{last}");
        assert_eq!(last["pusher"]["account"], self.login.as_str(), "{last}");
        assert_eq!(last["pusher"]["person"], "alice", "{last}");
        let name = format!("{}/{}", self.login, self.repository);
        assert_eq!(last["repository"], name.as_str(), "{last}");
    }
}

impl Drop for Gitea {
    fn drop(&mut self) {
        let path = format!("/repos/{}/{}", self.login, self.repository);
        self.ask("DELETE", &path, &Value::Null);
    }
}

#[test]
fn each_way_into_a_real_gitea() {
    let Some(gitea) = Gitea::here() else {
        return;
    };
    for (has_ticket, verdict) in [(false, "deny"), (true, "allow")] {
        let clone = gitea.clone();
        let refspec = Change::Commit.make(&clone, "http", has_ticket);
        let push = clone.push([&refspec]);
        if has_ticket {
            push.assert_silent();
        } else {
            push.assert_refused(&["payments-ticket", "Change-Ticket"]);
        }
        gitea.assert_decided(verdict);

        let message = if has_ticket {
            "Add\n\nChange-Ticket: PAY-7"
        } else {
            "Add"
        };
        let (status, said) = gitea.post(
            &format!("/contents/services/payments/{has_ticket}.rs"),
            &json!({ "content": "Lw==", "message": message, "branch": "main" }),
        );
        assert_eq!(status == 201, has_ticket, "the contents API: {said}");
        gitea.assert_decided(verdict);

        for style in ["merge", "rebase", "rebase-merge", "squash"] {
            let status = gitea.merge(style, has_ticket);
            assert_eq!(status == 200, has_ticket, "{style}");
            gitea.assert_decided(verdict);
        }

        let clone = gitea.clone();
        Change::Commit.make(&clone, "branch", has_ticket);
        clone.push(["+HEAD:refs/heads/topic"]).assert_silent();
        let asked = json!({
            "new_branch_name": format!("release/{has_ticket}"), "old_branch_name": "topic",
        });
        let (status, _) = gitea.post("/branches", &asked);
        assert_eq!(status == 201, has_ticket, "a new branch");
        gitea.assert_decided(verdict);
    }
    let clone = gitea.clone();
    Change::Commit.make(&clone, "proposal", false);
    let push = clone.push(["--push-option=topic=x", "HEAD:refs/for/main"]);
    assert!(push.accepted, "{}", push.stderr);
}
