//! The file of the token: what the hook cannot use, and what `check` says about it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use portcullis::policy::ForgeKind;
use portcullis::reviews::token::{self, Problem};
use portcullis::reviews::{Client, Error};
use tempfile::TempDir;

use super::{TOKEN, api, far_off};

/// Writes the file and sets its mode.
fn write(file: &Path, text: &[u8], mode: u32) {
    fs::write(file, text).unwrap();
    fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_no_token_is_not_sent() {
    let folder = TempDir::new().unwrap();
    let forge = api(
        "http://127.0.0.1:1",
        ForgeKind::Gitea,
        Duration::from_secs(1),
        &folder,
    );
    let problem = || match Client::new(&forge, far_off()) {
        Err(Error::Token { file, problem }) => {
            assert_eq!(file, forge.token_file);
            problem
        }
        other => panic!("{other:?}"),
    };
    for (text, expected) in [
        (&b""[..], "empty"),
        (b" \n\n", "empty"),
        (b"two words", "nothing else"),
        (b"one\nto\n", "nothing else"),
        (b"\xff\xfe", "nothing else"),
        (&[b'a'; 5000], "nothing else"),
        ("t\u{f6}ken".as_bytes(), "nothing else"),
    ] {
        write(&forge.token_file, text, 0o600);
        let problem = problem();
        assert!(
            problem.to_string().contains(expected),
            "{text:?}: {problem}"
        );
    }
    fs::remove_file(&forge.token_file).unwrap();
    assert!(matches!(problem(), Problem::Unreadable(_)));
    fs::create_dir(&forge.token_file).unwrap();
    assert!(matches!(problem(), Problem::NoFile));
}

#[test]
fn what_others_can_read_is_told() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("token");
    write(&file, TOKEN.as_bytes(), 0o600);
    assert!(token::inspect(&file).is_ok());
    write(&file, TOKEN.as_bytes(), 0o400);
    assert!(token::inspect(&file).is_ok());
    for mode in [0o640, 0o604, 0o644, 0o620] {
        write(&file, TOKEN.as_bytes(), mode);
        let problem = token::inspect(&file).unwrap_err();
        assert!(matches!(problem, Problem::Exposed { .. }), "{problem}");
        assert!(
            problem.to_string().contains(&format!("{mode:04o}")),
            "{problem}"
        );
    }
}

#[test]
fn check_looks_at_the_file_and_does_not_tell_the_token() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("token");
    let policy = folder.path().join("policy.yml");
    let text = format!(
        "version: 1\nforge:\n  kind: forgejo\n  url: http://127.0.0.1:3000/\n  token_file: {}\nrules: [{{ id: it, deny: no }}]\n",
        file.display()
    );
    fs::write(&policy, text).unwrap();
    let check = || {
        let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
            .args(["check", "--policy"])
            .arg(&policy)
            .output()
            .unwrap();
        assert_eq!(
            output.status.code(),
            Some(0),
            "it may be for another machine"
        );
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(check().contains("warning[token-file]"));
    write(&file, TOKEN.as_bytes(), 0o644);
    let said = check();
    assert!(
        said.contains("its mode is 0644") && said.contains(":5:15"),
        "{said}"
    );
    assert!(!said.contains(TOKEN), "{said}");
    write(&file, TOKEN.as_bytes(), 0o600);
    assert_eq!(check(), "");
}
