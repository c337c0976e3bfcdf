//! Pull request reviews: what a forge answers, rightly and wrongly, and what becomes of it.
//!
//! The forge is one of the tests' own, on a loopback port. It writes what Gitea and GitLab write, field by field.

#[path = "reviews/faults.rs"]
mod faults;
#[path = "reviews/gitea.rs"]
mod gitea;
#[path = "reviews/gitlab.rs"]
mod gitlab;
#[path = "reviews/server.rs"]
pub(crate) mod server;
#[path = "reviews/token.rs"]
mod token;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use gix::hash::ObjectId;
use portcullis::forge::PullRequestHint;
use portcullis::policy::forge::Address;
use portcullis::policy::{ForgeApi, ForgeKind};
use portcullis::reviews::{ChangeRequest, Client, Error, Wanted};
use serde_json::Value;
use tempfile::TempDir;

use server::Server;

/// What no message may ever show.
const TOKEN: &str = "5ecre7-0123456789abcdef";

/// The same, with another value at the place `key`.
fn with(mut value: Value, key: &str, new: Value) -> Value {
    *value.pointer_mut(key).unwrap() = new;
    value
}

/// A client of a server, and the file of its token.
struct Gate {
    client: Client,
    _folder: TempDir,
}

impl Gate {
    fn to(server: &Server, kind: ForgeKind) -> Self {
        Gate::within(server, kind, Duration::from_secs(20))
    }

    fn within(server: &Server, kind: ForgeKind, timeout: Duration) -> Self {
        let folder = TempDir::new().unwrap();
        let forge = api(&server.url(), kind, timeout, &folder);
        let client = Client::new(&forge, far_off()).unwrap();
        assert!(!format!("{client:?}").contains(TOKEN));
        Gate {
            client,
            _folder: folder,
        }
    }

    /// Asks for the pull requests of `shop/web` that lead to main.
    fn ask(
        &self,
        hint: Option<PullRequestHint>,
        heads: &[ObjectId],
    ) -> Result<Vec<ChangeRequest>, Error> {
        self.ask_of("shop/web", "refs/heads/main", hint, heads)
    }

    fn ask_of(
        &self,
        repository: &str,
        target_ref: &str,
        hint: Option<PullRequestHint>,
        heads: &[ObjectId],
    ) -> Result<Vec<ChangeRequest>, Error> {
        self.client.change_requests(&Wanted {
            repository,
            target_ref: target_ref.into(),
            heads,
            hint,
        })
    }
}

/// `forge:` of a policy, with a token of its own.
fn api(url: &str, kind: ForgeKind, timeout: Duration, folder: &TempDir) -> ForgeApi {
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, format!("{TOKEN}\n")).unwrap();
    std::fs::set_permissions(&token_file, Permissions::from_mode(0o600)).unwrap();
    ForgeApi {
        kind,
        url: Address::parse(url).unwrap(),
        token_file,
        ca_file: None,
        timeout,
    }
}

fn far_off() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// A commit, from one letter of its id.
fn commit(digit: char) -> ObjectId {
    let hex: String = std::iter::repeat_n(digit, 40).collect();
    ObjectId::from_hex(hex.as_bytes()).unwrap()
}

/// Who said what of which commit.
fn reviews(request: &ChangeRequest) -> Vec<(&str, String, Option<ObjectId>)> {
    request
        .reviews
        .iter()
        .map(|review| {
            (
                review.account.as_str(),
                format!("{:?}", review.verdict),
                review.commit,
            )
        })
        .collect()
}

fn sample(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/it/reviews", name]
        .iter()
        .collect()
}
