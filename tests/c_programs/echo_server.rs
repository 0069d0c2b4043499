//! The echo server of the workspace: one for all tests, ended by the end of this process, which closes its standard input.

use super::program::built;
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::LazyLock,
};

/// The server's URL, which ends in "/".
pub fn url() -> &'static str {
    static SERVER: LazyLock<Server> = LazyLock::new(start);
    &SERVER.url
}

struct Server {
    url: String,
    /// Holds the pipe whose end is the server's end.
    _child: Child,
}

fn start() -> Server {
    let path = built().join("echo-server");
    if !path.exists() {
        build();
    }
    let mut command = Command::new(&path);
    command.arg("--until-eof").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).expect("the echo server's first line");
    assert!(url.starts_with("ws://"), "the echo server's first line should be its URL and is {url:?}");
    Server { url: url.trim_end().to_owned(), _child: child }
}

/// `cargo test` of this package alone does not build it.
fn build() {
    let profile = match built().file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--package", "echo-server", "--profile", profile, "--target-dir"]);
    command.arg(built().parent().unwrap()).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(command.status().expect("cargo").success(), "{command:?} failed");
}
