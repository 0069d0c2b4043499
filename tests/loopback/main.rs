//! The WebSocket object against a scripted server on the loopback interface that does right and wrong things, byte by byte, in
//! each of the ways that events can be taken.

#[path = "../support/mod.rs"]
mod support;

mod addresses;
mod attributes;
mod back_pressure;
mod batches;
mod blocked_ports;
mod callbacks;
mod chunks;
mod close_arguments;
mod close_connecting;
mod closing;
mod deflate;
mod fairness;
mod flow;
mod flush;
mod freeing;
mod loops;
mod lost;
mod on_the_wire;
mod one_connecting;
mod opening;
mod proxy;
mod races;
mod receive_queue;
mod refused;
mod sending;
mod slow_servers;
mod stats;
mod streaming_out;
mod taking;
mod tls;
mod tls_options;
mod unreachable;
mod violations;
