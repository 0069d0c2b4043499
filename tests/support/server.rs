//! A server that does exactly what a script says, byte by byte.
//!
//! A script is a closure that is given one connection, in a thread of its own. Whatever fails in it fails the test: the server is
//! joined when it is dropped. Nothing waits for longer than [`GUARD`].

pub use super::listener::Listener;
use super::{
    os,
    wire::{self, Wire},
};
use rustls::ServerConfig;
use std::{
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tungstenite::handshake::derive_accept_key;

/// No test waits for longer: it fails then. Long, because all sockets on the background loop share its one thread, and a machine may be
/// busy with more than these tests.
pub const GUARD: Duration = Duration::from_secs(60);

pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
pub const PING: u8 = 0x89;
pub const PONG: u8 = 0x8a;

/// Bytes of the head that is the right response: always as many, as only the accept differs.
pub const HEAD_SIZE: usize = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                              Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    .len();

/// Waits for another thread's word.
pub fn wait<T>(receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(GUARD).expect("the other thread says that it is ready")
}

/// A frame as servers send it; `first` holds FIN, RSV and the opcode.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(len @ ..126), _) => frame.push(len),
        (_, Ok(len)) => {
            frame.push(126);
            frame.extend_from_slice(&len.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// The body of a Close frame.
pub fn close_body(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

/// The `Sec-WebSocket-Key` of a request.
pub fn key(request: &str) -> &str {
    request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key")
}

/// The `Sec-WebSocket-Accept` that answers a request.
pub fn accept_key(request: &str) -> String {
    derive_accept_key(key(request).as_bytes())
}

/// The head of the right response to a request, without its last, empty line.
pub fn response(request: &str) -> String {
    let accept = accept_key(request);
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n")
}

/// A listening server and the thread that plays its script.
pub struct Server {
    listener: Arc<Listener>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Plays `script` on the first connection.
    pub fn new(script: impl FnOnce(&mut Peer) + Send + 'static) -> Self {
        Self::listening(|listener| script(&mut listener.next()))
    }

    /// Plays `script`, which takes the connections itself.
    pub fn listening(script: impl FnOnce(&Listener) + Send + 'static) -> Self {
        Self::with(Listener::new(), script)
    }

    /// The same on a listener of the test's own.
    pub fn on(listener: TcpListener, script: impl FnOnce(&Listener) + Send + 'static) -> Self {
        Self::with(Listener::on(listener, wire::tls_of_new_servers()), script)
    }

    /// Plays `script` on the first connection, secured so.
    pub fn secure(tls: ServerConfig, script: impl FnOnce(&mut Peer) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self::with(Listener::on(listener, Some(Arc::new(tls))), |listener| script(&mut listener.next()))
    }

    fn with(listener: Listener, script: impl FnOnce(&Listener) + Send + 'static) -> Self {
        let listener = Arc::new(listener);
        let own = listener.clone();
        let name = thread::current().name().unwrap_or("test").to_owned() + " (server)";
        Server { listener, thread: Some(thread::Builder::new().name(name).spawn(move || script(&own)).expect("a thread")) }
    }

    /// One that accepts and then plays `script`.
    pub fn open(script: impl FnOnce(&mut Peer) + Send + 'static) -> Self {
        Self::new(|peer| {
            peer.accept();
            script(peer);
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    pub fn url(&self) -> String {
        self.listener.url()
    }

    /// Whether there is a connection that the script has not accepted.
    pub fn is_asked_again(&self) -> bool {
        !self.listener.is_empty()
    }

    /// Takes the client's place if none has come, so that the script can see that connection's end.
    pub fn call_off(&self) {
        // The script may be over: then nobody looks at it.
        drop(TcpStream::connect(self.address()));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if !thread::panicking()
            && let Err(panic) = thread.join()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

/// A frame of the client: its first byte, the key that it was masked with, and its payload, unmasked.
pub type Frame = (u8, [u8; 4], Vec<u8>);

/// The server's side of one connection.
pub struct Peer {
    stream: Option<BufReader<Wire>>,
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
}

impl Peer {
    pub(super) fn new(stream: TcpStream, listener: TcpListener, tls: Option<Arc<ServerConfig>>) -> Self {
        let mut peer = Peer { stream: None, listener, tls };
        peer.talk_on(stream);
        peer
    }

    fn talk_on(&mut self, stream: TcpStream) {
        stream.set_read_timeout(Some(GUARD)).expect("a timeout");
        stream.set_write_timeout(Some(GUARD)).expect("a timeout");
        stream.set_nodelay(true).expect("TCP_NODELAY");
        self.stream = Some(BufReader::new(Wire::new(stream, self.tls.as_ref())));
    }

    /// Leaves this connection for the client's next one; `false` if none comes in time.
    pub fn next_connection(&mut self, timeout: Duration) -> bool {
        if !os::wait_for_connection(&self.listener, timeout) {
            return false;
        }
        let (stream, _) = self.listener.accept().expect("a connection");
        self.talk_on(stream);
        true
    }

    /// Another handle of the same connection, so that one thread can write while another reads.
    pub fn split(&mut self) -> Self {
        let stream = self.wire().split();
        let listener = self.listener.try_clone().expect("a second descriptor");
        Peer { stream: Some(BufReader::new(stream)), listener, tls: self.tls.clone() }
    }

    pub(super) fn reader(&mut self) -> &mut BufReader<Wire> {
        self.stream.as_mut().expect("not reset yet")
    }

    pub fn tcp(&mut self) -> &TcpStream {
        self.reader().get_ref().tcp()
    }

    /// What is below frames: TCP or TLS.
    pub fn wire(&mut self) -> &mut Wire {
        self.reader().get_mut()
    }

    /// Has what the client sends and nobody reads wait at the client, but for some 64 KiB.
    pub fn keep_little(&mut self) {
        os::keep_little(self.tcp());
    }

    // ---- the opening handshake ----

    /// Reads the request and returns the right response's head without its last, empty line.
    pub fn read_request(&mut self) -> String {
        response(&self.read_head())
    }

    /// The same, where the connection may end before: that is an error then.
    pub fn read_request_or_end(&mut self) -> io::Result<String> {
        self.read_head_or_end().map(|head| response(&head))
    }

    /// Reads the request's head and returns it.
    pub fn read_head(&mut self) -> String {
        self.read_head_or_end().expect("a request")
    }

    /// The same, where the connection may end before: that is an error then.
    pub fn read_head_or_end(&mut self) -> io::Result<String> {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.reader().read_exact(&mut byte)?;
            request.push(byte[0]);
        }
        Ok(String::from_utf8(request).expect("a request in ASCII"))
    }

    /// Answers no request, sees the end of the connection.
    pub fn read_request_and_expect_end(&mut self, ready: &Sender<()>) {
        self.read_request();
        ready.send(()).expect("the test waits");
        self.expect_end();
    }

    /// The handshake as it should be.
    pub fn accept(&mut self) {
        self.accept_with("", b"");
    }

    /// The same with more header lines, and frames in the same packet.
    pub fn accept_with(&mut self, lines: &str, frames: &[u8]) {
        let head = self.read_request() + lines + "\r\n";
        self.send(&[head.as_bytes(), frames].concat());
    }

    // ---- sending ----

    pub fn send(&mut self, bytes: &[u8]) {
        self.wire().write_all(bytes).expect("the client takes bytes");
    }

    /// Sends as much as the client takes; `false` if it has ended the connection before the last byte.
    pub fn send_what_is_taken(&mut self, bytes: &[u8]) -> bool {
        match self.wire().write_all(bytes) {
            Ok(()) => true,
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => false,
            Err(error) => panic!("the client takes nothing and does not end the connection: {error}"),
        }
    }

    /// Sends each byte when the client's kernel has the one before.
    pub fn send_byte_by_byte(&mut self, bytes: &[u8]) {
        for byte in bytes.chunks(1) {
            self.send(byte);
            self.wait_until_received();
        }
    }

    pub fn text(&mut self, text: &str) {
        self.send(&frame(TEXT, text.as_bytes()));
    }

    pub fn close(&mut self, code: u16, reason: &str) {
        self.send(&frame(CLOSE, &close_body(code, reason)));
    }

    /// Waits until the client's kernel has all that was sent, or will take no more because the connection is gone.
    pub fn wait_until_received(&mut self) {
        let end = Instant::now() + GUARD;
        while os::not_received(self.tcp()) > 0 && self.tcp().peer_addr().is_ok() {
            assert!(Instant::now() < end, "the client's kernel acknowledges what was sent");
            thread::yield_now();
        }
    }

    // ---- receiving ----

    /// The first byte and the payload of the next frame, which must be masked.
    pub fn read_frame(&mut self) -> (u8, Vec<u8>) {
        let (first, _, payload) = self.read_masked_frame();
        (first, payload)
    }

    /// The same with the key that it was masked with.
    pub fn read_masked_frame(&mut self) -> Frame {
        self.next_frame().expect("a frame of the client").expect("a frame of the client instead of the end")
    }

    /// The same without it, where the connection may end before the frame does: that is an error then.
    pub fn read_frame_or_end(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let (first, _, payload) = self.next_frame()?.ok_or(ErrorKind::UnexpectedEof)?;
        Ok((first, payload))
    }

    /// The next frame; `None` at the end of the connection.
    ///
    /// # Errors
    ///
    /// The connection was reset, or ended inside a frame.
    pub fn next_frame(&mut self) -> io::Result<Option<Frame>> {
        if self.reader().fill_buf()?.is_empty() {
            return Ok(None);
        }
        let mut head = [0; 2];
        self.reader().read_exact(&mut head)?;
        assert_eq!(head[1] & 0x80, 0x80, "a client masks its frames: {head:x?}");
        let len = match head[1] & 0x7f {
            126 => self.read_number(2)?,
            127 => self.read_number(8)?,
            len => usize::from(len),
        };
        let mut mask = [0; 4];
        self.reader().read_exact(&mut mask)?;
        let mut payload = vec![0; len];
        self.reader().read_exact(&mut payload)?;
        // By fours: some tests send a GiB.
        let (fours, rest) = payload.as_chunks_mut::<4>();
        for four in fours {
            *four = (u32::from_ne_bytes(*four) ^ u32::from_ne_bytes(mask)).to_ne_bytes();
        }
        for (byte, mask) in rest.iter_mut().zip(mask) {
            *byte ^= mask;
        }
        Ok(Some((head[0], mask, payload)))
    }

    fn read_number(&mut self, size: usize) -> io::Result<usize> {
        let mut bytes = [0; 8];
        self.reader().read_exact(&mut bytes[8 - size..])?;
        Ok(usize::try_from(u64::from_be_bytes(bytes)).expect("a length"))
    }

    /// Reads a frame, which must be this one.
    #[track_caller]
    pub fn expect(&mut self, first: u8, payload: &[u8]) {
        let (found, bytes) = self.read_frame();
        assert_eq!((found, bytes.escape_ascii().to_string()), (first, payload.escape_ascii().to_string()), "the client's frame");
    }

    #[track_caller]
    pub fn expect_close(&mut self, code: u16, reason: &str) {
        self.expect(CLOSE, &close_body(code, reason));
    }

    /// Nothing more may come than the end of the connection.
    #[track_caller]
    pub fn expect_end(&mut self) {
        let mut rest = Vec::new();
        match self.reader().read_to_end(&mut rest) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("instead of the end: {error}"),
        }
        assert_eq!(rest.escape_ascii().to_string(), "", "nothing comes before the end");
    }

    /// Reads whatever comes until the end of the connection.
    pub fn drain(&mut self) {
        // A reset is an end too.
        let _ = std::io::copy(self.reader(), &mut std::io::sink());
    }

    // ---- ending ----

    /// Ends our direction, unless the client has ended both already.
    pub fn fin(&mut self) {
        match self.wire().fin() {
            Err(error) if error.kind() != ErrorKind::NotConnected => panic!("shutdown: {error}"),
            _ => {}
        }
    }

    /// Ends our direction and waits for the client to end its own.
    #[track_caller]
    pub fn end(&mut self) {
        self.fin();
        self.expect_end();
    }

    /// Cuts the connection.
    pub fn reset(&mut self) {
        os::reset(self.stream.take().expect("not reset yet").into_inner().into_tcp());
    }

    // ---- the closing handshake ----

    /// Closes as servers should: Close frame, its echo, the end of TCP.
    #[track_caller]
    pub fn close_cleanly(&mut self, code: u16, reason: &str) {
        self.close(code, reason);
        self.expect_close(code, reason);
        self.end();
    }

    /// Expects the client's Close frame, echoes it and ends TCP.
    #[track_caller]
    pub fn echo_close(&mut self, code: u16, reason: &str) {
        self.expect_close(code, reason);
        self.close(code, reason);
        self.end();
    }
}
