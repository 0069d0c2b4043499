//! Redirects are not followed (CVE-2024-28849, CVE-2025-14524, GHSA-3787-6prv-h9w3): the second server sees no connection, and so no
//! credentials.

use super::support::{
    client::{Client, ERROR, LOST, in_every_mode, options},
    server::Server,
};
use std::{io::ErrorKind, net::TcpListener};
use ws::protocol::failure::Phase;

#[test]
fn of_a_redirect_the_second_server_sees_no_connection() {
    in_every_mode(|mode| {
        for status in [301, 302, 303, 307, 308] {
            let second = TcpListener::bind("127.0.0.1:0").unwrap();
            let target = format!("ws://{}/elsewhere", second.local_addr().unwrap());
            let location = target.clone();
            let first = Server::new(move |peer| {
                peer.read_request();
                let head = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
                peer.send(head.as_bytes());
                peer.expect_end();
            });
            let options = options(|options| options.headers = vec![("Authorization".into(), "Bearer secret".into())]);
            let mut client = Client::connect_to(mode, &first.url(), options);
            assert_eq!(client.rest(), [ERROR, LOST], "{status}");
            let failure = client.socket.failure().unwrap();
            assert_eq!((failure.phase, failure.http_status), (Phase::Handshake, status));
            assert!(failure.text.contains(&target) && failure.text.contains("not followed"), "{}", failure.text);
            // The socket is closed and its loop has nothing more to do: whoever was to come has come.
            second.set_nonblocking(true).unwrap();
            assert_eq!(second.accept().unwrap_err().kind(), ErrorKind::WouldBlock, "{status}: the second server was connected to");
        }
    });
}
