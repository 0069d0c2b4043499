//! One connection: the handshake, then what its path asks for.

use std::io;
use std::net::TcpStream;
use std::thread;

use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::count::count;
use crate::route::Route;

/// Serving needs little stack, and tests open thousands of connections.
const STACK: usize = 256 * 1024;

/// The buffer that every connection owns, in bytes: small, for the same reason.
const BUFFER: usize = 16 * 1024;

/// Larger than anything the tests send in one message, in bytes.
const LARGEST: usize = 256 << 20;

/// Serves a connection on a thread of its own.
///
/// # Errors
/// If the system gives no further thread.
pub fn spawn(stream: TcpStream) -> io::Result<()> {
    thread::Builder::new().stack_size(STACK).spawn(move || {
        // However a client leaves, this server has nothing to do about it: tests do so on purpose.
        let _ = serve(stream);
    })?;
    Ok(())
}

fn serve(stream: TcpStream) -> Result<(), Error> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    let mut seen = None;
    #[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
    let answer = |request: &Request, response: Response| match Route::of(request.uri()) {
        Route::Refuse(status, body) => {
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = status;
            refusal.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
            refusal.headers_mut().insert(CONTENT_LENGTH, body.len().into());
            refusal.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            *refusal.body_mut() = Some(body);
            Err(refusal)
        }
        route => {
            seen = Some((route, head(request)));
            Ok(with_subprotocol(request, response))
        }
    };
    let mut socket = match tungstenite::accept_hdr_with_config(stream, answer, Some(config)) {
        Ok(socket) => socket,
        Err(HandshakeError::Failure(error)) => return Err(error),
        Err(HandshakeError::Interrupted(_)) => return Err(Error::Io(io::ErrorKind::WouldBlock.into())),
    };
    match seen {
        Some((Route::Count, _)) => count(socket.get_mut()),
        Some((Route::Hold, _)) => hold(&socket),
        Some((Route::Drop, _)) => next(&mut socket).map(drop),
        Some((Route::Close(frame), _)) => {
            let first = next(&mut socket)?;
            socket.send(first)?;
            socket.close(frame)?;
            // Until the client's answer: what it had under way is read, so that the connection ends with FIN, not RST.
            loop {
                socket.read()?;
            }
        }
        Some((Route::Headers, head)) => {
            socket.send(Message::text(head))?;
            echo(&mut socket)
        }
        _ => echo(&mut socket),
    }
}

/// Echoes until the connection ends, which is always an error of `read`: `ConnectionClosed` when both Close frames are through.
fn echo(socket: &mut WebSocket<TcpStream>) -> Result<(), Error> {
    loop {
        let message = next(socket)?;
        socket.send(message)?;
    }
}

/// The next text or binary message. tungstenite answers pings and Close frames inside `read`.
fn next(socket: &mut WebSocket<TcpStream>) -> Result<Message, Error> {
    loop {
        let message = socket.read()?;
        if message.is_text() || message.is_binary() {
            return Ok(message);
        }
    }
}

/// Keeps the connection open and never touches it again, for as long as the server runs.
fn hold(_socket: &WebSocket<TcpStream>) -> ! {
    loop {
        thread::park();
    }
}

/// The request line and headers as lines of text, names in lower case.
fn head(request: &Request) -> String {
    let mut lines = format!("{} {} {:?}\n", request.method(), request.uri(), request.version());
    for (name, value) in request.headers() {
        lines.push_str(name.as_str());
        lines.push_str(": ");
        lines.push_str(&String::from_utf8_lossy(value.as_bytes()));
        lines.push('\n');
    }
    lines
}

/// Accepts the first subprotocol offered, if any is.
fn with_subprotocol(request: &Request, mut response: Response) -> Response {
    let offered = request.headers().get(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
    let first = offered.and_then(|list| list.split(',').next()).map(str::trim);
    if let Some(Ok(value)) = first.map(HeaderValue::from_str) {
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, value);
    }
    response
}
