//! WebSocket URLs: what the WebSocket constructor does with its first argument (WHATWG, `new WebSocket`).

use std::borrow::Cow;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use url::Position;

use super::quote::quote;
use crate::error::{Error, Result};

/// Where a URL points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name to be resolved: lower-case ASCII (Punycode), as the URL standard serialises it.
    Name(String),
    /// An IPv4 address, however it was written (`127.1`, `0x7f.0.0.1`).
    V4(Ipv4Addr),
    /// An IPv6 address; never with a zone.
    V6(Ipv6Addr),
}

/// A URL that a WebSocket can be made for, taken apart.
///
/// No part contains a control character or a space; all but `host` are what the URL standard serialises, so ASCII. The
/// `Debug` form leaves out everything that may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    /// The whole URL, serialised, as the `url` attribute shows it: scheme `ws` or `wss`, user name and password kept.
    pub href: String,
    /// Whether the scheme is `wss`.
    pub secure: bool,
    /// The host to connect to.
    pub host: Host,
    /// The port to connect to: the one in the URL, else 80 or, if `secure`, 443.
    pub port: u16,
    /// The value of the `Host` header: `host[:port]` without the default port, IPv6 addresses in brackets.
    pub authority: String,
    /// The request's target: the path, which begins with `/`, and `?query` if there is one, even an empty one.
    pub resource: String,
    /// The user name, percent-encoded as it stands in the URL; empty if there is none.
    pub username: String,
    /// The password, percent-encoded as it stands in the URL; empty if there is none.
    pub password: String,
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Url").field("secure", &self.secure).field("authority", &self.authority).finish_non_exhaustive()
    }
}

/// Parses `input` as the WebSocket constructor does: the URL standard's parser without a base URL, then `http` and
/// `https` become `ws` and `wss`.
///
/// # Errors
///
/// [`Error::Syntax`] if `input` is no URL, is relative, has another scheme, no host, or a fragment (even an empty one).
/// The text never shows a password.
pub fn parse(input: &str) -> Result<Url> {
    let url = url::Url::parse(input).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            refused(input, "is relative, and there is no page to resolve it against: write it in full, as in ws://host/path")
        }
        url::ParseError::EmptyHost => refused(input, "has no host: write it as in ws://host/path"),
        error => refused(input, &format!("is not a URL: {error}")),
    })?;
    let (secure, host, port) = destination(&url).ok_or_else(|| {
        refused(input, &format!("has the scheme {}: use ws or wss (or http or https, which mean the same)", quote(url.scheme())))
    })?;
    if url.fragment().is_some() {
        return Err(refused(input, "has a fragment: leave out the # and what follows it, or write # as %23"));
    }
    let scheme = if secure { "wss" } else { "ws" };
    // The standard's path percent-encode set has the caret; the parser, as of its version 2.5.8, does not.
    let path = if url.path().contains('^') { url.path().replace('^', "%5E").into() } else { Cow::Borrowed(url.path()) };
    let resource = [&path, &url[Position::AfterPath..]].concat();
    Ok(Url {
        // The default ports of http and ws are the same, and those of https and wss: the rest needs no change.
        href: [scheme, &url[Position::AfterScheme..Position::BeforePath], &resource].concat(),
        secure,
        host,
        port,
        authority: url[Position::BeforeHost..Position::AfterPort].to_owned(),
        resource,
        username: url.username().to_owned(),
        password: url.password().unwrap_or_default().to_owned(),
    })
}

/// Parses a host as it stands in a URL: a name, an IPv4 address, an IPv6 address with or without brackets.
///
/// # Errors
///
/// [`Error::Syntax`] if it is none.
pub fn parse_host(input: &str) -> Result<Host> {
    if let Ok(address) = input.parse::<Ipv6Addr>() {
        return Ok(Host::V6(address));
    }
    match url::Host::parse(input) {
        Ok(url::Host::Domain(name)) => Ok(Host::Name(name)),
        Ok(url::Host::Ipv4(address)) => Ok(Host::V4(address)),
        Ok(url::Host::Ipv6(address)) => Ok(Host::V6(address)),
        Err(error) => Err(Error::Syntax(format!("{} is not a host: {error}", quote(input)))),
    }
}

/// Whether to use TLS, and where to connect to; `None` if the scheme is not one of a WebSocket.
fn destination(url: &url::Url) -> Option<(bool, Host, u16)> {
    let secure = match url.scheme() {
        "ws" | "http" => false,
        "wss" | "https" => true,
        _ => return None,
    };
    // URLs of these schemes always have a host, and a port or a default.
    let host = match url.host()? {
        url::Host::Domain(name) => Host::Name(name.to_owned()),
        url::Host::Ipv4(address) => Host::V4(address),
        url::Host::Ipv6(address) => Host::V6(address),
    };
    Some((secure, host, url.port_or_known_default()?))
}

/// A serialised URL as logs and people may see it: without user name and password.
#[must_use]
pub fn without_userinfo(href: &str) -> String {
    let Some((scheme, rest)) = href.split_once("://") else { return href.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

fn refused(input: &str, problem: &str) -> Error {
    Error::Syntax(format!("the URL {} {problem}", quote(without_credentials(input))))
}

/// `input` with `***` for everything between the scheme and the last `@`.
///
/// A password with a bare `/`, `?` or `#` in it makes the URL invalid, or puts the rest of the password into its path:
/// so no more is taken for harmless than certainly is.
fn without_credentials(input: &str) -> String {
    let Some((before, after)) = input.rsplit_once('@') else {
        return input.to_owned();
    };
    match before.split_once("://") {
        Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => format!("{scheme}://***@{after}"),
        _ => format!("***@{after}"),
    }
}

#[cfg(test)]
mod tests;
