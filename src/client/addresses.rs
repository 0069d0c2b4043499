//! Which addresses a connection is made to, and how: the options, checked.

use crate::{
    error::{Error, Result},
    net::{
        dial::{self, Dial, KeepAlive},
        race::Family,
    },
    spec::url::{self, Host},
};
use std::{
    net::IpAddr,
    os::fd::OwnedFd,
    sync::{Arc, Mutex},
    time::Duration,
};

/// The most that the kernel takes for its buffers' sizes and keep-alive's seconds.
const MOST_BUFFER: u64 = 1 << 30;
const MOST_SECONDS: u64 = 32_767;
const MOST_PROBES: u64 = 127;

/// The addresses of a host and port, instead of those that the resolver finds.
#[derive(Debug, Clone)]
struct Override {
    host: Host,
    port: u16,
    ips: Vec<IpAddr>,
}

/// A connection that needs no TCP connection.
#[derive(Debug, Clone)]
pub enum Instead {
    /// To a Unix domain socket.
    Unix {
        /// Its address.
        address: socket2::SockAddr,
        /// For people.
        path: String,
    },
    /// Over a socket that the application has connected: the first that asks gets it.
    Given(Arc<Mutex<Option<OwnedFd>>>),
}

/// Which addresses a connection is made to, and how.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// The only family that is tried.
    pub only: Option<Family>,
    overrides: Vec<Override>,
    /// How TCP connections are made.
    pub dial: Dial,
    /// What is connected to instead of the URL's host.
    pub instead: Option<Instead>,
}

impl Addresses {
    /// Gives a host and port addresses of their own, separated by commas.
    ///
    /// # Errors
    ///
    /// A host or address that is none, a port out of range.
    pub fn add_override(&mut self, host: &str, port: i32, addresses: &str) -> Result<()> {
        let host = url::parse_host(host)?;
        let Ok(port @ 1..) = u16::try_from(port) else {
            return Err(Error::InvalidArgument(format!("the port {port}: give 1 to 65535")));
        };
        let ips = addresses.split(',').map(|text| ip("an address", text.trim())).collect::<Result<_>>()?;
        self.overrides.retain(|other| (&other.host, other.port) != (&host, port));
        self.overrides.push(Override { host, port, ips });
        Ok(())
    }

    /// The addresses that were given to a host and port.
    #[must_use]
    pub fn overridden(&self, host: &Host, port: u16) -> Option<&[IpAddr]> {
        let found = self.overrides.iter().find(|other| (&other.host, other.port) == (host, port))?;
        Some(&found.ips)
    }

    /// The families that are tried, the preferred one first: a bound address allows its own only.
    #[must_use]
    pub fn families(&self) -> Vec<Family> {
        let bound = self.dial.bind_address.map(|ip| if ip.is_ipv6() { Family::V6 } else { Family::V4 });
        let allowed = |family: &Family| [self.only, bound].into_iter().flatten().all(|only| only == *family);
        Family::BOTH.into_iter().filter(allowed).collect()
    }

    /// Sets the only family: 4 or 6; 0: both.
    ///
    /// # Errors
    ///
    /// Another number.
    pub fn set_ip_version(&mut self, version: i32) -> Result<()> {
        self.only = match version {
            0 => None,
            4 => Some(Family::V4),
            6 => Some(Family::V6),
            other => return Err(Error::InvalidArgument(format!("the IP version {other}: give 4, 6, or 0 for both"))),
        };
        Ok(())
    }

    /// Sets the local address.
    ///
    /// # Errors
    ///
    /// No IP address.
    pub fn set_bind_address(&mut self, address: Option<&str>) -> Result<()> {
        self.dial.bind_address = address.map(|text| ip("the local address", text)).transpose()?;
        Ok(())
    }

