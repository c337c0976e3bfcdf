//! Where things are signed: a repository, keys, and git to sign and to be compared with.

use crate::support::{Git, ObjectFormat, hermetic};
use portcullis::policy::Policy;
use portcullis::signature::{Bad, Good, Signed};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};
use tempfile::TempDir;

/// A repository with keys beside it.
pub(crate) struct Desk {
    folder: TempDir,
    hash: gix::hash::Kind,
}

/// Now, in seconds since 1970: gpg and ssh-keygen ask the clock too.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

impl Desk {
    pub(crate) fn new(format: ObjectFormat) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let desk = Desk {
            folder,
            hash: match format {
                ObjectFormat::Sha1 => gix::hash::Kind::Sha1,
                ObjectFormat::Sha256 => gix::hash::Kind::Sha256,
            },
        };
        desk.git().init(&[format.option()]);
        desk
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn git(&self) -> Git {
        Git::at(self.folder()).env("GNUPGHOME", self.gnupg())
    }

    pub(super) fn gnupg(&self) -> PathBuf {
        self.folder().join("gnupg")
    }

    pub(super) fn write(&self, file: &str, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.folder().join(file), content).expect("it can be written");
        self
    }

    pub(super) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder().join(file)).expect("it can be read")
    }

    /// Runs a program here.
    pub(super) fn try_run(&self, program: &str, arguments: &[&str]) -> Output {
        hermetic(program, self.folder())
            .env("GNUPGHOME", self.gnupg())
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{program} must be installed: {error}"))
    }

    /// Runs a program here, which must succeed.
    #[track_caller]
    pub(super) fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = self.try_run(program, arguments);
        assert!(
            output.status.success(),
            "{program} {arguments:?} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// Makes an SSH key, and says its public line without the comment.
    pub(crate) fn ssh_key(&self, name: &str, options: &[&str]) -> String {
        let arguments = [&["-q", "-N", "", "-C", name, "-f", name], options].concat();
        self.run("ssh-keygen", &arguments);
        self.public(name)
    }

    /// The public line of a key, without the comment.
    pub(crate) fn public(&self, name: &str) -> String {
        let line = self.read(&format!("{name}.pub"));
        let words: Vec<_> = line.split_whitespace().take(2).collect();
        words.join(" ")
    }

    /// The fingerprint of a key, by ssh-keygen.
    pub(super) fn fingerprint(&self, name: &str) -> String {
        let listed = self.run("ssh-keygen", &["-l", "-f", &format!("{name}.pub")]);
        let word = listed.split_whitespace().nth(1);
        word.expect("the second word is the fingerprint").to_owned()
    }

    /// Git that signs with an SSH key, and believes `allowed_signers`.
    pub(super) fn ssh_git(&self, key: &str) -> Git {
        let key = self.folder().join(key);
        let file = self.folder().join("allowed_signers");
        with_configuration(
            self.git(),
            &[
                ("gpg.format", "ssh"),
                ("user.signingKey", &key.to_string_lossy()),
                ("gpg.ssh.allowedSignersFile", &file.to_string_lossy()),
            ],
        )
    }

    /// The raw bytes of an object.
    pub(super) fn raw(&self, kind: &str, id: &str) -> Vec<u8> {
        self.git().output(["cat-file", kind, id]).stdout
    }

    /// What is signed in an object.
    pub(super) fn signed(&self, kind: &str, id: &str) -> Signed {
        let raw = self.raw(kind, id);
        match kind {
            "commit" => Signed::of_commit(&raw, self.hash),
            _ => Signed::of_tag(&raw, self.hash),
        }
    }

    /// The header that holds a commit's signature here.
    pub(super) fn header(&self) -> &'static str {
        match self.hash {
            gix::hash::Kind::Sha1 => "gpgsig",
            _ => "gpgsig-sha256",
        }
    }

    /// Writes a commit like `HEAD`, with these signatures in its headers.
    pub(super) fn commit_with_signatures(&self, signatures: &[&str]) -> String {
        let raw = self.signed("commit", &self.git().run(["rev-parse", "HEAD"]));
        let payload = String::from_utf8_lossy(raw.payload()).into_owned();
        let (head, message) = payload.split_once("\n\n").expect("a commit has a message");
        let headers = signatures.iter().map(|signature| {
            let folded = signature.trim_end().replace('\n', "\n ");
            format!("\n{} {folded}", self.header())
        });
        let headers: String = headers.collect();
        self.git()
            .object("commit", format!("{head}{headers}\n\n{message}").as_bytes())
    }

    /// The policy with these lines for alice and bob, and more below.
    pub(super) fn policy(&self, alice: &str, bob: &str, more: &str) -> Policy {
        let text = format!(
            "version: 1\npeople:\n  alice: {{ emails: [alice@shop.example]{alice} }}\n  bob: {{ emails: [bob@shop.example]{bob} }}\n{more}\n"
        );
        let file = self.folder().join("policy.yml");
        match Policy::parse(text.as_bytes(), &file) {
            Ok(loaded) => loaded.policy,
            Err(error) => panic!("{error}: {error:?}"),
        }
    }

    /// The policy that believes the file `allowed_signers`.
    pub(super) fn policy_of_file(&self) -> Policy {
        self.policy("", "", "keys: { allowed_signers: [allowed_signers] }")
    }
}

/// What we say of a signature, with a person's name.
pub(super) fn judge(policy: &Policy, signed: &Signed) -> Result<(String, Good), Bad> {
    let good = policy.keyring.verify(&policy.people, signed, now())?;
    Ok((policy.people.person(good.person).name.clone(), good))
}

impl Git {
    /// Makes a signed commit, and says its id.
    pub(super) fn signed_commit(&self) -> String {
        self.run([
            "commit",
            "--quiet",
            "--allow-empty",
            "-S",
            "-m",
            "Signed\n\nBody",
        ]);
        self.run(["rev-parse", "HEAD"])
    }

    /// Makes a signed tag of `HEAD`, and says the tag object's id.
    pub(super) fn signed_tag(&self, name: &str) -> String {
        self.run(["tag", "-s", "-m", "A tag\n\nBody", name]);
        self.run(["rev-parse", &format!("refs/tags/{name}")])
    }

    /// Whether git accepts the signature of an object.
    pub(super) fn accepts(&self, kind: &str, id: &str) -> bool {
        self.output([&format!("verify-{kind}"), id])
            .status
            .success()
    }
}

/// The same git with these keys of configuration.
pub(super) fn with_configuration(git: Git, keys: &[(&str, &str)]) -> Git {
    let count = keys.len().to_string();
    keys.iter().enumerate().fold(
        git.env("GIT_CONFIG_COUNT", count),
        |git, (n, (key, value))| {
            git.env(&format!("GIT_CONFIG_KEY_{n}"), *key)
                .env(&format!("GIT_CONFIG_VALUE_{n}"), *value)
        },
    )
}
