//! The client's side of SOCKS5: a method, a user name and password if the proxy wants them, one request (RFC 1928, RFC 1929).

use super::address::{Credentials, Endpoint};
use crate::spec::url::Host;

const VERSION: u8 = 5;
/// The version of the exchange of user name and password (RFC 1929 section 2).
const AUTHENTICATION: u8 = 1;

const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NONE_OF_THESE: u8 = 0xff;

const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// The longest name that a request carries, in bytes.
pub(super) const LONGEST_NAME: usize = 255;

/// What came of a byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// More are needed.
    More,
    /// These bytes are to be sent, then more are needed.
    Send(Vec<u8>),
    /// What follows is the server's.
    Through,
    /// The proxy answered that it does not get there.
    Unreachable(String),
    /// The proxy answered, and will not.
    Refused(String),
    /// The proxy answered what is not SOCKS5.
    Broken(String),
}

/// What is awaited of the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Its choice among our methods: version, method.
    Method,
    /// What it says to user name and password: version, status.
    Status,
    /// Its answer to the request: version, reply, reserved, kind of address, and the address and port that it uses, which nobody needs.
    Reply,
}

/// A dialog. It has no `Debug` form, because it holds credentials.
pub(super) struct Dialog {
    state: State,
    /// The bytes of what is awaited, as far as they have come.
    received: Vec<u8>,
    credentials: Option<Credentials>,
    request: Vec<u8>,
}

impl Dialog {
    /// A dialog that asks for a connection to `target`, and the bytes that it begins with; `None`: the name is too long.
    pub fn new(target: &Endpoint, credentials: Option<&Credentials>) -> Option<(Self, Vec<u8>)> {
        let dialog = Dialog { state: State::Method, received: Vec::new(), credentials: credentials.cloned(), request: request(target)? };
        let methods: &[u8] = if credentials.is_some() { &[NO_AUTHENTICATION, USER_AND_PASSWORD] } else { &[NO_AUTHENTICATION] };
        let count = if credentials.is_some() { 2 } else { 1 };
        Some((dialog, [&[VERSION, count], methods].concat()))
    }

    /// Takes the next byte. One by one, so that it does not matter how they come.
    pub fn handle_byte(&mut self, byte: u8) -> Said {
        self.received.push(byte);
        match (self.state, self.received.as_slice()) {
            (State::Method | State::Reply, [version]) if *version != VERSION => {
                Said::Broken(format!("the proxy does not speak SOCKS5: its answer begins with {version:#04x} instead of 0x05"))
            }
            (State::Method, &[_, method]) => self.method(method),
            // Its version is not looked at: proxies say 1, as they should, or 5.
            (State::Status, &[_, 0]) => self.next(State::Reply, self.request.clone()),
            (State::Status, &[_, status]) => Said::Refused(format!("user name and password are not accepted (status {status})")),
            (State::Reply, &[_, reply]) if reply != 0 => {
                let text = format!("{} (SOCKS5 reply {reply})", meaning(reply));
                if matches!(reply, 1 | 3..=6 | 8) { Said::Unreachable(text) } else { Said::Refused(text) }
            }
            (State::Reply, received) => match size_of_reply(received) {
                Ok(Some(size)) if received.len() == size => Said::Through,
                Ok(_) => Said::More,
                Err(kind) => Said::Broken(format!("the proxy's answer has an address of the unknown kind {kind}")),
            },
            _ => Said::More,
        }
    }

    fn method(&mut self, method: u8) -> Said {
        match (method, &self.credentials) {
            (NO_AUTHENTICATION, _) => self.next(State::Reply, self.request.clone()),
            (USER_AND_PASSWORD, Some(who)) => {
                let bytes = [&[AUTHENTICATION], &counted(&who.user)[..], &counted(&who.password)].concat();
                self.next(State::Status, bytes)
            }
            (NONE_OF_THESE, None) => Said::Refused(
                "it wants authentication: give a user name and a password in its URL or with ws_options_set_proxy_credentials".into(),
            ),
            (NONE_OF_THESE, Some(_)) => Said::Refused("it wants another authentication than by user name and password".into()),
            (other, _) => Said::Broken(format!("the proxy chooses the authentication method {other}, which was not offered")),
        }
    }

    fn next(&mut self, state: State, bytes: Vec<u8>) -> Said {
        self.state = state;
        self.received.clear();
        Said::Send(bytes)
    }
}

/// A request for a connection: version, command, reserved, kind of address, address, port.
fn request(target: &Endpoint) -> Option<Vec<u8>> {
    let address = match &target.host {
        Host::V4(ip) => [&[IPV4], &ip.octets()[..]].concat(),
        Host::V6(ip) => [&[IPV6], &ip.octets()[..]].concat(),
        Host::Name(name) if name.len() > LONGEST_NAME => return None,
        Host::Name(name) => [&[NAME], &counted(name.as_bytes())[..]].concat(),
    };
    Some([&[VERSION, CONNECT, 0], &address[..], &target.port.to_be_bytes()].concat())
}

/// Bytes behind their number; whoever made them saw to it that they are no more than 255.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let count = u8::try_from(bytes.len()).expect("names and credentials that are too long were refused");
    [&[count], bytes].concat()
}

/// How long a reply is, once that can be told; the kind of its address if that is none.
fn size_of_reply(received: &[u8]) -> Result<Option<usize>, u8> {
    let address = match *received {
        [_, _, _, IPV4, ..] => 4,
        [_, _, _, IPV6, ..] => 16,
        // The length of a name stands before it.
        [_, _, _, NAME, length, ..] => 1 + usize::from(length),
        [] | [_] | [_, _] | [_, _, _] | [_, _, _, NAME] => return Ok(None),
        [_, _, _, kind, ..] => return Err(kind),
    };
    Ok(Some(4 + address + 2))
}

/// What the codes of a reply mean (RFC 1928 section 6).
fn meaning(reply: u8) -> &'static str {
    match reply {
        1 => "general failure of the proxy",
        2 => "connection not allowed by its rules",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "kind of address not supported",
        _ => "for a reason that has no name",
    }
}
