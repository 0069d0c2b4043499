//! Host names to addresses, off the loop's thread: the system's resolver blocks, and only it knows every source of names.

use crate::spec::url::Host;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    thread,
};

/// The addresses of hosts that need no look-up: literals, and `localhost`, which is the loopback interface whatever a name server
/// may say (RFC 6761 section 6.3, as in browsers).
#[must_use]
pub fn known(host: &Host, port: u16) -> Option<Vec<SocketAddr>> {
    let ips = match host {
        Host::V4(ip) => vec![IpAddr::V4(*ip)],
        Host::V6(ip) => vec![IpAddr::V6(*ip)],
        Host::Name(name) if name == "localhost" || name.ends_with(".localhost") => {
            vec![IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)]
        }
        Host::Name(_) => return None,
    };
    Some(ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect())
}

/// Looks `name` up on a thread of its own and calls `done` there with what was found.
///
/// # Errors
///
/// The operating system's, if it gives no thread; `done` is not called then.
pub fn look_up(name: String, port: u16, done: impl FnOnce(io::Result<Vec<SocketAddr>>) + Send + 'static) -> io::Result<()> {
    let work = move || done((name.as_str(), port).to_socket_addrs().map(Iterator::collect));
    thread::Builder::new().name("libws-resolve".into()).spawn(work).map(drop)
}
