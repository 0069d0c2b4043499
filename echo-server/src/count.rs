//! Counts messages instead of echoing them, and tells the sum in the Close frame, where it proves what came before.

use std::io::{Read, Write};

use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::{CloseCode, Control, OpCode};
use tungstenite::protocol::frame::{Frame, FrameSocket};

/// Reads frames until the client's Close, which is answered with 1000 and a reason such as `3 messages, 12 bytes`.
///
/// # Errors
/// Those of the transport, and `ConnectionClosed` if it ended without a Close frame.
pub fn count<S: Read + Write>(stream: S) -> Result<(), tungstenite::Error> {
    // tungstenite's WebSocket echoes the client's own reason; its frames leave the answer to us.
    let mut frames = FrameSocket::new(stream);
    let (mut messages, mut bytes) = (0_u64, 0_u64);
    while let Some(frame) = frames.read(None)? {
        match frame.header().opcode {
            OpCode::Control(Control::Close) => {
                let reason = format!("{messages} messages, {bytes} bytes").into();
                return frames.send(Frame::close(Some(CloseFrame { code: CloseCode::Normal, reason })));
            }
            OpCode::Control(_) => {}
            OpCode::Data(_) => {
                bytes += frame.payload().len() as u64;
                messages += u64::from(frame.header().is_final);
            }
        }
    }
    Err(tungstenite::Error::ConnectionClosed)
}
