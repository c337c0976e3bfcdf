//! The forge whose reviews count. Its files are not looked at here: a token that cannot be read must not keep a push
//! out that needs no review. `check` looks ([`crate::reviews::token`]).

use std::path::PathBuf;
use std::time::Duration;

use super::super::forge::{Address, ForgeApi};
use super::super::place::Place;
use super::super::written;
use super::problems::Problems;

/// How long the forge may take if the policy does not say.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Reads `forge`.
pub(super) fn forge(written: &written::Policy, problems: &mut Problems) -> Option<ForgeApi> {
    let written::Forge {
        kind,
        url,
        token_file,
        ca_file,
        timeout,
    } = written.forge.as_ref()?;
    let place = Place::top().key("forge");
    let needed = [
        ("kind", kind.is_some(), "gitea, forgejo or gitlab"),
        ("url", url.is_some(), "http://127.0.0.1:3000/"),
        (
            "token_file",
            token_file.is_some(),
            "/etc/portcullis/forge-token",
        ),
    ];
    for (key, _, example) in needed.into_iter().filter(|(_, is_there, _)| !is_there) {
        problems
            .error("missing-key", place.key(key), format!("`{key}` is missing"))
            .help(format!("add `{key}: …`, such as {example}"));
    }
    if timeout.is_some_and(|timeout| timeout.0.is_zero()) {
        problems
            .error(
                "limit-zero",
                place.key("timeout"),
                "with `timeout` at 0 the forge can never answer in time",
            )
            .help("write how long a push may wait for it, or remove the line for the default");
    }
    let url = url
        .as_ref()
        .and_then(|url| address(url, place.key("url"), problems));
    let token_file = token_file
        .as_ref()
        .and_then(|file| full_path(file, place.key("token_file"), problems));
    let ca_file = match ca_file {
        Some(file) => Some(full_path(file, place.key("ca_file"), problems)?),
        None => None,
    };
    Some(ForgeApi {
        kind: (*kind)?,
        url: url?,
        token_file: token_file?,
        ca_file,
        timeout: timeout.map_or(TIMEOUT, |timeout| timeout.0),
    })
}

fn address(text: &str, place: Place, problems: &mut Problems) -> Option<Address> {
    let address = match Address::parse(text) {
        Ok(address) => address,
        Err(wrong) => {
            problems
                .error("bad-url", place, format!("the forge's address {wrong}"))
                .help("write it such as `https://git.shop.example/`");
            return None;
        }
    };
    if !address.is_encrypted && !address.is_loopback() {
        problems
            .warning(
                "token-in-the-clear",
                place,
                "the token goes over the network unencrypted, to whoever answers there",
            )
            .help("use https, or the forge's address on this machine, such as `http://127.0.0.1:3000/`");
    }
    Some(address)
}

/// The hook runs in the pushed repository, so a path that starts nowhere would start there.
fn full_path(text: &str, place: Place, problems: &mut Problems) -> Option<PathBuf> {
    let path = PathBuf::from(text);
    if path.is_absolute() {
        return Some(path);
    }
    problems
        .error("relative-path", place, format!("`{text}` is no full path"))
        .help("write it from `/` on: the hook runs in each repository in turn");
    None
}
