//! `wscat wss://localhost` with nginx, whose certificate a private authority has signed: end to end, what a person sees.

use super::{
    program::{Program, Way},
    servers::{self, folder},
    support::certificates::Authority,
};
use std::{fs, sync::LazyLock};

const SOURCES: [&str; 4] = ["examples-c/wscat.c", "examples-c/wscat_arguments.c", "examples-c/wscat_input.c", "examples-c/wscat_verbose.c"];

static WSCAT: LazyLock<Program> = LazyLock::new(|| Program::compile("interop-wscat", &SOURCES, &[]));

/// The file of the authority.
fn authority() -> &'static str {
    static FILE: LazyLock<String> = LazyLock::new(|| {
        let file = folder("authority").join("ca.pem");
        fs::write(&file, &Authority::of_tests().pem).expect("a file");
        file.into_os_string().into_string().expect("UTF-8")
    });
    &FILE
}

#[test]
fn wscat_talks_through_nginx_whose_authority_it_is_told() {
    let Some(server) = servers::nginx(Some("TLSv1.2 TLSv1.3")) else { return };
    let (program, authority, url) = (&*WSCAT, authority(), format!("wss://localhost:{}/", server.port()));

    let ended = program.run(Way::Plain, &["--cacert", authority, "-c", "1000", "-r", "done", &url], b"hello\nnginx\n").ends_with(0);
    ended.prints("hello\nnginx\n").says("wscat: closed: 1000 \"done\", clean\n");
    let unknown = program.run(Way::Plain, &[&url], b"a\n").ends_with(1).prints("");
    unknown.says("signed by an authority that is not trusted");
    let dead = format!("{url}dead");
    program.run(Way::Plain, &["--cacert", authority, &dead], b"a\n").ends_with(1).prints("").says("502");
}

#[test]
fn wscat_tells_what_nginx_agreed_to() {
    for (version, agreed) in [("TLSv1.2", "* TLS 1.2 with TLS_ECDHE_ECDSA_WITH_AES_"), ("TLSv1.3", "* TLS 1.3 with TLS_AES_")] {
        let Some(server) = servers::nginx(Some(version)) else { return };
        let url = format!("wss://localhost:{}/", server.port());
        let ended = WSCAT.run(Way::Plain, &["-v", "--cacert", authority(), "-n", "1", &url], b"a\n").ends_with(0).prints("a\n");
        ended.says(agreed).says("< HTTP/1.1 101 Switching Protocols").says("< Server: nginx/");
    }
}
