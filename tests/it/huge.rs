//! Pushes that are large, or made to be: each is decided, or refused at a limit that is named, within the time and memory
//! that the limits allow. The peak of the memory is read from outside.
//!
//! In every run of the tests they are smaller; `PORTCULLIS_TEST_HUGE=1` makes them as large as the names say.

mod histories;
mod objects;
mod refs;
mod trees;

use crate::support::{Measured, Server, Store, in_one_line};
use gix::ObjectId;
use std::time::Duration;

const POLICY: &str = "
version: 1
rules:
  - id: vault-ticket
    refs: [main, release/*]
    paths: [vault/**]
    require: { trailers: [{ key: Ticket, value: '[A-Z]+-[0-9]+' }] }
";
const ZERO: &str = "0000000000000000000000000000000000000000";
const MIB: u64 = 1 << 20;

/// `limits.time` of a policy that does not say. What a push takes of processors is held against it, not what it waits for
/// them, so that it says the same on a machine that has other work.
const DEFAULT_TIME: Duration = Duration::from_secs(20);

/// `full`, where all is wanted, or a share of it.
fn scale(full: usize, share: usize) -> usize {
    if std::env::var_os("PORTCULLIS_TEST_HUGE").is_some_and(|value| value == "1") {
        full
    } else {
        share
    }
}

/// A server that is fed by hand.
struct Yard {
    server: Server,
    store: Store,
    /// The commit at main.
    main: ObjectId,
    blob: ObjectId,
}

/// How a hook ended, and what it took.
struct Outcome {
    code: Option<i32>,
    said: String,
    took: Duration,
    /// The time of processors, of all threads together.
    cpu: Duration,
    /// Bytes that were resident at once.
    peak: u64,
}

impl Yard {
    fn new() -> Self {
        Self::under("")
    }

    /// With these limits beside those that there are.
    fn under(limits: &str) -> Self {
        let time = if limits.contains("time") {
            ""
        } else {
            "time: 10m, "
        };
        let server = Server::new(&format!("{POLICY}limits: {{ {time}{limits} }}\n"));
        let store = Store::of(&server.repository());
        let blob = store.write(gix::objs::Kind::Blob, b"x\n");
        let tree = store.tree([("100644", "readme", blob)]);
        let main = store.commit(tree, [], "Begin\n");
        let yard = Self {
            server,
            store,
            main,
            blob,
        };
        yard.set("refs/heads/main", main);
        yard
    }

    fn set(&self, name: &str, id: ObjectId) {
        self.server.git().run(["update-ref", name, &id.to_string()]);
    }

    /// A commit on main with this in the vault's place, and a message.
    fn vault(&self, tree: ObjectId, message: &str) -> ObjectId {
        let root = [("100644", "readme", self.blob), ("40000", "vault", tree)];
        self.store
            .commit(self.store.tree(root), [self.main], message)
    }

    /// Moves main to `new`, by hand.
    fn push(&self, new: ObjectId) -> Outcome {
        self.feed(&format!("{} {new} refs/heads/main\n", self.main))
    }

    /// Runs the hook on these lines.
    fn feed(&self, lines: &str) -> Outcome {
        let Measured { run, cpu, peak } = self.server.measured(lines);
        Outcome {
            code: run.code,
            said: in_one_line(&run.stderr),
            took: run.took,
            cpu,
            peak,
        }
    }
}

impl Outcome {
    /// It ended so, with these words, and never held more than so many MiB.
    #[track_caller]
    fn assert(&self, code: i32, words: &[&str], most: u64) {
        let Self {
            said,
            took,
            cpu,
            peak,
            ..
        } = self;
        println!(
            "{took:.1?} ({cpu:.1?} of processors), {} MiB: {}",
            peak / MIB,
            &said[..said.len().min(160)]
        );
        assert_eq!(self.code, Some(code), "after {took:?}: {said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not said: {said}");
        }
        assert!(*peak <= most * MIB, "{} MiB at once", peak / MIB);
        // Of programs that are not optimised, ten times as much.
        let most = DEFAULT_TIME * if cfg!(debug_assertions) { 10 } else { 1 };
        assert!(*cpu <= most, "{cpu:?} of processors");
        assert!(!said.contains("panicked"), "{said}");
    }
}
