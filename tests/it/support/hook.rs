//! The hook, fed by hand: whatever a client, or a server that is no git, may write to it.

use super::{Server, hermetic, in_one_line};
use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// `portcullis hook` in a server's repository, not run yet.
pub(crate) struct Hook {
    command: Command,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct HookRun {
    /// Its exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

/// How it ended, and what it took of the machine, which says the same whatever else runs beside it.
pub(crate) struct Measured {
    pub(crate) run: HookRun,
    /// The time of processors, of the user and the system.
    pub(crate) cpu: Duration,
    /// Bytes that were resident at once.
    pub(crate) peak: u64,
}

impl Hook {
    /// The hook as git calls it when nothing is in quarantine.
    pub(crate) fn in_repository(repository: &Path, policy: &OsStr, state_dir: &Path) -> Self {
        let mut command = hermetic(env!("CARGO_BIN_EXE_portcullis"), repository);
        command
            .args(["hook", "--policy"])
            .arg(policy)
            .arg("--state-dir")
            .arg(state_dir)
            .env("GIT_DIR", ".");
        Self { command }
    }

    /// With one more environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// With one more argument.
    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    /// Runs it with this on its standard input.
    pub(crate) fn run(mut self, input: impl Into<Vec<u8>>) -> HookRun {
        let run = HookRun::of(&mut self.command, input);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        run
    }
}

impl HookRun {
    /// Runs this command, which runs the hook, with this on its standard input.
    pub(crate) fn of(command: &mut Command, input: impl Into<Vec<u8>>) -> Self {
        let input = input.into();
        let started = Instant::now();
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started, install it: {error}"));
        let mut stdin = child.stdin.take().expect("it is piped");
        // From beside: a hook that has read enough, or is dead already, may end before all is written.
        let writer = thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().expect("it is our child");
        writer.join().expect("writing cannot panic");
        HookRun {
            code: output.status.code(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            took: started.elapsed(),
        }
    }

    /// It ended with this exit code, and said each of these words.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, words: &[&str]) {
        assert_eq!(
            self.code,
            Some(code),
            "after {:?}: {}",
            self.took,
            self.stderr
        );
        let said = in_one_line(&self.stderr);
        for word in words {
            assert!(
                said.contains(word),
                "{word:?} is not said:\n{}",
                self.stderr
            );
        }
    }
}

impl Server {
    /// The hook of this server, to be fed by hand.
    pub(crate) fn hook(&self) -> Hook {
        Hook::in_repository(
            &self.repository(),
            self.policy().as_os_str(),
            &self.state_dir(),
        )
    }
    /// Runs the hook of this server with this on its standard input, under GNU `time`.
    pub(crate) fn measured(&self, input: impl Into<Vec<u8>>) -> Measured {
        let report = self.folder().join("measured");
        let mut command = hermetic("/usr/bin/time", &self.repository());
        command
            .args(["-q", "-f", "%U %S %M", "-o"])
            .arg(&report)
            .arg(env!("CARGO_BIN_EXE_portcullis"))
            .args(["hook", "--policy"])
            .arg(self.policy())
            .arg("--state-dir")
            .arg(self.state_dir())
            .env("GIT_DIR", ".");
        let run = HookRun::of(&mut command, input);
        let report = fs::read_to_string(&report).expect("time wrote it");
        let [user, system, kibibytes] = report.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("no three figures: {report}");
        };
        let seconds = |figure: &str| figure.parse::<f64>().expect("seconds");
        let kibibytes: u64 = kibibytes.parse().expect("a number");
        Measured {
            run,
            cpu: Duration::from_secs_f64(seconds(user) + seconds(system)),
            peak: kibibytes << 10,
        }
    }
}
