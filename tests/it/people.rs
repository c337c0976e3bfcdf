//! `portcullis people`: who is who, from forges and files, into a part of the policy.
//!
//! The forges are the tests' own, on a loopback port. They answer what Gitea and GitLab answer, field by field.

#[path = "people/files.rs"]
mod files;
#[path = "people/gitea.rs"]
mod gitea;
#[path = "people/gitlab.rs"]
mod gitlab;
#[path = "people/hostile.rs"]
mod hostile;
#[path = "people/target.rs"]
mod target;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::reviews::server::{Request, Response, Server, page};
use crate::support::{Run, portcullis};

/// What no message may ever show.
const TOKEN: &str = "5ecre7-0123456789abcdef";

/// Three keys that count.
const KEYS: [&str; 3] = [
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMSdp8EPaP2wmljm/FsAHFwy0/HdaFp2uXkZRfZM7UGX",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBNQnmiIjzOdXMeGE3Y/lOi6zsPmHM9JHQVGtnXSEQw5",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIK2EwvavT2+BJohScbSkHLli8k0yEY6N5LC8RJPs5wdh",
];

/// A folder in which somebody looks after a policy.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Desk(TempDir::new().expect("a temporary folder"));
        desk.write("token", TOKEN);
        fs::set_permissions(desk.path("token"), Permissions::from_mode(0o600)).expect("it is ours");
        desk
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(file), text).expect("the folder can be written");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("it is there")
    }

    /// Runs `portcullis people` with these arguments, which have blanks between them.
    fn people(&self, arguments: &str) -> Run {
        let words = arguments.split(' ').filter(|word| !word.is_empty());
        let run = portcullis(self.0.path(), ["people"].into_iter().chain(words));
        assert!(!run.said().contains(TOKEN), "{run:?}");
        assert!(!run.said().contains('\u{1b}'), "{run:?}");
        run
    }

    /// The same, from a forge, into `people.yml`.
    fn ask_forge(&self, kind: &str, server: &Server, more: &str) -> Run {
        let url = server.url();
        self.people(&format!(
            "--forge {kind} --url {url} --token-file token --output people.yml {more}"
        ))
    }

    /// What was written can be a part of a policy, and nothing is wrong with it.
    #[track_caller]
    fn assert_is_part_of_a_policy(&self) {
        self.write(
            "policy.yml",
            "version: 1\npeople: { include: people.yml }\nrules: [{ id: it, refs: [main], deny: no }]\n",
        );
        portcullis(self.0.path(), ["check", "policy.yml"]).assert_done(&["fine"]);
    }
}

/// The page of a list that is asked for, with the count that goes with it.
fn listed(request: &Request, header: &'static str, entries: &[Value]) -> Response {
    Response::json(&page(request, entries).into()).header(header, &entries.len())
}
