//! One socket at a time CONNECTING to a server, through a proxy: the server counts, not the proxy (RFC 6455 section 4.1 step 2).

use super::super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode},
    proxy::{ESTABLISHED, through, through_server},
    server::{Listener, Peer, Server, wait},
};
use std::sync::{Arc, mpsc};
use ws::client::{deadline::Deadline, event_loop::EventLoop, options::Options};

fn politely(mut options: Options) -> Options {
    options.one_connecting = true;
    options
}

/// The next connection to the proxy, and what it asks for.
fn next(listener: &Listener) -> (Peer, String) {
    let mut peer = listener.next();
    let head = peer.read_head();
    (peer, head.lines().next().expect("a line").to_owned())
}

/// Two sockets through the server, on one loop.
fn two(mode: Mode, urls: [&str; 2], server: &Server) -> [Client; 2] {
    let own = !matches!(mode, Mode::Background | Mode::BackgroundCallbacks);
    let event_loop: Option<Arc<EventLoop>> = own.then(|| EventLoop::new(false).unwrap());
    urls.map(|url| Client::on_loop(mode, url, politely(through_server("http://", server)), event_loop.clone()))
}

#[test]
fn a_second_socket_to_the_same_name_waits_for_the_first() {
    for mode in [Mode::Background, Mode::BackgroundCallbacks] {
        let server = Server::listening(|listener| {
            let (mut first, asked) = next(listener);
            assert_eq!(asked, "CONNECT a.invalid:80 HTTP/1.1");
            first.send(ESTABLISHED.as_bytes());
            let head = first.read_request();
            assert!(listener.is_empty(), "one at a time, until it is open");
            first.send((head + "\r\n").as_bytes());
            let (mut second, asked) = next(listener);
            assert_eq!(asked, "CONNECT a.invalid:80 HTTP/1.1");
            second.send(b"HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
            second.expect_end();
            first.close_cleanly(1000, "");
        });
        let [mut first, mut second] = two(mode, ["ws://a.invalid/1", "ws://a.invalid/2"], &server);
        assert_eq!(second.rest(), [ERROR, LOST]);
        assert_eq!(first.rest(), [OPEN, &clean(1000, "")]);
    }
}

#[test]
fn sockets_to_other_names_or_ports_do_not_wait() {
    for mode in [Mode::Background, Mode::BackgroundCallbacks] {
        for other in ["ws://b.invalid/", "ws://a.invalid:81/", "ws://192.0.2.1/"] {
            let server = Server::listening(|listener| {
                let ((mut one, _), (mut other, _)) = (next(listener), next(listener));
                for peer in [&mut one, &mut other] {
                    peer.send(b"HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n");
                    peer.expect_end();
                }
            });
            for mut client in two(mode, ["ws://a.invalid/", other], &server) {
                assert_eq!(client.rest(), [ERROR, LOST]);
            }
        }
    }
}

#[test]
fn an_address_through_a_proxy_waits_for_one_that_is_connected_to_directly() {
    in_every_mode(|mode| {
        let (ready, is_ready) = mpsc::channel();
        let (seen, was_seen) = mpsc::channel();
        let server = Server::new(move |peer| {
            let head = peer.read_request();
            ready.send(()).unwrap();
            wait(&was_seen);
            peer.send((head + "\r\n").as_bytes());
            peer.close_cleanly(1000, "");
        });
        let proxy = Listener::new();
        let mut direct = Client::connect_to(Mode::BackgroundCallbacks, &server.url(), politely(Options::default()));
        wait(&is_ready);
        let mut through = Client::connect_to(mode, &server.url(), politely(through(&proxy.address().to_string())));
        if through.event_loop.is_some() {
            assert_eq!(through.take_by(Deadline::Now), None);
            assert!(proxy.is_empty(), "the other one is connecting");
        }
        seen.send(()).unwrap();
        let (came, has_come) = mpsc::channel();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                proxy.wait_for_one();
                came.send(()).unwrap();
            });
            through.work_until(&has_come);
        });
        through.socket.close(None, None).unwrap();
        assert_eq!(through.rest(), [ERROR, LOST]);
        // Freed before, it might close first.
        assert_eq!(direct.rest(), [OPEN, &clean(1000, "")]);
    });
}
