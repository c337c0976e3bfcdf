//! gpg with keys of its own, at whatever time a test wants it to be.

use super::desk::{Desk, with_configuration};
use crate::support::{Git, hermetic};
use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    process::Stdio,
};

/// When keys are made that need not be new.
pub(super) const LONG_AGO: &str = "20200101T000000";

/// A key ring, with the agent that gpg starts for it.
pub(super) struct Gnupg<'a> {
    desk: &'a Desk,
}

impl<'a> Gnupg<'a> {
    pub(super) fn new(desk: &'a Desk) -> Self {
        let made = fs::DirBuilder::new().mode(0o700).create(desk.gnupg());
        made.expect("the folder can be made");
        Gnupg { desk }
    }

    /// Runs gpg as if it were this time; empty: now.
    #[track_caller]
    pub(super) fn run(&self, time: &str, arguments: &[&str]) -> String {
        let faked = format!("--faked-system-time={time}!");
        let mut all = vec![
            "--batch",
            "--quiet",
            "--pinentry-mode=loopback",
            "--passphrase=",
        ];
        if !time.is_empty() {
            all.push(&faked);
        }
        all.extend(arguments);
        self.desk.run("gpg", &all)
    }

    /// Makes a key, and says its fingerprint.
    pub(super) fn key(
        &self,
        time: &str,
        user: &str,
        kind: &str,
        usage: &str,
        ends: &str,
    ) -> String {
        self.run(time, &["--quick-gen-key", user, kind, usage, ends]);
        self.fingerprints(user)[0].clone()
    }

    /// Adds a subkey, and says its fingerprint.
    pub(super) fn subkey(
        &self,
        time: &str,
        key: &str,
        kind: &str,
        usage: &str,
        ends: &str,
    ) -> String {
        self.run(time, &["--quick-add-key", key, kind, usage, ends]);
        let all = self.fingerprints(key);
        all.last().expect("it was just added").clone()
    }

    /// The fingerprints of a key and its subkeys.
    pub(super) fn fingerprints(&self, key: &str) -> Vec<String> {
        let listed = self.run(
            "",
            &[
                "--with-colons",
                "--with-subkey-fingerprint",
                "--list-keys",
                key,
            ],
        );
        let lines = listed.lines().filter(|line| line.starts_with("fpr:"));
        lines
            .map(|line| line.split(':').nth(9).expect("the tenth field").to_owned())
            .collect()
    }

    /// Edits a key with these commands.
    #[track_caller]
    pub(super) fn edit(&self, time: &str, key: &str, commands: &str) {
        let mut child = hermetic("gpg", self.desk.folder())
            .env("GNUPGHOME", self.desk.gnupg())
            .args([
                "--quiet",
                "--no-tty",
                "--pinentry-mode=loopback",
                "--passphrase=",
            ])
            .args([
                "--command-fd=0",
                "--status-fd=2",
                &format!("--faked-system-time={time}!"),
            ])
            .args(["--edit-key", key])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("gpg is installed");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(commands.as_bytes()).expect("gpg reads it");
        drop(stdin);
        let output = child.wait_with_output().expect("it is our child");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "gpg --edit-key failed:\n{said}");
    }

    /// Writes all public keys to a file.
    pub(super) fn export(&self, file: &str, options: &[&str]) {
        let _ = fs::remove_file(self.desk.folder().join(file));
        let arguments = [options, &["--output", file, "--export"]].concat();
        self.run("", &arguments);
    }

    /// Revokes a key with the certificate that gpg has made with it.
    pub(super) fn revoke(&self, key: &str) {
        let file = self
            .desk
            .gnupg()
            .join(format!("openpgp-revocs.d/{key}.rev"));
        let text = fs::read_to_string(&file).expect("gpg has made it");
        // gpg puts a colon there, so that nobody does this by mistake.
        fs::write(&file, text.replace(":-----", "-----")).expect("it can be written");
        self.run("", &["--import", &file.to_string_lossy()]);
    }

    /// Git that signs with this key at this time.
    pub(super) fn git(&self, key: &str, time: &str, options: &str) -> Git {
        let name = format!("gpg-{time}{}", options.replace([' ', '-'], ""));
        let time = if time.is_empty() {
            String::new()
        } else {
            format!("--faked-system-time='{time}!'")
        };
        let script = format!("#!/bin/sh\nexec gpg --batch {options} {time} \"$@\"\n");
        self.desk.write(&name, script);
        let path = self.desk.folder().join(&name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
        with_configuration(
            self.desk.git(),
            &[
                ("gpg.program", &path.to_string_lossy()),
                ("user.signingKey", &format!("{key}!")),
            ],
        )
    }
}

impl Drop for Gnupg<'_> {
    fn drop(&mut self) {
        self.desk.try_run("gpgconf", &["--kill", "gpg-agent"]);
    }
}
