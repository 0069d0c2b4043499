//! The receiving half: bytes in, messages and control frames out (RFC 6455 section 5).
//!
//! A message that lies whole in what was read is handed out in place. One that does not grows in its own buffer with the bytes that
//! have arrived, never by what a header claims. Or messages are handed out in chunks: then none is kept.

mod chunks;

pub use chunks::PIECE;

use super::{
    Chunk, Kind,
    counts::Compressed,
    frame::{self, Header, opcode},
    inflate::Inflater,
    limits::Limits,
    message::{Bounds, Message, not_utf8},
    pool::Pool,
    window::Window,
};
use crate::spec::{close, deflate::Parameters};

/// Below this many missing bytes a read into the common buffer is better: it brings the frames that follow too.
const READ_DIRECTLY: u64 = 16 << 10;
/// How much room a growing message is given at least.
const ROOM: usize = 64 << 10;

/// What a message's bytes are in. Either way a NUL follows them, which is the slice's last byte.
#[derive(Debug)]
pub enum Payload<'a> {
    /// The buffer that was read into.
    InPlace(&'a mut [u8]),
    /// A buffer of the message's own.
    Owned(Vec<u8>),
}

impl Payload<'_> {
    /// The message, without the NUL.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        let with_nul = self.with_nul();
        &with_nul[..with_nul.len() - 1]
    }

    /// The same with the NUL.
    #[inline]
    #[must_use]
    pub fn with_nul(&self) -> &[u8] {
        match self {
            Payload::InPlace(bytes) => bytes,
            Payload::Owned(bytes) => bytes,
        }
    }
}

/// A control frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// To be answered.
    Ping(Vec<u8>),
    /// An answer.
    Pong(Vec<u8>),
    /// The server's Close frame; code and reason if it has a body.
    Close(Option<(u16, String)>),
}

/// What the reader found.
#[derive(Debug)]
pub enum Received<'a> {
    /// A whole message.
    Message(Kind, Payload<'a>),
    /// A part of a message, if they come in chunks.
    Chunk(Chunk, Payload<'a>),
    /// A control frame, for the writer.
    Control(Control),
}

/// The server broke the protocol: the connection must be failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The code for our Close frame: 1002, 1007 or 1009.
    pub code: u16,
    /// What it did, in words.
    pub text: String,
}

/// A frame whose payload has not all arrived.
#[derive(Debug, Clone, Copy)]
struct Frame {
    opcode: u8,
    fin: bool,
    left: u64,
}

/// The receiving half of an open connection.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, and one that is all of them")]
pub struct Reader {
    bounds: Bounds,
    max_frame: u64,
    inflater: Option<Box<Inflater>>,
    /// The start of a header that has not all arrived.
    header: [u8; frame::MAX_SERVER_HEADER],
    header_len: u8,
    frame: Option<Frame>,
    /// Apart, because an idle connection has none.
    message: Option<Box<Message>>,
    control: Vec<u8>,
    /// A breach that is told after the chunk before it.
    breach: Option<Box<Violation>>,
    chunks: bool,
    discarding: bool,
    closed: bool,
    /// None of these three: messages are wanted, and whole.
    plain: bool,
}

