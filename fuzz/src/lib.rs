//! The bodies of the fuzz targets, as functions that ordinary tests can call too (`tests/replay.rs`).

pub mod c_calls;
pub mod frames;
pub mod inflate;
pub mod input;
pub mod memory;
pub mod negotiation;
pub mod proxy;
pub mod response_head;
pub mod tls;
pub mod url_and_subprotocols;

mod reference;

// The connection in memory of the protocol's own tests, and their parser of what a client sends.
#[path = "../../tests/support/certificates.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod certificates;
#[path = "../../tests/protocol/compressed.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod compressed;
#[path = "../../tests/protocol/harness.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod harness;
#[path = "../../tests/support/os.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod os;
#[path = "../../tests/protocol/trace.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod trace;
#[path = "../../tests/protocol/unfinished.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod unfinished;
#[path = "../../tests/protocol/wire.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod wire;
