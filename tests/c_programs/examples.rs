//! The programs of `examples-c`: what they print and how they end.

use super::{
    echo_server::url,
    program::{Program, Way, built},
    secure_servers,
    support::{proxy::ESTABLISHED, server::Server},
};
use std::{fs, sync::LazyLock};

/// One module an example, with its tests, each plain and under Valgrind; and the list of the examples.
macro_rules! examples {
    ($($name:ident from $sources:tt { $($test:ident)* })*) => {
        /// The examples that have tests here.
        pub const EXAMPLES: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            use super::{LazyLock, Program, Way};

            static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
                const SUPPRESSIONS: &[&str] = &["tests/c_programs/running_thread.supp", "tests/c_programs/tls.supp"];
                Program::compile(concat!("example-", stringify!($name)), &$sources, SUPPRESSIONS)
            });

            $(mod $test {
                use super::{PROGRAM, Way};

                #[test]
                fn plain() {
                    super::super::$test(&PROGRAM, Way::Plain);
                }

                #[test]
                fn under_valgrind() {
                    if Way::Valgrind.is_there(&PROGRAM) {
                        super::super::$test(&PROGRAM, Way::Valgrind);
                    }
                }
            })*
        })*
    };
}

examples! {
    quickstart from ["examples-c/quickstart.c"] { the_echo_and_the_clean_close_are_printed }
    callbacks from ["examples-c/callbacks.c"] { every_callback_prints_its_event }
    event_loop from ["examples-c/event_loop.c"] { what_is_read_comes_back_before_the_close }
    many from ["examples-c/many.c"] { the_figures_are_of_as_many_as_asked_for }
    wscat from ["examples-c/wscat.c", "examples-c/wscat_arguments.c", "examples-c/wscat_input.c", "examples-c/wscat_verbose.c"] {
        lines_come_back_and_the_close_has_the_code_and_the_reason_asked_for
        a_count_ends_it_and_what_comes_later_is_not_printed
        a_file_goes_as_one_binary_message
        headers_and_subprotocols_reach_the_server
        credentials_reach_the_server_and_are_not_shown
        each_step_is_told_as_curl_does
        a_proxy_is_asked_for_the_server
        what_the_server_refuses_or_breaks_off_ends_with_1
        what_may_not_be_ends_with_2
        a_private_authority_is_trusted_where_it_is_named
    }
}

fn the_echo_and_the_clean_close_are_printed(program: &Program, way: Way) {
    program.run(way, &[url()], b"").ends_with(0).prints("hello\nclosed 1000 clean=1\n");
}

fn every_callback_prints_its_event(program: &Program, way: Way) {
    let text = format!("open: {}\nmessage: message 1\nmessage: message 2\nmessage: message 3\nclose: 1000 \"enough\", clean\n", url());
    program.run(way, &[url()], b"").ends_with(0).prints(&text);
}

fn what_is_read_comes_back_before_the_close(program: &Program, way: Way) {
    let text = "open\nmessage of 3 bytes: abc\nclose: 1000 \"end of input\"\n";
    program.run(way, &[url()], b"abc").ends_with(0).prints(text);
}

fn the_figures_are_of_as_many_as_asked_for(program: &Program, way: Way) {
    let ended = program.run(way, &[url(), "20", "5"], b"").ends_with(0);
    ended.prints_among_others("connections    20 in ").prints_among_others("messages       100 echoes of 32 bytes in ");
}

fn lines_come_back_and_the_close_has_the_code_and_the_reason_asked_for(program: &Program, way: Way) {
    let ended = program.run(way, &["-c", "1000", "-r", "done", url()], b"a\nb\n").ends_with(0);
    ended.prints("a\nb\n").says("wscat: closed: 1000 \"done\", clean\n");
}

fn a_count_ends_it_and_what_comes_later_is_not_printed(program: &Program, way: Way) {
    program.run(way, &["-n", "2", url()], b"a\nb\nc\n").ends_with(0).prints("a\nb\n").says("closed: 1000 \"\", clean");
}

fn a_file_goes_as_one_binary_message(program: &Program, way: Way) {
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let path = built().join(format!("c-programs/binary-{}", if way == Way::Plain { "plain" } else { "valgrind" }));
    fs::write(&path, &bytes).unwrap();
    let file = path.to_str().unwrap();
    let ended = program.run(way, &["--raw", "--binary", file, url()], b"").ends_with(0).says("closed: 1000 \"\", clean");
    assert!(ended.stdout == bytes, "{} bytes came back and not the {} of {file}", ended.stdout.len(), bytes.len());
    let shown = "(binary, 100000 bytes: 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ...)\n";
    program.run(way, &["--binary", file, url()], b"").ends_with(0).prints(shown);
}

fn headers_and_subprotocols_reach_the_server(program: &Program, way: Way) {
    let arguments = ["-v", "-n", "1", "-H", "X-Colour: deep blue", "-p", "chat.v2", "-p", "chat.v1", &format!("{}headers", url())];
    let ended = program.run(way, &arguments, b"").ends_with(0).prints_among_others("x-colour: deep blue");
    ended.prints_among_others("sec-websocket-protocol: chat.v2, chat.v1").says("* the subprotocol agreed on: chat.v2\n");
}

