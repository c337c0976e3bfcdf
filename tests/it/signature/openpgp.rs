//! OpenPGP keys of version 4, as gpg makes them.

use super::desk::{Desk, judge};
use super::gnupg::{Gnupg, LONG_AGO};
use crate::support::ObjectFormat;
use portcullis::policy::Policy;
use portcullis::signature::Bad;

const ALICE: &str = "Alice <alice@shop.example>";
const RING: &str = "keys: { openpgp: [ring.gpg] }";

#[test]
fn every_kind_of_key_verifies_as_in_git() {
    for format in [ObjectFormat::Sha1, ObjectFormat::Sha256] {
        let desk = Desk::new(format);
        let gnupg = Gnupg::new(&desk);
        let kinds = [
            "ed25519",
            "rsa2048",
            "nistp256",
            "nistp384",
            "nistp521",
            "brainpoolP256r1",
        ];
        // rPGP leaves out the curves that RFC 9580 took over from GnuPG.
        let served = |kind: &str| !kind.starts_with("brainpool");
        for kind in kinds {
            let user = format!("Alice {kind} <alice@shop.example>");
            let key = gnupg.key(LONG_AGO, &user, kind, "sign", "never");
            let git = gnupg.git(&key, "", "");
            let commit = git.signed_commit();
            let tag = git.signed_tag(kind);
            gnupg.export("ring.gpg", &[]);
            let policy = desk.policy("", "", RING);
            for (of, id) in [("commit", &commit), ("tag", &tag)] {
                assert!(git.accepts(of, id), "{kind}");
                let verdict = judge(&policy, &desk.signed(of, id));
                if !served(kind) {
                    assert!(verdict.is_err());
                    continue;
                }
                let (person, good) = verdict.unwrap_or_else(|bad| panic!("{kind}: {bad}"));
                assert_eq!((person.as_str(), &good.key), ("alice", &key));
                assert_eq!(good.principal, Some(user.clone()));
                assert!(!good.presence);
            }
            let raw = String::from_utf8_lossy(&desk.raw("commit", &commit)).into_owned();
            let tampered = raw.replace("Body", "Bodo");
            let tampered = desk.git().object("commit", tampered.as_bytes());
            assert!(!git.accepts("commit", &tampered));
            let verdict = judge(&policy, &desk.signed("commit", &tampered));
            let is_mismatch = matches!(verdict, Err(Bad::Mismatch { .. }));
            assert!(is_mismatch || !served(kind), "{kind}: {verdict:?}");
        }
    }
}

#[test]
fn subkeys_sign_if_they_may() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    let key = gnupg.key(LONG_AGO, ALICE, "ed25519", "cert", "never");
    let good = gnupg.subkey(LONG_AGO, &key, "ed25519", "sign", "never");
    let expired = gnupg.subkey(
        "20200201T000000",
        &key,
        "ed25519",
        "sign",
        "20200301T000000",
    );
    let revoked = gnupg.subkey("20200202T000000", &key, "rsa2048", "sign", "never");
    let no_more = gnupg.subkey("20200203T000000", &key, "rsa2048", "sign", "never");
    let sign = |subkey: &str, time: &str| gnupg.git(subkey, time, "").signed_commit();
    let commits = [
        sign(&good, ""),
        sign(&expired, "20200210T000000"),
        sign(&revoked, ""),
        sign(&no_more, ""),
    ];
    // Subkeys are numbered as they were added.
    gnupg.edit("20210101T000000", &key, "key 3\nrevkey\ny\n0\n\ny\nsave\n");
    gnupg.edit(
        "20210101T000000",
        &key,
        "key 4\nchange-usage\nS\nA\nQ\nsave\n",
    );
    gnupg.export("ring.gpg", &["--armor"]);
    let policy = desk.policy("", "", RING);
    let git = gnupg.git(&key, "", "");
    let verdicts = commits.each_ref().map(|commit| {
        let verdict = judge(&policy, &desk.signed("commit", commit));
        // gpg has nothing against a signature from before the key lost its right.
        if commit != &commits[3] {
            let git_accepts = git.accepts("commit", commit);
            assert_eq!(git_accepts, verdict.is_ok(), "{verdict:?}");
        }
        verdict.map(|(person, good)| (person, good.key))
    });
    let key = || key.clone();
    let expected = [
        Ok(("alice".to_owned(), key())),
        Err(Bad::Expired { key: key() }),
        Err(Bad::Revoked { key: key() }),
        Err(Bad::NotForSigning { key: key() }),
    ];
    assert_eq!(verdicts, expected);
}

