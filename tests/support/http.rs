//! A real HTTP/1.1 server on the loopback interface, with faults that can be switched on.
//!
//! It serves the files of one folder: GET and HEAD, `Range: bytes=N-` and `N-M`, keep-alive, one
//! thread per connection. It needs nothing but the standard library, so that tests of every level
//! and the developer commands can include this file.
//!
//! ```no_run
//! let server = http::Server::start("/srv/repository");
//! server.fault("/repodata/repomd.xml", http::Fault::Status(404));
//! println!("{}", server.url("/repodata/repomd.xml"));
//! assert_eq!(server.requests().len(), 0);
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Result, Seek, SeekFrom, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What goes wrong with a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status and a short text instead of the file.
    Status(u16),
    /// The promised length, then only this many bytes, and the connection is closed.
    Truncate(u64),
    /// The promised length in other bytes.
    Garbage,
    /// These bytes instead of the file, as if they were it.
    Replace(Vec<u8>),
    /// This many bytes, and then nothing more until the server stops.
    Stall(u64),
    /// The file without a length, its end being that of the connection.
    NoLength,
    /// Bytes without end and without a length.
    Endless,
    /// A little at a time: these bytes every ten milliseconds.
    Slow(usize),
    /// 302 to this address.
    Redirect(String),
    /// 401 unless the request has this `user:password`.
    Login(String),
}

/// One request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `HEAD`.
    pub method: String,
    /// The path, still encoded, with its query.
    pub path: String,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
}

/// Serves until it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    listener: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    stopped: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By path; a number says how often it still happens.
    faults: BTreeMap<String, (Fault, Option<u32>)>,
    requests: Vec<Request>,
    connections: Vec<TcpStream>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Server {
    /// Serves the folder `root` on a free port of 127.0.0.1.
    pub fn start(root: impl AsRef<Path>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            root: root.as_ref().to_owned(),
            stopped: AtomicBool::new(false),
            state: Mutex::default(),
        });
        let accepting = shared.clone();
        let thread = std::thread::spawn(move || accept(&listener, &accepting));
        Server {
            address,
            shared,
            listener: Some(thread),
        }
    }

    /// The address of a path on this server.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{}", self.address, path.trim_start_matches('/'))
    }

    /// From now on `path` (with its leading slash) goes wrong.
    pub fn fault(&self, path: &str, fault: Fault) {
        let mut state = self.shared.state();
        state.faults.insert(path.to_owned(), (fault, None));
    }

    /// The next `times` requests for `path` go wrong, later ones do not.
    pub fn fault_times(&self, path: &str, fault: Fault, times: u32) {
        let mut state = self.shared.state();
        state.faults.insert(path.to_owned(), (fault, Some(times)));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.shared.state().faults.clear();
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// The paths of all requests since the last call of this.
    pub fn take_paths(&self) -> Vec<String> {
        let requests = std::mem::take(&mut self.shared.state().requests);
        requests.into_iter().map(|request| request.path).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener, and whoever waits for a client's next request.
        let _ = TcpStream::connect(self.address);
        for connection in self.shared.state().connections.drain(..) {
            let _ = connection.shutdown(Shutdown::Both);
        }
        if let Some(thread) = self.listener.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.stopped.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        if let Ok(copy) = stream.try_clone() {
            shared.state().connections.push(copy);
        }
        let shared = shared.clone();
        std::thread::spawn(move || {
            // A client that goes away is no business of the server's.
            let _ = converse(&stream, &shared);
            let _ = stream.shutdown(Shutdown::Both);
        });
    }
}

/// Answers requests of one connection until either side closes it.
fn converse(stream: &TcpStream, shared: &Shared) -> Result<()> {
    // Header and body are written one after the other, and must not wait for each other.
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader)? {
        let path = request
            .path
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        let fault = {
            let mut state = shared.state();
            state.requests.push(request.clone());
            next_fault(&mut state, &path)
        };
        if !answer(stream, shared, &request, &path, fault)? {
            return Ok(());
        }
    }
    Ok(())
}

fn next_fault(state: &mut State, path: &str) -> Option<Fault> {
    let (fault, times) = state.faults.get_mut(path)?;
    match times {
        None => Some(fault.clone()),
        Some(0) => None,
        Some(times) => {
            *times -= 1;
            Some(fault.clone())
        }
    }
}

