//! Questions and answers over HTTP: one deadline for all of them, bounded, asked again when that may help.
//!
//! The token goes to the address of the policy and nowhere else: redirects are not followed, and no variable of the
//! environment names a proxy.

use std::io::{self, BufReader};
use std::sync::Arc;
use std::time::{Duration, Instant};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderValue, StatusCode, header};
use ureq::tls::TlsConfig;

use super::token::{Problem, Token};
use super::{Error, roots};
use crate::policy::{ForgeApi, ForgeKind};

/// Bytes of one answer. What nobody asked for, such as descriptions, is read and forgotten, and costs no memory.
const MOST_BYTES: u64 = 16 << 20;
/// Pages of one list.
const MOST_PAGES: usize = 200;
/// How often one question is asked.
const MOST_TRIES: u32 = 3;
/// How long to wait before asking again; twice as long the next time.
const PAUSE: Duration = Duration::from_millis(100);

/// What needs no escape in the path of a URL.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What the forge is asked for, as far as messages must say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Errand {
    /// What the token must have, as the end of a sentence about it.
    pub(crate) rights: &'static str,
    /// What says how long all answers may take.
    pub(crate) bound: &'static str,
}

/// The way to one forge.
#[derive(Debug)]
pub(crate) struct Http {
    errand: Errand,
    agent: Agent,
    /// The address of the API, without a slash at the end.
    api: String,
    /// How lists are asked for in pages as long as the forge allows.
    page_length: &'static str,
    token: (&'static str, HeaderValue),
    deadline: Instant,
    allowed: Duration,
}

/// How far a list has been read, to know where it ends: a forge may leave entries of a page out that the token's
/// account may not see, so that an empty page need not be the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Progress {
    /// Pages.
    pub pages: usize,
    /// Entries of the longest.
    pub longest: usize,
    /// Empty pages at the end of what was read.
    pub blanks: usize,
    /// How many entries there are, if the forge says so; those count that are left out.
    pub total: Option<usize>,
}

/// An answer.
struct Answer<T> {
    value: T,
    total: Option<usize>,
}

/// Why there is none.
struct Trouble {
    error: Error,
    /// Asking again may help, after this time.
    again: Option<Duration>,
}

impl Http {
    pub(crate) fn new(forge: &ForgeApi, errand: Errand, until: Instant) -> Result<Self, Error> {
        let unusable = |problem| Error::Token {
            file: forge.token_file.clone(),
            problem,
        };
        let token = Token::read(&forge.token_file).map_err(unusable)?;
        let (api, page_length, name, value) = match forge.kind {
            ForgeKind::Gitea | ForgeKind::Forgejo => (
                "api/v1",
                "limit=50",
                header::AUTHORIZATION.as_str(),
                format!("token {}", token.reveal()),
            ),
            ForgeKind::Gitlab => (
                "api/v4",
                "per_page=100",
                "private-token",
                token.reveal().to_owned(),
            ),
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| unusable(Problem::NoToken))?;
        value.set_sensitive(true);
        let now = Instant::now();
        let deadline = now
            .checked_add(forge.timeout)
            .map_or(until, |moment| until.min(moment));
        Ok(Http {
            errand,
            agent: agent(forge)?,
            api: format!("{}/{api}", forge.url.as_str()),
            page_length,
            token: (name, value),
            deadline,
            allowed: deadline.saturating_duration_since(now),
        })
    }

