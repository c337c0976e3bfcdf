//! SSH keys and certificates.

use super::desk::{Desk, judge};
use crate::support::ObjectFormat;
use portcullis::signature::{Bad, Signed};

const KINDS: [(&str, &[&str]); 6] = [
    ("ed25519", &["-t", "ed25519"]),
    ("p256", &["-t", "ecdsa", "-b", "256"]),
    ("p384", &["-t", "ecdsa", "-b", "384"]),
    ("p521", &["-t", "ecdsa", "-b", "521"]),
    ("rsa2048", &["-t", "rsa", "-b", "2048"]),
    ("rsa3072", &["-t", "rsa", "-b", "3072"]),
];

#[test]
fn every_kind_of_key_verifies_as_in_git() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let desk = Desk::new(format);
        for (name, options) in KINDS {
            let key = desk.ssh_key(name, options);
            desk.write("allowed_signers", format!("alice@shop.example {key}\n"));
            let git = desk.ssh_git(name);
            let commit = git.signed_commit();
            let tag = git.signed_tag(name);
            for (kind, id) in [("commit", &commit), ("tag", &tag)] {
                assert!(git.accepts(kind, id), "{name} {kind}");
                let signed = desk.signed(kind, id);
                let in_file = desk.policy_of_file();
                let (person, good) = judge(&in_file, &signed).expect(name);
                assert_eq!(person, "alice");
                assert_eq!(good.key, desk.fingerprint(name));
                assert_eq!(good.principal.as_deref(), Some("alice@shop.example"));
                assert!(!good.presence && !good.verification);
                let of_person = desk.policy("", &format!(", keys: ['{key} a comment']"), "");
                let (person, good) = judge(&of_person, &signed).expect(name);
                assert_eq!((person.as_str(), good.principal), ("bob", None));
            }
            let raw = String::from_utf8_lossy(&desk.raw("commit", &commit)).into_owned();
            let tampered = desk
                .git()
                .object("commit", raw.replace("Body", "Bodo").as_bytes());
            assert!(!git.accepts("commit", &tampered));
            let verdict = judge(&desk.policy_of_file(), &desk.signed("commit", &tampered));
            let key = desk.fingerprint(name);
            assert_eq!(verdict, Err(Bad::Mismatch { key }), "{name}");
        }
    }
}

#[test]
fn what_is_not_a_signature_of_this_key_for_git_does_not_count() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let alice = desk.ssh_key("alice", &["-t", "ed25519"]);
    desk.ssh_key("mallory", &["-t", "ed25519"]);
    desk.write("allowed_signers", format!("alice@shop.example {alice}\n"));
    let git = desk.ssh_git("mallory");
    let policy = desk.policy_of_file();
    let check = |id: &str| judge(&policy, &desk.signed("commit", id));

    let unknown = git.signed_commit();
    assert!(!git.accepts("commit", &unknown));
    let key = desk.fingerprint("mallory");
    assert_eq!(check(&unknown), Err(Bad::UnknownKey { key }));

    git.run(["commit", "--quiet", "--allow-empty", "-m", "Unsigned"]);
    let unsigned = git.run(["rev-parse", "HEAD"]);
    assert_eq!(check(&unsigned), Err(Bad::Unsigned));

    let good = sign(&desk, "alice", "git", &desk.raw("commit", &unsigned));
    let elsewhere = sign(&desk, "alice", "file", &desk.raw("commit", &unsigned));
    let of = |signatures: &[&str]| desk.commit_with_signatures(signatures);
    assert!(git.accepts("commit", &of(&[&good])));
    assert_eq!(check(&of(&[&good])).expect("it is alice's").0, "alice");
    assert!(!git.accepts("commit", &of(&[&elsewhere])));
    let namespace = "file".to_owned();
    assert_eq!(check(&of(&[&elsewhere])), Err(Bad::Namespace { namespace }));
    assert_eq!(check(&of(&[&good, &good])), Err(Bad::Several));
    assert_eq!(check(&of(&[&good, &elsewhere])), Err(Bad::Several));
    let appended = good.clone() + "and more\n";
    assert!(matches!(
        check(&of(&[&appended])),
        Err(Bad::Malformed { .. })
    ));
    let x509 = "-----BEGIN SIGNED MESSAGE-----\nAAAA\n-----END SIGNED MESSAGE-----\n";
    assert_eq!(check(&of(&[x509])), Err(Bad::UnknownFormat));
}

