//! OpenPGP keys of version 6: the sample key of RFC 9580, appendix A.4. gpg knows none.

use super::desk::{Desk, judge};
use crate::support::ObjectFormat;
use pgp::composed::{ArmorOptions, Deserializable as _, DetachedSignature, SignedSecretKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::types::Password;
use portcullis::signature::Bad;
use rsa::rand_core::OsRng;

const SAMPLE: &str = include_str!("vectors/rfc9580-a4-secret-key.asc");
const FINGERPRINT: &str = "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9";

#[test]
fn the_sample_key_of_the_rfc_signs() {
    let desk = Desk::new(ObjectFormat::Sha256);
    let (secret, _) = SignedSecretKey::from_string(SAMPLE).expect("the sample is one");
    let public = secret.to_public_key();
    let text = public
        .to_armored_string(ArmorOptions::default())
        .expect("memory");
    desk.write("ring.asc", text);
    desk.git()
        .run(["commit", "--quiet", "--allow-empty", "-m", "One"]);
    let payload = desk.raw("commit", &desk.git().run(["rev-parse", "HEAD"]));
    let signed = |hash: HashAlgorithm, payload: &[u8]| {
        let key = &secret.primary_key;
        let signature =
            DetachedSignature::sign_binary_data(OsRng, key, &Password::empty(), hash, payload);
        let armoured = signature
            .and_then(|signature| signature.to_armored_string(ArmorOptions::default()))
            .expect("the key is not locked");
        desk.signed("commit", &desk.commit_with_signatures(&[&armoured]))
    };
    let ring = "keys: { openpgp: [ring.asc] }";
    let policy = desk.policy(&format!(", keys: ['openpgp:{FINGERPRINT}']"), "", ring);
    for hash in [HashAlgorithm::Sha256, HashAlgorithm::Sha512] {
        let (person, good) = judge(&policy, &signed(hash, &payload)).expect("it is alice's");
        assert_eq!((person.as_str(), good.key.as_str()), ("alice", FINGERPRINT));
    }
    let key = || FINGERPRINT.to_owned();
    let other = judge(&policy, &signed(HashAlgorithm::Sha512, b"something else"));
    assert_eq!(other, Err(Bad::Mismatch { key: key() }));
    // It has no user id, so nobody has it whom the policy does not name.
    let of_nobody = Bad::OfNobody {
        key: key(),
        principals: Vec::new(),
    };
    let verdict = judge(
        &desk.policy("", "", ring),
        &signed(HashAlgorithm::Sha512, &payload),
    );
    assert_eq!(verdict, Err(of_nobody));
}
