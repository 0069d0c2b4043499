//! `include/ws.hpp`: every program in `tests/cxx` is compiled by each compiler in each standard, with sanitizers of addresses and
//! undefined behaviour, and run; each header compiles alone; the examples run; nothing of `ws.h` is forgotten.

#[path = "../c_programs/echo_server.rs"]
mod echo_server;
#[path = "../c_programs/program.rs"]
#[allow(dead_code, reason = "these programs run in one way")]
mod program;
#[path = "../c_programs/secure_servers.rs"]
#[allow(dead_code, reason = "these programs need few of them")]
mod secure_servers;
#[path = "../c_programs/servers.rs"]
#[allow(dead_code, unused_imports, reason = "these programs need few of them")]
mod servers;
#[path = "../support/mod.rs"]
mod support;

mod compiler;
mod headers;

use compiler::{CLANGXX, CXX, Compiler, NEWEST, PLAIN, STRICT, Style};
use program::{Program, Way};
use servers::{Further, certificates, refusing, silent, slow};

/// One module a program, with one test for each compiler and style; it is given the URL of the echo server and of those in parentheses.
macro_rules! programs {
    ($($name:ident ($($server:ident)*))*) => {
        const PROGRAMS: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            use super::{CLANGXX, CXX, Further, PLAIN, STRICT};

            const SERVERS: &[fn() -> Further] = &[$(super::$server),*];

            #[test]
            fn in_cxx17() {
                super::succeeds(stringify!($name), &CXX, PLAIN, SERVERS);
            }

            #[test]
            fn in_cxx20_without_exceptions_and_rtti() {
                super::succeeds(stringify!($name), &CXX, STRICT, SERVERS);
            }

            #[test]
            fn in_cxx17_with_clang() {
                super::succeeds(stringify!($name), &CLANGXX, PLAIN, SERVERS);
            }

            #[test]
            fn in_cxx20_without_exceptions_and_rtti_with_clang() {
                super::succeeds(stringify!($name), &CLANGXX, STRICT, SERVERS);
            }
        })*
    };
}

programs! {
    coroutines (silent)
    lambdas (slow)
    life (refusing)
    loops (silent)
    options ()
    ownership (refusing silent)
    results ()
    secure (secure_thrice certificates)
}

/// Echoes inside TLS on three connections, or gets no further than that.
fn secure_thrice() -> Further {
    secure_servers::secure_for(3)
}

fn succeeds(name: &'static str, compiler: &Compiler, style: Style, servers: &[fn() -> Further]) {
    let source = format!("tests/cxx/{name}.cpp");
    let Some(program) = compiler.program(name, &[&source], style) else { return };
    let servers: Vec<Further> = servers.iter().map(|start| start()).collect();
    let urls: Vec<&str> = [echo_server::url()].into_iter().chain(servers.iter().map(|server| server.url.as_str())).collect();
    let ended = program.run(Way::Plain, &urls, b"").ends_with(0);
    if ended.stdout.starts_with(b"SKIPPED") {
        compiler::say(&String::from_utf8_lossy(&ended.stdout));
    }
}

#[test]
fn every_program_has_its_tests() {
    assert_eq!(headers::files("examples-cxx", "cpp").len(), 3, "examples-cxx and the tests in this file");
    let files = headers::files("tests/cxx", "cpp");
    let files: Vec<&str> = files.iter().map(|file| file.trim_start_matches("tests/cxx/").trim_end_matches(".cpp")).collect();
    assert_eq!(files, PROGRAMS, "tests/cxx and the list in this file");
}

fn example(name: &'static str, style: Style) -> Option<Program> {
    CXX.program(name, &[&format!("examples-cxx/{name}.cpp")], style)
}

#[test]
fn the_shortest_example_prints_what_the_one_in_c_does() {
    let Some(program) = example("quickstart", PLAIN) else { return };
    program.run(Way::Plain, &[echo_server::url()], b"").ends_with(0).prints("hello\nclosed 1000 clean=1\n");
}

#[test]
fn the_lambdas_of_the_example_print_its_conversation() {
    let Some(program) = example("conversation", PLAIN) else { return };
    program.run(Way::Plain, &[echo_server::url()], b"").ends_with(0).prints("open\nmessage: hello\nclosed 1000 \"done\", clean\n");
    let refused = format!("{}status/404", echo_server::url());
    program.run(Way::Plain, &[&refused], b"").ends_with(1).prints("closed 1006 \"\", not clean\n").says("HTTP status 404");
    program.run(Way::Plain, &["not a URL"], b"").ends_with(2).says("not a URL");
}

#[test]
fn the_coroutines_of_the_example_converse() {
    let Some(program) = example("coroutine", NEWEST) else { return };
    program.run(Way::Plain, &[echo_server::url(), "50"], b"").ends_with(0).prints("50 of 50 closed cleanly\n");
    program.run(Way::Plain, &[&format!("{}status/404", echo_server::url())], b"").ends_with(1).says("HTTP status 404");
    program.run(Way::Plain, &["not a URL"], b"").ends_with(2).says("not a URL");
}
