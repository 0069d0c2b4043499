//! A program of others that runs for a test, on a port that it is told.

use super::{os, ports::ReservedPort, server::GUARD};
use std::{
    io::{self, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// A program that listens.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
    _port: ReservedPort,
}

impl Running {
    /// Starts a program on a free port, which `configure` gets; `None`: it is not installed, which is said.
    pub fn start(program: &str, configure: impl FnOnce(&mut Command, u16)) -> Option<Self> {
        let port = ReservedPort::new();
        let address = (Ipv4Addr::LOCALHOST, port.0).into();
        let mut command = Command::new(program);
        configure(&mut command, port.0);
        let child = match command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                skip(&format!("{program}, which is not installed"));
                return None;
            }
            Err(error) => panic!("{program}: {error}"),
        };
        let mut running = Running { child, address, _port: port };
        let end = Instant::now() + GUARD;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < end, "{program} listens");
            assert!(running.child.try_wait().expect("its state").is_none(), "{program} has ended: {command:?}");
            thread::yield_now();
        }
        Some(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        os::end_child(&mut self.child, Duration::from_secs(5));
    }
}

/// Says past the test harness, which would hide it, that this test needs what is not there.
pub fn skip(what: &str) {
    say(&format!("SKIPPED {} with {what}\n", thread::current().name().unwrap_or("a test")));
}

/// Says something past the test harness.
pub fn say(line: &str) {
    io::stderr().write_all(line.as_bytes()).expect("standard error");
}