#[test]
fn a_listing_limits_its_key() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("alice", &["-t", "ed25519"]);
    let git = desk.ssh_git("alice");
    let commit = git.signed_commit();
    let signed = desk.signed("commit", &commit);
    let fingerprint = desk.fingerprint("alice");
    let key_is = || fingerprint.clone();
    let alice = "alice@shop.example";
    // git takes the committer's date for now, so these are far from both.
    let cases: [(String, Option<Bad>); 11] = [
        (
            format!("{alice} valid-before=\"20200101Z\" {key}"),
            Some(Bad::Expired { key: key_is() }),
        ),
        (
            format!("{alice} valid-after=\"20990101Z\" {key}"),
            Some(Bad::NotYetValid { key: key_is() }),
        ),
        (
            format!("{alice} valid-after=\"20200101\",valid-before=\"209901010000Z\" {key}"),
            None,
        ),
        (format!("{alice} namespaces=\"git,file\" {key}"), None),
        (format!("{alice} namespaces=\"g*\" {key}"), None),
        (
            format!("{alice} namespaces=\"file\" {key}"),
            Some(Bad::NotForGit { key: key_is() }),
        ),
        (
            format!("{alice} namespaces=\"*,!git\" {key}"),
            Some(Bad::NotForGit { key: key_is() }),
        ),
        (
            format!("{alice} cert-authority {key}"),
            Some(Bad::UnknownKey { key: key_is() }),
        ),
        (format!("\"{alice}\" {key}"), None),
        // A second line may allow what the first does not.
        (
            format!("{alice} namespaces=\"file\" {key}\n{alice} {key}"),
            None,
        ),
        (
            format!("# {alice} {key}\n\n   # nothing"),
            Some(Bad::UnknownKey { key: key_is() }),
        ),
    ];
    for (lines, bad) in cases {
        desk.write("allowed_signers", format!("{lines}\n"));
        let git_accepts = git.accepts("commit", &commit);
        assert_eq!(git_accepts, bad.is_none(), "git on {lines}");
        let verdict = judge(&desk.policy_of_file(), &signed);
        assert_eq!(verdict.err(), bad, "{lines}");
    }
}

#[test]
fn a_key_is_that_of_whom_its_principals_name() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("alice", &["-t", "ed25519"]);
    let signed = desk.signed("commit", &desk.ssh_git("alice").signed_commit());
    let whose = |principals: &str| {
        desk.write("allowed_signers", format!("{principals} {key}\n"));
        let verdict = judge(&desk.policy_of_file(), &signed);
        verdict.map(|(person, _)| person)
    };
    assert_eq!(whose("alice@shop.example"), Ok("alice".to_owned()));
    assert_eq!(whose("ALICE@shop.example"), Ok("alice".to_owned()));
    assert_eq!(whose("a*@shop.example"), Ok("alice".to_owned()));
    assert_eq!(whose("*@shop.example,!bob@*"), Ok("alice".to_owned()));
    assert_eq!(
        whose("nobody@x.example,bob@shop.example"),
        Ok("bob".to_owned())
    );
    let nobody = Bad::OfNobody {
        key: desk.fingerprint("alice"),
        principals: vec!["*@elsewhere.example".to_owned()],
    };
    assert_eq!(whose("*@elsewhere.example"), Err(nobody));
}

