//! TLS inside TLS whose outer layer ends in between, after bytes all over the session: TLS with the proxy, its answer, TLS with the server,
//! the response, messages.

use super::{
    cuts::{check_events, session, whole_handshakes},
    support::{
        certificates::{Authority, NAMES},
        client::{Client, ERROR, MODES, clean, in_every_mode},
        proxy::{ESTABLISHED, through_server},
        server::{Listener, Peer, Server},
        wire::{Fault, over_tls},
    },
};
use std::{
    collections::BTreeSet,
    io::{self, Write},
    net::{Shutdown, TcpListener},
    sync::{Arc, Mutex, mpsc},
    thread,
};
use ws::protocol::failure::Phase;

/// Answers a CONNECT request.
fn answer(peer: &mut Peer) -> io::Result<()> {
    peer.read_head_or_end()?;
    peer.wire().write_all(ESTABLISHED.as_bytes())
}

/// A proxy whose connections end after so many bytes of its ciphertext, and the server behind it.
fn proxy(places: mpsc::Receiver<usize>) -> Server {
    let config = Authority::of_tests().sign(&NAMES, |_| ()).server();
    over_tls(|| {
        Server::listening(move |proxy| {
            let target = Listener::on(TcpListener::bind("127.0.0.1:0").expect("a port"), Some(Arc::new(config)));
            for place in places {
                let mut peer = proxy.next();
                peer.wire().spoil(Fault::CutAfter(place));
                if answer(&mut peer).is_ok() {
                    thread::scope(|scope| {
                        scope.spawn(|| {
                            let mut server = target.next();
                            // It may be cut everywhere.
                            let _ = session(&mut server);
                            let _ = server.tcp().shutdown(Shutdown::Write);
                            let _ = io::copy(&mut server.tcp(), &mut io::sink());
                        });
                        peer.forward_to(target.address());
                    });
                }
                let _ = peer.tcp().shutdown(Shutdown::Write);
                let _ = io::copy(&mut peer.tcp(), &mut io::sink());
            }
        })
    })
}

#[test]
fn an_end_of_the_outer_layer_is_one_close_event_and_the_failure_says_where() {
    let reached = Mutex::new(BTreeSet::new());
    in_every_mode(|mode| {
        let (go, places) = mpsc::channel();
        let proxy = proxy(places);
        let mut place = MODES.iter().position(|other| *other == mode).unwrap();
        loop {
            go.send(place).unwrap();
            let mut options = whole_handshakes();
            options.proxies = through_server("https://", &proxy).proxies;
            let mut client = Client::connect_to(mode, "wss://127.0.0.1:4433/", options);
            let seen = client.rest();
            let name = format!("{place} bytes in {mode:?}");
            check_events(&seen, &name);
            let failure = client.socket.failure();
            reached.lock().unwrap().insert(failure.map_or(0, |failure| failure.phase as u8));
            match failure {
                None => assert_eq!(seen.last(), Some(&clean(1000, "bye")), "{name}"),
                Some(failure) => {
                    let phases =
                        if seen[0] == ERROR { &[Phase::Proxy, Phase::Tls, Phase::Handshake][..] } else { &[Phase::Open, Phase::Closing] };
                    assert!(phases.contains(&failure.phase) && failure.os_error == 0, "{name}: {failure:?}");
                    let says = failure.text.contains(&format!("the proxy {}", proxy.address()));
                    assert_eq!(says, failure.phase == Phase::Proxy, "{name}: {}", failure.text);
                }
            }
            if failure.is_none() {
                // The proxy has no more to do, and is waited for.
                drop(go);
                return;
            }
            // Every place would take too long: one in four, another four in each mode.
            place += 4 * MODES.len() + 1;
        }
    });
    let reached = reached.into_inner().unwrap();
    for phase in [Phase::Proxy as u8, Phase::Tls as u8, Phase::Handshake as u8, Phase::Open as u8, 0] {
        assert!(reached.contains(&phase), "{phase} in {reached:?}");
    }
}
