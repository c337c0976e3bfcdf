//! Reviews as approvals, over real pushes: the hook asks a forge of the tests' own.

mod gitea;
mod gitlab;

use std::os::unix::fs::PermissionsExt as _;

use crate::reviews::server::Server as Web;

/// Owners by review or signature.
const RULES: &str = r"
zones:
  payments: { tier: critical, paths: [services/payments/**], owners: [payments] }
rules:
  - id: payments-approved
    refs: [main]
    zones: [payments]
    require: { approvals: [{ count: 1, from: [owners] }] }
";

/// The rules of a server whose forge is `web`; the token lies in the folder of the keys.
fn rules(kind: &str, web: &Web, keys: &std::path::Path, rules: &str) -> String {
    let token = keys.join("token");
    std::fs::write(&token, "0123456789abcdef\n").expect("it can be written");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).expect("it is ours");
    format!(
        "forge: {{ kind: {kind}, url: \"{}\", token_file: {} }}\n{rules}",
        web.url(),
        token.display()
    )
}

/// So many minutes ago, as forges write it.
fn minutes_ago(minutes: i64) -> String {
    let now = jiff::Timestamp::now().as_second();
    jiff::Timestamp::from_second(now - minutes * 60)
        .expect("it is no time of another age")
        .to_string()
}
