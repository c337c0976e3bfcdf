//! `git http-backend` behind nginx on a loopback port, where each pusher has a password.

use super::{
    Git, Server, WorkingClone,
    daemon::{Daemon, free_port, program, servers_are_skipped},
    git::hermetic,
};
use std::{fmt::Write, fs, path::Path};
use tempfile::TempDir;

/// A web server for one repository.
pub(crate) struct HttpServer {
    port: u16,
    // In this order: nginx ends before what it hands its requests to, and both before their folder goes.
    _nginx: Daemon,
    _fcgiwrap: Daemon,
    _folder: TempDir,
}

impl HttpServer {
    /// Starts it for `pushers`, whose passwords are their names; `None` if server tests are to be left out.
    #[track_caller]
    pub(crate) fn start(pushers: &[&str], server: &Server) -> Option<Self> {
        if servers_are_skipped() {
            return None;
        }
        let nginx = program("nginx", "nginx-light");
        let fcgiwrap = program("fcgiwrap", "fcgiwrap");
        let folder = TempDir::new().expect("a temporary folder");
        let home = folder.path();

        let socket = home.join("socket");
        let mut command = hermetic(fcgiwrap, home);
        command.arg("-s").arg(format!("unix:{}", socket.display()));
        let fcgiwrap = Daemon::start(command, &home.join("fcgiwrap.log")).once(|| socket.exists());

        let port = free_port();
        let mut passwords = String::new();
        for pusher in pushers {
            writeln!(passwords, "{pusher}:{{PLAIN}}{pusher}").expect("a string takes all");
        }
        fs::write(home.join("passwords"), passwords).expect("the passwords can be written");
        fs::write(home.join("nginx.conf"), configuration(home, port, server))
            .expect("nginx.conf can be written");
        let mut command = hermetic(nginx, home);
        command.args(["-e", "stderr", "-p", ".", "-c", "nginx.conf"]);
        let nginx = Daemon::start(command, &home.join("nginx.log")).listening_on(port);
        Some(Self {
            port,
            _nginx: nginx,
            _fcgiwrap: fcgiwrap,
            _folder: folder,
        })
    }

    /// A clone of the repository that pushes with this pusher's password.
    pub(crate) fn clone_as(&self, pusher: &str, server: &Server) -> WorkingClone {
        let url = format!(
            "http://{pusher}:{pusher}@127.0.0.1:{}/server.git",
            self.port
        );
        server.working_clone_over(&url, |git| git)
    }
}

fn configuration(home: &Path, port: u16, server: &Server) -> String {
    let home = home.display();
    let projects = server.folder().display();
    let backend = Git::at(server.folder()).run(["--exec-path"]) + "/git-http-backend";
    format!(
        r#"daemon off;
master_process off;  # one process, so that none is left when it is killed
pid "{home}/nginx.pid";
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path "{home}/body";
  fastcgi_temp_path "{home}/fastcgi";
  proxy_temp_path "{home}/proxy";
  scgi_temp_path "{home}/scgi";
  uwsgi_temp_path "{home}/uwsgi";
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    auth_basic git;
    auth_basic_user_file "{home}/passwords";
    location / {{
      fastcgi_pass "unix:{home}/socket";
      fastcgi_param SCRIPT_FILENAME "{backend}";
      fastcgi_param GIT_PROJECT_ROOT "{projects}";
      fastcgi_param GIT_HTTP_EXPORT_ALL "";
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param REMOTE_USER $remote_user;
      fastcgi_param REMOTE_ADDR $remote_addr;
    }}
  }}
}}
"#
    )
}
