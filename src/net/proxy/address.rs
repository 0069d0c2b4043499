//! A proxy's URL: which protocol it speaks, where it listens, and who one is to it.

use crate::{
    error::{Error, Result},
    spec::{credentials::percent_decoded, quote::quote, url::Host},
};
use std::fmt;

/// The longest user name and the longest password of SOCKS5, in bytes (RFC 1929 section 2).
const LONGEST_OF_SOCKS: usize = 255;

/// How a proxy is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HTTP's CONNECT.
    Http,
    /// The same inside TLS.
    Https,
    /// SOCKS5 with addresses: names are looked up here.
    Socks5,
    /// SOCKS5 with names: the proxy looks them up.
    Socks5h,
}

impl Scheme {
    /// The scheme with this name, in any case.
    fn named(name: &str) -> Option<Self> {
        [("http", Scheme::Http), ("https", Scheme::Https), ("socks5", Scheme::Socks5), ("socks5h", Scheme::Socks5h)]
            .into_iter()
            .find_map(|(known, scheme)| known.eq_ignore_ascii_case(name).then_some(scheme))
    }

    /// Whether it is SOCKS5, of either kind.
    #[must_use]
    pub fn is_socks(self) -> bool {
        matches!(self, Scheme::Socks5 | Scheme::Socks5h)
    }

    /// The port where nothing is said: HTTP's own, and for SOCKS5 the one that it is registered with.
    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
            Scheme::Socks5 | Scheme::Socks5h => 1080,
        }
    }
}

/// A user name and a password as they are, not encoded; no control character is in them. They have no text form.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub user: Vec<u8>,
    /// The password.
    pub password: Vec<u8>,
}

/// A host and a port, written `host:port`, IPv6 addresses in brackets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The host.
    pub host: Host,
    /// The port.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) => write!(formatter, "{name}:{}", self.port),
            Host::V4(ip) => write!(formatter, "{ip}:{}", self.port),
            Host::V6(ip) => write!(formatter, "[{ip}]:{}", self.port),
        }
    }
}

/// A proxy. Its text form is where it listens; neither that nor the `Debug` form has the credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    /// How it is spoken to.
    pub scheme: Scheme,
    /// Where it listens.
    pub endpoint: Endpoint,
    credentials: Option<Credentials>,
}

impl fmt::Display for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.endpoint.fmt(formatter)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Proxy").field("scheme", &self.scheme).field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl Proxy {
    /// Reads `[scheme://][user[:password]@]host[:port][/]`. Without a scheme it is an HTTP proxy. User name and password are
    /// percent-encoded, where they must be; a `%` that two hexadecimal digits do not follow stands for itself.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for anything else. The text never has the user name or the password.
    pub fn parse(input: &str) -> Result<Self> {
        let (scheme, rest) = match input.split_once("://") {
            None => (Scheme::Http, input),
            Some((name, rest)) => (Scheme::named(name).ok_or_else(|| unknown_scheme(name))?, rest),
        };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if path.contains('@') {
            return Err(refused("has a /, ? or # before its @: in a user name or password write them as %2F, %3F and %23"));
        }
        if !matches!(path, "" | "/") {
            return Err(refused("has a path, a query or a fragment: it ends after the port"));
        }
        let (userinfo, host_and_port) = authority.rsplit_once('@').map_or((None, authority), |(before, after)| (Some(before), after));
        let endpoint = endpoint(host_and_port, scheme.default_port())?;
        let proxy = Proxy { scheme, endpoint, credentials: None };
        match userinfo {
            None | Some("") => Ok(proxy),
            Some(userinfo) => {
                let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
                proxy.with_credentials(&percent_decoded(user), &percent_decoded(password))
            }
        }
    }

    /// The same proxy with other credentials.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for a control character in them (CR, LF and NUL are some) and for what the proxy's protocol cannot carry:
    /// for HTTP's Basic a colon in the user name (RFC 7617 section 2), for SOCKS5 more than 255 bytes.
    pub fn with_credentials(self, user: &[u8], password: &[u8]) -> Result<Self> {
        for (what, value) in [("user name", user), ("password", password)] {
            if let Some(offset) = value.iter().position(u8::is_ascii_control) {
                return Err(refused(&format!("has a {what} with the control character {:#04x} at offset {offset}", value[offset])));
            }
            if self.scheme.is_socks() && value.len() > LONGEST_OF_SOCKS {
                return Err(refused(&format!("has a {what} of {} bytes: SOCKS5 carries {LONGEST_OF_SOCKS}", value.len())));
            }
        }
        if !self.scheme.is_socks() && user.contains(&b':') {
            return Err(refused("has a user name with a colon, which HTTP's Basic authentication cannot carry"));
        }
        Ok(Proxy { credentials: Some(Credentials { user: user.to_owned(), password: password.to_owned() }), ..self })
    }

    /// The same proxy for somebody who has no name.
    #[must_use]
    pub fn without_credentials(self) -> Self {
        Proxy { credentials: None, ..self }
    }

    /// Who one is to it.
    #[must_use]
    pub fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }
}

