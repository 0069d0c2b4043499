//! A web server with just what the page needs: one request a connection.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread,
};

/// What is asked for: the path, and the body.
pub struct Request {
    pub path: String,
    pub body: String,
}

/// Answers requests with what `answer` returns (a type and a body; `None`: 404), each in a thread of its own, until the process
/// ends.
pub fn serve(answer: impl Fn(&Request) -> Option<(&'static str, String)> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                // A browser opens connections to spare, and ends some as it likes.
                let _ = converse(stream, &*answer);
            });
        }
    });
    address
}

fn converse(stream: TcpStream, answer: &dyn Fn(&Request) -> Option<(&'static str, String)>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line);
    }
    let path = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
    let length = lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(|value| value.trim().to_owned()));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a length"))];
    reader.read_exact(&mut body)?;
    let request = Request { path, body: String::from_utf8(body).expect("UTF-8") };
    let (status, kind, body) = match answer(&request) {
        Some((kind, body)) => ("200 OK", kind, body),
        None => ("404 Not Found", "text/plain", String::new()),
    };
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    reader.get_mut().write_all((head + &body).as_bytes())
}
