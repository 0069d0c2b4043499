//! TLS, also inside TLS, between a layer of libws and a server of rustls: cut into any pieces, with full buffers, changed on the way,
//! ended at any time. What is read is what the other side wrote, and an end is one that was said.

use crate::{
    certificates::{Authority, NAMES},
    input::Input,
};
use rustls::{
    ServerConfig, ServerConnection,
    pki_types::ServerName,
    server::ServerSessionMemoryCache,
    version::{TLS12, TLS13},
};
use socket2::{Domain, Socket, Type};
use std::{
    cell::{Cell, RefCell},
    io::{ErrorKind, Read, Write},
    net::Shutdown,
    sync::{Arc, OnceLock},
};
use ws::net::{
    stream::{Moved, Stream},
    tls::{config::Configs, layer::Handshake, options::TlsOptions, session::Session},
};

/// What happens in an input at the most.
const STEPS: usize = 120;
/// What either side writes at the most, in bytes.
const WRITTEN: usize = 1 << 20;
/// What a layer may hold: a read's ciphertext and its plaintext, a record that is not whole, what waits for the kernel.
const HELD: usize = 512 << 10;

/// Plays an input.
///
/// # Panics
///
/// If the library does not keep its word.
pub fn run(data: &[u8]) {
    let input = Input::new(data);
    let how = input.byte();
    let mut line = Line::new(how & 1 != 0, how & 2 != 0, how & 0x0c == 0x0c);
    if how & 16 != 0 {
        line.finish_handshake();
    }
    for _ in 0..STEPS {
        if input.is_empty() || line.over.get() {
            break;
        }
        line.step(&input);
    }
    line.finish();
}

/// A session with the server that everybody trusts.
fn session() -> Session {
    static CONFIGS: Configs = Configs::new();
    let authorities = vec![Authority::of_tests().certificate.clone()];
    let options = TlsOptions { authorities, system: false, resumption: false, ..TlsOptions::default() };
    let config = CONFIGS.get(&options, || ()).expect("nothing has to be read").expect("good options");
    Session::new(config, ServerName::try_from("127.0.0.1").expect("a name")).expect("a session")
}

fn server(tls13: bool) -> ServerConnection {
    static SERVERS: OnceLock<[Arc<ServerConfig>; 2]> = OnceLock::new();
    let configs = SERVERS.get_or_init(|| {
        let signed = Authority::of_tests().sign(&NAMES, |_| ());
        [&TLS12, &TLS13].map(|version| {
            let mut config = signed.server_of(&[version]);
            // Where nothing is left behind, the fuzzer need not look for what has leaked.
            config.session_storage = ServerSessionMemoryCache::new(1);
            Arc::new(config)
        })
    });
    let mut server = ServerConnection::new(configs[usize::from(tls13)].clone()).expect("a server");
    server.set_buffer_limit(None);
    server
}

/// A layer, the server, and what is on the way between them.
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
struct Line {
    layer: Arc<Stream>,
    wire: Socket,
    /// The server's sessions, the outermost first.
    servers: Vec<ServerConnection>,
    /// Ciphertext of the server that the wire has not got.
    down: Vec<u8>,
    /// What the server wrote, and how much of it has been read.
    written: Vec<u8>,
    read: Cell<usize>,
    /// Ciphertext of ours that has come, in bytes.
    taken: usize,
    /// What we wrote, and what the server read.
    sent: Vec<u8>,
    received: Vec<u8>,
    established: bool,
    /// Something was changed on the way to us.
    changed: bool,
    /// The server has ended its innermost session, an outer one, the wire.
    closed: bool,
    cut: bool,
    /// We have ended ours.
    ended: bool,
    /// The layer has failed.
    over: Cell<bool>,
    /// A read has said how the stream ends.
    end: RefCell<Option<String>>,
}

