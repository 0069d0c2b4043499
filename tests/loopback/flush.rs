//! `flush`: waits until the kernel has everything, or says why it never will.

use super::support::{
    both::in_modes,
    client::{Client, QUEUES, clean, guard, options, within},
    server::{BINARY, Server, frame, wait},
};
use std::{sync::mpsc, thread, time::Duration};
use ws::{
    client::{deadline::Deadline, socket::Sent},
    error::Error,
    protocol::Kind,
};

/// More than the kernel takes.
const MUCH: usize = 32 << 20;

/// A server that reads when it is told to, and then expects so much in one message.
fn slow_server() -> (Server, mpsc::Sender<()>) {
    let (go, may_go) = mpsc::channel();
    let server = Server::open(move |peer| {
        wait(&may_go);
        let (first, payload) = peer.read_frame();
        assert_eq!((first, payload.len()), (BINARY, MUCH));
        peer.close_cleanly(1000, "");
    });
    (server, go)
}

#[test]
fn flush_waits_until_the_kernel_has_all() {
    in_modes(&QUEUES, |mode| {
        let (server, go) = slow_server();
        let mut client = Client::connect(mode, &server);
        assert!(matches!(client.socket.flush(Deadline::Now), Err(Error::InvalidState(_))));
        client.take();
        assert_eq!(client.socket.flush(Deadline::Now), Ok(()));
        assert_eq!(client.socket.send(Kind::Binary, &vec![3; MUCH], false), Ok(Sent::Accepted));
        assert!(client.socket.buffered_amount() > 0);
        assert_eq!(client.socket.flush(Deadline::Now), Err(Error::Timeout));
        assert_eq!(client.socket.flush(within(Duration::from_millis(5))), Err(Error::Timeout));
        go.send(()).unwrap();
        assert_eq!(client.socket.flush(guard()), Ok(()));
        assert_eq!(client.socket.buffered_amount(), 0);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn flush_sends_what_gathers() {
    in_modes(&QUEUES, |mode| {
        let (received, is_received) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.expect(BINARY, b"more");
            received.send(()).unwrap();
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        client.socket.send(Kind::Binary, b"more", true).unwrap();
        assert_eq!(client.socket.flush(Deadline::Now), Ok(()));
        // Without the loop's help.
        wait(&is_received);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn flush_can_be_interrupted() {
    in_modes(&QUEUES, |mode| {
        let (server, go) = slow_server();
        let mut client = Client::open(mode, &server);
        client.socket.send(Kind::Binary, &vec![3; MUCH], false).unwrap();
        let socket = &client.socket;
        thread::scope(|scope| {
            let flushing = scope.spawn(|| socket.flush(guard()));
            socket.interrupt().unwrap();
            assert_eq!(flushing.join().unwrap(), Err(Error::Aborted));
        });
        go.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn flush_says_that_the_connection_was_lost() {
    in_modes(&QUEUES, |mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&may_go);
            peer.reset();
        });
        let client = Client::open(mode, &server);
        client.socket.send(Kind::Binary, &vec![3; MUCH], false).unwrap();
        go.send(()).unwrap();
        assert!(matches!(client.socket.flush(guard()), Err(Error::Network(_))));
    });
}

#[test]
fn flush_ends_when_the_connection_was_failed_and_the_server_reads_nothing() {
    in_modes(&QUEUES, |mode| {
        let ((go, may_go), (done, is_done)) = (mpsc::channel(), mpsc::channel());
        let server = Server::open(move |peer| {
            wait(&may_go);
            peer.send(&frame(0xff, b"breach"));
            wait(&is_done);
        });
        let client = Client::connect_to(mode, &server.url(), options(|_| ()));
        client.socket.wait_open(guard()).unwrap();
        client.socket.send(Kind::Binary, &vec![3; MUCH], false).unwrap();
        go.send(()).unwrap();
        // After the two seconds that the server has to read our Close frame.
        let flushed = client.socket.flush(within(Duration::from_secs(8)));
        done.send(()).unwrap();
        assert!(matches!(flushed, Err(Error::Network(_))), "{flushed:?}");
    });
}

#[test]
fn a_discarded_message_is_not_lost() {
    in_modes(&QUEUES, |mode| {
        let server = Server::open(|peer| peer.close_cleanly(1000, ""));
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [clean(1000, "")]);
        assert_eq!(client.socket.send(Kind::Text, b"too late", false), Ok(Sent::Discarded));
        assert_eq!(client.socket.flush(Deadline::Now), Ok(()), "all that was accepted is with the kernel");
        assert_eq!(client.socket.buffered_amount(), 8);
    });
}
