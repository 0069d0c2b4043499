//! A port on which a scripted server takes its connections.

use super::{
    os,
    server::{GUARD, Peer},
    wire,
};
use rustls::ServerConfig;
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

/// A port of 127.0.0.1 on which connections wait: the kernel makes them, nobody answers them until they are taken.
pub struct Listener {
    pub(super) tcp: TcpListener,
    /// What connections are secured with.
    tls: Option<Arc<ServerConfig>>,
}

impl Listener {
    pub fn new() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").expect("a port"), wire::tls_of_new_servers())
    }

    /// Another port, and the TLS that is spoken on it.
    pub fn on(tcp: TcpListener, tls: Option<Arc<ServerConfig>>) -> Self {
        Listener { tcp, tls }
    }

    pub fn address(&self) -> SocketAddr {
        self.tcp.local_addr().expect("its address")
    }

    pub fn url(&self) -> String {
        format!("{}://{}/", if self.tls.is_some() { "wss" } else { "ws" }, self.address())
    }

    /// Waits until a connection waits to be accepted.
    #[track_caller]
    pub fn wait_for_one(&self) {
        assert!(os::wait_for_connection(&self.tcp, GUARD), "the client connects");
    }

    /// Waits for the next connection.
    #[track_caller]
    pub fn next(&self) -> Peer {
        self.wait_for_one();
        let (stream, _) = self.tcp.accept().expect("a connection");
        Peer::new(stream, self.tcp.try_clone().expect("a descriptor"), self.tls.clone())
    }

    /// Whether no connection waits to be accepted.
    pub fn is_empty(&self) -> bool {
        !os::wait_for_connection(&self.tcp, Duration::ZERO)
    }
}
