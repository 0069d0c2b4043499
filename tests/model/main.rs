//! The WebSocket object against a reference state machine: random operations of an application and random happenings in the
//! network, by way of the C functions. What is seen must be among what the machine allows.
//!
//! `WS_MODEL_SEED=…` runs one seed and shows its trace; `WS_MODEL_RUNS=…` sets how many seeds there are.

#[path = "../support/mod.rs"]
mod support;

mod c;
mod ending;
mod happenings;
mod machine;
mod model;
mod network;
mod operations;
mod random;
mod run;
mod runs;
mod words;
mod world;
