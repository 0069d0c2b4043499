//! TLS that goes wrong, and TLS inside TLS: certificates that are not the right ones, sessions that are cut or changed at every byte,
//! proxies that are spoken to in TLS.

#[path = "../support/mod.rs"]
mod support;

mod certificates;
mod changed;
mod closed;
mod cut_proxies;
mod cuts;
mod pins;
mod proxies;
mod resumption;
mod versions;
