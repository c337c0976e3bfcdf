//! Signatures that nobody would make, which must end in an answer, and never in a good one.

use super::desk::{Desk, now};
use super::gnupg::{Gnupg, LONG_AGO};
use crate::support::ObjectFormat;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gix::hash::Kind;
use portcullis::policy::Policy;
use portcullis::signature::{Bad, Signed, allowed_signers};
use proptest::prelude::*;
use std::time::Instant;

const RING: &str = "keys: { openpgp: [ring.gpg] }";

fn verdict(policy: &Policy, signed: &Signed) -> Result<(), Bad> {
    let verdict = policy.keyring.verify(&policy.people, signed, now());
    if let Err(bad) = &verdict {
        assert!(!bad.to_string().contains(char::is_control), "{bad}");
    }
    verdict.map(|_| ())
}

/// A tag with this signature at its end.
fn tag(payload: &[u8], signature: &[u8]) -> Signed {
    Signed::of_tag(&[payload, signature].concat(), Kind::Sha1)
}

fn ssh(blob: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(blob);
    format!("-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n").into_bytes()
}

fn pgp(blob: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(blob);
    format!("-----BEGIN PGP SIGNATURE-----\n\n{text}\n-----END PGP SIGNATURE-----\n").into_bytes()
}

fn blob_of(signature: &str) -> Vec<u8> {
    let lines = signature.lines().filter(|line| {
        // Neither the frame, nor the checksum of OpenPGP.
        !line.starts_with('-') && !line.starts_with('=') && !line.is_empty()
    });
    STANDARD
        .decode(lines.collect::<String>())
        .expect("a program wrote it")
}

#[test]
fn every_cut_and_every_changed_byte_is_noticed() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let payload = b"object o\ntype commit\ntag t\n\nmessage\n";
    let authority = desk.ssh_key("authority", &["-t", "ed25519"]);
    let alice = desk.ssh_key("alice", &["-t", "ed25519"]);
    desk.ssh_key("certified", &["-t", "ecdsa"]);
    let principal = "alice@shop.example";
    let certify = [
        "-q",
        "-s",
        "authority",
        "-I",
        "x",
        "-n",
        principal,
        "certified.pub",
    ];
    desk.run("ssh-keygen", &certify);
    let lines = format!("{principal} {alice}\n{principal} cert-authority {authority}\n");
    desk.write("allowed_signers", lines);
    let policy = desk.policy_of_file();
    for key in ["alice", "certified-cert.pub"] {
        let blob = blob_of(&super::ssh::sign(&desk, key, "git", payload));
        assert_eq!(
            verdict(&policy, &tag(payload, &ssh(&blob))),
            Ok(()),
            "{key}"
        );
        for at in 0..blob.len() {
            assert!(verdict(&policy, &tag(payload, &ssh(&blob[..at]))).is_err());
            let mut changed = blob.clone();
            changed[at] ^= 1 << (at % 8);
            let verdict = verdict(&policy, &tag(payload, &ssh(&changed)));
            assert!(verdict.is_err(), "{key}: byte {at}");
        }
    }

    let gnupg = Gnupg::new(&desk);
    gnupg.key(
        LONG_AGO,
        "A <alice@shop.example>",
        "ed25519",
        "sign",
        "never",
    );
    gnupg.export("ring.gpg", &[]);
    let policy = desk.policy("", "", RING);
    desk.write("payload", payload);
    let blob = blob_of(&gnupg.run("", &["--armor", "--detach-sign", "--output=-", "payload"]));
    assert_eq!(verdict(&policy, &tag(payload, &pgp(&blob))), Ok(()));
    let mut survived = 0;
    for at in 0..blob.len() {
        assert!(verdict(&policy, &tag(payload, &pgp(&blob[..at]))).is_err());
        for change in [0x01, 0x80, 0xFF] {
            let mut changed = blob.clone();
            changed[at] ^= change;
            survived += usize::from(verdict(&policy, &tag(payload, &pgp(&changed))).is_ok());
        }
    }
    // What is not covered by the signature is a key id that only hints at the key.
    assert!(survived <= 3 * 10, "{survived}");
}

