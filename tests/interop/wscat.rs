//! `wscat wss://localhost` with nginx, whose certificate a private authority has signed: end to end, what a person sees.

use super::{
    program::{Program, Way},
    servers::{self, folder},
    support::certificates::Authority,
};
use std::fs;

const SOURCES: [&str; 4] = ["examples-c/wscat.c", "examples-c/wscat_arguments.c", "examples-c/wscat_input.c", "examples-c/wscat_verbose.c"];

#[test]
fn wscat_talks_through_nginx_whose_authority_it_is_told() {
    let Some(server) = servers::nginx(Some("TLSv1.2 TLSv1.3")) else { return };
    let program = Program::compile("interop-wscat", &SOURCES, &[]);
    let authority = folder("authority").join("ca.pem");
    fs::write(&authority, &Authority::of_tests().pem).expect("a file");
    let (authority, url) = (authority.to_str().expect("UTF-8"), format!("wss://localhost:{}/", server.port()));

    let ended = program.run(Way::Plain, &["--cacert", authority, "-c", "1000", "-r", "done", &url], b"hello\nnginx\n").ends_with(0);
    ended.prints("hello\nnginx\n").says("wscat: closed: 1000 \"done\", clean\n");
    let ended = program.run(Way::Plain, &["-v", "--cacert", authority, "-n", "1", &url], b"a\n").ends_with(0).prints("a\n");
    ended.says(" with TLS13_").says("< HTTP/1.1 101 Switching Protocols").says("< Server: nginx/");

    let unknown = program.run(Way::Plain, &[&url], b"a\n").ends_with(1).prints("");
    unknown.says("signed by an authority that is not trusted");
    let dead = format!("{url}dead");
    program.run(Way::Plain, &["--cacert", authority, &dead], b"a\n").ends_with(1).prints("").says("502");
}
