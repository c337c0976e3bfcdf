//! `git push --signed` to a server that knows its pushers by their keys alone.

use super::desk::Desk;
use crate::support::{ObjectFormat, Server, Setup, WorkingClone};

struct Scene {
    desk: Desk,
    server: Server,
}

impl Scene {
    fn new(object_format: ObjectFormat) -> Self {
        Self::of("cert", object_format)
    }

    /// A server that is told it is of this kind.
    fn of(forge: &str, object_format: ObjectFormat) -> Self {
        let desk = Desk::new(ObjectFormat::Sha1);
        for name in ["alice", "mallory"] {
            desk.ssh_key(name, &["-t", "ed25519"]);
        }
        let policy = format!(
            "version: 1
people:
  alice: {{ emails: [alice@shop.example], keys: ['{}'] }}
rules:
  - id: known
    when: {{ pusher: unknown }}
    deny: Sign your push.
  - id: own-work
    require: {{ author: {{ is: pusher }} }}
",
            desk.public("alice")
        );
        let server = Server::with(&Setup {
            policy: &policy,
            forge,
            object_format,
            push_options: true,
            ..Setup::default()
        });
        server.configure("receive.certNonceSeed", "a secret");
        Scene { desk, server }
    }

    fn clone_with(&self, key: &str) -> WorkingClone {
        let clone = self.server.working_clone();
        let key = self.desk.folder().join(key);
        clone.git().run(["config", "gpg.format", "ssh"]);
        clone
            .git()
            .run(["config", "user.signingKey", &key.to_string_lossy()]);
        clone
    }
}

#[test]
fn a_signed_push_is_its_signers() {
    for (forge, format) in [
        ("cert", ObjectFormat::Sha1),
        ("cert", ObjectFormat::Sha256),
        ("auto", ObjectFormat::Sha1),
    ] {
        let scene = Scene::of(forge, format);
        let clone = scene.clone_with("alice");
        clone.write("a", "1").commit("One");
        clone.push_main().assert_refused(&["Sign your push."]);
        clone.push(["--signed", "main"]).assert_silent();
        clone.write("a", "2").commit("Two");
        clone
            .push(["--signed", "--push-option=x", "main", "main:side"])
            .assert_silent();
        clone.push(["--signed", ":side"]).assert_silent();
    }
}

#[test]
fn a_signature_by_someone_else_is_nobodys() {
    let scene = Scene::new(ObjectFormat::Sha1);
    let clone = scene.clone_with("mallory");
    clone.write("a", "1").commit("One");
    let refused = clone.push(["--signed", "main"]).in_one_line();
    let key = scene.desk.fingerprint("mallory");
    refused.assert_refused(&["the push certificate does not count", &key]);
}

#[test]
fn without_a_nonce_it_may_be_an_old_one() {
    let scene = Scene::new(ObjectFormat::Sha1);
    scene
        .server
        .git()
        .run(["config", "--unset", "receive.certNonceSeed"]);
    let clone = scene.clone_with("alice");
    clone.write("a", "1").commit("One");
    // Without a seed, git does not offer signed pushes at all.
    let refused = clone.push(["--signed", "main"]);
    assert!(!refused.accepted);
    clone.push_main().assert_refused(&["Sign your push."]);
}

#[test]
fn a_certificate_is_of_one_push() {
    let scene = Scene::new(ObjectFormat::Sha1);
    let clone = scene.clone_with("alice");
    let one = clone.write("a", "1").commit("One");
    let keep = scene.server.repository().join("hooks/pre-receive.kept");
    let hook = scene.server.repository().join("hooks/pre-receive");
    std::fs::rename(&hook, &keep).expect("it is ours");
    // A hook that keeps what git says of the certificate.
    let script = "#!/bin/sh\nenv | grep ^GIT_PUSH_CERT >../variables\n".replace(
        "../variables",
        &scene.desk.folder().join("variables").to_string_lossy(),
    );
    std::fs::write(&hook, script).expect("it is ours");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, mode).expect("it is ours");
    clone.push(["--signed", "main"]).assert_silent();
    let variables = scene.desk.read("variables");
    let null = "0".repeat(40);
    scene
        .server
        .git()
        .run(["update-ref", "-d", "refs/heads/main"]);
    let run = |change: &dyn Fn(&str, &str) -> String, input: String| {
        let mut command = scene.server.hook().argument("--forge=cert");
        for line in variables.lines() {
            let (name, value) = line.split_once('=').expect("a variable has a value");
            command = command.env(name, change(name, value));
        }
        command.run(input)
    };
    let same = |_: &str, value: &str| value.to_owned();
    let main = format!("{null} {one} refs/heads/main\n");
    run(&same, main.clone()).assert(0, &[]);
    run(&same, format!("{null} {one} refs/heads/other\n")).assert(1, &["of another push"]);
    run(&same, format!("{main}{null} {one} refs/heads/other\n")).assert(1, &["of another push"]);
    let with = |name: &'static str, new: &'static str| {
        move |is: &str, value: &str| if is == name { new } else { value }.to_owned()
    };
    for status in ["BAD", "MISSING", "UNSOLICITED", "SLOP", ""] {
        let run = run(&with("GIT_PUSH_CERT_NONCE_STATUS", status), main.clone());
        run.assert(1, &["the nonce of the push certificate"]);
    }
    run(&with("GIT_PUSH_CERT_NONCE", "1-abc"), main.clone()).assert(1, &["the nonce"]);
    // What git says of the signature is not asked, good or bad.
    run(&with("GIT_PUSH_CERT_STATUS", "N"), main.clone()).assert(0, &[]);
    for (seconds, code) in [("300", 0), ("301", 1)] {
        let mut command = scene
            .server
            .hook()
            .argument("--forge=cert")
            .env("GIT_PUSH_CERT_NONCE_SLOP", seconds);
        for line in variables.lines() {
            let (name, value) = line.split_once('=').expect("a variable has a value");
            let is_status = name == "GIT_PUSH_CERT_NONCE_STATUS";
            command = command.env(name, if is_status { "SLOP" } else { value });
        }
        command.run(main.clone()).assert(code, &[]);
    }
    // A signed commit or tag is no certificate.
    let blob = scene
        .server
        .git()
        .object("blob", b"certificate version 0.1\n");
    let blob: &'static str = blob.leak();
    run(&with("GIT_PUSH_CERT", blob), main.clone()).assert(1, &["it is not signed"]);
    run(&with("GIT_PUSH_CERT", "no id"), main).assert(1, &["cannot be read"]);
}
