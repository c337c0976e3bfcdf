//! Keys in a policy: what cannot be used is the policy author's mistake, with its place.

use super::desk::Desk;
use super::gnupg::{Gnupg, LONG_AGO};
use crate::support::ObjectFormat;
use portcullis::policy::diagnostic::Severity;
use portcullis::policy::{Policy, PolicyError};

const PEOPLE: &str = "version: 1
people:
  alice: { emails: [alice@shop.example] }
  bob: { emails: [bob@shop.example] }
rules: [{ id: it, require: { signature: valid } }]
";

/// Everything that is said of a policy: `line:column code: message`.
fn said(desk: &Desk, text: &str) -> Vec<String> {
    let file = desk.folder().join("policy.yml");
    let loaded = Policy::parse(text.as_bytes(), &file)
        .and_then(|loaded| loaded.examine_keys(super::desk::now()));
    let diagnostics = match loaded {
        Ok(mut loaded) => loaded.warnings().clone(),
        Err(PolicyError::Invalid { diagnostics, .. }) => diagnostics,
        Err(error) => panic!("{error}"),
    };
    diagnostics
        .iter()
        .map(|found| {
            let mark = if found.severity == Severity::Warning {
                "~"
            } else {
                ""
            };
            format!(
                "{mark}{}:{} {}: {}",
                found.span.line, found.span.column, found.code, found.message
            )
        })
        .collect()
}

#[test]
fn keys_of_people_are_read_or_explained() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("alice", &["-t", "ed25519"]);
    let with = |alice: &str, bob: &str| {
        let text = format!(
            "version: 1\npeople:\n  alice: {{ keys: ['{alice}'] }}\n  bob: {{ keys: '{bob}' }}\nrules: [{{ id: it, require: {{ signature: {{ from: [alice] }} }} }}]\n"
        );
        said(&desk, &text)
    };
    let other = desk.ssh_key("bob", &["-t", "rsa", "-b", "2048"]);
    let none: [&str; 0] = [];
    assert_eq!(with(&key, &format!("{other} a comment")), none);
    let fingerprint = desk.fingerprint("alice");
    assert_eq!(
        with(&key, &key),
        [format!(
            "4:16 claimed-twice: the key `{fingerprint}` already belongs to `alice`"
        )]
    );
    let short = desk.ssh_key("short", &["-t", "rsa", "-b", "1024"]);
    for (wrong, words) in [
        ("alice", "no SSH public key"),
        ("ssh-ed25519 AAAA", "damaged"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "of this kind"),
        ("openpgp:0123", "no fingerprint"),
        (short.as_str(), "2048 bits"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", "private key"),
    ] {
        let said = with(&key, wrong);
        assert_eq!(said.len(), 1, "{said:?}");
        assert!(
            said[0].starts_with("4:16 bad-key: ") && said[0].contains(words),
            "{said:?}"
        );
    }
    let fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";
    assert_eq!(
        with(
            &format!("openpgp:{fingerprint}"),
            &format!("openpgp: {}", fingerprint.to_lowercase())
        ),
        [format!(
            "4:16 claimed-twice: the key `{fingerprint}` already belongs to `alice`"
        )]
    );
}

#[test]
fn a_rule_needs_keys() {
    let desk = Desk::new(ObjectFormat::Sha1);
    assert_eq!(
        said(&desk, PEOPLE),
        ["5:30 no-keys: no key is listed, so no signature counts"]
    );
}

