//! How to connect: what an application can choose, with the standard's defaults.

use super::{addresses::Addresses, event::Handler, event_loop::EventLoop};
use crate::{
    error::{Error, Result},
    net::{
        proxy::{
            address::{Endpoint, Proxy},
            choice::Choice,
            environment,
        },
        tls::options::TlsOptions,
    },
    protocol::{compress::Effort, limits::Limits},
    spec::{cookie, credentials, deflate::Offer, header, url::Url},
};
use std::{os::fd::OwnedFd, sync::Arc, time::Duration};

/// The header of credentials, of which a request has one (RFC 9110 section 11.6.2).
const AUTHORIZATION: &str = "Authorization";
/// The header of cookies.
const COOKIE: &str = "Cookie";

/// How messages are compressed: permessage-deflate (RFC 7692).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate {
    /// Whether it is offered.
    pub on: bool,
    /// What the request offers.
    pub offer: Offer,
    /// How hard our messages are compressed.
    pub effort: Effort,
    /// Shorter messages, in bytes, are sent as they are.
    pub threshold: usize,
}

impl Default for Deflate {
    /// As browsers offer it. Level 1 makes JSON of 1 KiB five times smaller in 2.5 µs, level 6 six and a half times in 18 µs.
    fn default() -> Self {
        Deflate { on: true, offer: Offer::default(), effort: Effort { level: 1, memory: 8 }, threshold: 64 }
    }
}

/// The options of a connection. Those that are made with the same ones share them.
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent choices, not states of one thing")]
pub struct Options {
    /// The subprotocols to ask for, the preferred one first.
    pub protocols: Vec<String>,
    /// Request headers beside the handshake's own, checked.
    pub headers: Vec<(String, String)>,
    /// Whether the user name and the password of the URL are sent, unless a header has other credentials.
    pub url_credentials: bool,
    /// The Origin header.
    pub origin: Option<String>,
    /// The User-Agent header.
    pub user_agent: Option<String>,
    /// Whether and how messages are compressed, if the server agrees.
    pub deflate: Deflate,
    /// How servers are known and what is shown to them (`wss:`).
    pub tls: Arc<TlsOptions>,
    /// Limits and timeouts.
    pub limits: Limits,
    /// Which addresses the connection is made to, and how.
    pub addresses: Addresses,
    /// Which proxy it goes through.
    pub proxies: Choice,
    /// Whether the ports that the Fetch standard calls bad are refused.
    pub block_ports: bool,
    /// Whether it waits until no other socket with this option is CONNECTING to the same address and port (RFC 6455 section 4.1 step
    /// 2). Browsers do; off, because programs open many connections to one server at a time.
    pub one_connecting: bool,
    /// The loop; `None` is the background loop.
    pub event_loop: Option<Arc<EventLoop>>,
    /// What the events go to instead of the queue.
    pub handler: Option<Handler>,
    /// A number that is given back with each event.
    pub user_data: usize,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Options")
            .field("protocols", &self.protocols)
            .field("tls", &self.tls)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Default for Options {
    fn default() -> Self {
        Options {
            protocols: Vec::new(),
            headers: Vec::new(),
            url_credentials: false,
            origin: None,
            user_agent: Some(concat!("libws/", env!("CARGO_PKG_VERSION")).into()),
            deflate: Deflate::default(),
            tls: Arc::default(),
            limits: Limits::default(),
            addresses: Addresses::default(),
            proxies: Choice::default(),
            block_ports: true,
            one_connecting: false,
            event_loop: None,
            handler: None,
            user_data: 0,
        }
    }
}

impl Options {
    /// Adds a request header. A second `Cookie` goes on with the first one, as there may be only one (RFC 6265 section 5.4).
    ///
    /// # Errors
    ///
    /// A name that is no token or that the handshake sets itself, a value with control characters; a second `Authorization`.
    pub fn add_header(&mut self, name: &[u8], value: &[u8]) -> Result<()> {
        let (name, value) = header::check_extra(name, value)?;
        if name.eq_ignore_ascii_case(AUTHORIZATION) && self.find(AUTHORIZATION).is_some() {
            return Err(Error::InvalidArgument(
                "a second Authorization header: a request has one, which ws_options_set_bearer and ws_options_set_basic_auth replace"
                    .into(),
            ));
        }
        match self.find(COOKIE) {
            Some((_, cookies)) if name.eq_ignore_ascii_case(COOKIE) => {
                let separator = if cookies.is_empty() || value.is_empty() { "" } else { cookie::SEPARATOR };
                cookies.extend([separator, &value]);
            }
            _ => self.headers.push((name, value)),
        }
        Ok(())
    }

