//! Too little of everything, and a policy that does not stay.

use super::{Bench, Kind, NOT_YOURS, POLICY, calls::traced, judge};
use crate::support::{HookRun, in_one_line};
use std::{
    fs,
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

/// The hook under a limit of the shell.
fn limited(bench: &Bench, limit: &str, input: &str) -> HookRun {
    bench.in_shell(&format!("ulimit {limit} && "), "", input)
}

/// Under each of these limits no push gets in that must not, and under the last all end as usual.
fn under(option: &str, limits: &[usize]) {
    let bench = Bench::new();
    for limit in limits {
        let limit = format!("{option} {limit}");
        for kind in [Kind::Evil, Kind::Honest, Kind::Free] {
            for input in bench.inputs(kind) {
                let run = limited(&bench, &limit, &input);
                judge(kind, &limit, &run);
            }
        }
    }
    let most = format!("{option} {}", limits[limits.len() - 1]);
    for (kind, code) in [(Kind::Evil, 1), (Kind::Honest, 0), (Kind::Free, 0)] {
        for input in bench.inputs(kind) {
            let run = limited(&bench, &most, &input);
            assert_eq!(run.code, Some(code), "{most}: {}", run.stderr);
        }
    }
}

#[test]
fn file_descriptors() {
    under("-n", &[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 24, 64]);
}

#[test]
fn address_space() {
    under(
        "-v",
        &[
            8_000, 16_000, 24_000, 32_000, 40_000, 48_000, 64_000, 96_000, 128_000, 1_000_000,
        ],
    );
}

#[test]
fn stack_and_processor_time() {
    under("-s", &[64, 128, 256, 8_192]);
    under("-t", &[1, 60]);
}

/// Threads make it faster; without any it decides all the same.
#[test]
fn threads() {
    let bench = Bench::new();
    let git = bench.server.git();
    // Enough commits that they are worth threads.
    let mut tips = Vec::new();
    for (name, change) in [("vault/keys/a", "evil-many"), ("web/b", "honest-many")] {
        let mut stream = String::new();
        for number in 0..300 {
            let from = if number == 0 {
                format!("from {}\n", bench.main)
            } else {
                String::new()
            };
            stream += &format!(
                "commit refs/heads/{change}\ncommitter A <a@b> {} +0000\ndata 1\nx\n{from}M 100644 inline {name}\ndata 4\n{number:04}\n",
                1_767_323_045 + number
            );
        }
        git.feed(&["fast-import", "--quiet"], stream.as_bytes());
        tips.push(git.run(["rev-parse", change]));
    }
    let none = [
        "-o",
        "/dev/null",
        "-e",
        "trace=clone,clone3",
        "-e",
        "inject=clone,clone3:error=EAGAIN",
    ];
    for (tip, code) in tips.iter().zip([1, 0]) {
        let input = format!("{} {tip} refs/heads/main\n", bench.main);
        assert_eq!(bench.server.hook().run(&*input).code, Some(code));
        let run = traced(&bench, &none.map(String::from), &input);
        assert_eq!(run.code, Some(code), "{}", run.stderr);
        // Some can be started, and not all.
        for nth in 1..=4 {
            let some = format!("inject=clone,clone3:error=EAGAIN:when={nth}+");
            let some = ["-o", "/dev/null", "-e", "trace=clone,clone3", "-e", &some];
            let run = traced(&bench, &some.map(String::from), &input);
            assert_eq!(run.code, Some(code), "from {nth} on: {}", run.stderr);
        }
    }
}

#[test]
fn time_and_memory_of_the_policy() {
    let bench = Bench::new();
    for limits in ["time: 1ms", "memory: 1", "memory: 100KiB"] {
        bench
            .server
            .set_policy(&format!("{POLICY}limits: {{ {limits} }}\n"));
        for kind in [Kind::Evil, Kind::Honest, Kind::Free] {
            for run in bench.run(kind) {
                judge(kind, limits, &run);
                if run.code == Some(3) {
                    assert!(
                        in_one_line(&run.stderr).contains(NOT_YOURS),
                        "{}",
                        run.stderr
                    );
                }
            }
        }
    }
}

/// A policy of which each beginning is a policy too, with fewer rules.
fn long_policy() -> (String, String) {
    let mut first = String::from("version: 1\nrules:\n");
    for number in 0..100 {
        first += &format!("  - {{ id: rule-{number}, refs: [other], deny: no }}\n");
    }
    let rule = POLICY.split_once("rules:\n").expect("it has rules").1;
    (first, rule.to_owned())
}

/// Pushes the evil push again and again while `write` replaces the policy, and then once more. `write` says whether it came
/// to its end in time; where a busy machine made it wait, nothing is shown, and all starts over.
fn while_it_is_replaced(write: impl Fn(&Bench) -> bool + Sync) {
    let bench = Bench::new();
    let in_time = (0..20).any(|_| {
        let (done, late) = (AtomicBool::new(false), AtomicBool::new(false));
        let mut ended = Vec::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    if !write(&bench) {
                        late.store(true, Ordering::Relaxed);
                    }
                }
            });
            for _ in 0..25 {
                ended.extend(bench.run(Kind::Evil));
            }
            done.store(true, Ordering::Relaxed);
        });
        let in_time = !late.into_inner();
        for run in ended.iter().filter(|_| in_time) {
            judge(Kind::Evil, "a policy that is replaced", run);
        }
        in_time
    });
    assert!(in_time, "the machine is too busy for this test");
    for run in bench.run(Kind::Evil) {
        run.assert(1, &["vault-ticket"]);
    }
}

#[test]
fn a_policy_is_replaced_by_renaming() {
    let (first, rest) = long_policy();
    while_it_is_replaced(|bench| {
        let new = bench.server.folder().join("new.yml");
        fs::write(&new, format!("{first}{rest}")).expect("it is ours");
        fs::rename(&new, bench.server.policy()).expect("on one disk");
        thread::sleep(Duration::from_millis(1));
        true
    });
}

#[test]
fn a_policy_is_written_in_place() {
    let (first, rest) = long_policy();
    while_it_is_replaced(|bench| {
        let mut file = fs::File::create(bench.server.policy()).expect("it is ours");
        let began = Instant::now();
        file.write_all(first.as_bytes()).expect("it is ours");
        thread::sleep(Duration::from_millis(5));
        file.write_all(rest.as_bytes()).expect("it is ours");
        // What lay half written for longer is a policy: nobody could tell.
        let in_time = began.elapsed() < Duration::from_millis(40);
        thread::sleep(Duration::from_millis(80));
        in_time
    });
}

#[test]
fn a_policy_with_a_date_of_the_future() {
    let bench = Bench::new();
    let tomorrow = SystemTime::now() + Duration::from_hours(24);
    let file = fs::File::options()
        .append(true)
        .open(bench.server.policy())
        .expect("it is ours");
    file.set_modified(tomorrow).expect("it is ours");
    for (kind, code) in [(Kind::Evil, 1), (Kind::Honest, 0), (Kind::Free, 0)] {
        for run in bench.run(kind) {
            assert_eq!(run.code, Some(code), "{}", run.stderr);
        }
    }
}