    /// Sets the network interface.
    ///
    /// # Errors
    ///
    /// A name that cannot be one.
    pub fn set_bind_interface(&mut self, name: Option<&str>) -> Result<()> {
        if let Some(name) = name.filter(|name| name.is_empty() || name.len() > 15 || name.contains(['\0', '/', ' '])) {
            return Err(Error::InvalidArgument(format!("{name:?} cannot be the name of a network interface: 1 to 15 bytes")));
        }
        self.dial.bind_interface = name.map(str::to_owned);
        Ok(())
    }

    /// Connects to a Unix domain socket instead; a leading `@` stands for Linux's abstract namespace.
    ///
    /// # Errors
    ///
    /// A path that is empty, too long or has a NUL in it.
    pub fn set_unix_socket(&mut self, path: Option<&[u8]>) -> Result<()> {
        self.instead = match path {
            None => None,
            Some(bytes) => {
                let path = String::from_utf8_lossy(bytes).into_owned();
                let refused = |why: &str| Error::InvalidArgument(format!("the path {path:?} of a Unix domain socket {why}"));
                if bytes.is_empty() || bytes.contains(&0) {
                    return Err(refused("is empty or has a NUL in it"));
                }
                let mut bytes = bytes.to_vec();
                if bytes[0] == b'@' {
                    bytes[0] = 0;
                }
                let address = dial::unix_address(&bytes).map_err(|_| refused("is too long: the system takes some 107 bytes"))?;
                Some(Instead::Unix { address, path })
            }
        };
        Ok(())
    }

    /// Uses a socket that is connected already, instead.
    pub fn set_socket(&mut self, socket: OwnedFd) {
        self.instead = Some(Instead::Given(Arc::new(Mutex::new(Some(socket)))));
    }

    /// Takes the socket that is to be used, if one is.
    ///
    /// # Errors
    ///
    /// It was taken before.
    pub fn take_socket(&self) -> Result<Option<OwnedFd>> {
        let Some(Instead::Given(socket)) = &self.instead else { return Ok(None) };
        let taken = super::sync::lock(socket).take();
        let again = || Error::InvalidState("the socket of ws_options_set_socket is for one ws_connect, and another has it already".into());
        taken.map(Some).ok_or_else(again)
    }

    /// Sets TCP's keep-alive; an idle time of 0 is off.
    ///
    /// # Errors
    ///
    /// A number that the kernel does not take.
    pub fn set_keep_alive(&mut self, idle: i32, interval: i32, count: i32) -> Result<()> {
        if idle == 0 {
            self.dial.keep_alive = None;
            return Ok(());
        }
        let seconds = |what: &str, value: i32| number(what, value, MOST_SECONDS).map(|value| Duration::from_secs(value.into()));
        self.dial.keep_alive = Some(KeepAlive {
            idle: seconds("idle time", idle)?,
            interval: seconds("interval", interval)?,
            count: number("count of probes", count, MOST_PROBES)?,
        });
        Ok(())
    }

    /// Sets the sizes of the kernel's buffers; 0: as it likes.
    ///
    /// # Errors
    ///
    /// More than it can have.
    pub fn set_buffers(&mut self, send: usize, receive: usize) -> Result<()> {
        for size in [send, receive] {
            super::options::limit("size of a socket's buffer", size as u64, 0, MOST_BUFFER)?;
        }
        let chosen = |size: usize| (size > 0).then_some(size);
        (self.dial.send_buffer, self.dial.receive_buffer) = (chosen(send), chosen(receive));
        Ok(())
    }
}

fn ip(what: &str, text: &str) -> Result<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse()
        .map_err(|_| Error::InvalidArgument(format!("{what} is {text:?}: give an IPv4 or IPv6 address, as 192.0.2.1 or 2001:db8::1")))
}

fn number(what: &str, value: i32, most: u64) -> Result<u32> {
    let value = u32::try_from(value).map_err(|_| Error::InvalidArgument(format!("a keep-alive {what} of {value}: give 1 to {most}")))?;
    super::options::limit(&format!("keep-alive {what}"), value.into(), 1, most)?;
    Ok(value)
}