impl Line {
    fn new(tls13: bool, narrow: bool, nested: bool) -> Self {
        let (ours, wire) = Socket::pair(Domain::UNIX, Type::STREAM, None).expect("a pair of sockets");
        for socket in [&ours, &wire] {
            socket.set_nonblocking(true).expect("a socket that does not block");
            if narrow {
                socket.set_send_buffer_size(1).expect("the least that the system has");
            }
        }
        let mut line = Line {
            layer: Arc::new(Stream::secure(Arc::new(Stream::Tcp(ours)), session())),
            wire,
            servers: vec![server(tls13)],
            down: Vec::new(),
            written: Vec::new(),
            read: Cell::new(0),
            taken: 0,
            sent: Vec::new(),
            received: Vec::new(),
            established: false,
            changed: false,
            closed: false,
            cut: false,
            ended: false,
            over: Cell::new(false),
            end: RefCell::default(),
        };
        if nested {
            line.finish_handshake();
            line.layer = Arc::new(Stream::secure(line.layer.clone(), session()));
            line.servers.push(server(!tls13));
            line.established = false;
        }
        line
    }

    /// Does one thing.
    fn step(&mut self, input: &Input) {
        let what = input.byte();
        let count = usize::from(input.byte());
        match what % 16 {
            0 => self.deliver(1 + count),
            1 => self.deliver(usize::MAX),
            2 | 3 => self.change(what, count, input),
            4 | 5 => self.write_down(count * usize::from(input.choose(&[1_u8, 7, 255])), what),
            6 => self.end_down(what),
            7 | 8 => self.read(input.choose(&[1, 100, 16 << 10, 128 << 10, 5])),
            9 => self.shake_hands(count & 1 == 0),
            10 => self.send(count * usize::from(input.choose(&[1_u8, 7, 255]))),
            11 => self.flush(),
            12 if what > 128 && self.established => {
                self.layer.shutdown(Shutdown::Write);
                self.ended = true;
            }
            12 | 13 => self.take(1 + count),
            _ => self.take(usize::MAX),
        }
        assert!(self.layer.memory() <= HELD, "the layer holds {} bytes", self.layer.memory());
    }

    // ---- the server's side ----

    /// Moves what the server's sessions have to say outwards.
    fn produce(&mut self) {
        for index in (0..self.servers.len()).rev() {
            let mut bytes = Vec::new();
            while self.servers[index].wants_write() {
                self.servers[index].write_tls(&mut bytes).expect("a vector takes all");
            }
            match index.checked_sub(1) {
                // An outer session that has ended takes nothing.
                Some(outer) => drop(self.servers[outer].writer().write_all(&bytes)),
                None => self.down.extend(bytes),
            }
        }
    }

    /// Puts up to `count` bytes on the wire.
    fn deliver(&mut self, count: usize) {
        self.produce();
        let bytes = &self.down[..count.min(self.down.len())];
        if let Ok(count) = self.wire.send_with_flags(bytes, libc::MSG_NOSIGNAL) {
            self.down.drain(..count);
        }
    }

    /// Takes up to `count` bytes from the wire.
    fn take(&mut self, count: usize) {
        let mut buffer = vec![0; count.min(64 << 10)];
        let mut left = count;
        while left > 0 {
            let room = left.min(buffer.len());
            let Ok(count @ 1..) = (&self.wire).read(&mut buffer[..room]) else { break };
            left -= count;
            self.taken += count;
            self.came(&buffer[..count]);
        }
        self.produce();
    }

    /// Ciphertext of ours comes to the server.
    fn came(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        for server in &mut self.servers {
            let mut rest = &bytes[..];
            let mut plain = Vec::new();
            while !rest.is_empty() {
                let taken = server.read_tls(&mut rest).unwrap_or(0);
                if let Err(error) = server.process_new_packets() {
                    assert!(self.changed, "nothing was changed, and the server says {error}");
                    return;
                }
                match server.reader().read_to_end(&mut plain) {
                    Ok(_) => {}
                    Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
                }
                if taken == 0 {
                    // It has heard the end.
                    break;
                }
            }
            bytes = plain;
        }
        self.received.extend(bytes);
        assert!(self.sent.starts_with(&self.received), "the server has read what was not sent");
    }

