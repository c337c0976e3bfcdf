//! With which keys people approve: every kind that git signs with, and security keys that are touched for it.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::process::Stdio;

use super::{RULES, Scene, charge, make_tag, refused, show};
use crate::signature::security_keys::{Device, TOUCHED};
use crate::support::{WorkingClone, hermetic};

fn trailers(scene: &Scene) -> Vec<String> {
    scene.trailers("Approves", "refs/heads/main")
}

/// Alice's change, and a clone of bob's with a key that is not listed yet.
fn change(scene: &Scene) -> (WorkingClone, String) {
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    (alice, head)
}

#[test]
fn ssh_keys_of_other_kinds() {
    for kind in [["-t", "rsa", "-b", "3072"], ["-t", "ecdsa", "-b", "384"]] {
        let scene = Scene::new();
        let made = hermetic("ssh-keygen", scene.keys.path())
            .args(["-q", "-N", "", "-f", "other"])
            .args(kind)
            .stdout(Stdio::null())
            .status();
        assert!(made.is_ok_and(|status| status.success()));
        let (alice, head) = change(&scene);
        let bob = scene.clone_of("bob");
        let key = scene.keys.path().join("other");
        bob.git()
            .run(["config", "user.signingKey", &key.to_string_lossy()]);
        let tag = make_tag(&bob, "bob", &head, &trailers(&scene), "-s");
        bob.push([format!("refs/tags/{tag}")]).assert_silent();
        refused(alice.push_main(), &["payments-approved", "does not count"]);
        let policy = fs::read_to_string(scene.server.policy()).expect("it is there");
        let bobs = scene.public_key("bob");
        let both = format!("\"{bobs}\", \"{}\"", scene.public_key("other"));
        scene
            .server
            .set_policy(&policy.replace(&format!("\"{bobs}\""), &both));
        alice.push_main().assert_silent();
    }
}

#[test]
fn openpgp_keys() {
    let scene = Scene::new();
    let (alice, head) = change(&scene);
    let home = scene.keys.path().join("gnupg");
    let made = fs::DirBuilder::new().mode(0o700).create(&home);
    made.expect("the folder can be made");
    let gpg = |arguments: &[&str]| {
        let status = hermetic("gpg", scene.keys.path())
            .env("GNUPGHOME", &home)
            .args([
                "--batch",
                "--quiet",
                "--pinentry-mode=loopback",
                "--passphrase=",
            ])
            .args(arguments)
            .status();
        assert!(status.is_ok_and(|status| status.success()), "{arguments:?}");
    };
    gpg(&[
        "--quick-gen-key",
        "bob <bob@shop.example>",
        "ed25519",
        "sign",
        "never",
    ]);
    gpg(&["--armor", "--output", "ring.asc", "--export"]);
    let bob = scene.clone_of("bob").env("GNUPGHOME", &home);
    bob.git().run(["config", "gpg.format", "openpgp"]);
    bob.git()
        .run(["config", "user.signingKey", "bob@shop.example"]);
    let tag = make_tag(&bob, "bob", &head, &trailers(&scene), "-s");
    bob.push([format!("refs/tags/{tag}")]).assert_silent();
    refused(alice.push_main(), &["payments-approved", "does not count"]);
    let policy = fs::read_to_string(scene.server.policy()).expect("it is there");
    let ring = scene.keys.path().join("ring.asc");
    scene.server.set_policy(&format!(
        "{policy}\nkeys: {{ openpgp: [{}] }}\n",
        ring.display()
    ));
    alice.push_main().assert_silent();
    // The agent that gpg started ends with the test.
    let ended = hermetic("gpgconf", scene.keys.path())
        .env("GNUPGHOME", &home)
        .args(["--kill", "gpg-agent"])
        .status();
    assert!(ended.is_ok_and(|status| status.success()));
}

/// A tag that `device` signs, with these flags, handed in by bob.
fn sign_with(scene: &Scene, device: &Device, flags: u8, head: &str, name: &str) {
    let bob = scene.clone_of("bob");
    let unsigned = make_tag(&bob, name, head, &trailers(scene), "-a");
    let mut raw = bob.git().output(["cat-file", "tag", &unsigned]).stdout;
    let signature = device.armoured(flags, b"ssh:", &raw);
    raw.extend(signature.bytes());
    let id = bob.git().object("tag", &raw);
    bob.push([format!("{id}:refs/tags/approved/{name}")])
        .assert_silent();
}

