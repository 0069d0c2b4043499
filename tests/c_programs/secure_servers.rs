//! The servers that speak TLS, and the files that a program needs for them.

use super::{
    servers::Further,
    support::{
        certificates::{Authority, NAMES, Signed},
        server::{CLOSE, Peer, Server, frame},
    },
};
use rustls::{ServerConfig, version::TLS13};
use std::{
    env, fs,
    path::PathBuf,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};
use ws::net::tls::pem;

/// The certificate of both servers.
fn signed() -> &'static Signed {
    static SIGNED: OnceLock<Signed> = OnceLock::new();
    SIGNED.get_or_init(|| Authority::of_tests().sign(&NAMES, |_| ()))
}

/// Echoes on eleven connections, some of which end in the TLS handshake.
pub fn secure() -> Further {
    secure_for(11)
}

/// The same on so many.
pub fn secure_for(connections: usize) -> Further {
    echo(signed().server(), connections)
}

/// The same on four connections for clients with a certificate.
pub fn secure_for_clients() -> Further {
    echo(signed().server_for_clients_of(Authority::of_tests(), &[&TLS13]), 4)
}

fn echo(tls: ServerConfig, connections: usize) -> Further {
    let server = Server::secure(tls, move |peer| {
        for number in 1..=connections {
            // Who does not trust us is gone.
            if let Ok(response) = peer.read_request_or_end() {
                echo_on(peer, &response);
            }
            assert!(number == connections || peer.next_connection(super::support::server::GUARD), "the program connects once more");
        }
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

fn echo_on(peer: &mut Peer, response: &str) {
    peer.send(format!("{response}\r\n").as_bytes());
    loop {
        let (first, payload) = peer.read_frame();
        peer.send(&frame(first, &payload));
        if first == CLOSE {
            return peer.end();
        }
    }
}

/// A folder, which is removed in the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// No server but a folder with certificates and keys.
pub fn certificates() -> Further {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let name = format!("libws-certificates-{}-{}", std::process::id(), NUMBER.fetch_add(1, Relaxed));
    let folder = Folder(env::temp_dir().join(name));
    fs::create_dir_all(&folder.0).expect("a folder");
    let (authority, other) = (Authority::of_tests(), Authority::new("another"));
    let (client, another) = (authority.sign_client("a.client"), authority.sign_client("another.client"));
    for (name, bytes) in [
        ("ca.pem", authority.pem.as_bytes()),
        ("ca.der", &authority.certificate),
        ("other.pem", other.pem.as_bytes()),
        ("client.pem", client.chain_pem.as_bytes()),
        ("client.key", client.key_pem.as_bytes()),
        ("both.pem", format!("{}{}", client.chain_pem, client.key_pem).as_bytes()),
        ("mixed.pem", format!("{}{}", client.chain_pem, another.key_pem).as_bytes()),
        ("pin", pem::pin_of(&signed().chain[0]).expect("a certificate").as_bytes()),
    ] {
        fs::write(folder.0.join(name), bytes).expect("a file");
    }
    Further { url: folder.0.to_str().expect("UTF-8").to_owned(), _kept: Box::new(folder) }
}