fn unknown_scheme(name: &str) -> Error {
    // What stands before a "://" inside a password is not shown.
    let name = if name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) { quote(name) } else { "it has".into() };
    refused(&format!("may not have the scheme {name}: use http, https, socks5 or socks5h"))
}

/// `host[:port]`, IPv6 addresses in brackets.
fn endpoint(text: &str, default_port: u16) -> Result<Endpoint> {
    let (host, port) = match text.rsplit_once(':') {
        // A colon in brackets belongs to the address.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    };
    if host.is_empty() {
        return Err(refused("has no host: write it as in http://proxy.example:3128"));
    }
    let host = match url::Host::parse(host) {
        Ok(url::Host::Domain(name)) => Host::Name(name),
        Ok(url::Host::Ipv4(ip)) => Host::V4(ip),
        Ok(url::Host::Ipv6(ip)) => Host::V6(ip),
        // Its value may be half of a user name and password whose @ is missing.
        Err(error) => return Err(refused(&format!("has a host that may not be ({error}); an IPv6 address stands in brackets"))),
    };
    let number = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()).then(|| port.parse().ok()).flatten().filter(|&port| port > 0);
    // An empty port is the default one, as in every URL.
    let port = match port.filter(|port| !port.is_empty()) {
        None => default_port,
        Some(port) => number(port).ok_or_else(|| refused("has a port that is no number from 1 to 65535"))?,
    };
    Ok(Endpoint { host, port })
}