fn read_request(reader: &mut impl BufRead) -> Result<Option<Request>> {
    let mut line = String::new();
    if reader.by_ref().take(64 << 10).read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let path = words.next().unwrap_or("/").to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        let read = reader.by_ref().take(64 << 10).read_line(&mut line)?;
        let line = line.trim();
        if read == 0 || line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.insert(name.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    Ok(Some(Request {
        method,
        path,
        headers,
    }))
}

/// Answers whether the connection stays open.
fn answer(
    mut stream: &TcpStream,
    shared: &Shared,
    request: &Request,
    path: &str,
    fault: Option<Fault>,
) -> Result<bool> {
    if let Some(Fault::Status(code)) = fault {
        return say(stream, code, "");
    }
    if let Some(Fault::Redirect(address)) = &fault {
        return say(stream, 302, &format!("Location: {address}\r\n"));
    }
    if let Some(Fault::Login(login)) = &fault {
        let given = request.headers.get("authorization");
        if given != Some(&format!("Basic {}", base64(login.as_bytes()))) {
            return say(stream, 401, "WWW-Authenticate: Basic realm=\"test\"\r\n");
        }
    }
    if request.method != "GET" && request.method != "HEAD" {
        return say(stream, 405, "");
    }
    let Some(mut file) = open(&shared.root, path) else {
        return say(stream, 404, "");
    };
    let size = file.metadata()?.len();
    let range = request
        .headers
        .get("range")
        .and_then(|text| range(text, size));
    if let Some(None) = range {
        return say(stream, 416, &format!("Content-Range: bytes */{size}\r\n"));
    }
    let (start, end) = range.flatten().unwrap_or((0, size));
    file.seek(SeekFrom::Start(start))?;
    let mut length = end - start;
    let mut body: Box<dyn Read> = Box::new(file.take(length));
    match &fault {
        Some(Fault::Garbage) => body = Box::new(std::io::repeat(b'?').take(length)),
        Some(Fault::Replace(bytes)) => {
            length = bytes.len() as u64;
            body = Box::new(std::io::Cursor::new(bytes.clone()));
        }
        Some(Fault::Endless) => body = Box::new(std::io::repeat(b' ')),
        Some(Fault::Truncate(bytes) | Fault::Stall(bytes)) => body = Box::new(body.take(*bytes)),
        _ => {}
    }
    let without_length = matches!(fault, Some(Fault::NoLength | Fault::Endless));
    let mut head = match range.flatten() {
        Some(_) => format!(
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{}/{size}\r\n",
            end.saturating_sub(1)
        ),
        None => "HTTP/1.1 200 OK\r\n".to_owned(),
    };
    head.push_str("Accept-Ranges: bytes\r\nContent-Type: application/octet-stream\r\n");
    if without_length {
        head.push_str("Connection: close\r\n");
    } else {
        head.push_str(&format!("Content-Length: {length}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    if request.method == "HEAD" {
        return Ok(!without_length);
    }
    if let Some(Fault::Slow(step)) = fault {
        let mut piece = vec![0; step.max(1)];
        loop {
            let read = body.read(&mut piece)?;
            if read == 0 || shared.stopped.load(Ordering::SeqCst) {
                break;
            }
            stream.write_all(&piece[..read])?;
            std::thread::sleep(Duration::from_millis(10));
        }
        return Ok(true);
    }
    std::io::copy(&mut body, &mut stream)?;
    if let Some(Fault::Stall(_)) = fault {
        while !shared.stopped.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    Ok(!without_length && !matches!(fault, Some(Fault::Truncate(_) | Fault::Stall(_))))
}

fn say(mut stream: &TcpStream, code: u16, headers: &str) -> Result<bool> {
    let text = format!("status {code}\n");
    let head = format!("HTTP/1.1 {code} Test\r\nContent-Length: {}\r\n", text.len());
    stream.write_all(format!("{head}{headers}\r\n{text}").as_bytes())?;
    Ok(true)
}

/// A regular file below the root; `..` leads nowhere.
fn open(root: &Path, path: &str) -> Option<File> {
    let mut place = root.to_owned();
    for step in path.split('/').filter(|step| !step.is_empty()) {
        let step = decode(step);
        if step == ".." || step.contains('/') {
            return None;
        }
        place.push(step);
    }
    place.is_file().then(|| File::open(place).ok()).flatten()
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// `None`: not a range that is known here, so the whole file. `Some(None)`: beyond its end.
fn range(text: &str, size: u64) -> Option<Option<(u64, u64)>> {
    let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
    let start: u64 = start.parse().ok()?;
    let end = match end {
        "" => size,
        end => end.parse::<u64>().ok()?.saturating_add(1).min(size),
    };
    Some((start < end).then_some((start, end)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().enumerate().fold(0u32, |sum, (at, byte)| {
            sum | u32::from(*byte) << (16 - 8 * at)
        });
        for at in 0..4 {
            if at <= chunk.len() {
                let digit = number >> (18 - 6 * at) & 63;
                text.push(char::from(DIGITS[digit as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}
