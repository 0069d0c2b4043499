//! The server as a client sees it: the real program, tungstenite's client side.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use tungstenite::client::IntoClientRequest;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Error, HandshakeError, Message, WebSocket};

/// The server as a child process, ended with the test.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_echo-server"))
            .arg("--until-eof")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.strip_suffix("/\n").expect("the first line is a URL").to_owned();
        assert!(url.starts_with("ws://127.0.0.1:"), "{url}");
        Self { child, url }
    }

    fn stream(&self) -> TcpStream {
        let address: SocketAddr = self.url.strip_prefix("ws://").unwrap().parse().unwrap();
        TcpStream::connect(address).unwrap()
    }

    fn connect(&self, path: &str) -> WebSocket<TcpStream> {
        tungstenite::client(format!("{}{path}", self.url), self.stream()).unwrap().0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone in the test that ends it by the end of its input.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn frame(code: u16, reason: &str) -> CloseFrame {
    CloseFrame { code: code.into(), reason: reason.into() }
}

fn assert_over(socket: &mut WebSocket<TcpStream>) {
    assert!(matches!(socket.read(), Err(Error::ConnectionClosed)));
}

#[test]
fn text_and_binary_come_back() {
    let server = Server::start();
    let mut socket = server.connect("/");
    for message in [Message::text("hello, ü"), Message::binary(vec![0, 255, 7]), Message::text(""), Message::binary(vec![7; 1 << 20])] {
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.read().unwrap(), message);
    }
}

#[test]
fn a_ping_is_answered() {
    let server = Server::start();
    let mut socket = server.connect("/");
    socket.send(Message::Ping("are you there".into())).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Pong("are you there".into()));
}

#[test]
fn the_clients_code_and_reason_come_back() {
    let server = Server::start();
    let mut socket = server.connect("/");
    socket.close(Some(frame(4000, "done"))).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Close(Some(frame(4000, "done"))));
    assert_over(&mut socket);
}

#[test]
fn a_close_without_a_code_is_answered_without_one() {
    let server = Server::start();
    let mut socket = server.connect("/");
    socket.close(None).unwrap();
    assert_eq!(socket.read().unwrap(), Message::Close(None));
    assert_over(&mut socket);
}

#[test]
fn the_first_subprotocol_is_accepted() {
    let server = Server::start();
    let mut request = format!("{}/", server.url).into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "chat.v2, chat.v1".parse().unwrap());
    let (_, response) = tungstenite::client(request, server.stream()).unwrap();
    assert_eq!(response.headers().get("Sec-WebSocket-Protocol").unwrap(), "chat.v2");
}

#[test]
fn the_server_closes_after_the_first_message() {
    let server = Server::start();
    let mut socket = server.connect("/close?code=4001&reason=bye");
    socket.send(Message::text("one")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("one"));
    assert_eq!(socket.read().unwrap(), Message::Close(Some(frame(4001, "bye"))));
    assert_over(&mut socket);
}

#[test]
fn the_connection_is_dropped_after_the_first_message() {
    let server = Server::start();
    let mut socket = server.connect("/drop");
    socket.send(Message::text("one")).unwrap();
    assert!(matches!(socket.read(), Err(Error::Protocol(_) | Error::Io(_))));
}

#[test]
fn a_status_refuses_the_handshake() {
    let server = Server::start();
    let outcome = tungstenite::client(format!("{}/status/404", server.url), server.stream());
    let Err(HandshakeError::Failure(Error::Http(response))) = outcome else {
        panic!("the handshake was not refused");
    };
    assert_eq!(response.status(), 404);
    assert_eq!(response.body().as_deref(), Some(&b"refused with 404\n"[..]));
}

#[test]
fn the_count_is_told_in_the_close_frame() {
    let server = Server::start();
    let mut socket = server.connect("/count");
    socket.send(Message::text("hello")).unwrap();
    socket.send(Message::Ping("not a message".into())).unwrap();
    socket.send(Message::binary(vec![0; 1_000_000])).unwrap();
    socket.close(None).unwrap();
    let told = CloseFrame { code: CloseCode::Normal, reason: "2 messages, 1000005 bytes".into() };
    assert_eq!(socket.read().unwrap(), Message::Close(Some(told)));
    assert_over(&mut socket);
}

#[test]
fn the_request_head_is_the_first_message() {
    let server = Server::start();
    let mut request = format!("{}/headers", server.url).into_client_request().unwrap();
    request.headers_mut().insert("X-Test", "seven".parse().unwrap());
    let (mut socket, _) = tungstenite::client(request, server.stream()).unwrap();
    let head = socket.read().unwrap().into_text().unwrap();
    assert!(head.starts_with("GET /headers HTTP/1.1\n"), "{head}");
    assert!(head.contains("\nx-test: seven\n"), "{head}");
    socket.send(Message::text("then an echo")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("then an echo"));
}

#[test]
fn the_end_of_its_input_ends_the_server() {
    let mut server = Server::start();
    drop(server.child.stdin.take());
    assert!(server.child.wait().unwrap().success());
}
