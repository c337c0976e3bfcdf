//! A web server on a loopback port that answers what a test tells it to, and remembers what it was asked.

use std::collections::HashMap;
use std::fmt::Display;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::Value;

/// A question.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The path, as it was sent.
    pub(crate) path: String,
    /// The query, as it was sent.
    pub(crate) query: HashMap<String, String>,
    /// The header, with names in lower case.
    pub(crate) headers: HashMap<String, String>,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    delay: Duration,
    /// Whether it says how long it is; otherwise the end of the connection is its end.
    has_length: bool,
    /// How much of the body is sent before the line goes dead.
    cut: Option<usize>,
}

/// The server.
pub(crate) struct Server {
    address: SocketAddr,
    scheme: &'static str,
    asked: Arc<Mutex<Vec<Request>>>,
    ends: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

type Answer = dyn Fn(&Request) -> Response + Send + Sync;

impl Server {
    pub(crate) fn start(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        Server::listen(Arc::new(answer), None)
    }

    /// A server that shows `self-signed.crt`.
    pub(crate) fn encrypted(answer: impl Fn(&Request) -> Response + Send + Sync + 'static) -> Self {
        let certificate = CertificateDer::from_pem_file(super::sample("self-signed.crt")).unwrap();
        let key = PrivateKeyDer::from_pem_file(super::sample("self-signed.key")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        Server::listen(Arc::new(answer), Some(Arc::new(config)))
    }

    fn listen(answer: Arc<Answer>, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ends = Arc::new(AtomicBool::new(false));
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (log, over) = (Arc::clone(&asked), Arc::clone(&ends));
        let listener = thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let stream = stream.expect("a connection");
                let (answer, log, tls) = (Arc::clone(&answer), Arc::clone(&log), tls.clone());
                thread::spawn(move || match tls {
                    None => serve(stream, &*answer, &log),
                    Some(config) => {
                        let tls = ServerConnection::new(config).unwrap();
                        serve(StreamOwned::new(tls, stream), &*answer, &log);
                    }
                });
            }
        });
        Server {
            address,
            scheme,
            asked,
            ends,
            listener: Some(listener),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}/", self.scheme, self.address)
    }

    /// All that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // It waits for a connection, so it gets one.
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            listener
                .join()
                .expect("the server has no faults of its own");
        }
    }
}

impl Response {
    pub(crate) fn json(value: &Value) -> Self {
        Response::text(200, "application/json;charset=utf-8", &value.to_string())
    }

    pub(crate) fn text(status: u16, kind: &str, body: &str) -> Self {
        Response {
            status,
            headers: vec![("Content-Type", kind.to_owned())],
            body: body.as_bytes().to_owned(),
            delay: Duration::ZERO,
            has_length: true,
            cut: None,
        }
    }

    /// What forges say when they say no.
    pub(crate) fn refusal(status: u16) -> Self {
        Response::text(status, "application/json", r#"{"message":"no"}"#)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &dyn Display) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    pub(crate) fn without_length(mut self) -> Self {
        self.has_length = false;
        self
    }

    pub(crate) fn cut_at(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }
}

/// The page of a list that is asked for, of the length that Gitea (`limit`) or GitLab (`per_page`) allow.
pub(crate) fn page(request: &Request, entries: &[Value]) -> Vec<Value> {
    let number = |key: &str| {
        request
            .query
            .get(key)
            .map(|value| value.parse::<usize>().unwrap())
    };
    let length = match (number("limit"), number("per_page")) {
        (Some(limit), _) => limit.min(50),
        (_, Some(per_page)) => per_page.min(100),
        (None, None) => return entries.to_vec(),
    };
    let page = number("page").unwrap_or(1);
    entries
        .iter()
        .skip((page - 1) * length)
        .take(length)
        .cloned()
        .collect()
}

/// Answers questions over one connection until the other side hangs up or an answer breaks off.
fn serve(stream: impl Read + Write, answer: &Answer, log: &Mutex<Vec<Request>>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read(&mut stream) {
        log.lock().unwrap().push(request.clone());
        let response = answer(&request);
        thread::sleep(response.delay);
        let is_written = write(stream.get_mut(), &response).is_ok();
        if !is_written || !response.has_length || response.cut.is_some() {
            return;
        }
    }
}

fn read(stream: &mut impl std::io::BufRead) -> Option<Request> {
    let mut lines = stream.lines().map_while(Result::ok);
    let first = lines.next()?;
    let target = first.split(' ').nth(1)?.to_owned();
    let headers = lines
        .take_while(|line| !line.is_empty())
        .filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_lowercase(), value.to_owned()))
        })
        .collect();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let query = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    Some(Request {
        path: path.to_owned(),
        query,
        headers,
    })
}

fn write(stream: &mut impl Write, response: &Response) -> std::io::Result<()> {
    let mut text = format!("HTTP/1.1 {} Thus\r\n", response.status);
    if response.has_length {
        text.push_str(&format!("Content-Length: {}\r\n", response.body.len()));
    }
    for (name, value) in &response.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    // In one piece: the second of two small ones would wait until the first is acknowledged.
    let mut bytes = text.into_bytes();
    let end = response.cut.unwrap_or(response.body.len());
    bytes.extend_from_slice(&response.body[..end]);
    stream.write_all(&bytes)?;
    stream.flush()
}