fn credentials_reach_the_server_and_are_not_shown(program: &Program, way: Way) {
    let with = format!("ws://Aladdin:open%20sesame@{}headers", url().trim_start_matches("ws://"));
    let plain = format!("{}headers", url());
    for (arguments, seen) in [
        (["--user", "Aladdin:open sesame", &plain], "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"),
        (["-u", "Aladdin", &plain], "authorization: Basic QWxhZGRpbjo=\n"),
        (["--bearer", "sesame", &plain], "authorization: Bearer sesame\n"),
        (["--header", "X-Colour: blue", &with], "authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\n"),
    ] {
        let ended = program.run(way, &[&["-v", "-n", "1"], &arguments[..]].concat(), b"").ends_with(0).prints_among_others(seen);
        ended.says("> Authorization: B").says(" ***\n").hides("sesame").hides("QWxh").hides("Aladdin");
    }
    program.run(way, &["--bearer", "open sesame", url()], b"").ends_with(2).says("wscat: --bearer: the bearer token has").hides("sesame");
}

fn each_step_is_told_as_curl_does(program: &Program, way: Way) {
    let address = url().trim_start_matches("ws://").trim_end_matches('/');
    let ended = program.run(way, &["-vv", "-n", "1", "--ping", "0.001", url()], b"a\n").ends_with(0).prints("a\n");
    let steps = [
        format!("* connecting\n* trying {address}\n* connected to {address} from 127.0.0.1:"),
        format!("> GET / HTTP/1.1\n> Host: {address}\n> Connection: Upgrade\n"),
        "< HTTP/1.1 101 Switching Protocols\n".into(),
        "* open after ".into(),
        " bytes came\n".into(),
        "* closing with 1000 \"\"\n".into(),
        "* the server closes with 1000 \"\"\n".into(),
        "* closed cleanly with 1000\nwscat: closed: 1000 \"\", clean\n".into(),
    ];
    steps.iter().fold(ended, |ended, step| ended.says(step));
    let ended = program.run(way, &["-v", &format!("{}status/404", url())], b"").ends_with(1);
    ended.says("< HTTP/1.1 404 ").says("* the server answered with the HTTP status 404").says("refused with 404\n");
}

fn a_proxy_is_asked_for_the_server(program: &Program, way: Way) {
    let proxy = Server::new(|peer| {
        assert!(peer.read_head().starts_with("CONNECT server.invalid:80 HTTP/1.1\r\n"));
        peer.send(ESTABLISHED.as_bytes());
        peer.accept();
        peer.text("hello");
        peer.echo_close(1000, "");
    });
    let through = format!("http://alice:secret@{}", proxy.address());
    program.run(way, &["-n", "1", "--proxy", &through, "ws://server.invalid/"], b"").ends_with(0).prints("hello\n");
    let ended = program.run(way, &["--proxy", "ftp://alice:secret@h", url()], b"").ends_with(2);
    ended.says("wscat: --proxy URL: the proxy may not have the scheme \"ftp\"");
}

fn what_the_server_refuses_or_breaks_off_ends_with_1(program: &Program, way: Way) {
    let ended = program.run(way, &[&format!("{}status/404", url())], b"").ends_with(1);
    ended.prints("").says("wscat: not connected: 1006 \"\", not clean").says("(HTTP status 404)");
    program.run(way, &[&format!("{}drop", url())], b"a\n").ends_with(1).says("wscat: closed: 1006 \"\", not clean");
}

fn what_may_not_be_ends_with_2(program: &Program, way: Way) {
    program.run(way, &["--no-such-option", url()], b"").ends_with(2).says("--no-such-option: no such option");
    program.run(way, &["http://[::1/"], b"").ends_with(2).says("http://[::1/");
    let ended = program.run(way, &["-c", "1001", url()], b"a\n").ends_with(2).prints("a\n");
    ended.says("wscat: close: InvalidAccessError").says("closed: 1005 \"\", clean");
}

fn a_private_authority_is_trusted_where_it_is_named(program: &Program, way: Way) {
    let (server, files) = (secure_servers::secure_for(3), secure_servers::certificates());
    let (ours, other) = (format!("{}/ca.pem", files.url), format!("{}/other.pem", files.url));
    program.run(way, &["--cacert", &ours, &server.url], b"a\n").ends_with(0).prints("a\n");
    let ended = program.run(way, &["--cacert", &other, &server.url], b"a\n").ends_with(1);
    ended.says("signed by an authority that is not trusted");
    program.run(way, &["--cacert", &other, "--insecure", &server.url], b"a\n").ends_with(0).prints("a\n");
    program.run(way, &["--cacert", "no-such-file", &server.url], b"").ends_with(2).says("\"no-such-file\" cannot be read");
}
