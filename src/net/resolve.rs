//! Host names to addresses, off the loop's thread: the system's resolver blocks, and only it knows every source of names.

use super::{os, race::Family};
use crate::spec::url::Host;
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

/// Whether a name is this machine's, whatever a name server may say: `localhost` and all below it, with a final dot or not.
#[must_use]
pub fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// The addresses of hosts that need no look-up: literals, and `localhost`, which is the loopback interface whatever a name server
/// may say (RFC 6761 section 6.3, as in browsers).
#[must_use]
pub fn known(host: &Host) -> Option<Vec<IpAddr>> {
    match host {
        Host::V4(ip) => Some(vec![IpAddr::V4(*ip)]),
        Host::V6(ip) => Some(vec![IpAddr::V6(*ip)]),
        Host::Name(name) if is_localhost(name) => Some(vec![IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)]),
        Host::Name(_) => None,
    }
}

/// Looks the addresses that `name` has in a family up, to connect to `port`, on a thread of its own, and calls `done` there with what
/// was found. Each family has a look-up of its own: a name server that is silent about one of them holds up no connection over the other
/// (RFC 8305 section 3).
///
/// # Errors
///
/// The operating system's, if it gives no thread; `done` is not called then.
pub fn look_up(name: String, port: u16, family: Family, done: impl FnOnce(io::Result<Vec<SocketAddr>>) + Send + 'static) -> io::Result<()> {
    let work = move || done(os::addresses(&name, port, family == Family::V6));
    os::spawn("libws-resolve", work).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::url::parse_host;

    #[test]
    fn this_machine_and_addresses_are_known_and_nothing_else_is() {
        let loopback = Some(vec![IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        for host in ["localhost", "LOCALHOST", "a.localhost", "localhost.", "a.b.localhost."] {
            assert_eq!(known(&parse_host(host).unwrap()), loopback, "{host}");
        }
        for host in ["localhost.example", "mylocalhost", "localhost.."] {
            assert_eq!(known(&parse_host(host).unwrap()), None, "{host}");
        }
        assert_eq!(known(&parse_host("192.0.2.1").unwrap()), Some(vec![IpAddr::from([192, 0, 2, 1])]));
        assert_eq!(known(&parse_host("[::2]").unwrap()), Some(vec![IpAddr::from([0, 0, 0, 0, 0, 0, 0, 2])]));
    }
}
