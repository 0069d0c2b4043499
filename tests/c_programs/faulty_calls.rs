//! System calls that fail, one after the other, by strace: whatever fails, the program hears of it in words and goes on.

use super::{
    echo_server,
    faults::PROGRAM,
    program::{Way, folder},
};
use std::fs;

/// System calls, the errors that each is made to return, and how many of its calls on a thread are tried.
const FAULTS: [(&str, &[&str], usize); 12] = [
    ("epoll_create1", &["EMFILE", "ENOMEM"], 1),
    ("eventfd2", &["EMFILE", "ENFILE"], 1),
    ("epoll_ctl", &["ENOMEM", "ENOSPC"], 5),
    ("clone,clone3", &["EAGAIN"], 1),
    ("socket", &["EMFILE", "ENOBUFS", "EACCES"], 3),
    ("setsockopt", &["ENOBUFS"], 3),
    ("connect", &["EACCES", "ENETUNREACH", "EADDRNOTAVAIL"], 3),
    ("getpeername", &["ENOTCONN", "ENOBUFS"], 3),
    ("getrandom", &["EINTR"], 4),
    ("sendto", &["EINTR", "ECONNRESET", "EPIPE", "ENOBUFS"], 5),
    ("recvfrom", &["EINTR", "ECONNRESET", "ENOMEM"], 8),
    ("epoll_wait", &["EINTR"], 6),
];

#[test]
fn whichever_system_call_fails_every_conversation_comes_to_its_end_and_the_next_one_is_held() {
    if !cfg!(target_os = "linux") || !Way::Strace.is_there(&PROGRAM) {
        return;
    }
    let log = folder().join("faults.strace");
    for mode in ["background", "own"] {
        for (call, errors, count) in FAULTS {
            let mut injected = 0;
            for error in errors {
                for number in 1..=count {
                    let fault = format!("inject={call}:error={error}:when={number}");
                    let trace = format!("trace={call}");
                    let tool = ["strace", "-f", "-o", log.to_str().expect("UTF-8"), "-e", &trace, "-e", &fault];
                    PROGRAM.run_under(&tool, &[echo_server::url(), mode]).ends_with(0);
                    let text = fs::read_to_string(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
                    injected += text.matches("(INJECTED)").count();
                }
            }
            // A loop of one's own needs no thread.
            assert!(injected > 0 || (mode == "own" && call.starts_with("clone")), "{call} never failed, {mode}");
        }
    }
}
