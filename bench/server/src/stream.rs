//! What a client is read from and written to: TCP, or TLS on it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Bytes read from TCP at a time under TLS, which would read 4 KiB: fewer than `Connection::turn` has room for.
const READ_BUFFER: usize = 256 << 10;

/// A client's bytes, without blocking.
pub enum Stream {
    /// `ws:`.
    Plain(TcpStream),
    /// `wss:`.
    Tls(Box<StreamOwned<ServerConnection, Buffered>>),
}

/// TCP with a buffer for reading, which is filled at most once a turn.
pub struct Buffered {
    tcp: TcpStream,
    buffer: Vec<u8>,
    read: usize,
    filled: usize,
    may_fill: bool,
}

/// A server with the certificate and the key in two files (PEM), for TLS 1.3 with AES-256-GCM, which all clients prefer.
pub fn config(certificate: &str, key: &str) -> Result<Arc<ServerConfig>, Box<dyn std::error::Error>> {
    let chain = CertificateDer::pem_file_iter(certificate)?.collect::<Result<_, _>>()?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&rustls::version::TLS13])?;
    Ok(Arc::new(builder.with_no_client_auth().with_single_cert(chain, PrivateKeyDer::from_pem_file(key)?)?))
}

impl Stream {
    /// Over TLS if there is a configuration for it.
    pub fn new(tcp: TcpStream, tls: Option<&Arc<ServerConfig>>) -> io::Result<Self> {
        let Some(config) = tls else { return Ok(Self::Plain(tcp)) };
        let connection = ServerConnection::new(Arc::clone(config)).map_err(io::Error::other)?;
        let buffered = Buffered { tcp, buffer: vec![0; READ_BUFFER], read: 0, filled: 0, may_fill: false };
        Ok(Self::Tls(Box::new(StreamOwned::new(connection, buffered))))
    }

    /// Whether something that was written waits for the socket.
    pub fn holds_output(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(tls) => tls.conn.wants_write(),
        }
    }

    /// Says that nothing more will be written.
    pub fn end(&mut self) {
        if let Self::Tls(tls) = self {
            tls.conn.send_close_notify();
            // Who does not take it does not need it.
            let _ = tls.flush();
        }
    }
}

impl Read for Stream {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let tls = match self {
            Self::Plain(tcp) => return tcp.read(out),
            Self::Tls(tls) => tls,
        };
        // Everything that was read from TCP: nobody would say later that it is there.
        tls.sock.may_fill = true;
        let mut length = 0;
        loop {
            match tls.read(&mut out[length..]) {
                Ok(0) => return Ok(length),
                Ok(count) => length += count,
                Err(_) if length > 0 => return Ok(length),
                Err(error) => return Err(error),
            }
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

impl Read for Buffered {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.read == self.filled {
            if !std::mem::take(&mut self.may_fill) {
                return Err(ErrorKind::WouldBlock.into());
            }
            (self.read, self.filled) = (0, 0);
            self.filled = self.tcp.read(&mut self.buffer)?;
        }
        let count = out.len().min(self.filled - self.read);
        out[..count].copy_from_slice(&self.buffer[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}

impl Write for Buffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.write(bytes)
    }

    fn write_vectored(&mut self, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
        self.tcp.write_vectored(parts)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