#[test]
fn allowed_signers_are_read_or_explained() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("alice", &["-t", "ed25519"]);
    let other = desk.ssh_key("bob", &["-t", "ed25519"]);
    let with = |content: String| {
        desk.write("signers", content);
        said(
            &desk,
            &format!("{PEOPLE}keys: {{ allowed_signers: signers }}\n"),
        )
    };
    let fine = format!("# ours\n\nalice@shop.example {key}\nbob@shop.example {other}\n");
    assert_eq!(with(fine), [""; 0]);
    let at = "6:26";
    assert_eq!(
        with(format!(
            "\nalice@shop.example  valid-before=\"soon\" {key}\nalice\n"
        )),
        [
            format!(
                "{at} bad-key-line: signers:2:21: `soon` is no date; write `20300131Z` or `20300131235959Z`"
            ),
            format!("{at} bad-key-line: signers:3:1: a quote is not closed, or nothing follows it"),
        ]
    );
    let fingerprint = desk.fingerprint("alice");
    for two in [
        format!("alice@shop.example,bob@shop.example {key}\n"),
        format!("*@shop.example {key}\n"),
        format!("bob@shop.example {key}\nalice@shop.example {key}\n"),
    ] {
        let line = two.lines().count();
        assert_eq!(
            with(two),
            [format!(
                "{at} claimed-twice: signers:{line}: the key `{fingerprint}` is that of `alice` and `bob`"
            )]
        );
    }
    assert_eq!(
        with(format!("*@shop.example cert-authority {key}\n")),
        [""; 0]
    );
    assert_eq!(
        with(format!(
            "carol@shop.example {key}\nbob@shop.example valid-after=\"20200101\" {other}\n"
        )),
        [
            format!("~{at} key-of-nobody: signers:1: `carol@shop.example` is nobody in `people`"),
            format!("~{at} local-time: signers:2: a date without `Z` is taken as UTC"),
        ]
    );
    let missing = said(
        &desk,
        &format!("{PEOPLE}keys: {{ allowed_signers: [none] }}\n"),
    );
    assert!(
        missing[0].starts_with("6:27 unreadable-keys: `none` cannot be read: "),
        "{missing:?}"
    );
    let folder = said(&desk, &format!("{PEOPLE}keys: {{ openpgp: [.git] }}\n"));
    assert!(
        folder[0].starts_with("6:19 unreadable-keys: `.git` cannot be read: "),
        "{folder:?}"
    );
}

#[test]
fn revoked_keys_are_read_or_explained() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("alice", &["-t", "ed25519"]);
    desk.write("signers", format!("alice@shop.example {key}\n"));
    let with = |files: &str| {
        let keys = format!("keys: {{ allowed_signers: signers, revoked: {files} }}\n");
        said(&desk, &format!("{PEOPLE}{keys}"))
    };
    desk.write("revoked", format!("# left\n{key}\n"));
    desk.run("ssh-keygen", &["-q", "-k", "-f", "list", "alice.pub"]);
    assert_eq!(with("[revoked, list]"), [""; 0]);
    desk.write("revoked", format!("{key}\nssh-ed25519 AAAA\n"));
    let list = std::fs::read(desk.folder().join("list")).expect("it was made");
    desk.write("list", &list[..list.len() - 1]);
    assert_eq!(
        with("[revoked, list]"),
        [
            "6:45 bad-key-line: revoked:2: the key is damaged; copy it whole, as `ssh-keygen -y` or the `.pub` file has it",
            "6:54 bad-key-file: `list` cannot be used: the key revocation list is damaged; copy it whole, or make it anew with `ssh-keygen -k`",
        ]
    );
    let missing = with("[none]");
    assert!(
        missing[0].starts_with("6:45 unreadable-keys: `none` cannot be read: "),
        "{missing:?}"
    );
    // Revoking is not listing.
    assert_eq!(
        said(&desk, &format!("{PEOPLE}keys: {{ revoked: signers2 }}\n")),
        ["5:30 no-keys: no key is listed, so no signature counts"]
    );
}

#[test]
fn key_rings_are_read_or_explained() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    let both = gnupg.key(
        LONG_AGO,
        "A <alice@shop.example>",
        "ed25519",
        "sign",
        "never",
    );
    gnupg.export("ring", &["--armor"]);
    let with = |file: &str| said(&desk, &format!("{PEOPLE}keys: {{ openpgp: [{file}] }}\n"));
    assert_eq!(with("ring"), [""; 0]);
    gnupg.run(
        LONG_AGO,
        &["--quick-add-uid", &both, "B <bob@shop.example>"],
    );
    gnupg.export("ring", &["--armor"]);
    assert_eq!(
        with("ring"),
        [format!(
            "6:9 claimed-twice: the key {both} is that of `alice` and `bob`"
        )]
    );
    let secret = gnupg.run("", &["--armor", "--export-secret-keys", &both]);
    desk.write("secret", secret);
    desk.write("prose", "nothing of the kind");
    let begin =
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n";
    desk.write("damaged", begin);
    for (file, words) in [
        ("secret", "private key"),
        ("prose", "no file of OpenPGP certificates"),
        ("damaged", "a key ring cannot be used"),
    ] {
        let said = with(file);
        assert!(
            said[0].starts_with("6:19 bad-key-file: ") && said[0].contains(words),
            "{said:?}"
        );
    }
    let listed = PEOPLE.replace(
        "[alice@shop.example] }",
        "[alice@shop.example], keys: [openpgp:0123456789ABCDEF0123456789ABCDEF01234567] }",
    );
    let missing = said(&desk, &listed);
    assert!(missing[0].contains("unknown-key-id"), "{missing:?}");
}
