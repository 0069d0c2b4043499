//! The opening handshake: a request head in, what it asks for and the response out.

use sha1::{Digest, Sha1};

/// What a connection does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// Gives messages back.
    Echo,
    /// Sends messages after the first one received.
    Source,
    /// Sends one message, of one frame, after the first one received.
    Stream,
    /// Swallows messages, answers after the last.
    Sink,
    /// Sends one message.
    Hello,
}

/// What a client asks for.
pub struct Request {
    /// From the path.
    pub workload: Workload,
    /// `size`: bytes a message.
    pub size: usize,
    /// `count`: messages.
    pub count: u64,
    /// `text`: text, not binary.
    pub text: bool,
    /// `deflate`: messages are compressed.
    pub deflate: bool,
    key: String,
}

impl Request {
    /// Parses a head, from the request line to the empty line; `None` if it is no opening handshake.
    pub fn parse(head: &[u8]) -> Option<Self> {
        let head = std::str::from_utf8(head).ok()?;
        let mut lines = head.split("\r\n");
        let target = lines.next()?.split(' ').nth(1)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let number = |name| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|pair| pair.0 == name).and_then(|pair| pair.1.parse::<u64>().ok()).unwrap_or(0)
        };
        let headers = lines.filter_map(|line| line.split_once(':'));
        let value = |wanted: &str| headers.clone().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value);
        let key = value("sec-websocket-key")?;
        let deflate = number("deflate") == 1;
        if deflate && !value("sec-websocket-extensions").is_some_and(|offers| offers.contains("permessage-deflate")) {
            return None;
        }
        Some(Self {
            workload: match path {
                "/echo" => Workload::Echo,
                "/source" => Workload::Source,
                "/stream" => Workload::Stream,
                "/sink" => Workload::Sink,
                "/hello" => Workload::Hello,
                _ => return None,
            },
            size: usize::try_from(number("size")).ok()?,
            count: number("count"),
            text: number("text") == 1,
            deflate,
            key: key.trim().to_owned(),
        })
    }

    /// The response that accepts it: of permessage-deflate what every client offers, windows of 32 KiB and context takeover both ways.
    pub fn response(&self) -> String {
        let extensions = if self.deflate { "Sec-WebSocket-Extensions: permessage-deflate\r\n" } else { "" };
        let digest = Sha1::new().chain_update(&self.key).chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11").finalize();
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             {extensions}Sec-WebSocket-Accept: {}\r\n\r\n",
            base64(&digest)
        )
    }
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |i| u32::from(three.get(i).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * i)) as usize & 63];
            text.push(if i <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
