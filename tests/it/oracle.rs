//! What portcullis says that a push changes, against a slow and plain reading of SPEC 2.1 to 2.5 that asks git.
//!
//! ```text
//! seed ─► generate ─► script ─┬─► scratch (a repository) ─► reference (git, sets of commits, lists of files) ─┐
//!                             └─► engine (policy, push, collected facts) ────────────────────────────────────┴─► compare
//! ```
//!
//! A failure prints the smallest script that still shows it. `tests/README.md` has the commands for long runs.

mod check;
mod compare;
mod engine;
mod generate;
mod patterns;
mod reference;
mod replay;
mod scratch;
mod script;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use compare::Counts;

/// As many as take some seconds.
const HISTORIES_BY_DEFAULT: usize = 60;

/// Histories among thousands that found mistakes: commits whose dates lie made a merge of several bases look clean (two),
/// and the oracle held against the engine what a moved directory led git to.
const FOUND: [u64; 3] = [2_000_229, 2_000_771, 2_002_895];

#[test]
fn histories_are_judged_as_git_tells_them() {
    let histories = number("PORTCULLIS_TEST_HISTORIES").unwrap_or(HISTORIES_BY_DEFAULT);
    let first = number("PORTCULLIS_TEST_SEED").unwrap_or(1) as u64;
    let mut seeds: Vec<_> = (first..).take(histories).collect();
    if histories > 1 {
        seeds.extend(FOUND);
    }
    let next = AtomicUsize::new(0);
    let counts = Mutex::new(Counts::default());
    let failures = Mutex::new(Vec::new());
    let work = || {
        loop {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            let Some(&seed) = seeds.get(nth) else { return };
            let script = generate::script(seed);
            let mut found = Counts::default();
            if let Err(difference) = check::check(&script, &mut found) {
                found.add(format!("FAILED: {}", difference.class), 1);
                failures
                    .lock()
                    .expect("no panic")
                    .push((seed, script, difference.class));
            }
            counts.lock().expect("no panic").merge(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let counts = counts.into_inner().expect("no panic");
    println!("{counts}");
    let mut failures = failures.into_inner().expect("no panic");
    failures.sort_by_key(|(seed, ..)| *seed);
    let classes: Vec<_> = failures
        .iter()
        .map(|(seed, _, class)| format!("{seed}: {class}"))
        .collect();
    if let Some((seed, script, class)) = failures.first() {
        let (script, difference) = check::shrink(script, class);
        panic!(
            "{}\n\nthe smallest for PORTCULLIS_TEST_SEED={seed}:\n{}",
            classes.join("\n"),
            check::report(&script, &difference)
        );
    }
}

#[test]
fn a_real_history_is_judged_as_git_tells_it() {
    let Some(path) = std::env::var_os("PORTCULLIS_TEST_REPO") else {
        return;
    };
    let steps = number("PORTCULLIS_TEST_HISTORIES").unwrap_or(30);
    let skip = number("PORTCULLIS_TEST_SEED").unwrap_or(0);
    match replay::replay(path.as_ref(), skip, steps) {
        Ok(counts) => println!("{counts}"),
        Err(found) => panic!("{}\n{}", found.class, found.details),
    }
}

fn number(variable: &str) -> Option<usize> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
    )
}
