//! Ports where no server answers: one drops what is sent to it, one refuses, one waits for a program that will listen there.

use super::{os, server::Listener};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::fd::OwnedFd,
};

/// A port that drops what is sent to it, as some firewalls do: its queue is full.
pub struct FullPort {
    listener: Listener,
    _in_the_queue: TcpStream,
}

impl FullPort {
    pub fn new() -> Self {
        let listener = Listener::new();
        os::queue_one(&listener.tcp);
        FullPort { _in_the_queue: TcpStream::connect(listener.address()).expect("the queue takes one"), listener }
    }

    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    pub fn url(&self) -> String {
        self.listener.url()
    }
}

/// A port that refuses connections: bound, so that nobody else gets it, but nobody listens.
pub struct RefusingPort(SocketAddr, OwnedFd);

impl RefusingPort {
    pub fn new() -> Self {
        let (bound, port) = os::port_without_listener();
        RefusingPort((Ipv4Addr::LOCALHOST, port).into(), bound)
    }

    pub fn address(&self) -> SocketAddr {
        self.0
    }

    pub fn url(&self) -> String {
        format!("ws://{}/", self.0)
    }
}

/// A port for a program that takes no port of the system's choice.
pub struct ReservedPort(pub u16, OwnedFd);

impl ReservedPort {
    pub fn new() -> Self {
        let (bound, port) = os::port_to_listen_on();
        ReservedPort(port, bound)
    }
}
