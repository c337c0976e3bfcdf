//! What `git receive-pack` tells its hook through the environment (githooks(5), and the quarantine section of
//! git-receive-pack(1)), read once. Nothing else of git's variables is honoured.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place where git's variables enter"
)]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use super::Error;
use crate::signature::push_certificate::Nonce;

/// git's variables as the hook got them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `GIT_DIR`; in a hook `.`, or an absolute path on GitLab.
    pub git_dir: PathBuf,
    /// `GIT_OBJECT_DIRECTORY`: the quarantine, while there is one.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`, split and unquoted as git does.
    pub alternates: Vec<PathBuf>,
    /// `GIT_PUSH_OPTION_0` and on.
    pub push_options: Vec<Vec<u8>>,
    /// `GIT_PUSH_CERT` and its kin: `git push --signed`.
    pub push_certificate: Option<PushCertificate>,
    /// `GIT_NAMESPACE` is set: names on standard input are not those in the repository.
    namespaced: bool,
}

/// Where git has put a push certificate, and what it says of its nonce. What it says of the signature is left out: its
/// `G` only means that someone has signed (with `gpg.ssh.allowedSignersFile`, anyone at all).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushCertificate {
    /// `GIT_PUSH_CERT`, the blob that holds it, in hex.
    pub blob: String,
    /// `GIT_PUSH_CERT_NONCE`, `GIT_PUSH_CERT_NONCE_STATUS` and `GIT_PUSH_CERT_NONCE_SLOP`.
    pub nonce: Nonce,
}

/// git itself sends no more; a forged count must not make us loop.
const MAX_PUSH_OPTIONS: usize = 1_000;

impl Environment {
    /// The environment of a running hook.
    pub fn of_hook() -> Self {
        Environment {
            git_dir: path("GIT_DIR").unwrap_or_else(|| PathBuf::from(".")),
            object_directory: path("GIT_OBJECT_DIRECTORY"),
            alternates: std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES")
                .map(|list| split_alternates(&list))
                .unwrap_or_default(),
            push_options: push_options(),
            push_certificate: push_certificate(),
            namespaced: std::env::var_os("GIT_NAMESPACE").is_some_and(|name| !name.is_empty()),
        }
    }

    /// A repository that nobody pushes to, for the verbs that an admin runs.
    pub fn at_rest(git_dir: PathBuf) -> Self {
        Environment {
            git_dir,
            object_directory: None,
            alternates: Vec::new(),
            push_options: Vec::new(),
            push_certificate: None,
            namespaced: false,
        }
    }

    pub(super) fn refuse_unsupported(&self) -> Result<(), Error> {
        if self.namespaced {
            return Err(Error::Format(
                "GIT_NAMESPACE is set: portcullis cannot tell which refs a push to a namespace really moves".into(),
            ));
        }
        Ok(())
    }
}

fn path(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn push_options() -> Vec<Vec<u8>> {
    let count: usize = std::env::var("GIT_PUSH_OPTION_COUNT")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(0);
    (0..count.min(MAX_PUSH_OPTIONS))
        .filter_map(|n| std::env::var_os(format!("GIT_PUSH_OPTION_{n}")))
        .map(OsString::into_vec)
        .collect()
}

fn push_certificate() -> Option<PushCertificate> {
    let get = |variable: &str| std::env::var_os(variable).map(OsString::into_vec);
    let text = |variable: &str| std::env::var(variable).ok();
    Some(PushCertificate {
        blob: text("GIT_PUSH_CERT").filter(|blob| !blob.is_empty())?,
        nonce: Nonce {
            text: get("GIT_PUSH_CERT_NONCE").unwrap_or_default(),
            status: text("GIT_PUSH_CERT_NONCE_STATUS").unwrap_or_default(),
            slop: text("GIT_PUSH_CERT_NONCE_SLOP").and_then(|slop| slop.parse().ok()),
        },
    })
}

/// Splits a list of object directories at `:`; an entry that begins with `"` is quoted as a C string
/// (git: `link_alt_odb_entries` in object-file.c).
fn split_alternates(list: &OsStr) -> Vec<PathBuf> {
    let mut directories = Vec::new();
    let mut rest = list.as_bytes();
    while !rest.is_empty() {
        let plain = rest
            .iter()
            .position(|&byte| byte == b':')
            .unwrap_or(rest.len());
        let (entry, consumed) = match rest
            .starts_with(b"\"")
            .then(|| gix::quote::ansi_c::undo(rest.into()))
        {
            Some(Ok((unquoted, consumed))) => (unquoted.to_vec(), consumed),
            _ => (rest[..plain].to_vec(), plain),
        };
        rest = rest[consumed..]
            .strip_prefix(b":")
            .unwrap_or(&rest[consumed..]);
        if !entry.is_empty() {
            directories.push(PathBuf::from(OsString::from_vec(entry)));
        }
    }
    directories
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternates_are_split_and_unquoted_as_git_does() {
        let split = |list: &str| {
            split_alternates(OsStr::new(list))
                .into_iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(split("/a/objects"), ["/a/objects"]);
        assert_eq!(split("/a:/b::/c"), ["/a", "/b", "/c"]);
        assert_eq!(split(r#""/a\072b":/c"#), ["/a:b", "/c"]);
        assert_eq!(split(r#""/unterminated:/c"#), [r#""/unterminated"#, "/c"]);
        assert_eq!(split(""), [""; 0]);
    }
}
