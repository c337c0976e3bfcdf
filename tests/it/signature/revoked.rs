//! SSH keys that were revoked, compared with what git and ssh-keygen make of the same files.

use portcullis::signature::ssh::{ListError, Revoked, RevokedError};
use portcullis::signature::{Bad, Signed};

use super::desk::{Desk, judge, with_configuration};
use crate::support::{Git, ObjectFormat, hermetic};

const ALICE: &str = "alice@shop.example";

/// Keys, and certificates of other keys, each with what it signed.
struct Bench {
    desk: Desk,
    signed: Vec<(String, Signed)>,
    commits: Vec<String>,
}

impl Bench {
    /// A listed key, and certificates of these serial numbers by a listed authority.
    fn new(serials: &[&str]) -> Self {
        let desk = Desk::new(ObjectFormat::Sha1);
        let authority = desk.ssh_key("authority", &["-t", "ed25519"]);
        let key = desk.ssh_key("key", &["-t", "rsa", "-b", "2048"]);
        let lines = format!("{ALICE} {key}\n*@shop.example cert-authority {authority}\n");
        desk.write("allowed_signers", lines);
        let mut bench = Bench {
            desk,
            signed: Vec::new(),
            commits: Vec::new(),
        };
        bench.sign("key");
        for serial in serials {
            let name = format!("s{serial}");
            bench.desk.ssh_key(&name, &["-t", "ed25519"]);
            let (id, public) = (format!("id{serial}"), format!("{name}.pub"));
            let by = [
                "-q",
                "-s",
                "authority",
                "-I",
                &id,
                "-n",
                ALICE,
                "-z",
                serial,
            ];
            bench
                .desk
                .run("ssh-keygen", &[&by[..], &[&public]].concat());
            bench.sign(&format!("{name}-cert"));
        }
        bench
    }

    fn sign(&mut self, name: &str) {
        let git = self.desk.ssh_git(&format!("{name}.pub"));
        let commit = git.signed_commit();
        let signed = self.desk.signed("commit", &commit);
        self.signed.push((format!("{name}.pub"), signed));
        self.commits.push(commit);
    }

    /// Which of them no longer count.
    fn ours(&self) -> Vec<&str> {
        let policy = self.desk.policy(
            "",
            "",
            "keys: { allowed_signers: [allowed_signers], revoked: [revoked] }",
        );
        let revoked = self
            .signed
            .iter()
            .filter(|(name, signed)| match judge(&policy, signed) {
                Ok(_) => false,
                Err(Bad::Revoked { .. }) => true,
                Err(bad) => panic!("{name}: {bad}"),
            });
        revoked.map(|(name, _)| name.as_str()).collect()
    }

    /// The same, by `ssh-keygen -Q`, which reads its own lists only.
    fn of_ssh_keygen(&self) -> Vec<&str> {
        let files = self.signed.iter().map(|(name, _)| name.as_str());
        let output = hermetic("ssh-keygen", self.desk.folder())
            .args(["-Q", "-f", "revoked"])
            .args(files)
            .output()
            .expect("apt-get install openssh-client");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said.lines().count(), self.signed.len(), "{said}");
        let names = self.signed.iter().zip(said.lines());
        names
            .filter(|(_, line)| line.ends_with(": REVOKED"))
            .map(|((name, _), _)| name.as_str())
            .collect()
    }

    /// The same, by git.
    fn of_git(&self) -> Vec<&str> {
        let git = self.git();
        let names = self.signed.iter().zip(&self.commits);
        names
            .filter(|(_, commit)| !git.accepts("commit", commit))
            .map(|((name, _), _)| name.as_str())
            .collect()
    }

    fn git(&self) -> Git {
        let file = |name: &str| self.desk.folder().join(name).to_string_lossy().into_owned();
        with_configuration(
            Git::at(self.desk.folder()),
            &[
                ("gpg.format", "ssh"),
                ("gpg.ssh.allowedSignersFile", &file("allowed_signers")),
                ("gpg.ssh.revocationFile", &file("revoked")),
            ],
        )
    }

    /// Makes the list `revoked` of these lines, as ssh-keygen(1) has them under "KEY REVOCATION LISTS".
    fn list(&self, lines: &str, options: &[&str]) {
        self.desk.write("what", lines);
        let make = [&["-q", "-k", "-f", "revoked"], options, &["what"]].concat();
        self.desk.run("ssh-keygen", &make);
    }
}

#[test]
fn a_list_of_lines_revokes_what_it_revokes_for_git() {
    let bench = Bench::new(&["0", "7"]);
    let public = |name: &str| bench.desk.read(&format!("{name}.pub")).trim().to_owned();
    let all = ["key.pub", "s0-cert.pub", "s7-cert.pub"];
    for (lines, revoked) in [
        (String::from("# nobody\n\n"), &[][..]),
        (public("key"), &all[..1]),
        // Of an authority, and so all that it has certified.
        (public("authority"), &all[1..]),
        (
            format!("  \n# {}\n\t{} s7\n", public("key"), public("s7")),
            &all[2..],
        ),
        // A certificate stands for its key.
        (public("s7-cert"), &all[2..]),
    ] {
        bench.desk.write("revoked", &lines);
        assert_eq!(bench.of_git(), revoked, "git on {lines}");
        assert_eq!(bench.ours(), revoked, "{lines}");
    }
}