#[test]
fn keys_end() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    let expired = gnupg.key(LONG_AGO, ALICE, "ed25519", "sign", "20200301T000000");
    let of_expired = gnupg.git(&expired, "20200201T000000", "").signed_commit();
    let revoked = gnupg.key(
        LONG_AGO,
        "Al <alice@shop.example>",
        "ed25519",
        "sign",
        "never",
    );
    let of_revoked = gnupg.git(&revoked, "", "").signed_commit();
    gnupg.export("before.gpg", &[]);
    gnupg.revoke(&revoked);
    gnupg.export("ring.gpg", &[]);
    let ring = desk.policy("", "", RING);
    let git = gnupg.git(&expired, "", "");
    let check = |policy: &Policy, commit: &str| {
        let verdict = judge(policy, &desk.signed("commit", commit));
        verdict.map(|(person, _)| person)
    };
    assert!(!git.accepts("commit", &of_expired));
    assert_eq!(
        check(&ring, &of_expired),
        Err(Bad::Expired {
            key: expired.clone()
        })
    );
    assert!(!git.accepts("commit", &of_revoked));
    let is_revoked = Err(Bad::Revoked {
        key: revoked.clone(),
    });
    assert_eq!(check(&ring, &of_revoked), is_revoked);
    // Before it was revoked it counted; and one copy that says it was is enough.
    let before = desk.policy("", "", "keys: { openpgp: [before.gpg] }");
    assert_eq!(check(&before, &of_revoked), Ok("alice".to_owned()));
    for both in ["before.gpg, ring.gpg", "ring.gpg, before.gpg"] {
        let both = desk.policy("", "", &format!("keys: {{ openpgp: [{both}] }}"));
        assert_eq!(check(&both, &of_revoked), is_revoked);
    }
    // A key that is prolonged counts again, for what it signed before too: gpg says the same.
    gnupg.edit("20200202T000000", &expired, "expire\n0\nsave\n");
    gnupg.export("ring.gpg", &[]);
    assert!(git.accepts("commit", &of_expired));
    let ring = desk.policy("", "", RING);
    assert_eq!(check(&ring, &of_expired), Ok("alice".to_owned()));
}

#[test]
fn what_a_signature_says_of_itself_is_held_against_it() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    let key = gnupg.key(LONG_AGO, ALICE, "rsa2048", "sign", "never");
    gnupg.export("ring.gpg", &[]);
    let policy = desk.policy("", "", RING);
    let check = |time: &str, options: &str| {
        let git = gnupg.git(&key, time, options);
        let commit = git.signed_commit();
        let now = gnupg.git(&key, "", "");
        let verdict = judge(&policy, &desk.signed("commit", &commit));
        (verdict.map(|_| ()), now.accepts("commit", &commit))
    };
    assert_eq!(check("", ""), (Ok(()), true));
    assert_eq!(
        check("20210101T000000", "--digest-algo SHA512"),
        (Ok(()), true)
    );
    for digest in ["SHA1", "RIPEMD160"] {
        let weak = check(
            "",
            &format!("--digest-algo {digest} --allow-weak-digest-algos"),
        )
        .0;
        assert!(matches!(weak, Err(Bad::Weak { .. })), "{digest}: {weak:?}");
    }
    let (future, _) = check("20990101T000000", "");
    assert_eq!(future, Err(Bad::NotYetValid { key: key.clone() }));
    let early = check(
        "20190101T000000",
        "--ignore-time-conflict --ignore-valid-from",
    )
    .0;
    assert!(matches!(early, Err(Bad::Malformed { .. })), "{early:?}");
    let run_out = check("20200201T000000", "--default-sig-expire 5d");
    assert_eq!(run_out, (Err(Bad::Expired { key: key.clone() }), false));
    let text = check("", "--textmode");
    assert!(matches!(text.0, Err(Bad::Malformed { .. })), "{:?}", text.0);
}

