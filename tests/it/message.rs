//! `git::message` against git itself: `interpret-trailers`, `log` and `for-each-ref` are the oracles.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use gix::bstr::{BStr, ByteSlice};
use portcullis::git::message::{body, subject, trailers, without_signature};

use crate::support::Random;
use samples::{HAND_MADE, HAND_MADE_BYTES, LINES};

mod samples;

/// How many generated messages to compare, when not the few of an ordinary run.
const COUNT_VARIABLE: &str = "PORTCULLIS_TEST_MESSAGES";

fn hand_made() -> Vec<Vec<u8>> {
    let texts = HAND_MADE.iter().map(|text| text.as_bytes());
    texts
        .chain(HAND_MADE_BYTES.iter().copied())
        .map(<[u8]>::to_vec)
        .collect()
}

/// A message of few kinds of lines, so that blocks of nothing but trailers are common.
fn generate(dice: &mut Random) -> Vec<u8> {
    let kinds: Vec<&[u8]> = (0..=dice.below(6)).map(|_| *dice.pick(LINES)).collect();
    let beginnings: [&[u8]; 8] = [
        b"title\n\n",
        b"title\n\nprose\n\n",
        b"title\n",
        b"title\r\n\r\n",
        b"\n",
        b"# note\n",
        b"",
        b"title\n\n",
    ];
    let mut message = dice.pick(&beginnings).to_vec();
    for _ in 0..=dice.below(10) {
        // Now and then something that does not fit the rest.
        let line = if dice.below(8) == 0 {
            dice.pick(LINES)
        } else {
            dice.pick(&kinds)
        };
        message.extend_from_slice(line);
        message.extend_from_slice(if dice.below(12) == 0 { b"\r\n" } else { b"\n" });
    }
    if dice.below(5) == 0 {
        message.pop();
    }
    if dice.below(10) == 0 && !message.is_empty() {
        let position = dice.below(message.len());
        message[position] = *dice.pick(b" \n:#\t\r\0\x80");
    }
    message
}

fn generated(count: usize) -> Vec<Vec<u8>> {
    let mut dice = Random::new(20_261_123);
    (0..count).map(|_| generate(&mut dice)).collect()
}

/// Git without anybody's configuration.
fn git(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .env_clear()
        .env(
            "PATH",
            std::env::var_os("PATH").expect("git is found by PATH"),
        )
        .env("HOME", directory)
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env(
            "GIT_CEILING_DIRECTORIES",
            directory.parent().expect("not the root"),
        );
    command
}

fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("git runs");
    assert!(output.status.success(), "{}", output.stderr.as_bstr());
    output.stdout
}

fn scratch_repository() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a scratch directory");
    output(git(directory.path()).args(["init", "--quiet", "--bare"]));
    directory
}

/// What git prints for each message: one process for many files, told apart by a marker between them.
fn git_trailers(messages: &[Vec<u8>]) -> Vec<Vec<u8>> {
    const MARKER: &[u8] = b"Next-Message-Of-The-Test: here\n";
    let directory = tempfile::tempdir().expect("a scratch directory");
    let write = |name: &str, content: &[u8]| {
        fs::write(directory.path().join(name), content).expect("a scratch file");
    };
    write("marker", &[b"marker\n\n", MARKER].concat());
    let mut command = git(directory.path());
    command.args(["interpret-trailers", "--parse", "--no-divider"]);
    for (index, message) in messages.iter().enumerate() {
        let name = index.to_string();
        write(&name, message);
        command.args(["marker", &name]);
    }
    let printed = output(&mut command);
    printed
        .split_str(MARKER)
        .skip(1)
        .map(<[u8]>::to_vec)
        .collect()
}

/// Our answer in git's form.
fn our_trailers(message: &[u8]) -> Vec<u8> {
    let mut printed = Vec::new();
    for trailer in trailers(message) {
        printed.extend_from_slice(trailer.key);
        printed.extend_from_slice(b": ");
        printed.extend_from_slice(&trailer.value);
        printed.push(b'\n');
    }
    printed
}

/// Compares all, on all processors; says how many of them have trailers.
fn compare_trailers(messages: &[Vec<u8>]) -> usize {
    let differences = |part: &[Vec<u8>]| {
        let mut report = String::new();
        let mut with_trailers = 0;
        for batch in part.chunks(250) {
            let theirs = git_trailers(batch);
            assert_eq!(theirs.len(), batch.len());
            for (message, theirs) in batch.iter().zip(theirs) {
                with_trailers += usize::from(!theirs.is_empty());
                let ours = our_trailers(message);
                if ours != theirs {
                    let [message, theirs, ours] =
                        [message, &theirs, &ours].map(|bytes| bytes.as_bstr());
                    writeln!(
                        report,
                        "message {message:?}\n    git {theirs:?}\n   ours {ours:?}"
                    )
                    .expect("memory");
                }
            }
        }
        assert!(report.is_empty(), "\n{report}");
        with_trailers
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = messages
            .chunks(messages.len().div_ceil(threads))
            .map(|part| scope.spawn(move || differences(part)))
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no differences"))
            .sum()
    })
}

#[test]
fn trailers_of_hand_made_messages_are_gits() {
    compare_trailers(&hand_made());
}

#[test]
fn trailers_of_generated_messages_are_gits() {
    let count =
        std::env::var(COUNT_VARIABLE).map_or(3_000, |count| count.parse().expect("a number"));
    let with_trailers = compare_trailers(&generated(count));
    println!("{count} messages, {with_trailers} with trailers");
    assert!(
        with_trailers > count / 5,
        "only {with_trailers} have trailers: the test tests too little"
    );
}

