//! What a scripted server's bytes go through: TCP, or TLS on it. And the switch that has a test run over TLS.

use super::certificates::{self, Authority};
use rustls::{ServerConfig, ServerConnection};
use std::{
    cell::Cell,
    collections::VecDeque,
    io::{self, Error, ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};
use ws::{client::options::Options, net::tls::options::TlsOptions};

thread_local!(static OVER_TLS: Cell<bool> = const { Cell::new(false) });

/// Runs a test with servers that speak TLS: their URLs begin with `wss:`, and clients trust them.
pub fn over_tls<T>(test: impl FnOnce() -> T) -> T {
    with_switch(true, test)
}

/// Whether servers of this thread speak TLS.
pub fn is_over_tls() -> bool {
    OVER_TLS.get()
}

/// Sets the switch while `test` runs: for threads that a test starts.
pub fn with_switch<T>(on: bool, test: impl FnOnce() -> T) -> T {
    let before = OVER_TLS.replace(on);
    let result = test();
    OVER_TLS.set(before);
    result
}

/// What new servers of this thread speak.
pub fn tls_of_new_servers() -> Option<Arc<ServerConfig>> {
    is_over_tls().then(certificates::usual)
}

/// Has a client trust the tests' authority and nobody else, unless its test chose whom to trust.
pub fn trust(options: &mut Options) {
    if options.tls.authorities.is_empty() && options.tls.system && !options.tls.no_verification {
        options.tls = Arc::new(TlsOptions {
            authorities: vec![Authority::of_tests().certificate.clone()],
            system: false,
            ..TlsOptions::clone(&options.tls)
        });
    }
}

/// The server's side of TLS, shared by the handles of a connection.
struct Tls {
    connection: Mutex<ServerConnection>,
    /// What has come and was not read: rustls takes no more while it has some.
    plain: Mutex<VecDeque<u8>>,
    /// Held while records are made and written: they go out in the order in which they were made.
    writing: Mutex<()>,
    cut: AtomicBool,
    fault: Mutex<Option<Fault>>,
}

/// What becomes of the ciphertext, counted from the connection's first byte.
pub enum Fault {
    /// No more than so many bytes are sent: writing what is left is an error.
    CutAfter(usize),
}

impl Fault {
    /// Lets pass what may; whether that is all.
    fn pass(&mut self, bytes: &mut Vec<u8>) -> bool {
        let Fault::CutAfter(left) = self;
        let whole = bytes.len() <= *left;
        bytes.truncate(*left);
        *left -= bytes.len();
        whole
    }
}

/// The server's side of a connection, below frames.
pub struct Wire {
    tcp: TcpStream,
    tls: Option<Arc<Tls>>,
}

impl Wire {
    pub fn new(tcp: TcpStream, tls: Option<&Arc<ServerConfig>>) -> Self {
        let tls = tls.map(|config| {
            let mut connection = ServerConnection::new(config.clone()).expect("a good configuration");
            connection.set_buffer_limit(None);
            let connection = Mutex::new(connection);
            Arc::new(Tls {
                connection,
                plain: Mutex::default(),
                writing: Mutex::default(),
                cut: AtomicBool::default(),
                fault: Mutex::default(),
            })
        });
        Wire { tcp, tls }
    }

    /// Another handle.
    pub fn split(&self) -> Self {
        Wire { tcp: self.tcp.try_clone().expect("a second descriptor"), tls: self.tls.clone() }
    }

    pub fn tcp(&self) -> &TcpStream {
        &self.tcp
    }

    pub fn into_tcp(self) -> TcpStream {
        self.tcp
    }

    /// What rustls says of the connection; TLS only.
    pub fn with_tls<T>(&self, ask: impl FnOnce(&mut ServerConnection) -> T) -> T {
        ask(&mut self.tls.as_ref().expect("a connection with TLS").connection.lock().expect("no panic before"))
    }

    /// Whether the client has ended TCP without ending TLS.
    pub fn was_cut(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.cut.load(SeqCst))
    }

    /// Has the server's ciphertext go wrong; TLS only.
    pub fn spoil(&self, fault: Fault) {
        *self.tls.as_ref().expect("a connection with TLS").fault.lock().expect("no panic before") = Some(fault);
    }

    /// Does the TLS handshake, if there is one to do.
    ///
    /// # Errors
    ///
    /// The client's alert, or what is wrong with what it sends ([`rustls::Error`] inside); those of the system.
    pub fn shake_hands(&mut self) -> io::Result<()> {
        while let Some(tls) = &self.tls
            && tls.connection.lock().expect("no panic before").is_handshaking()
        {
            if self.receive()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Ends our direction: TLS first.
    pub fn fin(&mut self) -> io::Result<()> {
        if let Some(tls) = &self.tls {
            tls.connection.lock().expect("no panic before").send_close_notify();
            // Who does not listen any more does not have to.
            let _ = self.transmit();
        }
        self.tcp.shutdown(Shutdown::Write)
    }

    /// Writes what rustls has to send.
    fn transmit(&self) -> io::Result<()> {
        let Some(tls) = &self.tls else { return Ok(()) };
        let writing = tls.writing.lock().expect("no panic before");
        let mut bytes = Vec::new();
        let mut connection = tls.connection.lock().expect("no panic before");
        while connection.wants_write() {
            connection.write_tls(&mut bytes)?;
        }
        drop(connection);
        let whole = tls.fault.lock().expect("no panic before").as_mut().is_none_or(|fault| fault.pass(&mut bytes));
        let result = (&self.tcp).write_all(&bytes);
        drop(writing);
        if whole { result } else { Err(ErrorKind::WriteZero.into()) }
    }

    /// What goes over TCP for these bytes, to be written in order and by nobody else meanwhile.
    pub fn seal(&self, bytes: Vec<u8>) -> Vec<u8> {
        if self.tls.is_none() {
            return bytes;
        }
        self.with_tls(|tls| {
            let mut sealed = Vec::new();
            tls.writer().write_all(&bytes).expect("a buffer without a limit");
            while tls.wants_write() {
                tls.write_tls(&mut sealed).expect("a vector takes all");
            }
            sealed
        })
    }

    /// Reads ciphertext once; 0: the end of TCP.
    fn receive(&self) -> io::Result<usize> {
        let Some(tls) = &self.tls else { return Ok(0) };
        let mut buffer = vec![0; 18 << 10];
        let count = (&self.tcp).read(&mut buffer)?;
        let mut bytes = &buffer[..count];
        let mut connection = tls.connection.lock().expect("no panic before");
        loop {
            let taken = connection.read_tls(&mut bytes)?;
            if let Err(error) = connection.process_new_packets() {
                drop(connection);
                let _ = self.transmit();
                return Err(Error::new(ErrorKind::InvalidData, error));
            }
            let mut plain = Vec::new();
            match connection.reader().read_to_end(&mut plain) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => tls.cut.store(true, SeqCst),
                // `WouldBlock`, or the end.
                _ => {}
            }
            tls.plain.lock().expect("no panic before").extend(plain);
            if taken == 0 || bytes.is_empty() {
                break;
            }
        }
        let answers = connection.wants_write();
        drop(connection);
        if answers {
            self.transmit()?;
        }
        Ok(count)
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(tls) = &self.tls else { return self.tcp.read(buffer) };
            let count = tls.plain.lock().expect("no panic before").read(buffer)?;
            if count > 0
                || buffer.is_empty()
                || self.receive()? == 0
                || self.with_tls(|tls| tls.process_new_packets().is_ok_and(|state| state.peer_has_closed()))
            {
                // At the end what came before it.
                return if count > 0 { Ok(count) } else { tls.plain.lock().expect("no panic before").read(buffer) };
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.shake_hands()?;
        let Some(tls) = &self.tls else { return self.tcp.write(bytes) };
        let part = &bytes[..bytes.len().min(256 << 10)];
        tls.connection.lock().expect("no panic before").writer().write_all(part)?;
        self.transmit()?;
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.transmit()
    }
}