#[test]
fn large_signatures_take_no_time() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    gnupg.key(
        LONG_AGO,
        "A <alice@shop.example>",
        "ed25519",
        "sign",
        "never",
    );
    gnupg.export("ring.gpg", &[]);
    let policy = desk.policy("", "", RING);
    let started = Instant::now();
    let endless = vec![b'A'; 8 << 20];
    for frame in ["SSH", "PGP"] {
        let begin = format!("-----BEGIN {frame} SIGNATURE-----\n");
        let whole = [begin.as_bytes(), &endless].concat();
        assert!(matches!(
            verdict(&policy, &tag(b"", &whole)),
            Err(Bad::Malformed { .. })
        ));
        let many = begin.repeat(200_000);
        assert!(verdict(&policy, &tag(b"", many.as_bytes())).is_err());
    }
    // Embedded signatures within embedded signatures, and lengths that promise 4 GiB.
    let mut nested = Vec::new();
    for _ in 0..2000 {
        let inner = std::mem::take(&mut nested);
        let length = u32::try_from(inner.len() + 1).expect("it is short");
        let mut area = vec![0xFF];
        area.extend(length.to_be_bytes());
        area.push(32);
        area.extend(&inner);
        let Ok(size) = u16::try_from(area.len()) else {
            break;
        };
        nested = vec![4, 0, 22, 8];
        nested.extend(size.to_be_bytes());
        nested.extend(&area);
        nested.extend([0, 0, 0, 0]);
        if nested.len() > 40_000 {
            break;
        }
    }
    let mut packet = vec![0xC2, 0xFF];
    packet.extend(
        u32::try_from(nested.len())
            .expect("it is short")
            .to_be_bytes(),
    );
    packet.extend(&nested);
    assert!(verdict(&policy, &tag(b"", &pgp(&packet))).is_err());
    let promises: [&[u8]; 3] = [
        b"\xC2\xFF\xFF\xFF\xFF\xFF",
        b"\x8A\xFF\xFF\xFF\xFF\x04\x00\x16\x08\xFF\xFF",
        b"\xC2\xFE\x00",
    ];
    for promise in promises {
        assert!(verdict(&policy, &tag(b"", &pgp(promise))).is_err());
    }
    assert!(
        verdict(
            &policy,
            &tag(b"", &ssh(b"SSHSIG\0\0\0\x01\xFF\xFF\xFF\xFF"))
        )
        .is_err()
    );
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

proptest! {
    #[test]
    fn random_bytes_get_an_answer(blob: Vec<u8>, payload: Vec<u8>, version in 3_u8..7) {
        let policy = Policy::parse(b"version: 1\nrules: [{ id: it, deny: no }]\n", "x".as_ref());
        let policy = policy.expect("it is one").policy;
        prop_assert!(verdict(&policy, &tag(&payload, &ssh(&blob))).is_err());
        let with_magic = [b"SSHSIG\0\0\0\x01", blob.as_slice()].concat();
        prop_assert!(verdict(&policy, &tag(&payload, &ssh(&with_magic))).is_err());
        prop_assert!(verdict(&policy, &tag(&payload, &pgp(&blob))).is_err());
        let length = u8::try_from(blob.len() + 1).unwrap_or(191).min(191);
        let packet = [&[0xC2, length, version], blob.as_slice()].concat();
        prop_assert!(verdict(&policy, &tag(&payload, &pgp(&packet))).is_err());
        for hash in [Kind::Sha1, Kind::Sha256] {
            prop_assert!(verdict(&policy, &Signed::of_commit(&payload, hash)).is_err());
        }
    }

    #[test]
    fn random_lines_get_an_answer(line in "[a-z@*?!,\" \\\\=#é]{0,12}( (cert-authority|namespaces=\"[a-z]*\"?|ssh-ed25519|[ ,\"\\\\])){0,4}[A-Za-z0-9+/= ]{0,40}") {
        for (_, read) in allowed_signers::read(&line) {
            if let Err(error) = read {
                prop_assert!(error.column >= 1 && error.column <= line.chars().count() + 1);
            }
        }
    }

    #[test]
    fn what_is_not_signed_stays_as_it_is(text in "([a-z ]{0,8}\n){0,6}(gpgsig [a-z]{0,4}\n( [a-z]{0,4}\n){0,3}){0,1}\n?[a-z\n]{0,9}") {
        let signed = Signed::of_commit(text.as_bytes(), Kind::Sha1);
        let payload = String::from_utf8_lossy(signed.payload());
        prop_assert!(payload.len() <= text.len());
        if !text.contains("gpgsig") {
            prop_assert_eq!(payload.as_ref(), text.as_str());
        }
    }
}
