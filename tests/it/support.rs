//! What the tests stand on: git without the machine's configuration, servers with the hook in place, clones that push.
//!
//! ```text
//! Setup ─► Server ─┬─────────────► WorkingClone ─► Push
//!                  └─► SshServer ──┤
//!                  └─► HttpServer ─┘
//! ```

mod clone;
mod daemon;
mod git;
mod gitaly;
pub(crate) mod gitea;
mod hook;
mod http;
pub(crate) mod pack;
mod program;
mod push;
mod random;
mod raw;
mod server;
mod snapshot;
mod ssh;
pub(crate) mod store;

pub(crate) use clone::WorkingClone;
pub(crate) use git::{Git, hermetic};
pub(crate) use hook::{Hook, HookRun, Measured};
pub(crate) use http::HttpServer;
pub(crate) use program::{PORTCULLIS, Run, portcullis};
pub(crate) use push::{Push, in_one_line};
pub(crate) use random::Random;
pub(crate) use server::{ObjectFormat, Quarantine, RefFormat, Server, Setup};
pub(crate) use snapshot::snapshot;
pub(crate) use ssh::SshServer;
pub(crate) use store::Store;