impl Reader {
    /// A reader of what follows the opening handshake.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        let chunks = limits.max_chunked.is_some();
        Reader {
            bounds: Bounds::new(limits),
            // A frame that is handed out in chunks takes no memory: its message's limit is all there is.
            max_frame: if chunks { u64::MAX } else { limits.max_frame },
            inflater: None,
            header: [0; frame::MAX_SERVER_HEADER],
            header_len: 0,
            frame: None,
            message: None,
            control: Vec::new(),
            breach: None,
            chunks,
            discarding: false,
            closed: false,
            plain: !chunks,
        }
    }

    /// permessage-deflate was agreed on.
    pub fn set_deflate(&mut self, parameters: &Parameters) {
        self.inflater = Some(Box::new(Inflater::new(parameters)));
    }

    /// Gives up memory that was not used since this was last called. `false`: there is something left to give up.
    pub fn rest(&mut self) -> bool {
        self.inflater.as_mut().is_none_or(|inflater| inflater.rest())
    }

    /// Whether nothing can be given up.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.inflater.as_ref().is_none_or(|inflater| inflater.is_at_rest())
    }

    /// What came compressed of the messages so far.
    #[must_use]
    pub fn compressed(&self) -> Compressed {
        self.inflater.as_ref().map(|inflater| inflater.counted).unwrap_or_default()
    }

    /// Bytes of memory held beside this object's own.
    #[must_use]
    pub fn memory(&self) -> usize {
        let message = self.message.as_ref().map_or(0, |message| message.data.capacity());
        message + self.control.capacity() + self.inflater.as_ref().map_or(0, |inflater| inflater.memory())
    }

    /// Command: messages are no longer wanted (our Close frame is under way). They are dropped unread, in whatever
    /// order their frames come; headers and control frames are still checked.
    pub fn discard(&mut self) {
        self.discarding = true;
        self.breach = None;
        self.plain = false;
    }

    /// The next message, chunk or control frame in `window`; `None` once it is used up.
    ///
    /// # Errors
    ///
    /// A [`Violation`]; nothing may be polled after it.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "each kind of sink has its own loop around it, and a call costs a tenth of a small message")]
    pub fn poll<'a>(&mut self, window: &mut Window<'a>, pool: &mut Pool) -> Result<Option<Received<'a>>, Violation> {
        // The common case, a whole unfragmented message of less than 64 KiB, is kept apart and short.
        if self.header_len == 0
            && self.frame.is_none()
            && self.message.is_none()
            && self.plain
            && let Some((first @ (0x81 | 0x82), rest)) = window.peek()
            && let Some((header, len)) = frame::short_length(rest)
            && rest.len() + 1 >= header + len
            && len as u64 <= self.max_frame.min(self.bounds.max_message)
        {
            let payload = window.take(header, len);
            return if first == 0x82 {
                Ok(Some(Received::Message(Kind::Binary, Payload::InPlace(payload))))
            } else {
                text(payload).map(Some)
            };
        }
        self.poll_any(window, pool)
    }

    #[inline(never)]
    fn poll_any<'a>(&mut self, window: &mut Window<'a>, pool: &mut Pool) -> Result<Option<Received<'a>>, Violation> {
        loop {
            if self.closed {
                // RFC 6455 1.4: what follows the Close frame is discarded.
                window.drain(usize::MAX, None);
                return Ok(None);
            }
            if let Some(breach) = self.breach.take() {
                return Err(*breach);
            }
            if let Some(frame) = self.frame {
                if frame.left > 0 && window.is_empty() && !self.is_pending() {
                    return Ok(None);
                }
                let found =
                    if frame.opcode >= opcode::CLOSE { self.control_payload(frame, window)? } else { self.payload(frame, window, pool)? };
                if found.is_some() {
                    return Ok(found);
                }
                continue;
            }
            let Some((header, skip)) = self.next_header(window)? else { return Ok(None) };
            self.check(&header)?;
            let whole = header.payload <= (window.len() - skip) as u64;
            if whole
                && skip > 0
                && header.fin
                && !header.compressed
                && header.opcode != opcode::CONTINUATION
                && header.opcode < opcode::CLOSE
                && !self.discarding
                && !self.chunks
            {
                let payload = window.take(skip, usize::try_from(header.payload).unwrap_or(0));
                return if header.opcode == opcode::BINARY {
                    Ok(Some(Received::Message(Kind::Binary, Payload::InPlace(payload))))
                } else {
                    text(payload).map(Some)
                };
            }
            window.drain(skip, None);
            self.begin(&header, pool);
        }
    }

    /// The next header, and how many bytes of it are still in the window.
    fn next_header(&mut self, window: &mut Window<'_>) -> Result<Option<(Header, usize)>, Violation> {
        if self.header_len == 0 {
            let Some((first, rest)) = window.peek() else { return Ok(None) };
            if let Some(header) = frame::parse(first, rest, self.inflater.is_some()).map_err(protocol_error)? {
                return Ok(Some((header, header.size)));
            }
        }
        // It has come in pieces: collect it.
        while let Some((byte, _)) = window.peek() {
            window.drain(1, None);
            self.header[usize::from(self.header_len)] = byte;
            self.header_len += 1;
            let so_far = &self.header[..usize::from(self.header_len)];
            if let Some(header) = frame::parse(so_far[0], &so_far[1..], self.inflater.is_some()).map_err(protocol_error)? {
                self.header_len = 0;
                return Ok(Some((header, 0)));
            }
        }
        Ok(None)
    }

    /// Checks a header against what came before it and against the limits.
    fn check(&self, header: &Header) -> Result<(), Violation> {
        if header.opcode >= opcode::CLOSE {
            return Ok(());
        }
        match (&self.message, header.opcode) {
            // Of messages that are dropped, browsers do not look at the order either.
            _ if self.discarding => {}
            (None, opcode::CONTINUATION) => return Err(protocol_error("the server sent a continuation frame, but no message was begun")),
            (Some(_), opcode::TEXT | opcode::BINARY) => {
                return Err(protocol_error("the server began a message before the fragmented one before it was complete"));
            }
            _ => {}
        }
        if header.payload > self.max_frame {
            return Err(too_big(
                &format!("a frame of {} bytes, more than the maximum of {}", header.payload, self.max_frame),
                "ws_options_set_max_frame_size",
            ));
        }
        if header.compressed || self.message.as_ref().is_some_and(|message| message.compressed) {
            // How long the message becomes is seen while it is inflated.
            return Ok(());
        }
        let so_far = self.message.as_ref().map_or(0, |message| message.len());
        let (size, most) = (so_far.saturating_add(header.payload), self.bounds.max_message);
        if size > most {
            let text = format!("a message of at least {size} bytes, more than the maximum of {most}");
            return Err(too_big(&text, self.bounds.setter));
        }
        Ok(())
    }

    fn begin(&mut self, header: &Header, pool: &mut Pool) {
        self.frame = Some(Frame { opcode: header.opcode, fin: header.fin, left: header.payload });
        let kind = match header.opcode {
            opcode::TEXT => Kind::Text,
            opcode::BINARY => Kind::Binary,
            _ => return,
        };
        let data = if self.chunks { Vec::new() } else { pool.take() };
        self.message = Some(Box::new(Message::new(kind, data, header.compressed)));
    }

    /// Moves what has arrived of a data frame to its message, or hands it out.
    fn payload<'a>(&mut self, frame: Frame, window: &mut Window<'a>, pool: &mut Pool) -> Result<Option<Received<'a>>, Violation> {
        if self.chunks && !self.discarding {
            return self.chunk(frame, window, pool);
        }
        let part = usize::try_from(frame.left).unwrap_or(usize::MAX).min(window.len());
        match (self.message.as_mut().filter(|_| !self.discarding), &mut self.inflater) {
            (None, _) => {
                window.drain(part, None);
            }
            (Some(message), Some(inflater)) if message.compressed => {
                window.drain_with(part, |bytes| message.inflate(bytes, inflater, self.bounds, usize::MAX).1)?;
            }
            (Some(message), _) => {
                let before = message.data.len();
                window.drain(part, Some(&mut message.data));
                message.check(before)?;
            }
        }
        self.arrived(frame, part)
    }

    /// Goes on after `part` bytes of the frame were appended to the message and checked.
    fn arrived<'a>(&mut self, frame: Frame, part: usize) -> Result<Option<Received<'a>>, Violation> {
        let left = frame.left - part as u64;
        self.frame = (left > 0).then_some(Frame { left, ..frame });
        let Some(message) = self.message.take_if(|_| left == 0 && frame.fin) else { return Ok(None) };
        if self.discarding {
            return Ok(None);
        }
        let kind = message.kind;
        Ok(Some(Received::Message(kind, Payload::Owned(message.finish(self.inflater.as_deref_mut())?))))
    }

    fn control_payload<'a>(&mut self, frame: Frame, window: &mut Window<'_>) -> Result<Option<Received<'a>>, Violation> {
        let part = window.drain(usize::try_from(frame.left).unwrap_or(usize::MAX), Some(&mut self.control));
        let left = frame.left - part as u64;
        if left > 0 {
            self.frame = Some(Frame { left, ..frame });
            return Ok(None);
        }
        self.frame = None;
        let body = std::mem::take(&mut self.control);
        Ok(Some(Received::Control(match frame.opcode {
            opcode::PING => Control::Ping(body),
            opcode::PONG => Control::Pong(body),
            _ => {
                let body =
                    close::parse_body(&body).map_err(|bad| Violation { code: if bad.utf8 { 1007 } else { 1002 }, text: bad.text })?;
                self.closed = true;
                self.plain = false;
                Control::Close(body)
            }
        })))
    }

    /// Where the next read should go, if most of a long payload is still missing: the message's own buffer, with room for at most
    /// the second value. [`Reader::handle_filled`] must follow.
    pub fn poll_direct_read(&mut self) -> Option<(&mut Vec<u8>, usize)> {
        let frame = self.frame.filter(|frame| frame.left >= READ_DIRECTLY && frame.opcode < opcode::CLOSE)?;
        if self.discarding || self.chunks {
            return None;
        }
        let data = &mut self.message.as_mut().filter(|message| !message.compressed)?.data;
        // Twice what has arrived at most: memory follows the bytes, not the header. One byte more for the NUL.
        let room = usize::try_from(frame.left).unwrap_or(usize::MAX).min(ROOM.max(data.len()));
        data.reserve(room + 1);
        let room = (data.capacity() - data.len() - 1).min(usize::try_from(frame.left).unwrap_or(usize::MAX));
        Some((data, room))
    }

    /// `count` bytes were read into the buffer of [`Reader::poll_direct_read`].
    ///
    /// # Errors
    ///
    /// As [`Reader::poll`].
    pub fn handle_filled(&mut self, count: usize) -> Result<Option<Received<'static>>, Violation> {
        let (Some(frame), Some(message)) = (self.frame, &mut self.message) else { return Ok(None) };
        if !self.discarding {
            message.check(message.data.len() - count)?;
        }
        self.arrived(frame, count)
    }
}

fn text(payload: &mut [u8]) -> Result<Received<'_>, Violation> {
    let bytes = &payload[..payload.len() - 1];
    match simdutf8::basic::from_utf8(bytes) {
        Ok(_) => Ok(Received::Message(Kind::Text, Payload::InPlace(payload))),
        Err(_) => Err(not_utf8(0, bytes)),
    }
}

#[cold]
pub(super) fn protocol_error(text: impl Into<String>) -> Violation {
    Violation { code: 1002, text: text.into() }
}

#[cold]
pub(super) fn too_big(text: &str, setter: &str) -> Violation {
    Violation { code: 1009, text: format!("the server sent {text}: if it may, raise that with {setter}") }
}
