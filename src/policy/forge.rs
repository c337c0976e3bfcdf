//! The forge whose reviews count, as it is meant: where it answers, and the files by which it is asked.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ureq::http::Uri;

/// How the forge's API is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgeApi {
    /// What it is.
    pub kind: ForgeKind,
    /// Where it answers.
    pub url: Address,
    /// The file that holds the token. Only [`crate::reviews`] reads it, and only when a push needs an answer.
    pub token_file: PathBuf,
    /// The certificates to trust, in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// How long all answers that one push needs may take together.
    pub timeout: Duration,
}

/// Kinds of forge, by their API.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub enum ForgeKind {
    /// Gitea.
    Gitea,
    /// Forgejo, which answers as Gitea does.
    Forgejo,
    /// GitLab.
    Gitlab,
}

/// The address of a forge: scheme, host, perhaps a port and a folder, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    host: String,
    /// `https`
    pub is_encrypted: bool,
}

impl Address {
    /// Reads an address. The error says what is wrong with it, as the rest of a sentence about it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text.contains(['?', '#']) {
            return Err("has a query or a fragment");
        }
        let uri: Uri = text.parse().map_err(|_| "is no URL")?;
        let is_encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(_) => return Err("is neither http nor https"),
            None => return Err("has no scheme"),
        };
        let authority = uri.authority().ok_or("has no host")?;
        if authority.as_str().contains('@') {
            return Err("has a user in it, and the policy is no place for secrets");
        }
        if authority.host().is_empty() {
            return Err("has no host");
        }
        Ok(Address {
            text: text.trim_end_matches('/').to_owned(),
            host: authority.host().to_owned(),
            is_encrypted,
        })
    }

    /// As text, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Is it this machine, so that nobody else sees what is sent?
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost")
            || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_a_host_and_perhaps_a_folder() {
        let text = |text| Address::parse(text).map(|address| address.text);
        assert_eq!(
            text("http://127.0.0.1:3000/").as_deref(),
            Ok("http://127.0.0.1:3000")
        );
        assert_eq!(
            text("https://shop.example/git/").as_deref(),
            Ok("https://shop.example/git")
        );
        for wrong in [
            "",
            "shop.example",
            "/api",
            "ftp://shop.example",
            "https://",
            "https:///path",
            "https://alice:secret@shop.example",
            "https://shop.example/?token=secret",
            "https://shop.example/#top",
            "https://shop example/",
        ] {
            assert!(Address::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn loopback_is_known_by_its_numbers_and_its_name() {
        let is_loopback = |text| {
            Address::parse(text)
                .expect("it is an address")
                .is_loopback()
        };
        for here in [
            "http://127.0.0.1:3000",
            "http://127.9.9.9",
            "http://[::1]:80",
            "http://LocalHost",
        ] {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in ["http://192.168.0.1", "http://localhost.shop.example"] {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }
}
