//! The last stage of connecting: the opening handshake over a stream (RFC 6455 section 4.1).

use super::{At, Step};
use crate::{
    client::{driver::Io, log, options::Plan},
    net::{
        random,
        stream::{Moved, Stream},
    },
    protocol::{
        failure::Phase,
        opening::{Asked, Opening, Progress},
        writer::End,
    },
    spec::request::{self, Request},
};
use std::{io, net::Shutdown, time::Instant};

/// The handshake that a plan asks for.
pub(super) fn start(plan: &Plan, now: Instant) -> Opening {
    let mut bytes = [0; 16];
    random::fill(&mut bytes);
    let key = request::key(bytes);
    let options = &plan.options;
    let deflate = options.deflate.on.then_some(options.deflate.offer);
    let request = request::render(&Request {
        url: &plan.url,
        protocols: &options.protocols,
        headers: &options.headers,
        origin: options.origin.as_deref(),
        user_agent: options.user_agent.as_deref(),
        deflate: deflate.as_ref(),
        key: &key,
    });
    log::head(&plan.url.href, '>', &request);
    let asked = Asked { key, protocols: options.protocols.clone(), deflate };
    Opening::new(request, asked, &options.limits, now)
}

/// Sends the request and reads the response, as far as the kernel lets it.
pub(super) fn advance(opening: &mut Opening, stream: &Stream, at: &mut At<'_>) -> Step {
    while !opening.poll_transmit().is_empty() {
        match stream.write(opening.poll_transmit()) {
            Moved::Bytes(count) => opening.handle_transmitted(count),
            Moved::Broken(error) => broken(opening, stream, error, at.io.now),
            Moved::Blocked | Moved::Nothing | Moved::Cut => break,
        }
    }
    if stream.has_pending()
        && let Moved::Broken(error) = stream.flush()
    {
        broken(opening, stream, error, at.io.now);
    }
    if !at.readable && at.early.is_empty() {
        return wait(opening, at.io);
    }
    let start = at.io.used;
    let room = at.arena.len() - 1;
    loop {
        let early = !at.early.is_empty();
        let count = match at.read(stream, start..room) {
            Moved::Bytes(0) => return Step::Refused(opening.handle_end(End::Fin)),
            Moved::Bytes(count) => count,
            Moved::Nothing => return Step::Again(opening.poll_deadline()),
            Moved::Blocked => break,
            Moved::Cut => return Step::Refused(opening.handle_end(End::Cut)),
            Moved::Broken(error) => {
                let mut failure = opening.handle_end(End::Reset(error));
                if failure.tls_alert.is_some() && failure.head.is_empty() {
                    // A server of TLS 1.3 judges our certificate when the handshake is over for us.
                    failure.phase = Phase::Tls;
                }
                return Step::Refused(failure);
            }
        };
        match opening.handle_bytes(&at.arena[start..start + count], at.io.now) {
            Progress::More => {}
            Progress::Open(agreed, used) => {
                let head = opening.take_response();
                log::head(&at.plan.url.href, '<', head.as_ref().map_or(&[], |head| &head.raw));
                let headers = head.map(|head| head.fields).unwrap_or_default();
                let more = early || stream.may_have_more(count, room - start);
                return Step::Open { agreed, headers, start: start + used, end: start + count, more };
            }
            Progress::Refused(failure) => return Step::Refused(failure),
        }
    }
    wait(opening, at.io)
}

/// A write failed: the server learns that it need not wait for more, and what it has sent is still read.
fn broken(opening: &mut Opening, stream: &Stream, error: io::Error, now: Instant) {
    opening.handle_write_error(error, now);
    stream.shutdown(Shutdown::Write);
}

fn wait(opening: &mut Opening, io: &Io) -> Step {
    match opening.handle_timeout(io.now) {
        Some(failure) => Step::Refused(failure),
        None => Step::Waits(opening.poll_deadline()),
    }
}
