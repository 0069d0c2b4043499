//! The C skin: one file per C object. It translates, never decides.
//!
//! Every exported function is written out as `#[unsafe(no_mangle)] pub unsafe extern "C" fn`, so that cbindgen sees it, and does
//! its work inside [`guard`](guard::guard), so that no panic crosses into C. The comments on exported items are the header's: they
//! speak to a C reader, in a fixed order (what it does; parameters; what it returns; whether it blocks; threads; callbacks; the
//! step of the standard).
#![allow(non_camel_case_types, reason = "the names are C's")]
#![allow(clippy::missing_safety_doc, reason = "the comments are the header's: what a C caller must keep to is said there for each pointer")]
#![allow(clippy::doc_markdown, reason = "the comments are read in C, where backticks are noise")]

pub mod constants;
pub mod event;
pub mod failure;
mod guard;
mod handles;
pub mod log;
pub mod r#loop;
pub mod options;
pub mod options_addresses;
pub mod options_deflate;
pub mod options_flow;
pub mod options_limits;
pub mod options_proxy;
pub mod options_receiving;
pub mod options_request;
pub mod options_rules;
pub mod options_tls;
pub mod owned;
mod pointers;
pub mod response;
pub mod shutdown;
pub mod socket;
pub mod socket_events;
pub mod stats;
pub mod status;
pub mod streaming;
pub mod version;
