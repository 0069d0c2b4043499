//! What a program must not do to the network, seen from outside: its system calls under strace.

use super::{
    blocked_ports::PROGRAM,
    echo_server,
    program::{Way, built},
};
use std::fs;

#[test]
fn blocked_ports_are_neither_looked_up_nor_connected() {
    if !Way::Strace.is_there(&PROGRAM) {
        return;
    }
    PROGRAM.run(Way::Strace, &[echo_server::url()], b"").ends_with(0);
    let path = built().join("c-programs/blocked_ports.strace");
    let log = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let calls = |name: &str| log.lines().filter(|line| line.contains(name)).collect::<Vec<_>>();
    // A look-up makes sockets too: of the families AF_UNIX, AF_NETLINK and AF_INET.
    let port = echo_server::url().trim_end_matches('/').rsplit(':').next().unwrap();
    let connects = calls(" connect(");
    assert!(connects.len() == 1 && connects[0].contains(&format!("htons({port})")), "the echo server's connection alone:\n{log}");
    assert_eq!(calls(" socket(").len(), 1, "the echo server's socket alone:\n{log}");
}