    fn innermost(&mut self) -> &mut ServerConnection {
        self.servers.last_mut().expect("a server")
    }

    /// The server writes `count` bytes, and perhaps takes a new key before.
    fn write_down(&mut self, count: usize, what: u8) {
        if self.closed || self.written.len() + count > WRITTEN || self.innermost().is_handshaking() {
            return;
        }
        if what > 240 {
            // Only TLS 1.3 can.
            let _ = self.innermost().refresh_traffic_keys();
        }
        let start = self.written.len();
        self.written.extend((start..start + count).map(|place| (place / 3).to_le_bytes()[0]));
        let bytes = self.written[start..].to_vec();
        if self.innermost().writer().write_all(&bytes).is_err() {
            self.written.truncate(start);
        }
    }

    /// The server ends its session, the one around it, or the wire.
    fn end_down(&mut self, what: u8) {
        self.produce();
        match what >> 6 {
            0 | 1 if !self.innermost().is_handshaking() => {
                self.innermost().send_close_notify();
                self.closed = true;
            }
            2 if self.servers.len() > 1 => {
                self.servers[0].send_close_notify();
                self.cut = true;
            }
            3 => {
                drop(self.wire.shutdown(Shutdown::Write));
                self.cut = true;
            }
            _ => {}
        }
        self.produce();
    }

    /// Changes what is on the way down.
    fn change(&mut self, what: u8, count: usize, input: &Input) {
        self.produce();
        let place = usize::from(input.word()) % (self.down.len() + 1);
        match what >> 6 {
            0 | 1 => {
                let Some(byte) = self.down.get_mut(place) else { return };
                *byte ^= u8::try_from(count).expect("a byte").max(1);
            }
            2 => drop(self.down.splice(place..place, input.field().iter().copied())),
            _ => {
                let end = self.down.len().min(place + count);
                drop(self.down.drain(place..end));
            }
        }
        self.changed = true;
    }

    // ---- our side ----

    fn shake_hands(&mut self, readable: bool) {
        if self.established {
            return;
        }
        match self.layer.shake_hands(readable) {
            Handshake::Done => {
                self.established = true;
                assert!(!self.layer.tls().is_empty());
            }
            Handshake::Waits | Handshake::Again => {}
            Handshake::Failed(error) => {
                // A server that says goodbye right behind its handshake has it end there.
                assert!(self.changed || self.cut || self.closed, "nothing was changed: {error:?}");
                assert!(!error.text.is_empty() && !error.text.chars().any(char::is_control), "{error:?}");
                self.over.set(true);
            }
            // The layer below has found it.
            Handshake::Broken(error) => {
                assert!(self.changed && self.servers.len() > 1, "the wire is whole: {error}");
                self.over.set(true);
            }
        }
    }

    fn read(&self, room: usize) {
        // Of a session that has said goodbye, rustls's own debug build does not take a breach: it asserts that no alert was sent before.
        if !self.established || (self.ended && self.changed) {
            return;
        }
        let mut into = vec![0; room];
        let moved = self.layer.read(&mut into);
        let may_have_more = self.layer.may_have_more(0, room);
        self.judge(&moved, &into);
        if matches!(moved, Moved::Bytes(1..) | Moved::Nothing) && !may_have_more {
            // Nothing will say that there is more: so there is none, but for an end of the wire, which says so itself.
            let again = self.layer.read(&mut into);
            assert!(matches!(again, Moved::Blocked | Moved::Cut), "{moved:?}, and without a notice {again:?}");
            self.judge(&again, &into);
        }
    }

