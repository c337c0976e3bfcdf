//! Each system call of the hook fails, in each way that it can, or is the last before it is killed.
//!
//! strace makes them fail. `PORTCULLIS_TEST_HUGE=1` tries every fault at every call with every push; without it, each
//! call meets one fault with one push.

use super::{Bench, Kind, wrong};
use crate::support::{HookRun, hermetic, in_one_line};
use std::{
    collections::BTreeMap,
    fs,
    sync::Mutex,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};
use tempfile::TempDir;

/// How a call fails.
const FAULTS: [(&[&str], &[&str]); 7] = [
    (
        &["open", "openat"],
        &["EIO", "ENOENT", "EACCES", "EMFILE", "ENOMEM"],
    ),
    (
        &["read", "pread64", "readlink", "readlinkat", "getdents64"],
        &["EIO", "ENOMEM", "EISDIR"],
    ),
    (
        &[
            "statx",
            "newfstatat",
            "fstat",
            "lseek",
            "fcntl",
            "access",
            "getcwd",
        ],
        &["EIO", "ENOENT", "EACCES"],
    ),
    (
        &["mmap", "mprotect", "brk", "munmap", "madvise"],
        &["ENOMEM"],
    ),
    (&["write", "writev"], &["EIO", "ENOSPC", "EPIPE"]),
    (&["clone", "clone3"], &["EAGAIN", "ENOMEM"]),
    (
        &["prlimit64", "getrandom", "sigaltstack", "poll"],
        &["EPERM", "EINVAL"],
    ),
];

/// Each of these may end the program.
const NOT_TO_FAIL: [&str; 2] = ["execve", "exit_group"];

/// What a call fails with that says: there is nothing of this name, or something else. Where that is a lie about the file
/// of a ref, nobody can tell it from a ref that is gone.
const LIES: [&str; 2] = ["error=ENOENT", "error=EISDIR"];

/// What the pusher of a ref that is gone is told.
const FETCH: &str = "no longer where your client last saw it";

/// Whether every fault is tried.
fn all_of_them() -> bool {
    std::env::var_os("PORTCULLIS_TEST_HUGE").is_some_and(|value| value == "1")
}

/// The hook under strace with these options.
pub(super) fn traced(bench: &Bench, options: &[String], input: &str) -> HookRun {
    let mut command = hermetic("strace", &bench.server.repository());
    command
        .args(["-f", "-qq"])
        .args(options)
        .arg(env!("CARGO_BIN_EXE_portcullis"))
        .args(["hook", "--policy"])
        .arg(bench.server.policy())
        .env("GIT_DIR", ".");
    HookRun::of(&mut command, input)
}

/// How often the hook makes each call; in one thread at most, for strace counts so.
fn calls(bench: &Bench, input: &str) -> BTreeMap<String, usize> {
    let folder = TempDir::new().expect("a temporary folder");
    let log = folder.path().join("log");
    let run = traced(bench, &["-o".into(), log.display().to_string()], input);
    assert!(
        matches!(run.code, Some(0 | 1)),
        "strace cannot trace here (ptrace is not allowed?), so that nothing of this is tried: {}",
        run.stderr
    );
    let mut by_thread: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in fs::read_to_string(&log).expect("strace wrote it").lines() {
        let Some((thread, call)) = line.split_once(' ') else {
            continue;
        };
        if let Some((name, _)) = call.trim_start().split_once('(')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            *by_thread
                .entry((name.to_owned(), thread.to_owned()))
                .or_default() += 1;
        }
    }
    let mut calls: BTreeMap<String, usize> = BTreeMap::new();
    for ((name, _), count) in by_thread {
        let most = calls.entry(name).or_default();
        *most = count.max(*most);
    }
    calls
}

/// All faults of one call.
fn faults_of(call: &str) -> Vec<String> {
    let errors = FAULTS
        .iter()
        .filter(|(calls, _)| calls.contains(&call))
        .flat_map(|(_, errors)| *errors);
    let mut faults: Vec<_> = errors.map(|error| format!("error={error}")).collect();
    if !NOT_TO_FAIL.contains(&call) || call == "exit_group" {
        faults.push("signal=KILL".to_owned());
    }
    faults
}

#[test]
fn each_call_fails() {
    let bench = Bench::new();
    let mut pushes = Vec::new();
    for kind in [Kind::Evil, Kind::Honest, Kind::Free] {
        pushes.extend(bench.inputs(kind).into_iter().map(|input| (kind, input)));
    }
    let mut trials = Vec::new();
    for (kind, input) in &pushes {
        for (call, count) in calls(&bench, input) {
            for nth in 1..=count {
                for fault in faults_of(&call) {
                    trials.push((*kind, input.clone(), format!("{call}:{fault}:when={nth}")));
                }
            }
        }
    }
    let tried: Vec<_> = if all_of_them() {
        trials.iter().collect()
    } else {
        // A step that shares no factor with the numbers of pushes and faults meets all of them.
        trials.iter().step_by(17).collect()
    };
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<BTreeMap<(String, String), usize>> = Mutex::default();
    let all_wrong: Mutex<Vec<String>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((kind, input, fault)) =
                    tried.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let call = fault.split(':').next().unwrap_or_default();
                    let options = ["-o", "/dev/null", "-e"].map(String::from);
                    let trace = ["-e".to_owned(), format!("trace={call}")];
                    let options = [&options[..], &[format!("inject={fault}")], &trace].concat();
                    let run = traced(&bench, &options, input);
                    let is_lied_to = LIES.iter().any(|lie| fault.contains(lie))
                        && in_one_line(&run.stderr).contains(FETCH);
                    let outcome = match (run.code, wrong(*kind, &run)) {
                        (Some(1), Some(_)) if is_lied_to => "told to fetch".to_owned(),
                        (_, Some(wrong)) => {
                            let wrong = format!("{kind:?}, {fault}: {wrong}: {}", run.stderr);
                            all_wrong.lock().expect("no panic").push(wrong);
                            "wrong".to_owned()
                        }
                        (Some(code), None) => code.to_string(),
                        (None, None) => "killed".to_owned(),
                    };
                    let mut outcomes = outcomes.lock().expect("no panic");
                    *outcomes.entry((format!("{kind:?}"), outcome)).or_default() += 1;
                }
            });
        }
    });
    println!(
        "{} of {} faults at calls: {:?}",
        tried.len(),
        trials.len(),
        outcomes.into_inner().expect("no panic")
    );
    let all_wrong = all_wrong.into_inner().expect("no panic");
    assert!(all_wrong.is_empty(), "{}", all_wrong.join("\n"));
}

/// A call that does not come back is ended by the time limit.
#[test]
fn a_call_that_hangs() {
    let bench = Bench::new();
    let policy = format!("{}limits: {{ time: 1s }}\n", super::POLICY);
    bench.server.set_policy(&policy);
    let input = bench.inputs(Kind::Evil).remove(0);
    // After the program itself, the policy and the configuration have been read.
    let reads = calls(&bench, &input)["read"];
    for nth in [reads / 2, reads * 3 / 4] {
        let inject = format!("inject=read:delay_enter=5s:when={nth}+");
        let options = ["-o", "/dev/null", "-e", "trace=read", "-e", &inject];
        let run = traced(&bench, &options.map(String::from), &input);
        assert_eq!(run.code, Some(3), "{inject}: {}", run.stderr);
        assert!(
            in_one_line(&run.stderr).contains("limits.time"),
            "{}",
            run.stderr
        );
    }
}
