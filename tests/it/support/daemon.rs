//! Programs that serve in the background while a test runs.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, id},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Whether tests with real ssh and web servers are left out, for a machine that cannot have them.
pub(crate) fn servers_are_skipped() -> bool {
    let skipped = std::env::var_os("PORTCULLIS_SKIP_SERVERS").is_some_and(|value| value == "1");
    if skipped {
        eprintln!("skipped: PORTCULLIS_SKIP_SERVERS=1");
    }
    skipped
}

/// The path of a server program; Debian keeps some where users' `PATH` does not look.
#[track_caller]
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| {
            panic!("{name} is not installed: apt-get install {package}, or leave these tests out with PORTCULLIS_SKIP_SERVERS=1")
        })
}

/// A loopback port that nothing listens on and no other test is given.
///
/// It lies below the range from which the kernel takes ports for outgoing connections; test runs at the same time
/// begin at different places.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let candidate = 20_000 + (id() * 64 + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        let port = u16::try_from(candidate).expect("it is below 32,000");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A running program, ended when this value goes.
pub(crate) struct Daemon {
    child: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts it, with all that it prints in the file `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        let file = File::create(log).expect("the log can be written");
        let copy = file.try_clone().expect("the log can be shared");
        let child = command
            .stdout(copy)
            .stderr(file)
            .spawn()
            .expect("the program can be started");
        Self {
            child,
            log: log.to_owned(),
        }
    }

    /// Waits until it accepts connections on a loopback port.
    #[track_caller]
    pub(crate) fn listening_on(self, port: u16) -> Self {
        self.once(|| TcpStream::connect(("127.0.0.1", port)).is_ok())
    }

    /// Waits until `ready`, for ten seconds at most.
    #[track_caller]
    pub(crate) fn once(mut self, ready: impl Fn() -> bool) -> Self {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let ended = self.child.try_wait().expect("it is our child");
            let log = || fs::read_to_string(&self.log).unwrap_or_default();
            assert!(ended.is_none(), "the server ended at once:\n{}", log());
            assert!(
                Instant::now() < deadline,
                "the server does not answer:\n{}",
                log()
            );
            if ready() {
                return self;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