#[test]
fn a_list_of_openssh_revokes_what_it_revokes_for_ssh_keygen() {
    let bench = Bench::new(&[
        "0",
        "1",
        "4",
        "10",
        "15",
        "20",
        "21",
        "401",
        "402",
        "18446744073709551615",
    ]);
    let public = |name: &str| bench.desk.read(&format!("{name}.pub")).trim().to_owned();
    // Every second number makes a bitmap, far ones a list, and those without a gap a range.
    let every_second: String = (1..500)
        .step_by(2)
        .map(|serial| format!("serial: {serial}\n"))
        .collect();
    let of_authority: &[&str] = &["-s", "authority.pub"];
    for (lines, options, count) in [
        (format!("key: {}\n", public("key")), &[][..], 1),
        (format!("sha1: {}\n", public("key")), &[], 1),
        (
            format!("sha256: {}\nsha1: {}\n", public("key"), public("s4")),
            &[],
            2,
        ),
        (format!("hash: {}\n", bench.desk.fingerprint("s21")), &[], 1),
        (format!("key: {}\n", public("authority")), &[], 10),
        ("serial: 10-20\n".to_owned(), of_authority, 3),
        (
            "serial: 4\nserial: 402\nserial: 90000\n".to_owned(),
            of_authority,
            2,
        ),
        ("serial: 18446744073709551615\n".to_owned(), of_authority, 1),
        (every_second.clone(), of_authority, 4),
        (
            format!("{every_second}serial: 1000000-1000100\nserial: 402\n"),
            of_authority,
            5,
        ),
        ("serial: 1-3\n".to_owned(), of_authority, 1),
        (
            "id: id0\nid: id401\nid: nobody\n".to_owned(),
            of_authority,
            2,
        ),
        // Of whichever authority.
        ("id: id20\nserial: 21\n".to_owned(), &["-s", "none"], 2),
        // Of another authority.
        ("serial: 1-1000\n".to_owned(), &["-s", "key.pub"], 0),
        (public("s15-cert"), &[], 1),
    ] {
        bench.list(&lines, options);
        let expected = bench.of_ssh_keygen();
        let shown: String = lines.chars().take(200).collect();
        assert_eq!(expected.len(), count, "ssh-keygen on {shown}");
        assert_eq!(bench.ours(), expected, "{shown}");
    }
}

/// A list as ssh-keygen makes it, of one section.
fn list(desk: &Desk) -> Vec<u8> {
    desk.ssh_key("key", &["-t", "ed25519"]);
    desk.run("ssh-keygen", &["-q", "-k", "-f", "list", "key.pub"]);
    std::fs::read(desk.folder().join("list")).expect("it was made")
}

fn read(list: &[u8]) -> Result<(), RevokedError> {
    Revoked::default().add_file(list)
}

#[test]
fn a_list_that_cannot_be_understood_is_refused_whole() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let list = list(&desk);
    assert_eq!(read(&list), Ok(()));
    let damaged = Err(RevokedError::List(ListError::Damaged));
    let unknown = Err(RevokedError::List(ListError::NotUnderstood));
    // Cut between the header and the one section it is a list of nothing; cut before the end of what tells it from a list of
    // lines, it is that.
    let whole: Vec<usize> = (8..list.len())
        .filter(|&end| read(&list[..end]).is_ok())
        .collect();
    assert_eq!(whole.len(), 1, "{whole:?}");
    assert!((0..8).all(|end| end == 0 || read(&list[..end]).is_err()));

    let with = |section: &[u8]| [&list, section].concat();
    let extension =
        |critical: u8| [&b"\xff\0\0\0\x0a\0\0\0\x01x"[..], &[critical], b"\0\0\0\0"].concat();
    assert_eq!(read(&with(&extension(0))), Ok(()));
    assert_eq!(read(&with(&extension(1))), unknown);
    assert_eq!(read(&with(b"\x09\0\0\0\0")), unknown);
    assert_eq!(read(&with(b"\x03\0\0\0\x05\0\0\0\x01x")), damaged);
    assert_eq!(
        read(&with(b"\x01\0\0\0\x0d\0\0\0\0\0\0\0\0\x40\0\0\0\0")),
        unknown
    );
    assert_eq!(read(&with(b"\x02\xff\xff\xff\xff")), damaged);
    let mut newer = list.clone();
    newer[11] = 2;
    assert_eq!(read(&newer), unknown);
}

#[test]
fn a_line_that_is_no_key_is_refused() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("key", &["-t", "ed25519"]);
    let slip = key.replace("ssh-ed25519", "ssh-ed2551");
    let cut = &key[..key.len() - 8];
    for wrong in [
        "key",
        "serial: 5",
        "SHA256:abc",
        slip.as_str(),
        cut,
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ] {
        let read = read(format!("{key}\n{wrong}\n").as_bytes());
        let Err(RevokedError::Lines(lines)) = read else {
            panic!("{wrong}: {read:?}");
        };
        assert_eq!(lines.len(), 1, "{wrong}");
        assert_eq!(lines[0].0, 2, "{wrong}");
    }
    // What never counts may be revoked all the same.
    let short = desk.ssh_key("short", &["-t", "rsa", "-b", "1024"]);
    assert_eq!(
        read(format!("{short}\nssh-dss AAAAB3NzaC1kc3M=\n").as_bytes()),
        Ok(())
    );
}
