//! Keys for those who approve in an example's cases: made anew, and listed beside a copy of the policy in place of the
//! example's own.

use crate::support::{Git, Server, hermetic};
use portcullis::{
    cases::{
        Ballot,
        stage::{Stage, tag_name},
    },
    paths::names::full_name,
    policy::Policy,
};
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const LIST: &str = "allowed_signers";

/// The policy of an example, with keys that can be signed with.
pub(crate) struct Signers {
    /// Holds the policy, the list, and for each address that it names a key of that name.
    folder: TempDir,
    emails: Vec<String>,
}

impl Signers {
    /// Makes a key for everyone whom the example's list names, if it has one.
    pub(crate) fn of(example: &Path) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let copy = fs::copy(example.join("policy.yml"), folder.path().join("policy.yml"));
        copy.expect("the policy can be copied");
        let list = fs::read_to_string(example.join(LIST)).unwrap_or_default();
        let emails: Vec<String> = list
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_whitespace().next())
            .map(str::to_owned)
            .collect();
        let mut made = String::new();
        for email in &emails {
            let keygen = hermetic("ssh-keygen", folder.path())
                .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", email])
                .status();
            assert!(
                keygen.is_ok_and(|status| status.success()),
                "apt-get install openssh-client"
            );
            let key = fs::read_to_string(folder.path().join(format!("{email}.pub")));
            let key = key.expect("it was made");
            writeln!(made, "{email} {}", key.trim()).expect("a string takes all");
        }
        fs::write(folder.path().join(LIST), made).expect("it can be written");
        Signers { folder, emails }
    }

    /// The copy of the policy.
    pub(crate) fn policy(&self) -> PathBuf {
        self.folder.path().join("policy.yml")
    }

    /// Has the server decide by it.
    pub(crate) fn install(&self, server: &Server) {
        let list = self.folder.path().join(LIST);
        fs::copy(list, server.folder().join(LIST)).expect("the list can be copied");
        fs::copy(self.policy(), server.policy()).expect("the policy can be copied");
    }

    /// Signs in truth an approval that the case tells.
    pub(crate) fn approve(
        &self,
        policy: &Policy,
        approval: &Ballot,
        number: usize,
        stage: &Stage<'_>,
    ) {
        let is_theirs = |email: &&String| {
            let person = policy.people.by_email(email.as_bytes());
            person.is_some_and(|person| policy.people.person(person).name == approval.by)
        };
        let email = self.emails.iter().find(is_theirs);
        let email = email.unwrap_or_else(|| panic!("{LIST} has no key of {}", approval.by));
        let key = self.folder.path().join(email);
        let now = jiff::Timestamp::now().as_second();
        let message = format!(
            "Approve\n\nApproves: {}\nRepository: {}\n",
            full_name(&approval.r#for),
            stage.repository()
        );
        let tag = tag_name(number);
        Git::at(stage.folder())
            .env("GIT_COMMITTER_EMAIL", email)
            .env("GIT_COMMITTER_DATE", format!("@{now} +0000"))
            .run([
                "-c",
                "gpg.format=ssh",
                "-c",
                &format!("user.signingKey={}", key.display()),
                "tag",
                "--force",
                "-s",
                "-m",
                &message,
                &tag,
                &format!("{tag}^{{commit}}"),
            ]);
    }
}
