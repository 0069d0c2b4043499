//! One connection: reads frames as a stream, does its workload, writes what the socket takes.

use std::io::{self, ErrorKind, Read, Write};
use std::rc::Rc;

use crate::frames::{self, Block, Blocks, Header, Kind};
use crate::handshake::{Request, Workload};
use crate::stream::Stream;

/// A source writes at most this much at a turn, so that it does not starve the others.
const BURST: u64 = 8 << 20;
/// … in pieces of this size: the block is in the cache, and the socket is rarely emptier.
const PIECE: u64 = 256 << 10;

/// A client.
pub struct Connection {
    stream: Stream,
    /// The request head so far; then `request` is there.
    head: Vec<u8>,
    request: Option<Request>,
    /// The start of a header that was cut by the end of a read; put before the next.
    partial: Vec<u8>,
    /// The frame whose payload is being read, and how much of it was.
    frame: Option<(Header, u64)>,
    control: Vec<u8>,
    out: Vec<u8>,
    written: usize,
    messages: u64,
    payload: u64,
    source: Option<Source>,
    blocked: bool,
    closing: bool,
}

struct Source {
    block: Rc<Block>,
    sent: u64,
    total: u64,
}

/// Why a connection is over. Nobody is told: the client measures and sees it.
pub struct Over;

impl From<io::Error> for Over {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl Connection {
    /// Before its opening handshake.
    pub fn new(stream: Stream) -> Self {
        Self {
            stream,
            head: Vec::new(),
            request: None,
            partial: Vec::new(),
            frame: None,
            control: Vec::new(),
            out: Vec::new(),
            written: 0,
            messages: 0,
            payload: 0,
            source: None,
            blocked: false,
            closing: false,
        }
    }

    /// Whether there is output that the socket did not take.
    pub fn wants_to_write(&self) -> bool {
        self.blocked
    }

    /// Reads and writes what is possible now.
    pub fn turn(&mut self, buffer: &mut [u8], blocks: &mut Blocks) -> Result<(), Over> {
        let before = self.partial.len();
        buffer[..before].copy_from_slice(&self.partial);
        match self.stream.read(&mut buffer[before..]) {
            Ok(0) => return Err(Over),
            Ok(count) => {
                self.partial.clear();
                self.handle(&mut buffer[..before + count], blocks)?;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return Err(Over),
        }
        self.write()?;
        match self.stream.flush() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(Over),
            _ => self.blocked |= self.stream.holds_output(),
        }
        if self.closing && !self.blocked {
            self.stream.end();
            return Err(Over);
        }
        Ok(())
    }

    fn handle(&mut self, bytes: &mut [u8], blocks: &mut Blocks) -> Result<(), Over> {
        if self.request.is_some() {
            return self.handle_frames(bytes);
        }
        self.head.extend_from_slice(bytes);
        let Some(end) = self.head.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(()) };
        let mut rest = self.head.split_off(end + 4);
        let request = Request::parse(&std::mem::take(&mut self.head)).ok_or(Over)?;
        self.out.extend_from_slice(request.response().as_bytes());
        match request.workload {
            Workload::Hello => frames::write_frame(&mut self.out, frames::TEXT, b"0123456789abcdef"),
            Workload::Source => {
                let kind = if request.deflate { Kind::Deflated } else { [Kind::Binary, Kind::Text][usize::from(request.text)] };
                let block = blocks.get(request.size, kind);
                self.source = Some(Source { total: block.length(request.count), block, sent: 0 });
            }
            Workload::Stream => {
                self.source = Some(Source { total: request.size as u64, block: blocks.get(0, Kind::Stream), sent: 0 });
            }
            Workload::Echo | Workload::Sink => {}
        }
        self.request = Some(request);
        self.handle_frames(&mut rest)
    }

    fn handle_frames(&mut self, mut bytes: &mut [u8]) -> Result<(), Over> {
        while !self.closing {
            let (header, done) = if let Some(frame) = self.frame.take() {
                frame
            } else if let Some(header) = Header::parse(bytes).map_err(|()| Over)? {
                bytes = &mut bytes[header.length..];
                self.handle_header(&header);
                (header, 0)
            } else {
                self.partial.extend_from_slice(bytes);
                return Ok(());
            };
            let here = usize::try_from(header.payload - done).map_or(bytes.len(), |left| left.min(bytes.len()));
            let (payload, rest) = bytes.split_at_mut(here);
            bytes = rest;
            self.handle_payload(&header, done, payload);
            let done = done + here as u64;
            if done < header.payload {
                self.frame = Some((header, done));
                return Ok(());
            }
            self.handle_frame_end(&header);
        }
        Ok(())
    }

    fn handle_header(&mut self, header: &Header) {
        if self.workload() == Workload::Echo && header.opcode < frames::CLOSE {
            frames::write_header(&mut self.out, header.fin, header.opcode, header.payload);
        }
    }

    fn workload(&self) -> Workload {
        self.request.as_ref().expect("frames come after the handshake").workload
    }

    fn handle_payload(&mut self, header: &Header, offset: u64, payload: &mut [u8]) {
        let control = header.opcode >= frames::CLOSE;
        if !control {
            self.payload += payload.len() as u64;
        }
        if control || self.workload() == Workload::Echo {
            frames::unmask(payload, header.mask, offset);
            if control { &mut self.control } else { &mut self.out }.extend_from_slice(payload);
        }
    }

    fn handle_frame_end(&mut self, header: &Header) {
        match header.opcode {
            frames::CLOSE => {
                let code = &self.control[..self.control.len().min(2)];
                frames::write_frame(&mut self.out, frames::CLOSE, code);
                self.closing = true;
            }
            frames::PING => frames::write_frame(&mut self.out, frames::PONG, &self.control),
            frames::PONG => {}
            _ if header.fin => {
                self.messages += 1;
                let request = self.request.as_ref().expect("frames come after the handshake");
                match request.workload {
                    Workload::Sink if self.messages == request.count => {
                        let answer = format!("done:{}", self.payload);
                        frames::write_frame(&mut self.out, frames::TEXT, answer.as_bytes());
                    }
                    Workload::Stream => frames::write_header(&mut self.out, true, frames::BINARY, request.size as u64),
                    _ => {}
                }
            }
            _ => {}
        }
        self.control.clear();
    }

    fn write(&mut self) -> Result<(), Over> {
        self.blocked = false;
        while self.written < self.out.len() {
            match self.stream.write(&self.out[self.written..]) {
                Ok(count) => self.written += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.blocked = true;
                    return Ok(());
                }
                Err(_) => return Err(Over),
            }
        }
        self.written = 0;
        self.out.clear();
        match &mut self.source {
            Some(source) if self.messages > 0 => {
                self.blocked = source.write(&mut self.stream)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Source {
    /// Writes a burst; whether there is more to write.
    fn write(&mut self, stream: &mut Stream) -> Result<bool, Over> {
        let end = self.total.min(self.sent + BURST);
        let length = self.block.bytes.len() as u64;
        while self.sent < end {
            let from = self.sent % length;
            let to = length.min(from + PIECE).min(from + self.total - self.sent);
            let piece = usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0);
            match stream.write(&self.block.bytes[piece]) {
                Ok(count) => self.sent += count as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                Err(_) => return Err(Over),
            }
        }
        Ok(self.sent < self.total)
    }
}