#[test]
fn presence_asks_for_a_key_that_was_touched() {
    let scene = Scene::new();
    let device = Device::ed25519();
    let bobs = scene.public_key("bob");
    let both = format!("\"{bobs}\", \"{}\"", device.line());
    let rules = RULES.replace("from: [owners]", "from: [owners], presence: true");
    let policy = format!("{}{rules}", scene.people());
    scene
        .server
        .set_policy(&policy.replace(&format!("\"{bobs}\""), &both));
    let (alice, head) = change(&scene);
    let why = "it was not made with a security key that was touched for it";
    scene.approve("bob", &head);
    refused(alice.push_main(), &["payments-approved", why]);
    sign_with(&scene, &device, 0, &head, "untouched");
    refused(alice.push_main(), &["payments-approved", why]);
    sign_with(&scene, &device, TOUCHED, &head, "touched");
    alice.push_main().assert_silent();
}

#[test]
fn a_key_that_its_owner_no_longer_has_when_the_approval_is_seen() {
    let scene = Scene::new();
    let (alice, head) = change(&scene);
    // Bob's key is listed with an end, and the tag is dated from before it.
    let policy = fs::read_to_string(scene.server.policy()).expect("it is there");
    let bobs = scene.public_key("bob");
    let file = scene.keys.path().join("allowed_signers");
    let list = |validity: &str| {
        fs::write(&file, format!("bob@shop.example {validity} {bobs}\n")).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
    };
    let without = policy.replace(&format!(", keys: [\"{bobs}\"]"), "");
    scene.server.set_policy(&format!(
        "{without}\nkeys: {{ allowed_signers: [{}] }}\n",
        file.display()
    ));
    list("valid-before=\"20260101\"");
    let bob = scene
        .clone_of("bob")
        .env("GIT_COMMITTER_DATE", "2025-12-01T00:00:00+0000");
    let tag = make_tag(&bob, "bob", &head, &trailers(&scene), "-s");
    bob.push([format!("refs/tags/{tag}")]).assert_silent();
    refused(alice.push_main(), &["payments-approved", "does not count"]);
    list("valid-after=\"20260101\"");
    scene.approve("bob", &head);
    alice.push_main().assert_silent();
}

#[test]
fn a_key_that_was_revoked_approves_no_more() {
    let scene = Scene::new();
    let (alice, head) = change(&scene);
    scene.approve("bob", &head);
    let policy = fs::read_to_string(scene.server.policy()).expect("it is there");
    let file = scene.keys.path().join("revoked");
    scene.server.set_policy(&format!(
        "{policy}\nkeys: {{ revoked: [{}] }}\n",
        file.display()
    ));
    let list = |key: &str| {
        fs::write(&file, format!("# by security\n{key}\n")).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
    };
    list(&scene.public_key("bob"));
    refused(alice.push_main(), &["payments-approved", "was revoked"]);
    // A list that cannot be read, or is gone, revokes nobody and so lets nobody in.
    list("ssh-ed25519 AAAA bob");
    assert!(!alice.push_main().accepted);
    fs::remove_file(&file).expect("it is there");
    assert!(!alice.push_main().accepted);
    list(&scene.public_key("mallory"));
    alice.push_main().assert_silent();
}

#[test]
fn a_signature_for_something_else_than_git_is_no_approval() {
    let scene = Scene::new();
    let (alice, head) = change(&scene);
    let bob = scene.clone_of("bob");
    let unsigned = make_tag(&bob, "bob", &head, &trailers(&scene), "-a");
    let raw = bob.git().output(["cat-file", "tag", &unsigned]).stdout;
    let file = scene.keys.path().join("payload");
    let hand_in = |namespace: &str| {
        fs::write(&file, &raw).expect("written");
        let signed = hermetic("ssh-keygen", scene.keys.path())
            .args(["-q", "-Y", "sign", "-f", "bob", "-n", namespace, "payload"])
            .status();
        assert!(signed.is_ok_and(|status| status.success()));
        let signature = file.with_extension("sig");
        let tag = [&raw[..], &fs::read(&signature).expect("it was made")].concat();
        fs::remove_file(&signature).expect("it was made");
        let id = bob.git().object("tag", &tag);
        bob.push([format!("{id}:refs/tags/approved/for-{namespace}")])
            .assert_silent();
    };
    hand_in("file");
    refused(
        alice.push_main(),
        &["payments-approved", "was made for `file`"],
    );
    hand_in("git");
    alice.push_main().assert_silent();
}
