//! Standard input, output and error that lead nowhere.

use super::{Bench, Kind};
use crate::support::hermetic;
use std::{io::Write, process::Stdio};

/// The hook behind a shell that redirects its streams, and how it ended.
fn run(bench: &Bench, kind: Kind, redirections: &str) -> Vec<Option<i32>> {
    let inputs = bench.inputs(kind).into_iter();
    inputs
        .map(|input| bench.in_shell("", redirections, &input).code)
        .collect()
}

#[test]
fn output_and_error_are_closed_or_full() {
    let bench = Bench::new();
    for redirections in [
        "2>&-",
        ">&-",
        ">&- 2>&-",
        "2>/dev/full",
        ">/dev/full 2>/dev/full",
        "2</dev/null",
        ">&- 2>/dev/full",
    ] {
        assert_eq!(
            run(&bench, Kind::Evil, redirections),
            [Some(1); 2],
            "{redirections}"
        );
        assert_eq!(
            run(&bench, Kind::Honest, redirections),
            [Some(0)],
            "{redirections}"
        );
        assert_eq!(
            run(&bench, Kind::Free, redirections),
            [Some(0)],
            "{redirections}"
        );
    }
}

#[test]
fn input_is_closed_empty_or_no_input() {
    let bench = Bench::new();
    for redirections in [
        "<&-",
        "</dev/null",
        "<.",
        "<config",
        "<&- >&- 2>&-",
        "<objects",
    ] {
        for kind in [Kind::Evil, Kind::Honest, Kind::Free] {
            for code in run(&bench, kind, redirections) {
                assert_eq!(code, Some(3), "{redirections}");
            }
        }
    }
}

#[test]
fn nobody_reads_what_is_said() {
    let bench = Bench::new();
    for input in bench.inputs(Kind::Evil) {
        let mut child = hermetic(env!("CARGO_BIN_EXE_portcullis"), &bench.server.repository())
            .args(["hook", "--policy"])
            .arg(bench.server.policy())
            .env("GIT_DIR", ".")
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be started");
        drop(child.stderr.take());
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input.as_bytes()).expect("it is read");
        drop(stdin);
        assert_eq!(child.wait().expect("our child").code(), Some(1));
    }
}

/// The policy is a terminal, a socket, a folder: nothing that ends.
#[test]
fn a_policy_that_is_no_file() {
    let bench = Bench::new();
    for policy in ["/dev/full", "/dev/null", "/dev/zero", "/proc/self/mem", "."] {
        let input = bench.inputs(Kind::Honest).remove(0);
        let hook = crate::support::Hook::in_repository(
            &bench.server.repository(),
            policy.as_ref(),
            &bench.server.state_dir(),
        );
        hook.run(input).assert(3, &[super::NOT_YOURS]);
    }
}