#[test]
fn certificates_count_as_their_authority_says() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let authority = desk.ssh_key("authority", &["-t", "ed25519"]);
    let rsa_authority = desk.ssh_key("rsa_authority", &["-t", "rsa", "-b", "2048"]);
    desk.ssh_key("other_authority", &["-t", "ecdsa"]);
    let (principal, alice) = ("alice@shop.example", "*@shop.example cert-authority");
    desk.write(
        "allowed_signers",
        format!("{alice} {authority}\n{alice} {rsa_authority}\n"),
    );
    let policy = desk.policy_of_file();
    let mut number = 0;
    let mut check = |kind: &[&str], by: &str, options: &[&str]| {
        number += 1;
        let name = format!("key{number}");
        desk.ssh_key(&name, kind);
        let public = format!("{name}.pub");
        let certify = [&["-q", "-s", by, "-I", "id"], options, &[&public]].concat();
        desk.run("ssh-keygen", &certify);
        let git = desk.ssh_git(&format!("{name}-cert.pub"));
        let commit = git.signed_commit();
        let verdict = judge(&policy, &desk.signed("commit", &commit));
        (verdict, git.accepts("commit", &commit))
    };
    let ed25519: &[&str] = &["-t", "ed25519"];
    for (name, kind) in KINDS {
        for by in ["authority", "rsa_authority"] {
            let (verdict, git_accepts) = check(kind, by, &["-n", principal]);
            let (person, good) = verdict.unwrap_or_else(|bad| panic!("{name} by {by}: {bad}"));
            assert_eq!(person, "alice");
            assert_eq!(good.principal.as_deref(), Some(principal));
            assert!(git_accepts, "{name} by {by}");
        }
    }
    let of = |verdict: Result<_, Bad>| verdict.expect_err("it does not count");
    let (verdict, git_accepts) = check(ed25519, "other_authority", &["-n", principal]);
    assert!(matches!(of(verdict), Bad::UnknownKey { .. }) && !git_accepts);
    let (verdict, git_accepts) = check(ed25519, "authority", &["-n", "alice@elsewhere.example"]);
    assert!(matches!(of(verdict), Bad::Certificate { .. }) && !git_accepts);
    let (verdict, git_accepts) = check(ed25519, "authority", &["-h", "-n", principal]);
    assert!(matches!(of(verdict), Bad::Certificate { .. }) && !git_accepts);
    let (verdict, git_accepts) = check(ed25519, "authority", &[]);
    assert!(matches!(of(verdict), Bad::Certificate { .. }) && !git_accepts);
    let run_out = ["-n", principal, "-V", "20200101:20200201"];
    let (verdict, git_accepts) = check(ed25519, "authority", &run_out);
    assert!(matches!(of(verdict), Bad::Expired { .. }) && !git_accepts);
    let not_yet = ["-n", principal, "-V", "20990101:20990201"];
    let (verdict, git_accepts) = check(ed25519, "authority", &not_yet);
    assert!(matches!(of(verdict), Bad::NotYetValid { .. }) && !git_accepts);
    let two = ["-n", "alice@shop.example,bob@shop.example"];
    let (verdict, _) = check(ed25519, "authority", &two);
    assert!(matches!(of(verdict), Bad::OfSeveral { .. }));
    let (verdict, _) = check(ed25519, "authority", &["-n", "carol@shop.example"]);
    assert!(matches!(of(verdict), Bad::OfNobody { .. }));
    // ssh-keygen passes over what is critical in a certificate that signs; a limit that cannot be kept is none.
    for option in ["force-command=true", "source-address=10.0.0.0/8"] {
        let (verdict, _) = check(ed25519, "authority", &["-n", principal, "-O", option]);
        assert!(matches!(of(verdict), Bad::Certificate { .. }), "{option}");
    }
    let unknown = ["-n", principal, "-O", "critical:x@y=z"];
    let (verdict, _) = check(ed25519, "authority", &unknown);
    assert!(matches!(of(verdict), Bad::Certificate { .. }));
    let asks = ["-n", principal, "-O", "verify-required"];
    let (verdict, _) = check(ed25519, "authority", &asks);
    assert!(matches!(of(verdict), Bad::Certificate { .. }));
}

