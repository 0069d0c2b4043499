//! What the tests of connections share: one scripted server, and a client that takes events in each of the ways there are.

#![allow(dead_code, reason = "no test needs all of it")]

pub mod both;
pub mod certificates;
pub mod client;
pub mod deflate;
pub mod listener;
pub mod os;
pub mod ports;
pub mod proxy;
pub mod running;
pub mod server;
pub mod wire;
