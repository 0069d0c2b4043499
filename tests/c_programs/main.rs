//! Every program in `tests/c` and `examples-c` is compiled against the header and the library and run, plain and under Valgrind;
//! one under strace, too.

mod echo_server;
mod examples;
mod faulty_calls;
mod no_network;
mod program;
mod secure_servers;
mod servers;
#[path = "../support/mod.rs"]
mod support;

use program::{Program, Way};
use servers::Further;
use std::{collections::BTreeSet, fs, path::Path};

/// One module a program, with one test a way, in which it is given the URL of the echo server and of those in parentheses; and the
/// list of the programs, for [`every_file_has_its_tests`].
macro_rules! programs {
    ($($name:ident . $extension:ident $(($($server:ident)*))?)*) => {
        const PROGRAMS: &[&str] = &[$(concat!(stringify!($name), ".", stringify!($extension))),*];
        $(mod $name {
            use super::{
                program::{Program, Way},
                servers::Further,
            };
            use std::sync::LazyLock;

            const SERVERS: &[fn() -> Further] = &[$($(super::servers::$server),*)?];

            pub static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
                Program::compile(stringify!($name), &[concat!("tests/c/", stringify!($name), ".", stringify!($extension))], &["tests/c_programs/running_thread.supp", "tests/c_programs/tls.supp"])
            });

            #[test]
            fn plain() {
                super::succeeds(&PROGRAM, Way::Plain, SERVERS);
            }

            #[test]
            fn under_valgrind() {
                super::succeeds(&PROGRAM, Way::Valgrind, SERVERS);
            }
        })*
    };
}

programs! {
    addresses.c
    blocked_ports.c
    bomb.c (bombing)
    callback_matrix.c
    callbacks_on_background.c
    close_matrix.c (silent directed)
    closing.c
    credentials.c (directed refusing)
    deflate.c (deflating)
    events_on_background.c
    failure.c (refusing silent)
    faults.c
    flat_memory.c (flooding flooding_compressed reading_slowly reading_slowly_compressed)
    flow.c (slow)
    fork.c
    fork_random.c (telling)
    fork_while_busy.c
    free_during_callback.c
    free_in_every_state.c (refusing silent)
    header_c99.c
    header_cxx11.cpp
    injection.c (directed)
    log.c
    loop_freed_inside.c (slow)
    next_event_on_own_loop.c
    next_events.c
    null_pointers.c
    one_connecting.c (directed)
    options.c
    own_loop_dispatch.c
    own_loop_wait.c
    pause_resume.c
    ping.c
    poll_fd.c (directed)
    process.c
    proxy.c (directed)
    request.c
    response.c (directed)
    send_before_close.c
    send_owned.c (slow)
    shutdown.c
    signals.c
    stale_handles.c
    stats.c
    story.c (directed refusing)
    streaming_in.c (streaming)
    streaming_out.c (slow)
    text_arguments.c
    threads.c
    tls_options.c (secure secure_for_clients certificates)
    waits_and_timeouts.c (silent)
}

fn succeeds(program: &Program, way: Way, servers: &[fn() -> Further]) {
    if way.is_there(program) {
        let mut urls = vec![echo_server::url().to_owned()];
        let servers: Vec<Further> = servers.iter().map(|start| start()).collect();
        urls.extend(servers.iter().map(|server| server.url.clone()));
        let ended = program.run(way, &urls.iter().map(String::as_str).collect::<Vec<_>>(), b"").ends_with(0);
        print!("{}", String::from_utf8_lossy(&ended.stdout));
    }
}

#[test]
fn every_file_has_its_tests() {
    assert_eq!(sources("tests/c", |_| true), PROGRAMS.iter().map(ToString::to_string).collect(), "tests/c and the list in this file");
    let mains = sources("examples-c", |text| text.contains("\nint main("));
    assert_eq!(mains, examples::EXAMPLES.iter().map(|name| format!("{name}.c")).collect(), "examples-c and the list in examples.rs");
}

/// The C and C++ files of a folder whose text is wanted.
fn sources(folder: &str, wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "c" || extension == "cpp"))
        .filter(|path| wanted(&fs::read_to_string(path).unwrap()))
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}