#[test]
fn one_signature_by_one_listed_key() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    let alice = gnupg.key(LONG_AGO, ALICE, "ed25519", "sign", "never");
    let carol = gnupg.key(
        LONG_AGO,
        "Carol <carol@shop.example>",
        "ed25519",
        "sign",
        "never",
    );
    gnupg.export("ring.gpg", &["--armor"]);
    let both = format!("-u {carol}");
    let git = gnupg.git(&alice, "", &both);
    let twice = git.signed_commit();
    let policy = desk.policy("", "", RING);
    let check = |policy: &Policy, commit: &str| {
        let verdict = judge(policy, &desk.signed("commit", commit));
        verdict.map(|(person, good)| (person, good.principal))
    };
    assert!(!git.accepts("commit", &twice));
    assert_eq!(check(&policy, &twice), Err(Bad::Several));

    let of_carol = gnupg.git(&carol, "", "").signed_commit();
    let nobody = Bad::OfNobody {
        key: carol.clone(),
        principals: vec!["Carol <carol@shop.example>".to_owned()],
    };
    assert_eq!(check(&policy, &of_carol), Err(nobody));
    let as_bobs = desk.policy("", &format!(", keys: ['openpgp:{carol}']"), RING);
    assert_eq!(check(&as_bobs, &of_carol), Ok(("bob".to_owned(), None)));
    let of_alice = gnupg.git(&alice, "", "").signed_commit();
    let as_both = desk.policy("", &format!(", keys: ['openpgp:{alice}']"), RING);
    let several = Bad::OfSeveral {
        key: alice.clone(),
        persons: vec!["alice".to_owned(), "bob".to_owned()],
    };
    assert_eq!(check(&as_both, &of_alice), Err(several));
    let without = desk.policy("", &format!(", keys: ['openpgp:{alice}']"), "");
    assert_eq!(
        check(&without, &of_alice),
        Err(Bad::UnknownKey { key: alice })
    );
}

#[test]
fn a_user_id_that_was_revoked_names_nobody() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    let key = gnupg.key(LONG_AGO, "A <a@home.example>", "ed25519", "sign", "never");
    gnupg.run("20200201T000000", &["--quick-add-uid", &key, ALICE]);
    let commit = gnupg.git(&key, "", "").signed_commit();
    gnupg.export("ring.gpg", &[]);
    let check = || {
        let policy = desk.policy("", "", RING);
        let verdict = judge(&policy, &desk.signed("commit", &commit));
        verdict.map(|(person, _)| person)
    };
    assert_eq!(check(), Ok("alice".to_owned()));
    gnupg.run("20200301T000000", &["--quick-revoke-uid", &key, ALICE]);
    gnupg.export("ring.gpg", &[]);
    assert!(matches!(check(), Err(Bad::OfNobody { .. })));
}

#[test]
fn rings_are_binary_or_armoured_and_hold_many() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let gnupg = Gnupg::new(&desk);
    let users = [ALICE, "Bob <bob@shop.example>", "C <c@x.example>"];
    let keys = users.map(|user| gnupg.key(LONG_AGO, user, "ed25519", "sign", "never"));
    let commits = keys
        .each_ref()
        .map(|key| gnupg.git(key, "", "").signed_commit());
    gnupg.export("binary", &[]);
    gnupg.export("armoured", &["--armor"]);
    let mut blocks = String::from("Keys of the shop\n\n");
    for key in &keys {
        blocks += &gnupg.run("", &["--armor", "--export", key]);
        blocks += "\n\n";
    }
    desk.write("blocks", blocks);
    for ring in ["binary", "armoured", "blocks"] {
        let policy = desk.policy("", "", &format!("keys: {{ openpgp: [{ring}] }}"));
        assert_eq!(policy.keyring.openpgp.problems_of_rings(), [], "{ring}");
        let whose = commits.each_ref().map(|commit| {
            let verdict = judge(&policy, &desk.signed("commit", commit));
            verdict.map(|(person, _)| person).unwrap_or_default()
        });
        assert_eq!(whose, ["alice", "bob", ""], "{ring}");
    }
}