#[test]
fn subjects_and_bodies_are_gits() {
    let messages = [hand_made(), generated(2_000)].concat();
    let repository = scratch_repository();
    let mut import = Vec::new();
    for message in &messages {
        let header = format!(
            "commit refs/heads/main\ncommitter C <c@example.com> 0 +0000\ndata {}\n",
            message.len()
        );
        import.extend_from_slice(header.as_bytes());
        import.extend_from_slice(message);
        import.push(b'\n');
    }
    feed(
        git(repository.path()).args(["fast-import", "--quiet"]),
        &import,
    );

    let log = output(git(repository.path()).args([
        "log",
        "-z",
        "--reverse",
        "--topo-order",
        "--format=%s%x00%b",
        "main",
    ]));
    let mut fields = log.split(|byte| *byte == 0);
    for message in &messages {
        let shown = message.as_bstr();
        assert_eq!(
            subject(message).as_bstr(),
            fields.next().expect("a subject").as_bstr(),
            "of {shown:?}"
        );
        assert_eq!(
            body(message),
            fields.next().expect("a body").as_bstr(),
            "of {shown:?}"
        );
    }
    assert_eq!(fields.collect::<Vec<_>>(), [b""], "nothing is left");
}

#[test]
fn signatures_end_where_git_says() {
    let messages = [
        "title\n\nApproves: refs/heads/main\n",
        "title\n\nA: b\n-----BEGIN PGP SIGNATURE-----\n\nxxx\n-----END PGP SIGNATURE-----\n",
        "title\n\nA: b\n-----BEGIN SSH SIGNATURE-----\nxxx\n-----END SSH SIGNATURE-----\nC: d\n",
        "title\n\nA: b\n-----BEGIN PGP MESSAGE-----\nxxx\n-----END PGP MESSAGE-----\n",
        "title\n\nA: b\n-----BEGIN SIGNED MESSAGE-----\nxxx\n-----END SIGNED MESSAGE-----\n",
        "title\n\n-----BEGIN SSH SIGNATURE-----\nA: b\n-----BEGIN PGP SIGNATURE-----\nxxx\n",
        "title\n\nA: b\n -----BEGIN PGP SIGNATURE-----\nxxx\n",
        "title\n\nA: b\n-----BEGIN PGP SIGNATURE----- more\nxxx\n",
        "title\n\nA: b\n-----BEGIN PGP PUBLIC KEY BLOCK-----\nxxx\n",
    ];
    let repository = scratch_repository();
    for message in messages {
        let object = format!(
            "object {}\ntype commit\ntag t\ntagger T <t@example.com> 0 +0000\n\n{message}",
            "1".repeat(40)
        );
        let mut hash = git(repository.path());
        hash.args(["hash-object", "-t", "tag", "-w", "--literally", "--stdin"]);
        let id = feed(&mut hash, object.as_bytes());
        let name = "refs/tags/t";
        output(git(repository.path()).args(["update-ref", name, id.to_str_lossy().trim()]));
        let signature = output(git(repository.path()).args([
            "for-each-ref",
            "--format=%(contents:signature)",
            name,
        ]));

        let kept = without_signature(message.as_bytes());
        assert_eq!(
            message[kept.len()..].trim_end(),
            signature.to_str_lossy().trim_end(),
            "of {message:?}"
        );
    }
}

#[test]
fn keys_compare_without_case() {
    let message = b"title\n\nSIGNED-off-by: a\n";
    assert!(trailers(message)[0].is("Signed-off-by"));
    assert!(!trailers(message)[0].is("Signed-off"));
}

#[test]
fn values_of_one_line_are_borrowed() {
    use std::borrow::Cow;
    assert!(matches!(
        trailers(b"t\n\nA: b\n")[0].value,
        Cow::Borrowed(_)
    ));
    assert!(matches!(subject(b"one\n\ntwo"), Cow::Borrowed(_)));
    assert_eq!(
        trailers(b"t\n\nA: b\n c\n")[0].value,
        Cow::Owned::<BStr>("b c".into())
    );
}

/// Long messages, made to be slow or deep.
#[test]
fn hostile_messages_take_no_time() {
    const SIZE: usize = 1 << 18;
    for unit in [
        "a:\n",
        "a: b\n",
        "A: b\n c\n",
        " x\n",
        " \n",
        "\n",
        "\t\n\n",
        "#\n",
        "# x\n x\n",
        "a",
        "a ",
        " ",
        ":",
        "\r",
        "\0",
        "Conflicts:\n",
        "\tx\n",
        "Signed-off-by: x\nprose\n",
        "\n# ------------------------ >8 -----------------------\n",
        "-----BEGIN PGP SIGNATURE-----\n",
        "a:\n\n",
    ] {
        for start in ["", "title\n\n", "title\n\nA:"] {
            let message = [start, &unit.repeat(SIZE / unit.len())].concat();
            let clock = Instant::now();
            let count = trailers(message.as_bytes()).len();
            let lengths = subject(message.as_bytes()).len()
                + body(message.as_bytes()).len()
                + without_signature(message.as_bytes()).len();
            // A hundred times what it takes; quadratic time would be a hundred thousand times.
            assert!(
                clock.elapsed() < Duration::from_mins(1),
                "{start:?} and many {unit:?} took {:?}",
                clock.elapsed()
            );
            assert!(count <= SIZE && lengths <= 3 * message.len());
        }
    }
}

fn feed(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input)
        .expect("git reads");
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success());
    output.stdout
}