    /// What the forge says at `path`, which begins with a slash.
    pub(crate) fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        Ok(self.answer(&self.url(path))?.value)
    }

    /// All entries of the list at `path`, which may have a query; `is_read` says when the end is reached.
    pub(crate) fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        is_read: impl Fn(&Progress) -> bool,
    ) -> Result<Vec<T>, Error> {
        let joint = if path.contains('?') { '&' } else { '?' };
        let mut entries = Vec::new();
        let mut progress = Progress::default();
        while !is_read(&progress) {
            if progress.pages == MOST_PAGES {
                return Err(Error::TooMuch {
                    url: self.url(path),
                    most: format!("{MOST_PAGES} pages"),
                });
            }
            let page = progress.pages + 1;
            let url = format!("{}{path}{joint}page={page}&{}", self.api, self.page_length);
            // Gitea writes an empty list as `null` in places.
            let answer: Answer<Option<Vec<T>>> = self.answer(&url)?;
            let page = answer.value.unwrap_or_default();
            progress.read(page.len(), answer.total);
            entries.extend(page);
        }
        Ok(entries)
    }

    /// Where `path` is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }

    /// That what was said at `path` makes no sense.
    pub(crate) fn nonsense(&self, path: &str, problem: String) -> Error {
        Error::Nonsense {
            url: self.url(path),
            problem,
        }
    }

    fn answer<T: DeserializeOwned>(&self, url: &str) -> Result<Answer<T>, Error> {
        let mut tries = 1;
        loop {
            let trouble = match self.ask(url) {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            let Some(pause) = trouble.again.filter(|_| tries < MOST_TRIES) else {
                return Err(trouble.error);
            };
            let pause = pause.max(PAUSE * 2_u32.pow(tries - 1));
            if self.left() <= pause {
                return Err(trouble.error);
            }
            std::thread::sleep(pause);
            tries += 1;
        }
    }

    fn ask<T: DeserializeOwned>(&self, url: &str) -> Result<Answer<T>, Trouble> {
        let left = self.left();
        if left.is_zero() {
            return Err(Trouble::of(self.late(url)));
        }
        let response = self
            .agent
            .get(url)
            .header(self.token.0, self.token.1.clone())
            .config()
            .timeout_global(Some(left))
            .build()
            .call()
            .map_err(|error| self.lost(url, error))?;
        if response.status() != StatusCode::OK {
            return Err(self.refusal(url, response.status(), response.headers()));
        }
        let total = total(response.headers());
        let length = response.body().content_length();
        if length.is_some_and(|length| length > MOST_BYTES) {
            return Err(self.lost(url, ureq::Error::BodyExceedsLimit(MOST_BYTES)));
        }
        let body = response.into_body().into_with_config().limit(MOST_BYTES);
        match serde_json::from_reader(BufReader::new(body.reader())) {
            Ok(value) => Ok(Answer { value, total }),
            Err(error) if error.classify() == Category::Io => {
                Err(self.lost(url, io::Error::from(error).into()))
            }
            Err(error) => Err(Trouble::of(Error::Nonsense {
                url: url.to_owned(),
                problem: error.to_string(),
            })),
        }
    }

    /// What it means that there is no answer, or not all of it.
    fn lost(&self, url: &str, error: ureq::Error) -> Trouble {
        let url = url.to_owned();
        match error {
            ureq::Error::Timeout(_) => Trouble::of(self.late(&url)),
            ureq::Error::BodyExceedsLimit(_) => Trouble::of(Error::TooMuch {
                url,
                most: format!("{} MiB", MOST_BYTES >> 20),
            }),
            error => {
                // A certificate that nobody trusts will not be better the next time.
                let is_for_good = matches!(&error, ureq::Error::Tls(_) | ureq::Error::Rustls(_))
                    || matches!(&error, ureq::Error::Io(io) if io.kind() == io::ErrorKind::InvalidData);
                Trouble {
                    error: Error::Unreachable {
                        url,
                        problem: error.to_string(),
                    },
                    again: (!is_for_good).then_some(PAUSE),
                }
            }
        }
    }

    /// What an answer means that is none.
    fn refusal(&self, url: &str, status: StatusCode, headers: &HeaderMap) -> Trouble {
        let url = url.to_owned();
        let code = status.as_u16();
        match code {
            300..=399 => {
                let location = headers.get(header::LOCATION);
                let location = location.map_or(b"".as_slice(), HeaderValue::as_bytes);
                Trouble::of(Error::Elsewhere {
                    url,
                    location: String::from_utf8_lossy(location).into_owned(),
                })
            }
            401 | 403 => Trouble::of(Error::Refused {
                url,
                status: code,
                rights: self.errand.rights,
            }),
            404 => Trouble::of(Error::NotFound { url }),
            429 | 500..=599 => {
                let seconds = number(headers, header::RETRY_AFTER.as_str()).unwrap_or(0);
                Trouble {
                    error: Error::Ailing { url, status: code },
                    again: Some(Duration::from_secs(seconds as u64)),
                }
            }
            _ => Trouble::of(Error::Ailing { url, status: code }),
        }
    }

    fn late(&self, url: &str) -> Error {
        Error::Late {
            url: url.to_owned(),
            allowed: self.allowed,
            bound: self.errand.bound,
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

impl Progress {
    fn read(&mut self, entries: usize, total: Option<usize>) {
        self.pages += 1;
        self.longest = self.longest.max(entries);
        self.blanks = if entries == 0 { self.blanks + 1 } else { 0 };
        self.total = total;
    }

    /// Has the forge been asked for as many entries as it has? Where it does not say how many, an empty page is the end.
    ///
    /// How long a page can be is the forge's secret; the longest that was seen is never too long.
    pub(crate) fn covers_total(&self) -> bool {
        match self.total {
            Some(total) => self.pages > 0 && self.pages * self.longest.max(1) >= total,
            None => self.blanks > 0,
        }
    }
}

impl Trouble {
    /// That nothing will mend.
    fn of(error: Error) -> Self {
        Trouble { error, again: None }
    }
}

fn agent(forge: &ForgeApi) -> Result<Agent, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    if forge.url.is_encrypted {
        tls = tls.root_certs(roots::read(forge.ca_file.as_deref())?);
    }
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .https_only(forge.url.is_encrypted)
        .proxy(None)
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
        .build();
    Ok(config.new_agent())
}

/// How many entries a list has: Gitea says the one, GitLab the other.
fn total(headers: &HeaderMap) -> Option<usize> {
    number(headers, "x-total-count").or_else(|| number(headers, "x-total"))
}

fn number(headers: &HeaderMap, name: &str) -> Option<usize> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// A name as one part of a path, or one value of a query.
pub(crate) fn escaped(name: &[u8]) -> String {
    percent_encode(name, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_where_the_forge_says_or_with_an_empty_page() {
        let mut silent = Progress::default();
        assert!(!silent.covers_total());
        silent.read(50, None);
        assert!(!silent.covers_total());
        silent.read(0, None);
        assert!(silent.covers_total());

        let mut told = Progress::default();
        told.read(50, Some(120));
        // All of this page is hidden, and yet there is another.
        told.read(0, Some(120));
        assert!(!told.covers_total());
        told.read(20, Some(120));
        assert!(told.covers_total());
    }

    #[test]
    fn an_empty_list_is_read_with_one_question() {
        let mut progress = Progress::default();
        progress.read(0, Some(0));
        assert!(progress.covers_total());
    }

    #[test]
    fn names_are_one_part_of_a_path() {
        assert_eq!(escaped(b"shop/web-1.0_~"), "shop%2Fweb-1.0_~");
        assert_eq!(escaped("ä?&#\n".as_bytes()), "%C3%A4%3F%26%23%0A");
    }
}
