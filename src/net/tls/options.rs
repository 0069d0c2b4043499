//! What an application chose about TLS. All is read and checked when it is chosen.

use super::{config::provider, key_log::KeyLogFile, pem, verify::Pin};
use crate::error::{Error, Result};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
};
use std::{fmt, fs, path::Path, sync::Arc};

/// A client's certificate, those that lead from it to its authority, and its key.
#[derive(Debug)]
pub struct Identity {
    /// The certificates, the client's first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The private key.
    pub key: PrivateKeyDer<'static>,
}

impl Identity {
    /// A certificate chain and its key, if they belong together.
    ///
    /// # Errors
    ///
    /// They do not.
    pub fn new(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> std::result::Result<Self, String> {
        let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().and_then(|builder| {
            builder.with_root_certificates(RootCertStore::empty()).with_client_auth_cert(chain.clone(), key.clone_key())
        });
        match config {
            Ok(_) => Ok(Identity { chain, key }),
            Err(rustls::Error::InconsistentKeys(_)) => Err("the key is not that of the (first) certificate".into()),
            Err(error) => Err(format!("certificate and key cannot be used: {error}")),
        }
    }
}

/// What an application chose about TLS.
#[derive(Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches of an application")]
pub struct TlsOptions {
    /// Authorities that are trusted, beside the system's.
    pub authorities: Vec<CertificateDer<'static>>,
    /// Whether the system's authorities are trusted.
    pub system: bool,
    /// What the client shows if the server asks for a certificate.
    pub identity: Option<Arc<Identity>>,
    /// The server's certificate or one that leads to its authority must have one of these keys, if there are any.
    pub pins: Vec<Pin>,
    /// The name that is asked for (SNI) and that the certificate must have, instead of the URL's host.
    pub server_name: Option<ServerName<'static>>,
    /// Whether TLS 1.2 is refused.
    pub tls13_only: bool,
    /// Whether a session is resumed, which saves the certificate's check.
    pub resumption: bool,
    /// Where the secrets of connections are written, for tools that look at traffic.
    pub key_log: Option<Arc<KeyLogFile>>,
    /// Whether the server's certificate is not checked at all.
    pub no_verification: bool,
}

impl Default for TlsOptions {
    fn default() -> Self {
        TlsOptions {
            authorities: Vec::new(),
            system: true,
            identity: None,
            pins: Vec::new(),
            server_name: None,
            tls13_only: false,
            resumption: true,
            key_log: None,
            no_verification: false,
        }
    }
}

impl TlsOptions {
    /// The same for a proxy: what was said about the server's certificate and for the server alone is left out.
    #[must_use]
    pub fn for_proxy(&self) -> Self {
        TlsOptions { identity: None, pins: Vec::new(), server_name: None, ..self.clone() }
    }
}

impl fmt::Debug for TlsOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither keys nor what they belong to.
        formatter.debug_struct("TlsOptions").field("system", &self.system).field("server_name", &self.server_name).finish_non_exhaustive()
    }
}

impl TlsOptions {
    /// Whether both give the same configuration. The server's name is none of it.
    pub(super) fn is_like(&self, other: &TlsOptions) -> bool {
        let same = |one: Option<*const ()>, other: Option<*const ()>| one == other;
        same(self.identity.as_ref().map(|it| Arc::as_ptr(it).cast()), other.identity.as_ref().map(|it| Arc::as_ptr(it).cast()))
            && same(self.key_log.as_ref().map(|it| Arc::as_ptr(it).cast()), other.key_log.as_ref().map(|it| Arc::as_ptr(it).cast()))
            && (self.system, self.tls13_only, self.resumption, self.no_verification)
                == (other.system, other.tls13_only, other.resumption, other.no_verification)
            && self.authorities == other.authorities
            && self.pins == other.pins
    }
}

impl TlsOptions {
    /// Trusts these authorities beside the system's, PEM or DER; none: those that were given before are forgotten.
    ///
    /// # Errors
    ///
    /// There is something else in it.
    pub fn set_authorities(&mut self, bytes: &[u8]) -> Result<()> {
        self.authorities = if bytes.is_empty() { Vec::new() } else { parse("the authorities", bytes, authorities)? };
        Ok(())
    }

    /// The same from a file.
    ///
    /// # Errors
    ///
    /// Those of reading it, too.
    pub fn set_authorities_file(&mut self, path: &Path) -> Result<()> {
        self.authorities = parse(&quoted(path), &read(path)?, authorities)?;
        Ok(())
    }

    /// Shows a certificate with this key to servers that ask for one, PEM or DER.
    ///
    /// # Errors
    ///
    /// One of them is something else, or they do not belong together.
    pub fn set_identity(&mut self, chain: &[u8], key: &[u8]) -> Result<()> {
        let chain = parse("the client's certificate", chain, pem::certificates)?;
        let key = parse("the client's key", key, pem::key)?;
        self.identity = Some(Arc::new(Identity::new(chain, key).map_err(Error::InvalidArgument)?));
        Ok(())
    }

    /// The same from files, which may be one.
    ///
    /// # Errors
    ///
    /// Those of reading them, too.
    pub fn set_identity_files(&mut self, chain: &Path, key: &Path) -> Result<()> {
        let certificates = parse(&quoted(chain), &read(chain)?, pem::certificates)?;
        let secret = parse(&quoted(key), &read(key)?, pem::key)?;
        let why = |text| Error::InvalidArgument(format!("{} and {}: {text}", quoted(chain), quoted(key)));
        self.identity = Some(Arc::new(Identity::new(certificates, secret).map_err(why)?));
        Ok(())
    }

    /// Adds a pin.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn add_pin(&mut self, text: &str) -> Result<()> {
        self.pins.push(pem::pin(text).map_err(Error::InvalidArgument)?);
        Ok(())
    }

    /// Asks for this server instead of the URL's host.
    ///
    /// # Errors
    ///
    /// It is no name or address that a certificate can have.
    pub fn set_server_name(&mut self, name: Option<&str>) -> Result<()> {
        let wrong = |name| Error::InvalidArgument(format!("the server name \"{name}\" is neither a host's name nor an IP address"));
        self.server_name = name.map(|name| ServerName::try_from(name.to_owned()).map_err(|_| wrong(name))).transpose()?;
        Ok(())
    }

    /// Appends the secrets of connections to this file.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub fn set_key_log(&mut self, path: Option<&Path>) -> Result<()> {
        let open = |path: &Path| match KeyLogFile::open(path) {
            Ok(file) => Ok(Arc::new(file)),
            Err(error) => Err(Error::InvalidArgument(format!("{} cannot be written: {error}", quoted(path)))),
        };
        self.key_log = path.map(open).transpose()?;
        Ok(())
    }
}

fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.display())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Error::InvalidArgument(format!("{} cannot be read: {error}", quoted(path))))
}

/// What `how` makes of bytes; an error names `what` they are.
fn parse<T>(what: &str, bytes: &[u8], how: impl FnOnce(&[u8]) -> std::result::Result<T, String>) -> Result<T> {
    how(bytes).map_err(|error| Error::InvalidArgument(format!("{what}: {error}")))
}

/// Certificates that can be authorities'.
fn authorities(bytes: &[u8]) -> std::result::Result<Vec<CertificateDer<'static>>, String> {
    let found = pem::certificates(bytes)?;
    let mut roots = RootCertStore::empty();
    for (index, authority) in found.iter().enumerate() {
        roots.add(authority.clone()).map_err(|error| format!("certificate {} cannot be an authority's: {error}", index + 1))?;
    }
    Ok(found)
}
