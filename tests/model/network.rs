//! The network of a run: the scripted server, whose acts are ordered one by one, and who notes what it receives.

use super::{
    support::{
        os,
        server::{CLOSE, GUARD, PING, PONG, Peer, Server, frame, wait},
    },
    words::{Body, Payload},
};
use std::{
    io::Write,
    net::Shutdown,
    os::fd::OwnedFd,
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        mpsc::{self, Receiver},
    },
    time::Duration,
};

/// What the server has received.
#[derive(Debug, Clone, Default)]
pub struct Received {
    pub messages: Vec<Payload>,
    pub pings: Vec<Payload>,
    pub close: Option<Body>,
    /// Frames behind our Close frame.
    pub after_close: usize,
    /// Payload of messages.
    pub bytes: u64,
    /// Pings that were not answered yet.
    pub to_answer: Vec<Vec<u8>>,
}

/// What the reading thread and the orders share.
#[derive(Debug, Default)]
struct Inbox {
    received: Received,
    stops_reading: bool,
    /// Bytes to answer our Close frame with, before the end of TCP.
    answers: Option<Vec<u8>>,
    over: bool,
}

type Shared = Arc<(Mutex<Inbox>, Condvar)>;

/// Where the socket connects to.
pub struct Network {
    /// `None`: nobody listens.
    server: Option<Server>,
    url: String,
    _port: Option<OwnedFd>,
    asked: Receiver<(String, Peer)>,
    /// The right answer to the request, and our hand on the connection, once the request was read.
    connection: Option<(String, Option<Peer>)>,
    inbox: Shared,
}

fn lock(inbox: &Shared) -> MutexGuard<'_, Inbox> {
    inbox.0.lock().expect("the reading thread is well")
}

