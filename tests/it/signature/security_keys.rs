//! Security keys, of which one is written here: what it does is in U2F's "raw message formats" and OpenSSH's
//! `PROTOCOL.u2f`.

use super::desk::{Desk, judge};
use crate::support::ObjectFormat;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::Signer as _;
use portcullis::signature::Bad;
use sha2::{Digest as _, Sha256, Sha512};

const APPLICATION: &[u8] = b"ssh:";
pub(crate) const TOUCHED: u8 = 0x01;
const VERIFIED: u8 = 0x04;

pub(crate) enum Device {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
}

impl Device {
    pub(crate) fn ed25519() -> Self {
        Device::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[7; 32]))
    }

    fn p256() -> Self {
        Device::P256(p256::ecdsa::SigningKey::from_slice(&[7; 32]).expect("it is a scalar"))
    }

    fn name(&self) -> &'static [u8] {
        match self {
            Device::Ed25519(_) => b"sk-ssh-ed25519@openssh.com",
            Device::P256(_) => b"sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    fn blob(&self) -> Vec<u8> {
        match self {
            Device::Ed25519(key) => {
                strings(&[self.name(), key.verifying_key().as_bytes(), APPLICATION])
            }
            Device::P256(key) => {
                let point = key.verifying_key().to_encoded_point(false);
                strings(&[self.name(), b"nistp256", point.as_bytes(), APPLICATION])
            }
        }
    }

    pub(crate) fn line(&self) -> String {
        let name = String::from_utf8_lossy(self.name());
        format!("{name} {}", STANDARD.encode(self.blob()))
    }

    /// What the device gives back, and what its driver makes of it.
    fn sign(&self, application: &[u8], flags: u8, message: &[u8]) -> Vec<u8> {
        let mut signed = Sha256::digest(application).to_vec();
        let counter = 42_u32.to_be_bytes();
        signed.push(flags);
        signed.extend(counter);
        signed.extend(Sha256::digest(message));
        let signature = match self {
            Device::Ed25519(key) => key.sign(&signed).to_bytes().to_vec(),
            Device::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(&signed);
                let (r, s) = signature.split_bytes();
                strings(&[&number(&r), &number(&s)])
            }
        };
        let mut blob = strings(&[self.name(), &signature]);
        blob.push(flags);
        blob.extend(counter);
        blob
    }

    pub(crate) fn armoured(&self, flags: u8, application: &[u8], payload: &[u8]) -> String {
        let digest = Sha512::digest(payload);
        let mut message = b"SSHSIG".to_vec();
        message.extend(strings(&[b"git", b"", b"sha512", &digest]));
        let mut blob = b"SSHSIG\0\0\0\x01".to_vec();
        let signature = self.sign(application, flags, &message);
        blob.extend(strings(&[&self.blob(), b"git", b"", b"sha512", &signature]));
        let text = STANDARD.encode(blob);
        let lines: Vec<_> = text
            .as_bytes()
            .chunks(70)
            .map(String::from_utf8_lossy)
            .collect();
        format!(
            "-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n",
            lines.join("\n")
        )
    }
}

#[test]
fn security_keys_say_whether_they_were_touched() {
    for (format, device) in [
        (ObjectFormat::Sha1, Device::ed25519()),
        (ObjectFormat::Sha256, Device::ed25519()),
        (ObjectFormat::Sha1, Device::p256()),
        (ObjectFormat::Sha256, Device::p256()),
    ] {
        let desk = Desk::new(format);
        let git = desk.ssh_git("none");
        git.run(["commit", "--quiet", "--allow-empty", "-m", "One"]);
        let payload = desk.raw("commit", &git.run(["rev-parse", "HEAD"]));
        desk.write(
            "allowed_signers",
            format!("alice@shop.example {}\n", device.line()),
        );
        let policy = desk.policy_of_file();
        for (flags, presence, verification) in [
            (0, false, false),
            (TOUCHED, true, false),
            (TOUCHED | VERIFIED, true, true),
        ] {
            let signature = device.armoured(flags, APPLICATION, &payload);
            let commit = desk.commit_with_signatures(&[&signature]);
            assert!(git.accepts("commit", &commit));
            let (person, good) =
                judge(&policy, &desk.signed("commit", &commit)).expect("it is alice's");
            assert_eq!(person, "alice");
            assert_eq!((good.presence, good.verification), (presence, verification));
        }
        let elsewhere = device.armoured(TOUCHED, b"ssh:other", &payload);
        let commit = desk.commit_with_signatures(&[&elsewhere]);
        assert!(!git.accepts("commit", &commit));
        let verdict = judge(&policy, &desk.signed("commit", &commit));
        assert!(matches!(verdict, Err(Bad::Mismatch { .. })));
    }
}

#[test]
fn a_touch_cannot_be_added_afterwards() {
    let desk = Desk::new(ObjectFormat::Sha1);
    let device = Device::ed25519();
    let git = desk.ssh_git("none");
    git.run(["commit", "--quiet", "--allow-empty", "-m", "One"]);
    let payload = desk.raw("commit", &git.run(["rev-parse", "HEAD"]));
    let policy = desk.policy(&format!(", keys: ['{}']", device.line()), "", "");
    let untouched = device.armoured(0, APPLICATION, &payload);
    let forged = super::ssh::rewrite(&untouched, |blob| {
        let flags = blob.len() - 5;
        blob[flags] = TOUCHED;
    });
    let commit = desk.commit_with_signatures(&[&forged]);
    let verdict = judge(&policy, &desk.signed("commit", &commit));
    assert!(matches!(verdict, Err(Bad::Mismatch { .. })));
}

fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        let length = u32::try_from(part.len()).expect("it is short");
        all.extend(length.to_be_bytes());
        all.extend_from_slice(part);
    }
    all
}

/// A number that is not negative, as SSH writes it.
fn number(bytes: &[u8]) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = &bytes[zeros..];
    let sign = digits.first().is_some_and(|first| first & 0x80 != 0);
    [&vec![0; usize::from(sign)], digits].concat()
}