#[test]
fn a_certificate_of_a_listed_key_is_not_that_key() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("alice", &["-t", "ed25519"]);
    desk.ssh_key("mallory", &["-t", "ed25519"]);
    let certify = [
        "-q",
        "-s",
        "mallory",
        "-I",
        "x",
        "-n",
        "alice@shop.example",
        "alice.pub",
    ];
    desk.run("ssh-keygen", &certify);
    desk.write("allowed_signers", format!("alice@shop.example {key}\n"));
    let git = desk.ssh_git("alice-cert.pub");
    let commit = git.signed_commit();
    assert!(!git.accepts("commit", &commit));
    let verdict = judge(&desk.policy_of_file(), &desk.signed("commit", &commit));
    assert!(matches!(verdict, Err(Bad::UnknownKey { .. })));
}

#[test]
fn weak_algorithms_do_not_count() {
    let desk = Desk::new(ObjectFormat::Sha1);
    desk.ssh_key("short", &["-t", "rsa", "-b", "1024"]);
    let alice = desk.ssh_key("alice", &["-t", "rsa", "-b", "2048"]);
    let policy = desk.policy(&format!(", keys: ['{alice}']"), "", "");
    let short = desk.ssh_git("short").signed_commit();
    let verdict = judge(&policy, &desk.signed("commit", &short));
    assert!(matches!(verdict, Err(Bad::Weak { .. })), "{verdict:?}");

    let commit = desk.ssh_git("alice").signed_commit();
    let signature = sign(
        &desk,
        "alice",
        "git",
        desk.signed("commit", &commit).payload(),
    );
    let with_sha1 = rewrite(&signature, |blob| {
        let at = find(blob, b"rsa-sha2-512");
        // Two lengths grow smaller with the name: that of the name, and that of all that it stands in.
        blob[at - 5] -= 5;
        blob[at - 1] = 7;
        blob.splice(at..at + 12, b"ssh-rsa".iter().copied());
        let total = u32::from_be_bytes(blob[at - 8..at - 4].try_into().expect("four bytes"));
        assert_eq!(
            blob.len() - at + 4,
            usize::try_from(total).expect("it is short")
        );
    });
    let forged = desk.commit_with_signatures(&[&with_sha1]);
    let what = "SHA-1".to_owned();
    let verdict = judge(&policy, &desk.signed("commit", &forged));
    assert_eq!(verdict, Err(Bad::Weak { what }));
}

/// Signs with ssh-keygen.
pub(super) fn sign(desk: &Desk, key: &str, namespace: &str, payload: &[u8]) -> String {
    desk.write("payload", payload);
    let _ = std::fs::remove_file(desk.folder().join("payload.sig"));
    desk.run(
        "ssh-keygen",
        &["-q", "-Y", "sign", "-n", namespace, "-f", key, "payload"],
    );
    desk.read("payload.sig")
}

/// The same armour around other bytes.
pub(super) fn rewrite(signature: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let lines: Vec<_> = signature.lines().collect();
    let mut blob = base64
        .decode(lines[1..lines.len() - 1].concat())
        .expect("ssh-keygen wrote it");
    change(&mut blob);
    let text = base64.encode(blob);
    format!("{}\n{text}\n{}\n", lines[0], lines[lines.len() - 1])
}

fn find(blob: &[u8], what: &[u8]) -> usize {
    blob.windows(what.len())
        .position(|window| window == what)
        .expect("it is there")
}

#[test]
fn a_tag_ends_with_its_signature() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let key = desk.ssh_key("alice", &["-t", "ed25519"]);
    let policy = desk.policy(&format!(", keys: ['{key}']"), "", "");
    let git = desk.ssh_git("alice");
    git.run(["commit", "--quiet", "--allow-empty", "-m", "One"]);
    let raw = desk.raw("tag", &git.signed_tag("v1"));
    let with_more = [raw.as_slice(), b"Approves: refs/heads/main\n"].concat();
    let verdict = judge(&policy, &Signed::of_tag(&with_more, gix::hash::Kind::Sha1));
    assert!(matches!(verdict, Err(Bad::Malformed { .. })));
}