pub fn close_frame(body: &Body) -> Vec<u8> {
    let payload = body.as_ref().map_or(vec![], |(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat());
    frame(CLOSE, &payload)
}

/// Reads what comes, as long as it is not told to stop.
fn read(peer: &mut Peer, inbox: &Shared) {
    loop {
        let stopped = inbox.1.wait_while(lock(inbox), |inbox| inbox.stops_reading).expect("nobody panics with the lock");
        drop(stopped);
        let Ok((first, payload)) = peer.read_frame_or_end() else { return };
        let mut inbox = lock(inbox);
        let received = &mut inbox.received;
        received.after_close += usize::from(received.close.is_some());
        let short = Payload::new(first & 0x0f == 1, &payload);
        match first {
            0x81 | 0x82 => {
                received.bytes += payload.len() as u64;
                received.messages.push(short);
            }
            PING => {
                received.pings.push(short);
                received.to_answer.push(payload);
            }
            PONG => {}
            CLOSE => {
                let reason = |rest: &[u8]| String::from_utf8(rest.to_vec()).expect("a reason in UTF-8");
                let body = payload.split_at_checked(2).map(|(code, rest)| (u16::from_be_bytes([code[0], code[1]]), reason(rest)));
                received.close = Some(body);
                if let Some(bytes) = &inbox.answers {
                    answer(peer, bytes);
                }
            }
            other => panic!("the client sends a frame that begins with {other:#x}"),
        }
    }
}

/// The client may be gone already.
fn answer(peer: &mut Peer, bytes: &[u8]) {
    let _ = peer.wire().write_all(bytes);
    let _ = peer.tcp().shutdown(Shutdown::Write);
}

impl Network {
    /// A server. `at_once`: it answers the request so (after the right head, if `true`), and nobody need order it to.
    pub fn new(at_once: Option<(bool, Vec<u8>)>) -> Self {
        let inbox = Shared::default();
        let (ask, asked) = mpsc::channel();
        let its_own = inbox.clone();
        let server = Server::new(move |peer| {
            if let Ok(head) = peer.read_request_or_end() {
                if let Some((accepts, bytes)) = at_once {
                    let head = if accepts { head.clone() + "\r\n" } else { String::new() };
                    let _ = peer.wire().write_all(&[head.as_bytes(), &bytes].concat());
                }
                // The run may be over.
                drop(ask.send((head, peer.split())));
                read(peer, &its_own);
            }
            lock(&its_own).over = true;
            its_own.1.notify_all();
        });
        let url = server.url();
        Network { server: Some(server), url, _port: None, asked, connection: None, inbox }
    }

    /// A port where nobody listens.
    pub fn without_listener() -> Self {
        let (port, number) = os::port_without_listener();
        let inbox = Shared::default();
        lock(&inbox).over = true;
        let asked = mpsc::channel().1;
        Network { server: None, url: format!("ws://127.0.0.1:{number}/"), _port: Some(port), asked, connection: None, inbox }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    // ---- the opening handshake ----

    /// Whether the request has been read. `waits`: it must come.
    pub fn was_asked(&mut self, waits: bool) -> bool {
        if self.connection.is_none() {
            let asked = if waits { Some(wait(&self.asked)) } else { self.asked.try_recv().ok() };
            self.connection = asked.map(|(head, peer)| (head, Some(peer)));
        }
        self.connection.is_some()
    }

    /// The right answer, with frames behind it.
    pub fn accept(&mut self, frames: &[u8]) {
        let head = self.connection.as_ref().map_or(String::new(), |(head, _)| head.clone() + "\r\n");
        self.send(&[head.as_bytes(), frames].concat());
    }

    // ---- acts ----

    fn peer(&mut self) -> Option<&mut Peer> {
        self.connection.as_mut()?.1.as_mut()
    }

    /// The client may be gone already: then nothing happens.
    pub fn send(&mut self, bytes: &[u8]) {
        if let Some(peer) = self.peer() {
            let _ = peer.wire().write_all(bytes);
        }
    }

    pub fn wait_until_received(&mut self) {
        if let Some(peer) = self.peer() {
            peer.wait_until_received();
        }
    }

    pub fn fin(&mut self) {
        if let Some(peer) = self.peer() {
            let _ = peer.tcp().shutdown(Shutdown::Write);
        }
    }

    /// Cuts the connection, after what was sent before has arrived.
    pub fn reset(&mut self) {
        self.wait_until_received();
        self.stop_reading(false);
        if let Some(peer) = self.peer() {
            // Wakes the reading thread: the connection ends when nobody has a hand on it any more.
            let _ = peer.tcp().shutdown(Shutdown::Read);
        }
        assert!(self.watch().wait_until_over(GUARD), "the reading thread ends");
        if let Some((_, peer)) = &mut self.connection
            && let Some(mut peer) = peer.take()
        {
            peer.reset();
        }
    }

    pub fn stop_reading(&mut self, stops: bool) {
        lock(&self.inbox).stops_reading = stops;
        self.inbox.1.notify_all();
    }

    /// The server reads, and answers our Close frame with these bytes and the end of TCP.
    pub fn answer_close(&mut self, bytes: Vec<u8>) {
        self.stop_reading(false);
        self.was_asked(false);
        let inbox = self.inbox.clone();
        let mut inbox = lock(&inbox);
        if inbox.answers.is_some() {
            return;
        }
        if inbox.received.close.is_some()
            && let Some(peer) = self.peer()
        {
            answer(peer, &bytes);
        }
        inbox.answers = Some(bytes);
    }

    // ---- what came ----

    pub fn received(&self) -> Received {
        lock(&self.inbox).received.clone()
    }

    /// The payload of the first ping that was not answered; for the server to answer it.
    pub fn ping_to_answer(&mut self) -> Option<Vec<u8>> {
        let to_answer = &mut lock(&self.inbox).received.to_answer;
        if to_answer.is_empty() { None } else { Some(to_answer.remove(0)) }
    }

    /// No client will come any more.
    pub fn call_off(&self) {
        if let Some(server) = &self.server {
            server.call_off();
        }
    }

    pub fn watch(&self) -> Watch {
        Watch(self.inbox.clone())
    }
}

/// Sees the end of a connection.
pub struct Watch(Shared);

impl Watch {
    /// Waits for the end of what the client sends, but not for longer than that. `false`: it has not come.
    pub fn wait_until_over(&self, time: Duration) -> bool {
        let waited = self.0.1.wait_timeout_while(lock(&self.0), time, |inbox| !inbox.over);
        !waited.expect("nobody panics with the lock").1.timed_out()
    }
}