    /// What was read is what the server wrote, and the end is the right one.
    fn judge(&self, moved: &Moved, into: &[u8]) {
        let name = match moved {
            Moved::Bytes(count @ 1..) => {
                assert!(self.end.borrow().is_none(), "{count} bytes behind the end");
                let place = self.read.get();
                self.read.set(place + count);
                assert_eq!(self.written.get(place..place + count), Some(&into[..*count]), "read at {place}");
                return;
            }
            Moved::Bytes(0) => {
                assert!(self.closed, "an end that the server has not said");
                assert_eq!(self.read.get(), self.written.len(), "the end comes before all was read");
                "closed"
            }
            Moved::Cut => {
                assert!(self.cut, "the wire was not cut");
                "cut"
            }
            Moved::Broken(error) => {
                assert!(self.changed, "nothing was changed: {error}");
                assert!(!error.to_string().is_empty());
                "broken"
            }
            Moved::Nothing | Moved::Blocked => {
                assert!(!matches!(self.end.borrow().as_deref(), Some("closed" | "broken")), "{moved:?} behind the end");
                return;
            }
        };
        let before = self.end.replace(Some(name.into()));
        assert!(before.as_deref().is_none_or(|before| before == name), "{before:?}, then {name}");
    }

    fn send(&mut self, count: usize) {
        if !self.established || self.ended || self.sent.len() + count > WRITTEN {
            return;
        }
        let start = self.sent.len();
        let bytes: Vec<u8> = (start..start + count).map(|place| (place / 5).to_le_bytes()[0] ^ 0x55).collect();
        match self.layer.write(&bytes) {
            Moved::Bytes(taken) => {
                assert!(taken <= count && (taken > 0 || count == 0), "{taken} of {count} bytes");
                self.sent.extend(&bytes[..taken]);
            }
            Moved::Blocked => assert!(self.layer.has_pending()),
            Moved::Broken(error) => assert!(self.changed || self.end.borrow().is_some(), "{error}"),
            other => panic!("a write came to {other:?}"),
        }
    }

    /// Goes on with what the kernel has not taken, if there is some.
    fn flush(&self) {
        if !self.layer.has_pending() {
            return;
        }
        match self.layer.flush() {
            Moved::Bytes(0) => assert!(!self.layer.has_pending()),
            Moved::Blocked => assert!(self.layer.has_pending()),
            // TLS answers what comes, though we have ended our direction.
            Moved::Broken(_) if self.ended => {}
            other => panic!("a flush came to {other:?}"),
        }
    }

    /// Both sides go on until the handshake is done, if nobody was in the way.
    fn finish_handshake(&mut self) {
        for _ in 0..100 {
            self.shake_hands(true);
            self.take(usize::MAX);
            if self.established || self.over.get() {
                break;
            }
            self.deliver(usize::MAX);
        }
        assert!(self.established || self.changed || self.cut || self.over.get(), "the handshake does not end");
    }

    // ---- the end ----

    /// If nobody was in the way, all that was written is read, on both sides.
    fn finish(mut self) {
        if !self.changed && !self.over.get() {
            if !self.cut {
                self.finish_handshake();
            }
            // Rounds in a row in which nothing moved.
            let mut idle = 0;
            while idle < 3 {
                let before = (self.read.get(), self.taken, self.down.len());
                self.deliver(usize::MAX);
                self.shake_hands(true);
                self.read(64 << 10);
                self.flush();
                self.take(usize::MAX);
                idle = if before == (self.read.get(), self.taken, self.down.len()) { idle + 1 } else { 0 };
            }
            if self.established && !self.cut {
                assert_eq!(self.read.get(), self.written.len(), "what the server wrote");
                assert_eq!(self.received.len(), self.sent.len(), "what we wrote");
                assert_eq!(self.end.borrow().is_some(), self.closed, "{:?}", self.end);
            }
        }
        if let Some(error) = self.wire.take_error().expect("a socket") {
            panic!("the wire: {error}");
        }
    }
}
