//! The protocol layer against a scripted peer in memory, with a virtual clock.

mod answers;
mod at_rest;
mod closing;
mod compressed;
mod control;
mod cuts;
mod deflate;
mod deflate_faults;
mod deflate_sending;
mod floods;
mod flow;
mod fragments;
mod harness;
mod keep_alive;
mod limits;
mod masks;
mod messages;
mod opening;
mod replays;
mod script;
mod short_writes;
mod trace;
mod trickles;
mod utf8;
mod violations;
mod wire;