    /// Adds a cookie.
    ///
    /// # Errors
    ///
    /// Those of [`cookie::pair`].
    pub fn add_cookie(&mut self, name: &[u8], value: &[u8]) -> Result<()> {
        self.add_header(COOKIE.as_bytes(), cookie::pair(name, value)?.as_bytes())
    }

    /// Sets the `Authorization` header, in place of the one there is; `None` takes it away.
    pub fn set_authorization(&mut self, value: Option<String>) {
        self.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(AUTHORIZATION));
        self.headers.extend(value.map(|value| (AUTHORIZATION.to_owned(), value)));
    }

    /// Has the request say who asks, if the URL does and it is wanted and no header says so already.
    ///
    /// # Errors
    ///
    /// Those of [`credentials::of_url`].
    pub fn take_credentials_of(&mut self, url: &Url) -> Result<()> {
        if self.url_credentials && self.find(AUTHORIZATION).is_none() {
            self.set_authorization(credentials::of_url(url)?);
        }
        Ok(())
    }

    fn find(&mut self, name: &str) -> Option<&mut (String, String)> {
        self.headers.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name))
    }

    /// Sets the Origin header.
    ///
    /// # Errors
    ///
    /// A value with control characters.
    pub fn set_origin(&mut self, value: Option<&[u8]>) -> Result<()> {
        self.origin = value.map(|value| header::check_value("the origin", value)).transpose()?;
        Ok(())
    }

    /// Sets the User-Agent header.
    ///
    /// # Errors
    ///
    /// A value with control characters.
    pub fn set_user_agent(&mut self, value: Option<&[u8]>) -> Result<()> {
        self.user_agent = value.map(|value| header::check_value("the user agent", value)).transpose()?;
        Ok(())
    }
}

/// What has to be known to connect and is forgotten afterwards.
#[derive(Debug)]
pub struct Plan {
    /// Where to.
    pub url: Url,
    /// Through which proxy.
    pub proxy: Option<Proxy>,
    /// How.
    pub options: Arc<Options>,
    /// The connection that the application has made already.
    pub given: Option<OwnedFd>,
}

impl Plan {
    /// To `url`, as the options say, and the environment, if they say so. A connection that the application has made is not taken yet.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for a proxy of the environment that may not be.
    pub fn new(url: Url, options: Arc<Options>) -> Result<Self> {
        let target = Endpoint { host: url.host.clone(), port: url.port };
        let proxy = match options.addresses.instead {
            Some(_) => None,
            None => options.proxies.choose(url.secure, &target, environment::variable)?,
        };
        Ok(Plan { url, proxy, options, given: None })
    }
}

/// A timeout of at least a millisecond.
///
/// # Errors
///
/// 0 and negative numbers: no timeout can be switched off.
pub fn timeout(what: &str, milliseconds: i32) -> Result<Duration> {
    match u64::try_from(milliseconds) {
        Ok(milliseconds) if milliseconds > 0 => Ok(Duration::from_millis(milliseconds)),
        _ => Err(Error::InvalidArgument(format!("a {what} of {milliseconds} ms: give 1 or more; there is no \"never\""))),
    }
}

/// A switch: 0 is off, 1 is on.
///
/// # Errors
///
/// Other numbers.
pub fn switch(what: &str, on: i32) -> Result<bool> {
    match on {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(Error::InvalidArgument(format!("{what} of {other}: give 0 or 1"))),
    }
}

/// A limit between `least` and `most`.
///
/// # Errors
///
/// Numbers outside.
pub fn limit(what: &str, value: u64, least: u64, most: u64) -> Result<u64> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(Error::InvalidArgument(format!("a {what} of {value}: give {least} to {most}; there is no \"unlimited\"")))
    }
}
