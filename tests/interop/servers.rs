//! The servers that people run: how each is started, and what it is.

use super::{
    echo_server,
    support::{
        certificates::{Authority, NAMES, Signed},
        ports::RefusingPort,
        running::{Running, say, skip},
    },
};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        LazyLock, Mutex, OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

/// A server that listens.
pub struct Server {
    running: Running,
    scheme: &'static str,
    /// Whether it agrees to permessage-deflate.
    pub compresses: bool,
    /// A port where a proxy finds nobody.
    _dead: Option<RefusingPort>,
}

impl Server {
    /// The URL of a target on it: `/` and `/fragments` echo, the latter in fragments if the server can; `/close?code=4001&reason=bye`
    /// echoes one message, then closes with that; `/status/404` refuses; behind `/dead` of a proxy nobody listens.
    pub fn url(&self, target: &str) -> String {
        format!("{}://{}{target}", self.scheme, self.running.address)
    }

    pub fn port(&self) -> u16 {
        self.running.address.port()
    }
}

/// A folder of a test's own.
pub fn folder(name: &str) -> PathBuf {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("interop/{name}-{}", NUMBER.fetch_add(1, Relaxed)));
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The files of a server's certificate, of its key, and of both.
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    both: PathBuf,
}

fn files() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(|| {
        let Signed { chain_pem, key_pem, .. } = Authority::of_tests().sign(&NAMES, |_| ());
        let write = |name: &str, text: &str| {
            let path = folder("certificates").join(name);
            fs::write(&path, text).expect("a file");
            path
        };
        Files {
            certificate: write("server.pem", &chain_pem),
            key: write("server.key", &key_pem),
            both: write("both.pem", &format!("{chain_pem}{key_pem}")),
        }
    })
}

/// Says a program's version, once.
fn tell_version(command: &mut Command) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if let Ok(output) = command.output() {
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        let line = text.lines().next().unwrap_or("no version").to_owned();
        if TOLD.lock().expect("no panic before").insert(line.clone()) {
            say(&format!("interop with {line}\n"));
        }
    }
}

/// Where the echo server listens.
fn echo_address() -> &'static str {
    echo_server::url().trim_start_matches("ws://").trim_end_matches('/')
}

/// A server of the system, which lies where not everybody's `PATH` leads.
fn of_system(name: &str) -> String {
    let path = format!("/usr/sbin/{name}");
    if Path::new(&path).exists() { path } else { name.to_owned() }
}

/// nginx in front of the echo server, which speaks TLS of these versions, or none.
pub fn nginx(versions: Option<&str>) -> Option<Server> {
    let (folder, dead) = (folder("nginx"), RefusingPort::new());
    let file = folder.join("nginx.conf");
    tell_version(Command::new(of_system("nginx")).arg("-v"));
    let running = Running::start(&of_system("nginx"), |command, port| {
        let (folder, echo, dead, files) = (folder.display(), echo_address(), dead.address(), files());
        let tls = versions.map(|versions| {
            let (certificate, key) = (files.certificate.display(), files.key.display());
            format!("ssl_protocols {versions}; ssl_certificate {certificate}; ssl_certificate_key {key};")
        });
        // It would choose HTTP/2 if the client could.
        let listen = if tls.is_some() { "ssl http2" } else { "" };
        let temporary =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {folder}/{name};")).concat();
        let text = format!(
            "daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n\
             events {{}}\n\
             http {{ access_log off; {temporary}\n\
             proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;\n\
             server {{ listen 127.0.0.1:{port} {listen}; {}\n\
             location / {{ proxy_pass http://{echo}; }}\n\
             location /dead {{ proxy_pass http://{dead}; }} }} }}\n",
            tls.unwrap_or_default()
        );
        fs::write(&file, text).expect("its configuration");
        command.arg("-e").arg(format!("{folder}/error.log")).arg("-c").arg(&file);
    })?;
    Some(Server { running, scheme: scheme(versions.is_some()), compresses: false, _dead: Some(dead) })
}

/// haproxy in front of the echo server, which speaks TLS or not.
pub fn haproxy(tls: bool) -> Option<Server> {
    let dead = RefusingPort::new();
    let file = folder("haproxy").join("haproxy.cfg");
    tell_version(Command::new(of_system("haproxy")).arg("-v"));
    let running = Running::start(&of_system("haproxy"), |command, port| {
        let crypt = if tls { format!("ssl crt {} alpn h2,http/1.1", files().both.display()) } else { String::new() };
        let text = format!(
            "global\n maxconn 100\n\
             defaults\n mode http\n timeout connect 10s\n timeout client 60s\n timeout server 60s\n timeout tunnel 60s\n\
             frontend all\n bind 127.0.0.1:{port} {crypt}\n use_backend dead if {{ path /dead }}\n default_backend echo\n\
             backend echo\n server echo {}\n\
             backend dead\n server dead {}\n",
            echo_address(),
            dead.address()
        );
        fs::write(&file, text).expect("its configuration");
        command.arg("-db").arg("-f").arg(&file);
    })?;
    Some(Server { running, scheme: scheme(tls), compresses: false, _dead: Some(dead) })
}

/// An echo server of `tests/interop`.
fn echo(tls: bool, compresses: bool, program: &str, prepare: impl Fn(&mut Command)) -> Option<Server> {
    let mut command = Command::new(program);
    prepare(&mut command);
    tell_version(command.arg("version"));
    let running = Running::start(program, |command, port| {
        prepare(command);
        command.arg(port.to_string());
        if tls {
            command.args([&files().certificate, &files().key]);
        }
    })?;
    Some(Server { running, scheme: scheme(tls), compresses, _dead: None })
}

fn scheme(tls: bool) -> &'static str {
    if tls { "wss" } else { "ws" }
}

/// A file of `tests/interop`.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name)
}

/// What `setup.sh` has fetched, if it has.
fn fetched(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("build/interop").join(name);
    if folder.join("done").exists() {
        return Some(folder);
    }
    skip(&format!("{name}'s library, which tests/interop/setup.sh has not fetched"));
    None
}

/// `ws` of Node.
pub fn node(tls: bool) -> Option<Server> {
    let modules = fetched("node")?.join("node_modules");
    echo(tls, true, "node", |command| {
        command.env("NODE_PATH", &modules).arg(script("node.js"));
    })
}

/// `websockets` of Python.
pub fn python(tls: bool) -> Option<Server> {
    let modules = fetched("python")?;
    echo(tls, true, "python3", |command| {
        command.env("PYTHONPATH", &modules).arg(script("python.py"));
    })
}

/// libwebsockets, if its headers are there.
pub fn libwebsockets(tls: bool) -> Option<Server> {
    static COMPILED: LazyLock<io::Result<Option<PathBuf>>> = LazyLock::new(compile);
    let compiled = COMPILED.as_ref().unwrap_or_else(|error| panic!("{error}"));
    if compiled.is_none() {
        skip("libwebsockets, whose header is not installed");
    }
    echo(tls, false, compiled.as_ref()?.to_str().expect("UTF-8"), |_| ())
}

fn compile() -> io::Result<Option<PathBuf>> {
    let header = Command::new("cc").args(["-E", "-include", "libwebsockets.h", "-x", "c", "/dev/null"]).output()?;
    if !header.status.success() {
        return Ok(None);
    }
    let program = folder("libwebsockets").join("echo");
    let mut command = Command::new("cc");
    command.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O1"]).arg(script("libwebsockets.c")).arg("-o").arg(&program);
    let output = command.arg("-lwebsockets").output()?;
    if output.status.success() { Ok(Some(program)) } else { Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned())) }
}
