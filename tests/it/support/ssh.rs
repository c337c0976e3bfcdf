//! OpenSSH's own server on a loopback port, where each pusher has a key.

use super::{
    Server, WorkingClone,
    daemon::{Daemon, free_port, program, servers_are_skipped},
    git::hermetic,
};
use std::{
    fs,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// An sshd that runs as the current user, and lets its keys do nothing but git.
pub(crate) struct SshServer {
    folder: TempDir,
    port: u16,
    user: String,
    _daemon: Daemon,
}

impl SshServer {
    /// Starts it with a new key for each of `pushers`; `None` if server tests are to be left out.
    #[track_caller]
    pub(crate) fn start(pushers: &[&str]) -> Option<Self> {
        Self::with(pushers, "", |pusher| {
            format!(r#"PORTCULLIS_PUSHER={pusher} git-shell -c \"$SSH_ORIGINAL_COMMAND\""#)
        })
    }

    /// The same, where each key is bound to what `command` says, and with more settings.
    #[track_caller]
    pub(crate) fn with(
        pushers: &[&str],
        settings: &str,
        command: impl Fn(&str) -> String,
    ) -> Option<Self> {
        if servers_are_skipped() {
            return None;
        }
        // It starts itself anew for each connection, and needs its full path for that.
        let sshd = program("sshd", "openssh-server");
        let folder = TempDir::new().expect("a temporary folder");
        let port = free_port();
        let home = folder.path();
        make_key(home, "host");
        let host = fs::read_to_string(home.join("host.pub")).expect("the key was made");
        write(home, "known_hosts", &format!("[127.0.0.1]:{port} {host}"));
        write(
            home,
            "authorized_keys",
            &pushers
                .iter()
                .map(|pusher| authorized(home, pusher, &command(pusher)))
                .collect::<String>(),
        );
        write(
            home,
            "config",
            &(configuration(home, port) + settings + "\n"),
        );
        make_separation_folder(home);

        let mut daemon = hermetic(sshd, home);
        daemon.args(["-D", "-e", "-f", "config"]);
        let daemon = Daemon::start(daemon, &home.join("log")).listening_on(port);
        let user = hermetic("id", home)
            .arg("-un")
            .output()
            .expect("id is part of every system");
        let user = String::from_utf8_lossy(&user.stdout).trim_end().to_owned();
        Some(Self {
            folder,
            port,
            user,
            _daemon: daemon,
        })
    }

    /// A clone of the server's repository that pushes with this pusher's key.
    pub(crate) fn clone_as(&self, pusher: &str, server: &Server) -> WorkingClone {
        let url = self.url(&server.repository().display().to_string());
        server.working_clone_over(&url, |git| git.env("GIT_SSH_COMMAND", self.client(pusher)))
    }

    /// The address of what is at `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("ssh://{}@127.0.0.1:{}{path}", self.user, self.port)
    }

    /// The client with this pusher's key, as git calls it.
    pub(crate) fn client(&self, pusher: &str) -> String {
        let folder = self.folder.path().display();
        format!(
            "ssh -F /dev/null -i '{folder}/{pusher}' -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile='{folder}/known_hosts'"
        )
    }
}

/// As an administrator writes it: the forced command says who the key is.
fn authorized(home: &Path, pusher: &str, command: &str) -> String {
    make_key(home, pusher);
    let key = fs::read_to_string(home.join(format!("{pusher}.pub"))).expect("the key was made");
    format!(r#"restrict,command="{command}" {key}"#)
}

fn configuration(home: &Path, port: u16) -> String {
    let home = home.display();
    let path = std::env::var("PATH").expect("PATH is set");
    format!(
        r#"ListenAddress 127.0.0.1:{port}
HostKey "{home}/host"
AuthorizedKeysFile "{home}/authorized_keys"
AuthenticationMethods publickey
PermitRootLogin forced-commands-only
StrictModes no
UsePAM no
PidFile none
SetEnv "HOME={home}" "PATH={path}" LC_ALL=C GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
"#
    )
}

fn make_key(home: &Path, name: &str) {
    let mut command = hermetic("ssh-keygen", home);
    let made = command
        .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name])
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "ssh-keygen must work: apt-get install openssh-client"
    );
}

/// The empty folder that sshd wants when root runs it; Debian makes it when the service starts.
fn make_separation_folder(home: &Path) {
    let separation = PathBuf::from("/run/sshd");
    let root = fs::metadata(home).expect("it was just made").uid() == 0;
    if root && !separation.is_dir() {
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(&separation);
        made.expect("root can make /run/sshd");
    }
}

fn write(home: &Path, file: &str, content: &str) {
    fs::write(home.join(file), content).expect("the file can be written");
}