/// Nothing of the URL is in the text but what certainly is no secret.
fn refused(problem: &str) -> Error {
    Error::Syntax(format!("the proxy {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    /// Scheme, endpoint, user name and password of a good URL.
    fn taken_apart(input: &str) -> (Scheme, String, Option<(String, String)>) {
        let proxy = Proxy::parse(input).unwrap_or_else(|error| panic!("{input}: {error}"));
        let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
        let who = proxy.credentials().map(|who| (text(&who.user), text(&who.password)));
        (proxy.scheme, proxy.to_string(), who)
    }

    fn problem(input: &str) -> String {
        match Proxy::parse(input) {
            Err(Error::Syntax(text)) => text,
            other => panic!("{input}: {other:?}"),
        }
    }

    #[test]
    fn the_scheme_says_the_protocol_and_the_default_port() {
        for (input, scheme, endpoint) in [
            ("http://p", Scheme::Http, "p:80"),
            ("https://p", Scheme::Https, "p:443"),
            ("socks5://p", Scheme::Socks5, "p:1080"),
            ("socks5h://p", Scheme::Socks5h, "p:1080"),
            ("HTTP://P", Scheme::Http, "p:80"),
            ("Socks5H://p", Scheme::Socks5h, "p:1080"),
            ("p", Scheme::Http, "p:80"),
            ("p:3128", Scheme::Http, "p:3128"),
            ("http://p:", Scheme::Http, "p:80"),
            ("http://p:3128/", Scheme::Http, "p:3128"),
            ("socks5://p:80", Scheme::Socks5, "p:80"),
            ("127.0.0.1:3128", Scheme::Http, "127.0.0.1:3128"),
            ("socks5://127.1", Scheme::Socks5, "127.0.0.1:1080"),
            ("[::1]", Scheme::Http, "[::1]:80"),
            ("socks5h://[0:0::1]:9050", Scheme::Socks5h, "[::1]:9050"),
            ("http://bücher.example:65535", Scheme::Http, "xn--bcher-kva.example:65535"),
        ] {
            assert_eq!(taken_apart(input), (scheme, endpoint.to_owned(), None), "{input}");
        }
    }

    #[test]
    fn the_host_is_a_name_or_an_address() {
        let host = |input| Proxy::parse(input).unwrap().endpoint.host;
        assert_eq!(host("proxy.example"), Host::Name("proxy.example".into()));
        assert_eq!(host("socks5://10.0.0.1"), Host::V4(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(host("socks5://[::1]"), Host::V6(Ipv6Addr::LOCALHOST));
    }

    #[test]
    fn user_name_and_password_are_percent_decoded() {
        for (userinfo, user, password) in [
            ("alice:secret", "alice", "secret"),
            ("alice", "alice", ""),
            ("alice:", "alice", ""),
            (":secret", "", "secret"),
            (":", "", ""),
            ("a%40b:c%3Ad%2fe", "a@b", "c:d/e"),
            ("a@b:c@d", "a@b", "c@d"),
            ("alice:a:b", "alice", "a:b"),
            ("a%:b%4", "a%", "b%4"),
            ("%zz:%4g%4", "%zz", "%4g%4"),
            ("%+1:%-1", "%+1", "%-1"),
            ("%25%32%35:%C3%BC", "%25", "\\xc3\\xbc"),
            ("ü:%FF", "\\xc3\\xbc", "\\xff"),
        ] {
            for (scheme, port) in [("http://", 80), ("socks5://", 1080), ("", 80)] {
                let (_, endpoint, who) = taken_apart(&format!("{scheme}{userinfo}@p"));
                assert_eq!(endpoint, format!("p:{port}"));
                assert_eq!(who, Some((user.to_owned(), password.to_owned())), "{userinfo}");
            }
        }
        assert_eq!(taken_apart("http://@p").2, None);
    }

    #[test]
    fn a_url_that_may_not_be_says_what_is_wrong_with_it() {
        for (input, expected) in [
            ("", "has no host"),
            ("http://", "has no host"),
            ("http://alice:secret@", "has no host"),
            ("http://:3128", "has no host"),
            ("ftp://p", "may not have the scheme \"ftp\": use http, https, socks5 or socks5h"),
            ("socks4://p", "may not have the scheme \"socks4\""),
            ("socks://p", "may not have the scheme \"socks\""),
            ("://p", "may not have the scheme \"\""),
            ("http://p:0", "has a port that is no number from 1 to 65535"),
            ("http://p:65536", "has a port"),
            ("http://p:+80", "has a port"),
            ("http://p:80x", "has a port"),
            ("http://p:secret", "has a port"),
            ("http://p/path", "has a path"),
            ("http://p?query", "has a path"),
            ("http://p#fragment", "has a path"),
            ("http://::1", "an IPv6 address stands in brackets"),
            ("http://[::1", "an IPv6 address stands in brackets"),
            ("http://[fe80::1%25eth0]:80", "has a host that may not be"),
            ("http://p p", "has a host that may not be"),
            ("http://p\r\nX: y", "has a host that may not be"),
            ("http://p\0", "has a host that may not be"),
            (" http://p", "may not have the scheme it has"),
            ("http://alice:se/cret@p", "has a /, ? or # before its @"),
            ("http://alice:se?cret@p", "has a /, ? or # before its @"),
            ("alice:se://cret@p", "may not have the scheme it has"),
            ("http://alice:sec%0Dret@p", "has a password with the control character 0x0d at offset 3"),
            ("http://al%0Aice:x@p", "has a user name with the control character 0x0a at offset 2"),
            ("http://alice%00:x@p", "has a user name with the control character 0x00 at offset 5"),
            ("socks5://alice:%7f@p", "has a password with the control character 0x7f at offset 0"),
            ("http://al%3Aice:x@p", "has a user name with a colon"),
        ] {
            let text = problem(input);
            assert!(text.starts_with("the proxy ") && text.contains(expected), "{input:?}: {text}");
            assert!(!text.contains("alice") && !text.contains("cret"), "{input:?}: {text}");
        }
    }

    #[test]
    fn socks_carries_255_bytes_of_name_and_password_and_no_more() {
        let proxy = || Proxy::parse("socks5://p").unwrap();
        let long = [b'x'; 256];
        assert!(proxy().with_credentials(&long[..255], &long[..255]).is_ok());
        assert!(proxy().with_credentials(b"a:b", b"").is_ok(), "a colon is nothing special to SOCKS5");
        for (user, password, what) in [(&long[..], &b""[..], "user name"), (b"", &long[..], "password")] {
            let text = proxy().with_credentials(user, password).unwrap_err().to_string();
            assert_eq!(text, format!("the proxy has a {what} of 256 bytes: SOCKS5 carries 255"));
        }
        assert!(Proxy::parse("http://p").unwrap().with_credentials(&long, &long).is_ok());
    }

    #[test]
    fn nothing_that_is_printed_has_the_credentials() {
        let proxy = Proxy::parse("socks5://alice:secret@p:9").unwrap();
        assert_eq!((proxy.to_string().as_str(), format!("{proxy:?}").contains("Socks5")), ("p:9", true));
        assert!(!format!("{proxy:?}").contains("alice") && !format!("{proxy:#?}").contains("secret"));
        assert!(proxy.without_credentials().credentials().is_none());
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd_and_what_is_accepted_can_go_on_the_wire(input in "((http|socks5h)://)?\\PC{0,20}|[\0-\u{ff}]{0,20}@[a-z:0-9]{1,5}") {
            if let Ok(proxy) = Proxy::parse(&input) {
                prop_assert!(proxy.endpoint.port > 0);
                prop_assert!(!proxy.to_string().contains(|c: char| c.is_control() || c == ' '));
                if let Some(who) = proxy.credentials() {
                    prop_assert!(!who.user.iter().chain(&who.password).any(u8::is_ascii_control));
                }
            }
        }

        #[test]
        fn any_user_name_and_password_survive_the_encoding(user in "[ -9;-~]{1,20}", password in "[ -~]{0,20}") {
            let encoded = |text: &str| text.bytes().flat_map(|byte| format!("%{byte:02x}").into_bytes()).map(char::from).collect::<String>();
            let proxy = Proxy::parse(&format!("{}:{}@p", encoded(&user), encoded(&password))).unwrap();
            let who = proxy.credentials().unwrap();
            prop_assert_eq!((&who.user[..], &who.password[..]), (user.as_bytes(), password.as_bytes()));
        }
    }
}
